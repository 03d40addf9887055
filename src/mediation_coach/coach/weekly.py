"""The weekly summary: each cohort that runs, to each coordinator, on the first working morning of their week; once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from mediation_coach import logs
from mediation_coach.coach.cohorts import Cohorts
from mediation_coach.domain.calendar import DAY, Holiday, Rhythm, good_until, next_slot
from mediation_coach.domain.chat import Conversation, Person, Reply, ReplyKind
from mediation_coach.domain.delivery import Delivery, Outgoing, derived_id
from mediation_coach.domain.follow_through import Cohort, Journey, Plan, Stage
from mediation_coach.errors import AdapterError, ContentError

KIND = "weekly"
GOES_ON = timedelta(weeks=3)
"""How long after the last question: its figures are made two weeks after it, and are told once."""

log = logs.get("weekly")


class Post(Protocol):
    """The part of the store that is needed."""

    async def journey(self, person: Person) -> Journey | None:
        """Return the journey of `person`, where there is one."""
        ...

    async def post(self, outgoing: Sequence[Outgoing], *, now: datetime) -> int:
        """Put messages in the outbox; return how many were new."""
        ...

    async def delivery(self, id: str) -> Delivery | None:
        """Return where the message `id` stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Posts the summaries of the week. Doing it twice, or in several replicas, posts each once."""

    cohorts: Cohorts
    post: Post
    coordinators: Collection[Person]
    summarise: Callable[[str, date], Awaitable[Reply]]
    open_conversation: Callable[[Person], Awaitable[Conversation]]
    holiday: Holiday

    async def tell(self, now: datetime) -> int:
        """Post what is to be told now; return how many summaries were new."""
        running = [cohort for cohort in await self.cohorts.all() if self._runs(cohort, now)]
        return sum([await self._tell(cohort, person, now) for cohort in running for person in self.coordinators])

    def _runs(self, cohort: Cohort, now: datetime) -> bool:
        try:
            return runs(cohort, self.cohorts.plan_of(cohort), now)
        except ContentError:  # its plan is no longer in the folder; whoever asks for the summary is told so
            return False

    async def _tell(self, cohort: Cohort, person: Person, now: datetime) -> int:
        try:
            to = await self.open_conversation(person)
        except AdapterError as exc:
            log.warning("conversation_not_opened", adapter=exc.adapter, error=type(exc).__name__)
            return 0
        person = replace(person, workspace=to.workspace)
        if not cohort.is_seen_by(person):
            return 0
        journey = await self.post.journey(person)
        rhythm = journey.rhythm if journey is not None and journey.enrolments else cohort.rhythm
        if (journey is not None and journey.stopped) or not is_time(rhythm, now, holiday=self.holiday):
            return 0
        key = f"{KIND}:{cohort.id}:{monday_of(rhythm, now).isoformat()}:{person.key}"
        if await self.post.delivery(derived_id(to.adapter, key)) is not None:
            return 0
        reply = replace(await self.summarise(cohort.id, rhythm.local(now).date()), kind=ReplyKind.CHECK_IN)
        until = good_until(rhythm, now, late=DAY)
        outgoing = Outgoing(key=key, to=to, reply=reply, due_at=now, kind=KIND, person=person, until=until)
        return await self.post.post([outgoing], now=now)


def runs(cohort: Cohort, plan: Plan, now: datetime) -> bool:
    """Whether a cohort has anything to tell week by week: from its start until the last figures were told."""
    last = max(step.after.after(cohort.ends) for step in plan.steps)
    return cohort.weekly and cohort.stage is Stage.STARTED and now.date() <= last + GOES_ON


def monday_of(rhythm: Rhythm, now: datetime) -> date:
    """Return the Monday of the week it is on the reader's own calendar."""
    today = rhythm.local(now).date()
    return today - today.weekday() * DAY


def is_time(rhythm: Rhythm, now: datetime, *, holiday: Holiday) -> bool:
    """Whether it is the day of the week's summary, after the hour at which its reader is written to, and a good time."""
    slot = next_slot(rhythm, day=monday_of(rhythm, now), holiday=holiday)
    same_day = rhythm.local(slot).date() == rhythm.local(now).date()
    return slot <= now and same_day and rhythm.is_good(now, holiday)
