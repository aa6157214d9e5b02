"""Phases: each knows what follows, and no step may skip one or go back."""

from __future__ import annotations

import itertools

import pytest

from simulator.encounter.phases import Phase, advance, require
from simulator.errors import EncounterClosed, NotAllowed

PAIRS = list(itertools.product(Phase, Phase))


def test_the_phases_follow_one_another_from_the_doorway_to_the_feedback() -> None:
    walked = [Phase.BRIEFING]
    while walked[-1].next is not None:
        walked.append(walked[-1].next)
    assert walked == ["briefing", "interview", "note", "self-assessment", "feedback"]


@pytest.mark.parametrize(("current", "target"), PAIRS)
def test_only_the_very_next_phase_can_be_gone_to(current: Phase, target: Phase) -> None:
    if current.next == target:
        assert advance(current, target) == target
    else:
        with pytest.raises(NotAllowed, match=r"From the .* one cannot go to the .*\. Reload"):
            advance(current, target)


@pytest.mark.parametrize(("current", "needed"), [p for p in PAIRS if p[0] != p[1]])
def test_a_step_of_another_phase_is_refused(current: Phase, needed: Phase) -> None:
    with pytest.raises(NotAllowed) as caught:
        require(current, needed)
    over = needed == Phase.INTERVIEW and current != Phase.BRIEFING
    assert isinstance(caught.value, EncounterClosed) == over
    assert ("The interview is over. What was said is kept" in str(caught.value)) == over


@pytest.mark.parametrize("phase", Phase)
def test_a_step_of_the_phase_itself_is_let_through(phase: Phase) -> None:
    require(phase, phase)
    with pytest.raises(NotAllowed):
        advance(phase, phase)
