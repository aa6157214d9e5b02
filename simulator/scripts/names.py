"""Names: short ones of a text's words, free ones, and those that stand in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

MOST = 80  # characters of an id
_ROOM = 5  # for a number at its end


def slug(text: str) -> str:
    """A short name of a text: small letters, digits and hyphens; empty where it has none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:MOST].strip("-")


def free(stem: str, taken: Collection[str]) -> str:
    """The stem itself, or with the first number from 2 with which it is not taken."""
    stem = stem[: MOST - _ROOM].strip("-")
    names = (stem if n == 1 else f"{stem}-{n}" for n in range(1, len(taken) + 2))
    return next(n for n in names if n not in taken)


def names_any(text: str, words: Iterable[str]) -> str:
    """The first of some words that stands in a text as a whole word; empty where none does."""
    low = text.lower()
    return next(
        (w for w in words if w in low and re.search(rf"(?<!\w){re.escape(w)}(?!\w)", low)), ""
    )
