"""Engines: SQLite in a file with full sync, or a PostgreSQL server that an address names.

What is read is one picture of the database, and what is written holds the only right to write
until it is stored: SQLite by BEGIN IMMEDIATE, PostgreSQL by an advisory lock. So what was looked up
before a write still holds when it is written, whichever process asks. A write that needs no such
care, since one statement or a UNIQUE constraint does it, may go `beside` the others.
"""

from __future__ import annotations

import json
import re
import ssl
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, IntegrityError

from simulator.errors import StoreError

Place = Path | SecretStr  # a SQLite file, or the address of a PostgreSQL database with its password

BUSY_S = 5  # how long a write waits for another
SILENT_S = 30  # how long a server may say nothing at all
WRITING = 0x62656473696465  # the advisory lock of those who write: "bedside"
LIKE = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
KNOWN = ("sslmode", "sslrootcert", "host")
GONE = ("57P01", "57P02", "57P03")  # a server that shuts down, was killed, or is not up yet
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


def engine_at(place: Place) -> Engine:
    """An engine on a place; nothing is opened yet.

    Raises:
        StoreError: the address cannot be used.
        OSError: its certificate cannot be read.
    """
    return _server(place) if isinstance(place, SecretStr) else _file(place)


def name_of(place: Place | URL) -> str:
    """What a person is told of a place: never its password."""
    if isinstance(place, Path):
        return str(place)
    url = parsed(place) if isinstance(place, SecretStr) else place
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return str(
        URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    )


def parsed(address: SecretStr) -> URL:
    """An address, read; whatever is wrong with it, the address itself is not repeated.

    Raises:
        StoreError: it is no address of a PostgreSQL database.
    """
    try:
        url = make_url(address.get_secret_value().strip())
        if "@" in f"{url.host}{url.database}":
            raise ValueError("the end of a password was taken for a host or a database")
    except (ArgumentError, ValueError):
        raise StoreError(
            f"VSP_DATABASE_URL cannot be read; it looks like {LIKE}, where letters such as "
            "@ : / in the password are written %40 %3A %2F"
        ) from None
    if url.drivername not in ("postgres", "postgresql", "postgresql+pg8000"):
        raise StoreError(
            f"VSP_DATABASE_URL begins with {url.drivername!r}; only {LIKE} can be used. "
            "For SQLite leave it unset and set VSP_DATA_DIR"
        )
    if not url.username or not url.database:
        missing = "DATABASE" if url.username else "USER"
        raise StoreError(f"VSP_DATABASE_URL names no {missing}; it looks like {LIKE}")
    unknown = sorted(set(url.query) - set(KNOWN))
    if unknown:
        raise StoreError(
            f"VSP_DATABASE_URL has {unknown[0]!r} after its '?'; only {', '.join(KNOWN)} are known"
        )
    return url.set(drivername="postgresql+pg8000")


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
    reads = connection.get_execution_options().get("reads_only", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _server(address: SecretStr) -> Engine:
    url = parsed(address)
    engine = create_engine(
        url,
        connect_args={
            "timeout": SILENT_S,
            "application_name": "bedside",
            "ssl_context": _encryption(_option(url, "sslmode"), _option(url, "sslrootcert")),
            **_socket(_option(url, "host"), url.port),
        },
        pool_pre_ping=True,
        json_serializer=_as_json,
        hide_parameters=True,
    )
    event.listen(engine, "do_connect", _forget_words)
    event.listen(engine, "connect", _open_on_server)
    event.listen(engine, "begin", _begin_on_server)
    event.listen(engine, "before_cursor_execute", _drop_nul, retval=True)
    event.listen(engine, "handle_error", _name_error)
    return engine


def _option(url: URL, name: str) -> str:
    value = url.query.get(name, "")
    return value if isinstance(value, str) else value[-1]


def _encryption(mode: str, certificate: str) -> ssl.SSLContext | bool | None:
    """What pg8000 is told for the words that PostgreSQL's own programs know."""
    known: dict[str, bool | None] = {"": None, "prefer": None, "disable": False, "require": True}
    if mode in known:
        return known[mode]
    if mode not in ("verify-ca", "verify-full"):
        raise StoreError(
            f"VSP_DATABASE_URL has sslmode={mode!r}, which is not one of disable, prefer, require, "
            "verify-ca, verify-full"
        )
    context = ssl.create_default_context(cafile=certificate or None)
    context.check_hostname = mode == "verify-full"
    return context


def _forget_words(_: Any, __: Any, ___: Any, options: dict[str, Any]) -> None:
    """Leave out the words that pg8000 does not know; it was told in its own."""
    options.pop("sslmode", None)
    options.pop("sslrootcert", None)


def _socket(folder: str, port: int | None) -> dict[str, Any]:
    """A server on this machine may be reached by the folder of its socket."""
    if not folder.startswith("/"):
        return {}
    return {"unix_sock": f"{folder}/.s.PGSQL.{port or 5432}", "ssl_context": False}


def _as_json(value: Any) -> str:
    """JSON without the NUL that PostgreSQL cannot hold."""
    return NUL.sub(r"\1\\ufffd", json.dumps(value))


def _drop_nul(
    _: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool
) -> tuple[str, Any]:
    """Texts without it; SQLite holds it, and a browser may send it."""
    rows = parameters if many else [parameters]
    if not any(isinstance(v, str) and "\0" in v for row in rows for v in row):
        return statement, parameters
    kept = [
        tuple(v.replace("\0", "\ufffd") if isinstance(v, str) else v for v in row) for row in rows
    ]
    return statement, kept if many else kept[0]


def _open_on_server(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{BUSY_S}s'")
    cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
    cursor.close()
    connection.commit()


def _begin_on_server(connection: Any) -> None:
    options = connection.get_execution_options()
    if options.get("reads_only", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    elif not options.get("beside", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITING})")


def _name_error(context: ExceptionContext) -> IntegrityError | None:
    """Tell what breaks a rule of the tables, and a server that went away, by PostgreSQL's codes."""
    said = context.original_exception.args[:1]
    code = said[0].get("C", "") if said and isinstance(said[0], dict) else ""
    if code in GONE:
        context.is_disconnect = True
    if not code.startswith("23"):
        return None
    return IntegrityError(context.statement, None, context.original_exception, hide_parameters=True)
