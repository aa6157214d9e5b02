"""Assignments over HTTP: a lead sets, residents sit, the feedback waits until it is given out."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from simulator.accounts.people import Person
from simulator.assignments.assignments import Assignments
from simulator.encounter.phases import Phase
from simulator.encounter.records import Note, Notice, SelfAssessment
from simulator.store.assignments import AssignmentStore
from simulator.web.server import PATH
from tests.web.accounts.conftest import Campus, Visitor
from tests.web.conftest import Browser, Site, room_of

ASSIGNMENT = re.compile(r"/practice/assignments/([0-9a-f]{32})")


def form(cohort: str = "", **changes: str) -> dict[str, str]:
    """What the page sends: one station, open for a day, in UTC."""
    plain = {
        "zone": "0", "title": "Block one", "cohort": cohort, "station": "sore-knee",
        "mode": "exam", "order": "any", "opens": "2026-03-01T09:00", "closes": "2026-03-02T09:00",
        "attempts": "1", "release": "by hand",
    }  # fmt: skip
    return plain | changes


class Course:
    """A programme with its lead and two residents, and a cohort of the first."""

    def __init__(self, campus: Campus, name: str) -> None:
        self.campus = campus
        hire = campus.office.hire
        self.lead = hire(f"lead@{name}.edu", "course lead", name)
        self.ana, self.ben = (hire(f"{r}@{name}.edu", "resident", name) for r in ("ana", "ben"))
        desk = self.at(self.lead)
        sent = desk.ask(
            "POST",
            f"{PATH}/cohorts",
            data={"name": "Firsts", "member": self.ana.id, f"added-{self.ana.id}": "20"},
        )
        assert sent.status_code == 303, sent.text
        page = desk.see(f"{PATH}/assignments").text
        self.cohort = re.findall(r'<option value="(\w+)"', page)[0]

    def at(self, person: Person) -> Visitor:
        return self.campus.signed_in(person)

    def given(self, **changes: str) -> str:
        sent = self.at(self.lead).ask(
            "POST", f"{PATH}/assignments", data=form(self.cohort, **changes)
        )
        assert sent.status_code == 303, sent.text
        return str(sent.headers["location"]).rpartition("/")[2]

    def sat(self, assignment: str) -> str:
        """Ana's talk for it, over."""
        encounters, ana = self.campus.encounters, self.ana.id
        assignments = Assignments(AssignmentStore(self.campus.store.engine), encounters)
        door = assignments.open(ana, self.ana.programme, assignment, "sore-knee")
        encounters.enter(door.id, ana)
        encounters.end_interview(door.id, ana)
        encounters.submit_note(door.id, ana, Note())
        encounters.submit_self_assessment(door.id, ana, SelfAssessment())
        return str(door.id)


@pytest.fixture
def course(campus: Campus, request: pytest.FixtureRequest) -> Course:
    return Course(campus, f"p{abs(hash(request.node.name)) % 10**8}")


def test_a_resident_finds_what_was_set_with_its_conditions(course: Course) -> None:
    made = course.given()
    page = course.at(course.ana).see(f"{PATH}/assigned").text
    assert "Block one" in page and f"case=sore-knee&amp;for={made}" in page
    assert "Exam conditions: no hints" in page
    assert "Block one" not in course.at(course.ben).see(f"{PATH}/assigned").text


def test_times_are_those_of_the_computer_on_which_they_were_written(course: Course) -> None:
    made = course.given(zone="-120", opens="2026-03-01T11:00", closes="2026-03-02T11:00")
    page = course.at(course.lead).see(f"{PATH}/assignments/{made}").text
    assert "2026-03-01T09:00:00+00:00" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"opens": "tomorrow"}, "Opens"),
        ({"attempts": "many"}, "Attempts at each station"),
        ({"mode": "torture"}, "Conditions"),
        ({"station": "no-such"}, "is not a released patient"),
        ({"title": ""}, "Give the assignment a title"),
        ({"zone": "99999"}, "Times are in UTC"),
    ],
)
def test_what_was_not_understood_is_named_and_what_was_typed_stays(
    course: Course, changes: dict[str, str], said: str
) -> None:
    sent = course.at(course.lead).ask(
        "POST", f"{PATH}/assignments", data=form(course.cohort, **{"title": "Kept", **changes})
    )
    assert sent.status_code == 422
    assert said in sent.text
    assert changes.get("title", "Kept") in sent.text


