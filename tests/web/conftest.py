"""A website for tests: the real application around one small case, under a clock moved by hand."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from simulator.assignments.assignments import Assignments
from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Note, SelfAssessment
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.repository import Repository
from simulator.web.cookies import COOKIE
from simulator.web.room import Room
from simulator.web.server import PATH, create
from tests.conftest import SMALL_SCRIPT
from tests.encounter.conftest import Clock

BASE = "http://127.0.0.1:7860"


@dataclass(frozen=True)
class Browser:
    """One browser by its cookie, and what it does on the site."""

    client: TestClient
    secret: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def resident(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    @property
    def headers(self) -> dict[str, str]:
        return {"cookie": f"{COOKIE}={self.secret}"}

    def get(self, path: str) -> Any:
        return self.client.get(path, headers=self.headers)

    def call(self, handler: str, *data: Any, session: str, query: str = "") -> str:
        """Run a handler over HTTP, as the page does; the last event as it stands."""
        address = f"{PATH}/gradio_api/call/{handler}"
        body = {"data": list(data), "session_hash": session}
        sent = self.client.post(address + query, json=body, headers=self.headers)
        assert sent.status_code == 200, sent.text
        return str(self.get(f"{address}/{sent.json()['event_id']}").text)

    def put(self, path: str, body: Any) -> Any:
        return self.client.put(path, json=body, headers=self.headers)

    def say(self, encounter: str, said: str, turn: str) -> list[dict[str, Any]]:
        """Put words to the patient as the page does; the events of the answer."""
        path, body = f"{PATH}/room/{encounter}/turns", {"id": turn, "text": said}
        answer = self.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        lines = [e for e in answer.text.split("\n\n") if e.startswith("data: ")]
        return [json.loads(line.removeprefix("data: ")) for line in lines]

    def arrive(self, session: str, query: str) -> str:
        """Open the encounter page; the id of the encounter on it, or nothing."""
        found = re.search(
            r"encounter&#?\w+;: ?&#?\w+;([0-9a-f-]{36})",
            self.call("arrive", session=session, query=query),
        )
        return found.group(1) if found else ""


def live(room: Room, resident: str, encounter: str, said: str, turn: str) -> Iterator[Any]:
    """The news of a turn, one by one, as an open page is told them."""
    loop, news = asyncio.new_event_loop(), room.ask_live(resident, encounter, said, turn)
    try:
        while True:
            try:
                now = loop.run_until_complete(anext(news))
            except StopAsyncIteration:
                return
            yield now
    finally:
        loop.run_until_complete(news.aclose())  # type: ignore[attr-defined]
        loop.close()


def room_of(encounters: Encounters) -> Room:
    """The room around some encounters, with what is set beside them in the same database."""
    ledger = AssignmentStore(encounters.store.engine)  # type: ignore[attr-defined]
    return Room(encounters, Assignments(ledger, encounters))


@dataclass(frozen=True)
class Site:
    """The application with what it stands on."""

    client: TestClient
    encounters: Encounters
    store: Repository
    clock: Clock

    def browser(self) -> Browser:
        return Browser(self.client)

    def at(self, phase: Phase, browser: Browser) -> str:
        """A new encounter of this browser's, walked to a phase step by step."""
        who = browser.resident
        new = self.encounters.open(who, "sore-knee", "practice").id
        steps = {
            Phase.INTERVIEW: lambda: self.encounters.enter(new, who),
            Phase.NOTE: lambda: self.encounters.end_interview(new, who),
            Phase.SELF_ASSESSMENT: lambda: self.encounters.submit_note(new, who, Note()),
            Phase.FEEDBACK: lambda: self.encounters.submit_self_assessment(
                new, who, SelfAssessment()
            ),
        }
        for step in list(Phase)[1 : list(Phase).index(phase) + 1]:
            steps[step]()
        return new

    def see(self, encounter_id: str, browser: Browser) -> Encounter:
        return self.store.get(encounter_id, browser.resident)


@pytest.fixture(scope="module")
def small(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The shipped knowledge around one small case."""
    scripts = tmp_path_factory.mktemp("scripts")
    (scripts / "sore-knee.yaml").write_text(json.dumps(SMALL_SCRIPT), encoding="utf-8")
    return Services(Settings(data_dir=data_dir, scripts_dir=scripts))


@pytest.fixture(scope="module")
def site(small: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    store = Repository(connect(tmp_path_factory.mktemp("site") / "encounters.sqlite3"))
    clock = Clock()
    encounters = Encounters(small, store, clock)
    with TestClient(create(encounters, AssignmentStore(store.engine)), base_url=BASE) as client:
        yield Site(client, encounters, store, clock)
    store.engine.dispose()
