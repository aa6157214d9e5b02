"""Progress: first tries told apart from others, where one stands, what comes next and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator.encounter.records import Encounter
from simulator.progress import areas, attempts, share, what_next
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from tests.conftest import make_script
from tests.test_feedback import CASE, Place

ASKED = ("When did the pain start?", "Do you smoke?")


@pytest.fixture
def place(services: Services, tmp_path: Path) -> Iterator[Place]:
    place = Place(services, tmp_path / "encounters.sqlite3")
    yield place
    place.store.engine.dispose()


def held(place: Place, *said: str, later: int = 0) -> Encounter:
    """A scored encounter, some days after the first."""
    encounter = place.held(*said)
    place.feedback.of(encounter)
    return replace(encounter, created_at=encounter.created_at + timedelta(days=later))


def other(case: str, domain: str) -> PatientScript:
    item = {"id": "one", "text": "Asks", "facts": ["onset"], "domain": domain}
    return make_script(id=case, checklist=[item])


def test_a_first_try_a_repeat_and_a_branch_are_told_apart(place: Place) -> None:
    first, second = held(place), held(place, *ASKED, later=2)
    branch = replace(held(place, later=1), branch_of=first.id, branch_turn=1)
    found = attempts([second, branch, first], place.feedback.kept)
    assert [(a.sort, a.number) for a in found] == [("first", 1), ("branch", 0), ("repeat", 2)]


def test_what_has_no_report_yet_is_no_attempt(place: Place) -> None:
    assert attempts([place.held()], place.feedback.kept) == ()


def test_an_area_adds_up_points_and_the_weakest_comes_first(place: Place) -> None:
    first = held(place, *ASKED)
    branch = replace(held(place, later=1), branch_of=first.id, branch_turn=1)
    found = areas(attempts([first, branch], place.feedback.kept))
    report = place.feedback.of(first)
    assert {a.domain: a.possible for a in found} == {d.domain: d.possible for d in report.domains}
    assert [a.share for a in found] == sorted(a.share for a in found)
    assert share(report.scores.reasoning) is None, "no note was written"


def test_a_case_that_was_not_passed_comes_again_and_one_that_is_new(place: Place) -> None:
    tried = attempts([held(place, *ASKED)], place.feedback.kept)
    mine = place.encounters.services.library.get(CASE)
    weak = areas(tried)[0].domain
    again, fresh = what_next(tried, [mine, other("a", "somewhere"), other("b", weak)])
    assert (again.script.id, again.why) == (CASE, "critical")
    assert again.missing and "Asks when the pain began" not in again.missing
    assert (fresh.script.id, fresh.why, fresh.area) == ("b", "untried", weak)


def test_after_three_tries_another_case_is_of_more_use(place: Place) -> None:
    tried = attempts([held(place, later=n) for n in range(3)], place.feedback.kept)
    mine = place.encounters.services.library.get(CASE)
    assert [n.why for n in what_next(tried, [mine, other("a", "hpi")])] == ["untried"]
    assert [n.why for n in what_next(tried, [mine])] == ["lowest"]


def test_who_has_done_nothing_gets_a_case(place: Place) -> None:
    (found,) = what_next((), [other("a", "hpi")])
    assert (found.why, found.area) == ("untried", "")
