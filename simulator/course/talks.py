"""The talks that a course looks back on, first tries told apart from all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError

from simulator.encounter.course import Scored
from simulator.encounter.records import Rating, Ruling
from simulator.evaluator.report import Report
from simulator.evaluator.rulings import ruled
from simulator.progress import Sort, tries_of

STEADY = 5  # with fewer residents behind it a share says little, and that is said beside it


@dataclass(frozen=True, slots=True)
class Talk:
    """An encounter that is over and scored."""

    id: str
    resident: str
    case: str
    held_at: datetime
    report: Report  # as teachers left it
    machine: Report  # as the machine made it
    rulings: tuple[Ruling, ...] = ()
    branch_of: str = ""
    sort: Sort = "first"
    number: int = 1  # of the resident's tries of this case; a branch has the number of none
    ratings: tuple[Rating, ...] = ()  # how teachers judged it as a whole, oldest first


def read_talks(rows: Iterable[Scored]) -> tuple[Talk, ...]:
    """The talks of stored rows, oldest first; a report of another version is left out."""
    found: list[Talk] = []
    for row in rows:
        try:
            machine = Report.model_validate(row.report)
        except ValidationError:
            continue
        left = ruled(machine, row.rulings)
        found.append(
            Talk(
                row.id, row.resident, row.case, row.held_at, left, machine, row.rulings,
                row.branch_of, ratings=row.ratings,
            )
        )  # fmt: skip
    return numbered(found)


def numbered(talks: Iterable[Talk]) -> tuple[Talk, ...]:
    """The talks, oldest first, each with which try of the case it was; as in one's progress."""
    ordered = sorted(talks, key=lambda t: t.held_at)
    tries = tries_of(((t.resident, t.case), t.branch_of) for t in ordered)
    return tuple(replace(t, sort=s, number=n) for t, (s, n) in zip(ordered, tries, strict=True))


def firsts(talks: Sequence[Talk]) -> tuple[Talk, ...]:
    """The first tries alone: one a resident and case, made without knowing its review."""
    return tuple(t for t in talks if t.sort == "first")
