"""What the API tells, and whom: cases, lists, encounters, scores, exports."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from simulator.accounts.people import Person
from simulator.assignments.records import Wanted
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Ruling
from simulator.evaluator.transcript import read_transcript
from simulator.patient.replay import is_resident
from tests.conftest import SMALL_SCRIPT
from tests.web.api.conftest import House, Program

CONTENT = ("", "/scores", "/transcript.json", "/report.json", "/report.pdf")


@dataclass(frozen=True)
class Ward:
    """Two programmes, and two encounters of the resident of one: over, and at the note."""

    people: dict[str, Person]
    over: Encounter
    running: Encounter


@pytest.fixture(scope="module")
def ward(house: House) -> Ward:
    roles = {
        "ana": ("resident", "ward"), "ben": ("resident", "ward"), "lead": ("course lead", "ward"),
        "reviewer": ("reviewer", "ward"), "author": ("author", "ward"), "auditor": ("auditor", ""),
        "admin": ("admin", ""), "far lead": ("course lead", "far"), "far": ("resident", "far"),
    }  # fmt: skip
    people = {
        name: house.office.hire(f"{name.replace(' ', '-')}-ward@x.edu", *role)
        for name, role in roles.items()
    }
    over = house.held(people["ana"])
    house.encounters.open(people["ana"].id, "sore-knee", "practice", "ward")
    return Ward(people, over, house.held(people["ana"], Phase.NOTE))


def program(house: House, ward: Ward, who: str) -> Program:
    return house.program(ward.people[who])


def test_of_a_case_the_door_alone_is_told(house: House, ward: Ward) -> None:
    ana = program(house, ward, "ana")
    (card,) = ana.get("/cases").json()["items"]
    assert card == ana.get("/cases/sore-knee").json()
    assert ana.get("/cases").headers["cache-control"] == "no-store"
    assert (card["title"], card["doorway"]["concern"]) == ("A sore knee", "Knee pain")
    told = json.dumps(card)
    for hidden in ("slipped on the ice", "every night", "Sprained", "fever", "No fracture"):
        assert hidden in json.dumps(SMALL_SCRIPT) and hidden not in told
    assert ana.get("/cases/no-such-case").status_code == 404


@pytest.mark.parametrize("path", CONTENT)
@pytest.mark.parametrize("who", ["ana", "lead", "reviewer", "auditor"])
def test_what_is_over_is_read_by_its_resident_and_by_who_may_see_the_programme(
    house: House, ward: Ward, who: str, path: str
) -> None:
    answer = program(house, ward, who).get(f"/encounters/{ward.over.id}{path}")
    assert answer.status_code == 200, answer.text
    assert ward.over.id in answer.text or ward.over.id in answer.headers["content-disposition"]


@pytest.mark.parametrize("path", CONTENT)
@pytest.mark.parametrize("who", ["ben", "author", "admin", "far lead", "far"])
def test_for_all_others_it_is_not_there(house: House, ward: Ward, who: str, path: str) -> None:
    asks = program(house, ward, who)
    for encounter in (ward.over.id, ward.running.id):
        theirs = asks.get(f"/encounters/{encounter}{path}")
        made_up = asks.get(f"/encounters/00000000-0000-4000-8000-000000000000{path}")
        assert (theirs.status_code, theirs.json()) == (404, made_up.json())


def test_what_is_not_over_is_read_by_its_resident_alone(house: House, ward: Ward) -> None:
    here = f"/encounters/{ward.running.id}"
    assert program(house, ward, "ana").get(here).json()["phase"] == "note"
    for path in CONTENT:
        refused = program(house, ward, "lead").get(here + path)
        assert (refused.status_code, "not over" in refused.json()["detail"]) == (409, True)


def test_nobody_holds_another_s_encounter_on(house: House, ward: Ward) -> None:
    bodies = {
        "enter": None, "turns": {"text": "Hello"}, "orders": {"wanted": "CRP"}, "hint": None,
        "end": None, "note": {"history": "mine now"}, "self-assessment": {},
    }  # fmt: skip
    for who in ("ben", "lead", "far"):
        asks = program(house, ward, who)
        for step, body in bodies.items():
            refused = asks.post(f"/encounters/{ward.running.id}/{step}", body)
            assert refused.status_code == 404, (who, step)
    assert house.store.read(ward.running.id) == ward.running


def test_the_own_list_holds_the_own_encounters_page_by_page(house: House, ward: Ward) -> None:
    ana = program(house, ward, "ana")
    first = ana.get("/encounters?limit=1").json()
    assert [x["id"] for x in first["items"]] == [ward.running.id]
    rest = ana.get(f"/encounters?limit=10&after={first['next']}").json()
    assert ward.over.id in [x["id"] for x in rest["items"]]
    assert rest["next"] is None
    over = ana.get("/encounters?phase=feedback&case=sore-knee&since=2026-03-01").json()
    assert [x["id"] for x in over["items"]] == [ward.over.id]
    for nothing in ("case=other", "since=2027-01-01", "assignment=none"):
        assert ana.get(f"/encounters?{nothing}").json()["items"] == []
    assert program(house, ward, "ben").get("/encounters").json()["items"] == []
    stray = program(house, ward, "ben").get(f"/encounters?after={ward.over.id}")
    assert (stray.status_code, "no place in this list" in stray.json()["detail"]) == (422, True)


def test_a_programme_s_list_is_for_those_who_may_see_it_and_of_it_alone(
    house: House, ward: Ward
) -> None:
    for path in ("/programme/encounters", "/programme/scores"):
        for who in ("ana", "author", "admin"):
            assert program(house, ward, who).get(path).status_code == 403
        far = program(house, ward, "far lead").get(path).json()
        assert far["items"] == []
        mine = program(house, ward, "reviewer").get(f"{path}?resident={ward.people['ana'].id}")
        told = json.dumps(mine.json())
        assert ward.over.id in told and "Ana" in told


def test_an_auditor_is_told_a_pseudonym(house: House, ward: Ward) -> None:
    ana, auditor = ward.people["ana"], program(house, ward, "auditor")
    for path in (f"/encounters/{ward.over.id}", "/programme/scores?limit=100"):
        told = auditor.get(path).text
        assert ana.pseudonym in told and ana.name not in told
    pdf = PdfReader(io.BytesIO(auditor.get(f"/encounters/{ward.over.id}/report.pdf").content))
    assert ana.name not in "".join(page.extract_text() for page in pdf.pages)


def test_scores_are_told_as_teachers_left_them(house: House, ward: Ward) -> None:
    by, at = ward.people["reviewer"].id, house.clock()
    ruling = Ruling("checklist:fever", "not applicable", "Not here.", None, by, at)
    house.store.add_rulings(ward.over.id, [ruling])
    for who in ("ana", "lead"):
        scores = program(house, ward, who).get(f"/encounters/{ward.over.id}/scores").json()
        fever = next(i for i in scores["items"] if i["id"] == "fever")
        assert (fever["verdict"], fever["ruled"]["machine"]) == ("not applicable", "not met")


def held_back(house: House, ward: Ward) -> tuple[str, Encounter]:
    """An encounter for an assignment whose feedback a lead gives out by hand."""
    lead, ana = ward.people["lead"], ward.people["ana"]
    cohort = house.assignments.put_cohort(lead, "All", {ana.id: 0}, list(ward.people.values()), "")
    now = house.clock()
    wanted = Wanted(
        "Block", cohort.id, ("sore-knee",), "practice", "any", now - timedelta(minutes=1),
        now + timedelta(days=1), 1, "by hand",
    )  # fmt: skip
    made = house.assignments.add(lead, wanted)
    return made.id, house.held(ana, assignment=made.id)


def test_scores_and_reports_wait_until_they_are_given_out(house: House, ward: Ward) -> None:
    assignment, held = held_back(house, ward)
    ana, lead = program(house, ward, "ana"), program(house, ward, "lead")
    here = f"/encounters/{held.id}"
    for path in ("/scores", "/report.json", "/report.pdf"):
        refused = ana.get(here + path)
        assert (refused.status_code, "not given out" in refused.json()["detail"]) == (403, True)
        assert lead.get(here + path).status_code == 200
    assert ana.get(f"{here}/transcript.json").status_code == 200
    house.assignments.release(ward.people["lead"], assignment)
    assert ana.get(f"{here}/scores").status_code == 200


def test_a_lead_s_own_scores_wait_too_in_the_programme_s_list(house: House, ward: Ward) -> None:
    lead = ward.people["lead"]
    cohort = house.assignments.put_cohort(lead, "Me", {lead.id: 0}, list(ward.people.values()), "")
    now = house.clock()
    wanted = Wanted(
        "Own",
        cohort.id,
        ("sore-knee",),
        "practice",
        "any",
        now,
        now + timedelta(days=1),
        1,
        "by hand",
    )
    made = house.assignments.add(lead, wanted)
    held = house.held(lead, assignment=made.id)
    house.feedback_of(held)
    path = f"/programme/scores?assignment={made.id}"
    assert program(house, ward, "lead").get(path).json()["items"][0]["scores"] is None
    seen = program(house, ward, "reviewer").get(path).json()["items"][0]["scores"]
    assert seen["encounter"] == held.id


def test_an_encounter_is_begun_for_what_was_set_under_its_conditions(
    house: House, ward: Ward
) -> None:
    assignment, _ = held_back(house, ward)
    ana = program(house, ward, "ana")
    again = ana.post("/encounters", {"case": "sore-knee", "assignment": assignment})
    assert (again.status_code, "no attempt left" in again.json()["detail"]) == (409, True)
    ben = program(house, ward, "ben")
    foreign = ben.post("/encounters", {"case": "sore-knee", "assignment": assignment})
    assert (foreign.status_code, "no such assignment" in foreign.json()["detail"]) == (409, True)


def test_the_own_assignments_are_told_as_they_stand(house: House, ward: Ward) -> None:
    assignment, _ = held_back(house, ward)
    items = program(house, ward, "ana").get("/assignments").json()["items"]
    (given,) = [g for g in items if g["id"] == assignment]
    (station,) = given["stations"]
    assert (given["held_back"], given["over"]) == (True, True)
    assert (station["case"], station["state"], station["running"]) == ("sore-knee", "done", None)
    finished = program(house, ward, "ana").get(f"/encounters/{station['finished']}").json()
    assert finished["assignment"] == assignment
    assert program(house, ward, "ben").get("/assignments").json() == {"items": []}


def test_a_transcript_is_what_the_score_command_reads(
    house: House, ward: Ward, tmp_path: Path
) -> None:
    ana = program(house, ward, "ana")
    new = house.held(ward.people["ana"], Phase.INTERVIEW)
    ana.say(new.id, "When did it begin?")
    ana.post(f"/encounters/{new.id}/end")
    export = ana.get(f"/encounters/{new.id}/transcript.json")
    read = read_transcript(export.text, "export.json")
    assert [is_resident(speaker) for speaker, _ in read.turns] == [True, False]
    assert read.turns[0][1] == "When did it begin?"
    assert export.json()["encounter"] == new.id


def test_an_export_stands_in_the_log_with_its_token(house: House, ward: Ward) -> None:
    asks = program(house, ward, "reviewer")
    token = house.office.tokens.of(ward.people["reviewer"])[0]
    asks.get(f"/encounters/{ward.over.id}/report.json")
    asks.get(f"/encounters/{ward.over.id}/transcript.json")
    newest = list(house.office.people.log(newest=2))
    deeds: list[Any] = [(x.deed.what, x.deed.row, x.deed.detail) for x in newest]
    by = f"by token {token.id}"
    assert deeds == [
        ("exported a transcript", ward.over.id, by),
        ("exported a report", ward.over.id, by),
    ]


def test_the_report_is_the_whole_one_that_is_kept(house: House, ward: Ward) -> None:
    body = program(house, ward, "ana").get(f"/encounters/{ward.over.id}/report.json").json()
    assert body["encounter"] == ward.over.id
    assert body["report"]["diagnosis"] == "Sprained ligament"
    pdf = program(house, ward, "ana").get(f"/encounters/{ward.over.id}/report.pdf")
    about = PdfReader(io.BytesIO(pdf.content)).metadata
    assert about is not None and about.subject == ward.over.id
    assert (pdf.headers["content-type"], pdf.content[:4]) == ("application/pdf", b"%PDF")
