"""Cohorts: made, filled, seen beforehand, started, changed, undone. Nothing is sent before the start, and nobody is enrolled unasked."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from mediation_coach.coach.journeys import Journeys, no_longer_sent
from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import Holiday, Rhythm, next_slot
from mediation_coach.domain.chat import Event, Person
from mediation_coach.domain.follow_through import Change, Cohort, Enrolment, Journey, Member, Plan, Stage
from mediation_coach.errors import ContentError

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE = 8
AT_ONCE = 200

Forgotten = Callable[[Person], Awaitable[bool]]


def new_code() -> str:
    """Return a code that is hard to guess and easy to read aloud."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE))


async def never_forgotten(person: Person) -> bool:
    """Whether someone asked to be forgotten, where nobody remembers: no."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One line of a preview: who, which check-in, when on their own clock, and what had to be moved."""

    who: str
    step: str
    local: datetime
    zone: str
    clash: str = ""

    def __str__(self) -> str:
        """Return the line as a coordinator reads it."""
        clash = f"  ({self.clash})" if self.clash else ""
        return f"{self.who}  {self.step}  {self.local:%a %Y-%m-%d %H:%M} {self.zone}{clash}"


def preview(cohort: Cohort, plan: Plan, *, holiday: Holiday) -> tuple[Planned, ...]:
    """Return every person x date x local time of a cohort. From the list alone: it never tells who has paused or stopped."""
    return tuple(
        _planned(cohort, member, step.id, step.after.after(member.ends or cohort.ends), holiday)
        for member in cohort.members
        if member.consent and not member.left
        for step in plan.steps
    )


def _planned(cohort: Cohort, member: Member, step: str, day: date, holiday: Holiday) -> Planned:
    rhythm = cohort.rhythm_of(member)
    local = rhythm.local(next_slot(rhythm, day=day, holiday=holiday))
    clash = _clash(rhythm, day, holiday)
    return Planned(who=member.label, step=step, local=local, zone=rhythm.zone_on(local.date()).key, clash=clash)


def _clash(rhythm: Rhythm, day: date, holiday: Holiday) -> str:
    """Return why a check-in does not come on its day and hour, as a coordinator reads it."""
    if rhythm.country and holiday(rhythm.country, day):
        return f"moved: {day.isoformat()} is a public holiday"
    if day.weekday() in rhythm.days_off:
        return f"moved: {day.isoformat()} is a day off"
    return "moved: the hour lies in the quiet hours" if rhythm.is_quiet(rhythm.at) else ""


