"""What a language model's calls cost: a row each, never changed, counted by resident and day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from simulator.errors import StoreError
from simulator.store.database import connect
from simulator.store.repository import Repository
from simulator.store.tables import ADDED, SCHEMA_VERSION
from tests import traces
from tests.store.records import ENCOUNTER, NOON, turn

CALL = {**traces.CALL, "tokens_in": 900, "tokens_out": 40}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Repository]:
    repository = Repository(connect(tmp_path / "encounters.sqlite3"))
    repository.add(ENCOUNTER)
    repository.add(replace(ENCOUNTER, id="e2", resident="ben"))
    yield repository
    repository.engine.dispose()


def rows(store: Repository) -> list[Any]:
    with store.engine.connect() as connection:
        query = text("SELECT encounter, resident, tokens, record FROM model_call ORDER BY id")
        return list(connection.execute(query))


def test_each_call_is_a_row_with_its_tokens_and_cost(store: Repository) -> None:
    failed = {**CALL, "outcome": "cut", "tokens_out": 0, "cost": None}
    store.add_calls("e1", "ana", [CALL, failed], NOON)
    kept = rows(store)
    assert [r[:3] for r in kept] == [("e1", "ana", 940), ("e1", "ana", 900)]
    with closing(sqlite3.connect(str(store.engine.url.database))) as other:
        costs = other.execute("SELECT json_extract(record, '$.cost') FROM model_call").fetchall()
    assert costs == [(0.0019,), (None,)]


def test_a_turn_without_a_call_adds_no_row(store: Repository) -> None:
    store.add_calls("e1", "ana", [], NOON)
    assert (rows(store), store.tokens_since(NOON)) == ([], 0)


def test_tokens_are_summed_by_resident_and_for_all(store: Repository) -> None:
    store.add_calls("e1", "ana", [CALL, CALL], NOON)
    store.add_calls("e2", "ben", [CALL], NOON)
    assert store.tokens_since(NOON, "ana") == 1880
    assert store.tokens_since(NOON, "ben") == 940
    assert store.tokens_since(NOON) == 2820
    assert store.tokens_since(NOON, "nobody") == 0


def test_tokens_count_from_the_moment_asked_for_onwards(store: Repository) -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    for at in (midnight - timedelta(microseconds=1), midnight, NOON):
        store.add_calls("e1", "ana", [CALL], at)
    assert store.tokens_since(midnight, "ana") == 1880
    assert store.tokens_since(NOON + timedelta(seconds=1)) == 0


@pytest.mark.parametrize("change", ["UPDATE model_call SET tokens = 0", "DELETE FROM model_call"])
def test_calls_cannot_be_updated_or_deleted(store: Repository, change: str) -> None:
    store.add_calls("e1", "ana", [CALL], NOON)
    with (
        pytest.raises(IntegrityError, match="model_call rows are never changed"),
        store.engine.begin() as connection,
    ):
        connection.execute(text(change))
    assert store.tokens_since(NOON, "ana") == 940


def test_a_call_of_an_encounter_that_is_not_there_is_refused_whole(store: Repository) -> None:
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.add_calls("e9", "ana", [CALL], NOON)
    assert rows(store) == []


def of_version_1(path: Path) -> None:
    """A database as version 1 left it: without the table of calls and two columns."""
    store = Repository(connect(path))
    store.add(ENCOUNTER)
    store.add_turn("e1", turn(1))
    store.add_report("e1", {"score": 1}, NOON)
    store.engine.dispose()
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE model_call")
        for column in ADDED:
            database.execute(f"ALTER TABLE encounter DROP COLUMN {column}")
        database.execute("PRAGMA user_version = 1")
        database.commit()


def test_a_database_of_version_1_opens_keeps_what_it_holds_and_gets_the_table(
    tmp_path: Path,
) -> None:
    path = tmp_path / "encounters.sqlite3"
    of_version_1(path)
    for _ in range(2):  # opened a second time it is as good
        store = Repository(connect(path))
        kept = store.get("e1", "ana")
        assert (kept.turns, kept.unsent, kept.added_percent) == ((turn(1),), "", 0)
        assert store.latest_report("e1") == {"score": 1}
        store.add_calls("e1", "ana", [CALL], NOON)
        store.engine.dispose()
    assert store.tokens_since(NOON, "ana") == 1880
    store.engine.dispose()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            database.execute("DELETE FROM model_call")


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 99, -1])
def test_a_database_of_another_version_is_refused_and_left_as_it_is(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "encounters.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (id)")
        database.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError, match=f"has version {version}, this program {SCHEMA_VERSION}"):
        connect(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (version,)
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        assert tables == [("theirs",)]
