"""Where a store lies: a file or a server's address, whose password nobody ever reads again."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from simulator.doctor import examine_store
from simulator.encounter.phases import Phase
from simulator.errors import SimulatorError, StoreError
from simulator.settings import Settings
from simulator.store import engines, postgres
from simulator.store.backup import backup
from simulator.store.database import connect
from simulator.store.engines import engine_at, name_of
from simulator.store.postgres import parsed
from simulator.store.repository import Repository
from simulator.store.soundness import check
from tests import outside
from tests.postgres import Server
from tests.store.records import ENCOUNTER, turn

SECRET = "hush-hush"  # noqa: S105 - nobody's
NOBODY_THERE = SecretStr(f"postgresql://bedside:{SECRET}@127.0.0.1:1/bedside")


@pytest.fixture
def store(on_server: SecretStr) -> Iterator[Repository]:
    repository = Repository(connect(on_server))
    repository.add(ENCOUNTER)
    yield repository
    repository.engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+pg8000"])
def test_every_usual_spelling_of_an_address_is_read(scheme: str) -> None:
    url = parsed(SecretStr(f" {scheme}://ana:p%40ss@db.example.edu:6432/bedside?sslmode=require\n"))
    assert (url.drivername, url.username, url.password) == ("postgresql+bedside", "ana", "p@ss")
    assert (url.host, url.port, url.database) == ("db.example.edu", 6432, "bedside")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"nonsense {SECRET}", "cannot be read; it looks like postgresql://USER"),
        (f"postgresql://ana:a@{SECRET}@host/bedside", "written %40 %3A %2F"),
        (f"postgresql://ana:a@b:{SECRET}@host/bedside", "written %40 %3A %2F"),
        (f"postgresql://ana:a@b/{SECRET}@host/bedside", "written %40 %3A %2F"),
        (f"mysql://ana:{SECRET}@host/bedside", "begins with 'mysql'; only postgresql://USER"),
        (f"sqlite:///{SECRET}", "begins with 'sqlite'.*VSP_DATA_DIR"),
        (f"postgresql://ana:{SECRET}@host", "names no DATABASE"),
        (f"postgresql://:{SECRET}@host/bedside", "names no USER"),
        (f"postgresql://ana@host/bedside?password={SECRET}", "has 'password' after its"),
        (f"postgresql://ana:{SECRET}@host/bedside?sslmode=on", "sslmode='on', which is not one of"),
        (
            f"postgresql://ana:{SECRET}@127.0.0.1:1/bedside",
            "host 127.0.0.1 and port 1 .*: Connection refused.*server runs",
        ),
        (
            f"postgresql://ana:{SECRET}@127.0.0.1/bedside?sslmode=verify-full&sslrootcert=/no/file",
            "No such file",
        ),
    ],
)
def test_an_address_that_cannot_be_used_is_a_sentence_without_the_password(
    address: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreError, match=said) as caught:
        connect(SecretStr(address))
    told = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert SECRET not in told
    assert "\n" not in str(caught.value)


def test_a_password_is_in_nothing_that_is_printed(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=NOBODY_THERE)
    printed = [repr(settings), str(settings), name_of(settings.store), str(examine_store(settings))]
    printed += [repr(engine_at(NOBODY_THERE)), name_of(engine_at(NOBODY_THERE).url)]
    failing: list[Callable[[], object]] = [
        lambda: connect(settings.store),
        lambda: check(settings.store),
        lambda: backup(settings.store, tmp_path / "kept"),
    ]
    for step in failing:
        with pytest.raises(SimulatorError) as caught:
            step()
        printed.append(str(caught.value))
    assert not [line for line in printed if SECRET in line]
    assert all("postgresql://bedside@127.0.0.1:1/bedside" in line for line in printed[2:4])


def test_without_an_address_everything_stays_in_the_file_of_the_data_folder(tmp_path: Path) -> None:
    for address in ("", "  "):
        settings = Settings(data_dir=tmp_path, database_url=SecretStr(address))
        assert settings.store == settings.database == tmp_path / "encounters.sqlite3"


def test_a_password_with_signs_in_it_gets_in_and_a_wrong_one_does_not(
    postgres_server: Server, on_server: SecretStr
) -> None:
    database = str(parsed(on_server).database)
    postgres_server.run("CREATE ROLE guarded LOGIN SUPERUSER PASSWORD 'p@s:s/wörd%'")
    try:
        right = postgres_server.url(database).replace(
            "bedside@", "guarded:p%40s%3As%2Fw%C3%B6rd%25@"
        )
        connect(SecretStr(right)).dispose()
        wrong = postgres_server.url(database).replace("bedside@", f"guarded:{SECRET}@")
        with pytest.raises(StoreError, match="password authentication failed") as caught:
            connect(SecretStr(wrong))
        assert SECRET not in str(caught.value)
    finally:
        postgres_server.run("DROP ROLE guarded")


def test_a_server_that_cannot_encrypt_is_not_spoken_to_where_encryption_is_asked_for() -> None:
    known = {"": None, "prefer": None, "disable": False, "require": True}
    assert {mode: postgres._encryption(mode, "") for mode in known} == known
    full, authority = postgres._encryption("verify-full", ""), postgres._encryption("verify-ca", "")
    assert not isinstance(full, bool | None) and full.check_hostname
    assert not isinstance(authority, bool | None) and not authority.check_hostname


def test_a_nul_in_what_is_typed_does_not_lose_the_rest(store: Repository) -> None:
    note = ENCOUNTER.note.model_copy(update={"history": "before\0after, and a typed \\u0000"})
    store.update(replace(ENCOUNTER, pad="be\0fore", note=note), Phase.INTERVIEW)
    found = store.get("e1", "ana")
    assert found.pad == "be\ufffdfore"
    assert found.note.history == "before\ufffdafter, and a typed \\u0000"


def test_connections_that_the_server_ended_are_made_anew(
    store: Repository, postgres_server: Server
) -> None:
    store.add_turn("e1", turn(1))
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bedside'"
    )
    assert postgres_server.run(query)
    assert store.get("e1", "ana").turns == (turn(1),)
    postgres_server.run(query)
    assert store.add_turn("e1", turn(2)) == turn(2)


def test_a_database_that_is_gone_is_a_sentence(store: Repository, postgres_server: Server) -> None:
    database = str(store.engine.url.database)
    postgres_server.drop(database)
    try:
        for step in (store.check_readable, store.check_writable):
            with pytest.raises(StoreError, match=f'"{database}" does not exist.*server runs'):
                step()
    finally:
        postgres_server.run(f"CREATE DATABASE {database}")


def test_a_server_that_lets_nothing_be_written_says_so_when_asked(
    store: Repository, postgres_server: Server, on_server: SecretStr, tmp_path: Path
) -> None:
    store.check_writable()
    store.engine.dispose()
    postgres_server.run(
        f"ALTER DATABASE {store.engine.url.database} SET default_transaction_read_only = on"
    )
    store.check_readable()
    with pytest.raises(StoreError, match="read-only transaction"):
        store.check_writable()
    finding = examine_store(Settings(data_dir=tmp_path, database_url=on_server))
    assert not finding.well and "read-only transaction" in finding.says


def test_a_store_that_another_program_holds_can_be_read_and_else_is_a_sentence(
    on_server: SecretStr, postgres_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_S", 1)
    store = Repository(connect(on_server))
    store.add(ENCOUNTER)
    other = postgres_server.connection(str(store.engine.url.database))
    other.run(f"SELECT pg_advisory_lock({postgres.WRITING})")
    assert store.get("e1", "ana") == ENCOUNTER
    with pytest.raises(StoreError, match="lock timeout.*was not stored"):
        store.add_report("e1", {}, ENCOUNTER.created_at)
    other.close()
    store.add_report("e1", {}, ENCOUNTER.created_at)
    store.engine.dispose()


def test_no_statement_empties_a_guarded_table(store: Repository, on_server: SecretStr) -> None:
    store.add_turn("e1", turn(1))
    for statement in ("TRUNCATE turn", "TRUNCATE encounter CASCADE"):
        with pytest.raises(Exception, match="rows are never changed"):
            outside.run(on_server, statement)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM turn")).scalar_one() == 1


@pytest.mark.parametrize("there", [False, True])
def test_the_doctor_says_where_the_store_is_and_makes_none(tmp_path: Path, there: bool) -> None:
    settings = Settings(data_dir=tmp_path)
    if there:
        connect(settings.store).dispose()
    finding = examine_store(settings)
    says = "can be read and written" if there else "is made when the program starts"
    assert finding.well and says in finding.says and str(settings.database) in finding.says
    assert settings.database.exists() is there
