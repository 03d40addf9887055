"""The template of a new card: every section, and a hint where the author writes."""

from __future__ import annotations

from datetime import date

_TEMPLATE = """---
id: {slug}
title: {title}
solves: <one sentence - the problem as the reader has it>
skill: {skill}
also: [{also}]
phase: [any]
war: any
track: [1]
actors: [mediator]
level: any
sensitivity: green
kind: method
asked_as: []
asked_in: {{fr: [], es: [], ar: [], ru: []}}
see: []
sources: []
reviewed: {today}
---
## In short
<Forty to eighty words for {slug}, complete by itself: what to do, and the one thing to avoid.>

## Ask first
- **Context:** <A question on the situation for {slug}?>
- **You:** <A question on the reader's mandate and aims for {slug}?>
- **People:** <Who could be hurt in {slug}?>

## Steps
{steps}

## Options and trade-offs
- **What counts:** <The result to aim for in {slug}.>
- If <this holds in {slug}>, then <do that>: <what it costs, and whom>.

## Risks
- <What can go wrong in {slug}, and who could be hurt.>
- **Stop if:** <the sign to stop in {slug}.>

## The other side
<How {slug} looks from over there.>

## If talks are not the way now
<What else helps in {slug}, and what to keep alive.>

## Alongside
- **Local first:** <Who does this already where {slug} happens?>
- **Also needed:** <What else {slug} needs.>

## Case
- **<Place, month and year.>** <What happened in {slug}, what was done, what came of it.>

## Wording
- "<A phrase the reader of {slug} can say.>"
"""


def template(slug: str, skill: str, today: date) -> str:
    """Return a card that the check accepts but for example questions and sources, which only its author has."""
    marks = (
        ("**First hour:** ", "**First hour:** ", "**First day:** ", "**Next week:** ")
        if skill == "crisis_handling"
        else ("",) * 4
    )
    steps = "\n".join(f"{n}. {mark}<Step {n} of {slug}.>" for n, mark in enumerate(marks, start=1))
    also = "process_design" if skill == "crosscutting" else ""
    return _TEMPLATE.format(
        slug=slug,
        title=slug.replace("-", " ").capitalize(),
        skill=skill,
        also=also,
        today=today.isoformat(),
        steps=steps,
    )
