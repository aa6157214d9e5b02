"""Whether a sentence says yes or no as the lines do, and joins what they join."""

from __future__ import annotations

import pytest

from simulator.patient.guard.check import Guard
from simulator.patient.guard.signs import Signs
from simulator.patient.turn import Part
from tests.patient.conftest import MakeTurn, deny, tell


@pytest.fixture
def signs(guard: Guard) -> Signs:
    return guard.signs


@pytest.mark.parametrize(
    ("text", "negative"),
    [
        ("No.", True),
        ("I don't have that.", True),
        ("Never, doctor.", True),
        ("I couldn't say.", True),
        ("I’d rather not say.", True),
        ("What do you mean?", True),
        ("Yes, I do.", False),
        ("I cough.", False),
        ("No wonder I cough.", False),
        ("I can't help coughing.", False),
    ],
)
def test_a_no_a_not_knowing_and_a_refusal_are_negative(
    text: str, negative: bool, signs: Signs
) -> None:
    assert signs.negative(text) is negative


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("My blood type?", True),
        ("Kenya?", True),
        ("Kenya.", False),
        ("Do you think that I have been to Kenya?", False),
    ],
)
def test_a_short_question_back_takes_up_the_residents_words(
    text: str, asks: bool, signs: Signs
) -> None:
    assert signs.asks_back(text) is asks


@pytest.mark.parametrize(
    ("part", "text", "wrong"),
    [
        (deny("ros.fever"), "Yes.", True),
        (deny("ros.fever"), "Yes, a bit.", True),
        (deny("ros.fever"), "Yes, my temperature is normal.", False),
        (deny("ros.fever"), "Yeah, no, no fever.", False),
        (deny("ros.fever"), "No.", False),
        (tell("onset"), "No.", True),
        (tell("onset"), "No, it began three weeks ago.", False),
        (tell("asthma"), "Yes, as a boy.", False),
        (Part("confirm"), "No, that's not right at all.", True),
        (Part("confirm"), "Yes, that's right.", False),
        (Part("confirm"), "That's it exactly.", False),
    ],
)
def test_a_wrong_yes_or_no_at_the_beginning_must_be_mended_by_the_rest(
    part: Part, text: str, wrong: bool, signs: Signs, turn: MakeTurn
) -> None:
    assert bool(signs.wrong_start(text, turn(part).scope)) is wrong


@pytest.mark.parametrize(
    ("part", "text", "wrong"),
    [
        (tell("asthma"), "I never had asthma as a boy.", True),
        (tell("asthma"), "I had asthma as a boy.", False),
        (tell("asthma"), "Did I not have asthma as a boy?", False),
        (tell("night"), "At night I'm fine, it doesn't wake me.", True),
        (tell("night"), "At night it wakes me, I can't help it.", False),
        (deny("ros.haemoptysis"), "I've seen blood.", True),
        (deny("ros.haemoptysis"), "I've seen no blood.", False),
        (deny("ros.fever"), "I've had a fever.", True),
        (deny("ros.fever"), "I've felt feverish.", True),
        (deny("ros.fever"), "My temperature's been normal.", False),
        (tell("weight"), "I've hardly kept five kilos less, since the summer.", False),
        (Part("unknown"), "I don't have asthma.", False),
    ],
)
def test_a_yes_to_a_no_and_a_no_to_a_yes_are_contradictions(
    part: Part, text: str, wrong: bool, signs: Signs, turn: MakeTurn
) -> None:
    assert bool(signs.wrong_sign(text, turn(part).scope)) is wrong


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Cold air makes it worse, warm tea with honey eases it.", False),
        ("Warm tea with honey makes it worse.", True),
        ("Cold air eases it.", True),
        ("Honey eases it.", False),
        ("Cold tea eases it.", True),
    ],
)
def test_words_that_the_lines_keep_apart_are_not_joined(
    text: str, wrong: bool, signs: Signs, turn: MakeTurn
) -> None:
    assert bool(signs.wrong_pair(text, turn(tell("stairs", "tea")).scope)) is wrong
