"""Files as older programs left them; those of `old/` are what they made of an empty file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import dialect

from simulator.settings import ROOT
from simulator.store.rows import row_of, turn_row
from simulator.store.tables import Base
from tests.store.records import ENCOUNTER, turn

OLD = sorted((ROOT / "tests" / "store" / "old").glob("*.sql"))


def leave(version: Path, path: Path) -> None:
    """Make a file as a version left it: an encounter with a turn."""
    with closing(sqlite3.connect(path)) as opened, opened:
        opened.executescript(version.read_text(encoding="utf-8"))
        _insert(opened, row_of(ENCOUNTER))
        _insert(opened, turn_row(ENCOUNTER.id, turn(1)))


def _insert(opened: sqlite3.Connection, row: Base) -> None:
    """Add a row in those columns that the file has."""
    table = row.__table__
    assert isinstance(table, Table)
    known = {column[1] for column in opened.execute(f"PRAGMA table_info({table.name})")}
    values = {}
    for column in table.columns:
        if column.name in known and column.name in row.__dict__:
            process = column.type.bind_processor(dialect())
            value = getattr(row, column.name)
            values[column.name] = process(value) if process else value
    names, marks = ", ".join(values), ", ".join("?" for _ in values)
    opened.execute(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", [*values.values()])  # noqa: S608 - our own names
