"""Answers as replies: short first, the rest one press away. A renderer may shorten; a warning or a source is never dropped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from mediation_coach.coach.words import say
from mediation_coach.domain.chat import Block, Choice, Choices, Reply, ReplyKind, SourceLine, Sources, Text
from mediation_coach.domain.guidance import Answer, Citation, Found, Part, SectionKind, Skill, Statement

WARNED = ("red", "amber")
"""The sensitivities of cards that carry a warning, the strongest first."""
STALE_DAYS = 365
SHORT_CHARACTERS = 500
LEAST_ADVICE = 120
APART = "\n\n"


def present(answer: Answer, *, today: date, short: bool = False) -> Reply:
    """Return the first message of an answer: its skill, its parts, its warning, its sources, its choices."""
    blocks: list[Block] = [Text(markdown=first_message(answer, short=short))]
    blocks.append(source_block(answer.citations, answer.language, today=today))
    if not short:
        blocks.append(Choices(choices=tuple(choices_for(answer))))
    return Reply(blocks=tuple(blocks), summary=say(f"skill.{answer.skill}", answer.language), kind=ReplyKind.ANSWER)


def first_message(answer: Answer, *, short: bool = False) -> str:
    """Return the text of the first message, in the shape of its skill; shortened, it loses advice and no warning."""
    language = answer.language
    before = [f"**{say(f'skill.{answer.skill}', language)}**"]
    if answer.skill is Skill.CRISIS_HANDLING:
        before.append(say("crisis_safety_line", language))
    if language != "en" and answer.written_by == "library" and (note := say("sources_in_english", language)):
        before.append(note)
    advice = [_part(part, language, answer.citations) for part in answer.in_short]
    if answer.skill is Skill.IMPLEMENTATION:
        advice.append(say("pin_down_line", language))
    after = []
    if answer.sensitivity in WARNED:
        after.append(f"_{say(answer.sensitivity, language)}_")
    if answer.written_by != "library":
        after.append(f"_{say(f'written_by.{answer.written_by}', language)}_")
    after += [f"_{say(note, language)}_" for note in answer.notes]
    if short:
        room = SHORT_CHARACTERS - sum(len(line) + len(APART) for line in (*before, *after))
        advice = [_cut(APART.join(advice), max(room, LEAST_ADVICE))]
    return APART.join([*before, *advice, *after])


def so_far(skill: Skill, parts: Sequence[Part], language: str, *, sensitivity: str = "green") -> str:
    """Return what can be seen of an answer while it is being written; each sentence more only adds to the end.

    `sensitivity` is the strongest of the cards at hand: their warning is there before their advice.
    """
    lines = [f"**{say(f'skill.{skill}', language)}**"]
    if skill is Skill.CRISIS_HANDLING:
        lines.append(say("crisis_safety_line", language))
    if sensitivity in WARNED:
        lines.append(f"_{say(sensitivity, language)}_")
    under = None
    for part in parts:
        sentences = "\n".join(f"- {statement}" for statement in part.statements)
        heading = "" if part.heading == "in_short" else f"**{say(f'heading.{part.heading}', language)}**\n"
        if part.heading == under:
            lines[-1] += f"\n{sentences}"
        else:
            lines.append(heading + sentences)
        under = part.heading
    return "\n\n".join(lines)


def stopped(answer: Answer, *, today: date) -> Reply:
    """Return what was written of an answer when its reader stopped it, with its warning and its sources."""
    text = Text(markdown=first_message(answer))
    sources = source_block(answer.citations, answer.language, today=today)
    return Reply(blocks=(text, sources), summary=say("answer_stopped", answer.language), kind=ReplyKind.ANSWER)


def _part(part: Part, language: str, citations: Sequence[Citation]) -> str:
    heading = "" if part.heading == "in_short" else say(f"heading.{part.heading}", language)
    if not heading or (len(part.statements) == 1 and not part.statements[0].label):
        text = " ".join(_marked(s, citations) for s in part.statements)
        return f"**{heading}:** {text}" if heading else text
    marks = (f"{n}. " if part.ordered else "- " for n in range(1, len(part.statements) + 1))
    lines = [mark + _marked(s, citations) for mark, s in zip(marks, part.statements, strict=True)]
    return "\n".join([f"**{heading}**", *lines])


def _marked(statement: Statement, citations: Sequence[Citation]) -> str:
    """Return a statement with the numbers of its sources, as a reader sees it."""
    cards = {p.split("#")[0] for p in statement.passages}
    numbers = "".join(f"[{c.number}]" for c in citations if c.card in cards)
    label = f"**{statement.label}** " if statement.label else ""
    return f"{label}{statement.text} {numbers}".rstrip()


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    end = max(kept.rfind(". "), kept.rfind("] "), kept.rfind("\n"))
    return kept[: end + 1].rstrip() if end > most // 2 else kept.rstrip() + "…"


def source_block(citations: Iterable[Citation], language: str, *, today: date, whole: bool = False) -> Sources:
    """Return the numbered sources; with `whole`, every reference that each card stands on."""
    lines: list[SourceLine] = []
    for citation in citations:
        notes = [f"{s.organisation}, {s.year}" for s in citation.sources[: None if whole else 2]]
        if whole:
            notes = [
                f"{s.organisation}, {s.title}, {s.year}" + (f", {s.where}" if s.where else "") for s in citation.sources
            ]
        if citation.as_of is not None:
            notes.append(say("case_date", language, date=citation.as_of.isoformat()))
        if (today - citation.reviewed).days > STALE_DAYS:
            notes.append(say("reviewed_long_ago", language, date=citation.reviewed.isoformat()))
        if citation.layer != "library":
            notes.append(say("from_layer", language, layer=citation.layer))
        url = next((s.url for s in citation.sources if s.url), "")
        lines.append(SourceLine(number=citation.number, title=citation.title, note="; ".join(notes), url=url))
    return Sources(lines=tuple(lines))


def choices_for(answer: Answer) -> Iterable[Choice]:
    """Return what the reader can open next."""
    language = answer.language
    yield Choice(id="answer:more", label=say("choice.more", language))
    for name, kind in (("steps", SectionKind.STEPS), ("risks", SectionKind.RISKS), ("case", SectionKind.CASE)):
        if kind in answer.sections:
            yield Choice(id=f"answer:{name}", label=say(f"choice.{name}", language))
    yield Choice(id="answer:sources", label=say("choice.sources", language))
    if answer.runner_up is not None:
        name = say(f"skill.{answer.runner_up}", language)
        yield Choice(id=f"skill:{answer.runner_up}", label=say("choice.as_skill", language, skill=name))
    else:
        yield Choice(id="answer:wrong_skill", label=say("choice.wrong_skill", language))


def offering(reply: Reply, tool: Found | None, language: str) -> Reply:
    """Return `reply` with the guided tool that fits as one more choice."""
    if tool is None or not reply.choices:
        return reply
    more = Choice(id=f"tool:{tool.card.id}", label=tool.card.title)
    blocks = tuple(
        replace(block, choices=(*block.choices, more)) if isinstance(block, Choices) else block
        for block in reply.blocks
    )
    return replace(reply, blocks=blocks)


def section(answer: Answer, kind: SectionKind) -> str:
    """Return one section of an answer, whole."""
    statements = answer.sections.get(kind, ())
    heading = f"**{say(f'heading.{kind}', answer.language)}**\n"
    if kind is SectionKind.STEPS:
        return heading + "\n".join(f"{n}. {_marked(s, answer.citations)}" for n, s in enumerate(statements, start=1))
    if kind in (SectionKind.IN_SHORT, SectionKind.OTHER_SIDE, SectionKind.NOT_TALKS):
        return heading + " ".join(_marked(s, answer.citations) for s in statements)
    return heading + "\n".join(f"- {_marked(s, answer.citations)}" for s in statements)


def present_section(answer: Answer, kind: SectionKind, *, today: date) -> Reply:
    """Return the reply that opens one section."""
    if kind not in answer.sections:
        return plain(say("nothing_more", answer.language))
    cards = {p.split("#")[0] for s in answer.sections[kind] for p in s.passages}
    used = tuple(c for c in answer.citations if c.card in cards)
    return Reply(
        blocks=(
            Text(markdown=section(answer, kind)),
            source_block(used, answer.language, today=today),
            Choices(choices=tuple(choices_for(answer))),
        ),
        summary=say(f"heading.{kind}", answer.language),
    )


def present_rest(answer: Answer, *, today: date) -> Reply:
    """Return everything behind an answer."""
    return Reply(
        blocks=(
            Text(markdown="\n\n".join(section(answer, kind) for kind in answer.sections)),
            source_block(answer.citations, answer.language, today=today),
            Choices(choices=tuple(c for c in choices_for(answer) if c.id != "answer:more")),
        ),
        summary=say("choice.more", answer.language),
    )


def present_sources(answer: Answer, *, today: date) -> Reply:
    """Return the sources of an answer, each with all that its card stands on."""
    return Reply(
        blocks=(
            Text(markdown=say(f"written_by.{answer.written_by}", answer.language)),
            source_block(answer.citations, answer.language, today=today, whole=True),
            Choices(choices=tuple(c for c in choices_for(answer) if c.id != "answer:sources")),
        ),
        summary=say("choice.sources", answer.language),
    )


def whole_text(answer: Answer) -> str:
    """Return the whole answer as text, first message and all sections, for files and evaluation."""
    return "\n\n".join([first_message(answer), *(section(answer, kind) for kind in answer.sections)])


def plain(
    text: str,
    *,
    choices: Sequence[Choice] = (),
    prompt: str = "",
    aside: bool = False,
    kind: ReplyKind = ReplyKind.PLAIN,
) -> Reply:
    """Return a reply of one text, with choices where there are any."""
    blocks: tuple[Block, ...] = (Text(markdown=text),)
    if choices:
        blocks = (*blocks, Choices(choices=tuple(choices), prompt=prompt))
    return Reply(blocks=blocks, summary=text.split("\n", 1)[0][:150], aside=aside, kind=kind)


def skill_choices(language: str) -> tuple[Choice, ...]:
    """Return the four skills as choices."""
    return tuple(Choice(id=f"skill:{skill}", label=say(f"skill.{skill}", language)) for skill in Skill)


def greeting(language: str, *, turns: int, hours: int, again: bool) -> Reply:
    """Return who the coach is, what it can do, what it keeps: all of it at first contact, less of it later."""
    parts = [say("hello", language)]
    if not again:
        parts.append(say("hello_keep", language, turns=turns, hours=hours))
    return plain("\n\n".join(parts), choices=skill_choices(language), prompt=say("hello_skills", language))


def clarifying(nearest: Sequence[Found], language: str) -> Reply:
    """Return the one clarifying question, with the nearest cards as its answers."""
    choices = [Choice(id=f"card:{f.card.id}", label=f.card.title) for f in nearest]
    return plain(say("clarify", language), choices=choices, kind=ReplyKind.CLARIFY)


def declining(nearest: Sequence[Found], language: str) -> Reply:
    """Return that the library has nothing, what it covers, and the nearest cards by name."""
    choices = [Choice(id=f"card:{f.card.id}", label=f.card.title) for f in nearest]
    prompt = say("nearest", language) if choices else ""
    return plain(say("out_of_scope", language), choices=choices, prompt=prompt, kind=ReplyKind.DECLINE)
