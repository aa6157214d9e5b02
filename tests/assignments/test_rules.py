"""When a station stands open, the timetable of a circuit by the bell, and what is held back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from simulator.assignments.records import Assignment, Cohort
from simulator.assignments.rules import CHANGE, Minutes, ends_at, holds_back, rounds, stations
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from tests.conftest import make_script

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CASES = ("knee", "chest", "low-mood")
LENGTHS = {"knee": Minutes(10, 5), "chest": Minutes(15, 10), "low-mood": Minutes(12, 8)}
COHORT = Cohort("c", "im", "lead", "First years", {"ana": 0, "ben": 0, "cem": 20})
SET = Assignment(
    "a", "im", "lead", "Block one", "c", CASES, "practice", "any", NINE, NINE + timedelta(days=7),
    1, "at once", NINE - timedelta(days=1),
)  # fmt: skip


def after(**time: float) -> datetime:
    return NINE + timedelta(**time)


def held(case: str, phase: Phase, at: datetime = NINE, **changes: Any) -> Encounter:
    script = make_script(id=case)
    new = Encounter(f"e-{case}-{at:%H%M}", "ana", script, "practice", phase, at, assignment="a")
    return replace(new, **changes)


def states(assignment: Assignment, *talks: Encounter, now: datetime, who: str = "ana") -> list[str]:
    return [s.state for s in stations(assignment, COHORT, who, talks, LENGTHS, now)]


def test_nothing_may_be_begun_before_it_opens_or_once_it_has_closed() -> None:
    assert states(SET, now=after(seconds=-1)) == ["later"] * 3
    assert states(SET, now=NINE) == ["open"] * 3
    assert states(SET, now=SET.closes_at) == ["closed"] * 3


def test_what_was_begun_goes_on_after_the_window_has_closed() -> None:
    talk = held("knee", Phase.INTERVIEW)
    assert states(SET, talk, now=SET.closes_at)[0] == "running"


def test_a_station_has_so_many_attempts_and_no_more() -> None:
    first = held("knee", Phase.FEEDBACK)
    twice = replace(SET, attempts=2)
    second = held("knee", Phase.FEEDBACK, after(hours=1))
    assert states(SET, first, now=after(hours=2))[0] == "done"
    assert states(twice, first, now=after(hours=2))[0] == "open"
    assert states(twice, first, second, now=after(hours=2))[0] == "done"
    assert states(replace(SET, attempts=0), first, second, now=after(hours=2))[0] == "open"


def test_a_doorway_that_was_only_read_is_no_attempt() -> None:
    assert states(SET, held("knee", Phase.BRIEFING), now=after(hours=1))[0] == "open"


def test_what_was_practised_otherwise_does_not_count() -> None:
    own = held("knee", Phase.FEEDBACK, assignment="")
    assert states(SET, own, now=after(hours=1))[0] == "open"


def test_in_a_circuit_a_station_waits_for_the_one_before_it() -> None:
    circuit = replace(SET, order="circuit")
    assert states(circuit, now=NINE) == ["open", "after", "after"]
    writing = held("knee", Phase.NOTE)
    assert states(circuit, writing, now=after(minutes=12)) == ["running", "after", "after"]
    over = held("knee", Phase.FEEDBACK)
    assert states(circuit, over, now=after(minutes=20)) == ["done", "open", "after"]


def test_what_was_called_off_can_be_begun_no_more_and_what_was_held_stays() -> None:
    off = replace(SET, withdrawn_at=after(hours=1))
    over = held("knee", Phase.FEEDBACK)
    assert states(off, over, now=after(hours=2)) == ["done", "closed", "closed"]


def test_by_the_bell_residents_begin_at_different_stations_and_move_on_together() -> None:
    bell = replace(SET, order="bell")
    ana, ben = (rounds(bell, COHORT, who, LENGTHS) for who in ("ana", "ben"))
    assert [r.case for r in ana] == ["knee", "chest", "low-mood"]
    assert [r.case for r in ben] == ["chest", "low-mood", "knee"]
    assert [r.begins for r in ana] == [r.begins for r in ben]


def test_a_round_is_as_long_as_the_longest_station_for_whoever_has_most_time() -> None:
    bell = replace(SET, order="bell")
    first, second, _ = rounds(bell, COHORT, "ana", LENGTHS)
    assert second.begins - first.begins == timedelta(minutes=25 * 1.2) + CHANGE
    assert ends_at(bell, COHORT, LENGTHS) == NINE + 3 * (timedelta(minutes=30) + CHANGE)


def test_by_the_bell_a_door_is_open_as_long_as_the_interview_lasts_for_its_resident() -> None:
    bell = replace(SET, order="bell")
    assert states(bell, now=NINE) == ["open", "later", "later"]
    assert states(bell, now=after(minutes=9, seconds=59))[0] == "open"
    assert states(bell, now=after(minutes=10))[0] == "closed"
    (first, *_) = rounds(bell, COHORT, "cem", LENGTHS)  # a fifth more time, at the third station
    assert first.door_shuts - first.begins == timedelta(minutes=12 * 1.2)


@pytest.mark.parametrize(
    ("release", "released", "now", "back"),
    [
        ("at once", None, NINE, False),
        ("when it closes", None, after(days=6), True),
        ("when it closes", None, after(days=7), False),
        ("by hand", None, after(days=99), True),
        ("by hand", NINE, after(days=1), False),
        ("when it closes", NINE, after(days=1), False),
    ],
)
def test_feedback_is_held_back_until_it_is_given_out(
    release: Any, released: datetime | None, now: datetime, back: bool
) -> None:
    given = replace(SET, release=release, released_at=released)
    assert holds_back(given, SET.closes_at, now) is back
