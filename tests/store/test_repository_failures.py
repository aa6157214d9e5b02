"""The repository when things break: a sentence, and no acknowledged turn lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from simulator.errors import StoreError
from simulator.store import migrations
from simulator.store.database import connect
from simulator.store.repository import Repository
from tests.store.records import ENCOUNTER, turn


def garbage(path: Path) -> None:
    path.write_bytes(b"scribble" * 1000)


def under_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_text("not a folder", encoding="utf-8")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (garbage, "file is not a database"),
        (Path.mkdir, "unable to open database file"),
        (under_a_file, "File exists"),
        (newer, f"has version 99, this program {migrations.steps()[0]}"),
    ],
)
def test_a_database_that_cannot_be_opened_is_a_sentence_with_file_reason_and_remedy(
    tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "data" / "encounters.sqlite3"
    path.parent.mkdir()
    spoil(path)
    with pytest.raises(StoreError) as caught:
        connect(path)
    sentence = str(caught.value)
    assert str(path) in sentence
    assert reason in sentence
    assert "check the file" in sentence or "VSP_DATA_DIR" in sentence
    assert "\n" not in sentence


def test_a_database_damaged_in_the_middle_is_a_sentence_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "encounters.sqlite3"
    store = Repository(connect(path))
    store.add(ENCOUNTER)
    for seq in range(1, 200):
        store.add_turn(ENCOUNTER.id, turn(seq))
    store.engine.dispose()
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xaa" * (len(content) - 8192))
    with pytest.raises(StoreError, match="malformed.* This step was not stored; check the file"):
        store.get(ENCOUNTER.id, ENCOUNTER.resident)
    store.engine.dispose()


@pytest.mark.parametrize("pragma", ["query_only = ON", "max_page_count = 1"])
def test_a_database_that_cannot_be_written_is_a_sentence_and_what_it_holds_stays_readable(
    tmp_path: Path, pragma: str
) -> None:
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    store.add(ENCOUNTER)
    store.add_turn(ENCOUNTER.id, turn(1))
    store.engine.dispose()

    def restrict(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(store.engine, "connect", restrict)
    big = turn(2, reply="x" * 1_000_000)
    with pytest.raises(StoreError, match=r"cannot be used \(.*\). This step was not stored"):
        store.add_turn(ENCOUNTER.id, big)
    assert store.get(ENCOUNTER.id, ENCOUNTER.resident).turns == (turn(1),)
    event.remove(store.engine, "connect", restrict)
    store.engine.dispose()
    assert store.add_turn(ENCOUNTER.id, big) == big, "once it can be written, it goes on"
    store.engine.dispose()


def test_a_store_that_another_program_keeps_locked_can_be_read_and_else_is_a_sentence(
    tmp_path: Path,
) -> None:
    path = tmp_path / "encounters.sqlite3"
    store = Repository(connect(path))
    store.add(ENCOUNTER)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert store.get(ENCOUNTER.id, ENCOUNTER.resident) == ENCOUNTER
        with pytest.raises(StoreError, match="database is locked"):
            store.add_turn(ENCOUNTER.id, turn(1))
        other.execute("ROLLBACK")
    assert store.add_turn(ENCOUNTER.id, turn(1)) == turn(1)
    store.engine.dispose()


def test_a_database_that_is_deleted_while_the_program_runs_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "encounters.sqlite3"
    store = Repository(connect(path))
    store.add(ENCOUNTER)
    path.unlink()
    for step in (
        lambda: store.add_turn(ENCOUNTER.id, turn(1)),
        lambda: store.get(ENCOUNTER.id, ENCOUNTER.resident),
        store.check_readable,
    ):
        with pytest.raises(StoreError, match="No such file.*was not stored"):
            step()
    path.write_bytes(b"")
    with pytest.raises(StoreError, match="was replaced while the program runs.* restart"):
        store.add_turn(ENCOUNTER.id, turn(1))
    store.engine.dispose()


def test_a_store_that_cannot_be_written_says_so_when_asked(tmp_path: Path) -> None:
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    store.check_writable()
    store.engine.dispose()

    def restrict(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(store.engine, "connect", restrict)
    store.check_readable()
    with pytest.raises(StoreError, match="readonly database"):
        store.check_writable()
    store.engine.dispose()


def test_a_failure_shows_neither_statement_nor_what_was_to_be_stored(tmp_path: Path) -> None:
    store = Repository(connect(tmp_path / "encounters.sqlite3"))
    store.add(ENCOUNTER)
    with pytest.raises(StoreError) as caught:
        store.add_turn(ENCOUNTER.id, turn(1, reply={"secret": "words"}))
    assert "INSERT" not in str(caught.value) and "secret" not in str(caught.value)
    store.engine.dispose()
