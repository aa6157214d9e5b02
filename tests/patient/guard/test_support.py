"""Whether the lines support a sentence, and what a reply leaves unsaid of them."""

from __future__ import annotations

import pytest

from simulator.errors import EncoderMissing
from simulator.knowledge.adapter import adapter_file
from simulator.patient.guard.check import Guard
from simulator.patient.guard.support import load_fitted
from simulator.patient.turn import Part, PartKind
from simulator.patient.voice import Line
from tests.patient.conftest import MakeTurn, Turn, deny, tell


@pytest.mark.parametrize(
    ("part", "good", "bad"),
    [
        (tell("onset"), "It set in about three weeks ago.", "I dance every evening."),
        (tell("onset"), "It's three weeks now.", "My garden needs digging."),
        (tell("stairs"), "It's worse in cold air.", "It's worse after a meal."),
        (tell("asthma"), "I had asthma as a boy.", "I never had asthma."),
        (deny("ros.fever"), "No fever, no.", "I've had a fever since."),
        (Part("unknown"), "I couldn't tell you, doctor.", "It showed a shadow."),
    ],
)
def test_what_the_lines_do_not_support_is_doubted_more(
    part: Part, good: str, bad: str, turn: MakeTurn
) -> None:
    asked = turn(part)
    assert doubt(asked, good) < asked.allowed.limit <= doubt(asked, bad)


def doubt(asked: Turn, text: str) -> float:
    support = asked.guard.support
    return support.doubt(support.tongue.read(text), asked.allowed)


def test_the_fitted_part_names_the_signs_that_are_seen(guard: Guard, turn: MakeTurn) -> None:
    support, allowed = guard.support, turn(tell("onset")).allowed
    signs = support.signs(support.tongue.read("It began with a bang."), allowed)
    assert set(support.fitted.names) == set(support.fitted.weigh(signs))
    assert len(signs.words) == 1


def test_a_missing_fit_is_named_with_its_remedy() -> None:
    with pytest.raises(EncoderMissing, match="restore knowledge/models"):
        load_fitted(adapter_file("support-none"))


SAID: list[tuple[PartKind, str, str, bool]] = [
    ("tell", "It began three weeks ago.", "Three weeks ago.", True),
    ("tell", "It began three weeks ago.", "It began a while ago.", False),
    ("tell", "It began three weeks ago.", "About 3 weeks.", True),
    ("tell", "Warm tea with honey eases it.", "Honey in warm tea helps.", True),
    ("tell", "Warm tea with honey eases it.", "Cold air makes it worse.", False),
    ("tell", "I had asthma. They took my appendix out.", "I had asthma.", False),
    ("deny", "No, I haven't felt feverish.", "No.", True),
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
    kind: PartKind, line: str, text: str, said: bool, guard: Guard, turn: MakeTurn
) -> None:
    allowed = turn(Part("unclear")).allowed
    assert guard.support.says(text, Line(kind, line), allowed) is said


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
    part: Part, text: str, touches: bool, guard: Guard, turn: MakeTurn
) -> None:
    assert guard.support.touches(text, turn(part).allowed) is touches
