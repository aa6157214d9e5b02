"""Trying again from a turn: what comes along, how much time there is, whose it is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator.encounter.branching import open_branch
from simulator.encounter.phases import Phase
from simulator.encounter.records import Note, SelfAssessment
from simulator.errors import NotAllowed
from tests.encounter.conftest import RESIDENT, Ward

SAID = ["What brings you in?", "When did it begin?", "Do you have a fever?"]


def held(ward: Ward, minutes: float = 1) -> str:
    """An encounter that is over: three questions, each after so many minutes, and an X-ray."""
    new = ward.at(Phase.INTERVIEW)
    for place, words in enumerate(SAID):
        ward.clock.forward(minutes=minutes)
        ward.encounters.ask(new, RESIDENT, words, f"t{place}")
        if place == 1:
            ward.encounters.order(new, RESIDENT, "Knee X-ray")
    ward.encounters.end_interview(new, RESIDENT)
    ward.encounters.submit_note(new, RESIDENT, Note(history="Fell on ice."))
    ward.encounters.submit_self_assessment(new, RESIDENT, SelfAssessment(history=5))
    return new


def test_the_talk_until_there_comes_along_and_the_patient_remembers_it(ward: Ward) -> None:
    first = ward.see(held(ward))
    again = ward.see(open_branch(ward.encounters, first.id, RESIDENT, 3).id)
    assert (again.branch_of, again.branch_turn, again.mode) == (first.id, 3, "practice")
    assert [(t.said, t.reply, t.trace) for t in again.turns] == [
        (t.said, t.reply, t.trace) for t in first.turns[:2]
    ]
    assert [o.name for o in again.orders] == ["Knee X-ray"]
    assert again.script == first.script
    ward.encounters.ask(again.id, RESIDENT, "Do you drink?", "new")
    assert ward.see(again.id).turns[2].state["told"].keys() >= {"onset"}
    assert ward.see(first.id) == first, "what it goes on from stays as it was"


def test_what_was_ordered_later_is_not_known_yet(ward: Ward) -> None:
    again = open_branch(ward.encounters, held(ward), RESIDENT, 1)
    assert (again.turns, again.orders) == ((), ())


def test_the_note_as_handed_in_is_there_to_be_changed(ward: Ward) -> None:
    again = open_branch(ward.encounters, held(ward), RESIDENT, 2)
    assert again.note.history == "Fell on ice."
    assert again.self_assessment.history == 5


@pytest.mark.parametrize(("minutes", "left"), [(1, 8), (3, 5)])
def test_the_clock_stands_where_it_stood_with_five_minutes_at_least(
    ward: Ward, minutes: float, left: float
) -> None:
    again = open_branch(ward.encounters, held(ward, minutes), RESIDENT, 2)
    assert again.deadline == ward.clock() + timedelta(minutes=left)


def test_asking_for_the_same_twice_opens_one(ward: Ward) -> None:
    first = held(ward)
    one = open_branch(ward.encounters, first, RESIDENT, 2)
    assert open_branch(ward.encounters, first, RESIDENT, 2).id == one.id
    ward.encounters.ask(one.id, RESIDENT, "Do you drink?", "new")
    assert open_branch(ward.encounters, first, RESIDENT, 2).id != one.id


@pytest.mark.parametrize("turn", [0, 4])
def test_there_is_no_turn_but_those_that_were_said(ward: Ward, turn: int) -> None:
    with pytest.raises(NotAllowed, match=f"no turn {turn}"):
        open_branch(ward.encounters, held(ward), RESIDENT, turn)


def test_nothing_is_tried_again_before_the_end_or_by_others(ward: Ward) -> None:
    with pytest.raises(NotAllowed):
        open_branch(ward.encounters, ward.at(Phase.NOTE), RESIDENT, 1)
    with pytest.raises(NotAllowed):
        open_branch(ward.encounters, held(ward), "bo", 1)
