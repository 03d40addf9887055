"""`chat`, `ask`: the coach in the terminal."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mediation_coach.errors import CoachError

if TYPE_CHECKING:
    from mediation_coach.adapters.terminal import TerminalAdapter, TerminalOptions
    from mediation_coach.coach.dialogue import Dialogue
    from mediation_coach.config import Settings
    from mediation_coach.delivery.live import Page
    from mediation_coach.domain.chat import ConversationState, Event, Reply
    from mediation_coach.knowledge.building import Progress
    from mediation_coach.knowledge.retrieval import Library

SAMPLE = "one side just left the room and says they are done - what now?"
USAGE = 2


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `chat` and `ask`."""
    chat = commands.add_parser("chat", help="talk with the coach in the terminal")
    chat.add_argument("--plain", action="store_true", help="no colours, no Markdown")
    chat.add_argument(
        "--as-of", metavar="TIME", help="rehearse a follow-through: start at this moment, for example 2027-03-28T08:00"
    )
    chat.add_argument("--zone", default="UTC", help="the zone of --as-of, for example Africa/Nairobi")
    chat.set_defaults(run=run_chat)
    ask = commands.add_parser("ask", help="ask once")
    ask.add_argument("question", nargs="*", help="the question, in your own words")
    ask.add_argument("--json", action="store_true", help="print one JSON object")
    ask.add_argument(
        "--jsonl",
        action="store_true",
        help="read questions from standard input, one JSON object a line; answer the same way",
    )
    ask.set_defaults(run=run_ask)


def run_chat(args: argparse.Namespace) -> int:
    """Open the coach: a prompt on a terminal, one answer a line when piped, a sample talk with no input at all."""
    from mediation_coach.adapters.terminal import TerminalAdapter, TerminalOptions

    settings, library = _open(args)
    options = TerminalOptions.model_validate({"plain": args.plain, **settings.table("terminal")})
    if args.as_of:
        return asyncio.run(_rehearse(args, settings, library, options))
    from mediation_coach import app

    terminal, dialogue = TerminalAdapter(options), app.build_dialogue(settings, library)
    return asyncio.run(_talk(terminal, dialogue, model=bool(settings.table("model"))))


async def _rehearse(args: argparse.Namespace, settings: Settings, library: Library, options: TerminalOptions) -> int:
    """Talk with a clock that `/tomorrow`, `/week` and `/month` push forward."""
    from mediation_coach.adapters.terminal import TerminalAdapter
    from mediation_coach.coach.moving_clock import MovingClock
    from mediation_coach.knowledge.places import is_zone
    from mediation_coach.rehearsing import rehearsal

    try:
        start = datetime.fromisoformat(args.as_of)
    except ValueError:
        raise CoachError(f"--as-of {args.as_of!r} is not a moment; write it like 2027-03-28T08:00") from None
    if not is_zone(args.zone):
        raise CoachError(f"--zone {args.zone!r} is not a zone; write it like Africa/Nairobi")
    clock = MovingClock(start, where=args.zone)
    terminal = TerminalAdapter(options, clock=clock, zone=args.zone)
    async with rehearsal(settings, library, terminal, clock) as rehearsed:
        terminal.say(
            f"[{clock.shown}. A course ends today; its code: join {rehearsed.code}. Then /tomorrow, /week, /month.]"
        )
        model = bool(settings.table("model"))
        return await _talk(terminal, rehearsed.dialogue, rehearsed.forward, lambda: clock.shown, model=model)


async def _talk(
    terminal: TerminalAdapter,
    dialogue: Dialogue,
    forward: Callable[[str], Awaitable[bool]] | None = None,
    shown: Callable[[], str] = lambda: "",
    *,
    model: bool = False,
) -> int:
    from mediation_coach.domain.chat import ConversationState

    state = ConversationState()
    spoken = 0

    async def receive(event: Event) -> None:
        nonlocal state, spoken
        spoken += 1
        if forward is not None and await forward(f"/{event.text.lower()}"):
            terminal.say(f"[{shown()}]")
            return
        async with _page(terminal, model=model) as page:
            reply, state = await dialogue.answer(_as_pressed(event), state, page)
        if reply is not None:
            await terminal.send(event.conversation, reply, key=event.id)

    if terminal.interactive:
        await receive(terminal.event("hello"))
    await terminal.run(receive)
    if not spoken:
        terminal.say(f"you> {SAMPLE}")
        await receive(terminal.event(SAMPLE))
    return 0


@asynccontextmanager
async def _page(terminal: TerminalAdapter, *, model: bool) -> AsyncIterator[Page | None]:
    """Give where an answer of a language model is seen while it is written; Ctrl-C then ends the answer and not the talk."""
    if not (model and terminal.interactive):
        yield None
        return
    from mediation_coach.delivery.live import Page
    from mediation_coach.ports import Showing

    with terminal.writing() as show:
        page = Page(show, Showing(every=0.1, most=1000))
        showing = asyncio.create_task(page.keep_showing())
        try:
            with _interrupted(page.stop):
                yield page
        finally:
            page.close()
            await showing


