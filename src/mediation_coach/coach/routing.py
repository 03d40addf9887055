"""What an event asks for. Pure: values in, a decision out, with its reasons."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mediation_coach.coach.impartiality import query_of
from mediation_coach.coach.safety import Alarm, Assessment, Boundary, Sense, answered_about_danger, assess
from mediation_coach.domain.chat import Choice, ConversationState, Event, Intent
from mediation_coach.domain.guidance import OUT_OF_SCOPE, Found, Retrieval, SectionKind, Skill

MOST_CHARACTERS = 8000
FEW_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a question goes, how sure that is, and why."""

    skill: Skill
    runner_up: Skill | None
    confidence: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question to answer."""

    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarify:
    """A message that could mean several things: ask once, with these cards as choices."""

    nearest: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """A question from elsewhere: say so, and offer the nearest cards."""

    nearest: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A message in words that needs a look into the folder before it can be decided."""

    text: str
    query: str
    urgent: bool = False
    as_skill: Skill | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """Someone may be in danger."""

    alarm: Alarm


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Something the coach does not do."""

    boundary: Boundary
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A section of the last answer."""

    kind: SectionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """One of the coach's own short answers, by its key."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseSkill:
    """The reader says that the skill was wrong and has not said which is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Everything behind the last answer that was not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSources:
    """The sources of the last answer, whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A skill was chosen with no question yet: say what to ask."""

    skill: Skill


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCard:
    """A card that was offered by name."""

    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTool:
    """A guided tool that was offered by name."""

    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Something for another room of the house: a word like `privacy`, a pressed check-in, a filled form."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Nothing to say."""


Decision = (
    Ask
    | Clarify
    | Decline
    | Emergency
    | Bound
    | Open
    | Say
    | ChooseSkill
    | Rest
    | ShowSources
    | Prompt
    | ShowCard
    | ShowTool
    | Command
    | Ignore
)
First = Decision | Look

_SECTION_OF = {
    "steps": SectionKind.STEPS,
    "risks": SectionKind.RISKS,
    "case": SectionKind.CASE,
}
_GREETING = re.compile(
    r"^\W*(hi|hello|hey|good (morning|afternoon|evening|day)|salaam|salam|bonjour|salut|bonsoir|hola|buenos d[ií]as|buenas( tardes)?"
    r"|здравствуй(те)?|привет|добрый (день|вечер)|السلام عليكم|مرحبا|أهلا|start|help me)\W*( there| coach| everyone)?\W*$",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"^\W*(/?help|aide|ayuda|помощь|مساعدة|what can you do|who are you|how do you work)\W*$", re.IGNORECASE
)
_THANKS = re.compile(
    r"^\W*(thanks?( you)?( so much| a lot)?|ok(ay)?|great|merci( beaucoup)?|gracias|спасибо|شكرا)\W*$", re.IGNORECASE
)
_URGENT = re.compile(
    r"\b(just (left|walked|stormed|happened|heard|leaked|now|been|announced)|walked out|stormed out|walk-?out|right now|an? (hour|minute)s? ago|minutes ago|this (morning|minute)|tonight"
    r"|shots?( were)? (fired|reported)|gunfire|shelling|what (do i|do we|should i|should we)? ?do? ?now|what now|emergency|leaked|ambush(ed)?|hostage|coup|broke(n)? out)\b"
    r"|claqu[ée] la porte|vient de|viennent de|acaba(n)? de|se (fue|fueron|levant)|только что|ушл[аи] с|الآن|للتو|انسحب",
    re.IGNORECASE,
)
_METAPHOR = re.compile(
    r"\b(kill(s|ed|ing)? (the|this|that|our|any|their) (deal|text|talks|process|draft|proposal|idea|momentum|clause|agreement)|ambush(ed)? (by|in) (the|a)? ?(press|media|journalists?|question|reporters?)"
    r"|shot down|shoot(s|ing)? down|bombshell|(explosive|burning) (issue|question|topic)|held? hostage (by|to)|minefield|under fire from|war of words|torpedo(ed)?)\b",
    re.IGNORECASE,
)
_FOLLOW_ON = re.compile(
    r"^\W*(and|but|or|so|then|what if|what about|how about|why|who|they|he|she|it|that|this|those|these|et|mais|y|pero|а если|и если|а|وماذا|وإذا|و إذا)\b",
    re.IGNORECASE,
)
_OWN_WORDS = {
    "privacy": "privacy",
    "my data": "my_data",
    "forget me": "forget_me",
    "stop": "stop",
    "my plan": "plan",
    "plan": "plan",
    "home": "home",
    "short": "short",
    "long": "long",
    "wipe": "wipe",
    "quiet": "quiet",
    "settings": "settings",
}
LEAVES_FORM = frozenset({"privacy", "my_data", "forget_me", "stop", "home", "wipe"})
"""The commands whose words are no answer to a form that is asked question by question, but leave it."""


