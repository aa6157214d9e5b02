"""What counts as asking: sentences do, nouns typed for marks do not."""

from __future__ import annotations

import pytest

from simulator.evaluator.asking import BARE, RECITAL, is_bare, judge_asking
from simulator.patient.patient import Patient
from tests.evaluator.conftest import Heard


@pytest.mark.parametrize("said", ["fever", "Smoking, alcohol", "phlegm and fever?", "cough, fever"])
def test_names_of_subjects_alone_are_bare(cough: Patient, said: str) -> None:
    assert is_bare(said, cough.case)


@pytest.mark.parametrize("said", ["Do you smoke?", "Tell me about the fever.", "hello", "", "?"])
def test_a_sentence_is_not_bare(cough: Patient, said: str) -> None:
    assert not is_bare(said, cough.case)


def test_nouns_typed_one_a_turn_earn_nothing_after_the_first(cough: Patient, held: Heard) -> None:
    idle = judge_asking(held("fever", "phlegm", "smoking", "asthma"), cough.case)
    assert idle == {2: BARE, 4: BARE, 6: BARE}


def test_a_bare_word_with_a_question_mark_goes_on_from_a_question(
    cough: Patient, held: Heard
) -> None:
    said = ("Do you have a fever?", "Phlegm?", "Blood?", "Do you smoke?", "Asthma?")
    assert judge_asking(held(*said), cough.case) == {}


def test_a_recital_of_the_checklist_earns_nothing(cough: Patient, held: Heard) -> None:
    lines = [item.text for item in cough.case.script.checklist[:3]]
    idle = judge_asking(held(*lines), cough.case)
    assert set(idle.values()) == {RECITAL}
    assert len(idle) == len(lines)
