"""What is kept of a person: shown to them, and forgotten when they ask."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from mediation_coach.domain.chat import Person
from mediation_coach.domain.delivery import Receipt
from mediation_coach.errors import StoreError
from mediation_coach.store import opening, saved
from mediation_coach.store.inbox_rows import InboxRows
from mediation_coach.store.outbox_rows import shown
from mediation_coach.store.tables import (
    HELD,
    WAITING,
    conversations,
    in_state,
    inbox,
    outbox,
    person_keys,
    receipts,
    spending,
)

Exporter = Callable[[AsyncConnection, Person, str, bytes], Awaitable[Any]]


class People(InboxRows):
    """Export and erasure.

    A room with tables of its own adds to `exporters` what it keeps of a person: a coroutine over the connection, the
    person, their `who` and their key that returns plain JSON values.
    """

    def __init__(self, *args: Any) -> None:
        """Open the people of a database."""
        super().__init__(*args)
        self.exporters: dict[str, Exporter] = {
            "conversations": self._conversations_of,
            "waiting_events": self._events_of,
            "replies": self._replies_of,
        }

    async def export_person(self, person: Person) -> dict[str, Any]:
        """Return all that is kept of `person`, ready for JSON; every part is empty where nothing is kept."""
        who = self.who(person)
        async with self.begin() as connection:
            key = (await self.keys_of(connection, {who})).get(who)
            if key is None:
                return {"person": _named(person), **{name: [] for name in self.exporters}}
            parts = {name: await part(connection, person, who, key) for name, part in self.exporters.items()}
        return {"person": _named(person), **parts}

    async def _conversations_of(self, connection: AsyncConnection, _: Person, who: str, key: bytes) -> list[Any]:
        rows = await connection.execute(select(conversations).where(conversations.c.who == who))
        return [
            {
                "changed_at": row.updated_at.isoformat(),
                "remembered": self._shown(
                    saved.state, key, row.state, "conversations", "state", f"{row.conversation}|{row.who}"
                ),
            }
            for row in rows
        ]

    async def _events_of(self, connection: AsyncConnection, _: Person, who: str, key: bytes) -> list[Any]:
        rows = await connection.execute(select(inbox).where(inbox.c.who == who, inbox.c.body.is_not(None)))
        return [self._shown(saved.event, key, row.body, "inbox", "body", row.id) for row in rows]

    async def _replies_of(self, connection: AsyncConnection, _: Person, who: str, key: bytes) -> list[Any]:
        rows = await connection.execute(select(outbox).where(outbox.c.who == who).order_by(outbox.c.due_at))
        return [
            {
                "kind": row.kind,
                "state": shown(row).fate.value,
                "due_at": row.due_at.isoformat(),
                "done_at": row.done_at and row.done_at.isoformat(),
                "reply": row.body and self._shown(saved.letter, key, row.body, "outbox", "body", row.id),
            }
            for row in rows
        ]

    def _shown(self, codec: saved.Codec[Any], key: bytes, sealed: bytes, *bound_to: str) -> Any:
        """Return sealed words as plain JSON values; None where a restored backup left them under a key that is gone."""
        try:
            return codec.plain(self.unseal(key, sealed, *bound_to))
        except StoreError:
            return None

    async def erase_person(self, person: Person, *, now: datetime) -> Receipt:
        """Forget `person`: rows and key in one transaction, nothing more is sent; return the receipt."""
        who, receipt = self.who(person), Receipt(number=str(uuid.uuid4()), at=now)
        async with self.begin() as connection:
            await self._erase(connection, person_keys.c.who == who)
            row = {"number": receipt.number, "who": who, "made_at": now}
            await connection.execute(receipts.insert(), row)
        await self._leave_no_trace()
        return receipt

    async def erase_workspace(self, adapter: str, workspace: str, *, now: datetime) -> int:
        """Forget everyone of a workspace, and what waits to be sent there; return how many people that was."""
        there = self.workspace(adapter, workspace)
        async with self.begin() as connection:
            erased = await self._erase(connection, person_keys.c.workspace == there)
            await connection.execute(delete(outbox).where(outbox.c.workspace == there))
            spent = self.named(*of_workspace(workspace or adapter))
            await connection.execute(delete(spending).where(spending.c.name == spent))
            for who in erased:
                await connection.execute(receipts.insert(), {"number": str(uuid.uuid4()), "who": who, "made_at": now})
        await self._leave_no_trace()
        return len(erased)

    async def _erase(self, connection: AsyncConnection, which: ColumnElement[bool]) -> list[str]:
        """Delete the keys of people, and by them every row that was sealed under one; return who they were."""
        locked = select(person_keys.c.who).where(which).order_by(person_keys.c.who).with_for_update()
        whos = list((await connection.execute(locked)).scalars())
        if whos:
            await self._keep_what_is_in_hand(connection, whos)
            await connection.execute(delete(inbox).where(inbox.c.who.in_(whos), in_state(inbox, WAITING)))
            await connection.execute(delete(person_keys).where(person_keys.c.who.in_(whos)))
            self.forget_keys(whos)
        return whos

    async def _keep_what_is_in_hand(self, connection: AsyncConnection, whos: list[str]) -> None:
        """Seal anew what is being answered at this moment, so that 'forget me' itself is answered, and then gone."""
        keys = await self.keys_of(connection, whos)
        rows = (await connection.execute(select(inbox).where(inbox.c.who.in_(whos), in_state(inbox, HELD)))).all()
        for row in rows:
            try:
                plain = self.unseal(keys[row.who], row.body or b"", "inbox", "body", row.id)
            except StoreError:  # unreadable already; whoever holds it closes it
                continue
            nobodys = self.seal(None, plain, "inbox", "body", row.id)
            await connection.execute(update(inbox).where(inbox.c.seq == row.seq).values(who=None, body=nobodys))

    async def _leave_no_trace(self) -> None:
        if self.alone:
            async with self.undisturbed():
                await opening.checkpoint(self.engine)

    async def receipt_of(self, person: Person) -> Receipt | None:
        """Return the newest receipt of `person`, where they were once forgotten."""
        query = select(receipts).where(receipts.c.who == self.who(person)).order_by(receipts.c.made_at.desc())
        async with self.begin() as connection:
            row = (await connection.execute(query.limit(1))).first()
        return None if row is None else Receipt(number=row.number, at=row.made_at)


def of_workspace(name: str) -> tuple[str, str]:
    """Return what the spending of a workspace is filed under, for `named`."""
    return "spending", name


def _named(person: Person) -> dict[str, str]:
    return {"adapter": person.adapter, "workspace": person.workspace, "id": person.id}
