"""The steps that bring a database up to date: they end where the tables stand, and lose nothing."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.operations.ops import UpgradeOps
from pydantic import SecretStr

from simulator.errors import StoreError
from simulator.store import migrations
from simulator.store.backup import backup, restore
from simulator.store.database import connect
from simulator.store.engines import Place
from simulator.store.repository import Repository
from simulator.store.soundness import check
from simulator.store.tables import APPEND_ONLY, NAMES, Base, UtcDateTime
from tests import outside
from tests.postgres import Server
from tests.store.older import OLD, leave
from tests.store.records import ENCOUNTER, NOON, turn

HELD = "1 encounters, 1 turns, 0 reports"
NEWEST = migrations.steps()[0]


def lacking(place: Place, tables: sa.MetaData = Base.metadata) -> str:
    """The step that is missing between a database and the tables, as code; '' if none is."""
    engine = connect(place)
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        step = produce_migrations(context, tables).upgrade_ops
    engine.dispose()
    assert isinstance(step, UpgradeOps)
    if step.is_empty():
        return ""
    return render_python_code(step, render_as_batch=True, render_item=plain)


def plain(_: str, item: object, __: object) -> str | Literal[False]:
    """A step names no type of ours, which may change after it."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UtcDateTime) else False


def shape(path: Path) -> dict[str, Any]:
    """What a file's tables are made of; older ones gave their constraints no names."""
    engine = connect(path)
    found = sa.inspect(engine)
    made = {
        table: (
            {
                (c["name"], c["type"]._type_affinity, c["nullable"])
                for c in found.get_columns(table)
            },
            found.get_pk_constraint(table)["constrained_columns"],
            {
                (*k["constrained_columns"], k["referred_table"])
                for k in found.get_foreign_keys(table)
            },
            {tuple(u["column_names"]) for u in found.get_unique_constraints(table)},
            {(i["name"], *i["column_names"]) for i in found.get_indexes(table)},
        )
        for table in found.get_table_names()
    }
    engine.dispose()
    return made


