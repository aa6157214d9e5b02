"""Age and sex out of a phrase: "A 35-year-old woman", "8-month-old boy", "58F"."""

from __future__ import annotations

import re

_UNIT = r"(years?|yrs?|y/o|yo|y\.o\.?|months?|mo|weeks?|wk|days?)"
_NAMED = re.compile(
    rf"\b(?:aged\s+|age(?:\s*/\s*(?:sex|gender))?\s*[:=]\s*)(\d{{1,3}})\b(?:[ -]?{_UNIT}\b)?", re.I
)
_OLD = re.compile(
    rf"\b(\d{{1,3}})[ -]*(?:and a half)?[ -]*{_UNIT}[ -]*"
    r"(?:of age|old|(?:infant|baby|boy|girl|man|woman|male|female|lady|gentleman)\b)",
    re.I,
)
_YEARS = re.compile(r"\b(\d{1,3})(?:[ -]*(?:and a half)?[ -]*)(years?|yrs?|y/o|yo|y\.o\.?)", re.I)
_AGE = re.compile(rf"\b(\d{{1,3}})(?:[ -]*(?:and a half)?[ -]*){_UNIT}\b", re.I)
_SHORT = re.compile(r"(?<![\d.])\b(\d{1,3}) ?/? ?([MF])\b(?<!\d [F])")
_LETTER = re.compile(r"\b\d{1,3}[ -]?(?:y/?o|y\.o\.?|yrs? old|years? old),? ([MF])\b")
_BESIDE = re.compile(r"[A-Z][\w'-]+, (\d{1,3}),")
_BARE = re.compile(r"^\s*(\d{1,3})\s*$")
_PER_YEAR = {"y": 1, "m": 12, "w": 52, "d": 365}
_FEMALE = re.compile(r"\b(?:female|woman|girl|lady|mrs|miss|ms|grandmother|mother of)\b", re.I)
_MALE = re.compile(r"\b(?:male|man|boy|gentleman|mr|grandfather|father of)\b", re.I)


def age_in(text: str, bare: bool = False) -> int | None:
    """The age in full years that a text names first; none where it names none up to 120.

    Args:
        text: A phrase or a sentence. bare: whether a number alone is an age.
    """
    patterns = [_NAMED, _OLD, _SHORT, _BESIDE, _YEARS, _AGE, *((_BARE,) if bare else ())]
    for pattern in patterns:
        if match := pattern.search(text):
            unit = match[2] if pattern not in (_SHORT, _BESIDE, _BARE) and match[2] else "years"
            years = int(match[1]) // _PER_YEAR[unit[0].lower()]
            return years if years <= 120 else None
    return None


def sex_in(text: str) -> str:
    """Female or male where a text says it, of both the one named first; else empty."""
    if match := _LETTER.search(text):
        return "female" if match[1] == "F" else "male"
    if match := _SHORT.search(text):
        return "female" if match[2] == "F" else "male"
    female, male = _FEMALE.search(text), _MALE.search(text)
    if text.strip().upper() in ("F", "M"):
        return "female" if text.strip().upper() == "F" else "male"
    if female and (not male or female.start() < male.start()):
        return "female"
    return "male" if male else ""
