"""What a course sees, with accounts: the programme's residents, by name or by pseudonym."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from simulator.accounts.people import Person
from simulator.encounter.course import Judgement
from simulator.store.erasing import Erasing, nobody
from simulator.web.server import PATH
from tests.course.making import START, manner
from tests.web.accounts.conftest import Campus, Visitor
from tests.web.test_course import knee, put

COURSE = f"{PATH}/course"


@dataclass(frozen=True)
class Programme:
    """Two programmes, with residents who have talked and those who look back on it."""

    campus: Campus
    people: dict[str, Person]

    def visitor(self, who: str) -> Visitor:
        return self.campus.signed_in(self.people[who])

    def page(self, who: str, path: str = "") -> tuple[int, str]:
        answer = self.visitor(who).ask("GET", COURSE + path)
        return answer.status_code, answer.text


@pytest.fixture(scope="module")
def programme(campus: Campus) -> Iterator[Programme]:
    hire = campus.office.hire
    people = {
        "ana": hire("ana@x.edu", "resident", "im"),
        "ben": hire("ben@x.edu", "resident", "im"),
        "cleo": hire("cleo@x.edu", "resident", "surgery"),
        "author": hire("author@x.edu", "author", "im"),
        "lead": hire("lead@x.edu", "course lead", "im"),
        "reviewer": hire("reviewer@x.edu", "reviewer", "im"),
        "far lead": hire("far@x.edu", "course lead", "surgery"),
        "admin": hire("admin@x.edu", "admin", "im"),
        "auditor": hire("auditor@x.edu", "auditor", "im"),
        "auditor of all": hire("all@x.edu", "auditor"),
    }
    for who, marks in (("ana", "mn"), ("ben", "mm"), ("cleo", "nm"), ("lead", "mm")):
        report = knee(marks, manners=[manner("jargon", "improve", f"says-{who}")])
        put(campus.store, people[who].id, report, programme=people[who].programme)
    yield Programme(campus, people)


@pytest.mark.parametrize("who", ["lead", "reviewer", "auditor"])
def test_whoever_teaches_or_audits_sees_the_programme_s_residents_alone(
    programme: Programme, who: str
) -> None:
    status, table = programme.page(who, "/cases.csv")
    assert status == 200 and "sore-knee,Sore-Knee,2," in table, "not cleo's, and not the lead's own"
    _, page = programme.page(who)
    assert "no residents and may know the scripts: 1." in page


@pytest.mark.parametrize("who", ["ana", "author", "admin"])
@pytest.mark.parametrize(
    "path", ["", "/heat.csv", "/sore-knee", "/sore-knee/items.xlsx", "/resident/x"]
)
def test_nobody_else_sees_anything(programme: Programme, who: str, path: str) -> None:
    status, page = programme.page(who, path)
    assert status == 403 and "Sore-Knee" not in page


def test_a_resident_does_not_see_the_own_evidence_page_here(programme: Programme) -> None:
    ana = programme.people["ana"].id
    assert programme.page("ana", f"/resident/{ana}")[0] == 403
    assert programme.page("ana", f"/resident/{ana}.json")[0] == 403


def test_another_programme_s_lead_sees_neither_talk_nor_resident(programme: Programme) -> None:
    ana, cleo = programme.people["ana"].id, programme.people["cleo"].id
    for path in (f"/resident/{ana}", f"/resident/{ana}.json"):
        status, page = programme.page("far lead", path)
        assert status == 404 and "says-ana" not in page and "What about" not in page
    assert "sore-knee,Sore-Knee,1," in programme.page("far lead", "/cases.csv")[1]
    assert "says-cleo" in programme.page("far lead", f"/resident/{cleo}")[1]


def test_a_lead_reads_names_and_an_auditor_pseudonyms(programme: Programme) -> None:
    ana = programme.people["ana"]
    for path in ("", "/heat.csv", f"/resident/{ana.id}", f"/resident/{ana.id}.json"):
        named, veiled = (programme.page(who, path)[1] for who in ("lead", "auditor"))
        assert "Ana" in named and ana.pseudonym not in named
        assert "Ana" not in veiled and ana.pseudonym in veiled


def test_an_auditor_of_all_sees_all_programmes_and_judges_nothing(programme: Programme) -> None:
    assert "sore-knee,Sore-Knee,3," in programme.page("auditor of all", "/cases.csv")[1]
    page = programme.page("auditor of all", "/sore-knee")[1]
    assert "<form" not in page
    for closed in ("/practice/desk", "/practice/progress", ">Patients<"):
        assert closed not in page
    sent = {"item-onset": "50", "item-fever": "50"}
    answer = programme.visitor("auditor").ask("POST", f"{COURSE}/sore-knee/angoff", data=sent)
    assert answer.status_code == 403


def test_judges_of_one_programme_make_its_standard_alone(programme: Programme) -> None:
    for who, onset in (("lead", "80"), ("reviewer", "60"), ("far lead", "0")):
        sent = {"item-onset": onset, "item-fever": "60"}
        path = f"{COURSE}/sore-knee/angoff"
        assert programme.visitor(who).ask("POST", path, data=sent).status_code == 303
    page = programme.page("lead", "/sore-knee")[1]
    assert "Cut score: 1.3 of 2 points (65 %)" in page
    assert "Reviewer</th>" in page and "You</th>" in page and "Far" not in page
    veiled = programme.page("auditor", "/sore-knee")[1]
    assert programme.people["lead"].pseudonym in veiled and "Lead</th>" not in veiled


def test_a_judge_of_another_edition_is_told_apart(programme: Programme) -> None:
    store, lead = programme.campus.store, programme.people["lead"]
    old = Judgement("gone", "0.9.0", {"onset": 50.0}, START)
    store.add_judgement("im", "sore-knee", old)
    store.add_judgement("im", "sore-knee", Judgement(lead.id, "1.0.0", SET, START))
    page = programme.page("lead", "/sore-knee")[1]
    assert "1 judged other items" in page and "other items</td>" in page


SET = {"onset": 80.0, "fever": 60.0}


def test_a_file_and_a_resident_s_evidence_stand_in_the_log_and_pages_do_not(
    programme: Programme,
) -> None:
    lead, ana = programme.people["lead"], programme.people["ana"].id
    visitor = programme.visitor("lead")
    for path in ("", "/heat.csv", f"/resident/{ana}", f"/resident/{ana}.json"):
        assert visitor.ask("GET", COURSE + path).status_code == 200
    newest = list(programme.campus.office.people.log(newest=2))
    assert [(x.deed.who, x.deed.what, x.deed.row) for x in newest] == [
        (lead.id, "exported evidence on a resident", ana),
        (lead.id, "exported a course's figures", "heat/csv"),
    ]


def test_marks_of_whoever_was_erased_stay_in_the_sums_without_a_name(programme: Programme) -> None:
    store, people = programme.campus.store, programme.campus.office
    eve = people.hire("eve@x.edu", "resident", "im")
    put(store, eve.id, knee("nn"), programme="im")
    before = programme.page("lead", "/cases.csv")[1]
    Erasing(store.engine).erase(eve.id, nobody(), people.now())
    assert programme.page("lead", "/cases.csv")[1] == before
    heat = programme.page("lead", "/heat.csv")[1]
    assert "No longer named" in heat and "Eve" not in heat


def test_the_way_there_is_shown_to_those_who_may_go(programme: Programme) -> None:
    for who, there in (("lead", True), ("auditor", True), ("ana", False), ("admin", False)):
        home = programme.visitor(who).see("/account/").text
        assert ("/practice/course" in home) == there
