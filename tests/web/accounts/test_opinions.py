"""What people think of the program, with accounts: whose form it is, what a course sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from simulator.encounter.opinions import Opinion
from simulator.web.opinions.words import words
from simulator.web.server import PATH
from tests.web.accounts.conftest import Campus
from tests.web.accounts.test_course import Programme
from tests.web.test_course import knee, put, rows
from tests.web.test_opinions import ACCEPTANCE, SUS, TITLE

OPINION, COURSE = f"{PATH}/opinion", f"{PATH}/course"
DAY = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def programme(campus: Campus) -> Iterator[Programme]:
    hire = campus.office.hire
    people = {
        "ana": hire("o-ana@x.edu", "resident", "opinions"),
        "author": hire("o-author@x.edu", "author", "opinions"),
        "lead": hire("o-lead@x.edu", "course lead", "opinions"),
        "far lead": hire("o-far@x.edu", "course lead", "elsewhere"),
    }
    yield Programme(campus, people)


def said(praise: int) -> Opinion:
    answers = {str(n): praise if n % 2 else 3 for n in range(1, 11)}
    return Opinion.model_validate(
        {
            "occasion": "practice", "form": "sus", "wording": "1", "month": "2026-03",
            "answers": answers,
        }
    )  # fmt: skip


def test_a_course_sees_means_from_five_answers_on_and_nobody_s_own(programme: Programme) -> None:
    store, ana = programme.campus.store, programme.people["ana"]
    assert "Nobody has answered yet" in programme.page("lead")[1]
    for n in range(1, 4):
        store.add_opinions(f"r{n}", "opinions", [said(n)], DAY)
    sent = SUS | ACCEPTANCE
    assert programme.visitor("ana").ask("POST", f"{OPINION}/practice", data=sent).status_code == 303
    table = programme.visitor("lead").ask("GET", f"{COURSE}/acceptance.csv")
    assert [r[:6] for r in rows(table)[1:]] == [
        ["practising", name, "all", n, "", ""]
        for name, n in zip(words()["course"]["measures"].values(), "4111", strict=True)
    ]
    assert "too few (4 of at least 5)" in programme.page("lead")[1]
    store.add_opinions("r5", "opinions", [said(5)], DAY)
    # Praises at 1, 2 and 3 beside complaints at 3, Ana's 100, and 5: 25, 37.5, 50, 100, 75.
    table = programme.visitor("lead").ask("GET", f"{COURSE}/acceptance.csv")
    assert rows(table)[1][:5] == ["practising", "System Usability Scale", "all", "5", "57.5"]
    assert rows(table)[2][2:5] == ["2026-03", "5", "57.5"]
    page = programme.page("lead")[1]
    for name in (ana.id, ana.pseudonym, "100.0"):
        assert name not in page.partition('id="h-acceptance"')[2]
    answer = programme.visitor("lead").ask("GET", f"{COURSE}/acceptance.xlsx")
    assert answer.status_code == 200
    assert "Nobody has answered yet" in programme.page("far lead")[1]


@pytest.mark.parametrize(
    ("who", "occasion", "status"),
    [
        ("ana", "practice", 200),
        ("ana", "authoring", 404),
        ("author", "authoring", 200),
        ("author", "practice", 404),
    ],
)
def test_each_form_is_for_those_alone_who_do_what_it_asks_about(
    programme: Programme, who: str, occasion: str, status: int
) -> None:
    visitor = programme.visitor(who)
    assert visitor.ask("GET", f"{OPINION}/{occasion}").status_code == status


def test_a_teacher_who_reads_a_review_is_asked_nothing_and_neither_is_its_resident_by_that(
    programme: Programme,
) -> None:
    cleo = programme.campus.office.hire("o-cleo@x.edu", "resident", "opinions")
    talk = put(programme.campus.store, cleo.id, knee("mn"), programme="opinions")
    read = programme.visitor("lead").ask("GET", f"{PATH}/review/{talk}")
    assert read.status_code == 200 and TITLE not in read.text
    assert programme.campus.store.asked(cleo.id).offered_at is None
    assert TITLE in programme.campus.signed_in(cleo).ask("GET", f"{PATH}/review/{talk}").text


def test_what_was_said_stands_in_no_audit_log(programme: Programme) -> None:
    dan = programme.campus.office.hire("o-dan@x.edu", "resident", "opinions")
    visitor = programme.campus.signed_in(dan)
    before = list(programme.campus.office.people.log(newest=1))
    visitor.ask("POST", f"{OPINION}/practice", data=SUS)
    visitor.ask("POST", f"{OPINION}/erase")
    assert list(programme.campus.office.people.log(newest=1)) == before
