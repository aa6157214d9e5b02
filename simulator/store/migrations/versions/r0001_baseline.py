"""All tables as they stood when this history began, and whatever a SQLite file from before lacks.

Files of the versions 1 to 5 lack tables, which are made, and columns of `encounter`, which are
added.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from simulator.store.tables import NAMES

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

LATER = {  # columns of `encounter` that came after version 1
    "unsent": "TEXT NOT NULL DEFAULT ''",
    "added_percent": "INTEGER NOT NULL DEFAULT 0",
    "programme": "TEXT NOT NULL DEFAULT ''",
    "branch_of": "TEXT NOT NULL DEFAULT ''",
    "branch_turn": "INTEGER NOT NULL DEFAULT 0",
}
HANDED_OVER = 6  # a program from before this history reads up to 5, and refuses this


def upgrade() -> None:
    """Make what is not there."""
    tables = sa.MetaData(naming_convention=NAMES)
    _encounters(tables)
    _interviews(tables)
    _marks(tables)
    _people(tables)
    connection = op.get_bind()
    tables.create_all(connection)
    known = {column["name"] for column in sa.inspect(connection).get_columns("encounter")}
    for column, kind in LATER.items():
        if column not in known:
            op.execute(f"ALTER TABLE encounter ADD COLUMN {column} {kind}")
    if connection.dialect.name == "sqlite":
        op.execute(f"PRAGMA user_version = {HANDED_OVER}")


def _moment(name: str, **more: bool) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": False, **more})  # type: ignore[arg-type]


def _words(name: str, most: int, **more: bool) -> sa.Column[str]:
    return sa.Column(name, sa.String(most), **{"nullable": False, **more})  # type: ignore[arg-type]


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON, nullable=False)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _of(other: str, most: int) -> sa.Column[str]:
    of = sa.ForeignKey(f"{other}.id")
    return sa.Column(other, sa.String(most), of, nullable=False, index=True)


def _encounters(tables: sa.MetaData) -> None:
    sa.Table(
        "encounter",
        tables,
        _words("id", 36, primary_key=True),
        _words("resident", 64, index=True),
        _words("script_id", 80),
        _words("script_hash", 16),
        _json("script"),
        _words("mode", 12),
        _words("phase", 20),
        _moment("created_at"),
        _moment("started_at", nullable=True),
        _moment("deadline", nullable=True),
        _moment("ended_at", nullable=True),
        _moment("note_deadline", nullable=True),
        _json("hints"),
        _text("pad"),
        _json("note"),
        _json("self_assessment"),
        _text("unsent"),
        _number("added_percent"),
        _text("programme"),
        _words("branch_of", 36),
        _number("branch_turn"),
    )


def _interviews(tables: sa.MetaData) -> None:
    sa.Table(
        "turn",
        tables,
        _id(),
        _of("encounter", 36),
        _number("seq"),
        _words("client_turn_id", 64),
        _text("said"),
        _text("reply"),
        _json("trace"),
        _json("state"),
        _moment("at"),
        sa.UniqueConstraint("encounter", "seq"),
        sa.UniqueConstraint("encounter", "client_turn_id"),
    )
    sa.Table(
        "orders",
        tables,
        _id(),
        _of("encounter", 36),
        _words("kind", 12),
        _words("name", 200),
        _text("result"),
        _number("after_turn"),
        _moment("at"),
        sa.UniqueConstraint("encounter", "kind", "name"),
    )
    sa.Table(
        "model_call",
        tables,
        _id(),
        _of("encounter", 36),
        _words("resident", 64, index=True),
        _moment("at", index=True),
        _number("tokens"),
        _json("record"),
    )


def _marks(tables: sa.MetaData) -> None:
    sa.Table("report", tables, _id(), _of("encounter", 36), _json("report"), _moment("at"))
    sa.Table(
        "dispute",
        tables,
        _id(),
        _of("encounter", 36),
        _words("mark", 200),
        _text("said"),
        _number("turn", nullable=True),
        _moment("at"),
    )
    sa.Table(
        "ruling",
        tables,
        _id(),
        _of("encounter", 36),
        _words("mark", 200),
        _words("verdict", 20),
        _text("comment"),
        _number("turn", nullable=True),
        _words("by", 64),
        _moment("at"),
    )


def _people(tables: sa.MetaData) -> None:
    sa.Table(
        "person",
        tables,
        _words("id", 32, primary_key=True),
        _words("email", 320, unique=True),
        _words("name", 120),
        _words("role", 20),
        _words("programme", 40),
        _words("pseudonym", 16, unique=True),
        _text("password", nullable=True),
        sa.Column("active", sa.Boolean, nullable=False),
        _words("consented", 20),
        _moment("created_at"),
    )
    for name, moments in (("invitation", ("at",)), ("session", ("began_at", "used_at"))):
        columns = map(_moment, moments)
        sa.Table(name, tables, _words("key", 64, primary_key=True), _of("person", 32), *columns)
    sa.Table("failure", tables, _id(), _words("key", 64, index=True), _moment("at", index=True))
    sa.Table(
        "log",
        tables,
        _id(),
        _words("at", 40),
        _words("who", 64),
        _words("what", 80),
        _words("row", 200),
        _words("detail", 500),
        _words("before", 64),
        _words("seal", 64),
    )
