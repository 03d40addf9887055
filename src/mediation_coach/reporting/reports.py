"""Reports of a cohort, from the store: figures are released as steps close, and shown the same ever after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Protocol

from mediation_coach.domain.chat import Reply
from mediation_coach.domain.follow_through import Cohort, Plan
from mediation_coach.errors import ContentError
from mediation_coach.ports import FollowThroughStore
from mediation_coach.reporting.donor import HAND_OVERS, Cost, Donor, donor
from mediation_coach.reporting.figures import Figures, figures, new_figures
from mediation_coach.reporting.page import summary


class Kept(FollowThroughStore, Protocol):
    """The part of the store that is needed."""

    async def counts(self, *, since: datetime) -> Mapping[str, int]:
        """Return the counts since a day, by name."""
        ...


class Reports:
    """What may be told of cohorts."""

    def __init__(self, store: Kept, plans: Mapping[str, Plan], *, reading: bool = False) -> None:
        """Report on the cohorts in `store`. `reading` only looks: it shows what was released, and releases nothing."""
        self._store = store
        self._plans = plans
        self._reading = reading

    async def release_all(self, *, today: date) -> None:
        """Release what closes today in any cohort, so that no answer that comes later is in it."""
        for cohort in await self._store.cohorts():
            if cohort.plan in self._plans:
                await self.figures(cohort.id, today=today)

    async def figures(self, id: str, *, today: date) -> Figures:
        """Return what may be told of a cohort today; what closes today is released by it.

        Raises:
            ContentError: there is no such cohort, or its plan is not in the folder.
        """
        cohort, plan = await self._found(id)
        tally = await self._store.tally(id)
        if self._reading:
            released = await self._store.released(id)
        else:
            new = new_figures(cohort, plan, tally, await self._store.counted(id), today=today)
            released = await self._store.release(id, new)
        return figures(cohort, plan, tally, released, today=today)

    async def donor(self, id: str, *, today: date, cost: Cost | None = None, earlier: bool = False) -> Donor:
        """Return what donors are told of a cohort today; without stories where that is an `earlier` day.

        Raises:
            ContentError: there is no such cohort, or its plan is not in the folder.
        """
        cohort, plan = await self._found(id)
        ended = datetime.combine(cohort.ends, time(), tzinfo=UTC)
        hand_overs = (await self._store.counts(since=ended)).get(HAND_OVERS, 0)
        made = await self.figures(id, today=today)
        stories = None if earlier else await self._store.stories(id)
        return donor(made, plan, stories, hand_overs=hand_overs, cost=cost, today=today)

    async def _found(self, id: str) -> tuple[Cohort, Plan]:
        cohort = await self._store.cohort(id)
        if cohort is None:
            raise ContentError(f"there is no cohort '{id}'")
        plan = self._plans.get(cohort.plan)
        if plan is None:
            raise ContentError(f"there is no plan '{cohort.plan}'; put it back into the folder")
        return cohort, plan

    async def summary(self, id: str, today: date) -> Reply:
        """Return the summary of a cohort for the chat."""
        return summary(await self.figures(id, today=today))
