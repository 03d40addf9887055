"""Forms as Slack's modals, and as the value of the button that opens one. Pure."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from mediation_coach.adapters.slack_text import LABEL, caption, escaped, section
from mediation_coach.domain.chat import Choice, Conversation, Field, Form

Json = dict[str, Any]

VIEW_BLOCKS = 100
VALUE = 2_000
OPTION_VALUE = 150
TITLE = 24
INPUT = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """The few words that stand on Slack's own controls."""

    good: str = "This helped"
    bad: str = "This did not help"
    good_spoken: str = "Say that this answer helped"
    bad_spoken: str = "Say that this answer did not help"
    close: str = "Close"
    send: str = "Send"
    keep: str = "No, leave it as it is"
    ask_title: str = "Ask the coach"
    ask_label: str = "What would you like advice on?"
    ask_hint: str = "Only you will see the answer, in your messages with me. Write 'party A' rather than names."
    working: str = "is looking in the library"
    not_allowed: str = "I am not switched on here, or not for you yet."
    guest: str = "Here I am switched on for members of this workspace, and you are here as its guest."
    outsider: str = "This channel is shared between organisations. I answer people of the one that runs me, and you write from another."
    ask_whoever: str = "Whoever runs the coach here can change that: please ask them to add you."
    ask_contact: str = "This can be changed; please ask: {contact}"
    suggestions: str = (
        "Who should be at the first meeting?\nWhat must a ceasefire text say?"
        "\nOne side has just walked out: what now?\nHow do we follow up a signed promise?"
    )


ENGLISH = Labels()


class Languages:
    """The labels in every language that they were given in; English where they were not."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Keep `texts`: by language, then by the name of a label."""
        names = {field.name for field in fields(Labels)}
        self._known = {
            language: Labels(**{name: text for name, text in by_name.items() if name in names})
            for language, by_name in (texts or {}).items()
        }

    def of(self, *languages: str) -> Labels:
        """Return the labels in the first of `languages` (or locales) that is there."""
        return next((self._known[code] for tag in languages if (code := tag[:2].lower()) in self._known), ENGLISH)


def form_view(form: Form, at: Conversation, labels: Labels = ENGLISH) -> Json:
    """Return `form` as a modal that remembers where it was opened."""
    place = {"room": at.room, "thread": at.thread, "private": at.private}
    intro = [section(escaped(form.title))] if len(form.title) > TITLE else []
    return {
        "type": "modal",
        "callback_id": "form",
        "title": caption(form.title, TITLE),
        "submit": caption(form.submit or labels.send, TITLE),
        "close": caption(labels.close, TITLE),
        "private_metadata": json.dumps({"form": form.id, "at": place}, separators=(",", ":")),
        "blocks": [*intro, *map(input_block, form.fields)][:VIEW_BLOCKS],
    }


def question_view(text: str, labels: Labels = ENGLISH) -> Json:
    """Return the modal in which a question is written, with `text` to begin from."""
    field = Field(id="question", label=labels.ask_label, hint=labels.ask_hint, multiline=True)
    block = input_block(field)
    if text:
        block["element"]["initial_value"] = text[:INPUT]
    return {
        "type": "modal",
        "callback_id": "question",
        "title": caption(labels.ask_title, TITLE),
        "submit": caption(labels.send, TITLE),
        "close": caption(labels.close, TITLE),
        "blocks": [block],
    }


def pack_form(form: Form) -> str | None:
    """Return `form` as the value of a button, which is how it survives a restart; None where it does not fit."""
    fields = [
        [f.id, f.label, f.hint, int(f.optional), int(f.multiline), [[c.id, c.label] for c in f.choices]]
        for f in form.fields
    ]
    raw = json.dumps([form.id, form.title, form.submit, fields], ensure_ascii=False, separators=(",", ":"))
    if len(raw) <= VALUE:
        return raw
    small = "z" + base64.b85encode(zlib.compress(raw.encode(), 9)).decode()
    return small if len(escaped(small)) <= VALUE else None


def unpack_form(value: str) -> Form:
    """Return the form that a button carries."""
    raw = zlib.decompress(base64.b85decode(value[1:])).decode() if value.startswith("z") else value
    form, title, submit, fields = json.loads(raw)
    return Form(id=form, title=title, submit=submit, fields=tuple(map(_unpack_field, fields)))


def _unpack_field(raw: Sequence[Any]) -> Field:
    field, label, hint, optional, multiline, choices = raw
    return Field(
        id=field,
        label=label,
        hint=hint,
        optional=bool(optional),
        multiline=bool(multiline),
        choices=tuple(Choice(id=c, label=text) for c, text in choices),
    )


def input_block(field: Field) -> Json:
    """Return the block in which one question of a form is answered."""
    block: Json = {
        "type": "input",
        "block_id": field.id[:255],
        "optional": field.optional,
        "label": caption(field.label, 2_000),
        "element": _element(field),
    }
    if field.hint:
        block["hint"] = caption(field.hint, 2_000)
    return block


def _element(field: Field) -> Json:
    if not field.choices:
        return {"type": "plain_text_input", "action_id": "value", "multiline": field.multiline, "max_length": INPUT}
    options = [{"text": caption(c.label, LABEL), "value": c.id[:OPTION_VALUE]} for c in field.choices[:100]]
    return {
        "type": "radio_buttons" if len(options) <= 10 else "static_select",
        "action_id": "value",
        "options": options,
    }
