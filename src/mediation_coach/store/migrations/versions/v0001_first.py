"""The first tables: people"s keys, inbox, conversations, outbox, receipts, counts, jobs, secrets."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger()
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def only(condition: str) -> dict[str, Any]:
    """Return the condition of a partial index, for both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "counts",
        sa.Column("day", MOMENT, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", name="pk_counts"),
    )
    op.create_table(
        "jobs",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_jobs"),
    )
    op.create_table(
        "person_keys",
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("kek", sa.String(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("who", name="pk_person_keys"),
    )
    op.create_index("ix_person_keys_workspace", "person_keys", ["workspace"])
    op.create_table(
        "receipts",
        sa.Column("number", sa.String(length=36), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_receipts"),
    )
    op.create_index("ix_receipts_who", "receipts", ["who"])
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
    op.create_table(
        "conversations",
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("turns_since", MOMENT, nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["who"], ["person_keys.who"], name="fk_conversations_who", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("conversation", "who", name="pk_conversations"),
    )
    op.create_index("ix_conversations_updated_at", "conversations", ["updated_at"])
    op.create_index("ix_conversations_who", "conversations", ["who"])
    op.create_table(
        "inbox",
        sa.Column("seq", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("adapter", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=True),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("try_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["who"], ["person_keys.who"], name="fk_inbox_who", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("seq", name="pk_inbox"),
        sa.UniqueConstraint("id", name="uq_inbox_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_claim", "inbox", ["seq"], **only("state = 0"))
    op.create_index("ix_inbox_done", "inbox", ["done_at"])
    op.create_index("ix_inbox_held", "inbox", ["lease_until"], **only("state = 1"))
    op.create_index("ix_inbox_open", "inbox", ["conversation", "seq"], **only("state IN (0, 1)"))
    op.create_index("ix_inbox_who", "inbox", ["who"])
    op.create_table(
        "outbox",
        sa.Column("seq", NUMBER, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("adapter", sa.String(length=64), nullable=False),
        sa.Column("workspace", sa.String(length=32), nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("try_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("first_tried_at", MOMENT, nullable=True),
        sa.Column("tried_at", MOMENT, nullable=True),
        sa.Column("tried_before_at", MOMENT, nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("message", sa.String(length=255), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["who"], ["person_keys.who"], name="fk_outbox_who", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name="pk_outbox"),
        sa.UniqueConstraint("id", name="uq_outbox_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_claim", "outbox", ["try_at", "seq"], **only("state = 0"))
    op.create_index("ix_outbox_done", "outbox", ["done_at"])
    op.create_index("ix_outbox_held", "outbox", ["lease_until"], **only("state = 1"))
    op.create_index("ix_outbox_open", "outbox", ["conversation", "due_at", "seq"], **only("state IN (0, 1)"))
    op.create_index("ix_outbox_stuck", "outbox", ["done_at"], **only("state IN (3, 4)"))
    op.create_index("ix_outbox_who", "outbox", ["who"])
    op.create_index("ix_outbox_workspace", "outbox", ["workspace"])


def downgrade() -> None:
    """Go back to an empty database."""
    for table in ("outbox", "inbox", "conversations", "secrets", "receipts", "jobs", "counts", "person_keys"):
        op.drop_table(table)
