"""Backup, restore and check: one whole file, nothing overwritten, damage told."""

from __future__ import annotations

import os
import shlex
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from simulator.accounts.accounts import Accounts
from simulator.accounts.ledger import Deed
from simulator.cli import main
from simulator.errors import StoreError
from simulator.store.backup import backup, restore
from simulator.store.database import connect
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.soundness import check
from tests import outside
from tests.postgres import Server
from tests.store.records import ENCOUNTER, turn

HELD = "1 encounters, 2 turns, 0 reports"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "var" / "encounters.sqlite3"
    store = Repository(connect(path))
    store.add(ENCOUNTER)
    for seq in (1, 2):
        store.add_turn(ENCOUNTER.id, turn(seq))
    store.engine.dispose()
    return path


def turns_in(path: Path) -> int:
    store = Repository(connect(path))
    found = store.get(ENCOUNTER.id, ENCOUNTER.resident).turns
    store.engine.dispose()
    return len(found)


def test_a_backup_made_while_the_program_runs_is_one_whole_file(
    database: Path, tmp_path: Path
) -> None:
    store = Repository(connect(database))
    target = tmp_path / "backup.sqlite3"
    assert backup(database, target) == HELD
    store.add_turn(ENCOUNTER.id, turn(3))
    store.engine.dispose()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["backup.sqlite3", "var"]
    assert check(target) == (HELD, [])
    assert turns_in(target) == 2


