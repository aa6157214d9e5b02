"""The database: a SQLite file in WAL mode with full sync, made or brought up to date on opening."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from simulator.errors import StoreError
from simulator.store.tables import (
    ADDED,
    APPEND_ONLY,
    READABLE,
    SCHEMA_VERSION,
    Base,
    EncounterRow,
)


def connect(database: Path) -> Engine:
    """An engine on a SQLite file, made with its tables where it is not there yet.

    Raises:
        StoreError: the file cannot be made, opened or understood.
    """
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            f"sqlite:///{database}", connect_args={"timeout": 5}, hide_parameters=True
        )
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        with engine.begin() as connection:
            version = connection.execute(text("PRAGMA user_version")).scalar_one()
            if version not in READABLE:
                raise StoreError(
                    f"The database {database} has version {version}, "
                    f"this program {SCHEMA_VERSION}; "
                    "run the program version that made it, or set VSP_DATA_DIR to another folder"
                )
            Base.metadata.create_all(connection)
            _add_columns(connection)
            for table in APPEND_ONLY:
                for change in ("UPDATE", "DELETE"):
                    connection.execute(text(_trigger(table, change)))
            connection.execute(text(f"PRAGMA user_version = {SCHEMA_VERSION}"))
    except (SQLAlchemyError, OSError) as error:
        raise store_error(database, error) from None
    return engine


def _add_columns(connection: Connection) -> None:
    """Give an older version's encounters the columns that they lack."""
    table = EncounterRow.__tablename__
    known = {row[1] for row in connection.execute(text(f"PRAGMA table_info({table})"))}
    for column, kind in ADDED.items():
        if column not in known:
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column} {kind}"))


def _configure(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _trigger(table: str, change: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} rows are never changed'); END"
    )


def store_error(database: object, error: Exception) -> StoreError:
    """What a user is told of a database that cannot be used."""
    reason = error if isinstance(error, OSError) else getattr(error, "orig", None)
    reason = str(reason or type(error).__name__).splitlines()[0]
    return StoreError(
        f"The database {database} cannot be used ({reason}). This step was not stored; "
        "check the file, its folder's permissions and the free space, then try again"
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
        self._reader = engine.execution_options(reads_only=True)
        self._file = identity(engine.url.database)

    @contextmanager
    def _session(self, reads_only: bool = False) -> Iterator[Session]:
        engine = self._reader if reads_only else self.engine
        self._check_there()
        try:
            with Session(engine) as session, session.begin():
                yield session
        except SQLAlchemyError as error:
            raise store_error(self.engine.url.database, error) from None

    def _check_there(self) -> None:
        """Notice a file that was deleted: SQLite would go on writing into nothing."""
        database = self.engine.url.database
        if identity(database) != self._file:
            raise StoreError(
                f"The database {database} was replaced while the program runs. This step was not "
                "stored; restart the program"
            )
