"""Tokens spent with the language model, by the day: numbers beside pseudonyms, for two days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from mediation_coach.domain.chat import Person
from mediation_coach.ports import Spender
from mediation_coach.store.follow_through import FollowThroughRows
from mediation_coach.store.keeping import rows_kept
from mediation_coach.store.people import of_workspace
from mediation_coach.store.tables import person_keys, spending

KEEP_DAYS = 2


class SpendingRows(FollowThroughRows):
    """What the day's limits are counted from. It is a `Ledger`.

    A person's row falls with their key. Someone who has no key (any more) is not written down.
    """

    def __init__(self, *args: Any) -> None:
        """Open the spending of a database."""
        super().__init__(*args)
        self.exporters["tokens"] = self._tokens_of
        self.kept.append(rows_kept("spending", spending, spending.c.day, KEEP_DAYS))

    async def spent(self, spenders: Collection[Spender], *, day: datetime) -> Mapping[Spender, int]:
        """Return the tokens of `day` of each of `spenders`; whoever has spent none is left out."""
        async with self.begin() as connection:
            return await self._spent(connection, {self._name(s): s for s in spenders}, day)

    async def spend(self, tokens: Mapping[Spender, int], *, day: datetime) -> Mapping[Spender, int]:
        """Add to what was spent on `day`; return what has been spent by then, other replicas' counts included."""
        names = {self._name(spender): spender for spender in tokens}
        people = {name for name, (kind, _) in names.items() if kind == "person"}
        async with self.begin() as connection:
            known = select(person_keys.c.who).where(person_keys.c.who.in_(people)).order_by(person_keys.c.who)
            held = await connection.execute(known.with_for_update(read=True, key_share=True))
            unknown = people - set(held.scalars())
            rows = [
                {"day": day, "name": name, "who": name if name in people else None, "tokens": tokens[names[name]]}
                for name in sorted(set(names) - unknown)
            ]
            if not rows:
                return {}
            statement = self.insert(spending)
            more = {"tokens": spending.c.tokens + statement.excluded.tokens}
            await connection.execute(statement.on_conflict_do_update(index_elements=["day", "name"], set_=more), rows)
            return await self._spent(connection, names, day)

    async def _spent(
        self, connection: AsyncConnection, names: Mapping[str, Spender], day: datetime
    ) -> Mapping[Spender, int]:
        query = select(spending.c.name, spending.c.tokens).where(spending.c.day == day, spending.c.name.in_(names))
        return {names[name]: int(tokens) for name, tokens in (await connection.execute(query)).all()}

    def _name(self, spender: Spender) -> str:
        kind, who = spender
        return self.named("person", who) if kind == "person" else self.named(*of_workspace(who))

    async def _tokens_of(self, connection: AsyncConnection, _: Person, who: str, __: bytes) -> list[Any]:
        rows = await connection.execute(select(spending).where(spending.c.who == who).order_by(spending.c.day))
        return [{"day": row.day.date().isoformat(), "tokens": row.tokens} for row in rows]
