"""A whole store moved between the two databases: nothing lost, nothing written over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from simulator.accounts.accounts import Accounts
from simulator.cli import main
from simulator.encounter.records import Dispute
from simulator.errors import NotAllowed, StoreError
from simulator.store.database import connect
from simulator.store.engines import Place, engine_at
from simulator.store.moving import move
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.soundness import check
from simulator.store.tables import Base
from tests.accounts.conftest import GOOD
from tests.store.records import ENCOUNTER, NOON, turn

HELD = "2 encounters, 3 turns, 1 reports"
STRANGE = "Ütf-8 ✓ \0 'quoted' 100 %"


@pytest.fixture
def other(place: Place, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """An empty place of the other kind."""
    if isinstance(place, SecretStr):
        yield tmp_path / "moved" / "encounters.sqlite3"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.empty()
    yield SecretStr(server.url(name))
    server.drop(name)


@pytest.fixture
def filled(place: Place) -> Place:
    """A store with a bit of everything that people leave in it."""
    engine = connect(place)
    store, accounts = Repository(engine), Accounts(PeopleStore(engine))
    _, token = accounts.invite(None, "ana@x.edu", "Ana", "resident", "im")
    accounts.accept(token, GOOD)
    accounts.sign_in("ana@x.edu", GOOD, "here")
    store.add(ENCOUNTER)
    store.add_turn("e1", turn(1))
    store.add_turn("e1", turn(2, reply=STRANGE))
    store.add(replace(ENCOUNTER, id="e2", pad=STRANGE))
    store.add_turn("e2", turn(1))
    store.add_report("e1", {"z": 1, "a": [STRANGE, None, 0.1]}, NOON)
    store.add_dispute("e1", Dispute("onset", STRANGE, 1, NOON))
    engine.dispose()
    return place


def rows(place: Place) -> dict[str, int]:
    engine = engine_at(place)
    with engine.execution_options(reads_only=True).connect() as connection:
        tables = Base.metadata.sorted_tables
        found = {t.name: len(connection.execute(select(t)).all()) for t in tables}
    engine.dispose()
    return found


def test_all_that_is_stored_arrives_but_for_what_lets_somebody_in(
    filled: Place, other: Place
) -> None:
    before = rows(filled)
    assert move(filled, other) == HELD
    assert check(other) == (HELD, [])
    assert before["session"] == 2  # by the invitation, and by the password
    assert rows(other) == before | {"session": 0, "token": 0}
    assert rows(filled) == before
    engine = connect(other)
    turns = Repository(engine).get("e1", "ana").turns
    assert [t.trace for t in turns] == [turn(1).trace] * 2
    assert list(Repository(engine).latest_report("e1") or {}) == ["z", "a"]
    engine.dispose()


def test_what_was_moved_goes_on_where_it_was(filled: Place, other: Place) -> None:
    move(filled, other)
    engine = connect(other)
    store, accounts = Repository(engine), Accounts(PeopleStore(engine))
    store.add_turn("e1", turn(3))
    store.add_report("e2", {}, NOON)
    assert accounts.sign_in("ana@x.edu", GOOD, "there")
    with pytest.raises(NotAllowed, match="Another tab"):
        store.add_turn("e1", replace(turn(3), client_turn_id="again"))
    engine.dispose()
    assert check(other)[1] == []


def test_a_place_that_holds_anything_is_refused_and_stays_as_it_was(
    filled: Place, other: Place
) -> None:
    engine = connect(other)
    Repository(engine).add(replace(ENCOUNTER, id="theirs"))
    engine.dispose()
    with pytest.raises(StoreError, match="is not empty .it has encounter.; nothing was copied"):
        move(filled, other)
    assert rows(other)["encounter"] == 1
    with pytest.raises(StoreError, match="is not empty"):
        move(filled, filled)


def test_empty_tables_from_an_earlier_try_are_no_hindrance(filled: Place, other: Place) -> None:
    connect(other).dispose()
    assert move(filled, other) == HELD


def test_a_log_that_was_tampered_with_is_not_moved(tmp_path: Path) -> None:
    path = tmp_path / "encounters.sqlite3"
    engine = connect(path)
    Accounts(PeopleStore(engine)).invite(None, "ana@x.edu", "Ana", "resident", "im")
    engine.dispose()
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("DROP TRIGGER log_no_update")
        opened.execute("UPDATE log SET what = 'nothing at all'")
        opened.commit()
    target = tmp_path / "other.sqlite3"
    with pytest.raises(StoreError, match="is not sound"):
        move(path, target)
    assert not target.exists()


def test_a_store_of_an_older_version_is_to_be_brought_up_to_date_first(tmp_path: Path) -> None:
    path = tmp_path / "encounters.sqlite3"
    connect(path).dispose()
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("UPDATE alembic_version SET version_num = '0004'")
        opened.commit()
    with pytest.raises(StoreError, match="start the program on it once"):
        move(path, tmp_path / "other.sqlite3")


def test_a_command_moves_a_file_to_the_server_that_the_settings_name_and_back(
    tmp_path: Path,
    on_server: SecretStr,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path, back = tmp_path / "encounters.sqlite3", tmp_path / "back.sqlite3"
    store = Repository(connect(path))
    store.add(ENCOUNTER)
    store.engine.dispose()
    assert main(["move", "--from", str(path)]) == 2
    assert "Set VSP_DATABASE_URL" in capsys.readouterr().err
    monkeypatch.setenv("VSP_DATABASE_URL", on_server.get_secret_value())
    assert main(["move", "--from", str(path)]) == 0
    assert main(["move", "--to", str(back)]) == 0
    assert "1 encounters, 0 turns, 0 reports" in capsys.readouterr().out
    assert rows(back) == rows(path)
