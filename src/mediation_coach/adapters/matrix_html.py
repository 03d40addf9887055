"""Replies as Matrix messages: a plain body always, HTML of the spec's tags beside it, split where a message would be too long. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mediation_coach.adapters.matrix_format import OWN, key_mark
from mediation_coach.domain.chat import Block, Choice, Choices, Form, Image, Reply, SourceLine, Sources, Text

MOST_BYTES = 9000
_BULLET = re.compile(r"^\s*[-•] +")
_STEP = re.compile(r"^\s*(\d+)[.)] +")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LEANING = re.compile(r"^_(.+)_$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A paragraph, a list or a heading, both ways."""

    plain: str
    html: str

    @property
    def size(self) -> int:
        """How many bytes it takes in the event."""
        return len(self.plain.encode()) + len(self.html.encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One text message of a reply."""

    pieces: tuple[Piece, ...]

    @property
    def body(self) -> str:
        """The message as plain text."""
        return "\n\n".join(p.plain for p in self.pieces)

    @property
    def formatted(self) -> str:
        """The message as HTML."""
        return "".join(p.html for p in self.pieces)


Message = Page | Image


def messages(reply: Reply, *, most: int = MOST_BYTES) -> list[Message]:
    """Return a reply as the messages that carry it, in reading order: pictures alone, text in as few as fit."""
    found: list[Message] = []
    gathered: list[Piece] = []
    number = 1
    for block in reply.blocks:
        if isinstance(block, Image):
            found += [*_pages(gathered, most), block]
            gathered = []
            continue
        gathered += pieces(block, first_number=number)
        number += len(block.choices) if isinstance(block, Choices) else 0
    return [*found, *_pages(gathered, most)]


def announced(reply: Reply) -> str:
    """Return the few words that a phone shows of a reply that rings, where these are not all it says; else nothing."""
    said = "".join(block.markdown for block in reply.blocks if isinstance(block, Text))
    return reply.summary if reply.ring and said != reply.summary else ""


def _pages(all_pieces: Sequence[Piece], most: int) -> Iterator[Page]:
    page: list[Piece] = []
    for piece in (small for whole in all_pieces for small in _cut(whole, most)):
        if page and sum(p.size for p in page) + piece.size > most:
            yield Page(pieces=tuple(page))
            page = []
        page.append(piece)
    if page:
        yield Page(pieces=tuple(page))


def _cut(piece: Piece, most: int) -> Iterator[Piece]:
    """Yield a piece whole where it fits, else as paragraphs that each fit."""
    if piece.size <= most:
        yield piece
        return
    text, room = piece.plain, max(200, most // 8)
    while text:
        end = len(text) if len(text) <= room else _break_before(text, room)
        yield from paragraphs(text[:end].strip())
        text = text[end:].lstrip()


def _break_before(text: str, room: int) -> int:
    for mark in ("\n", ". ", " "):
        if (found := text.rfind(mark, room // 2, room)) > 0:
            return found + 1
    return room


def pieces(block: Block, *, first_number: int = 1) -> list[Piece]:
    """Return the paragraphs and lists of one block."""
    match block:
        case Text(markdown=markdown):
            return list(paragraphs(markdown))
        case Sources(lines=lines):
            return [_sources(lines)] if lines else []
        case Choices(choices=choices, prompt=prompt):
            return [*paragraphs(prompt), *_numbered(choices, first_number)]
        case Form():
            return _first_question(block)
        case Image(alt=alt):
            return list(paragraphs(alt))


def _first_question(form: Form) -> list[Piece]:
    asked = form.fields[:1]
    lines = [f"**{form.title}**", *(f.label for f in asked), *(f.hint for f in asked if f.hint)]
    return [*paragraphs("\n\n".join(lines)), *(p for f in asked for p in _numbered(f.choices, 1))]


def _numbered(choices: Sequence[Choice], first: int) -> list[Piece]:
    if not choices:
        return []
    plain = "\n".join(f"{n}. {c.label}" for n, c in enumerate(choices, first))
    items = "".join(f"<li>{html.escape(c.label)}</li>" for c in choices)
    return [Piece(plain=plain, html=f'<ol start="{first}">{items}</ol>')]


def _sources(lines: Iterable[SourceLine]) -> Piece:
    shown = list(lines)
    plain = "\n".join(
        f"[{s.number}] {s.title}" + (f" ({s.note})" if s.note else "") + (f" {s.url}" if s.url else "") for s in shown
    )
    return Piece(plain=plain, html="<p>" + "<br>".join(_source(s) for s in shown) + "</p>")


def _source(line: SourceLine) -> str:
    title, note = html.escape(line.title), f" ({html.escape(line.note)})" if line.note else ""
    linked = line.url.startswith(("https://", "http://"))
    return f"[{line.number}] " + (f'<a href="{html.escape(line.url)}">{title}</a>' if linked else title) + note


def paragraphs(markdown: str) -> Iterator[Piece]:
    """Yield the paragraphs and lists of a small Markdown, everything escaped."""
    for paragraph in re.split(r"\n\s*\n", markdown.strip()):
        lines = [line for line in paragraph.splitlines() if line.strip()]
        if lines:
            yield Piece(plain=plain_text("\n".join(lines)), html="".join(_grouped(lines)))


def _grouped(lines: Sequence[str]) -> Iterator[str]:
    """Yield the runs of bullets, of steps and of plain lines in a paragraph, each as its own element."""
    run: list[str] = []
    kind = ""
    for line in lines:
        now = "ul" if _BULLET.match(line) else "ol" if _STEP.match(line) else "p"
        if run and now != kind:
            yield _element(kind, run)
            run = []
        run.append(line)
        kind = now
    if run:
        yield _element(kind, run)


def _element(kind: str, lines: Sequence[str]) -> str:
    if kind == "p":
        return "<p>" + "<br>".join(_inline(line) for line in lines) + "</p>"
    mark = _BULLET if kind == "ul" else _STEP
    items = "".join(f"<li>{_inline(mark.sub('', line, count=1))}</li>" for line in lines)
    first = _STEP.match(lines[0])
    start = f' start="{int(first[1])}"' if kind == "ol" and first and int(first[1]) != 1 else ""
    return f"<{kind}{start}>{items}</{kind}>"


def _inline(line: str) -> str:
    text = html.escape(line.strip())
    text = _LEANING.sub(r"<em>\1</em>", text)
    return _BOLD.sub(r"<strong>\1</strong>", text)


def plain_text(markdown: str) -> str:
    """Return a small Markdown without its marks."""
    lines = (_LEANING.sub(r"\1", line.strip()) for line in markdown.splitlines())
    return "\n".join(_BOLD.sub(r"\1", line) for line in lines)


def text_content(page: Page, *, mention: Sequence[str] = (), ring: bool = False) -> dict[str, Any]:
    """Return a text message; with `ring` one that a phone announces, else a notice, which it does not."""
    return {
        "msgtype": "m.text" if ring else "m.notice",
        "body": page.body,
        "format": "org.matrix.custom.html",
        "formatted_body": page.formatted,
        "m.mentions": {"user_ids": list(mention)} if ring and mention else {},
    }


def edit_of(event_id: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the edit after which the message `event_id` is `content`; who cannot show edits reads the new words, too."""
    relation = {"rel_type": "m.replace", "event_id": event_id}
    old = {**content, "body": f"* {content['body']}", "formatted_body": f"* {content['formatted_body']}"}
    return {**old, "m.mentions": {}, "m.new_content": content, "m.relates_to": relation}


def marked(content: dict[str, Any], *, key: str, part: int, of: int, choices: Sequence[Choice] = ()) -> dict[str, Any]:
    """Return `content` with what we need to find it again, and to understand a reaction under it."""
    own: dict[str, Any] = {"key": key_mark(key), "part": part, "of": of}
    if choices and part == of - 1:
        own["choices"] = [[c.id, c.label] for c in choices]
    return {**content, OWN: own}


def page_of(text: str) -> Page:
    """Return a short text as one page."""
    return Page(pieces=tuple(paragraphs(text)))


def offered(reply: Reply) -> tuple[Choice, ...]:
    """Return the choices of a reply, or those of the first question of its form."""
    form = reply.form
    return reply.choices or (form.fields[0].choices if form and form.fields else ())
