"""The data of one turn: what was understood, decided, said and remembered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Act = Literal[
    "question_open",
    "question_closed",
    "questions",
    "greeting",
    "statement",
    "empathy",
    "summary",
    "explanation",
    "instruction",
    "closing",
    "out_of_role",
    "nonsense",
]

ReadingKind = Literal[
    "facts", "review", "open", "deny", "unknown", "unclear", "chief", "identity", "talk", "summary"
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact or topic that a clause may ask for, with its score (about 0 to 1)."""

    topic: str
    fact: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a turn was understood to ask or say, and the words that do.

    `score` is the fitted chance, 0 to 1, that it is asked or said; `facts` of a summing-up are
    those that it gets wrong or that are locked. `beside`: it rests on the words of another one,
    with which it was asked in one question.
    """

    clause: str
    kind: ReadingKind
    facts: tuple[str, ...] = ()
    topic: str | None = None
    talk: str | None = None
    score: float = 0.0
    confidence: float = 0.0
    question: bool = False
    candidates: tuple[Candidate, ...] = ()
    beside: bool = False


@dataclass(frozen=True, slots=True)
class ReadBy:
    """Who read a turn: no name is the learned reader, else the language model of that name.

    `away` is why the model did not read, so that the learned reader did, and `away_s` the seconds
    that this cost.
    """

    model: str = ""
    prompt_hash: str = ""
    calls: tuple[dict[str, Any], ...] = ()
    away: str = ""
    away_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Understanding:
    """A turn understood: its act, a reading for each thing asked or said, and the acts' chances.

    `by` is whoever read it.
    """

    act: Act
    readings: tuple[Reading, ...]
    open_question: bool = False
    warmth: float = 0.0
    acts: dict[str, float] = field(default_factory=dict)
    by: ReadBy = ReadBy()


PartKind = Literal[
    "opening",
    "tell",
    "deny",
    "withheld",
    "unknown",
    "unclear",
    "nothing_more",
    "confirm",
    "correct",
    "talk",
    "identity",
    "chief",
]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of the reply, decided before a word of it is spoken."""

    kind: PartKind
    facts: tuple[str, ...] = ()
    topic: str | None = None
    talk: str | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the patient may say in this turn: nothing after this may tell more."""

    parts: tuple[Part, ...]
    rapport: float

    def facts_of(self, *kinds: PartKind) -> tuple[str, ...]:
        """The facts of the parts of these kinds, each once, in order."""
        found = [f for p in self.parts if p.kind in kinds for f in p.facts]
        return tuple(dict.fromkeys(found))

    @property
    def told(self) -> tuple[str, ...]:
        """The facts told in this reply, repeats included."""
        return self.facts_of("opening", "tell", "correct", "chief")

    @property
    def withheld(self) -> tuple[str, ...]:
        """The facts asked for and kept back."""
        return self.facts_of("withheld")

    @property
    def denied(self) -> tuple[str, ...]:
        """The topics answered with a no."""
        found = [p.topic for p in self.parts if p.kind == "deny" and p.topic]
        return tuple(dict.fromkeys(found))

    @property
    def unknown(self) -> bool:
        """Whether the patient said that they do not know."""
        return any(p.kind == "unknown" for p in self.parts)


class State(BaseModel):
    """What the patient remembers of the encounter; small, immutable, storable as JSON.

    What an older version remembered besides is left aside, so that its interviews go on.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    turns: int = 0
    told: dict[str, int] = {}
    rapport: float = 0.0
    opening_said: bool = False
    last_topics: tuple[str, ...] = ()
    last_facts: tuple[str, ...] = ()
    said: str = ""
    answered: str = ""
    phrases: dict[str, int] = {}
    cues_dropped: tuple[str, ...] = ()
    cue: str = ""  # the one that fell with the last answer
    challenges_put: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came of asking a model: the words, and all that is needed to say why."""

    text: str
    voice: str  # llm, or scripted where none of the model's words were heard
    model: str
    prompt: str
    prompt_hash: str
    faults: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()  # the kinds of line that the author's words had to add
    calls: tuple[dict[str, Any], ...] = ()
    away: str = ""  # why the model did not answer, where it did not
    away_s: float = 0.0  # how long there was silence before it was known to be away
    first_s: float = 0.0  # until the first words were heard, the author's or the model's


@dataclass(frozen=True, slots=True)
class Reply:
    """The patient's answer, and all that explains it."""

    text: str
    understanding: Understanding
    decision: Decision
    cues: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()  # what the author's own lines would have given away
    ms: float = 0.0
    read_ms: float = 0.0  # of these, until it was understood and decided what may be told
    spoken: Spoken | None = None  # what came of asking a language model, where there is one

    @property
    def voice(self) -> str:
        """Whose words were heard: llm, or scripted."""
        return self.spoken.voice if self.spoken else "scripted"

    @property
    def calls(self) -> tuple[dict[str, Any], ...]:
        """Every call to a language model, to read the turn and to speak."""
        return (*self.understanding.by.calls, *(self.spoken.calls if self.spoken else ()))

    @property
    def guarded(self) -> tuple[str, ...]:
        """What was stopped before it was heard, and why."""
        return (*self.leaks, *(self.spoken.faults if self.spoken else ()))
