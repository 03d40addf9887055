"""What goes with a person beside their questions: plan and check-ins, their own page, privacy, the person on duty.

Put together over the open store, for the coach that runs for others and for a rehearsal in the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from mediation_coach import app, logs
from mediation_coach.app import Extras
from mediation_coach.coach.cohorts import Cohorts
from mediation_coach.coach.coordinating import Coordinating
from mediation_coach.coach.follow_through import FollowThrough
from mediation_coach.coach.home import Home
from mediation_coach.coach.journeys import DEFAULT_PLAN, Tools
from mediation_coach.coach.presenting import plain
from mediation_coach.coach.privacy import Duty, Facts, Privacy
from mediation_coach.coach.weekly import Weekly
from mediation_coach.config import Settings
from mediation_coach.domain.calendar import Rhythm
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply
from mediation_coach.domain.delivery import Outgoing
from mediation_coach.knowledge.places import is_country, is_holiday, read_places
from mediation_coach.knowledge.plans import read_plans
from mediation_coach.knowledge.retrieval import Library
from mediation_coach.ports import ChatAdapter, KnowsQuiet
from mediation_coach.reporting.donor import HAND_OVERS
from mediation_coach.reporting.reports import Reports
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore

log = logs.get("companion")


class Companion:
    """What is added to the dialogue, and what happens by itself as time passes."""

    def __init__(
        self, settings: Settings, store: SqlStore, library: Library, adapters: Mapping[str, ChatAdapter]
    ) -> None:
        """Put it together; nothing is opened."""
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
            ordinary_words=lambda: library.index.ordinary_words(),
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
        """Return what is added to the dialogue."""
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
        if page is None:
            return False
        new = await self._store.post([page], now=datetime.now(UTC))
        self._home.is_shown(event.person, page.reply)
        return new > 0

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
