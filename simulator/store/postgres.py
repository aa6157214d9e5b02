"""PostgreSQL: its address, its sessions, and what its client says when something goes wrong."""

from __future__ import annotations

import json
import re
import ssl
from contextlib import suppress
from typing import Any

from pg8000.exceptions import Error
from pydantic import SecretStr
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, IntegrityError

from simulator.errors import StoreError

SILENT_S = 30  # how long a server may say nothing at all
WRITING = 0x62656473696465  # the advisory lock of those who write: "bedside"
LIKE = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
KNOWN = ("sslmode", "sslrootcert", "host")
GONE = ("57P01", "57P02", "57P03")  # a server that shuts down, was killed, or is not up yet
NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")


class Dialect(PGDialect_pg8000):
    """What SQLAlchemy knows of pg8000, and how a broken connection is told from others."""

    supports_statement_cache = True

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Whether a connection is still good; pg8000 lets some errors of the socket through."""
        try:
            return super().do_ping(dbapi_connection)
        except OSError as error:
            raise self.loaded_dbapi.InterfaceError("network error") from error

    def do_close(self, dbapi_connection: Any) -> None:
        """Close a connection; that a broken one cannot say goodbye is no news."""
        with suppress(Error, OSError):
            super().do_close(dbapi_connection)  # type: ignore[no-untyped-call]

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        """Whether the server went away."""
        return said(e).get("C") in GONE or bool(
            super().is_disconnect(e, connection, cursor)  # type: ignore[no-untyped-call]
        )


registry.register("postgresql.bedside", __name__, "Dialect")


def name_of(url: URL) -> str:
    """An address without its password."""
    kept = url.username, None, url.host, url.port, url.database, url.query
    return str(URL.create("postgresql", *kept))


def said(error: BaseException | None) -> dict[str, str]:
    """The server's own words behind an error: C is the code, M the message without any values."""
    while isinstance(error, (Error, OSError)):
        if error.args and isinstance(error.args[0], dict):
            return dict(error.args[0])
        error = error.__cause__ or error.__context__  # it stumbled over a closed line telling it
    return {}


def reason(error: BaseException | None) -> str:
    """Why something failed, in the server's words or in those of the line to it."""
    cause = error.__cause__ if error is not None else None
    lost = f": {cause.strerror}" if isinstance(cause, OSError) and cause.strerror else ""
    return said(error).get("M") or (f"{error}{lost}" if error is not None else "")


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
    return url.set(drivername="postgresql+bedside")


def engine(address: SecretStr, busy_s: int) -> Engine:
    """An engine on a server, where a write waits so long for another.

    Raises:
        StoreError: the address cannot be used.
        OSError: its certificate cannot be read.
    """
    url = parsed(address)
    made = create_engine(
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
    event.listen(made, "do_connect", _forget_words)
    event.listen(made, "connect", lambda connection, _: _open_on_server(connection, busy_s))
    event.listen(made, "begin", _begin_on_server)
    event.listen(made, "before_cursor_execute", _drop_nul, retval=True)
    event.listen(made, "handle_error", _name_error)
    return made


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
    _: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: bool
) -> tuple[str, Any]:
    """Texts without it; SQLite holds it, and a browser may send it."""
    return statement, _without_nul(parameters)


def _without_nul(value: Any) -> Any:
    """A value of a row, a row, or several."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    return tuple(map(_without_nul, value)) if isinstance(value, tuple | list) else value


def _open_on_server(connection: Any, busy_s: int) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET lock_timeout = '{busy_s}s'")
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
    """Tell what breaks a rule of the tables from all else, by the code."""
    if not said(context.original_exception).get("C", "").startswith("23"):
        return None
    return IntegrityError(context.statement, None, context.original_exception, hide_parameters=True)
