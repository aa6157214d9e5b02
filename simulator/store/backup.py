"""Backup and restore of the store: always one file, whole, looked at before it counts.

Only SQLite is copied here; a PostgreSQL server has programs of its own for it, which are named.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from simulator.errors import StoreError
from simulator.store import migrations
from simulator.store.engines import Place, name_of
from simulator.store.soundness import check, has, opened_file

# A server's own programs for the same, sessions and tokens left out: nobody comes back in by one.
DUMP = (
    "pg_dump --format=custom --exclude-table-data=session --exclude-table-data=token "
    "--file={file} {database}"
)
RESTORE = "pg_restore --single-transaction --clean --if-exists --dbname={database} {file}"
SIDES = ("-wal", "-shm", "-journal")


def backup(place: Place, target: Path) -> str:
    """Write all that is stored into one new file, while the program may go on; tells what it holds.

    Raises:
        StoreError: there is nothing to back up, the target is there already, or cannot be written.
    """
    database = _file(place, DUMP, target)
    if not database.is_file():
        raise StoreError(f"There is no database {database} yet; nothing was backed up")
    if target.exists():
        raise StoreError(f"{target} is there already; choose another name, or move it away")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(opened_file(database)) as source:
            source.execute("VACUUM INTO ?", (str(unfinished),))
        held = _held(unfinished)
        _sync(unfinished)
        unfinished.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{target} could not be written ({error})") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return held


def restore(place: Place, source: Path, now: datetime | None = None) -> tuple[str, Path | None]:
    """Put a backup in the place of what is stored, which is kept beside it.

    Returns:
        What the backup holds, and where the former database is now, if there was one.

    Raises:
        StoreError: the backup is damaged or of another version, or the program is running.
    """
    database = _file(place, RESTORE, source)
    held = _held(source)
    former: Path | None = None
    unfinished = database.with_name(f"{database.name}.unfinished")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with closing(opened_file(source)) as backed_up:
            backed_up.execute("VACUUM INTO ?", (str(unfinished),))
        _end_sessions(unfinished)
        _sync(unfinished)
        if database.exists():
            former = _set_aside(database, now or datetime.now(UTC))
        unfinished.rename(database)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{source} could not be restored to {database} ({error})") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return held, former


def _file(place: Place, command: str, file: Path) -> Path:
    """The SQLite file of a place.

    Raises:
        StoreError: it lies on a server; the command of its own program is given.
    """
    if isinstance(place, Path):
        return place
    words = {"file": shlex.quote(str(file)), "database": shlex.quote(name_of(place))}
    raise StoreError(
        "What is stored lies on a PostgreSQL server; use its own program for this, to restore with "
        f"Bedside stopped: {command.format(**words)}"
    )


def _held(path: Path) -> str:
    """What a backup holds.

    Raises:
        StoreError: it is no sound database of this program's.
    """
    held, faults = check(path)
    if faults:
        raise StoreError(f"{path} is damaged ({faults[0]}); use another backup")
    with closing(opened_file(path)) as opened:
        steps = has(opened, "alembic_version")
        query = "SELECT version_num FROM alembic_version" if steps else "PRAGMA user_version"
        version = str((opened.execute(query).fetchone() or ("",))[0])
    if version == "0" or not migrations.is_known(version):
        raise StoreError(f"{path} has version {version}, which this program does not know")
    return held


def _end_sessions(database: Path) -> None:
    """A backup brings nobody back in who was signed out or shut out since."""
    with closing(opened_file(database)) as opened:
        for table in ("session", "token"):
            if has(opened, table):
                opened.execute(f"DELETE FROM {table}")  # noqa: S608 - one of two names
        opened.commit()


def _set_aside(database: Path, now: datetime) -> Path:
    """Move the former database away, whole; only possible while nobody has it open."""
    with closing(opened_file(database)) as opened:
        opened.execute("PRAGMA busy_timeout=0")
        try:
            mode = opened.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
        except sqlite3.OperationalError:
            mode = "wal"
        except sqlite3.DatabaseError:
            mode = "damaged"  # whatever it is, it is kept
    if mode == "wal":
        raise StoreError(f"The program has {database} open; stop it, then restore again")
    former = database.with_name(f"{database.stem}-before-{now:%Y%m%dT%H%M%S}{database.suffix}")
    for side in SIDES:
        beside = database.with_name(database.name + side)
        if beside.exists():
            beside.rename(former.with_name(former.name + side))
    return database.rename(former)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
