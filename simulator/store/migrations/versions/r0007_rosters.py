"""Which courses on platforms may be read, whom their lists named, whose sessions are elsewhere."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from simulator.store.tables import NAMES

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; no list named anybody before, and older sessions are none elsewhere."""
    with op.batch_alter_table("session", naming_convention=NAMES) as session:
        session.add_column(sa.Column("sid", sa.String(64), nullable=False, server_default=""))
    with op.batch_alter_table("cohort", naming_convention=NAMES) as cohort:
        cohort.add_column(sa.Column("listed", sa.JSON, nullable=False, server_default="{}"))
    op.create_table(
        "roster",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("programme", sa.String(40), nullable=False),
        sa.Column("context", sa.String(255), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("cohort", sa.String(36), nullable=False),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_roster_programme", "roster", ["programme"])
