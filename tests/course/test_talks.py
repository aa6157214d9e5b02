"""Which talks count: first tries apart from later ones, as in one's own progress."""

from __future__ import annotations

from dataclasses import replace

from simulator.course.talks import firsts, numbered, read_talks
from simulator.encounter.course import Scored
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.progress import attempts
from tests.conftest import make_script
from tests.course.making import START, report_of, ruling, talk_of


def test_a_first_try_a_later_one_and_one_from_a_turn_are_told_apart() -> None:
    talks = numbered(
        [
            talk_of("ana", "m", 3),
            talk_of("ana", "m", 1),
            talk_of("ana", "m", 2, branch="x"),
            talk_of("ben", "m", 2),
            talk_of("ana", "m", 4, case="knee"),
        ]
    )
    assert [(t.id, t.sort, t.number) for t in talks] == [
        ("ana-1", "first", 1),
        ("ana-2", "branch", 0),
        ("ben-2", "first", 1),
        ("ana-3", "repeat", 2),
        ("ana-4", "first", 1),
    ]
    assert [t.id for t in firsts(talks)] == ["ana-1", "ben-2", "ana-4"]


def test_tries_are_counted_as_the_resident_s_progress_counts_them() -> None:
    talks = [talk_of("ana", "m", d, branch="x" if d == 2 else "") for d in (4, 1, 2, 3)]
    script = make_script(id="cough")
    encounters = [
        Encounter(t.id, "ana", script, "practice", Phase.FEEDBACK, t.held_at, branch_of=t.branch_of)
        for t in talks
    ]
    theirs = attempts(encounters, lambda _: talks[0].report)
    assert [(a.encounter.id, a.sort, a.number) for a in theirs] == [
        (t.id, t.sort, t.number) for t in numbered(talks)
    ]


def test_a_talk_has_the_marks_as_teachers_left_them_and_the_machine_s_beside() -> None:
    stored = report_of("nm").model_dump(mode="json")
    row = Scored("e1", "ana", "cough", START, "", stored, (ruling("checklist:a", "met"),))
    (talk,) = read_talks([row, replace(row, id="e2", report={"of": "long ago"})])
    assert talk.id == "e1"
    assert (talk.machine.items[0].verdict, talk.report.items[0].verdict) == ("not met", "met")
    assert talk.report.totals.earned == 2
