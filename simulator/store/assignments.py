"""Read and write cohorts and assignments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from simulator.assignments.records import Assignment, Cohort
from simulator.encounter.records import Encounter
from simulator.store.database import Kept
from simulator.store.rows import readable
from simulator.store.tables import AssignmentRow, CohortRow, EncounterRow


class AssignmentStore(Kept):
    """The cohorts and assignments of one installation."""

    def cohorts(self, programme: str, by: str) -> list[Cohort]:
        """Those of a programme, by name; `by` names one maker's, without accounts."""
        query = select(CohortRow).where(CohortRow.programme == programme).order_by(CohortRow.name)
        if by:
            query = query.where(CohortRow.by == by)
        with self._session(reads_only=True) as session:
            return [_cohort(row) for row in session.scalars(query)]

    def cohort(self, cohort_id: str) -> Cohort | None:
        """The cohort of that id."""
        with self._session(reads_only=True) as session:
            row = session.get(CohortRow, cohort_id)
            return _cohort(row) if row else None

    def put_cohort(self, cohort: Cohort) -> None:
        """Store a cohort, new or changed."""
        with self._session() as session:
            session.merge(CohortRow(**asdict(cohort)))

    def join(self, cohort_id: str, person: str) -> bool:
        """Add somebody to a cohort, with no time added; false where they are in it already."""
        with self._session() as session:
            row = session.get(CohortRow, cohort_id)
            if row is None or person in row.members:
                return False
            row.members = {**row.members, person: 0}
            return True

    def enrol(self, cohort_id: str, listed: Sequence[str], day: str) -> None:
        """Store whom a list names: members from now on; whom it no longer does, since which day."""
        with self._session() as session:
            row = session.get_one(CohortRow, cohort_id)
            row.members = {**row.members, **{p: 0 for p in listed if p not in row.members}}
            gone = {p: left or day for p, left in row.listed.items()}
            row.listed = gone | dict.fromkeys(listed, "")

    def assignments(self, programme: str, by: str) -> list[Assignment]:
        """Those of a programme, the newest first; `by` names one maker's, without accounts."""
        query = (
            select(AssignmentRow)
            .where(AssignmentRow.programme == programme)
            .order_by(AssignmentRow.made_at.desc())
        )
        if by:
            query = query.where(AssignmentRow.by == by)
        with self._session(reads_only=True) as session:
            return [_assignment(row) for row in session.scalars(query)]

    def assignment(self, assignment_id: str) -> Assignment | None:
        """The assignment of that id."""
        with self._session(reads_only=True) as session:
            row = session.get(AssignmentRow, assignment_id)
            return _assignment(row) if row else None

    def add_assignment(self, assignment: Assignment) -> None:
        """Store a new assignment."""
        columns: dict[str, Any] = {**asdict(assignment), "stations": list(assignment.stations)}
        with self._session() as session:
            session.add(AssignmentRow(**columns))

    def release(self, assignment_id: str, at: datetime) -> None:
        """Store that its feedback was given out; a first time stands."""
        row = AssignmentRow
        statement = update(row).where(row.id == assignment_id, row.released_at.is_(None))
        with self._session() as session:
            session.execute(statement.values(released_at=at))

    def withdraw(self, assignment_id: str, at: datetime) -> None:
        """Store that it was called off; a first time stands."""
        row = AssignmentRow
        statement = update(row).where(row.id == assignment_id, row.withdrawn_at.is_(None))
        with self._session() as session:
            session.execute(statement.values(withdrawn_at=at))

    def held_for(self, assignment_id: str) -> list[Encounter]:
        """The encounters of an assignment, without their turns, the newest first."""
        query = (
            select(EncounterRow)
            .where(EncounterRow.assignment == assignment_id)
            .order_by(EncounterRow.created_at.desc())
        )
        with self._session(reads_only=True) as session:
            return [e for e in map(readable, session.scalars(query)) if e is not None]


def _cohort(row: CohortRow) -> Cohort:
    return Cohort(row.id, row.programme, row.by, row.name, dict(row.members), dict(row.listed))


def _assignment(row: AssignmentRow) -> Assignment:
    return Assignment(
        row.id, row.programme, row.by, row.title, row.cohort, tuple(row.stations),
        row.mode, row.order, row.opens_at, row.closes_at, row.attempts, row.release,  # type: ignore[arg-type]
        row.made_at, row.released_at, row.withdrawn_at,
    )  # fmt: skip
