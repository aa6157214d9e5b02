"""Read and write which courses on learning platforms may be read, and into which cohort."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from simulator.platforms.names import Course
from simulator.platforms.rosters import Roster
from simulator.store.database import Kept
from simulator.store.tables import RosterRow


class RosterStore(Kept):
    """The courses of one installation; of their people nothing."""

    def put_roster(self, roster: Roster, at: datetime) -> None:
        """Store a course as it was launched from last; the cohort that it fills stays."""
        course = roster.course
        with self._session() as session:
            row = session.get(RosterRow, roster.id)
            if row is None:
                row = RosterRow(
                    id=roster.id,
                    issuer=roster.issuer,
                    client=roster.client,
                    programme=roster.programme,
                    context=course.context,
                    cohort="",
                )
                session.add(row)
            row.title, row.url, row.launched_at = course.title, course.url, at

    def rosters(self, programme: str) -> list[Roster]:
        """The courses of a programme, by title."""
        query = (
            select(RosterRow)
            .where(RosterRow.programme == programme)
            .order_by(RosterRow.title, RosterRow.id)
        )
        with self._session(reads_only=True) as session:
            return [_roster(row) for row in session.scalars(query)]

    def fills(self, roster_id: str, cohort: str, at: datetime) -> None:
        """Store that a course was read into a cohort."""
        statement = update(RosterRow).where(RosterRow.id == roster_id)
        with self._session() as session:
            session.execute(statement.values(cohort=cohort, read_at=at))


def _roster(row: RosterRow) -> Roster:
    course = Course(row.context, row.title, row.url)
    return Roster(row.id, row.issuer, row.client, row.programme, course, row.cohort, row.read_at)
