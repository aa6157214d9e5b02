"""Engines: SQLite in a file with full sync, or a PostgreSQL server that an address names.

What is read is one picture of the database, and what is written holds the only right to write
until it is stored: SQLite by BEGIN IMMEDIATE, PostgreSQL by an advisory lock. So what was looked up
before a write still holds when it is written, whichever process asks. A write that needs no such
care, since one statement or a UNIQUE constraint does it, may go `beside` the others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, event

from simulator.store import postgres

Place = Path | SecretStr  # a SQLite file, or the address of a PostgreSQL database with its password

BUSY_S = 5  # how long a write waits for another


def engine_at(place: Place) -> Engine:
    """An engine on a place; nothing is opened yet.

    Raises:
        StoreError: the address cannot be used.
        OSError: its certificate cannot be read.
    """
    return postgres.engine(place, BUSY_S) if isinstance(place, SecretStr) else _file(place)


def name_of(place: Place | URL) -> str:
    """What a person is told of a place: never its password."""
    if isinstance(place, Path):
        return str(place)
    url = postgres.parsed(place) if isinstance(place, SecretStr) else place
    return str(url.database) if url.get_backend_name() == "sqlite" else postgres.name_of(url)


def _file(database: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{database}", connect_args={"timeout": BUSY_S}, hide_parameters=True
    )
    event.listen(engine, "connect", _open_file)
    event.listen(engine, "begin", _begin_in_file)
    return engine


def _open_file(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=5000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_in_file(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("rebuilds", False):  # a table that others refer to may be written anew
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    reads = options.get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
