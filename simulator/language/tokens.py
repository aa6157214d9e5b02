"""Words and sentences of a text, cleaned of what only a machine sees."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[a-z0-9][a-z0-9'’-]*", re.I)
_SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")
_SEGMENT = re.compile(r"[,;/?!.]+(?=\s|$)|\s[-–—]\s|\s&\s|/|\n+|\b(?:and|or|nor)\b", re.I)
_LISTED = re.compile(r"[,;]+(?=\s|$)|\s[-–—]\s|\s&\s|\band\b", re.I)
_ABBREVIATION = re.compile(r"\b(dr|mr|mrs|ms|prof|e\.g|i\.e|vs|approx)\.(?=\s)", re.I)

Span = tuple[int, int]


def normalise(text: str) -> str:
    """Fold Unicode forms, drop control characters, and collapse white space."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    text = text.replace("“", '"').replace("”", '"')
    kept = "".join(
        c if c in "\n\t" or not unicodedata.category(c).startswith("C") else " " for c in text
    )
    return re.sub(r"[ \t\r\f\v]+", " ", kept).strip()


def words_of(text: str) -> list[str]:
    """The words of a text in lower case."""
    return [w.lower() for w in _WORD.findall(text)]


def sentences(text: str) -> list[Span]:
    """Where the sentences of a text stand; titles such as 'Dr.' end none."""
    held = _ABBREVIATION.sub(lambda m: m.group(1) + "\u2024", text)
    return _pieces(held, _SENTENCE)


def segments(text: str) -> list[Span]:
    """Where the pieces between commas, slashes, 'and' and 'or' stand: the items of a list."""
    return _pieces(text, _SEGMENT)


def listed(text: str) -> list[Span]:
    """Where the things that a written line lists stand; "2/7", "+/-" and "or" hold together."""
    return _pieces(text, _LISTED)


def _pieces(text: str, between: re.Pattern[str]) -> list[Span]:
    found: list[Span] = []
    start = 0
    for match in [*between.finditer(text), None]:
        end = match.start() if match else len(text)
        if _WORD.search(text, start, end):
            inside = text[start:end]
            lead = len(inside) - len(inside.lstrip())
            found.append((start + lead, start + len(inside.rstrip())))
        start = match.end() if match else end
    return found
