"""A whole store copied into an empty other one: from a SQLite file to a server, or back.

All or nothing: what arrives is counted, compared and its audit log's seals are looked at before it
is stored. Sessions and tokens stay behind, as they do in a backup: nobody comes back in by one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Table, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from simulator.errors import StoreError
from simulator.store import migrations
from simulator.store.database import connect, store_error
from simulator.store.engines import Place, engine_at, name_of
from simulator.store.soundness import check, unsealed
from simulator.store.tables import Base

LEFT = ("session", "token")
AT_A_TIME = 200  # rows


def move(source: Place, target: Place) -> str:
    """Copy all that one store holds into another, which is empty; the first stays as it is.

    While it is copied nobody writes to either. The program should be stopped all the same: what it
    stored afterwards would be in the first alone.

    Returns:
        What was copied.

    Raises:
        StoreError: the first is damaged or of another version, the other is not empty, or what
            arrived is not what was sent.
    """
    _look_at(source)
    _be_empty(target)
    made = connect(target)
    taken = engine_at(source)
    try:
        with taken.begin() as sending, made.begin() as receiving:
            for table in _tables():
                _copy(table, sending, receiving)
            _count_on(receiving)
            _compare(sending, receiving)
    except (SQLAlchemyError, OSError) as error:
        raise store_error(name_of(target), error) from None
    finally:
        taken.dispose()
        made.dispose()
    held, faults = check(target)
    if faults:
        raise StoreError(f"{name_of(target)} does not read back as it should ({faults[0]})")
    return held


def _tables() -> list[Table]:
    """What is copied, each after what it refers to."""
    return [t for t in Base.metadata.sorted_tables if t.name not in LEFT]


def _look_at(source: Place) -> None:
    name = name_of(source)
    _, faults = check(source)
    if faults:
        raise StoreError(f"{name} is not sound ({faults[0]}); nothing was copied")
    engine = engine_at(source)
    try:
        with engine.execution_options(reads_only=True).connect() as connection:
            found, newest = migrations.version(connection), migrations.steps()[0]
    except (SQLAlchemyError, OSError) as error:
        raise store_error(name, error) from None
    finally:
        engine.dispose()
    if found != newest:
        raise StoreError(
            f"{name} has version {found}, this program {newest}; start the program on it once, "
            "which brings it up to date, then copy"
        )


def _be_empty(target: Place) -> None:
    """Refuse a target that holds anything, before anything in it is touched.

    Raises:
        StoreError: it is not empty, or cannot be looked at.
    """
    if isinstance(target, Path) and not target.exists():
        return
    try:
        engine = engine_at(target)
        with engine.execution_options(reads_only=True).connect() as connection:
            there = set(inspect(connection).get_table_names())
            held = [
                t.name
                for t in Base.metadata.sorted_tables
                if t.name in there and connection.execute(select(t.c[0]).limit(1)).first()
            ]
        engine.dispose()
    except (SQLAlchemyError, OSError) as error:
        raise store_error(name_of(target), error) from None
    known = {t.name for t in Base.metadata.sorted_tables} | {"alembic_version"}
    if held or there - known:
        what = held or sorted(there - known)
        raise StoreError(
            f"{name_of(target)} is not empty (it has {', '.join(what[:3])}); nothing was copied. "
            "Name a new file or an empty database"
        )


def _rows(table: Table, connection: Connection) -> Iterator[Row[Any]]:
    """All rows, by their key, few of them in memory at once."""
    query = select(table).order_by(*table.primary_key.columns)
    yield from connection.execution_options(yield_per=AT_A_TIME).execute(query)


def _copy(table: Table, sending: Connection, receiving: Connection) -> None:
    rows = _rows(table, sending)
    while batch := [dict(row._mapping) for row in islice(rows, AT_A_TIME)]:
        receiving.execute(table.insert().values(batch))


def _count_on(receiving: Connection) -> None:
    """Have a server go on numbering where the rows that came with numbers end."""
    if receiving.dialect.name == "sqlite":
        return
    for table in _tables():
        key = table.primary_key.columns[0]
        if key.autoincrement and key.type.python_type is int:
            last = receiving.execute(select(func.max(key))).scalar()
            if last is not None:
                place = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
                receiving.execute(text(f"SELECT setval({place}, {int(last)})"))


def _compare(sending: Connection, receiving: Connection) -> None:
    """Whether what arrived is what was sent, and the audit log still sealed.

    Raises:
        StoreError: it is not.
    """
    for table in _tables():
        sent, came = (_digest(_rows(table, side)) for side in (sending, receiving))
        if sent != came:
            raise StoreError(
                f"{table.name}: {sent[0]} rows were sent and {came[0]} came, or others than these; "
                "nothing was copied"
            )

    def ask(query: str) -> Iterable[Sequence[Any]]:
        return receiving.execute(text(query))

    broken = unsealed(ask)
    if broken:
        raise StoreError(f"The audit log did not arrive whole ({broken[0]}); nothing was copied")


def _digest(rows: Iterable[Row[Any]]) -> tuple[int, str]:
    """How many rows there are, and what tells them from others."""
    number, seen = 0, hashlib.sha256()
    for row in rows:
        number += 1
        seen.update(json.dumps([_plain(value) for value in row], sort_keys=True).encode())
    return number, seen.hexdigest()


def _plain(value: Any) -> Any:
    """A value alike in both; a server cannot hold NUL and has a sign in its place."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_plain(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value
