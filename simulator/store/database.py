"""The database: opened where it lies, made or brought up to date, its rows guarded on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from simulator.errors import StoreError
from simulator.store import migrations, postgres
from simulator.store.engines import Place, engine_at, name_of
from simulator.store.tables import APPEND_ONLY

REFUSE = """
CREATE OR REPLACE FUNCTION never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def connect(place: Place) -> Engine:
    """An engine on a database, made with its tables where it is not there yet.

    Args:
        place: a SQLite file, or the address of a PostgreSQL database.

    Raises:
        StoreError: it cannot be made, opened or understood.
    """
    try:
        if isinstance(place, Path):
            place.parent.mkdir(parents=True, exist_ok=True)
        engine = engine_at(place)
    except OSError as error:
        raise store_error(name_of(place), error) from None
    try:
        with engine.execution_options(rebuilds=True).begin() as connection:
            _bring_up_to_date(connection, name_of(place))
            _guard(connection)
        engine.dispose()  # what follows begins on connections that look after references
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        raise store_error(name_of(place), error) from None
    except StoreError:
        engine.dispose()
        raise
    return engine


def _bring_up_to_date(connection: Connection, name: str) -> None:
    found, newest = migrations.version(connection), migrations.steps()[0]
    if not migrations.is_known(found):
        elsewhere = (
            "VSP_DATA_DIR to another folder"
            if connection.dialect.name == "sqlite"
            else "VSP_DATABASE_URL to another database"
        )
        raise StoreError(
            f"The database {name} has version {found}, this program {newest}; "
            f"run the program version that made it, or set {elsewhere}"
        )
    if found != newest:
        migrations.upgrade(connection)


def _guard(connection: Connection) -> None:
    """Have the database itself refuse to change what is never changed, where it does not yet."""
    there = inspect(connection).get_table_names()
    tables = [table for table in APPEND_ONLY if table in there]
    if connection.dialect.name == "sqlite":
        for table in tables:
            for change in ("UPDATE", "DELETE"):
                connection.execute(text(_guard_in_file(table, change)))
        return
    query = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'never_changed'"
    guarded = set(connection.exec_driver_sql(query).scalars())
    lacking = [table for table in tables if table not in guarded]
    if lacking:
        connection.exec_driver_sql(REFUSE)
    for table in lacking:
        connection.exec_driver_sql(
            f"CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION never_changed()"
        )


def _guard_in_file(table: str, change: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are never changed'); END"
    )


@contextmanager
def lifted(session: Session, tables: Sequence[str]) -> Iterator[None]:
    """Let one transaction change rows of these tables that are never changed otherwise.

    Once it is stored the database refuses again; taken back, it never did otherwise.
    """
    connection = session.connection()
    in_file = connection.dialect.name == "sqlite"
    for table in tables:
        for change in ("update", "delete") if in_file else ():
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{change}")
        if not in_file:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER never_changed")
    yield
    session.flush()
    if in_file:
        _guard(connection)
    for table in () if in_file else tables:
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER never_changed")


def store_error(database: object, error: Exception) -> StoreError:
    """What a user is told of a database that cannot be used; the values of no row are in it."""
    told = error if isinstance(error, OSError) else getattr(error, "orig", None)
    whole = postgres.reason(told) or type(error).__name__
    reason, server = whole.splitlines()[0], str(database).startswith("postgresql:")
    return StoreError(
        f"The database {database} cannot be used ({reason}). This step was not stored; "
        + (
            "check that the server runs and lets this program in, then try again"
            if server
            else "check the file, its folder's permissions and the free space, then try again"
        )
    )


def identity(database: str | None) -> tuple[int, int]:
    """What tells a file from another that took its place."""
    try:
        found = os.stat(database or "")
    except OSError as error:
        raise store_error(database, error) from None
    return found.st_dev, found.st_ino


class Kept:
    """Rows of one database; every read and every write is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.name = name_of(engine.url)
        self._reader = engine.execution_options(reads_only=True)
        self._beside = engine.execution_options(beside=True)
        self._in_file = engine.dialect.name == "sqlite"
        self._file = identity(engine.url.database) if self._in_file else None

    @contextmanager
    def _session(self, reads_only: bool = False, beside: bool = False) -> Iterator[Session]:
        """One transaction.

        Args:
            reads_only: it reads one picture of the database. beside: it may write while others do,
                because a single statement or a UNIQUE constraint does what has to hold.
        """
        engine = self._reader if reads_only else self._beside if beside else self.engine
        self._check_there()
        try:
            with Session(engine) as session, session.begin():
                yield session
        except (SQLAlchemyError, OSError) as error:
            raise store_error(self.name, error) from None

    def _check_there(self) -> None:
        """Notice a file that was deleted: SQLite would go on writing into nothing."""
        if self._file is not None and identity(self.engine.url.database) != self._file:
            raise StoreError(
                f"The database {self.name} was replaced while the program runs. This step was not "
                "stored; restart the program"
            )
