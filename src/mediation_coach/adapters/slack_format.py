"""What we say, written as Slack's Block Kit. Pure, and never over the limits that Slack documents."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mediation_coach.adapters.slack_forms import ENGLISH, VIEW_BLOCKS, Labels, input_block, pack_form
from mediation_coach.adapters.slack_text import (
    LABEL,
    MARKDOWN,
    SECTION,
    caption,
    cut,
    escaped,
    fitting,
    mrkdwn,
    plain,
    section,
    small,
    uncalled,
)
from mediation_coach.domain.chat import Block, Choice, Choices, Form, Image, Reply, SourceLine, Sources, Text

Json = dict[str, Any]

MESSAGE_BLOCKS = 50
FALLBACK = 3_900
BUTTONS = 25
TITLE = 200
ASKED, ANSWER = 300, 30
EVENT_TYPE = "mediation_coach_reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of a reply. `image` is uploaded first and then stands above the blocks."""

    text: str
    blocks: tuple[Json, ...]
    image: Image | None = None


def render(reply: Reply, *, feedback: bool = False, surface: str = "message", labels: Labels = ENGLISH) -> list[Part]:
    """Return `reply` as messages, in reading order; usually one.

    On `surface` "message" text is a markdown block, elsewhere sections. `feedback` puts the two buttons under an answer
    that has sources. No message has more than 50 blocks or 12,000 characters of markdown.
    """
    blocks = list(_blocks(reply.blocks, surface, labels))
    if feedback and surface == "message" and any(isinstance(b, Sources) for b in reply.blocks):
        blocks.append(_feedback(labels))
    packed = list(_packed(blocks))
    fallback = spoken(reply)
    alone = _is_summary_alone(reply)
    rest = (
        fallback if alone else escaped(cut(plain(" ".join(_words_in(part)) or reply.summary), FALLBACK))
        for part in packed[1:]
    )
    texts = (fallback, *rest)
    parts = [_part(text or "…", part) for text, part in zip(texts, packed, strict=False)]
    return parts or [Part(text=fallback or "…", blocks=())]


def home_view(reply: Reply, labels: Labels = ENGLISH) -> Json:
    """Return `reply` as the view of the home tab, with a line under each row of buttons."""
    shown: list[Json | Image] = []
    for block in _blocks(reply.blocks, "home", labels):
        if shown and isinstance(shown[-1], dict) and shown[-1]["type"] == "actions":
            shown.append({"type": "divider"})
        shown.append(block)
    return {"type": "home", "blocks": shown[:VIEW_BLOCKS]}


def title_of(reply: Reply) -> str:
    """Return a title for the conversation that an answer begins: its field and its first card, none of the asker's words."""
    lines = [line.title for block in reply.blocks if isinstance(block, Sources) for line in block.lines]
    return cut(": ".join([reply.summary, *lines[:1]]), TITLE)


