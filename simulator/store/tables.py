"""The tables. A turn is one row, question and answer together, and is never changed.

A change here needs a step in `simulator/store/migrations`, which says how to write one.
JSON stays JSON on PostgreSQL, not JSONB, which would put keys into another order than they had.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from simulator.store.base import NAMES as NAMES
from simulator.store.base import Base as Base
from simulator.store.base import UtcDateTime as UtcDateTime


class EncounterRow(Base):
    """One resident with one patient."""

    __tablename__ = "encounter"
    __table_args__ = (Index("ix_encounter_programme_created_at", "programme", "created_at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    resident: Mapped[str] = mapped_column(String(64), index=True)
    script_id: Mapped[str] = mapped_column(String(80))
    script_hash: Mapped[str] = mapped_column(String(16))
    script: Mapped[dict[str, Any]]
    mode: Mapped[str] = mapped_column(String(12))
    phase: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    deadline: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    note_deadline: Mapped[datetime | None]
    hints: Mapped[list[Any]]
    pad: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[dict[str, Any]]
    self_assessment: Mapped[dict[str, Any]]
    unsent: Mapped[str] = mapped_column(Text, default="")
    added_percent: Mapped[int] = mapped_column(default=0)
    programme: Mapped[str] = mapped_column(Text, default="")
    assignment: Mapped[str] = mapped_column(String(36), default="")
    branch_of: Mapped[str] = mapped_column(String(36), default="")
    branch_turn: Mapped[int] = mapped_column(default=0)


class TurnRow(Base):
    """What the resident said and the patient answered, with the trace; append-only."""

    __tablename__ = "turn"
    __table_args__ = (
        UniqueConstraint("encounter", "seq"),
        UniqueConstraint("encounter", "client_turn_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    seq: Mapped[int]
    client_turn_id: Mapped[str] = mapped_column(String(64))
    said: Mapped[str] = mapped_column(Text)
    reply: Mapped[str] = mapped_column(Text)
    trace: Mapped[dict[str, Any]]
    state: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class OrderRow(Base):
    """An examination or test that the resident asked for, and what it showed."""

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("encounter", "kind", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(200))
    result: Mapped[str] = mapped_column(Text)
    after_turn: Mapped[int]
    at: Mapped[datetime]


class ReportRow(Base):
    """A report on an encounter; a new scoring adds a row."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    report: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class DisputeRow(Base):
    """What a resident says against a mark; saying it again adds a row."""

    __tablename__ = "dispute"

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    mark: Mapped[str] = mapped_column(String(200))
    said: Mapped[str] = mapped_column(Text)
    turn: Mapped[int | None]
    at: Mapped[datetime]


class RulingRow(Base):
    """What a teacher decided about a mark; deciding anew adds a row."""

    __tablename__ = "ruling"

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    mark: Mapped[str] = mapped_column(String(200))
    verdict: Mapped[str] = mapped_column(String(20))
    comment: Mapped[str] = mapped_column(Text)
    turn: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class RatingRow(Base):
    """How a teacher judges a whole talk; judging anew adds a row, and so do opened marks."""

    __tablename__ = "rating"

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    level: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(64))
    blind: Mapped[bool]
    at: Mapped[datetime]


class NoticeRow(Base):
    """What was noticed on the page in an examination."""

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    amount: Mapped[int]
    after_turn: Mapped[int]
    at: Mapped[datetime]


class CohortRow(Base):
    """Residents who are set things together, with the percent of time added for each.

    `listed` has those whom a platform's list named, with the day from which it did no more.
    """

    __tablename__ = "cohort"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    programme: Mapped[str] = mapped_column(String(40), index=True)
    by: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    members: Mapped[dict[str, Any]]
    listed: Mapped[dict[str, Any]]


class AssignmentRow(Base):
    """What was set to a cohort."""

    __tablename__ = "assignment"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    programme: Mapped[str] = mapped_column(String(40), index=True)
    by: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(120))
    cohort: Mapped[str] = mapped_column(ForeignKey("cohort.id"))
    stations: Mapped[list[Any]]
    mode: Mapped[str] = mapped_column(String(12))
    order: Mapped[str] = mapped_column(String(12))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    attempts: Mapped[int]
    release: Mapped[str] = mapped_column(String(20))
    made_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class CallRow(Base):
    """One call of a language model: what it was for, what it cost, how it ended."""

    __tablename__ = "model_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    encounter: Mapped[str] = mapped_column(ForeignKey("encounter.id"), index=True)
    resident: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    tokens: Mapped[int]
    record: Mapped[dict[str, Any]]


