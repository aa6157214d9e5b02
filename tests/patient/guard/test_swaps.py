"""The lines' own words may not change places, nor turn into their opposites."""

from __future__ import annotations

import pytest

from simulator.patient.guard.check import Guard
from simulator.patient.turn import State
from simulator.patient.voice import Line

WORST = "Eight out of ten at the worst. Now maybe five."
SITTING = "When I walk, seven. Sitting, maybe four."
PHLEGM = "Green since Saturday. It was clear before that."
PILLS = "I take lisinopril for blood pressure and atorvastatin for cholesterol."
BREATH = "I've been short of breath since Tuesday, when I move about. I'm all right sitting still."
DIVORCE = "My divorce came through four months ago. We'd been apart for a year by then."
PLEURA = "If I take a deep breath it pricks here, right side."
DAILY = "Worse each day. A week ago I managed the stairs."
MORNING = "Mornings mostly, after breakfast."
STIFF = "ros.joint-stiffness"
KILOS = "I've lost five kilos since the summer."


def faults(guard: Guard, line: str, text: str) -> list[str]:
    scope = guard.scope([Line("tell", line)], State(), "", "steady")
    found = guard.swaps.faults_of(text, scope)
    return [found] if found else []


SWAPPED = {
    WORST: "Five out of ten at the worst. Now maybe eight.",
    SITTING: "When I walk, four. Sitting, maybe seven.",
    PHLEGM: "It was green before. Since Saturday it's clear.",
    PILLS: "I take atorvastatin for blood pressure and lisinopril for cholesterol.",
    BREATH: "Since Tuesday I'm short of breath sitting still. When I move about, I'm all right.",
    DIVORCE: "My divorce came through a year ago. We'd been apart for four months by then.",
}
KEPT = {
    WORST: "Now it's maybe five, doctor. At the worst, eight out of ten.",
    SITTING: "Maybe four when I'm sitting. Seven if I walk.",
    PHLEGM: "Before that it was clear. Since Saturday, green.",
    PILLS: "For cholesterol atorvastatin, and for blood pressure lisinopril.",
    BREATH: "When I move about I'm short of breath, since Tuesday. Sitting still I'm all right.",
    DIVORCE: "We'd been apart for a year. Then, four months ago, the divorce came through.",
}


@pytest.mark.parametrize("line", SWAPPED)
def test_words_that_change_places_are_stopped_and_another_order_is_not(
    line: str, guard: Guard
) -> None:
    assert faults(guard, line, SWAPPED[line]) != []
    assert faults(guard, line, KEPT[line]) == []


@pytest.mark.parametrize(
    ("line", "turned", "kept"),
    [
        (DAILY, "Better each day. A week ago I managed the stairs.", "It's worse each day."),
        (MORNING, "Evenings mostly, after breakfast.", "In the morning, mostly."),
        (KILOS, "I gained five kilos since the summer.", "Since the summer I've lost five kilos."),
        (PLEURA, "It pricks here, left side.", "On the right side it pricks, when I breathe."),
    ],
)  # fmt: skip
def test_a_word_that_became_its_opposite_is_stopped(
    line: str, turned: str, kept: str, guard: Guard
) -> None:
    assert faults(guard, line, kept) == []
    assert faults(guard, line, turned) != []


def test_a_word_of_the_topic_stays_free_where_its_opposite_is_said_as_well(guard: Guard) -> None:
    line = Line("tell", "It gets me up most nights, around four.", topics=(STIFF,))
    scope = guard.scope([line], State(), "", "steady")
    assert guard.swaps.faults_of("Most nights. Around four in the morning.", scope) == ""
    assert guard.swaps.faults_of("Most mornings, around four.", scope) != ""
