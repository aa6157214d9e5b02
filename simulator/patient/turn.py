"""The data of one turn: what was understood, decided, said and remembered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
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

    def trace(self) -> dict[str, Any]:
        """What the trace keeps of it."""
        return {
            "prompt": self.prompt,
            "rejected": list(self.rejected),
            "completed": list(self.completed),
            "calls": list(self.calls),
            "away": self.away,
            "away_s": round(self.away_s, 2),
            "first_s": round(self.first_s, 3),
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """The patient's answer, with the trace that explains it."""

    text: str
    understanding: Understanding
    decision: Decision
    cues: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    leaks: tuple[str, ...] = ()  # what the author's own lines would have given away
    ms: float = 0.0
    spoken: Spoken | None = None  # what came of asking a language model, where there is one

    @property
    def voice(self) -> str:
        """Whose words were heard: llm, or scripted."""
        return self.spoken.voice if self.spoken else "scripted"

    @property
    def guarded(self) -> tuple[str, ...]:
        """What was stopped before it was heard, and why."""
        return (*self.leaks, *(self.spoken.faults if self.spoken else ()))

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
            "model": self.spoken.model if self.spoken else "",
            "prompt_hash": self.spoken.prompt_hash if self.spoken else "",
            "guarded": list(self.guarded),
            "ms": round(self.ms, 2),
            **(self.spoken.trace() if self.spoken else {}),
        }
