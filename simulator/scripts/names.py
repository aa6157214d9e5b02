"""Short names: of a text's words, and free among those that are taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

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
