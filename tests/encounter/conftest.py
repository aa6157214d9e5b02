"""A ward for tests: encounters on a real database under a clock that the test moves."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Mode, Note, SelfAssessment
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.store.database import connect
from simulator.store.repository import Repository
from tests.conftest import make_script
from tests.encounter.speaking import voiced
from tests.model_server import ModelServer

RESIDENT = "ana"


class Clock:
    """The server's time, moved by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def forward(self, *, minutes: float = 0, seconds: float = 0) -> None:
        self.time += timedelta(minutes=minutes, seconds=seconds)


@dataclass(frozen=True)
class Ward:
    """The encounters with what they stand on."""

    encounters: Encounters
    store: Repository
    clock: Clock

    def at(
        self,
        phase: Phase,
        script: PatientScript | None = None,
        mode: Mode = "practice",
        resident: str = RESIDENT,
    ) -> str:
        """The id of a new encounter, Ana's unless said, walked to a phase step by step."""
        new = str(uuid.uuid4())
        script = script or make_script()
        self.store.add(Encounter(new, resident, script, mode, Phase.BRIEFING, self.clock()))
        steps = {
            Phase.INTERVIEW: lambda: self.encounters.enter(new, resident),
            Phase.NOTE: lambda: self.encounters.end_interview(new, resident),
            Phase.SELF_ASSESSMENT: lambda: self.encounters.submit_note(new, resident, Note()),
            Phase.FEEDBACK: lambda: self.encounters.submit_self_assessment(
                new, resident, SelfAssessment()
            ),
        }
        for step in list(Phase)[1 : list(Phase).index(phase) + 1]:
            steps[step]()
        return new

    def see(self, encounter_id: str) -> Encounter:
        """What stands in the database now."""
        return self.store.get(encounter_id, RESIDENT)


@pytest.fixture
def ward(services: Services, tmp_path: Path) -> Iterator[Ward]:
    store, clock = Repository(connect(tmp_path / "encounters.sqlite3")), Clock()
    yield Ward(Encounters(services, store, clock), store, clock)
    store.engine.dispose()


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """A model's server that does what the test tells it to."""
    with ModelServer() as server:
        yield server


OpenWard = Callable[..., Ward]


@pytest.fixture
def voiced_ward(services: Services, server: ModelServer, ward: Ward) -> OpenWard:
    """The ward again, where a model speaks the patients: voiced_ward(llm_first_s=1.2, ...)."""

    def open_ward(url: str = "", **changes: Any) -> Ward:
        own = voiced(services, url or server.base_url, **changes)
        return Ward(Encounters(own, ward.store, ward.clock), ward.store, ward.clock)

    return open_ward
