"""Check-ins and plans as replies. Pure; a check-in has one question and at most sixty words, and names no one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from mediation_coach.coach.dates import MONTH_OF, WEEKDAY_OF
from mediation_coach.coach.presenting import source_block
from mediation_coach.coach.words import say
from mediation_coach.domain.chat import Block, Choice, Choices, Field, Form, Reply, ReplyKind, Text
from mediation_coach.domain.composing import citations
from mediation_coach.domain.follow_through import (
    MOST_WORDS,
    Ask,
    CheckIn,
    Commitment,
    Journey,
    Option,
    Step,
    Words,
)
from mediation_coach.domain.guidance import Found, SectionKind, Statement

MOST_QUOTED = 20
MOSTLY = 0.7
FORM, EDIT_FORM = "commitment", "commitment_edit"
FIRST_HOUR = "crisis-triage-first-hour"

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_NUMBER = re.compile(r"\w*\d\w*")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:]\s+)$")
_CASED = re.compile(r"^[A-Za-zÀ-ɏА-яЁё'’-]+$")
_NOT_NAMES = frozenset({"i", "i'll", "i’ll", "i'm", "i’m", "i'd", "i’d", "ok"}) | set(MONTH_OF) | set(WEEKDAY_OF)
_OPENINGS = frozenset(
    "can't won't couldn't eventually frankly gradually happily hence hopefully luckily maybe sadly somehow surprisingly thankfully"
    " therefore thus truly unfortunately usually whenever wherever honestly encouraged relieved tired".split()
)


def check_in_message(journey: Journey, check_in: CheckIn, step: Step) -> Reply:
    """Return the message of a check-in: the plan in the person's words where these name no one, the question, the choices."""
    language = journey.language
    lines = [say("checkin.nudge", language)] if check_in.nudges else []
    if not step.form and (quote := quoted(journey.commitment, language)):
        lines.append(quote)
    lines.append(f"**{text_in(step.ask.question, language)}**")
    return Reply(
        blocks=(Text(markdown=_within(lines)), Choices(choices=check_in_choices(check_in, step, language))),
        summary=say("checkin.summary", language),
        ring=check_in.nudges == 0,
        kind=ReplyKind.CHECK_IN,
        language=language,
        discreet=True,
    )


def _within(lines: Sequence[str]) -> str:
    """Return the lines as one text, without the first ones where it would be longer than a check-in may be."""
    while len(lines) > 1 and sum(len(line.split()) for line in lines) > MOST_WORDS:
        lines = lines[1:]
    return "\n\n".join(lines)


def check_in_choices(check_in: CheckIn, step: Step, language: str) -> tuple[Choice, ...]:
    """Return the answers of a check-in, as choices."""
    options = [Choice(id=f"checkin:{check_in.id}:{o.id}", label=text_in(o.label, language)) for o in step.ask.options]
    if step.form:
        return (Choice(id="plan:new plan", label=say("plan.choice.write", language)), options[-1])
    if step.card:
        options.append(Choice(id=f"card:{step.card}", label=say("checkin.choice.card", language)))
    return tuple(options)


def quoted(commitment: Commitment | None, language: str) -> str:
    """Return the plan in the person's own words, or nothing where they may name someone or somewhere."""
    if commitment is None or may_name(line := plan_line(commitment, language)):
        return ""
    words = line.split()
    short = " ".join(words[:MOST_QUOTED]) + ("…" if len(words) > MOST_QUOTED else "")
    return say("checkin.quoted", language, plan=short)


def may_name(text: str) -> bool:
    """Whether a text may name a person, a party or a place: a capital inside a sentence, a digit, or a script without capitals."""
    return bool(names_in(text)) or not is_cased(text)


def names_in(text: str, *, ordinary: Collection[str] = ()) -> tuple[str, ...]:
    """Return the words that may name someone or somewhere: with a capital inside a sentence, or with a digit.

    A capital at the beginning of a sentence counts too, if the word is none of the `ordinary` lower-case ones, and most others
    are: in another language they would tell nothing.
    """
    small = [word for word in _WORD.findall(text) if word.islower()]
    tells = sum(_is_ordinary(word, ordinary) for word in small) > len(small) * MOSTLY
    found = [
        match[0]
        for match in _WORD.finditer(text)
        if _is_capital(match, text) and not (_starts(match, text) and (not tells or _is_ordinary(match[0], ordinary)))
    ]
    return (*found, *_NUMBER.findall(text))


def is_cased(text: str) -> bool:
    """Whether every word is in a script with capitals, so that names can be seen."""
    return all(_CASED.match(word) for word in _WORD.findall(text))


def _is_capital(match: re.Match[str], text: str) -> bool:
    word = match[0]
    return bool(_CASED.match(word)) and word[0].isupper() and word.lower() not in _NOT_NAMES


