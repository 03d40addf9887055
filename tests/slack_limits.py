"""What Slack refuses: the documented limits of messages, views and metadata, as one question to ask of a payload."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

MESSAGE_TYPES = frozenset(
    ["actions", "context", "context_actions", "divider", "header", "image", "input", "markdown", "section"]
)
VIEW_TYPES = frozenset(["actions", "context", "divider", "header", "image", "input", "section"])
ELEMENTS = frozenset(["button", "static_select", "radio_buttons", "checkboxes", "overflow", "datepicker"])


def faults(method: str, args: Json) -> list[str]:
    """Return what Slack would refuse in a call of `method`, nothing where it is fine."""
    match method:
        case "chat.postMessage" | "chat.postEphemeral" | "chat.update" | "response_url":
            return list(_message(args))
        case "chat.startStream" | "chat.appendStream":
            return list(_too_long("markdown_text", args.get("markdown_text") or "", 12_000))
        case "chat.stopStream":
            return list(_blocks(args.get("blocks") or (), most=50, allowed=MESSAGE_TYPES))
        case "views.open" | "views.publish" | "views.update":
            return list(_view(args["view"]))
        case "assistant.threads.setSuggestedPrompts":
            return list(_prompts(args.get("prompts") or ()))
        case "assistant.threads.setStatus":
            return list(_too_long("status", args.get("status") or "", 100))
        case "assistant.threads.setTitle" | "agents.sessions.rename":
            return list(_title(args.get("title") or ""))
    return []


def _message(args: Json) -> Iterator[str]:
    text, blocks = args.get("text") or "", args.get("blocks") or ()
    if not text:
        yield "missing text: notifications and screen readers have nothing"
    if args.get("markdown_text") and (text or blocks):
        yield "markdown_text_conflict"
    if re.search(r"\*\*.+?\*\*", text):
        yield "text is mrkdwn, not Markdown"
    yield from _too_long("text", text, 40_000)
    yield from _blocks(blocks, most=50, allowed=MESSAGE_TYPES)
    if metadata := args.get("metadata"):
        if not metadata.get("event_type") or not isinstance(metadata.get("event_payload"), dict):
            yield "invalid_metadata_format"
        if len(json.dumps(metadata)) > 8_000:
            yield "metadata_too_large"


def _view(view: Json) -> Iterator[str]:
    modal = view.get("type") == "modal"
    if view.get("type") not in ("modal", "home"):
        yield "view type"
    if modal:
        for part in ("title", "submit", "close"):
            if part in view or part == "title":
                yield from _plain(part, view.get(part), 24)
        if any(b.get("type") == "input" for b in view["blocks"]) and "submit" not in view:
            yield "a modal with inputs needs submit"
    yield from _too_long("private_metadata", view.get("private_metadata") or "", 3_000)
    yield from _too_long("callback_id", view.get("callback_id") or "", 255)
    yield from _blocks(view["blocks"], most=100, allowed=VIEW_TYPES)
    if len(json.dumps(view)) > 250_000:
        yield "view_too_large"


def _prompts(prompts: Sequence[Json]) -> Iterator[str]:
    if not 1 <= len(prompts) <= 4:
        yield "one to four prompts"
    if any(not p.get("title") or not p.get("message") for p in prompts):
        yield "a prompt has a title and a message"


def _title(title: str) -> Iterator[str]:
    if not title:
        yield "a title has a character at least"
    yield from _too_long("title", title, 200)


def _blocks(blocks: Sequence[Json], *, most: int, allowed: frozenset[str]) -> Iterator[str]:
    if len(blocks) > most:
        yield f"{len(blocks)} blocks, {most} at most"
    ids = [b["block_id"] for b in blocks if "block_id" in b]
    if len(ids) != len(set(ids)):
        yield "block_id twice"
    markdown = sum(len(b.get("text", "")) for b in blocks if b.get("type") == "markdown")
    if markdown > 12_000:
        yield f"{markdown} characters of markdown"
    for block in blocks:
        if block.get("type") not in allowed:
            yield f"block type {block.get('type')}"
        yield from _too_long("block_id", block.get("block_id", ""), 255)
        yield from _block(block)


def _block(block: Json) -> Iterator[str]:
    match block.get("type"):
        case "markdown" if not block.get("text", "").strip():
            yield "empty markdown"
        case "section":
            yield from _text("section", block.get("text"), 3_000)
        case "header":
            yield from _plain("header", block.get("text"), 150)
        case "context":
            yield from _count("context", block["elements"], 10)
            for element in block["elements"]:
                yield from _text("context", element, 3_000)
        case "actions":
            yield from _count("actions", block["elements"], 25)
            yield from _actions(block["elements"])
        case "context_actions":
            yield from _count("context_actions", block["elements"], 5)
            for element in block["elements"]:
                yield from _rating(element)
        case "image":
            if not block.get("alt_text") or not (block.get("image_url") or block.get("slack_file")):
                yield "an image has alt_text and a source"
            yield from _too_long("alt_text", block.get("alt_text") or "", 2_000)
        case "input":
            yield from _plain("input label", block.get("label"), 2_000)
            if "hint" in block:
                yield from _plain("input hint", block["hint"], 2_000)
            yield from _input(block["element"])


def _actions(elements: Sequence[Json]) -> Iterator[str]:
    ids = [e.get("action_id") for e in elements]
    if len(ids) != len(set(ids)):
        yield "action_id twice in a block"
    for element in elements:
        if element.get("type") not in ELEMENTS:
            yield f"element type {element.get('type')}"
        yield from _too_long("action_id", element.get("action_id") or "", 255)
        if element.get("type") == "button":
            yield from _plain("button", element.get("text"), 75)
            yield from _too_long("button value", element.get("value", ""), 2_000)
            yield from _too_long("accessibility_label", element.get("accessibility_label", ""), 75)
            yield from _confirm(element["confirm"]) if "confirm" in element else ()


def _confirm(asks: Json) -> Iterator[str]:
    for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _plain(f"confirm {part}", asks.get(part), most)
    if asks.get("style", "danger") not in ("danger", "primary"):
        yield "confirm style"


def _rating(element: Json) -> Iterator[str]:
    if element.get("type") not in ("feedback_buttons", "icon_button"):
        yield f"context_actions holds no {element.get('type')}"
    for side in ("positive_button", "negative_button"):
        button = element.get(side) or {}
        yield from _plain(side, button.get("text"), 75)
        yield from _too_long("feedback value", button.get("value", ""), 2_000)


def _input(element: Json) -> Iterator[str]:
    match element.get("type"):
        case "plain_text_input":
            yield from _too_long("initial_value", element.get("initial_value", ""), 3_000)
            if element.get("max_length", 0) > 3_000:
                yield "max_length over 3,000"
        case "radio_buttons":
            yield from _count("radio_buttons", element["options"], 10)
        case "static_select":
            yield from _count("static_select", element["options"], 100)
        case other:
            yield f"input element {other}"
    for option in element.get("options", ()):
        yield from _plain("option", option.get("text"), 75)
        yield from _too_long("option value", option.get("value", ""), 150)
        if not option.get("value"):
            yield "an option has a value"


def _count(what: str, items: Sequence[Any], most: int) -> Iterator[str]:
    if not 1 <= len(items) <= most:
        yield f"{len(items)} elements of {what}, 1 to {most}"


def _text(what: str, text: Any, most: int) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ("mrkdwn", "plain_text") or not text.get("text"):
        yield f"{what} has no text"
        return
    yield from _too_long(what, text["text"], most)


def _plain(what: str, text: Any, most: int) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") != "plain_text" or not text.get("text"):
        yield f"{what} has no plain text"
        return
    yield from _too_long(what, text["text"], most)


def _too_long(what: str, text: str, most: int) -> Iterator[str]:
    if len(text) > most:
        yield f"{what} has {len(text)} characters, {most} at most"
