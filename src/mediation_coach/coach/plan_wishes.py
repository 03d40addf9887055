"""What people wish of their plan and their check-ins, done and repeated back with the exact next date."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import uuid5

from mediation_coach.coach import check_in_replies as replies
from mediation_coach.coach import presenting, wishes
from mediation_coach.coach.dialogue import Spoken
from mediation_coach.coach.journeys import DEFAULT_PLAN, Journeys, hashed, today_of
from mediation_coach.coach.privacy import in_private
from mediation_coach.coach.stories import Stories
from mediation_coach.coach.words import say
from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import DAY
from mediation_coach.domain.chat import ConversationState, Event, Reply
from mediation_coach.domain.follow_through import CHECK_INS, CRISIS_PAUSE_DAYS, Change, Commitment, Journey, State

MOST_FIELD = 500

Joining = Callable[[Event, str], Awaitable[Journey | None]]


class PlanWishes:
    """Does what people wish."""

    def __init__(self, journeys: Journeys, *, join: Joining | None = None) -> None:
        """Walk along `journeys`; `join` puts someone into the cohort of a code."""
        self._journeys = journeys
        self._join = join
        self.stories = Stories(journeys)

    async def stop(self, event: Event, state: ConversationState, argument: str = "") -> Spoken:
        """Stop for ever: nothing is sent first any more, from any cohort, until the person opts in."""
        journey = await self._journeys.of(event, state)
        stopped = await self._journeys.change(event, walk.stop, language=journey.language)
        if not event.conversation.private:
            return presenting.plain(say("stopped", state.language), aside=True), state
        return replies.said(stopped, "plan.stopped"), state

    async def wish(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Do what the words of `argument` wish of the check-ins; repeat it back with the exact next date.

        Where others read, only `stop` is done and `join` answered, in words that tell nothing of the person.
        """
        if not event.conversation.private:
            match wishes.read_wish(argument, today=event.at.date()):
                case wishes.Stop():
                    return await self.stop(event, state)
                case wishes.Join():
                    return presenting.plain(say("plan.join_here", state.language), aside=True), state
                case _:
                    return in_private(state.language), state
        journey = await self._journeys.of(event, state)
        wish = wishes.read_wish(argument or "my plan", today=today_of(event, journey))
        state = replace(state, language=journey.language)
        return await self._fulfil(event, journey, wish or wishes.Show()), state

    async def _fulfil(self, event: Event, journey: Journey, wish: wishes.Wish) -> Reply:
        holiday = self._journeys.tools.holiday
        match wish:
            case wishes.Show():
                return replies.my_plan(journey)
            case wishes.Write(edit=edit):
                return replies.commitment_form(journey, edit=edit)
            case wishes.Stop():
                stopped = await self._journeys.change(event, walk.stop, language=journey.language)
                return replies.said(stopped, "plan.stopped")
            case wishes.Snooze(span=span):
                changed = await self._journeys.change(
                    event, lambda j: walk.snooze(j, span, now=event.at, holiday=holiday)
                )
                return replies.said(changed, "plan.clock", next_date=True)
            case wishes.Skip():
                return replies.said(await self._journeys.change(event, walk.skip), "plan.skipped", next_date=True)
            case wishes.Pause(until=until):
                changed = await self._journeys.change(event, lambda j: walk.pause(j, until, holiday=holiday))
                return replies.said(changed, "plan.paused", next_date=True, until=until.isoformat())
            case wishes.Resume():
                changed = await self._journeys.change(
                    event, lambda j: self._resumed(j, event.at), language=journey.language
                )
                return replies.said(changed, "plan.resumed", next_date=True)
            case wishes.Crisis():
                changed = await self._journeys.change(
                    event, lambda j: walk.report_crisis(j, now=event.at, holiday=holiday)
                )
                return replies.crisis(changed, changed.paused_until or event.at.date())
            case wishes.Close():
                today = today_of(event, journey)
                changed = await self._journeys.change(event, lambda j: walk.close_commitment(j, today=today))
                return replies.said(changed, "plan.closed", next_date=True)
            case wishes.Leave():
                return replies.said(await self._journeys.change(event, _left), "plan.left")
            case wishes.Expect(on=on):
                return await self._expect(event, journey, on)
            case wishes.Join(code=code):
                return await self._joined(event, journey, code)
            case wishes.Withdraw():
                return await self._withdraw(event, journey)
            case wishes.Tell() | wishes.Release() | wishes.Retract():
                return await self.stories.fulfil(event, journey, wish)
            case wishes.Unread():
                return replies.said(journey, "plan.date_unread")
            case wishes.Be() | wishes.AskAt() | wishes.Quiet() | wishes.Rest():
                return await self._new_rhythm(event, journey, wish)

    async def _new_rhythm(
        self, event: Event, journey: Journey, wish: wishes.Be | wishes.AskAt | wishes.Quiet | wishes.Rest
    ) -> Reply:
        holiday, rhythm = self._journeys.tools.holiday, journey.rhythm
        match wish:
            case wishes.Be(place=place, until=until):
                return await self._moved_to(event, journey, place, until)
            case wishes.AskAt(at=at):
                rhythm = replace(rhythm, at=at)
            case wishes.Quiet(begins=begins, ends=ends):
                rhythm = replace(rhythm, quiet_from=begins, quiet_until=ends)
            case wishes.Rest(days=days):
                rhythm = replace(rhythm, days_off=days)
        changed = await self._journeys.change(event, lambda j: walk.in_rhythm(j, rhythm, holiday=holiday))
        return replies.said(changed, "plan.clock", next_date=True)

    async def _moved_to(self, event: Event, journey: Journey, place: str, until: date | None) -> Reply:
        zone = self._journeys.tools.zone_of(place)
        if zone is None:
            return replies.said(journey, "plan.place_unknown")
        chosen = journey.zone_chosen or until is None
        changed = await self._journeys.change(
            event,
            lambda j: replace(walk.stay(j, zone, until, holiday=self._journeys.tools.holiday), zone_chosen=chosen),
        )
        if until is None:
            return replies.said(changed, "plan.zone", next_date=True, zone=zone)
        home = changed.rhythm.zone
        return replies.said(changed, "plan.zone_until", next_date=True, zone=zone, until=until.isoformat(), home=home)

    async def _expect(self, event: Event, journey: Journey, on: date) -> Reply:
        plan = next((p for e in reversed(journey.enrolments) if (p := self._journeys.tools.plans.get(e.plan))), None)
        plan = plan or self._journeys.tools.plans[DEFAULT_PLAN]
        changed = await self._journeys.change(
            event, lambda j: walk.expect(j, plan, on, now=event.at, holiday=self._journeys.tools.holiday)
        )
        around = [c for c in changed.check_ins if c.for_event and c.step.endswith(f"@{on.isoformat()}") and c.waits]
        if not around:
            return replies.said(changed, "plan.expecting_none")
        dates = "; ".join(replies.moment(changed, c) for c in sorted(around, key=lambda c: c.due))
        return replies.said(changed, "plan.expecting", dates=dates)

    async def _joined(self, event: Event, journey: Journey, code: str) -> Reply:
        joined = await self._join(event, code) if self._join else None
        if joined is None:
            return replies.said(journey, "plan.join_unknown")
        spoken = journey.language if journey.language != "en" else ""  # English may only be taken for granted
        joined = await self._journeys.change(event, lambda j: j, language=spoken)
        return replies.my_plan(joined, say("plan.joined", joined.language))

    async def _withdraw(self, event: Event, journey: Journey) -> Reply:
        if not journey.keys or event.id in journey.seen:
            return replies.said(journey, "plan.withdrawn" if event.id in journey.seen else "plan.nothing_to_withdraw")

        def change(journey: Journey) -> Change:
            _, key = journey.keys[-1]
            return Change(journey=replace(journey, keys=journey.keys[:-1]), withdrawn=(hashed(key),))

        return replies.said(await self._journeys.change(event, change), "plan.withdrawn")

    async def commit(self, event: Event, state: ConversationState, argument: str = "") -> Spoken:
        """Keep the if-then plan of a filled form; show it with the date of the next question. Never in front of others."""
        if not event.conversation.private:
            return in_private(state.language), state
        said = {name: " ".join(value.split())[:MOST_FIELD] for name, value in event.fields}
        journey = await self._journeys.of(event, state)
        if not said.get("when") or not said.get("will"):
            return replies.commitment_form(journey, edit=event.choice == replies.EDIT_FORM), state

        def change(journey: Journey) -> Journey:
            old = journey.commitment if event.choice == replies.EDIT_FORM else None
            made = old.made if old else today_of(event, journey)
            new = Commitment(
                id=old.id if old else str(uuid5(CHECK_INS, event.id)),
                made=made,
                when=said["when"],
                will=said["will"],
                by=said.get("by", ""),
                obstacle=said.get("obstacle", ""),
                plan_b=said.get("plan_b", ""),
            )
            asked = [c for c in journey.check_ins if c.waits and (s := self._journeys.step(journey, c)) and s.form]
            return walk.commit(journey, new).keep(*(replace(c, state=State.ANSWERED) for c in asked))

        journey = await self._journeys.change(event, change, language=journey.language)
        lines = [say(key, journey.language) for key in ("plan.saved", "plan.rehearse")]
        return replies.my_plan(journey, *lines), state

    async def report_crisis(self, event: Event) -> bool:
        """Pause the schedule of someone who reports a crisis or a danger, for seven days; others have none to pause.

        Returns whether it is now paused for these seven days: not where there is none, nor where it already was for longer.
        """
        journey = await self._journeys.store.journey(event.person)
        if journey is None or not journey.active or journey.next is None:
            return False
        changed = await self._journeys.change(
            event, lambda j: walk.report_crisis(j, now=event.at, holiday=self._journeys.tools.holiday)
        )
        return changed.paused_until == today_of(event, changed) + CRISIS_PAUSE_DAYS * DAY

    def _resumed(self, journey: Journey, now: datetime) -> Journey:
        """Return the journey of someone who opts in again, with what is still ahead planned anew."""
        was_stopped = journey.stopped
        journey = walk.opt_in(walk.resume(journey))
        for enrolment in journey.enrolments if was_stopped else ():
            plan = self._journeys.tools.plans.get(enrolment.plan)
            if plan is not None:
                journey = walk.enrol(journey, enrolment, plan, now=now, holiday=self._journeys.tools.holiday)
        return journey


def _left(journey: Journey) -> Journey:
    for enrolment in journey.enrolments:
        journey = walk.leave(journey, enrolment.cohort)
    return journey
