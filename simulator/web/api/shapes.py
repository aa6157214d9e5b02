"""What the API takes and gives; a case is never more than its doorway."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from simulator.assignments.records import Order
from simulator.assignments.rules import State
from simulator.encounter.phases import Phase
from simulator.encounter.records import Note, SelfAssessment
from simulator.evaluator.checklist import Verdict
from simulator.evaluator.report import ItemReport, LevelReport, Ruled
from simulator.evaluator.totals import DomainScore, Scores, Totals

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,64}$")]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Part(BaseModel):
    """What crosses the boundary of the API."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Part):
    """What is wrong with one place of a request."""

    where: str
    what: str


class ProblemShape(Part):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Conflict",
                    "status": 409,
                    "detail": "The encounter is at the note, and this belongs to the interview. "
                    "GET it to see where it stands, and go on from there.",
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[Place, ...] = ()


class Door(Part):
    """All that is known before one enters the room."""

    setting: str
    name: str
    age: int
    sex: str
    pronouns: str
    concern: str
    vitals: dict[str, str | int | float]
    tasks: tuple[str, ...]
    minutes: int
    note_minutes: int


class Speaker(Part):
    """Who answers in a patient's stead."""

    name: str
    relation: str = Field(examples=["father"])


class Case(Part):
    """A patient who can be met."""

    id: str = Field(examples=["chest-pain-maria-lopez"])
    title: str
    version: str = Field(examples=["1.2.0"])
    language: str
    specialty: str
    level: tuple[str, ...]
    difficulty: str | None
    content_warning: str
    doorway: Door
    speaks: Speaker | None = Field(default=None, description="Who answers, if not the patient.")


class Cases(Part):
    """The patients who can be met, by title."""

    items: tuple[Case, ...]


class Begin(Part):
    """Whom to meet, and how; of an assignment its own conditions hold."""

    case: Id = Field(examples=["chest-pain-maria-lopez"])
    mode: Literal["practice", "exam"] = "practice"
    assignment: Id | None = Field(default=None, description="The id of what was set, if it was.")


class Stop(Part):
    """One patient of an assignment, as it stands for whoever asks."""

    case: str
    state: State
    opens_at: datetime
    ends_at: datetime
    tries: int
    running: str | None = Field(description="The id of the encounter that goes on.")
    finished: str | None = Field(description="The id of the newest that is over.")


class Given(Part):
    """What was set to whoever asks."""

    id: str
    title: str
    mode: str
    order: Order
    opens_at: datetime
    ends_at: datetime = Field(description="For whoever asks, with the time that they are given.")
    attempts: int = Field(description="At each patient; 0 for any number.")
    held_back: bool = Field(description="Whether the feedback is not given out yet.")
    over: bool
    stations: tuple[Stop, ...]


class AllGiven(Part):
    """What was set to whoever asks, what is still to do first."""

    items: tuple[Given, ...]


class Whose(Part):
    """Whose an encounter is; auditors are told a pseudonym."""

    id: str
    name: str


class Line(Part):
    """An encounter in a list."""

    id: str = Field(description="The one id of this encounter, in every answer and export.")
    case: str
    title: str
    version: str
    mode: str
    phase: Phase
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    assignment: str
    branch_of: str
    resident: Whose


class Lines(Part):
    """A page of encounters, the newest first."""

    items: tuple[Line, ...]
    next: str | None = Field(description="Give it as `after` to read on; null on the last page.")


class TurnShape(Part):
    """One question and its answer."""

    number: int
    id: str
    said: str
    reply: str
    at: datetime


class Finding(Part):
    """An examination or test that was asked for, and what it showed."""

    kind: Literal["examination", "test"]
    name: str
    result: str
    after_turn: int


class Whole(Line):
    """An encounter."""

    deadline: datetime | None
    note_deadline: datetime | None
    seconds_left: int | None
    turns: tuple[TurnShape, ...]
    findings: tuple[Finding, ...]
    hints: tuple[str, ...]
    note: Note
    self_assessment: SelfAssessment | None


class Say(Part):
    """Words to the patient."""

    text: str = Field(examples=["When did it begin?"], max_length=20_000)


class Want(Part):
    """An examination or test by name."""

    wanted: str = Field(min_length=1, max_length=2000, examples=["listen to the heart"])


class OrderedShape(Part):
    """What came of an order."""

    done: tuple[Finding, ...]
    offered: tuple[str, ...] = Field(description="Names among which to choose.")
    missing: tuple[str, ...] = Field(description="What is not there.")


class HintShape(Part):
    """A hint; empty where there is none left."""

    hint: str
    number: int


class Item(Part):
    """A checklist item with its verdict and the words that prove it."""

    id: str
    text: str
    domain: str
    weight: float
    critical: bool
    verdict: Verdict
    quote: str
    turn: int | None
    confidence: float
    unsure: bool
    ruled: Ruled | None

    @classmethod
    def of(cls, item: ItemReport) -> Item:
        """The same, less what only a review needs."""
        return cls.model_validate(item.model_dump(include=set(cls.model_fields)))


class Scored(Part):
    """The scores that are kept on an encounter, as teachers left them."""

    encounter: str
    case: str
    version: str
    resident: Whose
    rubric: str
    judge: str
    code_version: str
    made_at: datetime
    passed: bool | None = Field(description="The practice mark; null where there is none.")
    scores: Scores
    totals: Totals
    domains: tuple[DomainScore, ...]
    items: tuple[Item, ...]
    levels: tuple[LevelReport, ...] = Field(
        description="How the talk was conducted, 1 to 5 by dimension. One that is not `certified` "
        "does not agree well enough with readers: do not assess by it."
    )


class ScoreLine(Part):
    """An encounter that is over, with its scores; null where none are kept, or given out."""

    encounter: Line
    scores: Scored | None


class ScoreLines(Part):
    """A page of scores, of the newest encounters first."""

    items: tuple[ScoreLine, ...]
    next: str | None = Field(description="Give it as `after` to read on; null on the last page.")


class TranscriptShape(Part):
    """A transcript, as `python -m simulator score` reads it."""

    encounter: str
    script: str
    version: str
    mode: str
    held_at: datetime
    turns: tuple[tuple[Literal["resident", "patient"], str], ...]
    findings: tuple[Finding, ...]
    note: Note


class ReportShape(Part):
    """The whole report that is kept on an encounter."""

    encounter: str
    report: dict[str, Any]
