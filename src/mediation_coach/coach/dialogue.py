"""The walk of a question: from an event and the state of its conversation to a reply and the next state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mediation_coach.coach import filling, presenting, routing, worksheets
from mediation_coach.coach.completing import completed
from mediation_coach.coach.safety import NEXT, Alarm, Boundary, Sense, assess, trusted
from mediation_coach.coach.words import say, spoken
from mediation_coach.coach.writing import STOPPED, write
from mediation_coach.domain.chat import Choice, ConversationState, Event, Intent, Reply, ReplyKind, Turn
from mediation_coach.domain.guidance import Answer, Question, Retrieval, Skill
from mediation_coach.errors import AnswererUnavailable
from mediation_coach.ports import Page, Retriever, SkillHandler

Spoken = tuple[Reply | None, ConversationState]
CommandHandler = Callable[[Event, ConversationState, str], Awaitable[Spoken]]
Ear = Callable[[Event, ConversationState], Awaitable[Event]]

CARDS = 5
COORDINATING = "cohort "
"""How a coordinator's words begin in every language; a pasted list of people tells no language."""
SURE = {"plan:leave": "sure.leave", "plan:stop": "sure.stop"}
"""What is asked about before it is done, also where it was pressed under a message whose choices are known no more."""


class DetectLanguage(Protocol):
    """Tells the language of a message; `otherwise` when it cannot."""

    def __call__(self, text: str, *, otherwise: str = "en") -> str:
        """Return one of en, fr, es, ar, ru."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much of a conversation is remembered."""

    turns: int = 6
    hours: int = 24


