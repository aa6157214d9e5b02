"""The trace of a turn: why the patient said what they said, as it is stored and judged."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.errors import TraceUnreadable
from simulator.llm.protocol import Call, describe
from simulator.patient.turn import Act, Part, Reading, Reply, Spoken

LEARNED = "learned"
UNSPOKEN = Spoken("", "scripted", "", "", "")  # what a turn keeps where no model was asked


class Trace(BaseModel):
    """One turn, from what was understood to who was heard.

    A change of these fields, or of the readings', parts' or calls', is a new version: the old
    ones lie in databases and must still be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_version: Literal[4] = Field(alias="schema")
    act: Act
    acts: dict[str, float]  # the chance of each act
    open_question: bool
    readings: tuple[Reading, ...]
    parts: tuple[Part, ...]
    told: tuple[str, ...]
    denied: tuple[str, ...]
    withheld: tuple[str, ...]
    unknown: bool
    rapport: float
    cues: tuple[str, ...]
    challenges: tuple[str, ...]
    voice: Literal["llm", "scripted"]
    model: str
    prompt_hash: str
    guarded: tuple[str, ...]  # what was stopped before it was heard, and why
    ms: float
    # What only a language model leaves: see `Spoken`.
    prompt: str = ""
    rejected: tuple[str, ...] = ()
    completed: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    away: str = ""
    away_s: float = 0.0
    first_s: float = 0.0
    # Who read the turn: the learned reader, or a language model; why that one could not: `ReadBy`.
    read_by: str = LEARNED
    read_away: str = ""

    @classmethod
    def of(cls, reply: Reply) -> Self:
        """The trace of a reply."""
        understanding, decision = reply.understanding, reply.decision
        spoken, by = reply.spoken or UNSPOKEN, understanding.by
        return cls.model_validate(
            {
                "schema": 4,
                "act": understanding.act,
                "acts": understanding.acts,
                "open_question": understanding.open_question,
                "readings": understanding.readings,
                "parts": decision.parts,
                "told": decision.told,
                "denied": decision.denied,
                "withheld": decision.withheld,
                "unknown": decision.unknown,
                "rapport": decision.rapport,
                "cues": reply.cues,
                "challenges": reply.challenges,
                "voice": reply.voice,
                "model": spoken.model,
                "prompt_hash": spoken.prompt_hash,
                "guarded": reply.guarded,
                "ms": round(reply.ms, 2),
                "prompt": spoken.prompt,
                "rejected": spoken.rejected,
                "completed": spoken.completed,
                "calls": reply.calls,
                "away": spoken.away,
                "away_s": round(spoken.away_s, 2),
                "first_s": round(spoken.first_s, 3),
                "read_by": (not by.away and by.model) or LEARNED,
                "read_away": by.away,
            }
        )

    def stored(self) -> dict[str, Any]:
        """The trace as JSON data; `read_trace` reads it back."""
        return self.model_dump(mode="json", by_alias=True)


def read_trace(data: dict[str, Any]) -> Trace:
    """The trace of stored JSON data, of this version or an earlier one.

    Raises:
        TraceUnreadable: it is of another version, or a field is missing, strange or wrong.
    """
    if not isinstance(data, dict):
        raise TraceUnreadable(f"The trace is not a set of fields but a {type(data).__name__}")
    if data.get("schema", 1) not in (1, 2, 3, 4):
        raise TraceUnreadable(
            f"The trace has version {data['schema']!r}, this program reads 1 to 4; "
            "use the program version that wrote it"
        )
    try:
        first = data.get("schema", 1) == 1
        return Trace.model_validate({**(_from_first(data) if first else data), "schema": 4})
    except ValidationError as error:
        raise TraceUnreadable(
            f"The trace does not fit its version ({describe(error)}); "
            "use the program version that wrote it"
        ) from None


def _from_first(data: dict[str, Any]) -> dict[str, Any]:
    """Version 1 in the fields of version 2; 3 adds `beside` to a reading, 4 who read the turn.

    It named no version and gave the acts no chances, and its first readings were as sure as
    their score.
    """
    readings = data.get("readings")
    if isinstance(readings, list):
        readings = [
            {"confidence": r["score"], **r} if isinstance(r, dict) and "score" in r else r
            for r in readings
        ]
    return {"acts": {}, **data, "readings": readings}
