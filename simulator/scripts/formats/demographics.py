"""Age and sex out of a phrase: "A 35-year-old woman", "8-month-old boy", "58F"."""

from __future__ import annotations

import re

_AGE = re.compile(
    r"\b(\d{1,3})(?:[ -]*(?:and a half)?[ -]*)(years?|yrs?|y/o|yo|y\.o\.?|months?|mo|weeks?|wk|"
    r"days?)\b[ -]*(?:of age|old)?",
    re.I,
)
_SHORT = re.compile(r"\b(\d{1,3}) ?([MF])\b")
_AGED = re.compile(r"\b(?:aged?|age:)\s*(\d{1,3})\b", re.I)
_BARE = re.compile(r"^\s*(\d{1,3})\s*$")
_PER_YEAR = {"y": 1, "m": 12, "w": 52, "d": 365}
_FEMALE = re.compile(r"\b(?:female|woman|girl|lady|mrs|miss|ms|grandmother|mother of)\b", re.I)
_MALE = re.compile(r"\b(?:male|man|boy|gentleman|mr|grandfather|father of)\b", re.I)


def age_in(text: str, bare: bool = False) -> int | None:
    """The age in full years that a text names first; none where it names none up to 120.

    Args:
        text: A phrase or a sentence. bare: whether a number alone is an age.
    """
    if match := _AGE.search(text):
        years = int(match[1]) // _PER_YEAR[match[2][0].lower()]
        return years if years <= 120 else None
    for pattern in (_AGED, *((_BARE,) if bare else ()), _SHORT):
        if match := pattern.search(text):
            return int(match[1]) if int(match[1]) <= 120 else None
    return None


def sex_in(text: str) -> str:
    """Female or male where a text says it, of both the one named first; else empty."""
    if match := _SHORT.search(text):
        return "female" if match[2] == "F" else "male"
    female, male = _FEMALE.search(text), _MALE.search(text)
    if text.strip().upper() in ("F", "M"):
        return "female" if text.strip().upper() == "F" else "male"
    if female and (not male or female.start() < male.start()):
        return "female"
    return "male" if male else ""
