"""Talks judged as a whole, with accounts: blind, by whoever may, and for the standard alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from simulator.web.server import PATH
from tests.course.making import items_from, rating
from tests.web.accounts.conftest import Campus
from tests.web.accounts.test_course import Programme
from tests.web.test_course import knee, put, rows

DESK, KNEE = f"{PATH}/desk", f"{PATH}/course/sore-knee"
ITEMS = [i.text for i in items_from({"onset": "m", "fever": "n"})]


@pytest.fixture(scope="module")
def programme(campus: Campus) -> Iterator[Programme]:
    hire = campus.office.hire
    people = {
        "ana": hire("w-ana@x.edu", "resident", "im"),
        "lead": hire("w-lead@x.edu", "course lead", "im"),
        "reviewer": hire("w-reviewer@x.edu", "reviewer", "im"),
        "far lead": hire("w-far@x.edu", "course lead", "surgery"),
        "auditor": hire("w-auditor@x.edu", "auditor", "im"),
    }
    yield Programme(campus, people)


@pytest.fixture
def talk(programme: Programme) -> str:
    """A talk of Ana's that nobody has looked at yet."""
    ana, store = programme.people["ana"], programme.campus.store
    number = len(store.of_resident(ana.id))
    return put(store, ana.id, knee("mn"), number, programme="im")


def judge(programme: Programme, who: str, talk: str, level: str) -> int:
    sent = {"level": level}
    return int(programme.visitor(who).ask("POST", f"{DESK}/{talk}/whole", data=sent).status_code)


def see(programme: Programme, who: str, path: str) -> tuple[int, str]:
    answer = programme.visitor(who).ask("GET", path)
    return answer.status_code, " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def kept(programme: Programme, talk: str) -> list[tuple[int | None, bool]]:
    found = programme.campus.store.ratings([talk]).get(talk, [])
    return [(r.level, r.blind) for r in found]


def test_whoever_judges_first_has_no_mark_before_them_and_that_is_kept(
    programme: Programme, talk: str
) -> None:
    status, page = see(programme, "lead", f"{DESK}/{talk}/whole")
    assert status == 200 and "Borderline" in page and "Keys: 1 to 5 choose" in page
    assert "What about it" not in page
    for mark in (*ITEMS, "1 of 2", "missed", "Not yet"):
        assert mark not in page
    assert judge(programme, "lead", talk, "2") == 303
    assert kept(programme, talk) == [(2, True)]
    _, page = see(programme, "lead", f"{DESK}/{talk}")
    assert "Borderline You, " in page and "before seeing a mark" in page


@pytest.mark.parametrize("way", [DESK, f"{PATH}/review"])
def test_whoever_opened_the_marks_first_judges_with_them_in_view(
    programme: Programme, talk: str, way: str
) -> None:
    for _ in range(2):
        assert see(programme, "lead", f"{way}/{talk}")[0] == 200
    assert kept(programme, talk) == [(None, False)]
    assert "You have seen marks" in see(programme, "lead", f"{DESK}/{talk}/whole")[1]
    judge(programme, "lead", talk, "4")
    judge(programme, "reviewer", talk, "3")
    assert kept(programme, talk)[1:] == [(4, False), (3, True)]


def test_a_judgement_moves_no_mark_and_its_resident_does_not_see_it(
    programme: Programme, talk: str
) -> None:
    ana = programme.visitor("ana")
    before = ana.ask("GET", f"{PATH}/reports/{talk}.json").json()
    judge(programme, "lead", talk, "1")
    assert ana.ask("GET", f"{PATH}/reports/{talk}.json").json() == before
    assert "Clear fail" not in ana.ask("GET", f"{PATH}/review/{talk}").text


def test_the_queue_keeps_totals_back_from_whoever_may_still_judge_blind(
    programme: Programme, talk: str
) -> None:
    def row() -> str:
        page = programme.visitor("reviewer").ask("GET", DESK).text
        found = next(r for r in page.split("<tr>") if f"{DESK}/{talk}" in r)
        return found.partition("</tr>")[0]

    assert "1 of 2" not in row() and "not passed, or drawn by chance" in row()
    judge(programme, "reviewer", talk, "3")
    assert "1 of 2" in row() and "or drawn by chance" not in row()


