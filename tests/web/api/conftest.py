"""A programme's site with real readers, and programs that come in to its API by tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from simulator.accounts.people import Person
from simulator.accounts.tokens import Scope
from simulator.assignments.assignments import Assignments
from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Note, SelfAssessment
from simulator.evaluator.report import Report
from simulator.feedback import Feedback
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.web.problems import API
from simulator.web.server import create
from tests.accounts.conftest import Office
from tests.encounter.conftest import Clock
from tests.web.accounts.conftest import BASE, Unread, settings_with_accounts

NOTE = {"history": "Fell on ice.", "diagnoses": [{"name": "Sprain"}], "workup": "X-ray"}


@dataclass(frozen=True)
class Program:
    """A program that comes in by a token, or without one."""

    client: TestClient
    secret: str = ""

    def ask(self, method: str, path: str, **more: Any) -> Any:
        headers = {"authorization": f"Bearer {self.secret}"} if self.secret else {}
        headers |= more.pop("headers", {})
        self.client.cookies.clear()
        return self.client.request(method, f"{API}{path}", headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.ask("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.ask("POST", path, json=body, **more)

    def say(self, encounter: str, text: str, key: str = "") -> list[tuple[str, Any]]:
        """Say something to the patient; the events of the answer."""
        headers = {"idempotency-key": key} if key else {}
        answer = self.post(f"/encounters/{encounter}/turns", {"text": text}, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        return events(answer.text)


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream: their kind, and what they say."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


@dataclass(frozen=True)
class House:
    """The site with its accounts, encounters, what is set, and its clock."""

    client: TestClient
    office: Office
    encounters: Encounters
    store: Repository
    assignments: Assignments
    clock: Clock

    def program(self, whose: Person, *scopes: Scope) -> Program:
        """A program of somebody's; it may all that a token can open, unless scopes are named."""
        _, secret = self.office.tokens.make(None, whose, "test", scopes or list(Scope), 30)
        return Program(self.client, secret)

    def held(self, who: Person, phase: Phase = Phase.FEEDBACK, assignment: str = "") -> Encounter:
        """An encounter of somebody's, walked to a phase."""
        kept, me = self.encounters, who.id
        if assignment:
            new = self.assignments.open(me, who.programme, assignment, "sore-knee").id
        else:
            new = kept.open(me, "sore-knee", "practice", who.programme).id
        steps = {
            Phase.INTERVIEW: lambda: self.assignments.enter(new, me),
            Phase.NOTE: lambda: kept.end_interview(new, me),
            Phase.SELF_ASSESSMENT: lambda: kept.submit_note(new, me, Note.model_validate(NOTE)),
            Phase.FEEDBACK: lambda: kept.submit_self_assessment(new, me, SelfAssessment()),
        }
        for step in list(Phase)[1 : list(Phase).index(phase) + 1]:
            steps[step]()
        self.clock.forward(seconds=1)
        return self.store.read(new)

    def feedback_of(self, encounter: Encounter) -> Report:
        """The report on an encounter, made where there is none yet."""
        return Feedback(self.encounters.services, self.store, self.clock).of(encounter)


@pytest.fixture(scope="package")
def house(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, clock = tmp_path_factory.mktemp("house"), Clock()
    services = Unread(settings_with_accounts(folder / "scripts", data_dir))
    database = connect(folder / "encounters.sqlite3")
    store, office = Repository(database), Office(PeopleStore(database), now=clock)
    encounters, ledger = Encounters(services, store, clock), AssignmentStore(database)
    assignments = Assignments(ledger, encounters)
    app = create(encounters, ledger, office)
    with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
        yield House(client, office, encounters, store, assignments, clock)
    database.dispose()