@contextmanager
def _interrupted(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on Ctrl-C while the block lasts, where the system lets us."""
    before = signal.getsignal(signal.SIGINT)
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGINT, stop)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)


def _as_pressed(event: Event) -> Event:
    """Return `/sources` and `/skill NAME` as the choices they stand for."""
    from mediation_coach.domain.chat import Intent
    from mediation_coach.domain.guidance import Skill

    word, _, rest = event.text.strip().lower().partition(" ")
    if word == "sources" and not rest:
        return replace(event, intent=Intent.CHOICE, choice="answer:sources")
    if word == "skill":
        name = rest.replace("-", "_").replace(" ", "_")
        match = next((s for s in Skill if name and s.value.startswith(name)), None)
        choice = f"skill:{match}" if match else "answer:wrong_skill"
        return replace(event, intent=Intent.CHOICE, choice=choice)
    return event


def run_ask(args: argparse.Namespace) -> int:
    """Answer one question, or one a line of JSON."""
    text = " ".join(args.question)
    if not args.jsonl and not text:
        if sys.stdin.isatty():
            print(
                'mediation-coach ask: give a question, for example: mediation-coach ask "they walked out, what now"',
                file=sys.stderr,
            )
            return USAGE
        text = _decoded(sys.stdin.buffer.read(1_000_000))
    if not args.jsonl and not any(c.isalnum() for c in text):
        print(
            "mediation-coach ask: the question is empty; write one sentence about what you are facing", file=sys.stderr
        )
        return USAGE
    from mediation_coach import app

    settings, library = _open(args)
    dialogue = app.build_dialogue(settings, library)
    if args.jsonl:
        return asyncio.run(_answer_lines(dialogue, sys.stdin.buffer))
    from mediation_coach.adapters.terminal import TerminalAdapter

    terminal = TerminalAdapter()
    terminal.interactive = sys.stdout.isatty() and not args.json
    reply, state = asyncio.run(_ask_once(terminal, dialogue, text, model=bool(settings.table("model"))))
    if args.json:
        print(json.dumps(as_object("", reply, state), ensure_ascii=False))
    elif reply is not None:
        terminal.show(reply)
    return 0


async def _ask_once(
    terminal: TerminalAdapter, dialogue: Dialogue, text: str, *, model: bool
) -> tuple[Reply | None, ConversationState]:
    async with _page(terminal, model=model) as page:
        return await _answer(dialogue, text, (), page)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise CoachError("standard input is not text; send UTF-8") from None


async def _answer_lines(dialogue: Dialogue, lines: Iterable[bytes]) -> int:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            text, history = str(asked["text"]), asked.get("history") or []
            name = str(asked.get("id", number))
            turns = tuple(str(turn.get("text", "")) if isinstance(turn, dict) else str(turn) for turn in history)
            reply, state = await _answer(dialogue, text, turns)
            answer = as_object(name, reply, state)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            answer = {
                "line": number,
                "error": f"not usable ({type(exc).__name__}): send one JSON object a line with at least 'text'",
            }
        print(json.dumps(answer, ensure_ascii=False), flush=True)
    return 0


async def _answer(
    dialogue: Dialogue, text: str, history: tuple[str, ...], page: Page | None = None
) -> tuple[Reply | None, ConversationState]:
    """Return the reply to `text` after the questions of `history`, which are lived through first."""
    from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person

    state = ConversationState()
    reply: Reply | None = None
    for number, turn in enumerate((*history, text)):
        event = Event(
            id=f"ask-{number}",
            person=Person(adapter="terminal", id="you"),
            conversation=Conversation(adapter="terminal", room="ask"),
            at=datetime.now(UTC),
            text=turn,
        )
        reply, state = await dialogue.answer(event, state, page)
    return reply, state


def as_object(name: str, reply: Reply | None, state: ConversationState) -> dict[str, Any]:
    """Return one answer as the flat object that scripts read."""
    from mediation_coach.adapters.terminal import as_markdown, plain_text
    from mediation_coach.coach import presenting
    from mediation_coach.domain.chat import ReplyKind
    from mediation_coach.domain.guidance import OUT_OF_SCOPE, Skill

    shown = plain_text(as_markdown(reply)) if reply else ""
    kind = reply.kind if reply else ReplyKind.PLAIN
    answer = state.last.answer if state.last and kind is ReplyKind.ANSWER else None
    safety = kind is ReplyKind.EMERGENCY
    return {
        "id": name,
        "skill": answer.skill if answer else Skill.CRISIS_HANDLING if safety else OUT_OF_SCOPE,
        "also": answer.runner_up if answer else None,
        "confidence": answer.confidence if answer else 0.0,
        "answer": presenting.whole_text(answer) if answer else shown,
        "in_short": presenting.first_message(answer) if answer else shown,
        "citations": [
            {
                "n": c.number,
                "card": c.card,
                "title": c.title,
                "passages": list(c.passages),
                "sources": [f"{s.organisation}, {s.title}, {s.year}" for s in c.sources],
            }
            for c in (answer.citations if answer else ())
        ],
        "safety": safety,
        "refused": kind in (ReplyKind.DECLINE, ReplyKind.BOUNDARY),
        "clarify": kind is ReplyKind.CLARIFY,
        "language": state.language or "en",
    }


def _open(args: argparse.Namespace) -> tuple[Settings, Library]:
    from mediation_coach import app, config

    settings = config.load(args.config)
    if settings.table("model"):  # it logs what goes wrong: beside the answers, not among them
        from mediation_coach import logs

        logs.set_up(settings.log_level, json=settings.log_format == "json", vendors=settings.vendor_logs)
    with _Bar() as progress:
        return settings, app.open_library(settings, progress=progress)


class _Bar:
    """A progress bar for the first index build, on a terminal only; nothing is imported unless there is something to show."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> Progress:
        return self._show

    def _show(self, done: int, of: int) -> None:
        if self._bar is None:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task("Reading the library", total=of)
            self._bar.start()
        self._bar.update(self._task, completed=done)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
