"""An archive is scored anew: by one or several, each talk once, and a crash goes on by item."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator import batch
from simulator.cli import main
from simulator.encounter.encounter import Encounters
from simulator.encounter.phases import Phase
from simulator.encounter.records import NAMELESS, Note, SelfAssessment
from simulator.feedback import Feedback
from simulator.services import Services
from simulator.settings import Settings
from simulator.store.archive import Archive
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.people import PeopleStore
from simulator.store.repository import NOT_YOURS, Repository
from tests.counting import Counts
from tests.store.records import ENCOUNTER, NOON

Capture = pytest.CaptureFixture[str]
DAY = timedelta(days=1)
OVER = replace(ENCOUNTER, phase=Phase.FEEDBACK)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VSP_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(batch, "Scorer", Counts)
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    for name in ("e1", "e2", "e3", "e4"):
        store.add(replace(OVER, id=name))
    store.add(replace(OVER, id="running", phase=Phase.NOTE))
    store.add(replace(OVER, id="erased", resident=f"{NAMELESS}1"))
    store.close()
    return tmp_path


def score(*words: str) -> int:
    return main(["batch", "score", *words])


def told(capsys: Capture) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def reports(here: Path) -> dict[str, int]:
    store = Repository(connect(here / "encounters.sqlite3"))
    names = ("e1", "e2", "e3", "e4", "running", "erased", "bad")
    with store._session(reads_only=True) as session:
        rows = session.connection().exec_driver_sql("SELECT encounter FROM report").scalars().all()
    store.engine.dispose()
    return {n: rows.count(n) for n in names if n in rows}


def test_a_round_knows_what_waits_goes_on_where_it_was_cut_off_and_stores_nothing_twice(
    place: Place,
) -> None:
    store = Repository(connect(place))
    archive = Archive(store.engine)
    for name, case in (("e1", "a"), ("e2", "a"), ("e3", "b")):
        script = OVER.script.model_copy(update={"id": case})
        store.add(replace(OVER, id=name, script=script, programme="im"))
    store.add_report("e1", {"old": 1}, NOON)
    since = archive.begin("all", NOON + DAY)
    assert archive.waiting(since, "", "") == ["e1", "e2", "e3"]
    assert archive.waiting(since, "b", "im") == ["e3"]
    assert archive.waiting(since, "", "surgery") == []
    assert archive.add("e1", {"new": 1}, since, NOON + 2 * DAY)
    assert not archive.add("e1", {"new": 2}, since, NOON + 2 * DAY)
    assert not archive.add("never there", {}, since, NOON + 2 * DAY)
    assert store.latest_report("e1") == {"new": 1}
    assert archive.begin("all", NOON + 3 * DAY) == since
    assert archive.begin("another", NOON + 3 * DAY) == NOON + 3 * DAY
    assert archive.waiting(since, "", "") == ["e2", "e3"]
    archive.end("all", 1, NOON + 3 * DAY)
    assert archive.begin("all", NOON + 4 * DAY) == NOON + 4 * DAY
    done = [line.deed.what for line in PeopleStore(store.engine).log()]
    assert done[0] == "began to score an archive anew" and done[2] == "scored an archive anew"
    store.engine.dispose()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_all_talks_that_are_over_are_scored_once_by_as_many_as_wanted(
    here: Path, capsys: Capture, workers: str
) -> None:
    assert score("--workers", workers) == 0
    found = told(capsys)
    assert (found["n"], found["workers"], found["left"]) == (4, int(workers), 0)
    assert found["seconds"] >= 0
    assert reports(here) == {"e1": 1, "e2": 1, "e3": 1, "e4": 1}
    assert score() == 0 and told(capsys)["n"] == 4
    assert set(reports(here).values()) == {2}


def test_after_a_crash_the_same_command_goes_on_with_what_is_left(
    here: Path, capsys: Capture
) -> None:
    (here / "deadly").touch()
    assert score("--workers", "2") == 2
    assert "Give the same command again" in capsys.readouterr().err
    before = reports(here)
    assert "e3" not in before and set(before.values()) <= {1}
    assert score("--workers", "2") == 0
    assert told(capsys)["n"] == 4 - len(before)
    assert reports(here) == {"e1": 1, "e2": 1, "e3": 1, "e4": 1}


def test_what_cannot_be_scored_is_told_and_the_rest_is_scored(here: Path, capsys: Capture) -> None:
    store = Repository(connect(here / "encounters.sqlite3"))
    store.add(replace(OVER, id="bad"))
    store.close()
    assert score() == 1
    out, err = capsys.readouterr()
    assert err == "bad: cannot be read\n" and json.loads(out)["left"] == 1
    assert score("--workers", "0") == 2
    assert "from 1 to 1024" in capsys.readouterr().err


def test_marks_are_the_same_to_the_digit_as_those_of_scoring_one_by_one(
    services: Services, tmp_path: Path
) -> None:
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    encounters = Encounters(services, store)
    new = encounters.open("ana", "chest-pain-maria-lopez", "practice").id
    encounters.enter(new, "ana")
    for number, words in enumerate(("When did the pain start?", "Do you smoke?")):
        encounters.ask(new, "ana", words, str(number))
    encounters.end_interview(new, "ana")
    encounters.submit_note(new, "ana", Note(history="Pain on the stairs for two hours."))
    encounters.submit_self_assessment(new, "ana", SelfAssessment())
    one = Feedback(services, store, encounters.now).again(encounters.get(new, "ana"))
    scorer = batch.Scorer(Settings(data_dir=tmp_path), services)
    _, report, why = scorer(new)
    assert why == "" and report is not None
    assert {**report, "made_at": ""} == {**one.model_dump(mode="json"), "made_at": ""}
    assert scorer("no such talk")[1:] == (None, "no such talk: " + NOT_YOURS)
    scorer.store.engine.dispose()
    store.engine.dispose()
