"""Follow-through as the rest of the house sees it: a tick, an ear, and handlers by name."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from mediation_coach.coach.asking import Asking
from mediation_coach.coach.check_in_replies import EDIT_FORM, FORM
from mediation_coach.coach.check_ins import CheckIns
from mediation_coach.coach.dialogue import CommandHandler
from mediation_coach.coach.journeys import Journeys, Tools
from mediation_coach.coach.plan_wishes import Joining, PlanWishes
from mediation_coach.coach.stories import FORM as STORY
from mediation_coach.domain.chat import ConversationState, Event
from mediation_coach.ports import FollowThroughStore, Retriever


class FollowThrough:
    """Puts the walks of follow-through together."""

    def __init__(
        self, store: FollowThroughStore, retriever: Retriever, tools: Tools, *, join: Joining | None = None
    ) -> None:
        """Keep journeys in `store`; find cards with `retriever`; `join` puts someone into the cohort of a code."""
        self.journeys = Journeys(store, tools)
        self.asking = Asking(self.journeys)
        self._check_ins = CheckIns(self.journeys, retriever)
        self._wishes = PlanWishes(self.journeys, join=join)

    @property
    def commands(self) -> dict[str, CommandHandler]:
        """The handlers by the name of their command."""
        return {"plan": self._wishes.wish, "checkin": self._check_ins.answer, "stop": self._wishes.stop}

    @property
    def forms(self) -> dict[str, CommandHandler]:
        """The handlers by the id of their form."""
        return {FORM: self._wishes.commit, EDIT_FORM: self._wishes.commit, STORY: self._wishes.stories.write}

    async def tick(self, now: datetime, *, adapters: Collection[str]) -> int:
        """Ask, nudge or put off everything that is due on these adapters; return how many check-ins that was."""
        return await self.asking.tick(now, adapters=adapters)

    async def understand(self, event: Event, state: ConversationState) -> Event:
        """Return the event as the choice it stands for, where someone typed an answer or a wish; else the event itself."""
        return await self._check_ins.understand(event, state)

    async def report_crisis(self, event: Event) -> bool:
        """Pause the schedule of someone who reports a crisis or a danger, for seven days; return whether it is paused so."""
        return await self._wishes.report_crisis(event)
