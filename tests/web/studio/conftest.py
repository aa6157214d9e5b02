"""The studio over HTTP: the real routes around an author's desk, with residents' turns at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from simulator.encounter.encounter import Encounters
from simulator.feedback import Feedback
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.database import connect
from simulator.store.repository import Repository
from simulator.studio.desk import Desk
from simulator.web.studio.routes import create

ADDRESS = "http://127.0.0.1:7860"
CASE = "chest-pain-maria-lopez"
BEN = {"title": "A cough that stays", "name": "Ben Harris", "age": "46", "sex": "male",
       "concern": "Cough"}  # fmt: skip


@dataclass(frozen=True)
class Author:
    """An author at the browser: pages are read, forms are sent, from the program's own address."""

    client: TestClient
    desk: Desk
    encounters: Encounters

    def see(self, path: str) -> str:
        answer = self.client.get(f"/studio/{path}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, /, **fields: Any) -> Any:
        return self.client.post(f"/studio/{path}", data=fields)

    def type(self, case: str, base: int, *changes: dict[str, Any]) -> Any:
        return self.client.post(f"/studio/{case}/changes", json={"base": base, "changes": changes})

    def new(self) -> str:
        """A new patient; its id."""
        answer = self.send("new", **BEN)
        assert answer.status_code == 200, answer.text
        return answer.url.path.rpartition("/")[2]

    def version(self, case: str) -> int:
        found = re.search(r'data-version="(\d+)" data-case', self.see(case))
        assert found is not None
        return int(found[1])

    def data(self, case: str) -> Any:
        return self.desk.open(case).checked.data


@pytest.fixture
def author(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Author]:
    monkeypatch.setattr(Settings, "cases_dir", tmp_path / "cases")
    desk = Desk(services)
    desk.drafts.folder = tmp_path / "drafts"
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    app = FastAPI()
    encounters = Encounters(services, store)
    feedback = Feedback(services, store, encounters.now)
    app.mount("/studio", create(desk, store, feedback))
    with TestClient(app, base_url=ADDRESS, headers={"origin": ADDRESS}) as client:
        yield Author(client, desk, encounters)
    store.engine.dispose()
    services.reload_library()
