"""How the patient was voiced: summed up from the traces, and nothing where no model was meant."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.evaluator.usage import VoiceUse, sum_up_voice
from simulator.patient.trace import Trace
from tests.traces import CALL, make_trace


def trace(**changes: Any) -> Trace:
    """The trace of a turn that a model spoke."""
    return make_trace(**{"voice": "llm", "model": "small-model", "calls": [CALL], **changes})


SCRIPTED, SPENT = make_trace(), make_trace(away="spent")


def use(*traces: Trace) -> VoiceUse:
    found = sum_up_voice(traces)
    assert found is not None
    return found


@pytest.mark.parametrize("traces", [[], [SCRIPTED], [SCRIPTED, make_trace(guarded=["x: y"])]])
def test_where_no_model_was_meant_to_speak_nothing_is_said_of_it(traces: list[Trace]) -> None:
    assert sum_up_voice(traces) is None


def test_turns_calls_tokens_and_cost_add_up() -> None:
    found = use(trace(), trace(calls=[CALL, CALL]), SCRIPTED)
    assert (found.turns, found.by_model, found.calls) == (3, 2, 3)
    assert (found.tokens_in, found.tokens_cached, found.tokens_out) == (3000, 1800, 150)
    assert (found.cost, found.estimated) == (0.0057, False)


def test_a_turn_whose_words_were_all_stopped_was_not_spoken_by_the_model_but_cost_tokens() -> None:
    stopped = trace(voice="scripted", guarded=["invention: brings in 'x'", "form: has '*'"])
    found = use(stopped)
    assert (found.by_model, found.calls, found.tokens_in) == (0, 1, 1000)
    assert found.stopped == {"invention": 1, "form": 1}


def test_absences_are_counted_by_reason_a_half_heard_turn_included() -> None:
    half = trace(away="stalled", completed=["deny"])
    found = use(half, SPENT, SPENT, trace(voice="scripted", away="resting", calls=[]))
    assert found.away == {"stalled": 1, "spent": 2, "resting": 1}
    assert (found.by_model, found.completed) == (1, 1)


def test_a_model_that_was_never_asked_is_still_told_of() -> None:
    found = use(SPENT)
    assert (found.models, found.calls, found.cost, found.away) == ((), 0, None, {"spent": 1})


def test_two_models_in_one_encounter_are_both_named_once() -> None:
    assert use(trace(), trace(model="other"), trace()).models == ("small-model", "other")


def test_without_prices_there_is_no_cost_and_not_a_cost_of_nought() -> None:
    free, priced = {**CALL, "cost": None}, {**CALL, "cost": 0.0}
    assert use(trace(calls=[free])).cost is None
    assert use(trace(calls=[priced])).cost == 0


def test_one_reckoned_call_makes_the_sum_reckoned() -> None:
    assert use(trace(), trace(calls=[{**CALL, "estimated": True}])).estimated


def test_it_survives_being_stored_as_json() -> None:
    found = use(trace(), SPENT)
    assert VoiceUse.model_validate_json(found.model_dump_json()) == found
