from __future__ import annotations

import pytest

from simulator.evaluator.communication import judge_communication
from simulator.evaluator.levels import Level, judge_levels
from simulator.patient.patient import Patient
from simulator.services import Services
from tests.evaluator.conftest import Heard

GOOD = [
    "Hello, I'm Dr Berg, the resident. What brings you in?",
    "Tell me more about that.",
    "I'd like to ask about your health now. Do you have a fever?",
    "What do you think it is?",
    "What worries you most about it?",
    "That must be frightening. I'm so sorry.",
    "To recap, you've had this cough for three weeks. Is that right?",
    "I think it's a viral cough, and I'd like to arrange an X-ray. How does that sound to you?",
    "Can you tell me in your own words what happens next?",
    "If you become breathless, call us straight away. What questions do you have for me?",
]
POOR = ["Any haemoptysis?", "Any dyspnoea?", "Any orthopnoea?", "Any rigors?", "No fever?"]
CLAIMS = "Empathy shown. Summary given, and the patient's questions were invited."


@pytest.fixture
def levels(cough: Patient, services: Services, held: Heard) -> dict[str, dict[str, Level]]:
    rubric = services.rubric("vsp-comm-9")

    def of(*said: str) -> dict[str, Level]:
        exchanges = held(*said)
        seen = judge_communication(cough.case, rubric, exchanges)
        return {x.id: x for x in judge_levels(cough.case, rubric, exchanges, seen)}

    return {"good": of(*GOOD), "poor": of(*POOR), "none": of(), "claims": of(CLAIMS)}


def test_a_good_talk_stands_above_a_poor_one_in_every_dimension(
    levels: dict[str, dict[str, Level]],
) -> None:
    for name, level in levels["good"].items():
        poor = levels["poor"][name].level
        assert level.level is not None and poor is not None
        assert level.level > poor, name


def test_a_level_is_one_and_one_more_for_each_step_that_was_taken(
    levels: dict[str, dict[str, Level]],
) -> None:
    for level in (*levels["good"].values(), *levels["poor"].values()):
        assert len(level.steps) == 4
        assert level.level == 1 + sum(step.taken for step in level.steps)


def test_the_words_that_show_a_step_stand_in_their_turn(
    levels: dict[str, dict[str, Level]],
) -> None:
    quotes = [s.quote for x in levels["good"].values() for s in x.steps if s.quote]
    assert len(quotes) > 10
    assert all(q.text in GOOD[q.turn // 2] for q in quotes)


def test_where_nothing_was_said_there_is_no_level(levels: dict[str, dict[str, Level]]) -> None:
    assert {x.level for x in levels["none"].values()} == {None}


def test_who_claims_to_have_done_it_has_taken_no_step(levels: dict[str, dict[str, Level]]) -> None:
    for name in ("empathy", "verification", "closing", "sharing-information"):
        said = levels["claims"][name]
        assert not [s.text for s in said.steps if s.quote], name
