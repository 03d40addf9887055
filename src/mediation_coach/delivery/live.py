"""Answers that can be seen while they are being written, and stopped.

What is shown is a sign of life and no more: the reply goes through the outbox as always, under the same key, and takes the place
of the half message. Where that half stands is noted, so that a coach that died in mid-answer leaves one answer, not two.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter

from mediation_coach import logs
from mediation_coach.delivery.pace import Buckets, Clock
from mediation_coach.domain.chat import Conversation, Event, Intent
from mediation_coach.domain.delivery import REPLY, Fate, Outcome, Parcel, answer_id
from mediation_coach.errors import AdapterError, CoachError, Stopped, TryLater
from mediation_coach.ports import ChatAdapter, LiveAdapter, SecretBox, Showing

log = logs.get("delivery")

UNHURRIED = 10.0
REMEMBERED = 1000
Put = Callable[[str], Awaitable[None]]


class Page:
    """Where one answer is seen while it is written. The newest words are shown at the pace of their place."""

    def __init__(self, put: Put | None = None, pace: Showing | None = None) -> None:
        """Show by `put`, which raises AdapterError; nothing is shown without a `pace`, and all of it can be stopped."""
        self._put = put
        self._pace = pace
        self._words = ""
        self._news, self._over = asyncio.Event(), asyncio.Event()
        self._stopped = False
        self._timer: asyncio.Timeout | None = None

    async def show(self, so_far: str) -> None:
        """Let the reader see this, soon."""
        self._words = so_far
        self._news.set()

    @asynccontextmanager
    async def until_stopped(self) -> AsyncIterator[None]:
        """Run the block until the reader stops it.

        Raises:
            Stopped: they did.
        """
        if self._stopped:
            raise Stopped
        timer = asyncio.timeout(None)
        try:
            async with timer:
                self._timer = timer
                try:
                    yield
                finally:
                    self._timer = None
        except TimeoutError:
            if timer.expired():
                raise Stopped from None
            raise

    def stop(self) -> None:
        """End what is being written, or what will be."""
        self._stopped = True
        if self._timer is not None:
            self._timer.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        """Show nothing more."""
        self._over.set()
        self._news.set()

    async def keep_showing(self) -> None:
        """Show what there is, at its pace, until closed."""
        if self._put is None or self._pace is None:
            return
        for _ in range(self._pace.most):
            await self._news.wait()
            self._news.clear()
            if self._over.is_set():
                return
            pause = self._pace.every
            try:
                await self._put(self._words)
            except TryLater as exc:
                pause = max(pause, exc.retry_after.total_seconds())
                self._news.set()
            except CoachError as exc:
                log.info("answer_not_shown", why=exc.reason if isinstance(exc, AdapterError) else type(exc).__name__)
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), pause)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    event: Event
    page: Page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    """Where a half answer stands; `half` is empty while its first words are being shown."""

    since: datetime
    half: str = ""


_NOTE = TypeAdapter(_Note)
_NOTHING = _Note(since=datetime.min.replace(tzinfo=UTC))


class Stage:
    """The pages of the answers in hand, and the notes of where a half answer stands."""

    def __init__(
        self,
        adapters: Mapping[str, ChatAdapter],
        box: SecretBox,
        *,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        """Show on those of the `adapters` that can; keep the notes in `box`."""
        self._clock = clock
        self._adapters = dict(adapters)
        self._box = box
        self._asked: list[_Asked] = []
        self._stops: OrderedDict[tuple[str, str], Event] = OrderedDict()
        self._noted: OrderedDict[str, _Note] = OrderedDict()
        self._budgets: dict[Showing, Buckets] = {}

    @asynccontextmanager
    async def page(self, event: Event) -> AsyncIterator[Page]:
        """Give the page of the answer to `event` while it is being written."""
        adapter = self._adapters.get(event.conversation.adapter)
        live = adapter if isinstance(adapter, LiveAdapter) and _may_be_seen(event.conversation) else None
        pace = live.showing(event.conversation) if live is not None else None
        page = Page(lambda words: self._put(event, words), pace)
        asked = _Asked(event=event, page=page)
        if live is not None and pace is not None:
            await self._pick_up(event, live)
        if self._stopped_before(event):
            page.stop()
        self._asked.append(asked)
        showing = asyncio.create_task(page.keep_showing())
        try:
            yield page
        finally:
            self._asked.remove(asked)
            page.close()
            try:
                await asyncio.wait([showing], timeout=UNHURRIED)
            finally:
                showing.cancel()

    def heard(self, event: Event) -> None:
        """Stop the answer that a person does not want any more: they pressed stop there, or took their question back."""
        if event.intent is Intent.STOPPED:
            self._remember(event, event.conversation.key)
        elif event.intent is Intent.DELETED:
            self._remember(event, event.about)
        for asked in self._asked:
            if self._stopped_before(asked.event):
                asked.page.stop()

    def _remember(self, event: Event, what: str) -> None:
        self._stops[event.person.key, what] = event
        while len(self._stops) > REMEMBERED:
            self._stops.popitem(last=False)

    def _stopped_before(self, question: Event) -> bool:
        """Return whether its own author stopped the answer to `question`, also where it still waits to be written."""
        pressed = self._stops.get((question.person.key, question.conversation.key))
        gone = (question.person.key, question.id) in self._stops
        return gone or (pressed is not None and pressed.at >= question.at)

    async def _put(self, event: Event, words: str) -> None:
        adapter, key = self._adapters[event.conversation.adapter], answer_id(event)
        assert isinstance(adapter, LiveAdapter)
        self._spend(event.conversation, adapter)
        if not self._noted.get(key, _NOTHING).half:
            await self._note(key, _Note(since=self._clock()))
        try:
            half = await adapter.show(event.conversation, words, key=key, person=event.person)
        except TryLater as exc:
            self._rest(event.conversation, adapter, exc.retry_after)
            raise
        note = self._noted.get(key) or _Note(since=self._clock())
        if half != note.half:
            await self._note(key, replace(note, half=half))

    def _spend(self, at: Conversation, adapter: LiveAdapter) -> None:
        """Take one of the shows that a workspace allows in a minute; the replies themselves need the rest.

        Raises:
            TryLater: there is none left now.
        """
        pace, now = adapter.showing(at), self._clock()
        if pace is None or not pace.a_minute:
            return
        budget = self._budgets.setdefault(pace, Buckets(pace.a_minute / 60, max(1, pace.a_minute // 6)))
        if wait := budget.wait(_workspace(at), now):
            raise TryLater(at.adapter, "enough is shown for now", wait)
        budget.take(_workspace(at), now)

    def _rest(self, at: Conversation, adapter: LiveAdapter, seconds: timedelta) -> None:
        if (pace := adapter.showing(at)) in self._budgets:
            self._budgets[pace].empty(_workspace(at), self._clock() + seconds)

    async def _note(self, key: str, note: _Note) -> None:
        self._noted[key] = note
        while len(self._noted) > REMEMBERED:  # the box has them all
            self._noted.popitem(last=False)
        await self._box.put(_name(key), _NOTE.dump_json(note))

    async def _pick_up(self, event: Event, adapter: LiveAdapter) -> None:
        """Find the half message that an earlier life left of this very answer: now, while no later one can stand there."""
        key = answer_id(event)
        try:
            note = await self._know(adapter, key)
            if note is not None and not note.half:
                half = await adapter.find_half(event.conversation, key=key, since=note.since)
                await self._note(key, replace(note, half=half))
                if half:
                    adapter.take_up(key=key, half=half)
        except CoachError as exc:  # what is left stays beside the answer
            log.warning("half_answer_not_found", error=type(exc).__name__)

    async def take_up(self, parcel: Parcel) -> None:
        """Tell the adapter of the half message that `parcel` is to replace, where an earlier life left one."""
        adapter = self._adapters[parcel.to.adapter]
        if isinstance(adapter, LiveAdapter) and parcel.kind == REPLY and adapter.showing(parcel.to) is not None:
            await self._know(adapter, parcel.id)

    async def _know(self, adapter: LiveAdapter, key: str) -> _Note | None:
        """Return the note of a half message; what an earlier life noted, the adapter is told of."""
        if key not in self._noted and (kept := await self._box.get(_name(key))) is not None:
            note = self._noted[key] = _NOTE.validate_json(kept)
            if note.half:
                adapter.take_up(key=key, half=note.half)
        return self._noted.get(key)

    async def settled(self, parcel: Parcel, outcome: Outcome) -> None:
        """Forget the half message of a reply that is sent, or given up."""
        if parcel.id in self._noted and outcome.fate is not Fate.WAITING:
            del self._noted[parcel.id]
            await self._box.delete(_name(parcel.id))


def _may_be_seen(at: Conversation) -> bool:
    """Whether an answer there is in the asker's own place: alone with the coach, or in the thread of their question."""
    return at.private or bool(at.thread)


def _workspace(at: Conversation) -> str:
    return f"{at.adapter}/{at.workspace}"


def _name(key: str) -> str:
    return f"half:{key}"
