"""What is noticed on the page in an examination that was set, and never elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.encounter.noticing import MOST, keep_notice
from simulator.encounter.phases import Phase
from simulator.encounter.records import Mode
from simulator.errors import NotAllowed
from tests.encounter.conftest import RESIDENT, Ward


def sat(ward: Ward, phase: Phase = Phase.INTERVIEW, mode: Mode = "exam", set_as: str = "a") -> str:
    """An encounter in a phase, held for an assignment."""
    made = ward.at(phase, mode=mode)
    encounter = ward.store.get(made, RESIDENT)
    ward.store.update(replace(encounter, assignment=set_as), expected=encounter.phase)
    return made


def test_leaving_the_page_and_pasting_are_kept_with_the_turn_they_came_after(ward: Ward) -> None:
    made = sat(ward)
    ward.encounters.ask(made, RESIDENT, "Hello.", "t1")
    assert keep_notice(ward.encounters, made, RESIDENT, "left", 40)
    assert keep_notice(ward.encounters, made, RESIDENT, "pasted", 300)
    found = ward.store.notices(made)
    assert [(n.kind, n.amount, n.after_turn) for n in found] == [
        ("left", 40, 1),
        ("pasted", 300, 1),
    ]


@pytest.mark.parametrize(
    ("phase", "mode", "set_as"),
    [
        (Phase.INTERVIEW, "practice", "a"),
        (Phase.INTERVIEW, "exam", ""),
        (Phase.SELF_ASSESSMENT, "exam", "a"),
        (Phase.FEEDBACK, "exam", "a"),
    ],
)
def test_nothing_is_kept_outside_an_examination_that_was_set(
    ward: Ward, phase: Phase, mode: Mode, set_as: str
) -> None:
    made = sat(ward, phase, mode, set_as)
    assert not keep_notice(ward.encounters, made, RESIDENT, "left", 40)
    assert ward.store.notices(made) == []


def test_another_s_encounter_is_not_written_to(ward: Ward) -> None:
    made = sat(ward)
    with pytest.raises(NotAllowed):
        keep_notice(ward.encounters, made, "somebody", "left", 1)


def test_notices_have_an_end(ward: Ward) -> None:
    made = sat(ward)
    kept = [keep_notice(ward.encounters, made, RESIDENT, "left", 1) for _ in range(MOST + 2)]
    assert kept[-3:] == [True, False, False]