class PersonRow(Base):
    """Somebody with an account."""

    __tablename__ = "person"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    programme: Mapped[str] = mapped_column(String(40))
    pseudonym: Mapped[str] = mapped_column(String(16), unique=True)
    password: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool]
    consented: Mapped[str] = mapped_column(String(20), default="")
    created_at: Mapped[datetime]
    linked: Mapped[bool] = mapped_column(default=False)


class IdentityRow(Base):
    """Whom an institution or a learning platform means by a subject; one of each for a person."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "person"),)

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class HandshakeRow(Base):
    """What was sent along with a browser that went to sign in elsewhere; used once."""

    __tablename__ = "handshake"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    browser: Mapped[str] = mapped_column(String(64))
    kept: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)


class InvitationRow(Base):
    """A link by which somebody chooses a password; only the digest of its token is kept."""

    __tablename__ = "invitation"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    at: Mapped[datetime]


class SessionRow(Base):
    """A browser that is signed in; digests of its secret and of its session elsewhere are kept."""

    __tablename__ = "session"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    began_at: Mapped[datetime]
    used_at: Mapped[datetime]
    via: Mapped[str] = mapped_column(String(12), default="")
    sid: Mapped[str] = mapped_column(String(64), default="")


class TokenRow(Base):
    """What lets a person's own program in; only the digest of its secret is kept."""

    __tablename__ = "token"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[list[Any]]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class LaunchRow(Base):
    """Where on a learning platform a person's score on an assignment belongs; the newest stands."""

    __tablename__ = "launch"

    assignment: Mapped[str] = mapped_column(String(36), primary_key=True)
    person: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    client: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    line: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class RosterRow(Base):
    """A course on a learning platform whose members may be read, and the cohort they fill."""

    __tablename__ = "roster"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    issuer: Mapped[str] = mapped_column(String(255))
    client: Mapped[str] = mapped_column(String(255))
    programme: Mapped[str] = mapped_column(String(40), index=True)
    context: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(Text)
    cohort: Mapped[str] = mapped_column(String(36), default="")
    launched_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class OutboxRow(Base):
    """What is to be sent to a learning platform or record store, and how that went; kept once sent.

    The id says what it is and of which encounter, so that it is put there once.
    """

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    body: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int]
    fault: Mapped[str] = mapped_column(String(200))
    sent_at: Mapped[datetime | None]


class FailureRow(Base):
    """A sign-in that failed, by the digest of the address or machine it failed for."""

    __tablename__ = "failure"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class LogRow(Base):
    """A line of the audit log, sealed with the one before it; append-only."""

    __tablename__ = "log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[str] = mapped_column(String(40))
    who: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(80))
    row: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(String(500))
    before: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class AngoffRow(Base):
    """What a judge expects of each item of a case; judging anew adds a row."""

    __tablename__ = "angoff"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(Text)
    script_id: Mapped[str] = mapped_column(String(80), index=True)
    version: Mapped[str] = mapped_column(String(20))
    judge: Mapped[str] = mapped_column(String(64))
    estimates: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class AskedRow(Base):
    """Who was asked what they think of the program; the code leads to what they said."""

    __tablename__ = "asked"

    person: Mapped[str] = mapped_column(String(64), primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    offered_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    declined: Mapped[bool]


class OpinionRow(Base):
    """A form on the program that was filled in; its writer may have it deleted."""

    __tablename__ = "opinion"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), index=True)
    programme: Mapped[str] = mapped_column(String(40), index=True)
    occasion: Mapped[str] = mapped_column(String(12))
    form: Mapped[str] = mapped_column(String(12))
    wording: Mapped[str] = mapped_column(String(12))
    month: Mapped[str] = mapped_column(String(7))
    answers: Mapped[dict[str, Any]]


APPEND_ONLY = (
    "turn", "report", "dispute", "ruling", "rating", "notice", "model_call", "log", "angoff",
)  # fmt: skip
