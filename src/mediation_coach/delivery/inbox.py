"""The way in: an event is safe before its platform hears that we have it, and is answered in order, once.

adapter.run(receive)  →  Inbox.accept(event)  one durable row, a repeat changes nothing
Inbox.work()          →  answer(event, state) conversations side by side, the events of one in order
                      →  Store.finish(…)      event done, state kept, reply in the outbox: one transaction

Where a worker is free and the conversation is at rest, the row is written as taken, and needs no claim; so is the reply.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mediation_coach import logs
from mediation_coach.delivery.crew import Crew
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.pace import Buckets, Clock, back_off
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.delivery.signs import ShowWorking, Signs
from mediation_coach.domain.chat import ConversationState, Event, Intent, Reply
from mediation_coach.domain.delivery import Arrival, Hold, Outgoing
from mediation_coach.errors import CoachError
from mediation_coach.ports import Handle, Store

log = logs.get("delivery")

# After so many attempts more than allowed that ended without an answer or an error, the event may be what ends the process.
DEATHS = 5
QUESTIONS = frozenset({Intent.MESSAGE, Intent.CHOICE, Intent.FORM})
Say = Callable[[Event], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """What the coach says when it cannot answer at once; each takes the event and returns the reply.

    `busy`: it is kept and answered in a few minutes. `full`: too many ask, please ask again later. `too_fast`: one person
    asks faster than allowed. `sorry`: answering failed, also the last time.
    """

    busy: Say
    full: Say
    too_fast: Say
    sorry: Say


class Inbox:
    """Takes events in and has them answered."""

    def __init__(
        self,
        store: Store,
        answer: Handle,
        *,
        adapters: Collection[str],
        says: Says,
        settings: DeliverySettings | None = None,
        metrics: Metrics | None = None,
        show_working: ShowWorking | None = None,
        outbox: Outbox | None = None,
        answered: Callable[[], None] = lambda: None,
        heard: Callable[[Event], None] | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        """Answer the events of `adapters` by `answer`, and hand replies to `outbox`, where it is in this process.

        `answered` is called when a reply was put in the outbox and not handed over, `heard` with each event once it is kept.
        """
        self._store = store
        self._answer = answer
        self._adapters = frozenset(adapters)
        self._says = says
        self._settings = settings or DeliverySettings()
        self._metrics = metrics or Metrics()
        after, most = self._settings.status_after_seconds, self._settings.answer_seconds
        self._signs = None if show_working is None else Signs(show_working, after=after, most=most)
        self._outbox = outbox
        self._answered = answered if outbox is None else outbox.wake
        self._heard = heard
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._lease = timedelta(seconds=self._settings.answer_lease_seconds)
        self._people = Buckets(self._settings.person_per_minute / 60, self._settings.person_burst)
        self._hold = Hold(owner=self._owner, lease=self._lease)
        self._waiting = 0
        self._adrift: list[Arrival] = []
        self._closed_door = False
        self._crew: Crew[Arrival] = Crew(
            "inbox", size=self._settings.workers, fetch=self._claim, do=self._handle, poll=self._settings.poll_seconds
        )

    async def accept(self, event: Event) -> None:
        """Write `event` down; when this returns, it will be answered whatever happens.

        Raises:
            StoreError: it could not be written; the platform should deliver it again.
        """
        if self._closed_door:  # not taken, so not confirmed: the platform will offer it to another, or later
            await asyncio.Event().wait()
        welcome, also = self._welcome(event)
        if welcome and event.person.adapter in self._adapters and self._crew.keep_place():
            # Whoever brought the event may hang up meanwhile; it is ours by then, so we go on.
            new = await asyncio.shield(asyncio.ensure_future(self._accept_by_hand(event, also)))
        else:
            new = await self._store.accept(event, now=self._clock(), also=also, handled=not welcome)
            self._tell(event, new)
            if new and welcome:
                self._waiting += 1
                self._crew.wake()
                if self._signs is not None and self._crew.full and also is None and event.intent in QUESTIONS:
                    self._signs.wait(event)
        self._metrics.events.labels(event.person.adapter, _result(new, welcome)).inc()
        if new and also is not None:
            self._answered()

    async def _accept_by_hand(self, event: Event, also: Outgoing | None) -> bool:
        """Write `event` down and begin with it at once, where nothing of its conversation is open."""
        try:
            new, arrival = await self._store.accept_and_hold(event, now=self._clock(), hold=self._hold, also=also)
        except BaseException:
            self._crew.free_place()
            raise
        self._waiting += new
        self._tell(event, new)
        if arrival is None:
            self._crew.free_place()
            if new:
                self._crew.wake()
        elif not self._crew.hand(arrival):
            await self._give_back(arrival)
        await self._store.safe()  # meanwhile it is being answered; most often the answer brings it to the disk
        return new

    def _tell(self, event: Event, new: bool) -> None:
        if new and self._heard is not None:
            self._heard(event)

    def _welcome(self, event: Event) -> tuple[bool, Outgoing | None]:
        """Return whether to answer `event`, and what to say at once where the house is full or someone asks too fast."""
        if event.intent not in QUESTIONS:
            return True, None
        now = self._clock()
        if self._people.wait(event.person.key, now):
            return False, self._once(event, "too_fast", self._says.too_fast, minutes=1)
        self._people.take(event.person.key, now)
        if self._waiting >= self._settings.full_backlog:
            return False, self._once(event, "full", self._says.full, minutes=5)
        if self._waiting >= self._settings.slow_backlog:
            return True, self._once(event, "busy", self._says.busy, minutes=30)
        return True, None

    def _once(self, event: Event, what: str, say: Say, *, minutes: int) -> Outgoing:
        """Return a kind word whose key is the same for one person for so many minutes, so that they read it once."""
        now = self._clock()
        key = f"{what}:{event.person.key}:{int(now.timestamp() // (60 * minutes))}"
        return Outgoing(key=key, to=event.conversation, reply=say(event), due_at=now, person=event.person)

    async def work(self) -> None:
        """Answer events until asked to stop."""
        keeping = asyncio.create_task(self._keep_leases())
        try:
            await self._crew.run()
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def close_door(self) -> None:
        """Take no more events; whoever offers one is left waiting until it hangs up."""
        self._closed_door = True

    def wake(self) -> None:
        """Look for events now."""
        self._crew.wake()

    async def drain(self, seconds: float) -> None:
        """Finish what is in hand within `seconds`; give the rest back, so that another replica or the next start has it."""
        keeping = asyncio.create_task(self._keep_leases())
        cut = await self._crew.drain(seconds)
        if self._signs is not None:
            await self._signs.end()
        keeping.cancel()
        for arrival in cut:
            await self._give_back(arrival)
        log.info("inbox_drained", count=len(cut))

    async def _give_back(self, arrival: Arrival) -> None:
        """Let another have an event; where the database fails now, a little later."""
        try:
            await self._store.postpone_event(arrival, until=self._clock())
        except CoachError:
            self._adrift.append(arrival)

    async def _claim(self, room: int) -> Sequence[Arrival]:
        return await self._store.claim_events(
            adapters=self._adapters, owner=self._owner, now=self._clock(), lease=self._lease, limit=room
        )

    async def _handle(self, arrival: Arrival) -> None:
        if arrival.attempt > self._settings.answer_attempts + DEATHS:
            await self._failed(arrival, RuntimeError("the process ended each time"))
            return
        try:
            async with self._working(arrival.event), asyncio.timeout(self._settings.answer_seconds):
                reply, state = await self._answer(arrival.event, arrival.state)
        except Exception as exc:  # whatever a skill or a model raises means the same here: not answered yet
            await self._failed(arrival, exc)
            return
        try:
            await asyncio.shield(asyncio.ensure_future(self._finish(arrival, reply, state)))
        except CoachError:
            await self._give_back(arrival)
            raise

    async def _finish(self, arrival: Arrival, reply: Reply | None, state: ConversationState) -> None:
        """Write the answer down, and hand the reply over."""
        hold = self._outbox.keep_place(arrival.event.conversation.adapter) if self._outbox and reply else None
        if hold is None:
            if await self._store.finish(arrival, reply, state, now=self._clock()):
                self._closed(arrival, replied=reply is not None)
            else:
                self._metrics.leases_lost.labels("event").inc()
            return
        assert self._outbox is not None
        parcel = None
        try:
            ours, parcel = await self._store.finish_and_hold(arrival, reply, state, now=self._clock(), hold=hold)
        finally:
            await self._outbox.hand(parcel)
        if ours:
            self._closed(arrival, replied=parcel is None)
        else:
            self._metrics.leases_lost.labels("event").inc()

    def _closed(self, arrival: Arrival, *, replied: bool) -> None:
        self._waiting = max(0, self._waiting - 1)
        self._metrics.answers.observe(max(0.0, (self._clock() - arrival.received_at).total_seconds()))
        if replied:
            self._answered()

    async def _failed(self, arrival: Arrival, exc: Exception) -> None:
        """Try again after a while; after the last attempt say sorry, and count it."""
        self._metrics.failures.labels(type(exc).__name__).inc()
        log.warning("answer_failed", attempt=arrival.attempt, error=type(exc).__name__, place=logs.place_of(exc))
        if arrival.attempt < self._settings.answer_attempts:
            pause = back_off(arrival.attempt, self._settings.longest_wait_seconds, random.random())  # noqa: S311
            await self._store.postpone_event(arrival, until=self._clock() + pause)
            return
        sorry = self._says.sorry(arrival.event) if arrival.event.intent in QUESTIONS else None
        await self._store.finish(arrival, sorry, arrival.state, now=self._clock())
        self._metrics.events.labels(arrival.event.person.adapter, "given_up").inc()
        self._closed(arrival, replied=sorry is not None)

    def _working(self, event: Event) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self._signs is None or event.intent not in QUESTIONS else self._signs.of(event)

    async def _keep_leases(self) -> None:
        """Renew what is in hand, give back what others left, and count what waits."""
        while True:
            try:
                adrift, self._adrift = self._adrift, []
                for arrival in adrift:
                    await self._give_back(arrival)
                await self._store.renew(owner=self._owner, now=self._clock(), lease=self._lease)
                if await self._store.release_expired(now=self._clock()):
                    self._crew.wake()
                self._waiting = await self._store.waiting()
                self._metrics.backlog.set(self._waiting)
            except CoachError as exc:
                log.error("leases_not_kept", error=type(exc).__name__)
            await asyncio.sleep(self._settings.answer_lease_seconds / 3)


def _result(new: bool, welcome: bool) -> str:
    if not new:
        return "repeat"
    return "accepted" if welcome else "turned_away"
