"""What is known of an encounter, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulator.encounter.phases import Phase
from simulator.patient.trace import Trace
from simulator.scripts.schema import PatientScript

Mode = Literal["guided", "practice", "exam"]
MAX_TYPED = 20_000
NAMELESS = "nameless-"  # how the id of nobody begins, under which marks stay whose words are gone


class NoteDiagnosis(BaseModel):
    """A diagnosis the resident puts down, with what speaks for and against it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(default="", max_length=300)
    support: str = Field(default="", max_length=3000)


class Note(BaseModel):
    """The note after the encounter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    history: str = Field(default="", max_length=20_000)
    diagnoses: tuple[NoteDiagnosis, ...] = Field(default=(), max_length=5)
    workup: str = Field(default="", max_length=10_000)

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        named = any(d.name.strip() for d in self.diagnoses)
        return not (self.history.strip() or named or self.workup.strip())


class SelfAssessment(BaseModel):
    """The resident's own view before any score is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    history: int = Field(default=3, ge=1, le=5)
    communication: int = Field(default=3, ge=1, le=5)
    reasoning: int = Field(default=3, ge=1, le=5)
    went_well: str = Field(default="", max_length=3000)
    to_change: str = Field(default="", max_length=3000)


@dataclass(frozen=True, slots=True)
class Typed:
    """What is being typed and not handed in; None leaves a field as it is."""

    pad: str | None = None
    unsent: str | None = None
    note: Note | None = None
    self_assessment: SelfAssessment | None = None

    def columns(self) -> dict[str, Any]:
        """The fields that are given, as they are stored."""
        texts = {"pad": self.pad, "unsent": self.unsent}
        forms = {"note": self.note, "self_assessment": self.self_assessment}
        given: dict[str, Any] = {k: v[:MAX_TYPED] for k, v in texts.items() if v is not None}
        return given | {k: v.model_dump(mode="json") for k, v in forms.items() if v is not None}


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer."""

    seq: int
    client_turn_id: str
    said: str
    reply: str
    trace: Trace
    state: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """An examination or test that was asked for, and its finding."""

    kind: Literal["examination", "test"]
    name: str
    result: str
    after_turn: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Ordered:
    """What came of an order: what was done, the names among which to choose, what is not there."""

    done: tuple[Order, ...] = ()
    offered: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dispute:
    """What a resident says against a mark of the machine's, and the turn that they point at."""

    mark: str
    said: str
    turn: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a teacher decided about a mark; the newest on a mark is the one that counts.

    `verdict` is a word of the mark's own kind: of an item "met", "partly", "not met" or "not
    applicable", of a manner "good", "improve" or "not applicable", of the note "found" or "absent".
    `turn` is the resident's turn that proves it, from 1.
    """

    mark: str
    verdict: str
    comment: str
    turn: int | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Flagged:
    """A reply of the patient's that a teacher calls wrong, without who said or who called it so."""

    said: str
    reply: str
    fault: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Rating:
    """How a teacher judges a whole talk, from 1 for a clear fail; it moves no mark.

    Without a level it says that they opened the marks of a talk that they had not judged. `blind`:
    they had not, as far as the program knows.
    """

    level: int | None
    by: str
    at: datetime
    blind: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """Something on the page in an examination that a teacher may want to know; it proves nothing.

    `left`: the page was out of sight, `amount` seconds. `pasted`: `amount` characters were pasted
    into the words to the patient or the note.
    """

    kind: Literal["left", "pasted"]
    amount: int
    after_turn: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How an encounter stands: its phase, its deadlines, how many turns it has."""

    phase: Phase
    deadline: datetime | None
    note_deadline: datetime | None
    turns: int


@dataclass(frozen=True, slots=True)
class Encounter:
    """One resident with one patient, whole."""

    id: str
    resident: str
    script: PatientScript
    mode: Mode
    phase: Phase
    created_at: datetime
    started_at: datetime | None = None
    deadline: datetime | None = None
    ended_at: datetime | None = None
    note_deadline: datetime | None = None
    hints: tuple[str, ...] = ()
    pad: str = ""
    note: Note = Note()
    self_assessment: SelfAssessment = SelfAssessment()
    unsent: str = ""  # typed to the patient and not sent
    added_percent: int = 0  # time added to both clocks, for those who are entitled to it
    branch_of: str = ""  # the encounter that this one goes on from, in another way
    branch_turn: int = 0  # and the turn from which it is its own
    programme: str = ""  # whose resident it was; empty without accounts
    assignment: str = ""  # what it was held for; empty where nobody had set it
    turns: tuple[Turn, ...] = field(default=())
    orders: tuple[Order, ...] = field(default=())

    @property
    def nameless(self) -> bool:
        """Whether its words were erased and its marks belong to nobody any more."""
        return self.resident.startswith(NAMELESS)


def allowed(minutes: float, added_percent: int) -> timedelta:
    """A case's time with what is added to it."""
    return timedelta(minutes=minutes * (100 + added_percent) / 100)


def minutes_in_room(encounter: Encounter, now: datetime) -> float:
    """How long the interview has lasted by then, without the time that was given back."""
    if encounter.started_at is None:
        return 0.0
    given = encounter.started_at + allowed(
        encounter.script.doorway.minutes, encounter.added_percent
    )
    back = (encounter.deadline or given) - given
    return (now - encounter.started_at - back).total_seconds() / 60
