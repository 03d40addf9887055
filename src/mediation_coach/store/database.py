"""What every room of the store stands on: transactions, who is who, and whose key opens what."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Table, select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from mediation_coach.domain.chat import Conversation, Person
from mediation_coach.errors import StoreError
from mediation_coach.store import crypto, opening
from mediation_coach.store.crypto import KeyRing, Pseudonyms
from mediation_coach.store.direct import Direct
from mediation_coach.store.grouping import Grouped, Shared
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.tables import person_keys

T = TypeVar("T")
R = TypeVar("R")

OWN = "store"
REMEMBERED_KEYS = 10_000


class Database:
    """An open database. Other rooms of the store inherit from it, or are given one.

    For tables of your own: give them `who` with a foreign key on `person_keys` and `ON DELETE CASCADE`, seal words with
    `seal` under the person's key from `keys_for`, and forgetting a person reaches them by itself.
    """

    def __init__(self, engine: AsyncEngine, url: URL, ring: KeyRing, settings: StoreSettings, own_key: bytes) -> None:
        """Take an engine whose tables are up to date, and the keys; `SqlStore.open` does both."""
        self.engine = engine
        self.url = url
        self.settings = settings
        self._ring = ring
        self._own_key = own_key
        self._pseudonym = Pseudonyms(own_key)
        self._known: OrderedDict[str, tuple[bytes, bytes]] = OrderedDict()
        self._direct = Direct(engine) if self.alone else None
        self._shared: Shared[Connection] | None = Shared(self.run, self._now) if self.alone else None
        self._groups: list[Grouped[Any, Any]] = []

    @property
    def alone(self) -> bool:
        """Whether no other process can write here."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """Run a transaction; it is safe on disk when the block is left.

        Raises:
            StoreError: the database failed; nothing of the block was kept.
        """
        async with AsyncExitStack() as stack:
            stack.enter_context(opening.told_plainly(self.url, "the database"))
            stack.push(self._forget_what_failed)
            await stack.enter_async_context(self.undisturbed())
            yield await stack.enter_async_context(self.engine.begin())

    async def run(self, work: Callable[[Connection], T], light: bool = False) -> T:
        """Run `work`, which waits for nothing but the database, as one transaction; return its result when that is safe.

        A `light` one is only written by then, where that is less (SQLite): `safe` says when it is safe.

        Raises:
            StoreError: the database failed; nothing was kept.
        """
        with opening.told_plainly(self.url, "the database"), ExitStack() as stack:
            stack.push(self._forget_what_failed)
            if self._direct is not None:
                return await self._direct.run(work, light=light)
            async with self.engine.begin() as connection:
                return await connection.run_sync(work)

    def _now(self, work: Callable[[Connection], T]) -> T | None:
        """Do what `run` does with a light transaction, at this moment; None where that cannot be."""
        assert self._direct is not None
        with opening.told_plainly(self.url, "the database"), ExitStack() as stack:
            stack.push(self._forget_what_failed)
            return self._direct.now(work)

    async def safe(self) -> None:
        """Return when everything written until now survives also a power cut.

        Raises:
            StoreError: the disk failed.
        """
        if self._direct is not None:
            with opening.told_plainly(self.url, "the database"):
                await self._direct.safe()

    def _forget_what_failed(self, kind: type[BaseException] | None, *_: object) -> None:
        """After a failed transaction: a key that it made is not there."""
        if kind is not None:
            self._known.clear()

    def grouped(
        self, write: Callable[[Connection, Sequence[T]], Sequence[R]], *, light: Callable[[T], bool] = lambda _: False
    ) -> Callable[[T], Awaitable[R]]:
        """Return `write` for single items: what waits at the same moment shares a transaction.

        On SQLite all that is grouped shares one, in the order in which it was declared here: there is one disk to wait
        for, and none for items that are `light`. On PostgreSQL each kind has its own, so that they run side by side.
        """
        if self._shared is not None:
            return self._shared.part(write, light=light)
        own: Grouped[T, R] = Grouped(lambda items: self.run(lambda connection: write(connection, items)))
        self._groups.append(own)
        return own

    async def settled(self) -> None:
        """Return when everything that was handed over is written."""
        for group in self._groups if self._shared is None else [self._shared]:
            await group.settled()

    @asynccontextmanager
    async def undisturbed(self) -> AsyncIterator[None]:
        """Let nobody else use SQLite's one connection inside the block."""
        if self._direct is None:
            yield
            return
        await self._direct.lend()
        try:
            yield
        finally:
            self._direct.end_turn()

    def insert(self, table: Table) -> Any:
        """Return an INSERT of this database that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
        return sqlite_insert(table) if self.alone else postgres_insert(table)

    def who(self, person: Person) -> str:
        """Return what stands for a person in every table."""
        return self._pseudonym("person", person.key)

    def place(self, conversation: Conversation) -> str:
        """Return what stands for a conversation."""
        return self._pseudonym("conversation", conversation.key)

    def workspace(self, adapter: str, workspace: str) -> str:
        """Return what stands for a workspace."""
        return self._pseudonym("workspace", f"{adapter}/{workspace}")

    def named(self, kind: str, identity: str) -> str:
        """Return what stands for any other name that should not be readable."""
        return self._pseudonym(kind, identity)

    def seal(self, key: bytes | None, plain: bytes, *bound_to: str) -> bytes:
        """Return `plain` sealed under a person's key, or under the store's own where there is no person."""
        return crypto.seal(key or self._own_key, plain, bound_to="|".join(bound_to))

    def unseal(self, key: bytes | None, sealed: bytes, *bound_to: str) -> bytes:
        """Return what was sealed; `bound_to` is the table, the column and the row it was sealed for."""
        return crypto.unseal(key or self._own_key, sealed, bound_to="|".join(bound_to))

    async def keys_for(
        self, connection: AsyncConnection, people: Collection[Person], *, now: datetime
    ) -> Mapping[str, bytes]:
        """Return the key of each of `people` by `who`, for writing; new people get one.

        The rows stay locked until the transaction ends, so that no key is forgotten while something is sealed under it.
        """
        return await connection.run_sync(lambda c: self.writing_keys(c, people, now=now))

    def writing_keys(self, connection: Connection, people: Collection[Person], *, now: datetime) -> Mapping[str, bytes]:
        """Do what `keys_for` does, inside `run`."""
        by_who = {self.who(person): person for person in people}
        if not by_who:
            return {}
        found = self._remembered(by_who) if self.alone else {}
        if len(found) < len(by_who):
            found = self._load(connection, by_who, locked=True)
        missing = sorted(set(by_who) - set(found))
        if missing:
            connection.execute(
                self.insert(person_keys).on_conflict_do_nothing(), [self._new_key(by_who[w], w, now) for w in missing]
            )
            found = self._load(connection, by_who, locked=True)
        return found

    async def keys_of(self, connection: AsyncConnection, whos: Collection[str]) -> Mapping[str, bytes]:
        """Return the keys that exist among `whos`, for reading."""
        return await connection.run_sync(self.reading_keys, whos)

    def reading_keys(self, connection: Connection, whos: Collection[str]) -> Mapping[str, bytes]:
        """Return what `keys_of` does, inside `run`."""
        found = self._remembered(whos) if self.alone else {}
        return found if len(found) == len(set(whos)) else self._load(connection, set(whos))

    def forget_keys(self, whos: Collection[str]) -> None:
        """Drop keys from memory."""
        for who in whos:
            self._known.pop(who, None)

    def _remembered(self, whos: Collection[str]) -> dict[str, bytes]:
        return {who: self._known[who][1] for who in whos if who in self._known}

    def _load(self, connection: Connection, whos: Collection[str], *, locked: bool = False) -> dict[str, bytes]:
        query = select(person_keys.c.who, person_keys.c.kek, person_keys.c.wrapped).where(person_keys.c.who.in_(whos))
        if locked:
            query = query.order_by(person_keys.c.who).with_for_update(read=True, key_share=True)
        return {row.who: self._unwrap(row.who, row.kek, row.wrapped) for row in connection.execute(query)}

    def _unwrap(self, who: str, kek: str, wrapped: bytes) -> bytes:
        known = self._known.get(who)
        if known is None or known[0] != wrapped:
            known = (wrapped, self._ring.unwrap(kek, wrapped, bound_to=_binding(who)))
            self._known[who] = known
            if len(self._known) > REMEMBERED_KEYS:
                self._known.popitem(last=False)
        return known[1]

    def _new_key(self, person: Person, who: str, now: datetime) -> dict[str, Any]:
        kek, wrapped = self._ring.wrap(crypto.new_key(), bound_to=_binding(who))
        workspace = self.workspace(person.adapter, person.workspace)
        return {"who": who, "workspace": workspace, "kek": kek, "wrapped": wrapped, "made_at": now}

    async def rotate_keys(self) -> int:
        """Wrap every key anew under the first key of the settings; return how many were under another one."""
        rotated = 0
        while True:
            async with self.begin() as connection:
                batch = await self._rotate_some(connection)
            rotated += batch
            if not batch:
                return rotated

    async def _rotate_some(self, connection: AsyncConnection, *, limit: int = 500) -> int:
        old = (
            select(person_keys.c.who, person_keys.c.kek, person_keys.c.wrapped)
            .where(person_keys.c.kek != self._ring.first)
            .order_by(person_keys.c.who)
            .limit(limit)
            .with_for_update()
        )
        rows: Sequence[Any] = (await connection.execute(old)).all()
        for row in rows:
            plain = self._ring.unwrap(row.kek, row.wrapped, bound_to=_binding(row.who))
            kek, wrapped = self._ring.wrap(plain, bound_to=_binding(row.who))
            await connection.execute(
                person_keys.update().where(person_keys.c.who == row.who).values(kek=kek, wrapped=wrapped)
            )
        self.forget_keys([row.who for row in rows])
        return len(rows)


def _binding(who: str) -> str:
    return f"person_keys|wrapped|{who}"


async def own_key(engine: AsyncEngine, ring: KeyRing, *, now: datetime) -> bytes:
    """Return the store's own key, making it in a new database.

    Raises:
        StoreError: the settings do not have the key under which this database was sealed.
    """
    query = select(person_keys.c.kek, person_keys.c.wrapped).where(person_keys.c.who == OWN)
    async with engine.begin() as connection:
        row = (await connection.execute(query)).first()
        if row is None:
            kek, wrapped = ring.wrap(crypto.new_key(), bound_to=_binding(OWN))
            values = {"who": OWN, "workspace": OWN, "kek": kek, "wrapped": wrapped, "made_at": now}
            make = sqlite_insert if engine.dialect.name == "sqlite" else postgres_insert
            await connection.execute(make(person_keys).on_conflict_do_nothing(), values)
            row = (await connection.execute(query)).first()
    if row is None:
        raise StoreError("the database does not keep what is written to it")
    return ring.unwrap(row.kek, row.wrapped, bound_to=_binding(OWN))
