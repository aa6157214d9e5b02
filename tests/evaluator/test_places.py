"""The turns that are read first before an item is marked."""

from __future__ import annotations

import pytest

from simulator.encounter.records import Turn
from simulator.evaluator.places import places, spans
from simulator.patient.turn import Candidate, Reading
from simulator.scripts.schema import ChecklistItem
from tests.store.records import NOON
from tests.traces import make_trace

FEVER = ChecklistItem(id="fever", text="Asks about fever", facts=("fever",), topics=("ros.fever",))


def talk(*traces: dict[str, object]) -> list[Turn]:
    return [Turn(n, f"t{n}", "…", "…", make_trace(**t), {}, NOON) for n, t in enumerate(traces, 1)]


def near(score: float) -> dict[str, object]:
    """A turn in which fever was thought of with this chance, and something else heard."""
    candidate = Candidate("ros.fever", "fever", score)
    return {"readings": [Reading("x", "facts", ("knee",), "hpi.site", candidates=(candidate,))]}


ASKED = {"readings": [Reading("x", "facts", ("fever",), "ros.fever", confidence=0.8)]}
NOTHING: dict[str, object] = {}


@pytest.mark.parametrize(
    ("trace", "shown"),
    [
        (ASKED, True),
        ({"told": ["fever"]}, True),
        ({"withheld": ["fever"]}, True),
        ({"readings": [Reading("x", "deny", (), "ros.fever")]}, True),
        (near(0.3), True),
        (near(0.1), False),
        ({"told": ["knee"]}, False),
        (NOTHING, False),
    ],
)
def test_a_turn_that_asks_tells_or_comes_near_is_a_place(
    trace: dict[str, object], shown: bool
) -> None:
    assert places(FEVER, talk(NOTHING, trace)) == ((2,) if shown else ())


def test_an_act_or_a_cue_makes_a_place_too() -> None:
    empathy = ChecklistItem(id="kind", text="Is kind", acts=("empathy",))
    assert places(empathy, talk({"acts": {"empathy": 0.9}}, {"acts": {"empathy": 0.2}})) == (1,)
    cue = ChecklistItem(id="c", text="Takes it up", cue="father", credit="acknowledged")
    assert places(cue, talk(NOTHING, {"cues": ["father"]})) == (2,)


def test_the_nearest_are_taken_in_the_talk_s_order_and_what_proves_is_among_them() -> None:
    turns = talk(near(0.3), near(0.9), NOTHING, ASKED, near(0.5), NOTHING)
    assert places(FEVER, turns) == (2, 4, 5)
    assert places(FEVER, turns, proof=6) == (2, 4, 6)
    assert places(FEVER, turns, proof=99) == (2, 4, 5)


def test_stretches_around_places_end_with_the_talk_and_grow_together() -> None:
    assert spans((), 9) == ()
    assert spans((1, 9), 9) == (range(1, 3), range(8, 10))
    assert spans((2, 4, 8), 9) == (range(1, 6), range(7, 10))
    assert spans((2, 5), 9) == (range(1, 7),), "nothing lies between, so that they are one"
