"""What coordinators say: cohorts by chat, in their own private conversation. Anyone else is told that it is not theirs."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from mediation_coach.coach import check_in_replies as replies
from mediation_coach.coach.cohorts import Cohorts, Planned, new_code, preview
from mediation_coach.coach.dates import read_date
from mediation_coach.coach.dialogue import Spoken
from mediation_coach.coach.presenting import plain
from mediation_coach.coach.roll import Reader, read_roll
from mediation_coach.coach.words import say
from mediation_coach.domain.calendar import Holiday, Rhythm
from mediation_coach.domain.chat import Block, ConversationState, Event, Intent, Person, Reply, Text
from mediation_coach.domain.follow_through import CheckIn, Cohort, Journey, Stage, home_for
from mediation_coach.errors import ContentError

LINES = 30
_COHORT = re.compile(r"^\W*/?cohort(s)?\b", re.IGNORECASE)
_OF_ONE = frozenset({"import", "preview", "try", "start", "end", "move", "leave", "undo", "weekly", "summary"})
_ID = re.compile(r"^[a-z0-9][a-z0-9-]{1,40}$")

Summarise = Callable[[str, date], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A coordinator's command: what to do, with which cohort, and the rest of the line and of the message."""

    verb: str
    id: str
    rest: str
    body: str


