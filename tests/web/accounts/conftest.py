"""The whole site behind accounts, with people of all roles; nothing is loaded to read turns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from simulator.accounts.people import Person
from simulator.encounter.encounter import Encounters
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.assignments import AssignmentStore
from simulator.store.database import connect
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.web.cookies import SESSION
from simulator.web.server import create
from tests.accounts.conftest import GOOD, Office
from tests.conftest import SMALL_SCRIPT
from tests.encounter.conftest import Clock

BASE = "http://127.0.0.1:7860"
FORM = re.compile(r'name="form" value="([0-9a-f]{64})"')


class Unread(Services):
    """Services that load no reader before a question is put to a patient."""

    def warm(self) -> None:
        """Load nothing."""


@dataclass
class Visitor:
    """Somebody at a browser: sees pages, sends their forms; signed in where a secret is given."""

    client: TestClient
    secret: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, origin: str = BASE, **more: Any) -> Any:
        jar = self.cookies | ({SESSION: self.secret} if self.secret else {})
        headers = {"cookie": "; ".join(f"{k}={v}" for k, v in jar.items()), "origin": origin}
        headers |= more.pop("headers", {})
        self.client.cookies.clear()
        answer = self.client.request(method, path, headers=headers, follow_redirects=False, **more)
        self._keep(answer.headers.get_list("set-cookie"))
        return answer

    def _keep(self, given: list[str]) -> None:
        for cookie in given:
            name, _, value = cookie.partition(";")[0].partition("=")
            if name == SESSION:
                self.secret = value
            else:
                self.cookies[name] = value

    def see(self, path: str) -> Any:
        """Open a page as a browser does."""
        return self.ask("GET", path, headers={"accept": "text/html"})

    def send(self, page: str, path: str = "", **fields: str) -> Any:
        """Fill in the form of a page and send it."""
        found = FORM.search(self.see(page).text)
        assert found is not None, page
        return self.ask("POST", path or page, data={"form": found[1], **fields})


@dataclass(frozen=True)
class Campus:
    """The site with its accounts, encounters and clock."""

    client: TestClient
    office: Office
    encounters: Encounters
    store: Repository
    clock: Clock

    def visitor(self) -> Visitor:
        return Visitor(self.client)

    def signed_in(self, person: Person) -> Visitor:
        return Visitor(self.client, self.office.sign_in(person.email, GOOD, "here"))


def settings_with_accounts(scripts: Path, data_dir: Path) -> Settings:
    scripts.mkdir(exist_ok=True)
    (scripts / "sore-knee.yaml").write_text(json.dumps(SMALL_SCRIPT), encoding="utf-8")
    return Settings(data_dir=data_dir, scripts_dir=scripts, accounts=True)


@pytest.fixture(scope="module")
def campus(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campus]:
    folder, clock = tmp_path_factory.mktemp("campus"), Clock()
    services = Unread(settings_with_accounts(folder / "scripts", data_dir))
    database = connect(folder / "encounters.sqlite3")
    store, office = Repository(database), Office(PeopleStore(database), now=clock)
    encounters = Encounters(services, store, clock)
    with TestClient(create(encounters, AssignmentStore(database), office), base_url=BASE) as client:
        yield Campus(client, office, encounters, store, clock)
    database.dispose()
