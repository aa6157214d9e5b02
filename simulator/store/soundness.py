"""Whether what is stored is sound and can be read by this version; looking changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from simulator.accounts import ledger
from simulator.errors import StoreError, TraceUnreadable
from simulator.patient.trace import read_trace
from simulator.scripts.schema import PatientScript
from simulator.store import migrations
from simulator.store.database import store_error
from simulator.store.engines import BUSY_S, Place, engine_at, name_of

Ask = Callable[[str], Iterable[Sequence[Any]]]
AT_A_TIME = 500  # rows that are read at once from a server


def check(place: Place) -> tuple[str, list[str]]:
    """What the store holds, and a line for each thing in it that is damaged or cannot be read.

    Raises:
        StoreError: there is no database, or it is none.
    """
    return _check_server(place) if isinstance(place, SecretStr) else _check_file(place)


def opened_file(path: Path) -> sqlite3.Connection:
    """A SQLite file as it is, neither made nor brought up to date."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_S)


def has(opened: sqlite3.Connection, table: str) -> bool:
    """Whether a file has a table."""
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
    return bool(opened.execute(query, (table,)).fetchone()[0])


def _check_file(database: Path) -> tuple[str, list[str]]:
    if not database.is_file():
        raise StoreError(f"There is no database {database}; it is made when the program starts")
    try:
        with closing(opened_file(database)) as opened:
            found = [str(row[0]) for row in opened.execute("PRAGMA integrity_check")]
            faults = [line for line in found if line != "ok"]
            for table, row, other, _ in opened.execute("PRAGMA foreign_key_check"):
                faults.append(f"{table} {row}: belongs to no {other}")
            sealed = unsealed(opened.execute) if has(opened, "log") else []
            return _counted(opened.execute), [*faults, *_unreadable(opened.execute), *sealed]
    except sqlite3.Error as error:
        raise StoreError(f"The database {database} cannot be read ({error})") from None


def _check_server(address: SecretStr) -> tuple[str, list[str]]:
    """The server keeps its rows and references sound by itself; what they say is looked at."""
    name, engine = name_of(address), engine_at(address).execution_options(reads_only=True)
    try:
        with engine.connect() as connection:
            if migrations.version(connection) not in migrations.steps():
                raise StoreError(
                    f"The database {name} holds nothing of this program's, or another version's; "
                    "its tables are made when the program starts"
                )

            def ask(query: str) -> Iterable[Sequence[Any]]:
                return connection.execute(text(query), execution_options={"yield_per": AT_A_TIME})

            return _counted(ask), [*_unreadable(ask), *unsealed(ask)]
    except (SQLAlchemyError, OSError) as error:
        raise store_error(name, error) from None
    finally:
        engine.dispose()


def _counted(ask: Ask) -> str:
    counts = [
        next(iter(ask(f"SELECT count(*) FROM {table}")))[0]  # noqa: S608 - our own names
        for table in ("encounter", "turn", "report")
    ]
    return "{} encounters, {} turns, {} reports".format(*counts)


def _unreadable(ask: Ask) -> Iterator[str]:
    for name, script in ask("SELECT id, CAST(script AS TEXT) FROM encounter ORDER BY id"):
        try:
            PatientScript.model_validate_json(script)
        except ValidationError:
            yield f"encounter {name}: its script cannot be read by this version"
    rows = ask("SELECT encounter, seq, CAST(trace AS TEXT) FROM turn ORDER BY encounter, seq")
    for name, seq, trace in rows:
        try:
            read_trace(json.loads(trace))
        except (TraceUnreadable, ValueError):
            yield f"encounter {name}, turn {seq}: its trace cannot be read by this version"


def unsealed(ask: Ask) -> list[str]:
    """What is wrong with the audit log."""
    rows = ask('SELECT id, at, who, what, "row", detail, before, seal FROM log ORDER BY id')
    return ledger.faults(
        ledger.Line(number, at, ledger.Deed(who, what, row, detail), before, seal)
        for number, at, who, what, row, detail, before, seal in rows
    )