class Dialogue:
    """Answers events. It holds no conversation: state comes in and goes out."""

    def __init__(
        self,
        *,
        retriever: Retriever,
        handlers: Mapping[Skill, SkillHandler],
        language_of: DetectLanguage,
        commands: Mapping[str, CommandHandler] | None = None,
        forms: Mapping[str, CommandHandler] | None = None,
        shows_forms: Collection[str] = (),
        ears: Sequence[Ear] = (),
        on_crisis: Callable[[Event], Awaitable[bool]] | None = None,
        contacts: tuple[str, ...] = (),
        kept: Kept | None = None,
        sense: Sense | None = None,
    ) -> None:
        """Put the walk together.

        `commands` are other rooms' answers by name, `forms` what filled forms lead to by their id, `shows_forms` the adapters
        that can show a form (elsewhere it is asked one question at a time), `contacts` an organisation's own for emergencies.
        `ears` may understand typed words as a choice that they stand for; `on_crisis` hears of every crisis that is reported,
        and returns whether the questions about a plan are paused by it.
        """
        self._retriever = retriever
        self._handlers = handlers
        self._language_of = language_of
        self._commands = dict(commands or {})
        self._forms = dict(forms or {})
        self._shows_forms = frozenset(shows_forms)
        self._ears = tuple(ears)
        self._on_crisis = on_crisis
        self._contacts = contacts
        self._sense = sense
        self._kept = kept or Kept()

    async def answer(self, event: Event, state: ConversationState, page: Page | None = None) -> Spoken:
        """Return what to say to `event`, and the conversation as it then stands.

        On `page` an answer can be seen while a language model writes it, and be stopped; the reply takes its place.
        """
        if event.intent in (Intent.EDITED, Intent.DELETED):
            return None, _amended(event, state)
        state = self._in_their_language(event, state)
        if (choice := _to_confirm(event, state)) is not None:
            question, state = _asks_first(choice, state)
            return question, replace(state, offered=question.choices, offered_at=event.at)
        first = routing.recognise(event, state, sense=self._sense)
        if not isinstance(first, routing.Emergency) and (heard := await self._hear(event, state)) is not event:
            event, first = heard, routing.recognise(heard, state, sense=self._sense)
        if isinstance(first, routing.Look):
            reply, state = await self._look(first, event, state, page)
        else:
            reply, state = await self._act(first, event, state, page)
        if reply is None:
            return None, state
        if reply.form is not None and event.conversation.adapter not in self._shows_forms:
            reply, state = filling.begin(reply, state)
        reply = replace(reply, language=reply.language or state.language)
        return reply, replace(state, offered=reply.choices, offered_at=event.at)

    async def _hear(self, event: Event, state: ConversationState) -> Event:
        """Return the event as one of the ears understands it: an answer to a check-in, a wish about the plan."""
        for ear in self._ears:
            event = await ear(event, state)
        return event

    async def _look(self, look: routing.Look, event: Event, state: ConversationState, page: Page | None) -> Spoken:
        retrieval = await self._find(look.query, language=state.language or "en")
        decision = routing.route(look, retrieval, state)
        match decision:
            case routing.Ask() if retrieval.tool is not None and worksheets.wants_tool(look.text):
                return self._with_tool(look.text, retrieval, event, state)
            case routing.Ask():
                crisis = look.urgent and decision.route.skill is Skill.CRISIS_HANDLING
                if crisis and await self._note_crisis(event) and event.conversation.private:
                    look = replace(look, notes=(*look.notes, "plan.paused_by_danger"))
                return await self._ask(look, decision.route, retrieval, event, state, page)
            case routing.Clarify():
                reply = presenting.clarifying(decision.nearest, state.language)
                return reply, replace(state, clarified=True, clarifying=look.text)
            case routing.Decline():
                return presenting.declining(decision.nearest, state.language), replace(state, clarifying="")

    async def _find(self, query: str, *, language: str = "en") -> Retrieval:
        """Return what the folder has, without what an organisation's cards say to the machine instead of the reader."""
        return trusted(await self._retriever.retrieve(query, language=language, limit=CARDS))

    async def _ask(
        self,
        look: routing.Look,
        route: routing.Route,
        retrieval: Retrieval,
        event: Event,
        state: ConversationState,
        page: Page | None,
    ) -> Spoken:
        question = Question(
            text=look.text,
            query=look.query,
            skill=route.skill,
            runner_up=route.runner_up,
            confidence=route.confidence,
            language=state.language or "en",
            history=tuple(turn.question for turn in state.turns),
            retrieval=retrieval,
            shared_room=not event.conversation.private,
            person=event.person.key,
            workspace=event.person.workspace or event.person.adapter,
        )
        try:
            answer = await write(self._handlers[route.skill], question, page, short=state.short)
        except AnswererUnavailable:
            return presenting.declining((), state.language), state
        whole = completed(answer, retrieval)
        if whole is None:
            return presenting.declining(retrieval.found[:3], state.language), state
        notes = look.notes if event.conversation.private else _before_others(look.notes, outside=event.outside)
        if STOPPED in whole.notes:
            return self._stopped(look.text, replace(whole, notes=(*notes, *whole.notes)), event, state)
        answer = replace(whole, notes=(*whole.notes, *notes))
        reply, state = self._answered(look.text, answer, event, state)
        return presenting.offering(reply, retrieval.tool, answer.language) if reply else None, state

    def _stopped(self, text: str, answer: Answer, event: Event, state: ConversationState) -> Spoken:
        """Close what was shown when the person stopped it; where nothing was, only say so."""
        if not answer.in_short:
            return presenting.plain(say("answer_stopped", answer.language)), state
        turn = Turn(question=text, at=event.at, event=event.id, answer=answer)
        return presenting.stopped(answer, today=event.at.date()), state.after(turn, keep=self._kept.turns)

    def _with_tool(self, text: str, retrieval: Retrieval, event: Event, state: ConversationState) -> Spoken:
        """Answer with the questions of a guided tool."""
        assert retrieval.tool is not None
        skill = Skill(retrieval.tool.card.skill)
        question = Question(text=text, query=text, skill=skill, language=state.language or "en")
        answer = worksheets.answer_with(retrieval.tool, retrieval.found[:2], question)
        if not event.conversation.private:
            answer = replace(answer, notes=(*answer.notes, *_before_others((), outside=event.outside)))
        return self._answered(text, answer, event, state)

    async def _tool(self, slug: str, event: Event, state: ConversationState) -> Spoken:
        label = next((c.label for c in state.offered if c.id == f"tool:{slug}"), slug.replace("-", " "))
        retrieval = await self._find(label)
        if retrieval.tool is None or retrieval.tool.card.id != slug:
            return presenting.plain(say("unknown_choice", state.language)), state
        return self._with_tool(label, retrieval, event, state)

    def _answered(self, text: str, answer: Answer, event: Event, state: ConversationState) -> Spoken:
        reply = presenting.present(answer, today=event.at.date(), short=state.short)
        return reply, state.after(
            Turn(question=text, at=event.at, event=event.id, answer=answer), keep=self._kept.turns
        )

    async def _act(
        self, decision: routing.Decision, event: Event, state: ConversationState, page: Page | None
    ) -> Spoken:
        language = state.language or "en"
        today = event.at.date()
        last = state.last.answer if state.last else None
        match decision:
            case routing.Emergency(alarm=alarm):
                asks = alarm is Alarm.AMBIGUOUS
                paused = not asks and await self._note_crisis(event)
                reply = self._emergency(alarm, language, paused=paused and event.conversation.private)
                waiting = assess(event.text[: routing.MOST_CHARACTERS], language).text if asks else ""
                state = replace(state, asked_danger=asks, clarifying=waiting, form=None, filled=())
                return replace(reply, aside=not event.conversation.private), state
            case routing.Bound(boundary=boundary):
                return await self._bound(boundary, language), replace(state, clarifying="", asked_danger=False)
            case routing.Say(key="hello"):
                greeting = presenting.greeting(
                    language, turns=self._kept.turns, hours=self._kept.hours, again=state.greeted
                )
                return greeting, replace(state, greeted=True)
            case routing.Say(key="too_long"):
                return presenting.plain(say("too_long", language, most=routing.MOST_CHARACTERS)), state
            case routing.Say(key=key):
                choices = presenting.skill_choices(language) if key == "help" else ()
                return presenting.plain(say(key, language), choices=choices), state
            case routing.Prompt(skill=skill):
                return presenting.plain(say(f"skill_prompt.{skill}", language)), state
            case routing.ChooseSkill():
                return presenting.plain(
                    say("choose_skill", language), choices=presenting.skill_choices(language)
                ), state
            case routing.ShowCard(slug=slug):
                return await self._card(slug, event, state, page)
            case routing.ShowTool(slug=slug):
                return await self._tool(slug, event, state)
            case routing.Open(kind=kind) if last is not None:
                return presenting.present_section(last, kind, today=today), state
            case routing.Rest() if last is not None:
                return presenting.present_rest(last, today=today), state
            case routing.ShowSources() if last is not None:
                return presenting.present_sources(last, today=today), state
            case routing.Command(name=name, argument=argument):
                return await self._command(name, argument, event, state)
            case _:
                return presenting.plain(say("unknown_choice", language)), state

    async def _card(self, slug: str, event: Event, state: ConversationState, page: Page | None) -> Spoken:
        """Answer from a card that was chosen by name, in the shape of its own skill."""
        named = (await self._find(slug.replace("-", " "))).found
        chosen = next((f for f in named if f.card.id == slug), None)
        if chosen is None:
            return presenting.plain(say("unknown_choice", state.language)), state
        card = chosen.card
        text = state.clarifying or card.title
        retrieval = await self._find(f"{card.title}. {text}")
        chosen = next((f for f in retrieval.found if f.card.id == slug), chosen)
        retrieval = replace(retrieval, found=(chosen, *(f for f in retrieval.found if f.card.id != slug)))
        skill = Skill(card.skill) if card.skill in set(Skill) else next(iter(card.also), Skill.PROCESS_DESIGN)
        route = routing.Route(skill=skill, runner_up=None, confidence=1.0, why="you chose the card")
        look = routing.Look(text=text, query=text)
        return await self._ask(look, route, retrieval, event, state, page)

    async def _command(self, name: str, argument: str, event: Event, state: ConversationState) -> Spoken:
        if name == "field" and state.form is not None:
            return await self._field(argument, event, state)
        if name == "form" and argument in self._forms:
            return await self._forms[argument](event, state, argument)
        if name in routing.LEAVES_FORM or name == "plan":
            state = replace(state, form=None, filled=())
        if name in self._commands:
            return await self._commands[name](event, state, argument)
        match name:
            case "short" | "long":
                return presenting.plain(say(f"{name}_on", state.language)), replace(state, short=name == "short")
            case "kept":
                return presenting.plain(say("kept", state.language)), replace(state, confirming="")
            case "home":
                return presenting.greeting(
                    state.language, turns=self._kept.turns, hours=self._kept.hours, again=True
                ), state
            case _ if event.intent in (Intent.MESSAGE, Intent.CHOICE, Intent.FORM):
                return presenting.plain(say("unknown_choice", state.language)), state
            case _:
                return None, state

    async def _note_crisis(self, event: Event) -> bool:
        return self._on_crisis is not None and await self._on_crisis(event)

    async def _field(self, text: str, event: Event, state: ConversationState) -> Spoken:
        """Take one answer of a form that is asked question by question; the last one fills the form."""
        form = state.form
        assert form is not None
        if text.strip().lower() in filling.CANCEL:
            return presenting.plain(say("form_cancelled", state.language)), replace(state, form=None, filled=())
        filled = filling.take(form, state.filled, text)
        if filled is None:
            again = filling.question(form, state.filled, state.language)
            return Reply(blocks=again, summary=form.title), state
        if filling.current(form, filled) is not None:
            blocks = filling.question(form, filled, state.language)
            return Reply(blocks=blocks, summary=form.title), replace(state, filled=filled)
        done = replace(event, intent=Intent.FORM, choice=form.id, fields=filled)
        return await self._command("form", form.id, done, replace(state, form=None, filled=()))

    def _emergency(self, alarm: Alarm, language: str, *, paused: bool) -> Reply:
        if alarm is Alarm.AMBIGUOUS:
            answers = (
                Choice(id="danger:yes", label=say("choice.yes", language)),
                Choice(id="danger:no", label=say("choice.no", language)),
            )
            return presenting.plain(say("ask_danger", language), choices=answers, kind=ReplyKind.EMERGENCY)
        text = say("self_harm" if alarm is Alarm.SELF_HARM else "emergency", language)
        if self._contacts:
            text += "\n\n" + say("emergency_contacts", language, contacts="; ".join(self._contacts))
        if paused:
            text += "\n\n" + say("plan.paused_by_danger", language)
        person = (Choice(id="person:ask", label=say("choice.person", language)),) if "person" in self._commands else ()
        return presenting.plain(text, choices=person, kind=ReplyKind.EMERGENCY)

    async def _bound(self, boundary: Boundary, language: str) -> Reply:
        """Say what the coach does not do, and offer the cards for what can be done instead."""
        found = (await self._find(NEXT[boundary])).found[:3] if boundary in NEXT else ()
        choices = [Choice(id=f"card:{f.card.id}", label=f.card.title) for f in found]
        prompt = say("nearest", language) if choices else ""
        return presenting.plain(
            say(f"boundary.{boundary}", language), choices=choices, prompt=prompt, kind=ReplyKind.BOUNDARY
        )

    def _in_their_language(self, event: Event, state: ConversationState) -> ConversationState:
        known = state.language or spoken(event.locale) or "en"
        if event.intent is not Intent.MESSAGE or event.text.lower().startswith(COORDINATING):
            return replace(state, language=known)
        return replace(state, language=self._language_of(event.text, otherwise=known))


