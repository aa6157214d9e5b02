"""Whether a sentence means what the lines mean."""

from __future__ import annotations

import pytest

from simulator.patient.guard.check import Guard
from simulator.patient.guard.meaning import Meaning
from simulator.patient.turn import Part, PartKind
from simulator.patient.voice import Line
from tests.patient.conftest import MakeTurn, tell


@pytest.fixture
def meaning(guard: Guard) -> Meaning:
    return guard.meaning


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("It began three weeks ago.", False),
        ("It set in about three weeks ago, I'd guess.", False),
        ("I dance every evening with the choir.", True),
        ("My garden needs digging.", True),
        ("They accused me before a judge after a collision.", True),
    ],
)
def test_a_sentence_with_new_words_must_come_near_to_what_may_be_said(
    text: str, new: bool, meaning: Meaning, turn: MakeTurn
) -> None:
    assert bool(meaning.new_in(text, turn(tell("onset")).scope)) is new


SAID: list[tuple[PartKind, str, str, bool]] = [
    ("tell", "It began three weeks ago.", "Three weeks ago.", True),
    ("tell", "It began three weeks ago.", "It began a while ago.", False),
    ("tell", "It began three weeks ago.", "About 3 weeks.", True),
    ("tell", "Warm tea with honey eases it.", "Honey in warm tea helps.", True),
    ("tell", "Warm tea with honey eases it.", "Cold air makes it worse.", False),
    ("tell", "I had asthma. They took my appendix out.", "I had asthma.", False),
    ("deny", "No, I haven't felt feverish.", "No.", True),
    ("deny", "No, I haven't felt feverish.", "I feel fine that way.", True),
    ("deny", "No, I haven't felt feverish.", "I do think so.", False),
    ("unknown", "I'm not sure.", "No idea, doctor.", True),
    ("unknown", "I'm not sure.", "It was clear.", False),
    ("withheld", "I'd rather not say.", "That's private.", True),
    ("withheld", "I'd rather not say.", "I smoke.", False),
    ("unclear", "Sorry, what do you mean?", "Pardon?", True),
    ("nothing_more", "I think that's everything.", "No, that's all.", True),
    ("nothing_more", "I think that's everything.", "My leg hurts.", False),
    ("confirm", "Yes, that's right.", "Exactly so.", True),
    ("confirm", "Yes, that's right.", "No.", False),
    ("talk", "Hello, doctor.", "Good morning.", True),
]


@pytest.mark.parametrize(("kind", "line", "text", "said"), SAID)
def test_a_line_counts_as_said_when_its_sense_was_said(
    kind: PartKind, line: str, text: str, said: bool, meaning: Meaning, turn: MakeTurn
) -> None:
    assert meaning.says(text, Line(kind, line), turn(Part("unclear")).scope) is said


@pytest.mark.parametrize(
    ("part", "text", "touches"),
    [
        (tell("onset"), "Well, doctor.", False),
        (tell("onset"), "Three weeks ago.", True),
        (tell("onset"), "Let me think.", False),
        (tell("stairs", "tea"), "Cold air makes it worse.", True),
        (Part("unknown"), "Hm.", True),
    ],
)
def test_what_is_said_touches_the_point_once_a_sentence_of_a_line_is_said(
    part: Part, text: str, touches: bool, meaning: Meaning, turn: MakeTurn
) -> None:
    assert meaning.touches(text, turn(part).scope) is touches


@pytest.mark.parametrize(
    ("part", "text", "unmarked"),
    [
        (Part("unknown"), "I don't know.", False),
        (Part("unknown"), "Yes.", True),
        (Part("unknown"), "It was clear.", True),
        (Part("unknown"), "It showed nothing.", True),
        (Part("withheld", ("smoking",)), "I've quit.", True),
        (Part("withheld", ("smoking",)), "I'd rather leave it.", False),
        (Part("unclear"), "Sorry?", False),
        (Part("talk", talk="greeting"), "Good day.", False),
        (tell("onset"), "It was clear.", False),
    ],
)
def test_where_only_a_not_knowing_may_be_said_anything_else_stands_out(
    part: Part, text: str, unmarked: bool, meaning: Meaning, turn: MakeTurn
) -> None:
    assert meaning.unmarked(text, turn(part).scope) is unmarked
