"""The tables of follow-through: people are keyed hashes, words are sealed, answers know no person and no time."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Table, Text

from mediation_coach.store.tables import Instant, metadata


class Standing(IntEnum):
    """How someone stands, as far as the organiser may count it."""

    ACTIVE = 0
    PAUSED = 1
    STOPPED = 2


journeys = Table(
    "journeys",
    metadata,
    Column("who", String(32), ForeignKey("person_keys.who", ondelete="CASCADE"), primary_key=True),
    Column("adapter", String(64), nullable=False),
    Column("addressed", SmallInteger, nullable=False),
    Column("standing", SmallInteger, nullable=False),
    Column("ends_at", Instant, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)

check_ins = Table(
    "check_ins",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("who", String(32), ForeignKey("journeys.who", ondelete="CASCADE"), nullable=False, index=True),
    Column("cohort", String(64), nullable=False),
    Column("step", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("look_at", Instant),
    Column("state", SmallInteger, nullable=False),
    Column("round", Integer, nullable=False),
    Column("nudges", SmallInteger, nullable=False),
    Column("sent_at", Instant),
)
_waits = check_ins.c.look_at.is_not(None)
Index("ix_check_ins_look_at", check_ins.c.look_at, sqlite_where=_waits, postgresql_where=_waits)
Index("ix_check_ins_cohort", check_ins.c.cohort)

cohorts = Table(
    "cohorts",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("changed_at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("cohort", String(64), primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("who", String(32), ForeignKey("person_keys.who", ondelete="CASCADE"), index=True),
    Column("body", LargeBinary, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("cohort", String(64), nullable=False, index=True),
    Column("step", String(64), nullable=False),
    Column("question", String(64), nullable=False),
    Column("answer", String(64), nullable=False),
    sqlite_with_rowid=False,
)

released = Table(
    "released",
    metadata,
    Column("cohort", String(64), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("figures", Text, nullable=False),
)
