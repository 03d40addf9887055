"""The coach that runs for others: store, adapters, delivery, follow-through and privacy, put together."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from mediation_coach import app, logs, plugins
from mediation_coach.app import Extras
from mediation_coach.coach.cohorts import Cohorts
from mediation_coach.coach.coordinating import Coordinating
from mediation_coach.coach.follow_through import FollowThrough
from mediation_coach.coach.home import Home
from mediation_coach.coach.journeys import DEFAULT_PLAN, Tools
from mediation_coach.coach.moving_clock import MovingClock
from mediation_coach.coach.presenting import plain
from mediation_coach.coach.privacy import Duty, Facts, Privacy
from mediation_coach.coach.weekly import Weekly
from mediation_coach.coach.words import LANGUAGES, controls, say, spoken
from mediation_coach.config import Settings
from mediation_coach.delivery.health import Health
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.live import Stage
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.service import Service
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.delivery.ticks import Ticks
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Intent, Person, Reply
from mediation_coach.domain.delivery import Outgoing
from mediation_coach.errors import ConfigError
from mediation_coach.knowledge.lexicon import detect_language
from mediation_coach.knowledge.places import is_country, is_holiday, read_places
from mediation_coach.knowledge.plans import read_plans
from mediation_coach.knowledge.retrieval import Library
from mediation_coach.ports import Answerer, ChatAdapter, KnowsQuiet, StreamingAnswerer
from mediation_coach.reporting.donor import HAND_OVERS
from mediation_coach.reporting.reports import Reports
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore

log = logs.get("running")

TICK_SECONDS = 15.0
WEEKLY_EVERY = timedelta(minutes=15)
RATINGS = {"good": "good", "up": "good", "bad": "bad", "down": "bad"}
SPENDING_SECONDS = 5.0
AFTER_THE_MODEL = 10.0


def build_adapters(settings: Settings, store: SqlStore) -> dict[str, ChatAdapter]:
    """Return the adapters that the settings name, each with its own options checked.

    Raises:
        PluginError: one is not installed.
        ConfigError: an option is not usable, or no adapter but the terminal is named.
    """
    named = [name for name in settings.adapters if name != "terminal"]
    if not named:
        raise ConfigError(
            "'run' serves Slack or Matrix: set adapters = [\"slack\"] in coach.toml, or use 'chat' for the terminal"
        )
    return {name: _adapter(name, settings, store) for name in named}


def _adapter(name: str, settings: Settings, store: SqlStore) -> ChatAdapter:
    kind = plugins.load(plugins.ADAPTERS, name)
    options = kind.read_options(adapter_table(name, kind, settings))
    labels = {language: controls(language) for language in LANGUAGES}
    offers: dict[str, Any] = {"box": store, "labels": labels, "language_of": detect_language}
    wants = inspect.signature(kind).parameters
    adapter: ChatAdapter = kind(options, **{name: offer for name, offer in offers.items() if name in wants})
    return adapter


def adapter_table(name: str, kind: Any, settings: Settings) -> dict[str, Any]:
    """Return the raw table of an adapter, with a folder of its own where it keeps files."""
    own = {"folder": settings.data_folder / name} if "folder" in kind.Options.model_fields else {}
    return {**own, **settings.table(name)}


async def open_service(settings: Settings, stack: AsyncExitStack) -> Service:
    """Open everything that runs; `stack` closes it again.

    Raises:
        CoachError: something that is needed cannot be opened; the message says what to do.
    """
    store = await SqlStore.open(StoreSettings.of(settings.table("store")), folder=settings.data_folder)
    stack.push_async_callback(store.close)
    logs.use_salt(store.named("logs", "salt").encode())
    adapters = build_adapters(settings, store)
    library = app.open_library(settings, notice=lambda _: log.warning("library_notice"))
    answerer = app.build_answerer(settings, library, ledger=store)
    if (close := getattr(answerer, "close", None)) is not None:
        stack.push_async_callback(close)
    house = _Follow(settings, store, library, adapters)
    dialogue = app.build_dialogue(settings, library, answerer=answerer, extras=house.extras())
    metrics, limits = Metrics(), _limits(settings)
    ticks = Ticks(store, metrics=metrics)
    stage = Stage(adapters, store) if isinstance(answerer, StreamingAnswerer) else None
    outbox = Outbox(store, adapters, settings=limits, metrics=metrics, stage=stage)

    async def answer(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        if event.intent is Intent.UNINSTALLED:
            await store.erase_workspace(event.person.adapter, event.person.workspace, now=datetime.now(UTC))
            return None, ConversationState()
        if event.intent is Intent.FEEDBACK and event.choice in RATINGS:
            await store.count(f"feedback_{RATINGS[event.choice]}", now=datetime.now(UTC))
            return None, state
        if stage is None:
            reply, state = await dialogue.answer(event, state)
        else:
            async with stage.page(event) as page:
                reply, state = await dialogue.answer(event, state, page)
        if reply is not None and reply.aside:
            reply = replace(reply, aside_for=event.person.id)
        if await house.renew_home(event, reply, state):
            outbox.wake()
        return reply, state

    inbox = Inbox(
        store,
        answer,
        adapters=tuple(adapters),
        says=_says(),
        settings=limits,
        metrics=metrics,
        show_working=_show_working(adapters),
        outbox=outbox,
        heard=None if stage is None else stage.heard,
    )

    async def check_ins(now: datetime) -> None:
        await house.tick(now)
        outbox.wake()

    ticks.every(TICK_SECONDS, "check_ins", check_ins)
    ticks.in_turn(timedelta(days=1), "cohorts", house.keep_applied)
    ticks.in_turn(WEEKLY_EVERY, "weekly", house.tell_weekly)
    if settings.table("model"):
        _watch_model(answerer, metrics, ticks)
    checks = {"store": store.ready, "scheduler": ticks.ready, "library": _library_ready(library)}
    checks |= {name: adapter.ready for name, adapter in adapters.items()}
    health = Health(checks, metrics, host=settings.http_host, port=settings.http_port)
    return Service(
        store=store,
        adapters=adapters,
        inbox=inbox,
        outbox=outbox,
        ticks=ticks,
        health=health,
        metrics=metrics,
        settings=limits,
    )


def _watch_model(answerer: Answerer, metrics: Metrics, ticks: Ticks) -> None:
    """Show what the language model does among the metrics, and write down what it costs every few seconds."""
    from mediation_coach.answering.llm import ModelAnswerer
    from mediation_coach.metering import ModelMeter

    assert isinstance(answerer, ModelAnswerer)
    limits = answerer.limits

    async def write(_: datetime) -> None:
        await limits.write()

    metrics.registry.register(ModelMeter(answerer))
    ticks.every(SPENDING_SECONDS, "spending", write)


def _show_working(adapters: Mapping[str, ChatAdapter]) -> Any:
    async def show(at: Conversation, busy: bool) -> None:
        await adapters[at.adapter].working(at, busy)

    return show


def _limits(settings: Settings) -> DeliverySettings:
    """Return the limits of delivery; an answer may take as long as the language model may, and a little more."""
    limits = DeliverySettings.of(settings.table("delivery"))
    if not settings.table("model"):
        return limits
    from mediation_coach.answering.options import read_options

    whole = read_options(settings.table("model")).whole_seconds + AFTER_THE_MODEL
    return limits.model_copy(update={"answer_seconds": max(limits.answer_seconds, whole)})


def _library_ready(library: Library) -> Any:
    async def ready() -> str | None:
        return "the folder has a fault; the last good index is in use" if library.fault else None

    return ready


def _facts(settings: Settings) -> Facts:
    """Return what `privacy` says of this installation."""
    store = StoreSettings.of(settings.table("store"))
    hosts: tuple[str, ...] = ()
    if settings.table("model"):
        from mediation_coach.answering.options import read_options

        options = read_options(settings.table("model"))
        hosts = (options.host,) if options.outside else ()
    months = round(store.journey_days / 30.4)
    return Facts(hours=round(store.turn_hours), months=months, hosts=hosts, operator=settings.operator)


def _says() -> Says:
    def saying(key: str) -> Any:
        return lambda event: plain(say(key, detect_language(event.text, otherwise=spoken(event.locale) or "en")))

    return Says(busy=saying("busy"), full=saying("full"), too_fast=saying("too_fast"), sorry=saying("went_wrong"))


class Rehearsal:
    """The coach in the terminal with follow-through and a clock that can be pushed forward; nothing is kept afterwards."""

    def __init__(
        self, settings: Settings, store: SqlStore, library: Library, terminal: ChatAdapter, clock: MovingClock
    ) -> None:
        """Put it together over a store that is thrown away."""
        adapters = {terminal.name: terminal}
        self.clock = clock
        self.code = ""
        self._follow = _Follow(settings, store, library, adapters)
        self._outbox = Outbox(store, adapters, clock=clock)
        self.dialogue = app.build_dialogue(settings, library, extras=self._follow.extras())

    async def begin(self) -> None:
        """Make a course that ends today, for the person at the terminal to join."""
        self.code = await self._follow.begin_course("rehearsal", self.clock().date(), self.clock())

    async def forward(self, words: str) -> bool:
        """Let time pass where `words` say so (`/tomorrow`, `/week`, `/month`); what is due on the way is sent."""
        until = self.clock.target(words)
        if until is None:
            return False
        await self.clock.forward(until, self._tick)
        return True

    async def _tick(self, now: datetime) -> None:
        await self._follow.tick(now)
        await self._outbox.deliver_due()


@asynccontextmanager
async def rehearsal(
    settings: Settings, library: Library, terminal: ChatAdapter, clock: MovingClock
) -> AsyncIterator[Rehearsal]:
    """Open a rehearsal in a folder that is deleted at the end."""
    with TemporaryDirectory() as folder:
        store = await SqlStore.open(StoreSettings(), folder=Path(folder))
        try:
            made = Rehearsal(settings, store, library, terminal, clock)
            await made.begin()
            yield made
        finally:
            await store.close()


class _Follow:
    """Follow-through over the open store: what it adds to the dialogue, and its tick."""

    def __init__(
        self, settings: Settings, store: SqlStore, library: Library, adapters: Mapping[str, ChatAdapter]
    ) -> None:
        folders = tuple(layer.folder for layer in app.layers(settings))
        self._plans = read_plans(*folders)
        self._places = read_places(*folders)
        self._store, self._settings, self._adapters = store, settings, adapters
        tools = Tools(
            plans=self._plans,
            zone_of=self._places.zone_of,
            holiday=is_holiday,
            open_conversation=self._open_conversation,
            quiet={name: a for name, a in adapters.items() if isinstance(a, KnowsQuiet)},
        )
        self._follow = FollowThrough(store, library, tools, join=self._join)
        self._cohorts = Cohorts(self._follow.journeys, forgotten=self._forgotten)
        self._reports = Reports(store, self._plans)
        self._coordinating = Coordinating(
            self._cohorts,
            coordinators=settings.coordinators,
            holiday=is_holiday,
            zone_of=self._places.zone_of,
            is_country=is_country,
            summarise=self._reports.summary,
        )
        self._weekly = Weekly(
            cohorts=self._cohorts,
            post=store,
            coordinators=[p for p in map(self._person, settings.coordinators) if p.adapter in adapters],
            summarise=self._reports.summary,
            open_conversation=self._open_conversation,
            holiday=is_holiday,
        )
        facts = _facts(settings)
        self._home = Home(store, facts, direct=self._open_conversation)
        self._privacy = Privacy(store, facts, duty=self._duty(), forgotten=self._empty_home)

    def extras(self) -> Extras:
        """Return what follow-through adds to the dialogue."""
        commands = {
            **self._home.commands(),
            **self._privacy.commands(),
            **self._follow.commands,
            "cohort": self._coordinating.command,
        }
        return Extras(
            commands=commands,
            forms=self._follow.forms,
            shows_forms=tuple(name for name, a in self._adapters.items() if a.capabilities.forms),
            ears=(self._coordinating.understand, self._follow.understand),
            on_crisis=self._follow.report_crisis,
        )

    async def renew_home(self, event: Event, reply: Reply | None, state: ConversationState) -> bool:
        """Send a person's page anew where what they just did changed it; return whether it did."""
        if not self._has_home(event):
            return False
        page = await self._home.changed(event, reply, state)
        return page is not None and await self._store.post([page], now=datetime.now(UTC)) > 0

    async def _empty_home(self, event: Event) -> None:
        if self._has_home(event):
            await self._store.post([self._home.emptied(event)], now=datetime.now(UTC))

    def _has_home(self, event: Event) -> bool:
        return self._adapters[event.person.adapter].capabilities.home

    def _duty(self) -> Duty | None:
        """Return the person on duty, where the settings name one: they are told by the coach, in private."""
        safety = self._settings.safety
        if not safety.on_duty:
            return None
        return Duty(tell=self._tell_duty, hours=safety.hours, contacts=safety.contacts)

    async def _tell_duty(self, text: str) -> None:
        now = datetime.now(UTC)
        for key in self._settings.safety.on_duty:
            person = self._person(key)
            to = await self._open_conversation(person)
            outgoing = Outgoing(
                key=f"duty:{uuid4()}", to=to, reply=replace(plain(text), ring=True), due_at=now, person=person
            )
            await self._store.post([outgoing], now=now)
        await self._store.count(HAND_OVERS, now=now)

    def _person(self, key: str) -> Person:
        """Return who `adapter/workspace/id` names; an id alone is one on the first adapter."""
        adapter, workspace, id = key.split("/", 2) if key.count("/") >= 2 else (next(iter(self._adapters)), "", key)
        return Person(adapter=adapter, workspace=workspace, id=id)

    async def tick(self, now: datetime) -> None:
        """Ask, nudge or put off what is due."""
        done = await self._follow.tick(now, adapters=tuple(self._adapters))
        if done:
            log.info("check_ins_moved", count=done)

    async def tell_weekly(self, now: datetime) -> None:
        """Post the summaries of the week where it is time."""
        if told := await self._weekly.tell(now):
            log.info("weekly_told", count=told)

    async def begin_course(self, id: str, ends: date, now: datetime) -> str:
        """Make and start a course; return the code by which people join it."""
        name, rhythm = id.capitalize(), Rhythm()
        await self._cohorts.create(id, name=name, ends=ends, plan=DEFAULT_PLAN, rhythm=rhythm, language="en", now=now)
        return (await self._cohorts.start(id, now=now)).code

    async def keep_applied(self, now: datetime) -> None:
        """Enrol again whoever a stop in the middle left out, and release the figures that close today."""
        await self._cohorts.keep_applied(now=now)
        await self._reports.release_all(today=now.date())

    async def _open_conversation(self, person: Person) -> Conversation:
        return await self._adapters[person.adapter].direct_conversation(person)

    async def _join(self, event: Event, code: str) -> Any:
        return await self._cohorts.join(event, code)

    async def _forgotten(self, person: Person) -> bool:
        return await self._store.receipt_of(person) is not None and await self._store.journey(person) is None
