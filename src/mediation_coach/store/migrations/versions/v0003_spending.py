"""Tokens that people and workspaces have spent with the language model, by the day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "spending",
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=32)),
        sa.Column("tokens", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", name="pk_spending"),
        sa.ForeignKeyConstraint(["who"], ["person_keys.who"], name="fk_spending_who", ondelete="CASCADE"),
    )
    op.create_index("ix_spending_who", "spending", ["who"])


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("spending")
