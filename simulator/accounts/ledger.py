"""The audit log: who did what to which row and when, each line sealed with the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

OPERATOR = "the command line"
NOBODY = "nobody"
FIRST = "0" * 64
EXPORTED, ERASED = "exported a record", "erased a record"
ANSWERS = {  # what people ask for in their own record's name, and the deed that answers it
    "asked for a copy of the own record": EXPORTED,
    "asked to have the own record erased": ERASED,
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What is to be written into the log; `who` and `row` are ids, never names."""

    who: str
    what: str
    row: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log as it stands there."""

    number: int
    at: str  # ISO 8601, UTC
    deed: Deed
    before: str
    seal: str


def seal(number: int, at: str, deed: Deed, before: str) -> str:
    """The digest of a line and, through the seal before it, of all lines before."""
    parts = [number, at, deed.who, deed.what, deed.row, deed.detail, before]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()


def faults(lines: Iterable[Line], known: str = "") -> list[str]:
    """A sentence for the first line that was changed, moved or taken out; none where all is whole.

    Args:
        lines: the whole log in order. known: a seal that was written down earlier, if any; lines
            cut off at the end are only noticed by it.
    """
    before, seen = FIRST, not known
    for number, line in enumerate(lines, 1):
        if line.number != number:
            return [f"audit log: line {number} is missing"]
        if line.before != before or line.seal != seal(number, line.at, line.deed, before):
            return [f"audit log: line {number} was changed, or one before it was taken out"]
        before = line.seal
        seen = seen or before == known
    if not seen:
        return [f"audit log: no line has the seal {known[:16]}…; lines were cut off at the end"]
    return []
