"""Opinions on the program: what was said lies under a code, and the code beside its person."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from simulator.encounter.opinions import Asked, Opinion
from simulator.store.database import Kept
from simulator.store.tables import AskedRow, OpinionRow


class OpinionRows(Kept):
    """What people say of the program itself."""

    def asked(self, person: str) -> Asked:
        """How somebody stands with these forms."""
        with self._session(reads_only=True) as session:
            row = session.get(AskedRow, person)
            return Asked(row.offered_at, row.answered_at, row.declined) if row else Asked()

    def put_asked(self, person: str, asked: Asked) -> None:
        """Store that they were asked, or want never to be asked."""
        with self._session() as session:
            row = _row(session, person)
            row.offered_at, row.declined = asked.offered_at, asked.declined

    def add_opinions(
        self, person: str, programme: str, opinions: Sequence[Opinion], at: datetime
    ) -> None:
        """Store what somebody said, all or nothing, and that they answered."""
        with self._session() as session:
            row = _row(session, person)
            row.answered_at = at
            session.add_all(
                OpinionRow(code=row.code, programme=programme, **o.model_dump()) for o in opinions
            )

    def opinions(self, programme: str | None) -> list[Opinion]:
        """What was said in a programme, in the order in which it came; None for every one."""
        query = select(OpinionRow).order_by(OpinionRow.id)
        if programme is not None:
            query = query.where(OpinionRow.programme == programme)
        with self._session(reads_only=True) as session:
            return [_opinion(row) for row in session.scalars(query)]

    def opinions_of(self, person: str) -> list[Opinion]:
        """What one person said, oldest first."""
        query = (
            select(OpinionRow)
            .join(AskedRow, AskedRow.code == OpinionRow.code)
            .where(AskedRow.person == person)
            .order_by(OpinionRow.id)
        )
        with self._session(reads_only=True) as session:
            return [_opinion(row) for row in session.scalars(query)]

    def erase_opinions(self, person: str) -> int:
        """Delete what one person said; how many forms it was.

        When they were asked and whether they want to be stays, so that nobody is asked again.
        """
        with self._session() as session:
            code = select(AskedRow.code).where(AskedRow.person == person).scalar_subquery()
            gone: CursorResult[Any] = session.execute(  # type: ignore[assignment]
                delete(OpinionRow).where(OpinionRow.code == code)
            )
            return gone.rowcount


def _row(session: Session, person: str) -> AskedRow:
    row = session.get(AskedRow, person)
    if row is None:
        row = AskedRow(person=person, code=uuid.uuid4().hex, declined=False)
        session.add(row)
    return row


def _opinion(row: OpinionRow) -> Opinion:
    return Opinion.model_validate(
        {
            "occasion": row.occasion, "form": row.form, "wording": row.wording,
            "month": row.month, "answers": row.answers,
        }
    )  # fmt: skip
