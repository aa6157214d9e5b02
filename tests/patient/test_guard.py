from __future__ import annotations

import pytest

from simulator.patient.case import Case
from simulator.patient.guard import MAX_WORDS, find_faults
from simulator.patient.turn import Decision, Part, State

NOTHING = Decision((), 0.0)


@pytest.mark.parametrize("fact", ["smoking", "court", "weight"])
def test_a_locked_line_is_caught(fact: str, case: Case) -> None:
    text = f"Well, doctor. {case.facts[fact].says} So there."
    assert find_faults(text, NOTHING, case, State()) == (f"tells {fact!r}, which is locked",)


def test_a_locked_line_is_caught_in_capitals_and_without_its_stops(case: Case) -> None:
    text = "I WENT BACK TO SMOKING IN MARCH"
    assert find_faults(text, NOTHING, case, State())


def test_what_may_be_told_now_or_was_told_before_is_no_fault(case: Case) -> None:
    text = case.facts["smoking"].says
    now = Decision((Part("tell", ("smoking",)),), 5.0)
    assert find_faults(text, now, case, State()) == ()
    assert find_faults(text, NOTHING, case, State(told={"smoking": 1})) == ()


def test_free_facts_are_no_fault(case: Case) -> None:
    assert find_faults(case.facts["onset"].says, NOTHING, case, State()) == ()


@pytest.mark.parametrize("name", ["Cough after a viral infection", "post-infectious COUGH"])
def test_the_diagnosis_is_caught(name: str, case: Case) -> None:
    faults = find_faults(f"They say it's {name}.", NOTHING, case, State())
    assert len(faults) == 1
    assert faults[0].startswith("names the diagnosis")


def test_a_speech_is_caught(case: Case) -> None:
    assert find_faults("tea " * MAX_WORDS, NOTHING, case, State()) == ()
    assert find_faults("tea " * (MAX_WORDS + 1), NOTHING, case, State()) == (
        f"longer than {MAX_WORDS} words",
    )


@pytest.mark.parametrize("text", ["", "…", "No."])
def test_a_short_reply_is_no_fault(text: str, case: Case) -> None:
    assert find_faults(text, NOTHING, case, State()) == ()
