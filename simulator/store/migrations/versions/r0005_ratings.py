"""How teachers judge whole talks, and what people think of the program."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
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
    op.create_table(
        "asked",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("declined", sa.Boolean, nullable=False),
        sa.UniqueConstraint("code", name="uq_asked_code"),
    )
    words = {
        "code": 32, "programme": 40, "occasion": 12, "form": 12, "wording": 12, "month": 7,
    }  # fmt: skip
    op.create_table(
        "opinion",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String(most), nullable=False) for name, most in words.items()),
        sa.Column("answers", sa.JSON, nullable=False),
    )
    for column in ("code", "programme"):
        op.create_index(f"ix_opinion_{column}", "opinion", [column])
