"""What tests share: one session's services, a small valid script, a guard against the network."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.settings import Settings
from simulator.speech import HIBARI, WHISPER, Speech, missing
from simulator.store.engines import Place
from tests import postgres

SMALL_SCRIPT: dict[str, Any] = {
    "schema": 1,
    "id": "sore-knee",
    "version": "1.0.0",
    "status": "released",
    "title": "A sore knee",
    "doorway": {
        "setting": "Clinic, room 2",
        "name": "Alva Berg",
        "age": 40,
        "sex": "female",
        "concern": "Knee pain",
        "minutes": 10,
        "note_minutes": 5,
    },
    "opening": "My left knee has been hurting, doctor.",
    "facts": [
        {"id": "knee", "topic": "ros.knee-pain", "says": "My left knee hurts.", "tell": "opening"},
        {"id": "onset", "topic": "hpi.onset", "says": "It began three days ago."},
        {"id": "fall", "topic": "hpi.trigger", "says": "I slipped on the ice.", "tell": "open"},
        {"id": "drink", "topic": "soc.alcohol", "says": "I drink every night.", "tell": "trust"},
    ],
    "denies": ["ros.fever"],
    "examination": [
        {"manoeuvre": "Palpate the knee", "also": ["feel the knee"], "finding": "Warm, swollen."}
    ],
    "tests": [
        {"name": "Knee X-ray", "also": ["radiograph of the knee"], "result": "No fracture."},
        {"name": "CRP", "also": ["C-reactive protein"], "result": "4 mg/L"},
    ],
    "checklist": [
        {"id": "onset", "text": "Asks when the pain began", "facts": ["onset"]},
        {"id": "fever", "text": "Asks about fever", "topics": ["ros.fever"], "critical": True},
    ],
    "note_key": {"diagnosis": "Sprained ligament"},
}


def make_script(**changes: Any) -> PatientScript:
    """A small valid script; each change replaces a field by its YAML name, `schema` included."""
    return PatientScript.model_validate({**SMALL_SCRIPT, **changes})


@pytest.fixture(name="make_script")
def _make_script() -> Callable[..., PatientScript]:
    return make_script


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session's own data folder; its index is built once, by the first test that asks."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture(scope="session")
def small_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of an installation with the small reader."""
    return tmp_path_factory.mktemp("small")


@pytest.fixture(scope="session")
def services(data_dir: Path) -> Services:
    """The shipped scripts and knowledge with the real reader and a real index."""
    return Services(Settings(data_dir=data_dir))


@pytest.fixture(scope="session")
def speech() -> Iterator[Speech]:
    """What listens and what speaks with the one voice that CI has, each in its process."""
    if absent := [*missing(WHISPER), *missing(HIBARI)]:
        pytest.skip(f"{', '.join(absent)} not installed: an optional extra, run 'make voice'")
    opened = Speech((WHISPER, HIBARI))
    yield opened
    opened.close()


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def local_only(sock: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test reached for the network: {address!r}")
        connect(sock, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", local_only)
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A real PostgreSQL server; started by the first test that asks."""
    with postgres.running() as running:
        yield running


@pytest.fixture
def on_server(postgres_server: postgres.Server) -> Iterator[SecretStr]:
    """A database on the PostgreSQL server, of this test alone."""
    name = postgres_server.fresh()
    yield SecretStr(postgres_server.url(name))
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a test's database lies: it runs once with a file and once with a server."""
    if request.param == "sqlite":
        return tmp_path / "encounters.sqlite3"
    found: SecretStr = request.getfixturevalue("on_server")
    return found
