"""The history of the tables (Alembic): opening a database brings it up to date, step by step.

To add or change a table:

1. Change it in `simulator/store/tables.py`; a table whose rows are never changed is named in
   APPEND_ONLY there, and every opening sees to it that the database refuses to.
2. Run `pytest tests/store/test_migrations.py`. It fails, and prints the missing step as code.
3. Put that into a new file of `versions/`, such as `r0002_assignments.py`::

       revision, down_revision = "0002", "0001"

       def upgrade() -> None:
           op.create_table("assignment", ...)

   A column that older rows lack needs a `server_default`. Tables are changed within
   `op.batch_alter_table(table, naming_convention=NAMES)`: SQLite has to write them anew, and in
   files from before this history the constraints have no names of their own.

A step that was released is never edited: databases out there have gone through it. None leads back:
whoever needs what stood before restores a backup.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from simulator.errors import StoreError

BEFORE = range(6)  # the versions of SQLite files from before this history; 0 is an empty file
FOLDER = str(Path(__file__).parent)


@cache
def steps() -> tuple[str, ...]:
    """All steps, the newest first."""
    return tuple(step.revision for step in ScriptDirectory(FOLDER).walk_revisions())


def version(connection: Connection) -> str:
    """How far a database has come: a step, or the number that a file had before there were any."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None:
        return current
    if connection.dialect.name != "sqlite":
        return "0"
    return str(connection.execute(text("PRAGMA user_version")).scalar_one())


def is_known(found: str) -> bool:
    """Whether this program can bring a database of that version up to date."""
    return found in steps() or found in map(str, BEFORE)


def upgrade(connection: Connection) -> None:
    """Bring a database up to date within the transaction of its connection.

    Raises:
        StoreError: a step would leave rows that belong to nothing.
    """
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", FOLDER.replace("%", "%%"))
    before = _astray(connection)
    command.upgrade(config, "head")
    after = _astray(connection)
    if len(after) > len(before):
        raise StoreError(
            f"The database cannot be brought up to date: {after[-1]}; it is left as it was. "
            "Run the program version that made it, and report this"
        )


def _astray(connection: Connection) -> list[str]:
    """Rows of a SQLite file that belong to nothing; while steps are taken it does not look."""
    if connection.dialect.name != "sqlite":
        return []
    found = connection.execute(text("PRAGMA foreign_key_check"))
    return [f"{table} {row} would belong to no {other}" for table, row, other, _ in found]