def metadata(key: str, number: int, of: int) -> Json:
    """Return the message metadata by which part `number` of a reply is found again."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key, "part": number, "of": of}}


def key_of(message: Json) -> tuple[str, int, int] | None:
    """Return the key, the part and the number of parts that a message was sent under, or None if it is not ours."""
    found = message.get("metadata") or {}
    payload = found.get("event_payload") or {}
    if found.get("event_type") != EVENT_TYPE or "key" not in payload:
        return None
    return str(payload["key"]), int(payload.get("part", 0)), int(payload.get("of", 1))


def spoken(reply: Reply) -> str:
    """Return the text that notifications show and screen readers read aloud.

    A reply that rings or is discreet carries its summary alone, since this text lights up lock screens; any other is told
    whole, because a screen reader reads this text and not the blocks.
    """
    if _is_summary_alone(reply):
        return escaped(cut(plain(reply.summary), FALLBACK))
    lines = [line for block in reply.blocks for line in _lines_of(block) if line.strip()]
    summary = [reply.summary] if reply.summary and not (lines and plain(lines[0]).startswith(reply.summary)) else []
    return escaped(cut(plain("\n".join([*summary, *lines])), FALLBACK))


def _is_summary_alone(reply: Reply) -> bool:
    return (reply.ring or reply.discreet) and bool(reply.summary)


def _lines_of(block: Block) -> Iterator[str]:
    match block:
        case Text(markdown=markdown):
            yield markdown
        case Sources(lines=lines):
            yield from (f"[{line.number}] {line.title}. {line.note}".rstrip(" .") for line in lines)
        case Choices(choices=choices, prompt=prompt):
            yield " ".join([prompt, ", ".join(choice.label for choice in choices)]).strip()
        case Form(title=title):
            yield title
        case Image(alt=alt):
            yield alt


def _blocks(blocks: Iterable[Block], surface: str, labels: Labels) -> Iterator[Json | Image]:
    for block in blocks:
        match block:
            case Text(markdown=text):
                yield from _text(text, surface)
            case Sources(lines=()):
                continue
            case Sources(lines=lines):
                yield from _sources(lines)
            case Choices(choices=choices, prompt=prompt):
                yield from _text(prompt, surface)
                yield from _buttons(choices, labels)
            case Form():
                yield from _form(block)
            case Image(alt=alt) if surface != "message":
                yield from _text(alt, surface)
            case Image():
                yield block


def _sources(lines: Iterable[SourceLine]) -> Iterator[Json]:
    """Yield the sources, all of them, as small print: as many lines to a block as it takes."""
    text = ""
    for line in map(_source, lines):
        if text and len(text) + 1 + len(line) > SECTION:
            yield {"type": "context", "elements": [small(text)]}
            text = ""
        text = f"{text}\n{line}" if text else line
    yield {"type": "context", "elements": [small(text)]}


def _text(text: str, surface: str) -> Iterator[Json]:
    if surface == "message":
        yield from ({"type": "markdown", "text": piece} for piece in fitting(text, MARKDOWN, uncalled))
    else:
        yield from (section(piece) for piece in fitting(text, SECTION, mrkdwn))


def _source(line: SourceLine) -> str:
    name = escaped(cut(line.title, 300)).replace("|", "¦")
    url = escaped(line.url).replace("|", "%7C")
    linked = f"<{url}|{name}>" if url.startswith(("https://", "http://")) and len(url) < 1_000 else name
    return f"[{line.number}] {linked}" + (f" · {escaped(cut(line.note, 250))}" if line.note else "")


def _buttons(choices: Sequence[Choice], labels: Labels) -> Iterator[Json]:
    for start in range(0, len(choices), BUTTONS):
        row = choices[start : start + BUTTONS]
        yield {"type": "actions", "elements": [_button(c, start + n, labels) for n, c in enumerate(row)]}


def _button(choice: Choice, number: int, labels: Labels) -> Json:
    """Return a button; one that asks before it acts says so in its id, by which the press is known to be confirmed."""
    button = {
        "type": "button",
        "action_id": f"choice:{number}",
        "text": caption(choice.label, LABEL),
        "value": choice.id,
        "accessibility_label": cut(choice.label, LABEL),
    }
    if not choice.confirm:
        return button
    asks = {
        "title": caption(choice.label, LABEL),
        "text": caption(choice.confirm, ASKED),
        "confirm": caption(choice.label, ANSWER),
        "deny": caption(labels.keep, ANSWER),
        "style": "danger",
    }
    return {**button, "action_id": f"sure:{number}", "style": "danger", "confirm": asks}


def _form(form: Form) -> Iterator[Json]:
    """Yield a button that opens the form; where the form is too long for one, the fields themselves."""
    packed = pack_form(form)
    if packed is not None:
        words = caption(form.title, LABEL)
        opener = {"type": "button", "action_id": f"form:{form.id}"[:255], "text": words, "value": packed}
        yield {"type": "actions", "elements": [{**opener, "style": "primary"}]}
        return
    yield section(f"*{escaped(form.title)}*")
    yield from map(input_block, form.fields[: MESSAGE_BLOCKS - 5])
    submit = {"type": "button", "action_id": f"submit:{form.id}"[:255], "text": caption(form.submit, LABEL)}
    yield {"type": "actions", "elements": [{**submit, "style": "primary"}]}


def _feedback(labels: Labels) -> Json:
    def button(label: str, spoken_as: str, value: str) -> Json:
        return {"text": caption(label, LABEL), "accessibility_label": cut(spoken_as, LABEL), "value": value}

    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": "feedback",
                "positive_button": button(labels.good, labels.good_spoken, "good"),
                "negative_button": button(labels.bad, labels.bad_spoken, "bad"),
            }
        ],
    }


def _packed(blocks: Iterable[Json | Image]) -> Iterator[list[Json | Image]]:
    """Yield blocks in messages: an image begins its own, and no message is over Slack's limits."""
    message: list[Json | Image] = []
    room = MARKDOWN
    for block in blocks:
        length = len(block["text"]) if isinstance(block, dict) and block["type"] == "markdown" else 0
        if message and (isinstance(block, Image) or length > room or len(message) >= MESSAGE_BLOCKS):
            yield message
            message, room = [], MARKDOWN
        message.append(block)
        room -= length
    if message:
        yield message


def _part(text: str, blocks: Sequence[Json | Image]) -> Part:
    image = next((block for block in blocks if isinstance(block, Image)), None)
    return Part(text=text, blocks=tuple(b for b in blocks if not isinstance(b, Image)), image=image)


def _words_in(blocks: Iterable[Json | Image]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Image):
            yield block.alt
        elif block["type"] == "markdown":
            yield html.unescape(block["text"])
        elif block["type"] in ("section", "context"):
            elements = block.get("elements") or [block["text"]]
            yield from (html.unescape(re.sub(r"<[^|>]*\|([^>]*)>", r"\1", e["text"])) for e in elements)