def test_what_others_said_is_shown_once_one_has_judged_oneself(
    programme: Programme, talk: str
) -> None:
    judge(programme, "reviewer", talk, "5")
    assert "Excellent" not in see(programme, "lead", f"{DESK}/{talk}")[1]
    judge(programme, "lead", talk, "3")
    assert "Excellent W-Reviewer" in see(programme, "lead", f"{DESK}/{talk}")[1]


def test_only_first_tries_whose_marks_one_has_not_seen_are_offered(
    programme: Programme, talk: str
) -> None:
    store, new = programme.campus.store, programme.campus.office.hire
    cleo = new(f"cleo{talk}@x.edu", "resident", "im").id
    first, again = (put(store, cleo, knee("mn"), day, programme="im") for day in (1, 2))

    def offered(who: str) -> list[str]:
        page = programme.visitor(who).ask("GET", f"{DESK}/whole").text
        return re.findall(rf"{DESK}/([^/\"]+)/whole", page)

    assert first in offered("lead") and again not in offered("lead")
    judge(programme, "lead", first, "3")
    assert first not in offered("lead") and first in offered("reviewer")
    assert offered("far lead") == []


@pytest.mark.parametrize(
    ("who", "status"), [("ana", 403), ("auditor", 403), ("far lead", 404), ("lead", 303)]
)
def test_those_alone_judge_who_may_decide_on_marks(
    programme: Programme, talk: str, who: str, status: int
) -> None:
    assert judge(programme, who, talk, "3") == status
    assert len(kept(programme, talk)) == (status == 303)


@pytest.mark.parametrize("level", ["", "0", "6", "x", "٣"])
def test_what_is_none_of_the_five_is_not_kept(programme: Programme, talk: str, level: str) -> None:
    assert judge(programme, "lead", talk, level) == 200
    assert kept(programme, talk) == []


def test_a_judgement_stands_in_the_audit_log(programme: Programme, talk: str) -> None:
    judge(programme, "lead", talk, "3")
    (line,) = programme.campus.office.people.log(newest=1)
    assert (line.deed.what, line.deed.row) == ("judged a talk as a whole", talk)


def test_a_course_sees_how_many_are_lacking_and_then_the_line(programme: Programme) -> None:
    store, hire, lead = (
        programme.campus.store,
        programme.campus.office.hire,
        programme.people["far lead"],
    )
    levels = {"mm": 4, "mn": 2, "nm": 3, "nn": 1}
    for n in range(16):
        marks = list(levels)[n % 4]
        who = hire(f"line{n}@x.edu", "resident", "surgery")
        made = put(store, who.id, knee(marks), programme="surgery")
        if n == 14:
            page = see(programme, "far lead", KNEE)[1]
            assert "No line yet: 14 of at least 15 first tries were judged" in page
            answer = programme.visitor("far lead").ask("GET", f"{KNEE}/borderline.csv")
            assert rows(answer)[-1][0] == "cut score, per cent" and "No line yet" in answer.text
        store.add_rating(made, rating(levels[marks], lead.id, blind=n > 0))
    page = see(programme, "far lead", KNEE)[1]
    # x̄ 2.5, ȳ 50, Sxx 20, Sxy 4 · (1.5 · 50 + 1.5 · 50) = 600: slope 30, at borderline 35.
    assert "Cut score: 35 % of the points" in page and "From 16 of 16 first tries" in page
    assert "Fewer than 50 judged talks" in page and "In 1 of these talks" in page
    visitor = programme.visitor("far lead")
    table = dict(r[:2] for r in rows(visitor.ask("GET", f"{KNEE}/borderline.csv"))[1:])
    assert (table["cut score, per cent"], table["points a level"]) == ("35.0", "30.0")
    judged = rows(visitor.ask("GET", f"{KNEE}/judged.csv"))[1:]
    assert len(judged) == 16 and judged[0][1:] == ["4.0", "1", "0", "100.0", "95.0"]
    assert visitor.ask("GET", f"{KNEE}/judged.xlsx").status_code == 200
    assert "Line0" not in see(programme, "far lead", KNEE)[1]
