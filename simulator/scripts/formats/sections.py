"""The plain-text shape: its sections, and each line with its number in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

SECTIONS = (
    "CASE",
    "VITALS",
    "TIMING",
    "TASK",
    "PERSONA",
    "STORY",
    "EXAMINE",
    "QUESTIONS",
    "ANSWER",
    "CREDIT",
)
HEADER = re.compile(r"^\s*\[\s*([A-Za-z][A-Za-z _-]*?)\s*\]\s*:?\s*$")
_BULLET = re.compile(r"^(?:[-*•–]|\(?\d{1,2}[.)])\s+")
_FIELD = re.compile(r"^([A-Za-z][A-Za-z _/-]{0,40}?)\s*[:=]\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the file that is neither empty nor a comment."""

    number: int
    text: str

    @property
    def bare(self) -> str:
        """Without a bullet or a number before it."""
        return _BULLET.sub("", self.text)


@dataclass(frozen=True, slots=True)
class Sections:
    """The rows under each header, and what stands under none or an unknown one."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    unknown: list[tuple[str, Row]] = field(default_factory=list)

    def of(self, name: str) -> list[Row]:
        """The rows of a section; none where it is not there."""
        return self.rows.get(name, [])


def is_sectioned(text: str) -> bool:
    """Whether a text has the plain-text shape: a line with the header of one of its sections."""
    heads = [m[1].upper() for line in text.splitlines() if (m := HEADER.match(line))]
    return any(h in SECTIONS for h in heads)


def split_sections(text: str) -> Sections:
    """The sections of a text, comments and empty lines left out."""
    found = Sections()
    now = ""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = " ".join(line.split())
        if head := HEADER.match(line):
            now = head[1].upper()
            now = now if now in SECTIONS else next((s for s in SECTIONS if s + "S" == now), now)
            continue
        if not stripped or stripped.startswith("#"):
            continue
        row = Row(number, stripped)
        if now in SECTIONS:
            found.rows.setdefault(now, []).append(row)
        else:
            found.unknown.append((now, row))
    return found


def fields(rows: Iterable[Row]) -> list[tuple[str, str, Row]]:
    """`name: value` rows as (name in small letters, value, row); a row without one goes on."""
    found: list[tuple[str, str, Row]] = []
    for row in rows:
        if match := _FIELD.match(row.bare):
            found.append(
                (" ".join(match[1].lower().replace("_", " ").split()), match[2].strip(), row)
            )
        elif found:
            key, value, first = found[-1]
            found[-1] = (key, f"{value} {row.text}".strip(), first)
        else:
            found.append(("", row.text, row))
    return found
