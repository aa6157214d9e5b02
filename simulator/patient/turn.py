"""The data of one turn: what was understood, decided, said and remembered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

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
    """What one clause of the resident's words was understood to ask or say."""

    clause: str
    kind: ReadingKind
    facts: tuple[str, ...] = ()
    topic: str | None = None
    talk: str | None = None
    score: float = 0.0
    confidence: float = 0.0
    question: bool = False
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Understanding:
    """A turn understood: its act, and a reading for each clause in order."""

    act: Act
    readings: tuple[Reading, ...]
    open_question: bool = False
    warmth: float = 0.0


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
    """What the patient remembers of the encounter; small, immutable, storable as JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    turns: int = 0
    told: dict[str, int] = {}
    rapport: float = 0.0
    opening_said: bool = False
    last_topics: tuple[str, ...] = ()
    last_facts: tuple[str, ...] = ()
    last_denied: tuple[str, ...] = ()
    unclear_streak: int = 0
    phrases: dict[str, int] = {}
    cues_dropped: tuple[str, ...] = ()
    challenges_put: tuple[str, ...] = ()


class Spoken(Protocol):
    """What came of asking a language model; see llm_voice."""

    @property
    def away(self) -> str:
        """Why the model did not answer, or nothing."""

    @property
    def away_s(self) -> float:
        """How many seconds it was waited for in vain."""

    @property
    def first_s(self) -> float:
        """How many seconds passed until its first words were heard."""

    @property
    def calls(self) -> tuple[dict[str, Any], ...]:
        """The calls of the model, as they are recorded."""

    def trace(self) -> dict[str, Any]:
        """What the trace keeps of it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The patient's answer, with the trace that explains it."""

    text: str
    understanding: Understanding
    decision: Decision
    cues: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    voice: str = "scripted"
    model: str = ""
    prompt_hash: str = ""
    guarded: tuple[str, ...] = ()
    ms: float = 0.0
    spoken: Spoken | None = None

    def trace(self) -> dict[str, Any]:
        """The whole turn as JSON data."""
        return {
            "act": self.understanding.act,
            "open_question": self.understanding.open_question,
            "readings": [asdict(r) for r in self.understanding.readings],
            "parts": [asdict(p) for p in self.decision.parts],
            "told": list(self.decision.told),
            "denied": list(self.decision.denied),
            "withheld": list(self.decision.withheld),
            "unknown": self.decision.unknown,
            "rapport": self.decision.rapport,
            "cues": list(self.cues),
            "challenges": list(self.challenges),
            "voice": self.voice,
            "model": self.model,
            "prompt_hash": self.prompt_hash,
            "guarded": list(self.guarded),
            "ms": round(self.ms, 2),
            **(self.spoken.trace() if self.spoken else {}),
        }
