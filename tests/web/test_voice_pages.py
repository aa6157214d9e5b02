"""The pages where a language model speaks: streamed over HTTP, told of in the feedback."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Note, SelfAssessment
from simulator.errors import Reason
from simulator.evaluator.usage import VoiceUse
from simulator.services import Services
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.repository import Repository
from simulator.web import sheet, views
from simulator.web.server import PATH, create
from tests.encounter.conftest import Clock
from tests.encounter.speaking import AUTHORS, BOTH, ONSET, voiced
from tests.model_server import ModelServer, speak, status
from tests.traces import make_trace
from tests.web.conftest import BASE, Browser, Site

SECOND = "No, I haven't had a fever."
USE = VoiceUse(
    models=("small-model",),
    turns=12,
    by_model=9,
    completed=1,
    stopped={"invention": 2, "form": 1},
    away={"stalled": 1, "spent": 2},
    calls=14,
    tokens_in=12_345,
    tokens_cached=6_000,
    tokens_out=789,
    estimated=False,
    cost=0.01234,
)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def spoken(
    small: Services, server: ModelServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The whole application with a model that speaks the patient."""
    store = Repository(connect(tmp_path_factory.mktemp("spoken") / "encounters.sqlite3"))
    clock = Clock()
    own = voiced(small, server.base_url, llm_price_in=1.0, llm_price_out=2.0)
    encounters = Encounters(own, store, clock)
    with TestClient(create(encounters, AssignmentStore(store.engine)), base_url=BASE) as client:
        yield Site(client, encounters, store, clock)
    store.engine.dispose()


@pytest.fixture
def browser(spoken: Site) -> Browser:
    return spoken.browser()


def ask(browser: Browser, encounter: str, said: str) -> list[dict[str, Any]]:
    """Send words over HTTP as the page does; the events of the answer, as they came."""
    return browser.say(encounter, said, uuid.uuid4().hex)


def test_the_page_is_sent_each_sentence_before_the_whole(
    spoken: Site, server: ModelServer, browser: Browser
) -> None:
    server.plan(speak(f"{AUTHORS} {SECOND}"))
    mine = spoken.at(Phase.INTERVIEW, browser)
    events = ask(browser, mine, BOTH)
    assert events[0] == {"text": AUTHORS} and events[-1]["sent"]
    assert spoken.see(mine, browser).turns[0].reply == f"{AUTHORS} {SECOND}"


def test_the_page_is_sent_the_banner_of_a_failing_server(
    spoken: Site, server: ModelServer, browser: Browser
) -> None:
    server.plan(status(401))
    last = ask(browser, spoken.at(Phase.INTERVIEW, browser), ONSET)[-1]
    assert "refused the key it was given" in last["notice"]
    assert last["turns"][-1]["reply"] == AUTHORS


def test_markup_that_a_model_speaks_never_reaches_the_page(
    spoken: Site, server: ModelServer, browser: Browser
) -> None:
    server.plan(*[speak("<img src=x onerror=alert(1)> It began three days ago.")] * 2)
    events = ask(browser, spoken.at(Phase.INTERVIEW, browser), ONSET)
    assert not [e for e in events if "<img" in str(e) or "onerror" in str(e)]


def finished(spoken: Site, browser: Browser, *said: str) -> str:
    """An encounter with these questions, walked to its feedback."""
    who, mine = browser.resident, spoken.at(Phase.INTERVIEW, browser)
    for place, words in enumerate(said):
        spoken.encounters.ask(mine, who, words, f"t{place}")
    spoken.encounters.end_interview(mine, who)
    spoken.encounters.submit_note(mine, who, Note())
    spoken.encounters.submit_self_assessment(mine, who, SelfAssessment())
    return mine


def test_feedback_page_and_json_say_who_spoke_and_what_it_cost(
    spoken: Site, server: ModelServer, browser: Browser
) -> None:
    server.plan(speak(AUTHORS, usage=(1000, 50, 600)), status(401))
    mine = finished(spoken, browser, ONSET, "Any fever?")
    voice = browser.get(f"{PATH}/reports/{mine}.json").json()["voice"]
    assert (voice["models"], voice["turns"], voice["by_model"]) == (["small-model"], 2, 1)
    assert (voice["tokens_in"], voice["tokens_out"], voice["tokens_cached"]) == (1000, 50, 600)
    assert (voice["cost"], voice["away"]) == (0.0011, {"unauthorized": 1})
    page = browser.get(f"{PATH}/review/{mine}").text
    assert "(small-model) spoke the patient in 1 of 2 turns" in page
    assert "1,000 tokens read (600 of them from cache), 50 written" in page
    assert "Cost: 0.0011." in page
    printed = PdfReader(io.BytesIO(browser.get(f"{PATH}/reports/{mine}.pdf").content))
    text = " ".join(" ".join(p.extract_text() for p in printed.pages).split())
    assert "(small-model) spoke the patient in 1 of 2 turns" in text


def test_a_scripted_interview_s_feedback_does_not_speak_of_models(site: Site) -> None:
    browser = site.browser()
    mine = finished(site, browser, ONSET)
    assert "How the patient was voiced" not in browser.get(f"{PATH}/review/{mine}").text
    assert browser.get(f"{PATH}/reports/{mine}.json").json()["voice"] is None


def test_a_report_stored_before_models_spoke_is_shown_as_it_was(site: Site) -> None:
    browser = site.browser()
    mine = finished(site, browser, ONSET)
    old = browser.get(f"{PATH}/reports/{mine}.json").json()
    del old["voice"]
    old["practise"] = ["As it was scored then"]
    site.store.add_report(mine, old, site.clock())
    assert "As it was scored then" in browser.get(f"{PATH}/review/{mine}").text
    assert browser.get(f"{PATH}/reports/{mine}.pdf").status_code == 200


def test_the_feedback_counts_what_was_stopped_and_who_was_away() -> None:
    lead, cost, stopped, completed, away = sheet.voiced(USE)
    assert "(small-model) spoke the patient in 9 of 12 turns" in lead
    assert "12,345 tokens read (6,000 of them from cache), 789 written, in 14 calls" in cost
    assert cost.endswith("Cost: 0.0123.")
    assert "stopped it 3 times" in stopped and "in 3 turns" in away
    assert "left out in 1 turn was" in completed


def test_a_sum_that_was_reckoned_says_so_and_one_without_prices_names_no_cost() -> None:
    told = " ".join(sheet.voiced(USE.model_copy(update={"estimated": True, "cost": None})))
    assert "since the server did not count" in told and "Cost" not in told


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"cost": 0.00003}, "0.0000"),
        ({"calls": 1}, "1 calls"),
        ({"away": {"spent": 1}}, "1 turns"),
        ({"models": (), "by_model": 0, "calls": 0}, "(–)"),
    ],
    ids=["tiny cost", "one call", "one turn away", "no model at all"],
)
def test_the_feedback_s_sentences_read_well_at_the_edges(
    changes: dict[str, Any], wrong: str
) -> None:
    assert wrong not in " ".join(sheet.voiced(USE.model_copy(update=changes)))


@pytest.mark.parametrize("reason", get_args(Reason))
def test_every_reason_has_its_own_words_in_the_banner(reason: str) -> None:
    words = views.words()["interview"]["away_reasons"]
    assert len(set(words.values())) == len(words)
    assert f"The language model {words[reason]}." in views.away(make_trace(away=reason))


def test_a_turn_in_which_the_model_spoke_has_no_banner() -> None:
    assert views.away(make_trace()) == ""