def recognise(
    event: Event, state: ConversationState, words: Mapping[str, str] = _OWN_WORDS, *, sense: Sense | None = None
) -> First:
    """Return what can be decided without the folder; `Look` where the folder must be asked.

    A choice and the coach's own words are exact, so they come first; then danger, then a question.
    """
    match event.intent:
        case Intent.MESSAGE:
            return _said(event.text.strip(), state, words, sense)
        case Intent.CHOICE:
            return _pressed(event.choice, state)
        case Intent.FORM:
            return Command(name="form", argument=event.choice)
        case Intent.HOME:
            return Command(name="home")
        case Intent.JOINED:
            return Say(key="hello")
        case _:
            return Command(name=event.intent.value)


def _said(text: str, state: ConversationState, words: Mapping[str, str], sense: Sense | None) -> First:
    if not any(c.isalnum() for c in text):
        return Say(key="empty")
    if (choice := typed_choice(text, state)) is not None:
        return _pressed(choice.id, state)
    known = words.get(text.lower().strip(" .!?/"))
    if known is not None and (state.form is None or known in LEAVES_FORM):
        return Command(name=known)
    found = assess(text[:MOST_CHARACTERS], state.language or "en", sense=sense)
    if (danger := _danger(text, found, state)) is not None:
        return danger
    if state.form is not None:
        return Command(name="field", argument=text)
    for pattern, key in ((_GREETING, "hello"), (_HELP, "help"), (_THANKS, "thanks")):
        if pattern.match(text):
            return Say(key=key)
    return Say(key="too_long") if len(text) > MOST_CHARACTERS else _look(found, state)


def _danger(text: str, found: Assessment, state: ConversationState) -> First | None:
    """Return what a message calls for if someone may be in danger, or if that was just asked; it is asked only once."""
    if found.alarm in (Alarm.EMERGENCY, Alarm.SELF_HARM):
        return Emergency(alarm=found.alarm)
    if state.asked_danger:
        return _after_asking(text, state)
    if found.alarm is Alarm.AMBIGUOUS and state.form is None:
        return Emergency(alarm=found.alarm)
    return None


def _look(found: Assessment, state: ConversationState) -> First:
    if found.boundary is not None:
        return Bound(boundary=found.boundary, text=found.text)
    if not any(c.isalnum() for c in found.text):
        return Say(key="orders")
    text = found.text
    urgent = bool(_URGENT.search(text)) and not _METAPHOR.search(text)
    query = query_of(in_context(text, state))
    return Look(text=text, query=query, urgent=urgent, notes=_notes(found))


def _notes(found: Assessment) -> tuple[str, ...]:
    """Return what the coach adds about the words themselves, as keys of its own words."""
    names = ("note.names",) if found.names_people else ()
    return tuple(f"note.{kind}" for kind in found.loaded) + names


def _after_asking(text: str, state: ConversationState) -> First | None:
    """Return what follows when someone was asked about danger and answered in words, if it is a yes or a no."""
    danger, rest = answered_about_danger(text)
    if danger is None:
        return None
    if danger:
        return Emergency(alarm=Alarm.EMERGENCY)
    return _look(assess(rest), state) if rest else _safe(state)


def _safe(state: ConversationState) -> First:
    """Return the answer to what was asked before the question about danger, where that is still known."""
    if state.asked_danger and state.clarifying:
        return _look(assess(state.clarifying), replace(state, clarifying=""))
    return Say(key="safe_then_ask")


