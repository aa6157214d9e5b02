"""One talk marked by two people apart: blind until both are done, then a lead chooses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from simulator.evaluator.rulings import ruled
from simulator.web.server import PATH
from tests.store.records import turn
from tests.web.accounts.conftest import Campus
from tests.web.accounts.test_course import Programme
from tests.web.test_course import knee, put

DESK = f"{PATH}/desk"
ONSET, FEVER = "checklist:onset", "checklist:fever"


@pytest.fixture(scope="module")
def programme(campus: Campus) -> Iterator[Programme]:
    hire = campus.office.hire
    yield Programme(
        campus,
        {
            "ana": hire("d-ana@x.edu", "resident", "im"),
            "lead": hire("d-lead@x.edu", "course lead", "im"),
            "one": hire("d-one@x.edu", "reviewer", "im"),
            "two": hire("d-two@x.edu", "reviewer", "im"),
            "three": hire("d-three@x.edu", "reviewer", "im"),
        },
    )


@pytest.fixture
def talk(programme: Programme) -> str:
    """A talk of Ana's, onset done and fever missed, that two people are to mark."""
    ana, store = programme.people["ana"], programme.campus.store
    number = len(store.of_resident(ana.id))
    made = put(store, ana.id, knee("mn"), number, programme="im", turns=(turn(1),))
    assert sent(programme, "lead", f"{made}/double", deed="asked") == 303
    return made


def sent(programme: Programme, who: str, place: str, **form: str) -> int:
    answer = programme.visitor(who).ask("POST", f"{DESK}/{place}", data=form)
    return int(answer.status_code)


def seen(programme: Programme, who: str, place: str) -> str:
    answer = programme.visitor(who).ask("GET", f"{DESK}/{place}")
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def verdicts(programme: Programme, talk: str) -> dict[str, str]:
    """The marks as they count."""
    kept = programme.campus.store
    stored = knee("mn").model_validate(kept.latest_report(talk))
    return {i.id: i.verdict for i in ruled(stored, kept.rulings(talk)).items}


def both_done(programme: Programme, talk: str) -> None:
    """One thinks that fever did not arise, the other lets all stand."""
    sent(programme, "one", talk, mark=FEVER, verdict="not applicable", comment="Nobody would.")
    for who in ("one", "two"):
        assert sent(programme, who, talk, mark="*") == 303


def test_until_both_are_done_neither_sees_the_other_and_nothing_counts(
    programme: Programme, talk: str
) -> None:
    sent(programme, "one", talk, mark=FEVER, verdict="not applicable", comment="Nobody would.")
    assert "Nobody would." in unescape(programme.visitor("one").see(f"{DESK}/{talk}").text)
    assert "Nobody would." not in programme.visitor("two").see(f"{DESK}/{talk}").text
    assert "Nobody would." not in seen(programme, "lead", f"{talk}/double")
    assert sent(programme, "one", talk, mark="*") == 303
    assert "1 of 2 are done" in seen(programme, "lead", f"{talk}/double")
    assert "Where they differ" not in seen(programme, "lead", f"{talk}/double")
    assert "Nobody would." not in programme.visitor("two").see(f"{DESK}/{talk}").text
    assert verdicts(programme, talk) == {"onset": "met", "fever": "not met"}


def test_a_third_person_and_who_is_done_decide_nothing_meanwhile(
    programme: Programme, talk: str
) -> None:
    sent(programme, "one", talk, mark=FEVER, verdict="not applicable")
    sent(programme, "two", talk, mark=FEVER, verdict="not met")
    assert sent(programme, "three", talk, mark=FEVER, verdict="not applicable") == 404
    assert sent(programme, "one", talk, mark="*") == 303
    assert sent(programme, "one", talk, mark=FEVER, verdict="not met") == 404
    assert "You are done." in seen(programme, "one", f"{talk}/double")
    assert "Two other people mark this talk." in seen(programme, "three", f"{talk}/double")


def test_differences_stand_side_by_side_and_a_lead_s_choice_counts_and_is_recorded(
    programme: Programme, talk: str
) -> None:
    both_done(programme, talk)
    page = seen(programme, "lead", f"{talk}/double")
    assert "think differently: 1." in page and "Nobody would." in page
    assert verdicts(programme, talk)["fever"] == "not met", "no majority, no newest: nobody chose"
    choice = {"deed": "choose", "mark": FEVER, "whose": "1"}
    assert sent(programme, "lead", f"{talk}/double", **choice) == 303
    assert verdicts(programme, talk)["fever"] == "not applicable"
    newest = programme.campus.store.rulings(talk)[-1]
    assert (newest.mark, newest.by) == (FEVER, programme.people["lead"].id)
    assert "chosen: You" in seen(programme, "lead", f"{talk}/double")


def test_who_marked_does_not_choose(programme: Programme, talk: str) -> None:
    both_done(programme, talk)
    for who in ("one", "two", "three", "ana"):
        assert sent(programme, who, f"{talk}/double", deed="choose", mark=FEVER, whose="1") >= 400
    assert "Choose" not in seen(programme, "one", f"{talk}/double").split("Where they differ")[1]
    assert verdicts(programme, talk)["fever"] == "not met"


def test_what_both_agree_on_is_taken_over_by_the_lead_and_not_by_itself(
    programme: Programme, talk: str
) -> None:
    both_done(programme, talk)
    marks = {r.mark for r in programme.campus.store.rulings(talk)}
    assert ONSET not in marks
    assert sent(programme, "lead", f"{talk}/double", deed="choose", mark="*") == 303
    marks = {r.mark for r in programme.campus.store.rulings(talk)}
    assert ONSET in marks and FEVER not in marks


def test_what_was_called_off_leaves_nothing_behind(programme: Programme, talk: str) -> None:
    both_done(programme, talk)
    assert sent(programme, "lead", f"{talk}/double", deed="called off") == 303
    assert sent(programme, "lead", f"{talk}/double", deed="choose", mark=FEVER, whose="1") == 200
    assert verdicts(programme, talk) == {"onset": "met", "fever": "not met"}
    assert sent(programme, "lead", f"{talk}/double", deed="asked") == 303
    assert "0 of 2 are done" in seen(programme, "lead", f"{talk}/double")


def held_against(programme: Programme) -> list[str]:
    """What the author reads that teachers hold against the patient."""
    return [f.fault for f in programme.campus.store.flagged("sore-knee", "im")]


def test_what_one_of_the_two_holds_against_the_patient_is_theirs_alone_until_both_are_done(
    programme: Programme, talk: str
) -> None:
    flag = {"turn": "1", "comment": "It never said so."}
    before = held_against(programme)
    assert sent(programme, "one", f"{talk}/fault", fault="contradicted", **flag) == 303
    assert "contradicted itself" in seen(programme, "one", talk)
    for place in (talk, f"{talk}/double"):
        page = programme.visitor("two").see(f"{DESK}/{place}").text
        assert "It never said so." not in page and "Held against the patient" not in page
    assert held_against(programme) == before
    assert sent(programme, "two", f"{talk}/fault", fault="misunderstood", turn="1") == 303
    assert sent(programme, "two", f"{talk}/fault", fault="none", turn="1") == 303
    both_done(programme, talk)
    page = programme.visitor("three").see(f"{DESK}/{talk}").text
    assert "Held against the patient: contradicted itself" in page and "It never said so." in page
    assert sorted(held_against(programme)) == sorted([*before, "contradicted"])
