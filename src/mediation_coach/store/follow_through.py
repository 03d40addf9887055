"""Cohorts and what may be told of them, as rows. Members are sealed each under their own key; answers know no person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from mediation_coach.domain.follow_through import Cohort, Member, State, Story, Tally
from mediation_coach.store.follow_through_tables import (
    Standing,
    answers,
    check_ins,
    cohorts,
    journeys,
    members,
    released,
)
from mediation_coach.store.journey_rows import SOME, STATES, JourneyRows
from mediation_coach.store.saved import Codec

UNDO_WITHIN = timedelta(hours=24)

_cohort, _member = Codec(Cohort), Codec(Member)


class FollowThroughRows(JourneyRows):
    """Cohorts on top of journeys. It is a `FollowThroughStore`."""

    async def cohorts(self) -> Sequence[Cohort]:
        """Return all cohorts, without their members."""
        newest = select(cohorts.c.id, func.max(cohorts.c.version).label("version")).group_by(cohorts.c.id).subquery()
        query = select(cohorts).join(newest, (cohorts.c.id == newest.c.id) & (cohorts.c.version == newest.c.version))
        async with self.begin() as connection:
            return [self._read_cohort(row) for row in await connection.execute(query.order_by(cohorts.c.id))]

    async def cohort(self, id: str) -> Cohort | None:
        """Return a cohort with its members."""
        async with self.begin() as connection:
            found = await self._versions(connection, id, limit=1)
            return await self._with_members(connection, found[0]) if found else None

    async def change_cohort(self, id: str, change: Callable[[Cohort | None], Cohort], *, now: datetime) -> Cohort:
        """Make or change a cohort; the version before is kept for a day."""
        async with self.begin() as connection:
            found = await self._versions(connection, id, limit=1, locked=True)
            old = await self._with_members(connection, found[0]) if found else None
            new = change(old)
            if new != old:
                await self._put_version(connection, new, found[0].version + 1 if found else 1, now)
            return new

    async def undo_cohort(self, id: str, *, now: datetime) -> Cohort | None:
        """Go back to the version before the last change, if that was within a day."""
        async with self.begin() as connection:
            found = await self._versions(connection, id, limit=2, locked=True)
            if len(found) < 2 or now - found[0].changed_at > UNDO_WITHIN:
                return None
            await self._drop_versions(connection, id, cohorts.c.version == found[0].version)
            return await self._with_members(connection, found[1])

    async def _versions(
        self, connection: AsyncConnection, id: str, *, limit: int, locked: bool = False
    ) -> Sequence[Row[Any]]:
        query = select(cohorts).where(cohorts.c.id == id).order_by(cohorts.c.version.desc()).limit(limit)
        return (await connection.execute(query.with_for_update() if locked else query)).all()

    async def _put_version(self, connection: AsyncConnection, cohort: Cohort, version: int, now: datetime) -> None:
        body = self.seal(None, _cohort.write(replace(cohort, members=())), "cohorts", "body", cohort.id)
        await connection.execute(
            cohorts.insert(), {"id": cohort.id, "version": version, "changed_at": now, "body": body}
        )
        people = [m.person for m in cohort.members if m.person is not None]
        keys: dict[str, bytes] = {}
        for start in range(0, len(people), SOME):
            keys |= await self.keys_for(connection, people[start : start + SOME], now=now)
        rows = [self._member_row(cohort.id, version, n, member, keys) for n, member in enumerate(cohort.members)]
        if rows:
            await connection.execute(members.insert(), rows)
        await self._drop_versions(connection, cohort.id, cohorts.c.version < version - 1)

    async def _drop_versions(self, connection: AsyncConnection, id: str, which: Any) -> None:
        gone = select(cohorts.c.version).where(cohorts.c.id == id, which)
        await connection.execute(delete(members).where(members.c.cohort == id, members.c.version.in_(gone)))
        await connection.execute(delete(cohorts).where(cohorts.c.id == id, which))

    def _member_row(
        self, cohort: str, version: int, n: int, member: Member, keys: Mapping[str, bytes]
    ) -> dict[str, Any]:
        who = None if member.person is None else self.who(member.person)
        body = self.seal(keys[who] if who else None, _member.write(member), "members", "body", f"{cohort}|{n}")
        return {"cohort": cohort, "version": version, "n": n, "who": who, "body": body}

    def _read_cohort(self, row: Row[Any]) -> Cohort:
        return _cohort.read(self.unseal(None, row.body, "cohorts", "body", row.id))

    async def _with_members(self, connection: AsyncConnection, row: Row[Any]) -> Cohort:
        here = (members.c.cohort == row.id) & (members.c.version == row.version)
        rows = (await connection.execute(select(members).where(here).order_by(members.c.n))).all()
        whos = sorted({r.who for r in rows if r.who})
        keys: dict[str, bytes] = {}
        for start in range(0, len(whos), SOME):
            keys |= await self.keys_of(connection, whos[start : start + SOME])
        read = (
            _member.read(self.unseal(keys[r.who] if r.who else None, r.body, "members", "body", f"{r.cohort}|{r.n}"))
            for r in rows
        )
        return replace(self._read_cohort(row), members=tuple(read))

    async def tally(self, cohort: str) -> Tally:
        """Return how many were asked and answered, and how many have paused or stopped."""
        c = check_ins.c
        here = c.cohort == cohort
        asked = select(c.step, func.count()).where(here, c.sent_at.is_not(None)).group_by(c.step)
        answered = asked.where(c.state == STATES.index(State.ANSWERED))
        part = select(c.who).where(here).distinct()
        standing = select(journeys.c.standing, func.count()).where(journeys.c.who.in_(part))
        standing = standing.group_by(journeys.c.standing)
        async with self.begin() as connection:
            by_standing = {row[0]: row[1] for row in await connection.execute(standing)}
            return Tally(
                enrolled=sum(by_standing.values()),
                paused=by_standing.get(Standing.PAUSED, 0),
                stopped=by_standing.get(Standing.STOPPED, 0),
                asked={row[0]: row[1] for row in await connection.execute(asked)},
                answered={row[0]: row[1] for row in await connection.execute(answered)},
            )

    async def counted(self, cohort: str) -> Mapping[tuple[str, str, str], int]:
        """Return how often each (step, question, answer) was given."""
        c = answers.c
        query = select(c.step, c.question, c.answer, func.count()).where(c.cohort == cohort)
        async with self.begin() as connection:
            rows = await connection.execute(query.group_by(c.step, c.question, c.answer))
            return {(step, question, answer): n for step, question, answer, n in rows.all()}

    async def stories(self, cohort: str) -> Sequence[Story]:
        """Return the stories that people of a cohort have released, in an order that tells nothing of them."""
        here = select(check_ins.c.who).where(check_ins.c.cohort == cohort).distinct()
        found: list[Story] = []
        async with self.begin() as connection:
            whos = (await connection.execute(here)).scalars().all()
            for start in range(0, len(whos), SOME):
                loaded = await self._load_journeys(connection, whos[start : start + SOME])
                found += [journey.story for journey in loaded.values() if journey.story is not None]
        told = (story for story in found if story.cohort == cohort and story.released is not None)
        return sorted(told, key=lambda story: story.text)

    async def released(self, cohort: str) -> Mapping[str, str]:
        """Return the figures that were made public."""
        async with self.begin() as connection:
            return await self._released(connection, cohort)

    async def release(self, cohort: str, figures: Mapping[str, str]) -> Mapping[str, str]:
        """Make figures public, once: what was public under a name stays as it is. Return all that is."""
        rows = [{"cohort": cohort, "name": name, "figures": text} for name, text in sorted(figures.items())]
        async with self.begin() as connection:
            if rows:
                await connection.execute(self.insert(released).on_conflict_do_nothing(), rows)
            return await self._released(connection, cohort)

    async def _released(self, connection: AsyncConnection, cohort: str) -> Mapping[str, str]:
        query = select(released.c.name, released.c.figures).where(released.c.cohort == cohort)
        return {row.name: row.figures for row in await connection.execute(query.order_by(released.c.name))}
