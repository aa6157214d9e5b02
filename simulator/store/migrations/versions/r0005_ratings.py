"""How teachers judge whole talks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "rating",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("encounter", sa.String(36), sa.ForeignKey("encounter.id"), nullable=False),
        sa.Column("level", sa.Integer),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_rating_encounter", "rating", ["encounter"])
