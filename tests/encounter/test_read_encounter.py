"""An interview whose turns a certified language model reads: its time, its cost, its absence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulator.encounter.phases import Phase
from simulator.services import Services
from tests.encounter.conftest import RESIDENT, OpenWard, Ward
from tests.encounter.speaking import AUTHORS, ONSET, OWN
from tests.model_server import ModelServer, answer, speak, stall
from tests.readers import certify_reader, hears


@pytest.fixture
def read_ward(services: Services, voiced_ward: OpenWard, tmp_path: Path) -> OpenWard:
    """The ward, where a certified model reads."""
    assert services.understander  # lest its encoders be made anew in the test's own data folder

    def open_ward(**changes: Any) -> Ward:
        ward = voiced_ward(**{"reads": "llm", "reads_s": 20, "data_dir": tmp_path, **changes})
        certify_reader(ward.encounters.services)
        return ward

    return open_ward


def test_the_model_reads_then_speaks_and_both_calls_are_kept(
    read_ward: OpenWard, server: ModelServer
) -> None:
    ward = read_ward()
    server.plan(answer(hears(1), usage=(900, 20)), speak(OWN, usage=(1000, 50)))
    encounter = ward.at(Phase.INTERVIEW)
    turn = ward.encounters.ask(encounter, RESIDENT, ONSET, "t1")
    assert (turn.reply, turn.trace.read_by, turn.trace.voice) == (OWN, "small-model", "llm")
    assert [c.tokens_in for c in turn.trace.calls] == [900, 1000]
    assert ward.store.tokens_since(ward.clock(), RESIDENT) == 1970
    assert ward.see(encounter).turns[0].trace == turn.trace


def test_a_reading_that_takes_too_long_is_left_to_the_learned_reader_within_its_time(
    read_ward: OpenWard, server: ModelServer
) -> None:
    ward = read_ward(reads_s=0.3)
    server.plan(stall(), speak(OWN))
    turn = ward.encounters.ask(ward.at(Phase.INTERVIEW), RESIDENT, ONSET, "t1")
    assert (turn.reply, turn.trace.read_by, turn.trace.told) == (OWN, "learned", ("onset",))
    reading, speaking = turn.trace.calls
    assert reading.outcome == turn.trace.read_away != ""
    assert (speaking.outcome, turn.trace.away) == ("ok", ""), "the voice has its own time"


def test_a_spent_allowance_ends_the_reading_without_a_word_to_the_resident(
    read_ward: OpenWard, server: ModelServer
) -> None:
    ward = read_ward(voice="scripted", llm_tokens_a_day=10)
    server.default = answer(hears(1))
    encounter = ward.at(Phase.INTERVIEW)
    first, second = (ward.encounters.ask(encounter, RESIDENT, ONSET, t) for t in ("t1", "t2"))
    assert (first.trace.read_by, first.reply) == ("small-model", AUTHORS)
    assert (second.trace.read_by, second.trace.away) == ("learned", "")
    assert len(server.requests) == 1