def test_the_feedback_is_nobody_s_of_the_cohort_until_it_is_given_out(course: Course) -> None:
    made = course.given()
    talk, ana = course.sat(made), course.at(course.ana)
    assert "not given out yet" in ana.see(f"{PATH}/review/{talk}").text
    for address in (f"/review/{talk}", f"/reports/{talk}.json", f"/reports/{talk}.pdf"):
        assert ana.see(PATH + address).status_code == 404
    assert talk not in ana.see(f"{PATH}/progress").text
    lead = course.at(course.lead)
    assert lead.see(f"{PATH}/desk/{talk}").status_code == 200, "a teacher sees it meanwhile"
    assert lead.ask("POST", f"{PATH}/assignments/{made}/release").status_code == 303
    assert ana.see(f"{PATH}/review/{talk}").status_code == 200
    assert talk in ana.see(f"{PATH}/progress").text


def test_a_lead_sees_who_has_held_what_and_what_was_noted(course: Course) -> None:
    made = course.given()
    talk = course.sat(made)
    course.campus.store.add_notice(talk, Notice("left", 42, 3, course.campus.clock()))
    page = course.at(course.lead).see(f"{PATH}/assignments/{made}").text
    assert f"/practice/desk/{talk}" in page
    assert "out of sight for 42 s, after turn 3" in page
    assert "proves nothing by itself" in page
    assert "1 of 1" in course.at(course.lead).see(f"{PATH}/assignments").text


def test_an_assignment_is_its_programme_s_alone(course: Course) -> None:
    made, far = course.given(), Course(course.campus, "far" + course.lead.programme)
    assert far.at(far.lead).see(f"{PATH}/assignments/{made}").status_code == 404
    for deed in ("release", "withdraw"):
        sent = far.at(far.lead).ask("POST", f"{PATH}/assignments/{made}/{deed}")
        assert sent.status_code == 404
    stolen = far.at(far.lead).ask("POST", f"{PATH}/assignments", data=form(course.cohort))
    assert stolen.status_code == 422
    page = course.at(course.lead).see(f"{PATH}/assignments/{made}").text
    assert "The feedback is held back" in page and "Call it off" in page


def test_what_was_called_off_can_be_begun_no_more(course: Course) -> None:
    made = course.given()
    assert (
        course.at(course.lead).ask("POST", f"{PATH}/assignments/{made}/withdraw").status_code == 303
    )
    assert f"for={made}" not in course.at(course.ana).see(f"{PATH}/assigned").text


def test_a_lead_changes_a_cohort_and_sees_who_is_in_it(course: Course) -> None:
    lead = course.at(course.lead)
    page = lead.see(f"{PATH}/cohorts?change={course.cohort}").text
    assert re.search(rf'value="{course.ana.id}" checked', page)
    assert not re.search(rf'value="{course.ben.id}" checked', page)
    assert re.search(rf'name="added-{course.ana.id}"[^>]*value="20"', page)
    strange = lead.ask("POST", f"{PATH}/cohorts", data={"name": "x", "member": "nobody"})
    assert strange.status_code == 422 and "not of your programme" in strange.text


def test_the_doorway_tells_what_was_set_and_the_conditions_are_not_for_choosing(
    site: Site,
) -> None:
    browser = site.browser()
    made = alone(site, browser, title="My circuit", order="circuit", release="when it closes")
    shown = browser.call("arrive", session="s1", query=f"?case=sore-knee&for={made}")
    assert "Set for you: My circuit" in shown
    assert "it is noted for your teachers" in shown
    found = re.search(r"encounter&#?\w+;: ?&#?\w+;([0-9a-f-]{36})", shown)
    assert found is not None
    assert site.see(found[1], browser).assignment == made