def _starts(match: re.Match[str], text: str) -> bool:
    return bool(_SENTENCE_START.search(text[: match.start()]))


def _is_ordinary(word: str, ordinary: Collection[str]) -> bool:
    """Whether a word, or what stands before its apostrophe, is an ordinary one; so is one that opens many a sentence."""
    word = word.lower().replace("’", "'")
    stem = word.removesuffix("n't").partition("'")[0]
    return word in _OPENINGS or word in ordinary or stem in ordinary


def pause_or_stop(journey: Journey) -> Reply:
    """Return the one question after two that stayed without an answer."""
    language = journey.language
    choices = (
        Choice(id="plan:resume", label=say("checkin.choice.continue", language)),
        Choice(id="plan:pause 1 month", label=say("checkin.choice.pause", language)),
        Choice(id="plan:stop", label=say("checkin.choice.stop", language), confirm=say("sure.stop", language)),
    )
    return replace(_reply(journey, say("checkin.pause_or_stop", language), choices=choices), kind=ReplyKind.CHECK_IN)


def my_plan(journey: Journey, *lines: str) -> Reply:
    """Return the plan, the next date, and what can be done with it; `lines` are said before."""
    language, commitment = journey.language, journey.commitment
    if commitment is None:
        body = [*lines, say("plan.none", language)]
        choices: tuple[Choice, ...] = (Choice(id="plan:new plan", label=say("plan.choice.write", language)),)
    else:
        body = [*lines, f"**{say('plan.title', language)}**\n" + "\n".join(plan_lines(commitment, language))]
        choices = (
            Choice(id="plan:edit plan", label=say("plan.choice.edit", language)),
            Choice(id="plan:close plan", label=say("plan.choice.close", language)),
        )
    body.append(next_line(journey) if journey.enrolments else say("plan.in_cohort", language))
    return _reply(journey, *body, choices=choices)


def plan_line(commitment: Commitment, language: str) -> str:
    """Return the if-then sentence."""
    when, will = (_without_opening(getattr(commitment, name), name, language) for name in ("when", "will"))
    return say("plan.line", language, when=when, will=will)


def plan_lines(commitment: Commitment, language: str) -> list[str]:
    """Return a plan, line by line."""
    lines = [plan_line(commitment, language)]
    for part in ("by", "obstacle", "plan_b"):
        if value := getattr(commitment, part):
            lines.append(say(f"plan.{part}", language, **{part: value}))
    return lines


def _without_opening(text: str, field: str, language: str) -> str:
    """Return the words without the opening that the form already gives, in the language of the form or in English."""
    words = text.strip().rstrip(".,;")
    for opening in (say(f"plan.field.{field}", tongue).removesuffix(" …") for tongue in (language, "en")):
        if words.lower().startswith(f"{opening.lower()} "):
            return words[len(opening) :].strip(" …,")
    return words


def commitment_form(journey: Journey, *, edit: bool) -> Reply:
    """Return the form of an if-then plan; when editing, the hints show what it says now."""
    language, old = journey.language, journey.commitment if edit else None
    fields = tuple(
        Field(
            id=name,
            label=say(f"plan.field.{name}", language),
            hint=(getattr(old, name) if old else "") or (say("plan.hint", language) if name == "when" else ""),
            optional=name not in ("when", "will"),
        )
        for name in ("when", "will", "by", "obstacle", "plan_b")
    )
    form = Form(
        id=EDIT_FORM if edit and old else FORM,
        title=say("plan.form", language),
        fields=fields,
        submit=say("plan.form.submit", language),
    )
    blocks = (Text(markdown=say("plan.hint", language)), form)
    return Reply(blocks=blocks, summary=say("checkin.summary", language), language=language, discreet=True)


def asked(journey: Journey, check_in: CheckIn, ask: Ask, *lines: str) -> Reply:
    """Return a question whose answers are counted without a name."""
    choices = tuple(
        Choice(id=f"checkin:{check_in.id}:{ask.id}={o.id}", label=text_in(o.label, journey.language))
        for o in ask.options
    )
    return _reply(journey, *lines, f"**{text_in(ask.question, journey.language)}**", choices=choices)


def later(journey: Journey, check_in: CheckIn) -> Reply:
    """Return the question when to ask again."""
    language = journey.language
    choices = (
        Choice(id=f"checkin:{check_in.id}:later-7", label=say("checkin.choice.week", language)),
        Choice(id=f"checkin:{check_in.id}:later-14", label=say("checkin.choice.fortnight", language)),
        Choice(id=f"checkin:{check_in.id}:skip", label=say("checkin.choice.skip", language)),
        Choice(id="plan:stop", label=say("checkin.choice.stop", language), confirm=say("sure.stop", language)),
    )
    return _reply(journey, say("checkin.not_now", language), choices=choices)


