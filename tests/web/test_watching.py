"""/metrics and the names of requests: whom they open to, what is counted, and nobody told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.errors import StoreError
from simulator.llm.protocol import Call
from simulator.metrics import Metrics
from simulator.services import Services
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.glance import Glance
from simulator.store.repository import Repository
from simulator.web import faults
from simulator.web.access import RULES
from simulator.web.server import PATH, create
from tests.encounter.conftest import Clock
from tests.web.conftest import BASE, Site

HERE = ("127.0.0.1", 50000)
TOKEN = {"authorization": "Bearer let-me-read"}


@pytest.fixture(scope="module")
def watched(small: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own, asked from this machine."""
    services = Services(small.settings, small.encoder)
    store = Repository(connect(tmp_path_factory.mktemp("watched") / "encounters.sqlite3"))
    glance, clock = Glance(store.engine), Clock()
    services.metrics.gauge("interviews", "", lambda: glance.interviews(clock()))
    encounters = Encounters(services, store, clock)
    app = create(encounters, AssignmentStore(store.engine))
    with TestClient(app, base_url=BASE, client=HERE) as client:
        yield Site(client, encounters, store, clock)
    store.engine.dispose()


def counts(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and its labels' values, by the order of their names."""
    return {
        (s.name, *s.labels.values()): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


def read(site: Site, **headers: str) -> Any:
    return site.client.get("/metrics", headers=headers)


def test_metrics_are_for_programs_of_this_machine_that_come_through_nobody(watched: Site) -> None:
    assert read(watched).status_code == 200
    for name, value in {
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-host": "localhost",
        "x-real-ip": "127.0.0.1",
        "forwarded": "for=127.0.0.1",
        "via": "1.1 proxy",
    }.items():
        assert read(watched, **{name: value}).status_code == 404, name


def test_somebody_on_another_machine_finds_no_metrics(site: Site) -> None:
    assert read(site).status_code == 404


def test_with_a_token_set_it_alone_opens_them_from_anywhere(
    small: Services, tmp_path: Path
) -> None:
    settings = small.settings.model_copy(update={"metrics_token": SecretStr("let-me-read")})
    services = Services(settings, small.encoder)
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    app = create(Encounters(services, store), AssignmentStore(store.engine))
    for place in (HERE, ("192.0.2.7", 1)):
        client = TestClient(app, base_url=BASE, client=place)
        asked = [client.get("/metrics", headers=h).status_code for h in ({}, TOKEN)]
        wrong = client.get("/metrics", headers={"authorization": "Bearer let-me"}).status_code
        assert (*asked, wrong) == (404, 200, 404)
    store.engine.dispose()


def test_a_turn_is_counted_with_what_its_parts_took_and_its_request_by_its_route(
    watched: Site,
) -> None:
    browser = watched.browser()
    encounter = watched.at(Phase.INTERVIEW, browser)
    before = counts(read(watched).text)
    browser.say(encounter, "When did it begin?", "a" * 32)
    browser.get(f"{PATH}/room/{encounter}")
    browser.get("/nowhere/at/all")
    after = counts(read(watched).text)

    def more(*key: str) -> float:
        return after.get(key, 0.0) - before.get(key, 0.0)

    turns = f"POST {PATH}/room/{{encounter_id}}/turns"
    assert more("bedside_turns_total", "", "scripted") == 1
    for part in ("reading", "voice", "store"):
        assert more("bedside_turn_seconds_count", part) == 1
    assert more("bedside_requests_total", turns, "200") == 1
    assert more("bedside_requests_total", f"GET {PATH}/room/{{encounter_id}}", "200") == 1
    assert more("bedside_requests_total", "none", "404") == 1
    assert after["bedside_interviews",] == 1
    assert after["bedside_requests_open",] == 1  # this reading itself
    assert after["bedside_ready", "store"] == 1


def test_no_label_names_a_person_an_encounter_or_a_case(watched: Site) -> None:
    browser = watched.browser()
    encounter = watched.at(Phase.INTERVIEW, browser)
    browser.say(encounter, "My name is Agnes Example", "b" * 32)
    browser.get(f"{PATH}/reports/{encounter}.json?name=Agnes")
    browser.get("/account/invitation/a-secret-token")
    text = read(watched).text
    for told in (encounter, browser.secret, browser.resident[:8], "Agnes", "sore-knee", "a-secret"):
        assert told not in text
    routes = {key[1] for key in counts(text) if key[0] == "bedside_requests_total"}
    assert routes <= set(RULES) | {"none"} | {r for r in routes if PATH in r and "{" not in r}


def test_faults_are_counted_by_kind(watched: Site) -> None:
    key = ("bedside_faults_total", "StoreError")
    before = counts(read(watched).text).get(key, 0.0)
    faults.sentence(StoreError("gone"))
    assert counts(read(watched).text)[key] == before + 1


def test_every_answer_names_its_request_and_only_a_proxy_may_choose_the_name(
    watched: Site,
) -> None:
    answers = [watched.client.get("/healthz", headers={"x-request-id": "chosen-by-me"})]
    answers.append(watched.client.get("/healthz"))
    names = [a.headers["x-request-id"] for a in answers]
    assert len(set(names)) == 2 and "chosen-by-me" not in names
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in names)


def call(outcome: str, tokens: tuple[int, int, int] = (100, 20, 60)) -> Call:
    counted = (*tokens, False, None, 400.0, 900.0, 1)
    return Call("m", "patient", outcome, *counted)


def test_calls_of_a_model_are_counted_with_their_tokens_and_how_they_ended() -> None:
    metrics = Metrics()
    metrics.call(call("ok"))
    metrics.call(call("busy", (0, 0, 0)))
    found = counts(metrics.exposed().decode())
    assert found["bedside_model_calls_total", "ok", "patient"] == 1
    assert found["bedside_model_calls_total", "busy", "patient"] == 1
    tokens = [found["bedside_model_tokens_total", k, "patient"] for k in ("in", "cached", "out")]
    assert tokens == [40, 60, 20]
    assert found["bedside_model_first_seconds_count", "patient"] == 2


def test_what_cannot_be_told_is_left_out_and_the_rest_is_told() -> None:
    def gone() -> float:
        raise StoreError("the database is gone")

    metrics = Metrics()
    metrics.gauge("interviews", "", gone)
    metrics.gauge("queue", "", lambda: {"waiting": 3.0}, "state")
    found = counts(metrics.exposed().decode())
    assert ("bedside_interviews",) not in found
    assert found["bedside_queue", "waiting"] == 3
