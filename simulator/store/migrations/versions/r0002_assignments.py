"""What a course sets, for which assignment an encounter was held, and what was noticed in it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from simulator.store.tables import NAMES

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and give older encounters no assignment."""
    with op.batch_alter_table("encounter", naming_convention=NAMES) as encounter:
        encounter.add_column(
            sa.Column("assignment", sa.String(36), nullable=False, server_default="")
        )
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("encounter", sa.String(36), sa.ForeignKey("encounter.id"), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("after_turn", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_notice_encounter", "notice", ["encounter"])
    op.create_table(
        "cohort",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("programme", sa.String(40), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("members", sa.JSON, nullable=False),
    )
    op.create_index("ix_cohort_programme", "cohort", ["programme"])
    op.create_table("assignment", *_assignment())
    op.create_index("ix_assignment_programme", "assignment", ["programme"])


def _assignment() -> list[sa.Column[Any]]:
    words = {
        "programme": 40, "by": 64, "title": 120, "mode": 12, "order": 12, "release": 20,
    }  # fmt: skip
    moments = ("opens_at", "closes_at", "made_at")
    return [
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("cohort", sa.String(36), sa.ForeignKey("cohort.id"), nullable=False),
        *(sa.Column(name, sa.String(most), nullable=False) for name, most in words.items()),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in moments),
        sa.Column("stations", sa.JSON, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
    ]
