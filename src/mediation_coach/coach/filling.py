"""Forms for platforms that have none: one question at a time, answered in words. Pure."""

from __future__ import annotations

from dataclasses import replace

from mediation_coach.coach.words import say
from mediation_coach.domain.chat import Block, Choice, Choices, ConversationState, Field, Form, Reply, Text

SKIP = frozenset({"skip", "-", "passer", "omitir", "пропустить", "تخطي"})
CANCEL = frozenset({"cancel", "annuler", "cancelar", "отмена", "إلغاء"})

Filled = tuple[tuple[str, str], ...]


def begin(reply: Reply, state: ConversationState) -> tuple[Reply, ConversationState]:
    """Return `reply` with its form turned into the first question, and the conversation that waits for the answer."""
    form = reply.form
    assert form is not None
    first = question(form, (), state.language)
    rest = tuple(block for block in reply.blocks if not isinstance(block, Form | Choices))
    state = replace(state, form=form, filled=())
    return replace(reply, blocks=(*rest, Text(markdown=f"**{form.title}**"), *first)), state


def current(form: Form, filled: Filled) -> Field | None:
    """Return the field that is asked now; None when all are answered."""
    return form.fields[len(filled)] if len(filled) < len(form.fields) else None


def question(form: Form, filled: Filled, language: str) -> tuple[Block, ...]:
    """Return the blocks that ask the current field."""
    field = current(form, filled)
    if field is None:
        return ()
    hint = f"\n_{field.hint}_" if field.hint else ""
    way_out = say("form_skip" if field.optional else "form_leave", language)
    text = Text(markdown=f"{len(filled) + 1}/{len(form.fields)} {field.label}{hint}\n_{way_out}_")
    if not field.choices:
        return (text,)
    return (text, Choices(choices=tuple(Choice(id=f"field:{c.id}", label=c.label) for c in field.choices)))


def take(form: Form, filled: Filled, text: str) -> Filled | None:
    """Return the fields with `text` as the current one's value, or None where that is no answer to it."""
    field = current(form, filled)
    if field is None:
        return filled
    value = text.strip()
    if value.lower() in SKIP and field.optional:
        value = ""
    elif field.choices:
        match = next((c.id for c in field.choices if value.lower() in (c.id.lower(), c.label.lower())), None)
        if match is None:
            return None
        value = match
    elif not value:
        return None
    return (*filled, (field.id, value))