class Coordinating:
    """Does what coordinators say."""

    def __init__(
        self,
        cohorts: Cohorts,
        *,
        coordinators: Collection[str],
        holiday: Holiday,
        zone_of: Callable[[str], str | None],
        is_country: Callable[[str], bool],
        summarise: Summarise,
    ) -> None:
        """`coordinators` are people's ids, or their whole keys (adapter/workspace/id)."""
        self._cohorts = cohorts
        self._coordinators = frozenset(coordinators)
        self._holiday = holiday
        self._zone_of = zone_of
        self._is_country = is_country
        self._summarise = summarise

    def is_coordinator(self, person: Person) -> bool:
        """Whether the settings name this person."""
        return bool({person.id, person.key} & self._coordinators)

    async def understand(self, event: Event, state: ConversationState) -> Event:
        """Return a coordinator's `cohort …` as the command it is; anything else as it came."""
        if event.intent is Intent.MESSAGE and self.is_coordinator(event.person) and _COHORT.match(event.text):
            return replace(event, intent=Intent.CHOICE, choice="cohort:" + _COHORT.sub("", event.text, count=1).strip())
        return event

    async def command(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Do what `argument` says; what cannot be done is answered with what to mend."""
        language = state.language or "en"
        if not self.is_coordinator(event.person):
            return plain(say("cohort.not_yours", language)), state
        if not event.conversation.private:
            return plain(say("cohort.private", language)), state
        try:
            return await self._done(event, _read(argument), language), state
        except ContentError as exc:
            return plain(str(exc)), state

    async def _done(self, event: Event, asked: Asked, language: str) -> Reply:
        now, id = event.at, asked.id
        theirs = [cohort.id for cohort in await self._cohorts.all() if cohort.is_seen_by(event.person)]
        if asked.verb in _OF_ONE and id not in theirs:
            raise ContentError(f"there is no cohort '{id}'; there are: {', '.join(theirs) or 'none yet'}")
        match asked.verb:
            case "list":
                return await self._list(theirs, language)
            case "create":
                return self._shown(await self._create(event, asked, language), language)
            case "import":
                return await self._import(event, asked, language)
            case "preview":
                return await self._preview(id, language)
            case "try":
                return await self._try(event, id, language)
            case "start":
                return self._shown(await self._cohorts.start(id, now=now), language, changed=True)
            case "end":
                return self._shown(await self._cohorts.end(id, now=now), language, changed=True)
            case "move":
                return self._shown(
                    await self._cohorts.move(id, _day(asked.rest, now.date()), now=now), language, changed=True
                )
            case "leave":
                return self._shown(await self._cohorts.let_go(id, asked.rest, now=now), language, changed=True)
            case "undo":
                return self._shown(await self._cohorts.undo(id, now=now), language)
            case "weekly":
                told = await self._cohorts.tell_weekly(id, _on(asked.rest), now=now)
                return plain(say("cohort.weekly_on" if told.weekly else "cohort.weekly_off", language, id=id))
            case "summary":
                await self._cohorts.get(id)
                return await self._summarise(id, now.date())
            case _:
                return plain(say("cohort.usage", language))

    async def _list(self, theirs: Sequence[str], language: str) -> Reply:
        lines = [_line(await self._cohorts.get(id), language) for id in theirs]
        return plain("\n".join(f"- {line}" for line in lines) or say("cohort.none", language))

    async def _create(self, event: Event, asked: Asked, language: str) -> Cohort:
        if not _ID.match(asked.id):
            raise ContentError("give the cohort a short name of small letters, digits and hyphens, such as spring-27")
        words = dict(re.findall(r"(ends|zone|plan|country|at)\s+(\S+)", asked.rest))
        zone = self._zone_of(words.get("zone", "UTC"))
        if zone is None:
            raise ContentError(f"unknown time zone '{words['zone']}'; write it as Africa/Nairobi")
        return await self._cohorts.create(
            asked.id,
            name=asked.id,
            ends=_day(words.get("ends", ""), event.at.date()),
            plan=words.get("plan", "standard"),
            rhythm=Rhythm(zone=zone, country=words.get("country", "").upper()),
            language=language,
            now=event.at,
            home=home_for(event.person),
        )

    async def _import(self, event: Event, asked: Asked, language: str) -> Reply:
        person = event.person
        reader = Reader(
            adapter=person.adapter, workspace=person.workspace, is_country=self._is_country, new_code=new_code
        )
        people = read_roll(asked.body.encode(), reader)
        cohort = await self._cohorts.take_in(asked.id, people, now=event.at)
        codes = [f"- {m.label}: {m.code}" for m in cohort.members if m.code]
        return self._shown(cohort, language, *codes, changed=True)

    async def _preview(self, id: str, language: str) -> Reply:
        cohort = await self._cohorts.get(id)
        lines = preview(cohort, self._cohorts.plan_of(cohort), holiday=self._holiday)
        return self._shown(cohort, language, *_first(lines, language))

    async def _try(self, event: Event, id: str, language: str) -> Reply:
        """Return every message of a cohort's plan as its people would see it, in the coordinator's own conversation."""
        cohort = await self._cohorts.get(id)
        me = Journey(person=event.person, rhythm=cohort.rhythm, language=language)
        blocks: list[Block] = []
        for step in self._cohorts.plan_of(cohort).steps:
            sample = CheckIn(id="preview", cohort=id, step=step.id, day=event.at.date(), due=event.at)
            message = replies.check_in_message(me, sample, step)
            labels = " · ".join(choice.label for choice in message.choices)
            texts = [block.markdown for block in message.blocks if isinstance(block, Text)]
            blocks.append(Text(markdown=f"{step.id}\n{' '.join(texts)}\n{labels}"))
        return Reply(blocks=tuple(blocks), summary=say("checkin.summary", language), discreet=True)

    def _shown(self, cohort: Cohort, language: str, *more: str, changed: bool = False) -> Reply:
        lines = [_line(cohort, language), *more]
        if without := sum(not m.consent for m in cohort.members):
            lines.append(say("cohort.without_consent", language, count=without))
        if cohort.stage is Stage.DRAFT:
            lines.append(say("cohort.not_started", language, id=cohort.id))
        if changed:
            lines.append(say("cohort.undo_hint", language, id=cohort.id))
        return plain("\n".join(lines))


def _read(argument: str) -> Asked:
    head, _, body = argument.partition("\n")
    verb, _, rest = head.strip().partition(" ")
    id, _, rest = rest.strip().partition(" ")
    return Asked(verb=verb.lower(), id=id.lower(), rest=rest.strip(), body=body)


def _day(words: str, today: date) -> date:
    day = read_date(words, today)
    if day is None:
        raise ContentError("give the last course day as a date, such as 2027-03-10")
    return day


def _on(words: str) -> bool:
    if words not in ("on", "off"):
        raise ContentError("say on or off: cohort weekly spring-27 off")
    return words == "on"


def _line(cohort: Cohort, language: str) -> str:
    return say(
        "cohort.line",
        language,
        id=cohort.id,
        stage=cohort.stage.value,
        ends=cohort.ends.isoformat(),
        plan=cohort.plan,
        count=len(cohort.members),
        code=cohort.code,
    )


def _first(lines: Collection[Planned], language: str) -> list[str]:
    shown = [f"- {line}" for line in list(lines)[:LINES]]
    rest = len(lines) - len(shown)
    return [*shown, say("cohort.more", language, count=rest)] if rest else shown
