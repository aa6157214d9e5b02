"""What whoever watches the program asks of the store: few rows, by their keys, in no time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from simulator.store.database import Kept
from simulator.store.tables import LogRow, TurnRow

LATELY = timedelta(minutes=5)
MOST_TURNS = 5000  # that are looked at; more in five minutes are more than one server answers


class Glance(Kept):
    """The few figures of a store that are asked for again and again."""

    def interviews(self, now: datetime | None = None) -> int:
        """The interviews in which something was said lately, on whichever process."""
        newest = select(TurnRow.encounter, TurnRow.at).order_by(TurnRow.id.desc())
        found = newest.limit(MOST_TURNS).subquery()
        since = (now or datetime.now(UTC)) - LATELY
        query = select(func.count(found.c.encounter.distinct())).where(found.c.at >= since)
        with self._session(reads_only=True) as session:
            return int(session.scalar(query) or 0)

    def audit_lines(self) -> int:
        """The number of the newest line of the audit log; it never falls."""
        with self._session(reads_only=True) as session:
            return int(session.scalar(select(func.max(LogRow.id))) or 0)
