"""Follow-through: journeys, check-ins, cohorts and their members, answers without a name, figures made public."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.BigInteger()
WAITS = sa.text("look_at IS NOT NULL")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "journeys",
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("adapter", sa.String(length=64), nullable=False),
        sa.Column("addressed", sa.SmallInteger(), nullable=False),
        sa.Column("standing", sa.SmallInteger(), nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("who", name="pk_journeys"),
        sa.ForeignKeyConstraint(["who"], ["person_keys.who"], name="fk_journeys_who", ondelete="CASCADE"),
    )
    op.create_index("ix_journeys_ends_at", "journeys", ["ends_at"])
    op.create_table(
        "check_ins",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("who", sa.String(length=32), nullable=False),
        sa.Column("cohort", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("look_at", MOMENT),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("nudges", sa.SmallInteger(), nullable=False),
        sa.Column("sent_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_check_ins"),
        sa.ForeignKeyConstraint(["who"], ["journeys.who"], name="fk_check_ins_who", ondelete="CASCADE"),
    )
    op.create_index("ix_check_ins_who", "check_ins", ["who"])
    op.create_index("ix_check_ins_cohort", "check_ins", ["cohort"])
    op.create_index("ix_check_ins_look_at", "check_ins", ["look_at"], sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_table(
        "cohorts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_cohorts"),
    )
    op.create_table(
        "members",
        sa.Column("cohort", sa.String(length=64), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(length=32)),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("cohort", "version", "n", name="pk_members"),
        sa.ForeignKeyConstraint(["who"], ["person_keys.who"], name="fk_members_who", ondelete="CASCADE"),
    )
    op.create_index("ix_members_who", "members", ["who"])
    op.create_table(
        "answers",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("cohort", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_answers"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_answers_cohort", "answers", ["cohort"])
    op.create_table(
        "released",
        sa.Column("cohort", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("cohort", "name", name="pk_released"),
    )


def downgrade() -> None:
    """Go back to the version before."""
    for table in ("released", "answers", "members", "cohorts", "check_ins", "journeys"):
        op.drop_table(table)
