"""Conversations at rest: what is written into one of these may be taken by its writer at once, out of nobody's turn."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, Table, bindparam, select

from mediation_coach.domain.chat import Conversation
from mediation_coach.store.database import Database
from mediation_coach.store.prepared import Prepared
from mediation_coach.store.tables import HELD, WAITING, Instant, in_state, inbox, outbox


class Idle:
    """Conversations in which nothing is open; each can be taken once."""

    def __init__(self, database: Database, places: Collection[str]) -> None:
        """Name them by what stands for them in `database`."""
        self._database = database
        self._places = set(places)

    @classmethod
    def among(
        cls,
        database: Database,
        connection: Connection,
        table: Table,
        conversations: Collection[Conversation],
        *,
        due: datetime | None = None,
    ) -> Self:
        """Return which have nothing open in `table` (the outbox: nothing due by `due`).

        None on PostgreSQL: between this look and the end of the transaction another replica may write there.
        """
        if not conversations or not database.alone:
            return cls(database, ())
        places = {database.place(at) for at in conversations}
        values = {"places": sorted(places)} | ({} if due is None else {"b_due": due})
        return cls(database, places - {row.conversation for row in _OPEN[table.name](connection, values)})

    def take(self, at: Conversation) -> bool:
        """Return whether `at` is one of them; it is not any more."""
        place = self._database.place(at)
        free = place in self._places
        self._places.discard(place)
        return free


def _open(table: Table) -> Any:
    here = table.c.conversation.in_(bindparam("places", expanding=True))
    return select(table.c.conversation).where(here, in_state(table, WAITING, HELD))


_OPEN = {
    inbox.name: Prepared(_open(inbox)),
    outbox.name: Prepared(_open(outbox).where(outbox.c.due_at <= bindparam("b_due", type_=Instant))),
}