def done(journey: Journey, *, story: bool = False) -> Reply:
    """Return praise in one line, and the next commitment; with `story`, the offer to tell what came of it."""
    language = journey.language
    choices = (
        *story_choice(language, offered=story),
        Choice(id="plan:new plan", label=say("plan.choice.new", language)),
        Choice(id="plan:my plan", label=say("plan.choice.keep", language)),
        Choice(id="plan:close plan", label=say("plan.choice.close", language)),
    )
    lines = (say("checkin.done", language), next_line(journey), f"**{say('checkin.done_next', language)}**")
    return _reply(journey, *lines, choices=choices)


def story_choice(language: str, *, offered: bool = True) -> tuple[Choice, ...]:
    """Return the offer to tell what came of the plan, where it is `offered`."""
    return (Choice(id="plan:my story", label=say("story.choice.tell", language)),) if offered else ()


def changed(journey: Journey) -> Reply:
    """Return the offer to put the changed plan into words."""
    choices = (Choice(id="plan:edit plan", label=say("plan.choice.write", journey.language)),)
    return _reply(journey, say("checkin.changed", journey.language), next_line(journey), choices=choices)


def stuck(journey: Journey, check_in: CheckIn, ask: Ask | None, found: Found | None, *, today: date) -> Reply:
    """Return the card that fits, one question, the offer of a person, and the date of the next question."""
    language = journey.language
    blocks: list[Block] = []
    lines = [say("checkin.stuck", language)] if found else []
    card: tuple[Choice, ...] = ()
    if found is not None:
        text, statements = _in_short(found)
        lines.append(f"**{found.card.title}**\n{text} [1]")
        blocks.append(source_block(citations((found,), statements), language, today=today))
        card = (Choice(id=f"card:{found.card.id}", label=say("checkin.choice.card", language)),)
    lines.append(next_line(journey))
    options: tuple[Choice, ...] = ()
    if ask is not None:
        lines.append(f"**{text_in(ask.question, language)}** {say('checkin.own_words', language)}")
        options = _options(check_in, ask.id, ask.options, language)
    person = Choice(id="person:ask", label=say("checkin.choice.person", language))
    everything = (Text(markdown="\n\n".join(lines)), *blocks, Choices(choices=(*options, *card, person)))
    return Reply(blocks=everything, summary=say("checkin.summary", language), language=language, discreet=True)


def _options(check_in: CheckIn, question: str, options: Iterable[Option], language: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(id=f"checkin:{check_in.id}:{question}={o.id}", label=text_in(o.label, language)) for o in options
    )


def _in_short(found: Found) -> tuple[str, list[Statement]]:
    passage = found.passage(SectionKind.IN_SHORT)
    if passage is None:
        return found.card.solves, []
    return " ".join(line.text for line in passage.lines), [
        Statement(text=line.text, passages=(passage.id,)) for line in passage.lines
    ]


def crisis(journey: Journey, until: date) -> Reply:
    """Return that the schedule is paused, and the crisis card."""
    language = journey.language
    choices = (
        Choice(id=f"card:{FIRST_HOUR}", label=say("plan.choice.first_hour", language)),
        Choice(id="person:ask", label=say("checkin.choice.person", language)),
    )
    return _reply(journey, say("plan.crisis", language, until=until.isoformat()), choices=choices)


def said(
    journey: Journey, key: str, *, next_date: bool = False, choices: Sequence[Choice] = (), **values: object
) -> Reply:
    """Return one of the coach's sentences, with the exact next date where that is asked for."""
    lines = [say(key, journey.language, **values)] + ([next_line(journey)] if next_date else [])
    return _reply(journey, *lines, choices=choices)


def next_line(journey: Journey) -> str:
    """Return when the next question comes: the day, the hour and the zone."""
    check_in = journey.open or journey.next if journey.active else None
    if (upcoming := journey.next) is None or check_in is None:
        return say("checkin.no_next", journey.language)
    return say("checkin.next", journey.language, date=moment(journey, upcoming))


def moment(journey: Journey, check_in: CheckIn) -> str:
    """Return the moment of a check-in as the person's own calendar and clock show it."""
    local = journey.rhythm.local(check_in.due)
    weekday = say(f"weekday.{local.weekday()}", journey.language)
    return f"{weekday} {local:%Y-%m-%d, %H:%M} ({journey.rhythm.zone_on(local.date()).key})"


def text_in(words: Words, language: str) -> str:
    """Return a plan's text in a language, or in English where it has none."""
    return words.get(language) or words["en"]


def _reply(journey: Journey, *lines: str, choices: Sequence[Choice] = ()) -> Reply:
    blocks: tuple[Block, ...] = (Text(markdown="\n\n".join(line for line in lines if line)),)
    if choices:
        blocks = (*blocks, Choices(choices=tuple(choices)))
    summary = say("checkin.summary", journey.language)
    return Reply(blocks=blocks, summary=summary, language=journey.language, discreet=True)
