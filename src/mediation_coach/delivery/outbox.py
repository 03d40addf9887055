"""The way out: each reply once, when it is due, in order, at the pace its platform allows.

The id of a row is the key under which it is sent. An attempt whose outcome nobody knows (the process died, or the
connection after the request) is never simply repeated: the same key is used again where the platform knows keys, the
message is looked for where it does not, and where neither is possible a setting decides.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from mediation_coach import logs
from mediation_coach.delivery.crew import Crew
from mediation_coach.delivery.live import Stage
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.pace import Clock, PlatformPace, back_off
from mediation_coach.delivery.settings import DeliverySettings, Pace
from mediation_coach.domain.delivery import TOO_LATE, Fate, Hold, Outcome, Parcel
from mediation_coach.errors import CoachError, NotDelivered, TryLater
from mediation_coach.ports import ChatAdapter, Store

log = logs.get("delivery")

PATIENCE = timedelta(seconds=1)


class Outbox:
    """Delivers what is due."""

    def __init__(
        self,
        store: Store,
        adapters: Mapping[str, ChatAdapter],
        *,
        settings: DeliverySettings | None = None,
        metrics: Metrics | None = None,
        stage: Stage | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        """Deliver through `adapters`, by name; on `stage` some of the replies were seen while they were written."""
        self._store = store
        self._adapters = dict(adapters)
        self._open = set(adapters)
        self._settings = settings or DeliverySettings()
        self._metrics = metrics or Metrics()
        self._stage = stage
        self._clock = clock
        self._owner = uuid.uuid4().hex
        self._lease = timedelta(seconds=self._settings.send_lease_seconds)
        self._hold = Hold(owner=self._owner, lease=self._lease)
        self._margin = timedelta(seconds=self._settings.send_margin_seconds)
        self._pace = PlatformPace({name: _pace_of(a) for name, a in adapters.items()} | self._settings.pace)
        self._crew: Crew[Parcel] = Crew(
            "outbox", size=self._settings.senders, fetch=self._claim, do=self._deliver, poll=self._settings.poll_seconds
        )

    async def deliver(self) -> None:
        """Deliver until asked to stop."""
        await self._crew.run()

    def wake(self) -> None:
        """Look for replies now."""
        self._crew.wake()

    def leave(self, adapter: str) -> None:
        """Take no more replies for `adapter`; they wait for the next start."""
        self._open.discard(adapter)

    def keep_place(self, adapter: str) -> Hold | None:
        """Return how a reply that is about to be written down is taken for us; None where it should wait its turn.

        A place is kept for it until `hand` is called, with the reply or with nothing.
        """
        return self._hold if adapter in self._open and self._crew.keep_place() else None

    async def hand(self, parcel: Parcel | None) -> None:
        """Send a reply that was taken for us."""
        if parcel is None:
            self._crew.free_place()
        elif not self._crew.hand(parcel):  # it was not tried, and another start should have it
            back = Outcome(fate=Fate.WAITING, again_at=self._clock(), counted=False)
            await self._store.settle(parcel, back, now=self._clock())

    async def drain(self, seconds: float) -> None:
        """Finish what is being sent within `seconds`; what takes longer is looked into at the next start."""
        cut = await self._crew.drain(seconds)
        log.info("outbox_drained", count=len(cut))

    async def deliver_due(self) -> int:
        """Deliver one round of what is due now; return how many parcels were in hand."""
        parcels = await self._claim(self._settings.senders)
        await asyncio.gather(*map(self._deliver, parcels))
        return len(parcels)

    async def _claim(self, room: int) -> Sequence[Parcel]:
        return await self._store.claim_parcels(
            adapters=self._open, owner=self._owner, now=self._clock(), lease=self._lease, limit=room
        )

    async def _deliver(self, parcel: Parcel) -> None:
        outcome = await self._attempt(parcel, self._adapters[parcel.to.adapter])
        if not await self._store.settle(parcel, outcome, now=self._clock()):
            self._metrics.leases_lost.labels("parcel").inc()
        self._metrics.replies.labels(parcel.to.adapter, parcel.kind, outcome.fate.value).inc()
        if outcome.fate is Fate.SENT:
            late = (self._clock() - parcel.due_at).total_seconds()
            self._metrics.sending.labels(parcel.to.adapter).observe(max(0.0, late))
        elif outcome.reason:
            log.warning("not_sent", kind=parcel.kind, attempt=parcel.attempt, status=outcome.fate.value)
        if self._stage is not None:
            await self._stage.settled(parcel, outcome)

    async def _attempt(self, parcel: Parcel, adapter: ChatAdapter) -> Outcome:
        """Return what one attempt at `parcel` led to."""
        wait = self._pace.wait(parcel.to, self._clock())
        if wait > PATIENCE:
            return Outcome(fate=Fate.WAITING, again_at=self._clock() + wait, counted=False)
        self._pace.take(parcel.to, self._clock())
        if wait:
            await asyncio.sleep(wait.total_seconds())
        if self._left(parcel) <= timedelta(0):  # someone else may hold it by the time the platform has it
            return Outcome(fate=Fate.WAITING, again_at=self._clock(), counted=False)
        try:
            if self._stage is not None:
                await self._stage.take_up(parcel)
        except CoachError as exc:  # nothing was sent yet
            log.warning("half_answer_not_known", error=type(exc).__name__)
            return Outcome(fate=Fate.WAITING, again_at=self._clock() + PATIENCE, counted=False)
        try:
            async with asyncio.timeout(self._left(parcel).total_seconds()):
                if parcel.tried_at is not None and (known := await self._settled_before(parcel, adapter)):
                    return known
                if parcel.until is not None and self._clock() > parcel.until:
                    return Outcome(fate=Fate.DEAD, reason=TOO_LATE)
                message = await adapter.send(parcel.to, parcel.reply, key=parcel.id)
        except TryLater as exc:
            return self._later(parcel, exc)
        except NotDelivered as exc:
            return Outcome(fate=Fate.DEAD, reason=exc.reason)
        except Exception as exc:  # a time-out or an adapter's fault: nobody knows whether the message left
            log.error("send_failed", error=type(exc).__name__, place=logs.place_of(exc))
            unknown = TryLater(adapter.name, type(exc).__name__, timedelta(0), sent_unknown=True)
            return self._later(parcel, unknown)
        return Outcome(fate=Fate.SENT, message=message)

    def _left(self, parcel: Parcel) -> timedelta:
        """Return how long this parcel is surely ours."""
        return parcel.lease_until - self._margin - self._clock()

    async def _settled_before(self, parcel: Parcel, adapter: ChatAdapter) -> Outcome | None:
        """Return what became of an earlier attempt that nobody knows about, or None to send under the same key."""
        assert parcel.tried_at is not None
        able, now = adapter.capabilities, self._clock()
        if able.idempotent_send and now - (parcel.first_tried_at or parcel.tried_at) < self._key_is_known:
            return None
        if not able.look_up:
            hold = self._settings.when_unsure.get(parcel.kind, "hold") == "hold"
            return Outcome(fate=Fate.UNCERTAIN, reason="it may have arrived") if hold else None
        look_at = parcel.tried_at + timedelta(seconds=self._settings.look_after_seconds)
        if now < look_at:  # a message just taken may not show yet
            return Outcome(fate=Fate.WAITING, again_at=look_at, counted=False)
        found = await adapter.find_sent(parcel.to, key=parcel.id)
        self._metrics.looked_up.labels(adapter.name, "yes" if found else "no").inc()
        return Outcome(fate=Fate.SENT, message=found) if found else None

    @property
    def _key_is_known(self) -> timedelta:
        """How long a platform surely remembers a key."""
        return timedelta(hours=self._settings.same_key_hours)

    def _later(self, parcel: Parcel, exc: TryLater) -> Outcome:
        if parcel.attempt >= self._settings.send_attempts:
            return Outcome(fate=Fate.DEAD, reason=exc.reason)
        luck = random.random()  # noqa: S311
        pause = max(exc.retry_after, back_off(parcel.attempt, self._settings.longest_wait_seconds, luck))
        if exc.retry_after and not exc.sent_unknown:
            self._pace.rest(parcel.to, self._clock() + exc.retry_after)
        return Outcome(fate=Fate.WAITING, again_at=self._clock() + pause, unsure=exc.sent_unknown, reason=exc.reason)


def _pace_of(adapter: ChatAdapter) -> Pace:
    able = adapter.capabilities
    return Pace(conversation_per_second=able.conversation_per_second, workspace_per_second=able.workspace_per_second)
