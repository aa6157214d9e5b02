"""Names and roles: a real little platform tells who is in its course, when a course lead asks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.accounts.people import Person
from simulator.assignments.records import Cohort
from simulator.platforms import names
from simulator.platforms.names import READ, SERVICE
from simulator.web.server import PATH
from tests.accounts.conftest import GOOD
from tests.web.accounts.conftest import Visitor
from tests.web.accounts.launching import MEMBER, School, opened

COHORTS = f"{PATH}/cohorts"
FROM = re.compile(rf'{COHORTS}/from/([0-9a-f]{{32}})" class="setting">\s*<h3>([^<]*)</h3>')
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def school(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with opened(tmp_path_factory.mktemp("names"), data_dir, names=True) as found:
        yield found


@pytest.fixture
def lead(school: School) -> tuple[Visitor, Person]:
    return school.led()


def member(subject: str, name: str = "Ana Ruiz", **more: Any) -> dict[str, Any]:
    return {"user_id": subject, "name": name, "roles": [f"{MEMBER}Learner"], **more}


def some(*names: str) -> list[dict[str, Any]]:
    """New people of those names."""
    return [member(f"m{next(NUMBERS)}", name) for name in names]


def roster(visitor: Visitor, title: str = "Rheumatology") -> str:
    """The id of a course on the page."""
    return {title: key for key, title in FROM.findall(visitor.see(COHORTS).text)}[title]


def read(visitor: Visitor, cohort: str = "") -> Any:
    """Read the members of the course into a cohort, or into a new one."""
    data = {"cohort": cohort}
    return visitor.ask("POST", f"{COHORTS}/from/{roster(visitor)}", data=data)


def cohort_of(school: School, answer: Any) -> Cohort:
    assert answer.status_code == 303, answer.text
    found = school.ledger.cohort(answer.headers["location"].rpartition("=")[2])
    assert found is not None
    return found


def person_of(school: School, listed: dict[str, Any]) -> Person:
    found = school.vouched.identities.person_of(school.platform.url, listed["user_id"])
    assert found is not None
    return found


def everybody(school: School) -> int:
    return len(school.office.people.everybody())


def test_a_course_fills_a_cohort_page_by_page_before_its_people_have_come(
    school: School, lead: tuple[Visitor, Person]
) -> None:
    visitor, whose = lead
    ana, ben = some("Ana Ruiz", "Ben Okoye")
    teacher = member(f"m{next(NUMBERS)}", "Tea", roles=["Instructor"])
    away = member(f"m{next(NUMBERS)}", "Gone", status="Inactive")
    school.platform.lists([ana, teacher], [ben, away])
    answer = read(visitor)
    cohort = cohort_of(school, answer)
    assert (cohort.name, cohort.programme) == ("Rheumatology", "im")
    assert school.platform.scopes[-1] == READ
    assert school.platform.asked == ["/members", "/members?page=1"]
    there = [person_of(school, who) for who in (ana, ben)]
    assert cohort.members == {person.id: 0 for person in there}
    assert [(p.name, p.role.value, p.programme) for p in there] == [
        ("Ana Ruiz", "resident", "im"), ("Ben Okoye", "resident", "im"),
    ]  # fmt: skip
    assert person_of(school, teacher).role.value == "course lead"
    assert school.vouched.identities.person_of(school.platform.url, away["user_id"]) is None
    page = visitor.see(answer.headers["location"]).text
    assert "The list was read into Rheumatology: 2 residents are on it." in page
    filled, *joined = school.office.people.log(newest=4)
    assert (filled.deed.who, filled.deed.row) == (whose.id, cohort.id)
    assert filled.deed.detail == "3 listed, 2 residents, 3 new"
    assert {(d.deed.who, d.deed.what) for d in joined} == {(whose.id, "joined")}


def test_whoever_was_listed_before_comes_in_by_a_launch_as_the_same_person(
    school: School, lead: tuple[Visitor, Person]
) -> None:
    (ana,) = some("Ana Ruiz")
    school.platform.lists([ana])
    cohort = cohort_of(school, read(lead[0]))
    visitor = Visitor(school.client)
    school.launch(visitor, sub=ana["user_id"])
    assert school.who(visitor).id in cohort.members


def test_whoever_left_the_course_stays_in_the_cohort_and_is_shown_as_no_longer_enrolled(
    school: School, lead: tuple[Visitor, Person]
) -> None:
    visitor, _ = lead
    ana, ben = some("Ana Ruiz", "Ben Okoye")
    school.platform.lists([ana, ben])
    cohort = cohort_of(school, read(visitor))
    by_hand = school.office.hire(f"hand{next(NUMBERS)}@school.edu", "resident", "im")
    school.ledger.join(cohort.id, by_hand.id)
    assignment = school.set(cohort=cohort.id)
    school.platform.lists([ana])
    cohort = cohort_of(school, read(visitor, cohort.id))
    left = person_of(school, ben).id
    assert set(cohort.members) == {person_of(school, ana).id, left, by_hand.id}
    assert cohort.left == {left: "2026-03-01"} and person_of(school, ben).active
    page = visitor.see(f"{COHORTS}?change={cohort.id}").text
    assert by_hand.email in page and "platform.invalid" not in page
    assert page.count("no longer enrolled since 2026-03-01") == 1
    stands = visitor.see(f"{PATH}/assignments/{assignment}").text
    assert re.search(r"Ben Okoye <span[^>]*>no longer enrolled since 2026-03-01", stands)
    assert "0 of 2" in visitor.see(f"{PATH}/assignments").text  # two are in the course still
    form = {"cohort": cohort.id, "name": "Renamed", "member": [left, by_hand.id]}
    assert visitor.ask("POST", COHORTS, data=form).status_code == 303
    kept = school.ledger.cohort(cohort.id)
    assert kept is not None and kept.listed == {left: "2026-03-01"}
    school.platform.lists([ana, ben])
    assert cohort_of(school, read(visitor, cohort.id)).left == {}


def test_a_name_follows_the_list_where_the_platform_alone_vouches_for_it(
    school: School, lead: tuple[Visitor, Person]
) -> None:
    nameless, teacher = Visitor(school.client), Visitor(school.client)
    school.launch(nameless, sub="hidden", name=None)
    school.launch(teacher, sub="taught", roles=[f"{MEMBER}Instructor"], name="Tea")
    changed = member("hidden", "", given_name="Ana", family_name="Ruiz")
    school.platform.lists([changed, member("taught", "Somebody Else", roles=["Instructor"])])
    read(lead[0])
    assert (school.who(nameless).name, school.who(teacher).name) == ("Ana Ruiz", "Tea")


def test_a_closed_account_stays_closed_and_another_programme_s_person_stays_there(
    school: School, lead: tuple[Visitor, Person]
) -> None:
    ana, ben, cem = some("Ana", "Ben", "Cem")
    school.platform.lists([ana, ben, cem])
    read(lead[0])
    school.office.close(None, person_of(school, ana).id)
    school.office.change_role(None, person_of(school, ben).id, "resident", "surgery")
    cohort = cohort_of(school, read(lead[0]))
    assert list(cohort.members) == [person_of(school, cem).id]
    assert not person_of(school, ana).active
    assert person_of(school, ben).programme == "surgery"


def bent(**more: Any) -> list[dict[str, Any]]:
    return [member(f"m{next(NUMBERS)}") | more]


@pytest.mark.parametrize(
    ("pages", "after", "why"),
    [
        ([bent(user_id=None)], "", "members.0.user_id"),
        ([bent(roles="Learner")], "", "members.0.roles"),
        ([[]], "", "nobody on it"),
        ([bent()], "/members", "without an end"),
        ([bent()], "https://evil.example/members", "not configured"),
        ([bent()], "http://[", "strange next page"),
        ([bent() for _ in range(3)], "", "without an end"),
        ([bent() + bent(), bent() + bent()], "", "more than 3"),
    ],
)
def test_a_list_that_is_not_whole_or_leads_elsewhere_changes_nothing(
    school: School, lead: tuple[Visitor, Person], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, pages: list[Any], after: str, why: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(names, "MOST_PAGES", 2)
    monkeypatch.setattr(names, "MOST_MEMBERS", 3)
    before, cohorts = everybody(school), school.ledger.cohorts("im", "")
    school.platform.lists(*pages)
    school.platform.after = f"{school.platform.url}{after}" if after[:1] == "/" else after
    answer = read(lead[0])
    assert (answer.status_code, "did not give the whole list" in answer.text) == (503, True)
    assert why in caplog.text
    assert (everybody(school), school.ledger.cohorts("im", "")) == (before, cohorts)


def test_a_page_that_fails_or_belongs_to_another_course_leaves_all_as_it_was(
    school: School, lead: tuple[Visitor, Person], caplog: pytest.LogCaptureFixture
) -> None:
    before = everybody(school)
    school.platform.lists(some("Ana"), some("Ben"))
    school.platform.pages[1]["context"] = {"id": "another"}
    assert read(lead[0]).status_code == 503
    school.platform.broken = True
    assert read(lead[0]).status_code == 503
    school.platform.broken = False
    assert "another course" in caplog.text and "status 500" in caplog.text
    assert everybody(school) == before


def test_nothing_is_asked_of_the_platform_until_a_lead_asks_for_it(school: School) -> None:
    school.platform.lists(some("Ana"))
    visitor, _ = school.led()
    for page in (COHORTS, f"{PATH}/assignments", f"{PATH}/assigned"):
        visitor.see(page)
    assert school.platform.asked == []


def test_a_cohort_is_filled_from_one_course_and_by_its_own_programme_s_leads_alone(
    school: School, lead: tuple[Visitor, Person]
) -> None:
    visitor, _ = lead
    school.platform.lists(some("Ana"))
    cohort = cohort_of(school, read(visitor))
    school.led(**school.course() | {f"{names.CLAIM}/context": {"id": "c2", "title": "A second"}})
    second = roster(visitor, "A second")
    other = visitor.ask("POST", f"{COHORTS}/from/{second}", data={"cohort": cohort.id})
    assert (other.status_code, "filled from another course" in other.text) == (422, True)
    far = school.office.hire("far@school.edu", "course lead", "surgery")
    stranger = Visitor(school.client, school.office.sign_in(far.email, GOOD, "here"))
    stolen = stranger.ask("POST", f"{COHORTS}/from/{second}", data={"cohort": ""})
    assert (stolen.status_code, "no such course" in stolen.text) == (422, True)
    assert "Rheumatology" not in stranger.see(COHORTS).text
    strange = visitor.ask("POST", f"{COHORTS}/from/{second}", data={"cohort": "c-nobody"})
    assert (strange.status_code, "no such cohort" in strange.text) == (422, True)


def test_nobody_is_added_to_a_bell_circuit_that_is_not_over(
    school: School, lead: tuple[Visitor, Person]
) -> None:
    visitor, _ = lead
    school.platform.lists(some("Ana"))
    cohort = cohort_of(school, read(visitor))
    school.set(order="bell", cohort=cohort.id)
    school.platform.lists(some("Ben"))
    refused = read(visitor, cohort.id)
    assert (refused.status_code, "circuit by the bell" in refused.text) == (422, True)
    assert school.platform.asked == [] and school.ledger.cohort(cohort.id) == cohort
    school.clock.forward(minutes=120)
    later, _ = school.led()  # the session before ended meanwhile
    assert len(cohort_of(school, read(later, cohort.id)).members) == 2


def test_a_course_is_known_by_its_leads_alone_and_where_the_platform_offers_its_list(
    school: School,
) -> None:
    def known() -> int:
        return len(school.rows.rosters("im"))

    before, context = known(), {f"{names.CLAIM}/context": {"id": f"n{next(NUMBERS)}"}}
    school.launch(Visitor(school.client), sub="u77", **school.course() | context)
    for service in (None, {}, {"context_memberships_url": "x", "service_versions": ["1.0"]}):
        school.led(**context, **{SERVICE: service})
    assert known() == before
    school.led(**context)
    assert known() == before + 1


def test_a_site_that_may_not_fetch_names_keeps_no_course_and_reads_no_list(
    data_dir: Path, tmp_path: Path, school: School
) -> None:
    with opened(tmp_path, data_dir) as plain:
        visitor, _ = plain.led()
        plain.platform.lists(some("Ana"))
        assert "From your learning platform" not in visitor.see(COHORTS).text
        assert plain.rows.rosters("im") == []
        known = school.rows.rosters("im")[0]
        plain.rows.put_roster(known, plain.clock())  # from when it was switched on
        answer = visitor.ask("POST", f"{COHORTS}/from/{known.id}", data={"cohort": ""})
        assert (answer.status_code, "no list of a learning" in answer.text) == (404, True)
        assert plain.platform.asked == []
