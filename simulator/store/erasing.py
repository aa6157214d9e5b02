"""What is kept of somebody erased: words go, marks that a course's sums need stay as nobody's.

The audit log stays as it is: it holds ids alone, and once their person is gone they name nobody.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, CursorResult, delete, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from simulator.accounts.accounts import failing
from simulator.accounts.ledger import ERASED, OPERATOR, Deed
from simulator.accounts.people import Role
from simulator.encounter.phases import Phase
from simulator.encounter.records import NAMELESS, Note, SelfAssessment
from simulator.evaluator.parting import without_words
from simulator.evaluator.report import Report
from simulator.platforms.events import Event
from simulator.store.database import Kept, lifted
from simulator.store.people import write_deed
from simulator.store.tables import (
    AngoffRow,
    AskedRow,
    AssignmentRow,
    CallRow,
    CohortRow,
    DisputeRow,
    EncounterRow,
    FailureRow,
    IdentityRow,
    InvitationRow,
    LaunchRow,
    NoticeRow,
    OpinionRow,
    OrderRow,
    OutboxRow,
    PersonRow,
    RatingRow,
    ReportRow,
    RulingRow,
    SessionRow,
    TokenRow,
    TurnRow,
)

LIFTED = ("turn", "report", "dispute", "ruling", "rating", "notice", "model_call", "angoff")
SAID: tuple[Any, ...] = (TurnRow, OrderRow, ReportRow, DisputeRow, NoticeRow)
OWN: tuple[Any, ...] = (IdentityRow, InvitationRow, SessionRow, TokenRow, LaunchRow)
WORK: tuple[tuple[Any, str], ...] = (  # what somebody did for others, and where it says who
    (RulingRow, "by"),
    (RatingRow, "by"),
    (AngoffRow, "judge"),
    (CohortRow, "by"),
    (AssignmentRow, "by"),
    (CallRow, "resident"),
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What went, as rows by table; and how many talks stay as marks of nobody's."""

    gone: dict[str, int]
    nameless: int


class _TakenBack(Exception):
    """A trial is over: nothing of it is stored."""


class Erasing(Kept):
    """The end of what is kept."""

    def erase(self, person: str, instead: str, at: datetime, trial: bool = False) -> Erased:
        """Erase all that is kept of one person, in one transaction with its line in the log.

        Args:
            person: their id, or without accounts their browser's. instead: whose marks and deeds
                theirs are from now on. at: now. trial: only look what would go.
        """
        gone, nameless = Counter[str](), 0
        with suppress(_TakenBack), self._erasing() as session:
            mine = select(EncounterRow).where(EncounterRow.resident == person)
            for row in session.scalars(mine).all():
                nameless += part_with(session, row, instead, gone)
            _forget(session, person, instead, gone)
            detail = f"{nameless} talks stay as marks of nobody's, {gone.total()} rows went"
            write_deed(session, Deed(OPERATOR, ERASED, person, detail), at)
            if trial:
                raise _TakenBack
        if not trial:
            self._shed()
        return Erased(dict(sorted(gone.items())), nameless)

    @contextmanager
    def _erasing(self) -> Iterator[Session]:
        """One transaction in which also goes what is never changed, in a file for good."""
        with self._session() as session:
            if self._in_file:
                session.execute(text("PRAGMA secure_delete=ON"))
            with lifted(session, LIFTED):
                yield session

    def _shed(self) -> None:
        """Have the database part with what it still holds of it beside its rows."""
        statement = "PRAGMA wal_checkpoint(TRUNCATE)" if self._in_file else "VACUUM"
        engine = self._beside.execution_options(isolation_level="AUTOCOMMIT")
        with suppress(SQLAlchemyError), engine.connect() as connection:
            if self._in_file:
                connection.exec_driver_sql("ROLLBACK")  # a checkpoint runs in no transaction
            connection.exec_driver_sql(statement)


