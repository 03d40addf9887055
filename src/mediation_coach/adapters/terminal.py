"""The smallest adapter, and the one to copy: lines in, text out."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from pydantic import BaseModel, ConfigDict

from mediation_coach.domain.chat import Choices, Conversation, Event, Form, Image, Person, Reply, Sources, Text
from mediation_coach.ports import Capabilities, Receive

if TYPE_CHECKING:
    from rich.console import Console

NAME = "terminal"
PROMPT = "you> "
WIDTH = 88


class TerminalOptions(BaseModel):
    """Settings of the terminal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    history: Path | None = None
    plain: bool = False


class TerminalAdapter:
    """One person, one conversation: standard input and output."""

    name = NAME
    capabilities = Capabilities(idempotent_send=True)

    def __init__(
        self,
        options: TerminalOptions | None = None,
        *,
        lines: TextIO | None = None,
        out: TextIO | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: str = "",
    ) -> None:
        """Talk on `lines` and `out`, by default the standard ones; `zone` is where the person is, if it matters."""
        self._zone = zone
        self._options = options or TerminalOptions()
        self._lines, self._out, self._clock = lines or sys.stdin, out or sys.stdout, clock
        self._numbers = itertools.count(1)
        self._sent: dict[str, str] = {}
        self.interactive = self._lines.isatty() and self._out.isatty()
        self.person = Person(adapter=NAME, id="you")
        self.conversation = Conversation(adapter=NAME, room="terminal")

    async def run(self, receive: Receive) -> None:
        """Hand over each line as an event, until the input ends or `/quit`."""
        async for line in self._read():
            text = line.strip()
            if text.lower() in ("/quit", "/exit"):
                return
            if text:
                await receive(self.event(text))

    def event(self, text: str) -> Event:
        """Return the event for one typed line; `/word` is the same as the word."""
        return Event(
            id=f"line-{next(self._numbers)}",
            person=self.person,
            conversation=self.conversation,
            at=self._clock(),
            text=text.removeprefix("/"),
            zone=self._zone,
        )

    async def _read(self) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        with self._history():
            while True:
                try:
                    line = await loop.run_in_executor(None, self._line)
                except (EOFError, KeyboardInterrupt):
                    self._write("\n" if self.interactive else "")
                    return
                if not line:
                    return
                yield line

    def _line(self) -> str:
        if self.interactive:
            return input(PROMPT) + "\n"
        return self._lines.readline()

    @contextlib.contextmanager
    def _history(self) -> Iterator[None]:
        """Keep typed lines for the arrow keys, in memory; on disk only where the options name a file."""
        if not self.interactive:
            yield
            return
        import readline

        path = self._options.history
        if path is not None and path.exists():
            readline.read_history_file(path)
        yield
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            readline.write_history_file(path)

    async def send(self, to: Conversation, reply: Reply, *, key: str) -> str:
        """Print `reply` once."""
        if key not in self._sent:
            self._sent[key] = key
            self.show(reply)
        return key

    @contextlib.contextmanager
    def writing(self) -> Iterator[Callable[[str], Awaitable[None]]]:
        """Give what shows an answer while it is written; at the end of the block it is wiped, for `show` to print the whole.

        Where nothing can be wiped (piped, or `plain`), nothing is shown.
        """

        async def show(so_far: str) -> None:
            live.update(Padding(Markdown(so_far), (1, 0, 1, 2)), refresh=True)

        async def show_nothing(_: str) -> None: ...

        if not self.interactive or self._options.plain:
            yield show_nothing
            return
        from rich.live import Live
        from rich.markdown import Markdown
        from rich.padding import Padding

        with Live(Padding("…", (1, 0, 1, 2)), console=self._console(), auto_refresh=False, transient=True) as live:
            live.refresh()
            yield show

    def _console(self) -> Console:
        from rich.console import Console

        return Console(file=self._out, width=min(WIDTH, Console().width), highlight=False)

    def show(self, reply: Reply) -> None:
        """Print a reply: with colours and Markdown on a terminal, plain when piped."""
        text = as_markdown(reply)
        if not self.interactive or self._options.plain:
            self._write(plain_text(text) + "\n\n")
            return
        from rich.markdown import Markdown
        from rich.padding import Padding

        self._console().print(Padding(Markdown(text), (1, 0, 1, 2)))

    def say(self, line: str) -> None:
        """Print a line that is nobody's message."""
        self._write(f"{line}\n\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()

    async def find_sent(self, to: Conversation, *, key: str) -> str | None:
        """Return the key if it was printed."""
        return self._sent.get(key)

    async def direct_conversation(self, person: Person) -> Conversation:
        """Return the only conversation there is."""
        return self.conversation

    async def working(self, at: Conversation, busy: bool) -> None:
        """Show nothing: an answer is quicker than the eye."""

    async def ready(self) -> str | None:
        """Return None: a terminal is there or the program is not."""
        return None

    async def close(self) -> None:
        """Let go of nothing."""


def as_markdown(reply: Reply) -> str:
    """Return a reply as Markdown, choices numbered over the whole reply."""
    parts: list[str] = []
    number = itertools.count(1)
    for block in reply.blocks:
        match block:
            case Text(markdown=markdown):
                parts.append(markdown)
            case Sources(lines=lines):
                parts.append("  \n".join(f"[{s.number}] {s.title}" + (f" ({s.note})" if s.note else "") for s in lines))
            case Choices(choices=choices, prompt=prompt):
                row = " · ".join(f"{next(number)} {c.label}" for c in choices)
                parts.append(f"{prompt}\n\n{row}" if prompt else row)
            case Form(title=title, fields=fields):
                parts.append("\n".join([f"**{title}**", *(f"- {f.label}" for f in fields[:1])]))
            case Image(alt=alt):
                parts.append(f"[{alt}]")
    return "\n\n".join(parts)


def plain_text(markdown: str) -> str:
    """Return Markdown without its marks, for pipes and screen readers."""
    lines = [line.replace("**", "").rstrip() for line in markdown.splitlines()]
    return "\n".join(line[1:-1] if line.startswith("_") and line.endswith("_") else line for line in lines)