def in_context(text: str, state: ConversationState) -> str:
    """Return the query for `text`: with the question before it, where it is short or begins in mid-thought."""
    before = state.clarifying or (state.last.question if state.last else "")
    if before and (state.clarifying or _FOLLOW_ON.match(text) or len(text.split()) <= FEW_WORDS // 2):
        return f"{text} {before[:400]}"
    return text


def typed_choice(text: str, state: ConversationState) -> Choice | None:
    """Return the choice that was typed by its number or its label, as text platforms and tired thumbs do."""
    typed = text.strip().strip(".)!").lower()
    if typed.isdecimal():
        number = int(typed)
        return state.offered[number - 1] if 1 <= number <= len(state.offered) else None
    return next((c for c in state.offered if c.label.lower() == typed), None)


def _pressed(choice: str, state: ConversationState) -> First:
    match choice.split(":", 1):
        case ["skill", name] if name in set(Skill):
            if state.last is None:
                return Prompt(skill=Skill(name))
            return Look(text=state.last.question, query=state.last.question, as_skill=Skill(name))
        case ["card", slug]:
            return ShowCard(slug=slug)
        case ["tool", slug]:
            return ShowTool(slug=slug)
        case ["answer", "more"]:
            return Rest()
        case ["answer", "sources"]:
            return ShowSources()
        case ["answer", "wrong_skill"]:
            return ChooseSkill()
        case ["answer", section] if section in _SECTION_OF:
            return Open(kind=_SECTION_OF[section])
        case ["danger", "yes"]:
            return Emergency(alarm=Alarm.EMERGENCY)
        case ["danger", "no"]:
            return _safe(state)
        case [name, argument]:
            return Command(name=name, argument=argument)
    return Say(key="unknown_choice")


OUTSIDE_PER_SCORE, OUTSIDE_ALLOWED, FOREIGN_ALLOWED = 0.3, 0.05, -0.07
NEAR_TIE, STRONG_SECOND = 0.12, 0.3
NEAREST, NEAREST_FOREIGN = (0.3, 0.2, 0.1), (2.0, 0.3, 0.2)
URGENT = 0.5
VAGUE_WORDS, VAGUE_SCORE, SURE_SCORE, FLAT, VAGUE_OUTSIDE = 3, 0.45, 0.66, 0.12, 0.35
WORDS_BARELY, OUTSIDE_BY_WORDS = 0.10, 0.5


def route(look: Look, retrieval: Retrieval, state: ConversationState) -> Ask | Clarify | Decline:
    """Return whether and how to answer, from what the folder found and what the examples say."""
    found, foreign = retrieval.found, state.language not in ("", "en")
    best = found[0].score if found else 0.0
    outside = retrieval.scope.get(OUT_OF_SCOPE, 0.0)
    if look.as_skill is not None and found:
        return Ask(route=Route(skill=look.as_skill, runner_up=None, confidence=1.0, why="you chose it"))
    if not look.urgent and not state.clarified and _vague(look, retrieval):
        return Clarify(nearest=found[:3])
    if not found or _from_elsewhere(best, outside, dense=retrieval.dense, foreign=foreign):
        return Decline(nearest=found[:3])
    shares = _with_priors(look, retrieval, foreign=foreign)
    first, second = sorted(shares, key=lambda s: -shares[s])[:2]
    margin = shares[first] - shares[second]
    runner_up = second if margin < NEAR_TIE or shares[second] > STRONG_SECOND else None
    why = f"nearest examples and '{found[0].card.id}'" + (", urgent words" if look.urgent else "")
    return Ask(route=Route(skill=first, runner_up=runner_up, confidence=round(shares[first], 2), why=why))


def _from_elsewhere(best: float, outside: float, *, dense: bool, foreign: bool) -> bool:
    """Whether a question is not ours: the better its best card fits, the surer the examples from elsewhere must be.

    In other languages there are fewer examples, so more is let through.
    """
    if not dense:
        return best < WORDS_BARELY or outside > OUTSIDE_BY_WORDS
    return outside > OUTSIDE_PER_SCORE * best - (FOREIGN_ALLOWED if foreign else OUTSIDE_ALLOWED)


def _with_priors(look: Look, retrieval: Retrieval, *, foreign: bool) -> dict[Skill, float]:
    """Return how much speaks for each skill: the examples, the nearest cards (more so in other languages), and urgency."""
    shares = {skill: retrieval.scope.get(skill, 0.0) for skill in Skill}
    for weight, found in zip(NEAREST_FOREIGN if foreign else NEAREST, retrieval.found, strict=False):
        serves = [skill for skill in Skill if found.card.skill == skill] or list(found.card.also)
        weight = weight / 2 if found.card.kind == "case" else weight  # a case teaches more than one skill
        for skill in serves:
            shares[skill] += weight * found.score / len(serves)
    if look.urgent:
        shares[Skill.CRISIS_HANDLING] += URGENT
    total = sum(shares.values()) or 1.0
    return {skill: share / total for skill, share in shares.items()}


def _vague(look: Look, retrieval: Retrieval) -> bool:
    """Whether so little was said that several cards could be meant."""
    if look.query != look.text or retrieval.content_words > VAGUE_WORDS or len(retrieval.found) < 2:
        return False
    best, second = (f.score for f in retrieval.found[:2])
    few = retrieval.dense and retrieval.scope.get(OUT_OF_SCOPE, 0.0) < VAGUE_OUTSIDE
    return few and (best < VAGUE_SCORE or (best < SURE_SCORE and best - second < FLAT))
