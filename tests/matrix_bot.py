"""A coach in a process of its own, so that tests can stop it and kill it: `python -m tests.matrix_bot OPTIONS INBOX [SECONDS]`.

Its inbox is a file of lines: an event is on disk before `receive` returns, and is answered again after a crash.
`SECONDS` is how long every answer takes to think.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mediation_coach import logs
from mediation_coach.adapters.matrix import MatrixAdapter
from mediation_coach.adapters.matrix_session import MatrixOptions
from mediation_coach.domain.chat import Event, Intent, Reply, Text
from mediation_coach.errors import CoachError, TryLater

_EVENT = TypeAdapter(Event)


class FileInbox:
    """Accepts an event once, durably; events of one conversation are answered in order."""

    def __init__(self, file: Path, adapter: MatrixAdapter, seconds: float) -> None:
        self._file, self._adapter, self._seconds = file, adapter, seconds
        self._seen: set[str] = set()
        self._queues: dict[str, asyncio.Queue[Event]] = defaultdict(asyncio.Queue)
        self._tasks: set[asyncio.Task[None]] = set()

    def take_up(self) -> None:
        """Answer what an earlier life accepted and did not finish."""
        lines = [json.loads(line) for line in self._file.read_text().splitlines()] if self._file.exists() else []
        done = {line["done"] for line in lines if "done" in line}
        for line in lines:
            if "event" in line:
                event = _EVENT.validate_python(line["event"])
                self._seen.add(event.id)
                if event.id not in done:
                    self._put(event)

    async def accept(self, event: Event) -> None:
        if event.id not in self._seen:
            self._write({"event": _EVENT.dump_python(event, mode="json")})
            self._seen.add(event.id)
            self._put(event)

    def _put(self, event: Event) -> None:
        key = event.conversation.key
        if key not in self._queues:
            self._tasks.add(asyncio.create_task(self._work(self._queues[key])))
        self._queues[key].put_nowait(event)

    async def _work(self, queue: asyncio.Queue[Event]) -> None:
        while True:
            event = await queue.get()
            if event.intent is Intent.MESSAGE:
                await self._answer(event)
            self._write({"done": event.id})

    async def _answer(self, event: Event) -> None:
        thinking = 3.0 if event.text.startswith("slow") else self._seconds
        await asyncio.sleep(thinking)
        reply = Reply(blocks=(Text(markdown=f"echo: {event.text}"),))
        while True:
            try:
                await self._adapter.send(event.conversation, reply, key=f"reply:{event.id}")
            except TryLater as exc:
                await asyncio.sleep(min(0.2, exc.retry_after.total_seconds()))
            else:
                return

    def _write(self, line: dict[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")
            out.flush()
            os.fsync(out.fileno())


async def main(options: MatrixOptions, file: Path, seconds: float) -> None:
    """Be the coach until SIGTERM."""
    adapter = MatrixAdapter(options)
    inbox = FileInbox(file, adapter, seconds)
    running = asyncio.create_task(adapter.run(inbox.accept))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    inbox.take_up()
    while not running.done():
        if await adapter.ready() is None:
            tell("ready")
            break
        await asyncio.sleep(0.02)
    try:
        await running
    except asyncio.CancelledError:
        tell("stopped")


def tell(word: str) -> None:
    """Say where we are, to whoever started us."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


@dataclass
class Bot:
    """A coach in another process."""

    options: MatrixOptions
    inbox: Path
    seconds: float = 0.0
    process: subprocess.Popen[bytes] | None = None

    async def start(self, *, within: float = 40.0) -> None:
        """Start it and wait until it says that it is ready."""
        plain = self.options.model_dump(mode="json", exclude_none=True)
        plain["password"] = self.options.password.get_secret_value() if self.options.password else None
        settings = self.inbox.with_suffix(".options")
        settings.write_text(json.dumps({k: v for k, v in plain.items() if v is not None}))
        command = [sys.executable, "-m", "tests.matrix_bot", str(settings), str(self.inbox), str(self.seconds)]
        with self.inbox.with_suffix(".log").open("ab") as log:
            self.process = await asyncio.to_thread(
                subprocess.Popen, command, stdout=log, stderr=log, cwd=Path(__file__).parents[1]
            )
        before = self.said("ready")
        deadline = time.monotonic() + within
        while self.said("ready") == before:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise AssertionError(f"the coach did not start: {self.inbox.with_suffix('.log').read_text()[-1500:]}")
            await asyncio.sleep(0.02)

    def said(self, word: str) -> int:
        return self.inbox.with_suffix(".log").read_text().splitlines().count(word)

    async def end(self, number: signal.Signals) -> int:
        """Send it a signal and wait until it is gone."""
        assert self.process is not None
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 20)

    def put_away(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


if __name__ == "__main__":
    logs.set_up("INFO")
    try:
        asyncio.run(
            main(
                MatrixOptions.model_validate_json(Path(sys.argv[1]).read_text()), Path(sys.argv[2]), float(sys.argv[3])
            )
        )
    except CoachError as exc:
        sys.exit(f"{type(exc).__name__}: {exc}")
