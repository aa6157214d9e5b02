"""Who is whom at an institution or a platform, what browsers away were asked, what is sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from simulator.store.tables import NAMES

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; older people are linked to nobody, older sessions began by a password."""
    with op.batch_alter_table("person", naming_convention=NAMES) as person:
        person.add_column(
            sa.Column("linked", sa.Boolean, nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("session", naming_convention=NAMES) as session:
        session.add_column(sa.Column("via", sa.String(12), nullable=False, server_default=""))
    op.create_table(
        "identity",
        sa.Column("issuer", sa.String(255), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column("person", sa.String(32), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("issuer", "person"),
    )
    op.create_index("ix_identity_person", "identity", ["person"])
    op.create_table(
        "handshake",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("browser", sa.String(64), nullable=False),
        sa.Column("kept", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_handshake_at", "handshake", ["at"])
    op.create_table(
        "launch",
        sa.Column("assignment", sa.String(36), primary_key=True),
        sa.Column("person", sa.String(32), sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("fault", sa.String(200), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"])
