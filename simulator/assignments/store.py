"""Where cohorts and assignments are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from simulator.assignments.records import Assignment, Cohort
from simulator.encounter.records import Encounter


class Ledger(Protocol):
    """The cohorts and assignments of one installation."""

    def cohorts(self, programme: str, by: str) -> list[Cohort]:
        """Those of a programme, by name; `by` names one maker's, without accounts."""

    def cohort(self, cohort_id: str) -> Cohort | None:
        """The cohort of that id."""

    def put_cohort(self, cohort: Cohort) -> None:
        """Store a cohort, new or changed."""

    def join(self, cohort_id: str, person: str) -> bool:
        """Add somebody to a cohort, with no time added; false where they are in it already."""

    def enrol(self, cohort_id: str, listed: Sequence[str], day: str) -> None:
        """Store whom a list names: members from now on; whom it no longer does, since which day."""

    def assignments(self, programme: str, by: str) -> list[Assignment]:
        """Those of a programme, the newest first; `by` names one maker's, without accounts."""

    def assignment(self, assignment_id: str) -> Assignment | None:
        """The assignment of that id."""

    def add_assignment(self, assignment: Assignment) -> None:
        """Store a new assignment."""

    def release(self, assignment_id: str, at: datetime) -> None:
        """Store that its feedback was given out; a first time stands."""

    def withdraw(self, assignment_id: str, at: datetime) -> None:
        """Store that it was called off; a first time stands."""

    def held_for(self, assignment_id: str) -> list[Encounter]:
        """The encounters of an assignment, without their turns, the newest first."""