def test_a_restored_backup_is_what_it_was_and_what_was_there_is_kept(
    database: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup.sqlite3"
    backup(database, target)
    store = Repository(connect(database))
    store.add_turn(ENCOUNTER.id, turn(3))
    store.engine.dispose()
    held, former = restore(database, target, NOON)
    assert held == HELD
    assert former == database.with_name("encounters-before-20260301T120000.sqlite3")
    assert (turns_in(database), turns_in(former)) == (2, 3)


def test_a_backup_goes_where_nothing_was(database: Path, tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "backup.sqlite3", tmp_path / "new" / "encounters.sqlite3"
    backup(database, target)
    assert restore(elsewhere, target) == (HELD, None)
    assert turns_in(elsewhere) == 2


def test_nothing_is_restored_under_a_running_program(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    backup(database, target)
    store = Repository(connect(database))
    store.add_turn(ENCOUNTER.id, turn(3))
    with pytest.raises(StoreError, match="has .* open; stop it"):
        restore(database, target)
    store.add_turn(ENCOUNTER.id, turn(4))
    store.engine.dispose()
    assert turns_in(database) == 4
    assert [p.name for p in database.parent.iterdir()] == ["encounters.sqlite3"]


def test_a_damaged_database_is_kept_when_a_backup_takes_its_place(
    database: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup.sqlite3"
    backup(database, target)
    database.write_bytes(b"scribble" * 1000)
    _, former = restore(database, target)
    assert former is not None and former.read_bytes().startswith(b"scribble")
    assert turns_in(database) == 2


def test_a_backup_overwrites_nothing(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    target.write_text("precious", encoding="utf-8")
    with pytest.raises(StoreError, match="is there already"):
        backup(database, target)
    assert target.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("content", [b"scribble" * 1000, b"", b"SQLite format 3\x00"])
def test_what_is_no_backup_is_not_restored(database: Path, tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "no-backup"
    target.write_bytes(content)
    with pytest.raises(StoreError):
        restore(database, target)
    assert turns_in(database) == 2


def test_a_damaged_backup_is_not_restored(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.sqlite3"
    backup(database, target)
    with closing(sqlite3.connect(target)) as opened, opened:
        opened.execute("UPDATE encounter SET script = '{}'")
    with pytest.raises(StoreError, match="is damaged .*its script cannot be read"):
        restore(database, target)


def test_check_names_each_encounter_and_turn_that_cannot_be_read(database: Path) -> None:
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("DROP TRIGGER turn_no_update")
        opened.execute("UPDATE turn SET trace = '{' WHERE seq = 2")
    held, faults = check(database)
    assert held == HELD
    assert faults == ["encounter e1, turn 2: its trace cannot be read by this version"]


def test_a_disk_that_cannot_be_written_is_a_sentence(database: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="could not be written"):
        backup(database, tmp_path / "nowhere" / "backup.sqlite3")


def test_the_commands_say_what_they_did(
    database: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VSP_DATA_DIR", str(database.parent))
    target = str(tmp_path / "backup.sqlite3")
    assert main(["check"]) == 0
    assert main(["backup", target]) == 0
    assert main(["backup", target]) == 2
    assert main(["restore", target]) == 0
    said = capsys.readouterr()
    assert f"{target}: {HELD}" in said.out
    assert f"is kept as {database.parent}{os.sep}encounters-before-" in said.out
    assert f"{HELD}, 0 fault(s)" in said.err
    database.write_bytes(b"scribble" * 1000)
    assert main(["check"]) == 2
    assert "cannot be read (file is not a database)" in capsys.readouterr().err


@pytest.fixture
def served(on_server: SecretStr) -> Iterator[Repository]:
    """A store on a server: an encounter with two turns, and somebody who is signed in."""
    store = Repository(connect(on_server))
    store.add(ENCOUNTER)
    for seq in (1, 2):
        store.add_turn(ENCOUNTER.id, turn(seq))
    yield store
    store.engine.dispose()


def test_what_lies_on_a_server_is_backed_up_and_restored_by_the_programs_that_are_named(
    served: Repository, on_server: SecretStr, postgres_server: Server, tmp_path: Path
) -> None:
    accounts = Accounts(PeopleStore(served.engine))
    _, token = accounts.invite(None, "ana@x.edu", "Ana", "resident", "im")
    secret = accounts.accept(token, "seven quiet green otters")
    file = tmp_path / "kept here.dump"

    def follow(step: Callable[[], object]) -> None:
        with pytest.raises(StoreError, match="PostgreSQL server; use its own program") as caught:
            step()
        program, *words = shlex.split(str(caught.value).split("stopped: ")[1])
        subprocess.run([postgres_server.programs / program, *words], check=True)

    follow(lambda: backup(on_server, file))
    served.add_turn(ENCOUNTER.id, turn(3))
    served.engine.dispose()
    follow(lambda: restore(on_server, file))
    assert check(on_server) == (HELD, [])
    assert accounts.session(secret) is None
    with pytest.raises(Exception, match="never changed"):
        outside.run(on_server, "DELETE FROM turn")


def test_check_names_what_was_changed_on_a_server(served: Repository, on_server: SecretStr) -> None:
    PeopleStore(served.engine).record(Deed("ana", "exported a report"), NOON)
    assert check(on_server) == (HELD, [])
    outside.forge(on_server, "turn", """UPDATE turn SET trace = '{"colour": 1}' WHERE seq = 2""")
    outside.forge(on_server, "log", "UPDATE log SET who = 'ben'")
    held, faults = check(on_server)
    assert held == HELD
    assert faults == [
        "encounter e1, turn 2: its trace cannot be read by this version",
        "audit log: line 1 was changed, or one before it was taken out",
    ]


def test_check_of_a_server_s_database_that_holds_nothing_of_ours_is_a_sentence(
    postgres_server: Server,
) -> None:
    name = postgres_server.empty()
    with pytest.raises(StoreError, match=f"/{name}.* holds nothing of this program's"):
        check(SecretStr(postgres_server.url(name)))
    query = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgres_server.run(query, name) == [[0]], "looking makes nothing"
    postgres_server.drop(name)


def test_the_commands_speak_of_the_server(
    served: Repository,
    on_server: SecretStr,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VSP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VSP_DATABASE_URL", on_server.get_secret_value())
    assert main(["check"]) == 0
    assert f"{served.name}: {HELD}, 0 fault(s)" in capsys.readouterr().err
    assert main(["backup", "x.dump"]) == 2
    assert f"--file=x.dump '{served.name}'" in capsys.readouterr().err
    assert main(["accounts", "list"]) == 0
    assert list(tmp_path.iterdir()) == [], "nothing is put into the folder instead"
