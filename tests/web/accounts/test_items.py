"""One item marked in all talks with a case: in an order of one's own, blind if wanted."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from html import unescape

import pytest

from simulator.web.server import PATH
from tests.store.records import turn
from tests.web.accounts.conftest import Campus
from tests.web.accounts.test_course import Programme
from tests.web.test_course import knee, put

ITEMS = f"{PATH}/desk/items"
FEVER = f"{ITEMS}/sore-knee/fever"
TALKS = 6
NUMBERS = itertools.count()


@pytest.fixture
def programme(campus: Campus) -> Iterator[Programme]:
    """A programme of its own, with six residents' talks in which fever was missed."""
    hire, store = campus.office.hire, campus.store
    where = f"p{next(NUMBERS)}"
    people = {
        who: hire(f"{where}-{who}@x.edu", role, where)
        for who, role in (("lead", "course lead"), ("one", "reviewer"), ("two", "reviewer"))
    }
    people |= {f"r{n}": hire(f"{where}-r{n}@x.edu", "resident", where) for n in range(TALKS)}
    for n in range(TALKS):
        marks, more = knee("mn" if n else "mm"), {"programme": where, "turns": (turn(1), turn(2))}
        put(store, people[f"r{n}"].id, marks, n, **more)
    put(store, people["one"].id, knee("mn"), 9, programme=where)
    yield Programme(campus, people)


def see(programme: Programme, who: str, path: str) -> str:
    answer = programme.visitor(who).see(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text)


def begin(programme: Programme, who: str, blind: str = "") -> str:
    """Where somebody goes on, as the talk's id."""
    answer = programme.visitor(who).see(FEVER + blind)
    assert answer.status_code == 303, answer.text
    return talk_in(answer)


def talk_in(answer: object) -> str:
    where = str(answer.headers["location"])  # type: ignore[attr-defined]
    found = re.match(rf"{FEVER}/([^?#/]+)", where)
    return found[1] if found else where


def decide(
    programme: Programme, who: str, talk: str, verdict: str, blind: str = "", **more: str
) -> str:
    """Decide on fever in a talk; where that leads."""
    form = {"verdict": verdict, **more}
    answer = programme.visitor(who).ask("POST", f"{FEVER}/{talk}{blind}", data=form)
    return talk_in(answer) if answer.status_code == 303 else unescape(answer.text)


def test_one_goes_through_all_talks_but_the_own_and_resumes_where_one_was(
    programme: Programme,
) -> None:
    assert "fever" in see(programme, "one", f"{ITEMS}/sore-knee")
    assert f"0 of {TALKS} done" in see(programme, "one", f"{ITEMS}/sore-knee")
    seen = [begin(programme, "one")]
    for _ in range(TALKS - 1):
        seen.append(decide(programme, "one", seen[-1], "not applicable"))
        assert begin(programme, "one") == seen[-1], "another day begins where this one ended"
    own = programme.people["one"].id[:8]
    assert len(set(seen)) == TALKS and all(not t.startswith(own) for t in seen)
    assert "done=fever" in decide(programme, "one", seen[-1], "not applicable")
    assert f"{TALKS} of {TALKS + 1} done" in see(programme, "two", f"{ITEMS}/sore-knee")
    kept = programme.campus.store.rulings(seen[0])
    assert [(r.mark, r.verdict) for r in kept] == [("checklist:fever", "not applicable")]


def test_a_talk_shows_the_item_what_earns_it_and_the_machine_s_verdict(
    programme: Programme,
) -> None:
    talk = begin(programme, "one")
    page = see(programme, "one", f"{FEVER}/{talk}")
    for said in ("Earned by asking for it", "The whole talk", "Where?", f"of {TALKS}"):
        assert said in page
    assert 'value="not met" required checked' in page or 'value="met" required checked' in page


def test_blind_the_machine_s_verdict_and_the_name_show_only_once_one_has_decided(
    programme: Programme,
) -> None:
    talk = begin(programme, "one", "?blind=1")
    page = see(programme, "one", f"{FEVER}/{talk}?blind=1")
    shown = page.partition("<main")[2]
    name = programme.people["r0"].name.rpartition("-")[0]
    for told in ("badge", " checked", "Why the patient said this", f"{name}-R"):
        assert told not in shown
    assert programme.campus.store.ratings([talk]) == {}, "no mark was seen, so one may judge blind"
    after = decide(programme, "one", talk, "not applicable", "?blind=1")
    page = see(programme, "one", f"{FEVER}/{after}?blind=1&before={talk}")
    assert "Decided: " in page and "The machine had said: " in page
    assert "badge" in see(programme, "one", f"{FEVER}/{talk}?blind=1")


