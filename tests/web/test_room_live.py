"""Listening while the patient speaks, and what the page says when a language model fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.errors import StoreError
from simulator.llm.limits import FAILURES_IN_A_ROW
from simulator.patient.patient import Patient
from simulator.services import Services
from simulator.store.repository import Repository
from simulator.web import views
from simulator.web.room import Room, Shown
from tests.encounter.speaking import (
    AUTHORS,
    BOTH,
    FAULTS,
    LATE,
    ONSET,
    OWN,
    asked,
    held,
    impatience,
    some,
    voiced,
    wait_for,
)
from tests.model_server import Behaviour, ModelServer, closed_url, speak, stall, status
from tests.web.conftest import Browser, Site, live, room_of

REASONS = views.words()["interview"]["away_reasons"]
IN_THE_AUTHOR_S_WORDS = "The patient goes on in the author's own words."


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()


def room_with(site: Site, small: Services, url: str, **changes: object) -> Room:
    """A room of the site in which a model of its own speaks the patient."""
    return room_of(Encounters(voiced(small, url, **changes), site.store, site.clock))


@pytest.mark.parametrize(
    ("behaviour", "reason"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS]
)
def test_whatever_a_model_server_does_the_patient_answers_and_the_page_says_why(
    site: Site,
    small: Services,
    server: ModelServer,
    browser: Browser,
    behaviour: Behaviour,
    reason: str,
) -> None:
    server.default = behaviour
    mine = site.at(Phase.INTERVIEW, browser)
    room = room_with(site, small, server.base_url, **impatience(reason))
    shown = room.ask(browser.resident, mine, ONSET, "t0")
    (turn,) = site.see(mine, browser).turns
    assert (turn.reply, turn.trace.voice, turn.trace.told) == (AUTHORS, "scripted", ("onset",))
    assert turn.trace.away == turn.trace.calls[-1].outcome == reason
    assert (shown.sent, shown.kind) == (True, "warn")
    assert f"The language model {REASONS[reason]}. {IN_THE_AUTHOR_S_WORDS}" in shown.notice


def test_a_server_that_is_not_there_is_a_banner_and_an_answer(
    site: Site, small: Services, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    shown = room_with(site, small, closed_url()).ask(browser.resident, mine, ONSET, "t0")
    (turn,) = site.see(mine, browser).turns
    assert (turn.reply, turn.trace.away) == (AUTHORS, "refused")
    assert "The language model could not be reached." in shown.notice


@pytest.mark.parametrize(("behaviour", "reason"), [f[1:] for f in LATE], ids=[f[0] for f in LATE])
def test_a_model_that_breaks_off_is_heard_so_far_and_the_author_s_lines_add_the_rest(
    site: Site,
    small: Services,
    server: ModelServer,
    browser: Browser,
    behaviour: Behaviour,
    reason: str,
) -> None:
    server.default = behaviour
    mine, heard = site.at(Phase.INTERVIEW, browser), list[str]()
    room = room_with(site, small, server.base_url, **impatience(reason))
    shown = room.ask(browser.resident, mine, BOTH, "t0", heard.append)
    (turn,) = site.see(mine, browser).turns
    assert turn.reply.startswith(f"{AUTHORS} I haven't felt feverish")
    assert heard == [AUTHORS, turn.reply]
    assert (turn.trace.voice, turn.trace.away, turn.trace.completed) == (
        "llm",
        reason,
        ("deny",),
    )
    assert REASONS[reason] in shown.notice


def test_the_banner_says_that_the_clock_got_its_time_back_only_where_it_did(
    site: Site, small: Services, server: ModelServer, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    room = room_with(site, small, server.base_url, llm_first_s=1.1)
    server.plan(stall(), status(401))
    slow = room.ask(browser.resident, mine, ONSET, "t0")
    quick = room.ask(browser.resident, mine, ONSET, "t1")
    assert slow.notice.endswith(" Your clock got the time back.")
    assert quick.notice.endswith("author's own words.")


def test_a_message_sent_again_shows_the_banner_of_its_turn_again(
    site: Site, small: Services, server: ModelServer, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    room = room_with(site, small, server.base_url)
    server.default = status(401)
    notices = {room.ask(browser.resident, mine, ONSET, "t0").notice for _ in range(2)}
    assert len(notices) == len(site.see(mine, browser).turns) == len(server.requests) == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"llm_model": ""}, "not_configured"), ({"llm_user_tokens_a_day": 1}, "spent")],
)
def test_the_page_says_why_no_model_was_asked(
    site: Site,
    small: Services,
    server: ModelServer,
    browser: Browser,
    changes: dict[str, object],
    reason: str,
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    room = room_with(site, small, server.base_url, **changes)
    server.default = speak(OWN)
    room.ask(browser.resident, mine, ONSET, "t0")
    shown = room.ask(browser.resident, mine, "Any fever?", "t1")
    assert site.see(mine, browser).turns[-1].trace.away == reason
    assert f"The language model {REASONS[reason]}." in shown.notice


def test_while_the_model_rests_each_answer_comes_without_a_request(
    site: Site, small: Services, server: ModelServer, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    room = room_with(site, small, server.base_url)
    server.default = status(404)
    for seen in range(FAILURES_IN_A_ROW):
        room.ask(browser.resident, mine, ONSET, f"t{seen}")
    shown = room.ask(browser.resident, mine, ONSET, "last")
    assert len(server.requests) == FAILURES_IN_A_ROW
    assert REASONS["resting"] in shown.notice and shown.encounter is not None
    assert "three days ago" in shown.encounter.turns[-1].reply


def test_the_reply_grows_sentence_by_sentence_and_ends_with_what_the_page_shows(
    site: Site, small: Services, server: ModelServer, browser: Browser
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    room = room_with(site, small, server.base_url)
    server.default = speak("It began three days ago. No, I haven't had a fever.")
    *pieces, last = live(room, browser.resident, mine, BOTH, "t0")
    assert pieces == [AUTHORS, f"{AUTHORS} No, I haven't had a fever."]
    assert isinstance(last, Shown) and last.sent and last.encounter is not None
    assert last.encounter.turns[0].reply == pieces[-1]


def test_a_scripted_patient_answers_in_one_piece(site: Site, browser: Browser) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    (shown,) = live(room_of(site.encounters), browser.resident, mine, ONSET, "t0")
    assert isinstance(shown, Shown) and shown.notice == ""


def test_a_silent_model_is_told_of_once(
    site: Site,
    small: Services,
    server: ModelServer,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("simulator.web.room.PATIENCE_S", 0.05)
    mine, go_on = site.at(Phase.INTERVIEW, browser), threading.Event()
    room = room_with(site, small, server.base_url)
    server.default = held(go_on)
    news = live(room, browser.resident, mine, ONSET, "t0")
    assert next(news) is None
    go_on.set()
    piece, shown = news
    assert piece == OWN and isinstance(shown, Shown)


def test_a_scripted_patient_who_is_slow_is_not_put_down_to_a_language_model(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = Patient.reply

    def slow(*arguments: object) -> object:
        time.sleep(0.3)
        return reply(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("simulator.web.room.PATIENCE_S", 0.05)
    monkeypatch.setattr(Patient, "reply", slow)
    mine = site.at(Phase.INTERVIEW, browser)
    assert None not in list(live(room_of(site.encounters), browser.resident, mine, ONSET, "t0"))


def test_a_turn_is_stored_although_the_browser_goes_away(
    site: Site, small: Services, server: ModelServer, browser: Browser
) -> None:
    mine, go_on = site.at(Phase.INTERVIEW, browser), threading.Event()
    room = room_with(site, small, server.base_url)
    first = some(AUTHORS, " And ")

    def behave(request: object) -> Iterator[object]:
        yield from first
        while not go_on.is_set():
            yield 0.02
        yield from speak("no, I haven't had a fever.")[1:]

    server.default = behave  # type: ignore[assignment]
    news = live(room, browser.resident, mine, BOTH, "t0")
    assert next(news) == AUTHORS
    news.close()  # type: ignore[attr-defined]
    go_on.set()
    wait_for(lambda: site.see(mine, browser).turns)
    (turn,) = site.see(mine, browser).turns
    assert turn.reply == f"{AUTHORS} And no, I haven't had a fever."


def test_the_browser_s_clock_does_not_close_an_interview_in_which_an_answer_is_under_way(
    site: Site, small: Services, server: ModelServer, browser: Browser
) -> None:
    mine, go_on = site.at(Phase.INTERVIEW, browser), threading.Event()
    room = room_with(site, small, server.base_url)
    server.default = held(go_on)
    shown: list[object] = []
    asking = threading.Thread(
        target=lambda: shown.extend(live(room, browser.resident, mine, ONSET, "t0")), daemon=True
    )
    asking.start()
    wait_for(asked(server))
    site.clock.forward(minutes=11)
    during = room.time_up(browser.resident, mine).encounter
    assert during is not None and during.phase == Phase.INTERVIEW
    go_on.set()
    asking.join()
    last = shown[-1]
    assert isinstance(last, Shown) and last.encounter is not None
    assert last.encounter.phase == Phase.NOTE
    assert [t.reply for t in last.encounter.turns] == [OWN]


@pytest.mark.parametrize("said", ["", "x" * 3000])
def test_words_that_cannot_be_put_to_the_patient_end_at_once_with_a_sentence(
    site: Site, browser: Browser, said: str
) -> None:
    mine = site.at(Phase.INTERVIEW, browser)
    (shown,) = live(room_of(site.encounters), browser.resident, mine, said, "t0")
    assert isinstance(shown, Shown)
    assert (shown.sent, shown.kind) == (False, "error")


def test_a_turn_that_cannot_be_stored_is_a_sentence_after_what_was_heard(
    site: Site,
    small: Services,
    server: ModelServer,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full; free some space.")

    monkeypatch.setattr(Repository, "add_turn", full)
    mine = site.at(Phase.INTERVIEW, browser)
    room = room_with(site, small, server.base_url)
    server.default = speak(OWN)
    *pieces, shown = live(room, browser.resident, mine, ONSET, "t0")
    assert pieces == [OWN] and isinstance(shown, Shown)
    assert not shown.sent
    assert "could not be stored (reference " in shown.notice


def test_forty_residents_are_answered_at_once(
    site: Site, small: Services, server: ModelServer
) -> None:
    room = room_with(site, small, server.base_url, llm_first_s=60, llm_idle_s=60, llm_total_s=120)
    server.default = speak(OWN, before=0.1)
    browsers = [site.browser() for _ in range(40)]
    mine = [site.at(Phase.INTERVIEW, b) for b in browsers]

    def ask(place: int) -> None:
        list(live(room, browsers[place].resident, mine[place], ONSET, "t0"))

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = [site.see(m, b).turns for m, b in zip(mine, browsers, strict=True)]
    assert [[t.reply for t in each] for each in turns] == [[OWN]] * 40
    assert server.at_once <= room.encounters.services.settings.llm_concurrency
