"""One real call to the model, and what was wrong with it: for `mediation-coach doctor llm`."""

from __future__ import annotations

import asyncio
import time
from datetime import date
from pathlib import Path

from mediation_coach.answering.calling import Bill, Caller, CallFailed, build_model
from mediation_coach.answering.desk import show_passages, show_slots
from mediation_coach.answering.drafts import parse
from mediation_coach.answering.masking import Mask
from mediation_coach.answering.options import ModelOptions
from mediation_coach.answering.prompts import Prompts
from mediation_coach.answering.spending import Usage
from mediation_coach.answering.support import Checker
from mediation_coach.domain.guidance import CardFacts, Line, Passage, SectionKind, Skill, Slot
from mediation_coach.errors import ConfigError, ContentError

Finding = tuple[str, bool, str]

_SLOT = Slot(heading="first_hour", kind=SectionKind.STEPS, at_most=2)
_CARD = CardFacts(
    id="try",
    title="A party walks out",
    solves="",
    skill="crisis_handling",
    kind="method",
    sensitivity="green",
    reviewed=date(2026, 11, 24),
)
_PASSAGE = Passage(
    card=_CARD,
    kind=SectionKind.STEPS,
    lines=(
        Line(text="Say that the session is adjourned and give a time for the next contact."),
        Line(text="Check that the delegates who left are safe and can travel."),
    ),
)


async def check(options: ModelOptions, folder: Path) -> list[Finding]:
    """Return what was looked at, whether it is well, and what to do if not. Makes one call; nobody's words are in it."""
    findings: list[Finding] = [(_where(options), True, "")]
    try:
        prompts = Prompts(folder)
        findings.append((f"prompts in {folder.name}/", True, ""))
        model = build_model(options)
        findings.append((f"package for {options.provider}", True, ""))
    except (ConfigError, ContentError) as exc:
        return [*findings, ("set-up", False, str(exc))]
    usage, started = Usage(), time.monotonic()
    caller = Caller(model, options.model_copy(update={"breaker_failures": 3}), usage)
    try:
        draft = await _one_draft(caller, prompts, options)
    except CallFailed as failed:
        return [*findings, ("one call", False, failed.mend)]
    took = time.monotonic() - started
    findings.append((f"one call: {took:.1f} s, {usage.tokens_in} tokens read, {usage.tokens_out} written", True, ""))
    return [*findings, _form(draft)]


def _where(options: ModelOptions) -> str:
    if not options.outside:
        return f"{options.name} at {options.host}: nothing leaves, masking {'on' if options.masking else 'off'}"
    return f"{options.name} at {options.host}: questions leave this machine, masked"


async def _one_draft(caller: Caller, prompts: Prompts, options: ModelOptions) -> str:
    values = {
        "language": "en",
        "question": "One delegation left the room. What do I do first?",
        "history": "",
        "passages": show_passages([_PASSAGE], Mask(None)),
        "slots": show_slots([_SLOT]),
        "most_words": 40,
    }
    messages = prompts.drafting(Skill.CRISIS_HANDLING, values)
    deadline = asyncio.get_running_loop().time() + options.whole_seconds
    async with caller.slot(deadline):
        return "".join([text async for text in caller.stream(messages, deadline, Bill())])


def _form(draft: str) -> Finding:
    """Say whether the model keeps to the form and the passage: without that, the library will answer in its place."""
    claims = parse(draft, headings=frozenset({_SLOT.heading}), passages=1)
    good = [c for c in claims if c.fault is None and Checker().carried(c.text, [_PASSAGE])[0]]
    what = f"form: {len(good)} of {len(claims)} sentences bear a passage's number and keep to it"
    return (
        what,
        bool(good),
        "" if good else "this model does not keep to the form; choose a larger one, or stay with the library",
    )