@pytest.mark.parametrize("verdict", ["met", "partly"])
def test_blind_a_turn_is_asked_for_whatever_the_machine_had_said(
    programme: Programme, verdict: str
) -> None:
    for n in (0, 1):
        talk = f"{programme.people[f'r{n}'].id[:8]}-sore-kne-{n}"
        page = decide(programme, "one", talk, verdict, "?blind=1", comment="Half a word")
        assert "Name the turn that proves it. Nothing was kept." in page
        assert 'value="Half a word"' in page and programme.campus.store.rulings(talk) == []
        assert decide(programme, "one", talk, verdict, "?blind=1", turn="1") != talk


def test_what_cannot_be_kept_is_said_on_the_same_page(programme: Programme) -> None:
    talk = f"{programme.people['r1'].id[:8]}-sore-kne-1"
    assert "Name the turn that proves it" in decide(programme, "one", talk, "met")
    assert "cannot be decided" in decide(programme, "one", talk, "good")
    assert programme.campus.store.rulings(talk) == []


def test_a_reply_is_held_against_the_patient_on_the_way(programme: Programme) -> None:
    talk = begin(programme, "one")
    told = {"turn": "1", "fault": "contradicted", "comment": "It had said no."}
    answer = programme.visitor("one").ask("POST", f"{FEVER}/{talk}/fault", data=told)
    assert (answer.status_code, talk_in(answer)) == (303, talk)
    assert "contradicted itself" in see(programme, "one", f"{FEVER}/{talk}")
    told["turn"] = "9"
    answer = programme.visitor("one").ask("POST", f"{FEVER}/{talk}/fault", data=told)
    assert "Nothing was kept" in answer.text


def test_of_a_talk_that_two_mark_apart_each_goes_by_the_own_decisions_alone(
    programme: Programme,
) -> None:
    talk = begin(programme, "one")
    double = f"{PATH}/desk/{talk}/double"
    programme.visitor("lead").ask("POST", double, data={"deed": "asked"})
    decide(programme, "one", talk, "not applicable", comment="Nobody would.")
    assert "Nobody would." in see(programme, "one", f"{FEVER}/{talk}")
    page = see(programme, "two", f"{FEVER}/{talk}")
    assert "Nobody would." not in page and "neither" not in page and "0 of" in page
    decide(programme, "two", talk, "not met")
    marks = {r.mark for r in programme.campus.store.rulings(talk)}
    assert "checklist:fever" not in marks, "nothing counts until a lead has chosen"
    assert f"0 of {TALKS} done" in see(programme, "lead", f"{ITEMS}/sore-knee")
    answer = programme.visitor("lead").see(f"{FEVER}/{talk}")
    assert answer.headers["location"] == double
    refused = programme.visitor("lead").ask("POST", f"{FEVER}/{talk}", data={"verdict": "not met"})
    assert refused.status_code == 404


def test_nobody_reaches_talks_of_others_by_this_way(programme: Programme) -> None:
    talk = begin(programme, "one")
    far = programme.campus.office.hire(f"far-{talk}@x.edu", "reviewer", "elsewhere")
    visitor = programme.campus.signed_in(far)
    assert "sore-knee" not in visitor.see(ITEMS).text
    for path in (f"{ITEMS}/sore-knee", FEVER, f"{FEVER}/{talk}"):
        assert visitor.see(path).status_code == 404
    sent = {"verdict": "not applicable"}
    assert visitor.ask("POST", f"{FEVER}/{talk}", data=sent).status_code == 404
    assert programme.visitor("r0").ask("GET", ITEMS).status_code == 403
    own = next(iter(programme.campus.store.of_resident(programme.people["one"].id))).id
    assert programme.visitor("one").see(f"{FEVER}/{own}").status_code == 404
    assert programme.visitor("one").see(f"{ITEMS}/sore-knee/nothing").status_code == 404
