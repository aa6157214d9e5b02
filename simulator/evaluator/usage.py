"""How the patient was voiced in an encounter, and what the language model cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from simulator.patient.trace import Trace


class VoiceUse(BaseModel):
    """Who spoke the patient: turns, tokens, cost, and what the guard stopped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[str, ...]
    turns: int
    by_model: int  # turns in which the model's own words were heard
    completed: int  # of those, turns where the author's words were added
    stopped: dict[str, int]  # what the guard stopped, by kind
    away: dict[str, int]  # turns without the model, by reason
    calls: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    estimated: bool  # whether some tokens were reckoned, since the server did not count them
    cost: float | None  # in the currency of the prices in the settings


def sum_up_voice(traces: Iterable[Trace]) -> VoiceUse | None:
    """The use of a language model over the turns of an encounter; None where there was none."""
    every = list(traces)
    voiced = [t for t in every if t.model or t.away]
    if not voiced:
        return None
    calls = [c for t in voiced for c in t.calls]
    costs = [c.cost for c in calls if c.cost is not None]
    return VoiceUse(
        models=tuple(dict.fromkeys(t.model for t in voiced if t.model)),
        turns=len(every),
        by_model=sum(t.voice == "llm" for t in voiced),
        completed=sum(t.voice == "llm" and bool(t.completed) for t in voiced),
        stopped=dict(Counter(f.split(":", 1)[0] for t in voiced for f in t.guarded)),
        away=dict(Counter(t.away for t in voiced if t.away)),
        calls=len(calls),
        tokens_in=sum(c.tokens_in for c in calls),
        tokens_cached=sum(c.tokens_cached for c in calls),
        tokens_out=sum(c.tokens_out for c in calls),
        estimated=any(c.estimated for c in calls),
        cost=round(sum(costs), 6) if costs else None,
    )