def nobody() -> str:
    """An id that nobody has, under which marks stay."""
    return f"{NAMELESS}{uuid.uuid4().hex[:20]}"


def part_with(session: Session, row: EncounterRow, instead: str, gone: Counter[str]) -> bool:
    """Let go of an encounter; where it was scored its marks stay, under ids that lead nowhere.

    Args:
        session: the transaction. row: the encounter. instead: whose it is from now on.
        gone: counts the rows that went.

    Returns:
        Whether its marks stay.
    """
    marks, old = _marks(session, row), row.id
    if marks is not None:
        bare, report, at = marks
        bare.resident = instead
        session.add(bare)
        session.flush()
        session.add(ReportRow(encounter=bare.id, report=report, at=at))
        for kind, changed in (
            (RulingRow, {"comment": ""}), (RatingRow, {}), (CallRow, {"resident": instead})
        ):  # fmt: skip
            moved = {"encounter": bare.id, **changed}
            session.execute(update(kind).where(kind.encounter == old).values(**moved))
    for kind in (*SAID, RulingRow, RatingRow, CallRow):
        _delete(session, gone, kind, kind.encounter == old)
    _delete(session, gone, OutboxRow, OutboxRow.id.in_([f"{e.value}:{old}" for e in Event]))
    _delete(session, gone, EncounterRow, EncounterRow.id == old)
    return marks is not None


def _marks(
    session: Session, row: EncounterRow
) -> tuple[EncounterRow, dict[str, Any], datetime] | None:
    """What stays of a talk: a bare encounter of a new id, its newest report without words, when.

    Nothing of one that is not over, that goes on from another, whose report cannot be read, or that
    somebody held who is no resident, since a course does not count it.
    """
    person = session.get(PersonRow, row.resident)
    if person is not None and person.role != Role.RESIDENT:
        return None
    newest = select(ReportRow).where(ReportRow.encounter == row.id).order_by(ReportRow.id.desc())
    found = session.scalar(newest.limit(1))
    if found is None or row.phase != Phase.FEEDBACK or row.branch_of:
        return None
    try:
        report = without_words(Report.model_validate(found.report))
    except ValidationError:
        return None
    kept = ("script_id", "script_hash", "script", "mode", "phase", "created_at", "programme",
            "assignment")  # fmt: skip
    bare = EncounterRow(
        id=str(uuid.uuid4()),
        **{name: getattr(row, name) for name in kept},
        hints=[],
        note=Note().model_dump(mode="json"),
        self_assessment=SelfAssessment().model_dump(mode="json"),
    )
    return bare, report.model_dump(mode="json"), found.at


def _forget(session: Session, person: str, instead: str, gone: Counter[str]) -> None:
    """Let go of who somebody was, and of their name beside what they did for others."""
    for kind, column in WORK:
        whose = getattr(kind, column)
        session.execute(update(kind).where(whose == person).values({column: instead}))
    for cohort in session.scalars(select(CohortRow)):
        if person in cohort.members:
            cohort.members = {k: v for k, v in cohort.members.items() if k != person}
            cohort.listed = {k: v for k, v in cohort.listed.items() if k != person}
            gone["cohort"] += 1
    code = select(AskedRow.code).where(AskedRow.person == person).scalar_subquery()
    _delete(session, gone, OpinionRow, OpinionRow.code == code)
    _delete(session, gone, AskedRow, AskedRow.person == person)
    for kind in OWN:
        _delete(session, gone, kind, kind.person == person)
    row = session.get(PersonRow, person)
    if row is not None:
        _delete(session, gone, FailureRow, FailureRow.key == failing(row.email))
        _delete(session, gone, PersonRow, PersonRow.id == person)


def _delete(session: Session, gone: Counter[str], kind: Any, which: ColumnElement[bool]) -> None:
    found: CursorResult[Any] = session.execute(delete(kind).where(which))  # type: ignore[assignment]
    if found.rowcount:
        gone[kind.__tablename__] += found.rowcount
