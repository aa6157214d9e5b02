"""Traces of turns, as the tests of the store and of the evaluator write them."""

from __future__ import annotations

from typing import Any

from simulator.patient.trace import Trace

CALL: dict[str, Any] = {
    "model": "small-model",
    "purpose": "patient",
    "outcome": "ok",
    "tokens_in": 1000,
    "tokens_out": 50,
    "tokens_cached": 600,
    "estimated": False,
    "cost": 0.0019,
    "first_ms": 210.5,
    "ms": 900.1,
    "tries": 1,
}
PLAIN: dict[str, Any] = {
    "schema": 4,
    "act": "question_closed",
    "acts": {"question_closed": 0.9},
    "open_question": False,
    "readings": [],
    "parts": [],
    "told": [],
    "denied": [],
    "withheld": [],
    "unknown": False,
    "rapport": 0.0,
    "cues": [],
    "challenges": [],
    "voice": "scripted",
    "model": "",
    "prompt_hash": "",
    "guarded": [],
    "ms": 12.5,
}


def make_trace(**changes: Any) -> Trace:
    """The trace of a turn in the author's words; each change replaces a field."""
    return Trace.model_validate({**PLAIN, **changes})
