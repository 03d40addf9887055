"""A prepared statement does what SQLAlchemy would have done with it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, StaticPool, bindparam, create_engine, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert

from mediation_coach.store.prepared import Prepared
from mediation_coach.store.tables import Instant, inbox, metadata

NOW = datetime(2027, 3, 1, 9, 0, 0, 123456, tzinfo=UTC)
TAKE_IN = insert(inbox).on_conflict_do_nothing().returning(inbox.c.id, inbox.c.seq)
THESE = (
    select(inbox.c.id, inbox.c.received_at, inbox.c.body)
    .where(inbox.c.conversation.in_(bindparam("places", expanding=True)))
    .where(inbox.c.received_at <= bindparam("b_now", type_=Instant))
    .order_by(inbox.c.seq)
)
PAIRS = select(inbox.c.id).where(tuple_(inbox.c.conversation, inbox.c.attempts).in_(bindparam("pairs", expanding=True)))


@pytest.fixture
def connection() -> Iterator[Connection]:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    with engine.connect() as connection:
        metadata.create_all(connection)
        yield connection
    raw.close()


def row(n: int) -> dict[str, Any]:
    return {
        "id": f"e{n}",
        "adapter": "fake",
        "conversation": f"c{n % 3}",
        "who": None,
        "state": 0,
        "received_at": NOW + timedelta(microseconds=n),
        "try_at": NOW,
        "attempts": n,
        "body": bytes([n]),
    }


def filled(connection: Connection) -> Connection:
    Prepared(TAKE_IN).each(connection, [row(n) for n in range(9)])
    return connection


def test_what_is_put_in_comes_back_as_it_was_and_a_repeat_comes_not(connection: Connection) -> None:
    take_in = Prepared(TAKE_IN)
    assert [r.id for r in take_in.each(connection, [row(1), row(2)])] == ["e1", "e2"]
    assert [r.id for r in take_in.each(connection, [row(2), row(3)])] == ["e3"]
    (kept,) = connection.execute(select(inbox).where(inbox.c.id == "e3"))
    assert (kept.received_at, kept.body, kept.owner) == (row(3)["received_at"], b"\x03", None)


@pytest.mark.parametrize("places", [[], ["c1"], ["c0", "c2"], ["c0", "c1", "c2"], ["c2"] * 5, ["none"]])
def test_a_list_may_have_any_length(connection: Connection, places: list[str]) -> None:
    values = {"places": places, "b_now": NOW + timedelta(microseconds=6)}
    expected = filled(connection).execute(THESE, values).all()
    these = Prepared(THESE)
    for _ in range(2):
        found = these(connection, values)
        assert [tuple(r) for r in found] == [tuple(r) for r in expected]
        assert [(r.id, r.received_at) for r in found] == [(r.id, r.received_at) for r in expected]


def test_lists_of_pairs_are_told_apart(connection: Connection) -> None:
    pairs = Prepared(PAIRS)
    for asked, found in ([("c1", 1), ("c1", 2), ("c2", 5)], ["e1", "e5"]), ([("c0", 6)], ["e6"]), ([], []):
        assert [r.id for r in pairs(filled(connection), {"pairs": asked})] == found


def test_a_change_without_rows_to_return_returns_none(connection: Connection) -> None:
    done = Prepared(
        update(inbox)
        .where(inbox.c.id == bindparam("b_id"))
        .values(state=2, done_at=bindparam("b_now", type_=Instant), body=None)
    )
    assert done.each(filled(connection), [{"b_id": "e1", "b_now": NOW}, {"b_id": "e2", "b_now": None}]) == []
    changed = connection.execute(select(inbox.c.id, inbox.c.done_at, inbox.c.body).where(inbox.c.state == 2)).all()
    assert [tuple(r) for r in changed] == [("e1", NOW, None), ("e2", None, None)]
