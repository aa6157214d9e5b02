"""What another program does with a database of ours, by its own client."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

from pg8000.native import Connection
from pydantic import SecretStr

from simulator.store.engines import Place
from simulator.store.postgres import parsed

UNGUARD = {
    "sqlite": ["DROP TRIGGER {0}_no_update", "DROP TRIGGER {0}_no_delete"],
    "postgresql": ["DROP TRIGGER never_changed ON {0}"],
}


def run(place: Place, *statements: str) -> list[Any]:
    """Run statements, all or none; gives what the last one finds."""
    found: list[Any] = []
    if isinstance(place, SecretStr):
        with closing(_client(place)) as client:
            client.run("BEGIN")
            for statement in statements:
                found = client.run(statement) or []
            client.run("COMMIT")
    else:
        with closing(sqlite3.connect(place)) as opened, opened:
            for statement in statements:
                found = opened.execute(statement).fetchall()
    return [tuple(row) for row in found]


def forge(place: Place, table: str, statement: str) -> None:
    """Change rows that are guarded, as somebody who owns the database and knows how."""
    engine = "postgresql" if isinstance(place, SecretStr) else "sqlite"
    run(place, *(step.format(table) for step in UNGUARD[engine]), statement)


def _client(address: SecretStr) -> Connection:
    url = parsed(address)
    folder = url.query.get("host")
    return Connection(
        url.username or "",
        database=url.database,
        unix_sock=f"{folder}/.s.PGSQL.5432",
        ssl_context=False,
    )
