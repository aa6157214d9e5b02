"""Cohorts and assignments as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from simulator.encounter.records import Mode

Order = Literal["any", "circuit", "bell"]
Release = Literal["at once", "when it closes", "by hand"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Residents who are set things together; to each the percent of time that they are given.

    `listed` is of members whom a platform's list of its course named: "" for those who stand on
    it, else the day (ISO) on which they were found to stand on it no more.
    """

    id: str
    programme: str
    by: str
    name: str
    members: dict[str, int] = field(default_factory=dict)
    listed: dict[str, str] = field(default_factory=dict)

    @property
    def left(self) -> dict[str, str]:
        """Members who are no longer in the course that fills the cohort, with the day."""
        return {person: day for person, day in self.listed.items() if day}


@dataclass(frozen=True, slots=True)
class Assignment:
    """One case or several that a cohort is to hold, in a window and under conditions.

    `order`: stations may be held in any order, one after the other (a circuit), or when the bell
    rings. `attempts` is at each station, 0 for any number. `released_at` is when a teacher gave the
    feedback out, `withdrawn_at` when it was called off; what was held by then stays.
    """

    id: str
    programme: str
    by: str
    title: str
    cohort: str
    stations: tuple[str, ...]
    mode: Mode
    order: Order
    opens_at: datetime
    closes_at: datetime
    attempts: int
    release: Release
    made_at: datetime
    released_at: datetime | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """An assignment as a course lead writes it down."""

    title: str
    cohort: str
    stations: tuple[str, ...]
    mode: Mode
    order: Order
    opens_at: datetime
    closes_at: datetime
    attempts: int
    release: Release