@pytest.fixture(params=OLD, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file as an older program left it: an encounter with a turn."""
    path = tmp_path / "encounters.sqlite3"
    leave(request.param, path)
    return path


def test_the_steps_lead_to_the_tables_as_they_are(place: Place) -> None:
    missing = lacking(place)
    assert not missing, f"write a new step, see simulator/store/migrations:\n\n{missing}"


def test_a_table_without_a_step_is_told_as_the_code_of_the_step(place: Place) -> None:
    more = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        table.to_metadata(more)
    sa.Table("seminar", more, sa.Column("at", UtcDateTime, primary_key=True))
    code = lacking(place, more)
    assert "op.create_table('seminar'" in code
    assert "sa.Column('at', sa.DateTime(timezone=True), nullable=False)" in code


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_holds(old: Path) -> None:
    for _ in range(2):  # opened a second time it is as good
        store = Repository(connect(old))
        assert store.get("e1", "ana") == replace(ENCOUNTER, turns=(turn(1),))
        store.engine.dispose()
    assert check(old) == (HELD, [])


def test_an_older_file_gets_the_tables_of_a_new_one(old: Path, tmp_path: Path) -> None:
    assert shape(old) == shape(tmp_path / "new.sqlite3")


def test_an_older_file_gets_its_rows_guarded(old: Path) -> None:
    connect(old).dispose()
    with closing(sqlite3.connect(old)) as opened:
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        names = {row[0] for row in opened.execute(query)}
    assert names == {f"{t}_no_{change}" for t in APPEND_ONLY for change in ("update", "delete")}


def test_a_backup_of_an_older_program_is_restored_and_then_brought_up_to_date(
    old: Path, tmp_path: Path
) -> None:
    place = tmp_path / "new" / "encounters.sqlite3"
    assert restore(place, old) == (HELD, None)
    store = Repository(connect(place))
    store.add_report("e1", {"score": 1}, NOON)
    store.engine.dispose()
    assert backup(place, tmp_path / "kept") == "1 encounters, 1 turns, 1 reports"


def test_a_guard_that_was_taken_away_comes_back_at_the_next_opening(old: Path) -> None:
    connect(old).dispose()
    with closing(sqlite3.connect(old)) as opened:
        opened.execute("DROP TRIGGER turn_no_delete")
    connect(old).dispose()
    with (
        closing(sqlite3.connect(old)) as opened,
        pytest.raises(sqlite3.IntegrityError, match="never changed"),
    ):
        opened.execute("DELETE FROM turn")


def test_a_step_may_write_tables_anew_that_others_refer_to_and_that_are_guarded(
    old: Path,
) -> None:
    engine = connect(old)
    with engine.execution_options(rebuilds=True).begin() as connection:
        step = Operations(MigrationContext.configure(connection))
        for table, column in (("encounter", "mode"), ("turn", "client_turn_id")):
            with step.batch_alter_table(table, naming_convention=NAMES) as batch:
                batch.alter_column(column, type_=sa.String(99))
    engine.dispose()
    store = Repository(connect(old))
    assert store.get("e1", "ana") == replace(ENCOUNTER, turns=(turn(1),))
    with pytest.raises(StoreError, match="FOREIGN KEY"):
        store.add_report("nobody's", {}, NOON)
    store.engine.dispose()
    assert check(old) == (HELD, [])
    with pytest.raises(sqlite3.IntegrityError, match="turn rows are never changed"):
        outside.run(old, "DELETE FROM turn")


ASTRAY = "INSERT INTO orders VALUES (1, 'e9', 'test', 'CRP', '4', 0, '2026-01-01')"


def test_a_step_that_would_leave_rows_astray_is_not_taken(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bad_step(config: Config, _: str) -> None:
        config.attributes["connection"].exec_driver_sql(ASTRAY)

    before = outside.run(old, "SELECT name FROM sqlite_master ORDER BY name")
    monkeypatch.setattr(migrations.command, "upgrade", bad_step)
    with pytest.raises(StoreError, match="orders 1 would belong to no encounter; it is left"):
        connect(old)
    assert outside.run(old, "SELECT name FROM sqlite_master ORDER BY name") == before
    assert outside.run(old, "SELECT count(*) FROM orders") == [(0,)]


def test_a_file_that_was_tampered_with_before_opens_as_it_did(old: Path) -> None:
    outside.run(old, ASTRAY)
    store = Repository(connect(old))
    assert store.get("e1", "ana").turns == (turn(1),)
    store.engine.dispose()
    assert check(old) == (HELD, ["orders 1: belongs to no encounter"])


def test_a_program_from_before_the_steps_refuses_a_file_that_went_through_them(old: Path) -> None:
    connect(old).dispose()
    with closing(sqlite3.connect(old)) as opened:
        (number,) = opened.execute("PRAGMA user_version").fetchone()
    assert number not in migrations.BEFORE


@pytest.mark.parametrize("version", [6, 99, -1])
def test_a_file_of_another_version_is_refused_and_left_as_it_is(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "encounters.sqlite3"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE theirs (id)")
        database.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(StoreError, match=f"has version {version}, this program {NEWEST}"):
        connect(path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (version,)
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        assert tables == [("theirs",)]


@pytest.mark.parametrize("version", ["9999", "5c1f", ""])
def test_a_server_s_database_of_another_version_is_refused_and_left_as_it_is(
    postgres_server: Server, version: str
) -> None:
    name = postgres_server.empty()
    postgres_server.run("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL)", name)
    postgres_server.run(f"INSERT INTO alembic_version VALUES ('{version}')", name)  # noqa: S608 - our own
    with pytest.raises(
        StoreError, match=f"has version {version}, this program {NEWEST}.*VSP_DATABASE_URL"
    ):
        connect(SecretStr(postgres_server.url(name)))
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgres_server.run(query, name) == [["alembic_version"]]
    postgres_server.drop(name)


def test_two_programs_that_start_at_once_make_the_tables_once(postgres_server: Server) -> None:
    name = postgres_server.empty()
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(connect, [SecretStr(postgres_server.url(name))] * 4))
    for engine in engines:
        engine.dispose()
    assert postgres_server.run("SELECT version_num FROM alembic_version", name) == [[NEWEST]]
    postgres_server.drop(name)
