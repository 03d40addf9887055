"""The walk of a check-in: what people say to it, by a press, a number, a word or a sentence; and what follows from it."""

from __future__ import annotations

from dataclasses import replace

from mediation_coach.coach import check_in_replies as replies
from mediation_coach.coach import routing, wishes
from mediation_coach.coach.dialogue import Spoken
from mediation_coach.coach.journeys import Journeys, today_of, with_counted
from mediation_coach.coach.privacy import in_private
from mediation_coach.coach.safety import Alarm, assess
from mediation_coach.coach.words import say
from mediation_coach.domain import journey as walk
from mediation_coach.domain.calendar import Span
from mediation_coach.domain.chat import ConversationState, Event, Intent, Reply
from mediation_coach.domain.follow_through import Ask, Change, CheckIn, Journey, State, Step, Told
from mediation_coach.domain.guidance import Found
from mediation_coach.ports import Retriever

ANYONE = (wishes.Show, wishes.Write, wishes.Stop, wishes.Join, wishes.Resume, wishes.Tell)


class CheckIns:
    """Understands what people say to a check-in, and answers it."""

    def __init__(self, journeys: Journeys, retriever: Retriever) -> None:
        """Walk along `journeys`; find cards with `retriever`."""
        self._journeys = journeys
        self._retriever = retriever

    async def understand(self, event: Event, state: ConversationState) -> Event:
        """Return the event as the choice it stands for, where someone typed an answer or a wish; else the event itself."""
        if event.intent is not Intent.MESSAGE or (state.form is not None and not _stops(event)):
            return event
        if assess(event.text, state.language or "en").alarm is not Alarm.NONE:
            return event
        journey = await self._journeys.known(event, state)
        wish = wishes.read_wish(event.text, today=today_of(event, journey))
        if not event.conversation.private and not isinstance(wish, wishes.Join):
            return event
        if wish is not None and self._is_meant(wish, journey):
            return _pressed(event, f"plan:{' '.join(event.text.split())}")
        choice = self._typed_answer(event, journey, state) if journey else None
        return _pressed(event, choice) if choice else event

    def _is_meant(self, wish: wishes.Wish, journey: Journey | None) -> bool:
        if isinstance(wish, wishes.Be):
            known = self._journeys.tools.zone_of(wish.place) is not None
            return journey is not None and (known or wish.until is not None or "/" in wish.place)
        return journey is not None or isinstance(wish, ANYONE)

    def _typed_answer(self, event: Event, journey: Journey, state: ConversationState) -> str | None:
        """Return the choice that a typed number, label or sentence stands for, where a check-in is what was asked last."""
        check_in = journey.open
        step = self._journeys.step(journey, check_in) if check_in else None
        if check_in is None or step is None:
            return self._told_why(event, journey, state)
        offered = replies.check_in_choices(check_in, step, journey.language)
        if routing.typed_choice(event.text, state) is None or _asked_last(check_in, state):
            typed = routing.typed_choice(event.text, replace(state, offered=offered))
            spelled = typed.id if typed else _spelled(event.text, check_in, step)
            if spelled is not None:
                return spelled if _asked_last(check_in, state) or not event.text.strip().isdecimal() else None
        tells = not step.form and _asked_last(check_in, state) and _tells(event, state)
        return f"checkin:{check_in.id}:words" if tells else None

    def _told_why(self, event: Event, journey: Journey, state: ConversationState) -> str | None:
        offered = any(choice.id.startswith(f"checkin:{journey.asking}:") for choice in state.offered)
        if not journey.asking or not offered or routing.typed_choice(event.text, state) is not None:
            return None
        return f"checkin:{journey.asking}:why" if _tells(event, state) else None

    async def answer(self, event: Event, state: ConversationState, argument: str) -> Spoken:
        """Answer what was said to a check-in: one of its words, a counted answer, or a sentence. Never in front of others."""
        if not event.conversation.private:
            return in_private(state.language), state
        id, _, said = argument.partition(":")
        journey = await self._journeys.known(event, state)
        check_in = journey.check_in(id) if journey else None
        step = self._journeys.step(journey, check_in) if journey and check_in else None
        if journey is None or check_in is None or step is None:
            return replies.said(
                journey or Journey(person=event.person, language=state.language or "en"), "checkin.gone"
            ), state
        return await self._answered(event, journey, check_in, step, said), state

    async def _answered(self, event: Event, journey: Journey, check_in: CheckIn, step: Step, said: str) -> Reply:
        question, equals, option = said.partition("=")
        if equals:
            return await self._count(event, check_in, step, question, option)
        if said in set(Told):
            return await self._told(event, check_in, step, Told(said))
        match said.split("-"):
            case ["words"]:
                choices = replies.check_in_choices(check_in, step, journey.language)
                return replies.said(journey, "checkin.which_fits", choices=choices)
            case ["why"]:
                return await self._because(event, journey, check_in, event.text)
            case ["later", days] if days.isdecimal():
                return await self._later(event, check_in, Span(days=int(days)))
            case ["skip"]:
                journey = await self._journeys.change(event, lambda j: j.keep(replace(check_in, state=State.SKIPPED)))
                return replies.said(journey, "plan.skipped", next_date=True)
        return replies.said(journey, "checkin.gone")

    async def _told(self, event: Event, check_in: CheckIn, step: Step, told: Told) -> Reply:
        def change(journey: Journey) -> Change:
            current = journey.check_in(check_in.id) or check_in
            answered = walk.answer(journey, current, told, now=event.at, holiday=self._journeys.tools.holiday)
            return with_counted(answered, current, "progress", told.value, key)

        key = self._journeys.tools.new_key()
        journey = await self._journeys.change(event, change)
        match told:
            case Told.STUCK:
                return await self._because(event, journey, check_in, "", ask=self._obstacle(journey, check_in))
            case Told.NOT_NOW:
                return replies.later(journey, check_in)
            case Told.CHANGED:
                return replies.changed(journey)
            case _ if step.then is not None:
                return replies.asked(journey, check_in, step.then, _praise(journey, told))
            case Told.DONE:
                return replies.done(journey, story=step.story)
            case _:
                return replies.said(journey, "checkin.partly", next_date=True)

    async def _because(
        self, event: Event, journey: Journey, check_in: CheckIn, why: str, *, ask: Ask | None = None
    ) -> Reply:
        """Return the card for what stands in the way."""
        plan = journey.commitment
        words = " ".join(filter(None, (why, plan.obstacle if plan else "", plan.will if plan else "")))
        found = await self._card(words, journey.language) if words.strip() else None
        return replies.stuck(journey, check_in, ask, found, today=event.at.date())

    async def _card(self, words: str, language: str) -> Found | None:
        retrieval = await self._retriever.retrieve(words, language=language, limit=1)
        return next(iter(retrieval.found), None)

    def _obstacle(self, journey: Journey, check_in: CheckIn) -> Ask | None:
        plan = self._journeys.plan(journey, check_in.cohort)
        return plan.obstacle if plan else None

    async def _count(self, event: Event, check_in: CheckIn, step: Step, question: str, option: str) -> Reply:
        """Count an answer without a name, and go on: what stands in the way leads to a card."""
        key = self._journeys.tools.new_key()
        journey = await self._journeys.store.journey(event.person) or Journey(person=event.person)
        ask = next(
            (a for a in (step.then, self._obstacle(journey, check_in)) if a is not None and a.id == question), None
        )
        known = next((o for o in ask.options if o.id == option), None) if ask else None
        if known is None:
            return replies.said(journey, "checkin.gone")
        journey = await self._journeys.change(event, lambda j: with_counted(j, check_in, question, option, key))
        if step.then is None or question != step.then.id:
            return await self._because(event, journey, check_in, known.label["en"])
        if journey.commitment is not None and journey.commitment.told is Told.DONE:
            return replies.done(journey, story=step.story)
        choices = replies.story_choice(journey.language, offered=step.story)
        return replies.said(journey, "checkin.noted", next_date=True, choices=choices)

    async def _later(self, event: Event, check_in: CheckIn, span: Span) -> Reply:
        def change(journey: Journey) -> Journey:
            target = journey.check_in(check_in.id)
            return walk.snooze(journey, span, now=event.at, target=target, holiday=self._journeys.tools.holiday)

        return replies.said(await self._journeys.change(event, change), "plan.clock", next_date=True)


