"""Alembic runs this to take the steps, on the connection that `upgrade` was given."""

from __future__ import annotations

from alembic import context

from simulator.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