def alone(site: Site, browser: Browser, **changes: str) -> str:
    """What somebody at a computer without accounts sets themselves."""
    now = site.clock()
    window = {
        "opens": f"{now:%Y-%m-%dT%H:%M}",
        "closes": f"{now + timedelta(days=1):%Y-%m-%dT%H:%M}",
    }
    body = form(**window) | changes
    sent = site.client.post(
        f"{PATH}/assignments", data=body, headers=browser.headers, follow_redirects=False
    )
    assert sent.status_code == 303, sent.text
    return str(sent.headers["location"]).rpartition("/")[2]


def test_whoever_sits_at_a_computer_without_accounts_sets_themselves_a_circuit(site: Site) -> None:
    mine, other = site.browser(), site.browser()
    made = alone(site, mine, title="Tonight", order="bell", mode="practice")
    page = mine.get(f"{PATH}/assigned").text
    assert "Tonight" in page and f"for={made}" in page and "By the bell" in page
    assert "Tonight" in mine.call("greet", session="s2")
    assert "Tonight" not in other.get(f"{PATH}/assigned").text
    assert other.get(f"{PATH}/assignments/{made}").status_code == 404


def test_what_waits_to_be_given_out_says_so_when_all_is_handed_in(site: Site) -> None:
    browser = site.browser()
    made = alone(site, browser)
    talk = browser.arrive("s3", f"?case=sore-knee&for={made}")
    who = browser.resident
    site.encounters.enter(talk, who)
    site.encounters.end_interview(talk, who)
    site.encounters.submit_note(talk, who, Note())
    site.encounters.submit_self_assessment(talk, who, SelfAssessment())
    shown = browser.call("arrive", session="s4", query=f"?id={talk}")
    assert "not given out yet" in shown and "Read it" not in shown
    assert site.see(talk, browser).phase == Phase.FEEDBACK


def test_two_doors_of_one_station_are_one_attempt(site: Site) -> None:
    browser = site.browser()
    made, who = alone(site, browser), browser.resident
    room = room_of(site.encounters)
    first = room.assignments.open(who, "", made, "sore-knee")
    second = replace(first, id=str(uuid.uuid4()))
    site.store.add(second)
    assert room.enter(who, first.id, "exam").kind == "info"
    shown = room.enter(who, second.id, "exam")
    assert "being held already" in shown.notice
    assert site.see(second.id, browser).phase == Phase.BRIEFING


def test_the_page_tells_what_it_noticed_in_an_examination_only(site: Site) -> None:
    browser = site.browser()
    made = alone(site, browser)
    talk = browser.arrive("s5", f"?case=sore-knee&for={made}")
    own = site.at(Phase.INTERVIEW, browser)
    site.encounters.enter(talk, browser.resident)

    def told(encounter: str, kind: str) -> tuple[int, bool]:
        sent = site.client.post(
            f"{PATH}/room/{encounter}/noticed",
            json={"kind": kind, "amount": 5},
            headers=browser.headers,
        )
        return sent.status_code, sent.status_code == 200 and sent.json()["kept"]

    assert told(talk, "left") == (200, True)
    assert told(own, "left") == (200, False)
    assert told(talk, "sneezed") == (422, False)
    assert [n.kind for n in site.store.notices(talk)] == ["left"]


def test_a_reviewer_sees_what_was_set_and_sets_nothing(course: Course) -> None:
    course.given()
    reviewer = course.campus.office.hire("rev@x.edu", "reviewer", course.lead.programme)
    page = course.at(reviewer).see(f"{PATH}/assignments")
    assert page.status_code == 200
    assert "Block one" in page.text
    assert "<form" not in page.text
    sent = course.at(reviewer).ask("POST", f"{PATH}/assignments", data=form(course.cohort))
    assert sent.status_code in (403, 404)
