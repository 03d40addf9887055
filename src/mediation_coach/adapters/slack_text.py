"""Words as Slack takes them: its markups, its lengths, and the small objects that hold text. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

MARKDOWN = 12_000
SECTION = 3_000
LABEL = 75


def escaped(text: str) -> str:
    """Return `text` as Slack's own markup, with nothing in it that could call people or open links."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(markdown: str) -> str:
    """Return our small Markdown as plain words, in which no pair of asterisks is left."""
    text = re.sub(r"(?<!\w)_(\S(?:.*?\S)?)_(?!\w)", r"\1", markdown)
    text = re.sub(r"\[([^\]]+)\]\((https?://[^)\s]+)\)", r"\1", text)
    while (bare := re.sub(r"\*\*(.+?)\*\*", r"\1", text)) != text:
        text = bare
    return text


def mrkdwn(markdown: str) -> str:
    """Return our small Markdown as Slack's older markup, for places that know no markdown block."""
    text = escaped(markdown)
    text = re.sub(r"\[([^\]]+)\]\((https?://[^)\s|]+)\)", r"<\2|\1>", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"*\1*", text)
    return re.sub(r"^(\s*)- ", r"\1• ", text, flags=re.MULTILINE)


def uncalled(markdown: str) -> str:
    """Return Markdown in which nothing calls a person, a channel or everyone."""
    return re.sub(r"<(?=[@#!])", "&lt;", markdown)


def fitting(text: str, most: int, write: Callable[[str], str]) -> list[str]:
    """Return `write(text)`, in as many pieces as it takes for each to be at most `most` characters when written."""
    written = write(text)
    if len(written) <= most:
        return [written] if written.strip() else []
    shorter = min(most, max(1, len(text) * 3 // 4))
    return [fit for piece in pieces(text, shorter) for fit in fitting(piece, most, write)]


def pieces(text: str, most: int) -> list[str]:
    """Return `text` in pieces of at most `most` characters, cut between paragraphs, else lines, else words."""
    if len(text) <= most:
        return [text] if text.strip() else []
    for mark in ("\n\n", "\n", ". ", " "):
        end = text.rfind(mark, most // 3, most - len(mark))
        if end > 0:
            end += len(mark)
            return [text[:end].rstrip(), *pieces(text[end:].lstrip("\n"), most)]
    return [text[:most], *pieces(text[most:], most)]


def section(text: str) -> Json:
    """Return a block of text in the older markup."""
    return {"type": "section", "text": small(text)}


def small(text: str) -> Json:
    """Return text in the older markup, in which names and addresses stay as they are."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def caption(text: str, most: int) -> Json:
    """Return plain text of at most `most` characters, as Slack's controls carry it; never empty."""
    return {"type": "plain_text", "text": cut(text, most) or "…", "emoji": False}


def cut(text: str, most: int) -> str:
    """Return `text`, or its beginning and an ellipsis where it is longer than `most`."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
