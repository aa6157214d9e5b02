"""Backup, restore and check of the store: always one file, whole, looked at before it counts."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from simulator.accounts import ledger
from simulator.errors import StoreError, TraceUnreadable
from simulator.patient.trace import read_trace
from simulator.scripts.schema import PatientScript
from simulator.store.tables import READABLE

BUSY_S = 5.0
SIDES = ("-wal", "-shm", "-journal")


def backup(database: Path, target: Path) -> str:
    """Write all that is stored into one new file, while the program may go on; tells what it holds.

    Raises:
        StoreError: there is nothing to back up, the target is there already, or cannot be written.
    """
    if not database.is_file():
        raise StoreError(f"There is no database {database} yet; nothing was backed up")
    if target.exists():
        raise StoreError(f"{target} is there already; choose another name, or move it away")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        with closing(_open(database)) as source:
            source.execute("VACUUM INTO ?", (str(unfinished),))
        held = _held(unfinished)
        _sync(unfinished)
        unfinished.rename(target)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{target} could not be written ({error})") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return held


def restore(database: Path, source: Path, now: datetime | None = None) -> tuple[str, Path | None]:
    """Put a backup in the place of what is stored, which is kept beside it.

    Returns:
        What the backup holds, and where the former database is now, if there was one.

    Raises:
        StoreError: the backup is damaged or of another version, or the program is running.
    """
    held = _held(source)
    former: Path | None = None
    unfinished = database.with_name(f"{database.name}.unfinished")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        unfinished.unlink(missing_ok=True)
        with closing(_open(source)) as backed_up:
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


def check(database: Path) -> tuple[str, list[str]]:
    """What the store holds, and a line for each thing in it that is damaged or cannot be read.

    Raises:
        StoreError: there is no database, or it is none.
    """
    if not database.is_file():
        raise StoreError(f"There is no database {database}; it is made when the program starts")
    try:
        with closing(_open(database)) as opened:
            found = [str(row[0]) for row in opened.execute("PRAGMA integrity_check")]
            faults = [line for line in found if line != "ok"]
            for table, row, other, _ in opened.execute("PRAGMA foreign_key_check"):
                faults.append(f"{table} {row}: belongs to no {other}")
            return _counted(opened), [*faults, *_unreadable(opened), *_unsealed(opened)]
    except sqlite3.Error as error:
        raise StoreError(f"The database {database} cannot be read ({error})") from None


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_S)


def _held(path: Path) -> str:
    """What a backup holds.

    Raises:
        StoreError: it is no sound database of this program's.
    """
    held, faults = check(path)
    if faults:
        raise StoreError(f"{path} is damaged ({faults[0]}); use another backup")
    with closing(_open(path)) as opened:
        version = opened.execute("PRAGMA user_version").fetchone()[0]
    if version not in READABLE or not version:
        raise StoreError(f"{path} has version {version}, which this program does not know")
    return held


def _counted(opened: sqlite3.Connection) -> str:
    counts = [
        opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
        for table in ("encounter", "turn", "report")
    ]
    return "{} encounters, {} turns, {} reports".format(*counts)


def _unreadable(opened: sqlite3.Connection) -> Iterator[str]:
    for name, script in opened.execute("SELECT id, script FROM encounter"):
        try:
            PatientScript.model_validate_json(script)
        except ValidationError:
            yield f"encounter {name}: its script cannot be read by this version"
    rows = opened.execute("SELECT encounter, seq, trace FROM turn ORDER BY encounter, seq")
    for name, seq, trace in rows:
        try:
            read_trace(json.loads(trace))
        except (TraceUnreadable, ValueError):
            yield f"encounter {name}, turn {seq}: its trace cannot be read by this version"


def _unsealed(opened: sqlite3.Connection) -> list[str]:
    """What is wrong with the audit log, where there is one."""
    if not _has(opened, "log"):
        return []
    rows = opened.execute(
        "SELECT id, at, who, what, row, detail, before, seal FROM log ORDER BY id"
    )
    return ledger.faults(
        ledger.Line(number, at, ledger.Deed(who, what, row, detail), before, seal)
        for number, at, who, what, row, detail, before, seal in rows
    )


def _end_sessions(database: Path) -> None:
    """A backup brings nobody back in who was signed out or shut out since."""
    with closing(_open(database)) as opened:
        if _has(opened, "session"):
            opened.execute("DELETE FROM session")
            opened.commit()


def _has(opened: sqlite3.Connection, table: str) -> bool:
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
    return bool(opened.execute(query, (table,)).fetchone()[0])


def _set_aside(database: Path, now: datetime) -> Path:
    """Move the former database away, whole; only possible while nobody has it open."""
    with closing(_open(database)) as opened:
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
