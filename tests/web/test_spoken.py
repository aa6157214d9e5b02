"""Speaking and listening in the room: sound becomes words, and is heard by whom it belongs to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.errors import SpeechUnavailable
from simulator.services import Services
from simulator.speech import MOST_BYTES, Speech
from simulator.speech.process import BUSY, Busy
from simulator.speech.sound import RATE, from_wave, to_mu_law
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.repository import Repository
from simulator.web import server, views
from simulator.web.server import PATH, create
from tests.encounter.conftest import Clock
from tests.web.conftest import BASE, Browser, Site

WORDS = views.words()["speech"]
QUESTION = "When did it start?"


def sited(small: Services, folder: Path, speech: Speech) -> Iterator[Site]:
    """The site with what listens and speaks."""
    store, clock = Repository(connect(folder / "encounters.sqlite3")), Clock()
    encounters = Encounters(small, store, clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "open_speech", lambda _: speech)
        app = create(encounters, AssignmentStore(store.engine))
    with TestClient(app, base_url=BASE) as client:
        yield Site(client, encounters, store, clock)
    store.engine.dispose()


@pytest.fixture(scope="module")
def voiced(
    small: Services, tmp_path_factory: pytest.TempPathFactory, speech: Speech
) -> Iterator[Site]:
    yield from sited(small, tmp_path_factory.mktemp("voiced"), speech)


@pytest.fixture(scope="module")
def asked(speech: Speech, small: Services) -> bytes:
    """The question, spoken, as a page sends it."""
    said = speech.say(small.library.scripts["sore-knee"], QUESTION, 0)
    assert said is not None
    return to_mu_law(from_wave(said.sound))


def hear(browser: Browser, encounter: str, sound: bytes) -> Any:
    path = f"{PATH}/room/{encounter}/heard"
    return browser.client.post(path, content=sound, headers=browser.headers)


def test_what_a_resident_says_becomes_words_and_no_turn(voiced: Site, asked: bytes) -> None:
    browser = voiced.browser()
    mine = voiced.at(Phase.INTERVIEW, browser)
    answer = hear(browser, mine, asked)
    assert (answer.status_code, answer.json()) == (200, {"text": QUESTION})
    assert answer.headers["cache-control"] == "no-store"
    assert voiced.see(mine, browser).turns == ()


def test_silence_is_no_words(voiced: Site) -> None:
    browser = voiced.browser()
    answer = hear(browser, voiced.at(Phase.INTERVIEW, browser), b"\xff" * RATE)
    assert (answer.status_code, answer.json()) == (200, {"text": ""})


def test_half_a_minute_is_taken_in_and_no_more(voiced: Site) -> None:
    browser = voiced.browser()
    mine = voiced.at(Phase.INTERVIEW, browser)
    assert hear(browser, mine, b"\xff" * MOST_BYTES).status_code == 200
    answer = hear(browser, mine, b"\xff" * (MOST_BYTES + 1))
    assert answer.status_code == 413 and "30 seconds" in answer.json()["detail"]


@pytest.mark.parametrize("phase", [Phase.BRIEFING, Phase.NOTE])
def test_before_and_after_the_interview_nobody_listens(voiced: Site, phase: Phase) -> None:
    browser = voiced.browser()
    answer = hear(browser, voiced.at(phase, browser), b"\xff")
    assert (answer.status_code, answer.json()["detail"]) == (409, WORDS["over"])


def test_an_answer_is_spoken_part_by_part_to_whom_it_was_given_alone(voiced: Site) -> None:
    browser, other = voiced.browser(), voiced.browser()
    mine, turn = voiced.at(Phase.INTERVIEW, browser), uuid.uuid4().hex
    browser.say(mine, QUESTION, turn)
    path = f"{PATH}/room/{mine}/turns/{turn}/sound"
    first = browser.get(f"{path}/0")
    assert (first.status_code, first.headers["content-type"]) == (200, "audio/wav")
    assert first.headers["cache-control"] == "no-store"
    parts = int(first.headers["x-parts"])
    assert parts >= 1 and len(from_wave(first.content)) > RATE
    assert browser.get(f"{path}/{parts}").json()["detail"] == WORDS["nothing"]
    assert browser.get(f"{path}/-1").status_code == 404
    assert browser.get(f"{PATH}/room/{mine}/turns/{uuid.uuid4().hex}/sound/0").status_code == 404
    assert other.get(f"{path}/0").status_code == 404
    assert hear(other, mine, b"\xff").status_code == 404


def test_the_page_has_the_switch_and_may_ask_for_the_microphone(voiced: Site, site: Site) -> None:
    for where, has, allowed in ((voiced, True, "(self)"), (site, False, "()")):
        page = where.browser().get(f"{PATH}/encounter")
        assert ("speech-switch" in page.text, "window.speech = " in page.text) == (has, has)
        assert f"microphone={allowed}" in page.headers["permissions-policy"]


def test_where_it_is_off_it_says_so(site: Site) -> None:
    browser = site.browser()
    mine = site.at(Phase.INTERVIEW, browser)
    heard = hear(browser, mine, b"\xff")
    assert (heard.status_code, heard.json()["detail"]) == (404, WORDS["unset"])
    sound = browser.get(f"{PATH}/room/{mine}/turns/x/sound/0")
    assert (sound.status_code, sound.json()["detail"]) == (404, WORDS["unset"])


class Lacking(Speech):
    """Where one half, or both, is not installed."""

    def __init__(self, lacks: str, fault: SpeechUnavailable | None = None) -> None:
        super().__init__(())
        self.lacks, self.fault = lacks, fault or SpeechUnavailable(lacks)

    def hear(self, sound: bytes) -> str:
        raise self.fault


def test_what_is_missing_is_one_sentence_on_the_page(speech: Speech) -> None:
    page = views.speech(Lacking("faster-whisper not installed; run 'make voice'"))
    assert "faster-whisper not installed; run &#39;make voice&#39;. Type as always." in page
    assert "speech-switch" not in page
    assert "lacks" not in views.speech(speech) and "speech-hold" in views.speech(speech)


@pytest.mark.parametrize(
    ("fault", "said"),
    [(Busy(BUSY), WORDS["busy"]), (SpeechUnavailable("whisper died"), "could not listen")],
    ids=["busy", "dead"],
)
def test_a_listener_that_is_busy_or_dead_is_a_sentence(
    small: Services, tmp_path: Path, fault: SpeechUnavailable, said: str
) -> None:
    for voiced in sited(small, tmp_path, Lacking("", fault)):
        browser = voiced.browser()
        answer = hear(browser, voiced.at(Phase.INTERVIEW, browser), b"\xff" * RATE)
        assert answer.status_code == 503
        assert said in answer.json()["detail"] and "whisper" not in answer.json()["detail"]