def _before_others(notes: tuple[str, ...], *, outside: bool) -> tuple[str, ...]:
    """Return the notes for a room where others read: that it is one, and how names are taken out of it."""
    named = "note.names" in notes
    rest = tuple(note for note in notes if note != "note.names")
    others = ("note.shared_outside",) if outside else ()
    return (*rest, *others, "note.shared_names" if named else "note.shared_room")


def _amended(event: Event, state: ConversationState) -> ConversationState:
    """Return the conversation as someone who changed or deleted a message wants it remembered; nothing is answered anew."""
    words = assess(event.text[: routing.MOST_CHARACTERS], state.language or "en").text
    return state.amended(event.about, words if event.intent is Intent.EDITED else "")


def _to_confirm(event: Event, state: ConversationState) -> Choice | None:
    """Return the choice that was made and is to be confirmed first, where the platform has not asked already."""
    match event.intent:
        case Intent.MESSAGE:
            choice = routing.typed_choice(event.text, state)
        case Intent.CHOICE if not event.confirmed:
            choice = next((c for c in state.offered if c.id == event.choice), None)
            if choice is None and event.choice in SURE and event.conversation.private:
                choice = Choice(id=event.choice, label="", confirm=say(SURE[event.choice], state.language))
        case _:
            return None
    return choice if choice is not None and choice.confirm else None


def _asks_first(choice: Choice, state: ConversationState) -> tuple[Reply, ConversationState]:
    """Return the question whether to do what was chosen; `yes` is the choice itself, which asks no more."""
    answers = (
        Choice(id=choice.id, label=say("choice.yes", state.language)),
        Choice(id="kept:all", label=say("choice.no", state.language)),
    )
    reply = replace(presenting.plain(choice.confirm, choices=answers), language=state.language)
    return reply, replace(state, confirming=choice.id.partition(":")[0])
