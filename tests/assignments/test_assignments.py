"""Setting, sitting, giving out and calling off, on a real database under a clock moved by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.accounts.people import Person, Role, alone
from simulator.assignments.assignments import Assignments
from simulator.assignments.records import Assignment, Wanted
from simulator.encounter.branching import open_branch
from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Note, SelfAssessment
from simulator.errors import NotAllowed
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.repository import Repository
from tests.conftest import SMALL_SCRIPT
from tests.encounter.conftest import Clock

LEAD = Person("lead", Role.COURSE_LEAD, "im", "Dr Lind")
ANA, BEN = (Person(n, Role.RESIDENT, "im", n.title()) for n in ("ana", "ben"))
STRANGER = Person("stranger", Role.RESIDENT, "surgery", "Sten")
FAR_LEAD = Person("far", Role.COURSE_LEAD, "surgery", "Dr Far")
PEOPLE = [LEAD, ANA, BEN, STRANGER]
CASES = ("sore-knee", "sore-hip")


@dataclass(frozen=True)
class Course:
    """What a course lead works with."""

    set: Assignments
    encounters: Encounters
    clock: Clock

    def wanted(self, cohort: str = "", **changes: Any) -> Wanted:
        now = self.clock()
        plain = Wanted(
            "Block one", cohort, CASES, "exam", "any", now, now + timedelta(days=1), 1, "by hand"
        )
        return replace(plain, **changes)

    def given(self, **changes: Any) -> Assignment:
        cohort = self.set.put_cohort(LEAD, "First years", {"ana": 0, "ben": 25}, PEOPLE, "")
        return self.set.add(LEAD, self.wanted(**{"cohort": cohort.id, **changes}))

    def hold(self, who: Person, assignment: Assignment, case: str = CASES[0]) -> Encounter:
        door = self.set.open(who.id, who.programme, assignment.id, case)
        self.encounters.enter(door.id, who.id)
        self.encounters.end_interview(door.id, who.id)
        self.encounters.submit_note(door.id, who.id, Note())
        return self.encounters.submit_self_assessment(door.id, who.id, SelfAssessment())


@pytest.fixture(scope="module")
def two(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The shipped knowledge around two small cases."""
    folder = tmp_path_factory.mktemp("scripts")
    for case in CASES:
        script = {**SMALL_SCRIPT, "id": case, "title": case}
        (folder / f"{case}.yaml").write_text(json.dumps(script), encoding="utf-8")
    return Services(Settings(data_dir=data_dir, scripts_dir=folder))


@pytest.fixture
def course(two: Services, tmp_path: Path) -> Iterator[Course]:
    database, clock = connect(tmp_path / "encounters.sqlite3"), Clock()
    encounters = Encounters(two, Repository(database), clock)
    yield Course(Assignments(AssignmentStore(database), encounters), encounters, clock)
    database.dispose()


def test_a_cohort_is_made_of_the_residents_of_one_s_own_programme(course: Course) -> None:
    with pytest.raises(NotAllowed, match="not of your programme"):
        course.set.put_cohort(LEAD, "Ours", {"stranger": 0}, PEOPLE, "")
    with pytest.raises(NotAllowed, match="a name"):
        course.set.put_cohort(LEAD, "  ", {"ana": 0}, PEOPLE, "")
    with pytest.raises(NotAllowed, match="at least one"):
        course.set.put_cohort(LEAD, "Ours", {}, PEOPLE, "")
    with pytest.raises(NotAllowed, match="from 0 to 200"):
        course.set.put_cohort(LEAD, "Ours", {"ana": 900}, PEOPLE, "")


