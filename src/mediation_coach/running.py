"""The coach that runs for others: store, adapters, delivery, follow-through and privacy, put together."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from mediation_coach import app, logs, plugins
from mediation_coach.coach.presenting import plain
from mediation_coach.coach.words import LANGUAGES, controls, say, spoken
from mediation_coach.companion import Companion
from mediation_coach.config import Settings
from mediation_coach.delivery.health import Health
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.live import Stage
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.service import Service
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.delivery.ticks import Ticks
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Intent, Reply
from mediation_coach.errors import ConfigError
from mediation_coach.knowledge.lexicon import detect_language
from mediation_coach.knowledge.retrieval import Library
from mediation_coach.ports import Answerer, ChatAdapter, StreamingAnswerer
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
    companion = Companion(settings, store, library, adapters)
    dialogue = app.build_dialogue(settings, library, answerer=answerer, extras=companion.extras())
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
        if await companion.renew_home(event, reply, state):
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
        await companion.tick(now)
        outbox.wake()

    ticks.every(TICK_SECONDS, "check_ins", check_ins)
    ticks.in_turn(timedelta(days=1), "cohorts", companion.keep_applied)
    ticks.in_turn(WEEKLY_EVERY, "weekly", companion.tell_weekly)
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


def _says() -> Says:
    def saying(key: str) -> Any:
        return lambda event: plain(say(key, detect_language(event.text, otherwise=spoken(event.locale) or "en")))

    return Says(busy=saying("busy"), full=saying("full"), too_fast=saying("too_fast"), sorry=saying("went_wrong"))
