"""The tables. People and places are keyed hashes, words are sealed; times are microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    literal_column,
)
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WAITING, HELD, DONE, DEAD, UNCERTAIN = range(5)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as a number so that both databases compare it alike."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return microseconds since 1970."""
        return None if value is None else (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return None if value is None else EPOCH + timedelta(microseconds=value)


# SQLite numbers rows by itself only where the key is a plain INTEGER; a number is never given twice (AUTOINCREMENT).
Seq = BigInteger().with_variant(Integer, "sqlite")


def in_state(table: FromClause, *states: int) -> Any:
    """Return the condition as literal text: a partial index serves only what the planner can read."""
    column = table.c.state
    if len(states) == 1:
        return column == literal_column(str(states[0]))
    return column.in_([literal_column(str(state)) for state in states])


def _who(*, on_erase: str, nullable: bool = True) -> Column[str]:
    return Column("who", String(32), ForeignKey("person_keys.who", ondelete=on_erase), nullable=nullable)


person_keys = Table(
    "person_keys",
    metadata,
    Column("who", String(32), primary_key=True),
    Column("workspace", String(32), nullable=False, index=True),
    Column("kek", String(64), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("adapter", String(64), nullable=False),
    Column("conversation", String(32), nullable=False),
    _who(on_erase="SET NULL"),
    Column("state", SmallInteger, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("try_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(64)),
    Column("lease_until", Instant),
    Column("done_at", Instant),
    Column("body", LargeBinary),
    sqlite_autoincrement=True,
)

conversations = Table(
    "conversations",
    metadata,
    Column("conversation", String(32), primary_key=True),
    Column("who", String(32), ForeignKey("person_keys.who", ondelete="CASCADE"), primary_key=True, index=True),
    Column("updated_at", Instant, nullable=False, index=True),
    Column("turns_since", Instant),
    Column("state", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Seq, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("adapter", String(64), nullable=False),
    Column("workspace", String(32), nullable=False),
    Column("conversation", String(32), nullable=False),
    _who(on_erase="CASCADE"),
    Column("kind", String(32), nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("try_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("owner", String(64)),
    Column("lease_until", Instant),
    Column("first_tried_at", Instant),
    Column("tried_at", Instant),
    Column("tried_before_at", Instant),
    Column("done_at", Instant),
    Column("message", String(255)),
    Column("reason", String(200)),
    Column("body", LargeBinary),
    sqlite_autoincrement=True,
)

receipts = Table(
    "receipts",
    metadata,
    Column("number", String(36), primary_key=True),
    Column("who", String(32), nullable=False, index=True),
    Column("made_at", Instant, nullable=False),
)

counts = Table(
    "counts",
    metadata,
    Column("day", Instant, primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("n", BigInteger, nullable=False),
)

spending = Table(
    "spending",
    metadata,
    Column("day", Instant, primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("who", String(32), ForeignKey("person_keys.who", ondelete="CASCADE"), index=True),
    Column("tokens", BigInteger, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("done_at", Instant, nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)


def _partial(name: str, *columns: Column[Any], where: Any) -> Index:
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


_partial("ix_inbox_claim", inbox.c.seq, where=in_state(inbox, WAITING))
_partial("ix_inbox_open", inbox.c.conversation, inbox.c.seq, where=in_state(inbox, WAITING, HELD))
_partial("ix_inbox_held", inbox.c.lease_until, where=in_state(inbox, HELD))
Index("ix_inbox_who", inbox.c.who)
Index("ix_inbox_done", inbox.c.done_at)
_partial("ix_outbox_claim", outbox.c.try_at, outbox.c.seq, where=in_state(outbox, WAITING))
_partial("ix_outbox_open", outbox.c.conversation, outbox.c.due_at, outbox.c.seq, where=in_state(outbox, WAITING, HELD))
_partial("ix_outbox_held", outbox.c.lease_until, where=in_state(outbox, HELD))
_partial("ix_outbox_stuck", outbox.c.done_at, where=in_state(outbox, DEAD, UNCERTAIN))
Index("ix_outbox_who", outbox.c.who)
Index("ix_outbox_workspace", outbox.c.workspace)
Index("ix_outbox_done", outbox.c.done_at)
