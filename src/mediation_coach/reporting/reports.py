"""Reports of a cohort, from the store: figures are released as steps close, and shown the same ever after."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from mediation_coach.domain.chat import Reply
from mediation_coach.domain.follow_through import Plan
from mediation_coach.errors import ContentError
from mediation_coach.ports import FollowThroughStore
from mediation_coach.reporting.figures import Figures, figures, new_figures
from mediation_coach.reporting.page import summary


class Reports:
    """What may be told of cohorts."""

    def __init__(self, store: FollowThroughStore, plans: Mapping[str, Plan]) -> None:
        """Report on the cohorts in `store`."""
        self._store = store
        self._plans = plans

    async def figures(self, id: str, *, today: date) -> Figures:
        """Return what may be told of a cohort today; what closes today is released by it.

        Raises:
            ContentError: there is no such cohort, or its plan is not in the folder.
        """
        cohort = await self._store.cohort(id)
        if cohort is None:
            raise ContentError(f"there is no cohort '{id}'")
        plan = self._plans.get(cohort.plan)
        if plan is None:
            raise ContentError(f"there is no plan '{cohort.plan}'; put it back into the folder")
        tally, counted = await self._store.tally(id), await self._store.counted(id)
        released = await self._store.release(id, new_figures(cohort, plan, tally, counted, today=today))
        return figures(cohort, plan, tally, released, today=today)

    async def summary(self, id: str, today: date) -> Reply:
        """Return the summary of a cohort for the chat."""
        return summary(await self.figures(id, today=today))