class Cohorts:
    """What coordinators do with cohorts, by chat and by command alike."""

    def __init__(
        self,
        journeys: Journeys,
        *,
        code: Callable[[], str] = new_code,
        forgotten: Forgotten = never_forgotten,
    ) -> None:
        """Keep cohorts in the store of `journeys`. Someone `forgotten` is enrolled again only by themselves."""
        self._journeys = journeys
        self._store = journeys.store
        self._code = code
        self._forgotten = forgotten

    async def all(self) -> Sequence[Cohort]:
        """Return all cohorts, without their members."""
        return await self._store.cohorts()

    async def get(self, id: str) -> Cohort:
        """Return a cohort.

        Raises:
            ContentError: there is none.
        """
        cohort = await self._store.cohort(id)
        if cohort is None:
            known = ", ".join(c.id for c in await self._store.cohorts()) or "none yet"
            raise ContentError(f"there is no cohort '{id}'; there are: {known}")
        return cohort

    def plan_of(self, cohort: Cohort) -> Plan:
        """Return a cohort's plan.

        Raises:
            ContentError: it is not in the folder.
        """
        return self._plan(cohort.plan)

    def _plan(self, name: str) -> Plan:
        plans = self._journeys.tools.plans
        if name not in plans:
            raise ContentError(f"there is no plan '{name}'; there are: {', '.join(sorted(plans))}")
        return plans[name]

    async def create(
        self, id: str, *, name: str, ends: date, plan: str, rhythm: Rhythm, language: str, now: datetime, home: str = ""
    ) -> Cohort:
        """Make a cohort; nothing is planned yet. Where it has a `home`, coordinators elsewhere do not see it.

        Raises:
            ContentError: it is there already, or the plan is unknown.
        """
        self._plan(plan)

        def make(old: Cohort | None) -> Cohort:
            if old is not None:
                raise ContentError(f"there is a cohort '{id}' already; choose another name")
            return Cohort(
                id=id, name=name, plan=plan, ends=ends, rhythm=rhythm, language=language, code=self._code(), home=home
            )

        return await self._store.change_cohort(id, make, now=now)

    async def take_in(self, id: str, people: Sequence[Member], *, now: datetime) -> Cohort:
        """Add people, or bring those who are there up to date; late joiners get what is still ahead."""
        return await self._change(id, lambda old: replace(old, members=_merged(old.members, people)), now)

    async def start(self, id: str, *, now: datetime) -> Cohort:
        """Let the check-ins run."""
        return await self._change(id, lambda old: replace(old, stage=Stage.STARTED), now)

    async def end(self, id: str, *, now: datetime) -> Cohort:
        """Let nothing more be sent."""
        return await self._change(id, lambda old: replace(old, stage=Stage.ENDED), now)

    async def move(self, id: str, ends: date, *, now: datetime) -> Cohort:
        """Change the last course day: what is still ahead moves with it, what was asked is not asked again."""
        return await self._change(id, lambda old: replace(old, ends=ends), now)

    async def tell_weekly(self, id: str, on: bool, *, now: datetime) -> Cohort:
        """Let coordinators have the summary of every week, or not."""
        return await self._change(id, lambda old: replace(old, weekly=on), now)

    async def let_go(self, id: str, who: str, *, now: datetime) -> Cohort:
        """Let someone leave, by the id or the name on the list.

        Raises:
            ContentError: nobody on the list is called that, or several are.
        """
        named = [m for m in (await self.get(id)).members if who in (m.name, m.person.id if m.person else "")]
        if len(named) != 1:
            raise ContentError(f"{len(named)} on the list of '{id}' are called that; use the platform id")
        return await self._change(
            id,
            lambda old: replace(old, members=tuple(replace(m, left=True) if m == named[0] else m for m in old.members)),
            now,
        )

    async def undo(self, id: str, *, now: datetime) -> Cohort:
        """Take the last change back, within a day.

        Raises:
            ContentError: there is nothing to take back.
        """
        before = await self.get(id)
        after = await self._store.undo_cohort(id, now=now)
        if after is None:
            raise ContentError(f"nothing in '{id}' was changed within the last 24 hours that can be undone")
        await self._apply(before, after, now)
        return after

    async def _change(self, id: str, change: Callable[[Cohort], Cohort], now: datetime) -> Cohort:
        before = await self.get(id)
        after = await self._store.change_cohort(id, lambda old: change(old or before), now=now)
        await self._apply(before, after, now)
        return after

    async def keep_applied(self, *, now: datetime) -> None:
        """Bring every journey in line with its cohort: once a day, and after a crash in the middle of a change."""
        for cohort in await self._store.cohorts():
            whole = await self.get(cohort.id)
            await self._apply(whole, whole, now)

    async def _apply(self, before: Cohort, after: Cohort, now: datetime) -> None:
        """Enrol who agreed; let go who is no longer on the list. Doing it twice changes nothing."""
        on_list = {m.person.key: m for m in after.members if m.person and m.consent and not m.left}
        wanted = on_list if after.stage is Stage.STARTED else {}
        people = [m.person for m in (*before.members, *after.members) if m.person]
        everyone = list({p.key: p for p in people}.values())
        for start in range(0, len(everyone), AT_ONCE):
            some = [p for p in everyone[start : start + AT_ONCE] if not await self._forgotten(p)]
            await self._store.change_journeys(some, lambda j: self._applied(after, wanted, j, now), now=now)

    def _applied(self, cohort: Cohort, wanted: dict[str, Member], journey: Journey, now: datetime) -> Change:
        enrolled = self._enrolled(cohort, wanted, journey, now)
        return Change(journey=enrolled, take_back=no_longer_sent(journey, enrolled))

    def _enrolled(self, cohort: Cohort, wanted: dict[str, Member], journey: Journey, now: datetime) -> Journey:
        member = wanted.get(journey.person.key)
        if member is None:
            return walk.drop(journey, cohort.id)
        if not journey.enrolments and not journey.stopped and not journey.zone_chosen:
            journey = replace(journey, rhythm=cohort.rhythm_of(member), language=member.language or cohort.language)
        known = journey.enrolment(cohort.id)
        if known is not None and known.left:  # by their own word; only they come back
            return journey
        enrolment = Enrolment(cohort=cohort.id, plan=cohort.plan, anchor=member.ends or cohort.ends)
        return walk.enrol(journey, enrolment, self.plan_of(cohort), now=now, holiday=self._journeys.tools.holiday)

    async def join(self, event: Event, code: str) -> Journey | None:
        """Put who spoke into the cohort of a code, by their own wish; None where no cohort has it."""
        found = await self._by_code(code)
        if found is None:
            return None
        cohort, member = found
        joined = Member(
            name=member.name if member else "",
            person=event.person,
            zone=event.zone or (member.zone if member else ""),
            country=member.country if member else "",
            language=(member.language if member else "") or event.locale[:2],
            consent=True,
            ends=member.ends if member else None,
        )

        def change(old: Cohort | None) -> Cohort:
            old = old or cohort
            return replace(old, members=_merged(tuple(m for m in old.members if m != member), [joined]))

        await self._store.change_cohort(cohort.id, change, now=event.at)
        return await self._store.change_journey(
            event.person, lambda j: Change(journey=self._joined(cohort, joined, j, event.at)), now=event.at
        )

    def _joined(self, cohort: Cohort, member: Member, journey: Journey, now: datetime) -> Journey:
        if not journey.enrolments and not journey.zone_chosen:
            journey = replace(journey, rhythm=cohort.rhythm_of(member), language=member.language or journey.language)
        journey = walk.opt_in(journey)
        enrolment = Enrolment(cohort=cohort.id, plan=cohort.plan, anchor=member.ends or cohort.ends)
        if cohort.stage is not Stage.STARTED:
            return journey
        return walk.enrol(journey, enrolment, self.plan_of(cohort), now=now, holiday=self._journeys.tools.holiday)

    async def _by_code(self, code: str) -> tuple[Cohort, Member | None] | None:
        for cohort in await self._store.cohorts():
            if secrets.compare_digest(cohort.code.encode(), code.encode()):
                return await self.get(cohort.id), None
            whole = await self.get(cohort.id)
            member = next((m for m in whole.members if m.code and m.code == code), None)
            if member is not None:
                return whole, member
        return None


def _merged(old: Sequence[Member], new: Iterable[Member]) -> tuple[Member, ...]:
    """Return the list with new people added and known ones brought up to date; a personal code stays what it was."""
    by_key = {_key(m): m for m in old}
    for member in new:
        known = by_key.get(_key(member))
        code = known.code if known and known.code and not member.person else member.code
        by_key[_key(member)] = replace(member, code=code)
    return tuple(by_key.values())


def _key(member: Member) -> str:
    return member.person.key if member.person else f"name:{member.name.casefold()}"
