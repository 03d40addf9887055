"""How Alembic reaches the database: over the connection that the store hands it, inside the store's transaction."""

from __future__ import annotations

from alembic import context

from mediation_coach.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