def test_a_cohort_that_is_changed_is_the_same_cohort(course: Course) -> None:
    made = course.set.put_cohort(LEAD, "First years", {"ana": 0}, PEOPLE, "")
    course.set.put_cohort(LEAD, "First years, autumn", {"ana": 0, "ben": 25}, PEOPLE, made.id)
    (kept,) = course.set.cohorts(LEAD)
    assert (kept.id, kept.name, kept.members) == (
        made.id, "First years, autumn", {"ana": 0, "ben": 25},
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="no such cohort"):
        course.set.put_cohort(FAR_LEAD, "Taken", {"stranger": 0}, PEOPLE, made.id)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": " "}, "title"),
        ({"stations": ()}, "between one patient"),
        ({"stations": ("no-such",)}, "'no-such' is not a released patient"),
        ({"attempts": 99}, "Attempts"),
        ({"cohort": "another"}, "no such cohort"),
    ],
)
def test_what_does_not_hold_is_not_set(course: Course, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(NotAllowed, match=said):
        course.given(**changes)


def test_what_closes_before_it_opens_is_not_set(course: Course) -> None:
    with pytest.raises(NotAllowed, match="closes before it opens"):
        course.given(closes_at=course.clock() - timedelta(minutes=1))


def test_a_resident_finds_what_was_set_to_their_cohort_and_nobody_else_does(course: Course) -> None:
    made = course.given()
    assert [g.assignment for g in course.set.given_to(ANA)] == [made]
    assert course.set.given_to(STRANGER) == []
    with pytest.raises(NotAllowed, match="no such assignment"):
        course.set.open(STRANGER.id, "surgery", made.id, CASES[0])
    with pytest.raises(NotAllowed, match="no such assignment"):
        course.set.one(FAR_LEAD, made.id)
    with pytest.raises(NotAllowed, match="no such assignment"):
        course.set.one(ANA, made.id)


def test_an_auditor_of_all_programmes_sees_how_an_assignment_stands(course: Course) -> None:
    made = course.given()
    auditor = Person("aud", Role.AUDITOR)
    assert course.set.one(auditor, made.id)[0] == made


def test_a_station_is_held_under_the_conditions_that_were_set(course: Course) -> None:
    made = course.given()
    door = course.set.open("ben", "im", made.id, CASES[0])
    assert (door.mode, door.programme, door.assignment) == ("exam", "im", made.id)
    course.encounters.choose_mode(door.id, "ben", "practice")
    entered = course.encounters.enter(door.id, "ben")
    assert (entered.mode, entered.added_percent) == ("exam", 25)
    minutes = entered.script.doorway.minutes * 1.25
    assert entered.deadline == course.clock() + timedelta(minutes=minutes)
    with pytest.raises(NotAllowed, match="no hints"):
        course.encounters.hint(door.id, "ben")


def test_a_guided_station_has_hints(course: Course) -> None:
    made = course.given(mode="guided")
    door = course.set.open("ana", "im", made.id, CASES[0])
    assert course.encounters.enter(door.id, "ana").mode == "guided"
    course.encounters.hint(door.id, "ana")


def test_a_station_that_was_left_open_is_gone_on_with_and_not_begun_twice(course: Course) -> None:
    made = course.given()
    door = course.set.open("ana", "im", made.id, CASES[0])
    assert course.set.open("ana", "im", made.id, CASES[0]).id == door.id
    course.encounters.enter(door.id, "ana")
    assert course.set.open("ana", "im", made.id, CASES[0]).id == door.id


def test_a_doorway_of_one_s_own_choice_is_not_that_of_a_station(course: Course) -> None:
    own = course.encounters.open("ana", CASES[0], "practice", "im")
    made = course.given()
    door = course.set.open("ana", "im", made.id, CASES[0])
    assert door.id != own.id
    assert course.encounters.open("ana", CASES[0], "practice", "im").id == own.id


def test_a_door_that_shut_meanwhile_is_not_entered(course: Course) -> None:
    made = course.given()
    door = course.set.open("ana", "im", made.id, CASES[0])
    course.set.check_entry(door)
    course.clock.forward(minutes=60 * 24)
    with pytest.raises(NotAllowed, match="closed"):
        course.set.check_entry(door)


def test_there_is_no_second_attempt_where_one_was_set(course: Course) -> None:
    made = course.given()
    course.hold(ANA, made)
    with pytest.raises(NotAllowed, match="no attempt left"):
        course.set.open("ana", "im", made.id, CASES[0])


def test_whoever_comes_late_to_a_bell_has_what_is_left(course: Course) -> None:
    made = course.given(order="bell")
    course.clock.forward(minutes=4)
    door = course.set.open("ana", "im", made.id, CASES[0])
    entered = course.encounters.enter(door.id, "ana")
    minutes = entered.script.doorway.minutes
    assert entered.deadline == course.clock() + timedelta(minutes=minutes - 4)
    with pytest.raises(NotAllowed, match="not open yet"):
        course.set.open("ana", "im", made.id, CASES[1])


def test_feedback_is_held_back_until_a_teacher_gives_it_out(course: Course) -> None:
    made = course.given()
    over = course.hold(ANA, made)
    assert course.set.holds_back(over)
    course.set.release(LEAD, made.id)
    assert not course.set.holds_back(over)


def test_what_is_tried_again_from_a_turn_belongs_to_no_assignment(course: Course) -> None:
    made = course.given(release="at once")
    door = course.set.open("ana", "im", made.id, CASES[0])
    course.encounters.enter(door.id, "ana")
    course.encounters.ask(door.id, "ana", "Hello, what brings you in?", "t1")
    course.encounters.end_interview(door.id, "ana")
    course.encounters.submit_note(door.id, "ana", Note())
    course.encounters.submit_self_assessment(door.id, "ana", SelfAssessment())
    assert open_branch(course.encounters, door.id, "ana", 1).assignment == ""


def test_what_is_called_off_is_begun_by_nobody_and_seen_by_those_who_held_it(
    course: Course,
) -> None:
    made = course.given()
    course.hold(ANA, made)
    course.set.withdraw(LEAD, made.id)
    assert [g.assignment.id for g in course.set.given_to(ANA)] == [made.id]
    assert course.set.given_to(BEN) == []
    with pytest.raises(NotAllowed, match="closed"):
        course.set.open("ben", "im", made.id, CASES[0])


def test_giving_out_and_calling_off_keep_the_first_moment(course: Course) -> None:
    made = course.given()
    first = course.clock()
    for _ in range(2):
        course.set.release(LEAD, made.id)
        course.set.withdraw(LEAD, made.id)
        course.clock.forward(minutes=5)
    kept, _ = course.set.one(LEAD, made.id)
    assert (kept.released_at, kept.withdrawn_at) == (first, first)


def test_at_a_computer_without_accounts_one_sets_oneself_a_circuit(course: Course) -> None:
    me, other = alone("a" * 64), alone("b" * 64)
    made = course.set.add(me, course.wanted(order="circuit", mode="practice", release="at once"))
    (given,) = course.set.given_to(me)
    assert [s.state for s in given.stations] == ["open", "after"]
    assert course.set.given_to(other) == [] and course.set.of(other) == []
    over = course.hold(me, made)
    assert over.phase == Phase.FEEDBACK
    (given,) = course.set.given_to(me)
    assert [s.state for s in given.stations] == ["done", "open"]
    with pytest.raises(NotAllowed, match="no such assignment"):
        course.set.one(other, made.id)


def test_what_one_is_to_be_examined_on_is_not_practised_meanwhile(course: Course) -> None:
    before = course.set.practise("ana", "im", CASES[0])
    course.given(stations=CASES[:1])
    for attempt in (
        lambda: course.set.practise("ana", "im", CASES[0]),
        lambda: course.set.check_entry(before),
        lambda: course.set.check_practice(before),
    ):
        with pytest.raises(NotAllowed, match="as an examination"):
            attempt()
    course.set.practise("ana", "im", CASES[1])
    course.set.practise("stranger", "surgery", CASES[0])


def test_it_is_practised_again_when_the_feedback_is_given_out(course: Course) -> None:
    exam = course.given(stations=CASES[:1])
    course.hold(ANA, exam)
    with pytest.raises(NotAllowed, match="as an examination"):
        course.set.practise("ana", "im", CASES[0])
    course.set.release(LEAD, exam.id)
    assert course.set.practise("ana", "im", CASES[0]).script.id == CASES[0]
    with pytest.raises(NotAllowed):
        course.set.practise("ben", "im", CASES[0])  # who has not sat it yet


@pytest.mark.parametrize("changes", [{"mode": "practice"}, {"mode": "guided"}])
def test_what_is_set_for_practice_may_be_practised(course: Course, changes: dict[str, Any]) -> None:
    course.given(stations=CASES[:1], **changes)
    assert course.set.practise("ana", "im", CASES[0]).phase == Phase.BRIEFING


def test_an_examination_that_was_called_off_holds_nothing_back(course: Course) -> None:
    exam = course.given(stations=CASES[:1])
    course.set.withdraw(LEAD, exam.id)
    assert course.set.practise("ana", "im", CASES[0]).phase == Phase.BRIEFING
