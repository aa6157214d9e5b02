"""Encounters as a list shows them, page by page: without what was said in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from simulator.encounter.phases import Phase


@dataclass(frozen=True, slots=True)
class Asked:
    """Which encounters a list is asked for; what is empty does not matter.

    `programme` is whose residents held them, None for all. `after` is the encounter with which the
    page before ended, `most` how many a page has.
    """

    programme: str | None = None
    resident: str = ""
    case: str = ""
    phase: Phase | None = None
    assignment: str = ""
    since: datetime | None = None
    after: str = ""
    most: int = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    id: str
    resident: str
    programme: str
    case: str
    title: str
    version: str
    mode: str
    phase: Phase
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    assignment: str
    branch_of: str