def _pressed(event: Event, choice: str) -> Event:
    return replace(event, intent=Intent.CHOICE, choice=choice)


def _stops(event: Event) -> bool:
    return isinstance(wishes.read_wish(event.text, today=event.at.date()), wishes.Stop)


def _praise(journey: Journey, told: Told) -> str:
    return say("checkin.done" if told is Told.DONE else "checkin.partly", journey.language)


def _asked_last(check_in: CheckIn, state: ConversationState) -> bool:
    """Whether the check-in came after the last thing that was talked about here."""
    if check_in.sent_at is None:
        return False
    moments = [turn.at for turn in state.turns] + ([state.offered_at] if state.offered_at else [])
    return all(at <= check_in.sent_at for at in moments)


def _spelled(text: str, check_in: CheckIn, step: Step) -> str | None:
    """Return the answer that was typed by its label in any language."""
    typed = text.strip().strip(".)!").lower()
    for option in step.ask.options:
        if typed == option.id.replace("_", " ") or typed in (label.lower() for label in option.label.values()):
            return f"checkin:{check_in.id}:{option.id}"
    return None


def _tells(event: Event, state: ConversationState) -> bool:
    """Whether a message tells something, rather than asks or orders."""
    if event.text.strip().endswith(("?", "؟")):
        return False
    first = routing.recognise(event, replace(state, offered=()))
    return isinstance(first, routing.Look) and not first.urgent
