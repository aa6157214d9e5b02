"""All that is kept of one person, read as plain data that they can read too; and whose there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from simulator.encounter.records import NAMELESS
from simulator.platforms.events import Event
from simulator.store.database import Kept
from simulator.store.erasing import OWN, SAID, WORK
from simulator.store.tables import (
    AskedRow,
    CallRow,
    CohortRow,
    EncounterRow,
    LogRow,
    OpinionRow,
    OutboxRow,
    PersonRow,
    RatingRow,
    RulingRow,
)

LEFT_OUT = frozenset(  # digests, which tell nobody anything; the case, and its patient's memory
    {"password", "key", "sid", "seal", "before", "code", "script", "state"}
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody of whom there are encounters: how many, the first and the last of them."""

    id: str
    email: str  # empty without an account
    encounters: int
    first: datetime
    last: datetime


class RecordRows(Kept):
    """What is kept, person by person."""

    def holders(self) -> list[Holder]:
        """Of whom there are encounters, those who came last first."""
        when = func.min(EncounterRow.created_at), func.max(EncounterRow.created_at)
        query = (
            select(EncounterRow.resident, PersonRow.email, func.count(), *when)
            .outerjoin(PersonRow, PersonRow.id == EncounterRow.resident)
            .where(~EncounterRow.resident.startswith(NAMELESS))
            .group_by(EncounterRow.resident, PersonRow.email)
            .order_by(when[1].desc())
        )
        with self._session(reads_only=True) as session:
            rows = session.execute(query)
            return [Holder(who, email or "", n, first, last) for who, email, n, first, last in rows]

    def whose(self, word: str) -> str | None:
        """Whom an e-mail address, a pseudonym or an id means, of whom anything is kept."""
        person = select(PersonRow.id).where(
            or_(
                PersonRow.email == word.strip().lower(),
                PersonRow.pseudonym == word,
                PersonRow.id == word,
            )
        )
        without = (
            select(EncounterRow.resident).where(EncounterRow.resident == word),
            select(AskedRow.person).where(AskedRow.person == word),
        )
        with self._session(reads_only=True) as session:
            found = (session.scalar(query.limit(1)) for query in (person, *without))
            return next((one for one in found if one), None)

    def record(self, person: str) -> dict[str, Any]:
        """All that is kept of a person, by kind; moments in UTC. No secret is in it, and no case.

        What they are marked for that was not given out to them yet is in it, too.
        """
        with self._session(reads_only=True) as session:
            who = session.get(PersonRow, person)
            held = select(EncounterRow).where(EncounterRow.resident == person)
            encounters = session.scalars(held.order_by(EncounterRow.created_at)).all()
            asked = session.get(AskedRow, person)
            forms = select(OpinionRow).where(OpinionRow.code == (asked.code if asked else ""))
            lines = select(LogRow).where(or_(LogRow.who == person, LogRow.row == person))
            return {
                "id": person,
                "account": _plain(who) if who else None,
                **{k.__tablename__: _of(session, k, k.person == person) for k in OWN},
                "asked": _plain(asked) if asked else None,
                "opinions": [_plain(row) for row in session.scalars(forms)],
                "cohorts": list(_cohorts(session.scalars(select(CohortRow)), person)),
                "encounters": [_encounter(session, row) for row in encounters],
                "work": {k.__tablename__: _work(session, k, c, person) for k, c in WORK[:-1]},
                "log": [_plain(row) for row in session.scalars(lines.order_by(LogRow.id))],
            }


def _encounter(session: Session, row: EncounterRow) -> dict[str, Any]:
    """An encounter with all that hangs on it; of its case, which one it was."""
    case = {name: row.script.get(name) for name in ("title", "version")}
    sent = [f"{event.value}:{row.id}" for event in Event]
    return {
        **_plain(row),
        "case": case,
        **{
            kind.__tablename__: _of(session, kind, kind.encounter == row.id)
            for kind in (*SAID, RulingRow, RatingRow, CallRow)
        },
        "outbox": _of(session, OutboxRow, OutboxRow.id.in_(sent)),
    }


def _work(session: Session, kind: Any, column: str, person: str) -> list[dict[str, Any]]:
    """What somebody did for others; of whom it was is not theirs to be given."""
    rows = _of(session, kind, getattr(kind, column) == person)
    return [{k: v for k, v in row.items() if k not in ("members", "listed")} for row in rows]


def _cohorts(cohorts: Iterable[CohortRow], person: str) -> Iterable[dict[str, Any]]:
    """The cohorts that somebody is in, what time is added there, and how they came in.

    `left` is there where a platform's list named them: the day from which it did no more, or "".
    """
    for cohort in cohorts:
        if person in cohort.members:
            left = {"left": cohort.listed[person]} if person in cohort.listed else {}
            yield {"name": cohort.name, "added_percent": cohort.members[person], **left}


def _of(session: Session, kind: Any, which: Any) -> list[dict[str, Any]]:
    order = kind.__table__.primary_key.columns
    return [_plain(row) for row in session.scalars(select(kind).where(which).order_by(*order))]


def _plain(row: Any) -> dict[str, Any]:
    """A row as plain data."""
    columns = [c.name for c in row.__table__.columns if c.name not in LEFT_OUT]
    values = {name: getattr(row, name) for name in columns}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
