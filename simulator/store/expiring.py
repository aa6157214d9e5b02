"""What was kept long enough goes, by kind: shown first, then done, with a line in the log each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    Text,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from simulator.accounts.accounts import CLOSED
from simulator.accounts.ledger import OPERATOR, Deed
from simulator.encounter.phases import Phase
from simulator.encounter.records import NAMELESS
from simulator.store.erasing import Erasing, nobody, part_with
from simulator.store.outbox import BEGAN
from simulator.store.people import write_deed
from simulator.store.tables import (
    EncounterRow,
    FailureRow,
    HandshakeRow,
    InvitationRow,
    LogRow,
    OpinionRow,
    OutboxRow,
    PersonRow,
    SessionRow,
    TokenRow,
)

AT_A_TIME = 100  # encounters that one transaction parts with
EXPIRED = "let records expire"
PASSING = timedelta(days=7)  # then no link, session or step of a sign-in opens anything any more
Kind = Literal["unfinished", "practice", "exam", "opinions", "sent", "tokens", "passing"]
KEPT: tuple[Kind, ...] = get_args(Kind)[:-1]  # of these a setting says how long
OVER = EncounterRow.phase == Phase.FEEDBACK.value
EXAM = EncounterRow.mode == "exam"
TALKS: dict[str, tuple[ColumnElement[bool], ...]] = {
    "unfinished": (~OVER,),
    "practice": (OVER, ~EXAM),
    "exam": (OVER, EXAM),
}


@dataclass(frozen=True, slots=True)
class Expired:
    """How much of a kind went, or would go: what is older than a moment."""

    kind: str
    number: int
    before: datetime


class Expiring(Erasing):
    """The end of what was kept long enough."""

    def expire(self, days: Mapping[Kind, int], at: datetime, trial: bool) -> list[Expired]:
        """Let go of what was kept long enough, and of what has passed by itself.

        Talks that were never finished go whole, and so do opinions and tokens; of others the words
        go, and the marks stay as nobody's. What was sent is forgotten but for that it was.

        Args:
            days: how long each kind is kept; what has 0, or is not named, is kept for ever.
            at: now. trial: only count what would go.
        """
        periods = {kind: timedelta(days=n) for kind, n in days.items() if n}
        found = []
        for kind, period in {**periods, "passing": PASSING}.items():
            before = at - period
            number = self._count(kind, before) if trial else self._end(kind, before, at)
            found.append(Expired(kind, number, before))
        if not trial and any(e.number for e in found):
            self._shed()
        return found

    def shut_out(self, before: datetime) -> list[str]:
        """Whose accounts were closed before a moment and are closed still."""
        when = select(func.max(LogRow.at)).where(LogRow.row == PersonRow.id, LogRow.what == CLOSED)
        since = when.scalar_subquery() < before.astimezone(UTC).isoformat()
        with self._session(reads_only=True) as session:
            return list(session.scalars(select(PersonRow.id).where(~PersonRow.active, since)))

    def _count(self, kind: Kind, before: datetime) -> int:
        with self._session(reads_only=True) as session:
            return sum(
                session.scalar(select(func.count()).select_from(query.subquery())) or 0
                for query in _old(kind, before)
            )

    def _end(self, kind: Kind, before: datetime, at: datetime) -> int:
        instead: defaultdict[str, str] = defaultdict(nobody)
        number = 0
        while True:
            with self._erasing() as session:
                went = _part_with_some(session, kind, before, instead)
                if went:
                    detail = f"{went} from before {before:%Y-%m-%d}"
                    write_deed(session, Deed(OPERATOR, EXPIRED, kind, detail), at)
            number += went
            if kind not in TALKS or went < AT_A_TIME:
                return number


def _old(kind: Kind, before: datetime) -> list[Select[Any]]:
    """The keys of what is older than a moment, of each table that the kind lies in."""
    if kind in TALKS:
        named = ~EncounterRow.resident.startswith(NAMELESS)
        talks = select(EncounterRow.id).where(EncounterRow.created_at < before, named, *TALKS[kind])
        return [talks.order_by(EncounterRow.created_at)]
    return [select(key).where(which) for key, which in _rows(kind, before)]


def _rows(kind: Kind, before: datetime) -> list[tuple[Any, ColumnElement[bool]]]:
    if kind == "opinions":
        return [(OpinionRow.id, OpinionRow.month < f"{before:%Y-%m}")]
    if kind == "tokens":
        over = or_(TokenRow.expires_at < before, TokenRow.ended_at < before)
        return [(TokenRow.key, over)]
    if kind == "sent":
        told = cast(OutboxRow.body, Text) != "{}"
        return [(OutboxRow.id, and_(OutboxRow.sent_at < before, OutboxRow.kind != BEGAN, told))]
    return [
        (InvitationRow.key, InvitationRow.at < before),
        (SessionRow.key, SessionRow.began_at < before),
        (HandshakeRow.key, HandshakeRow.at < before),
        (FailureRow.id, FailureRow.at < before),
    ]


def _part_with_some(
    session: Session, kind: Kind, before: datetime, instead: Mapping[str, str]
) -> int:
    """Part with what is old of a kind, of talks with some at a time; how many."""
    if kind in TALKS:
        ids = session.scalars(_old(kind, before)[0].limit(AT_A_TIME)).all()
        for row in [session.get_one(EncounterRow, one) for one in ids]:
            part_with(session, row, instead[row.resident], Counter())
        return len(ids)
    number = 0
    for key, which in _rows(kind, before):
        ended: Any = (
            update(OutboxRow).where(which).values(body={})
            if kind == "sent"  # the row stays, so that it is not sent again
            else delete(key.class_).where(which)
        )
        went: CursorResult[Any] = session.execute(ended)  # type: ignore[assignment]
        number += went.rowcount
    return number
