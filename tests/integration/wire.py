"""A platform in the test's process and a coach in another, joined by a socket: the coach can be killed, the platform stays.

Run as a program, this module imports everything once and then forks a coach for each line on standard input, so that a
coach starts in a moment and dies for real.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import random
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from mediation_coach import logs
from mediation_coach.delivery.health import Health
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.metrics import Metrics
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.service import Service
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.delivery.ticks import Ticks
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply
from mediation_coach.ports import Capabilities, Receive
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from tests.fakes import echo, event, said

ROOT = Path(__file__).parents[2]


@dataclass
class Platform:
    """Delivers events until each is acknowledged, in order within a room, and takes messages."""

    rooms: int = 12
    idempotent: bool = True
    slow: float = 0.004
    unsent: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))
    acked: set[str] = field(default_factory=set)
    posts: list[tuple[str, str, str]] = field(default_factory=list)
    resent: int = 0
    looked: int = 0
    coaches: set[asyncio.StreamWriter] = field(default_factory=set)
    luck: random.Random = field(default_factory=lambda: random.Random(11))
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0

    def add(self, number: int) -> None:
        for n in range(number):
            room = n % self.rooms
            self.unsent[room].append(event(f"{n}", f"{n}", by=f"p{room}", at=f"r{room}"))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Platform]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        feeding = asyncio.create_task(self._feed())
        try:
            yield self
        finally:
            feeding.cancel()
            server.close()
            for coach in self.coaches:
                coach.close()

    async def _feed(self) -> None:
        """Offer the first unacknowledged event of each room to a coach, again and again, as platforms do."""
        while True:
            for queue in self.unsent.values():
                if queue and self.coaches and self.luck.random() < 0.7:
                    coach = self.luck.choice(sorted(self.coaches, key=id))
                    self._write(
                        coach, {"event": queue[0].id, "room": queue[0].conversation.room, "by": queue[0].person.id}
                    )
            await asyncio.sleep(0.005)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.coaches.add(writer)
        await self._notify()
        try:
            while line := await reader.readline():
                asking = asyncio.create_task(self._asked(json.loads(line), writer))
                asking.add_done_callback(lambda task: task.exception())
        except ConnectionError:
            pass
        finally:
            self.coaches.discard(writer)
            writer.close()

    async def _asked(self, asked: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if "ack" in asked:
            await self._acknowledge(asked["ack"])
            return
        await asyncio.sleep(self.luck.random() * self.slow)
        if "find" in asked:
            self.looked += 1
            answer = next((f"m{n}" for n, (key, _, _) in enumerate(self.posts) if key == asked["find"]), None)
        else:
            answer = self._take(asked["key"], asked["room"], asked["text"])
        await self._notify()
        await asyncio.sleep(self.luck.random() * self.slow)
        self._write(writer, {"re": asked["n"], "id": answer})

    async def _acknowledge(self, id: str) -> None:
        self.acked.add(id)
        for queue in self.unsent.values():
            if queue and queue[0].id == id:
                queue.pop(0)
        await self._notify()

    def _take(self, key: str, room: str, text: str) -> str:
        known = next((n for n, post in enumerate(self.posts) if post[0] == key), None)
        if known is not None:
            self.resent += 1
            if self.idempotent:
                return f"m{known}"
        self.posts.append((key, room, text))
        return f"m{len(self.posts) - 1}"

    async def _notify(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def until_posted(self, number: int, *, within: float) -> None:
        async with asyncio.timeout(within), self.news:
            await self.news.wait_for(lambda: len(self.posts) >= number)

    async def until_connected(self, number: int = 1, *, within: float = 30) -> None:
        async with asyncio.timeout(within), self.news:
            await self.news.wait_for(lambda: len(self.coaches) >= number)

    def by_room(self) -> dict[str, list[str]]:
        """Return what was posted, each message's own words, by room and in order."""
        rooms: dict[str, list[str]] = defaultdict(list)
        for _, room, text in self.posts:
            rooms[room].append(text.partition(": ")[2])
        return rooms

    @staticmethod
    def _write(writer: asyncio.StreamWriter, value: dict[str, Any]) -> None:
        if not writer.is_closing():
            writer.write(json.dumps(value).encode() + b"\n")


class Wire:
    """The adapter at the coach's end of the socket."""

    name = "fake"

    def __init__(self, port: int, *, idempotent: bool) -> None:
        self.capabilities = Capabilities(idempotent_send=idempotent, look_up=not idempotent)
        self._port = port
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[str | None]] = {}
        self._connected = asyncio.Event()
        self._receiving: set[asyncio.Task[None]] = set()
        self._number = 0

    async def run(self, receive: Receive) -> None:
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._connected.set()
        while line := await reader.readline():
            heard = json.loads(line)
            if "re" in heard:
                answered = self._asked.pop(heard["re"])
                if not answered.done():  # the coach no longer waits for it
                    answered.set_result(heard["id"])
            else:
                task = asyncio.create_task(self._receive(heard, receive))
                self._receiving.add(task)
                task.add_done_callback(self._receiving.discard)

    async def _receive(self, heard: dict[str, Any], receive: Receive) -> None:
        await receive(event(heard["event"], heard["event"], by=heard["by"], at=heard["room"]))
        self._write({"ack": heard["event"]})

    def _write(self, value: dict[str, Any]) -> None:
        assert self._writer is not None
        self._writer.write(json.dumps(value).encode() + b"\n")

    async def _ask(self, value: dict[str, Any]) -> str | None:
        await self._connected.wait()
        self._number += 1
        asked = self._asked[self._number] = asyncio.get_running_loop().create_future()
        self._write({"n": self._number, **value})
        answer: str | None = await asked
        return answer

    async def send(self, to: Conversation, reply: Reply, *, key: str) -> str:
        return str(await self._ask({"key": key, "room": to.room, "text": reply.summary}))

    async def find_sent(self, to: Conversation, *, key: str) -> str | None:
        return await self._ask({"find": key})

    async def direct_conversation(self, person: Person) -> Conversation:
        return Conversation(adapter="fake", room=person.id)

    async def working(self, at: Conversation, busy: bool) -> None:
        return None

    async def ready(self) -> str | None:
        return None if self._connected.is_set() else "not connected"

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


SAYS = Says(
    busy=lambda _: said("busy"),
    full=lambda _: said("full"),
    too_fast=lambda _: said("fast"),
    sorry=lambda _: said("sorry"),
)
SETTINGS = DeliverySettings(
    person_burst=100_000,
    answer_attempts=100,
    slow_backlog=4000,
    poll_seconds=0.05,
    answer_lease_seconds=1,
    send_lease_seconds=2,
    send_margin_seconds=1,
    look_after_seconds=0,
    workers=8,
    senders=8,
)


def build(store: SqlStore, adapter: Wire, *, slow: float = 0.004) -> Service:
    """Return a whole coach that echoes, slowly enough to be killed in the middle."""
    luck = random.Random()

    async def answer(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        await asyncio.sleep(luck.random() * slow)
        return await echo(event, state)

    metrics, adapters = Metrics(), {"fake": adapter}
    outbox = Outbox(store, adapters, settings=SETTINGS, metrics=metrics)
    inbox = Inbox(store, answer, adapters=adapters, says=SAYS, settings=SETTINGS, metrics=metrics, outbox=outbox)
    ticks = Ticks(store, metrics=metrics)
    checks = {"store": store.ready, "scheduler": ticks.ready, "fake": adapter.ready}
    health = Health(checks, metrics, host="127.0.0.1", port=0)
    return Service(
        store=store,
        adapters=adapters,
        inbox=inbox,
        outbox=outbox,
        ticks=ticks,
        health=health,
        metrics=metrics,
        settings=SETTINGS,
    )


async def coach(options: dict[str, Any]) -> None:
    """Be a coach until stopped or killed."""
    settings = StoreSettings(url=SecretStr(options["url"]), keys=SecretStr(options["keys"]))
    store = await SqlStore.open(settings, folder=Path.cwd())
    await build(store, Wire(options["port"], idempotent=options["idempotent"])).run()
    await store.close()


@dataclass
class Nursery:
    """Forks coaches on demand."""

    process: asyncio.subprocess.Process
    options: dict[str, Any]
    alive: set[int] = field(default_factory=set)

    async def start(self) -> int:
        """Start a coach; return its process id."""
        pid = await self._told(self.options)
        self.alive.add(pid)
        return pid

    async def end(self, pid: int, number: signal.Signals) -> int:
        """Send a signal to a coach and return its exit status once it is gone."""
        os.kill(pid, number)
        return await self.gone(pid)

    async def gone(self, pid: int) -> int:
        """Return the exit status of a coach once it is gone."""
        status = await self._told({"wait": pid})
        self.alive.discard(pid)
        return os.waitstatus_to_exitcode(status)

    async def _told(self, order: dict[str, Any]) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        return int(await self.process.stdout.readline())


@asynccontextmanager
async def nursery(options: dict[str, Any], *, module: str = "tests.integration.wire") -> AsyncIterator[Nursery]:
    """Yield a nursery whose coaches have these options; `module` is the program that forks them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    nursery = Nursery(process, options)
    try:
        yield nursery
    finally:
        for pid in tuple(nursery.alive):
            await nursery.end(pid, signal.SIGKILL)
        process.kill()
        await process.wait()


def main(coach: Callable[[dict[str, Any]], Coroutine[Any, Any, None]] = coach) -> None:
    """Obey: fork a coach and say its process id, or wait for one and say how it ended."""
    logs.set_up("CRITICAL", vendors="CRITICAL")
    importlib.import_module("alembic.command")
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            print(os.waitpid(order["wait"], 0)[1], flush=True)
            continue
        pid = os.fork()
        if not pid:
            os.dup2(os.open(os.devnull, os.O_RDWR), 1)
            asyncio.run(coach(order))
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
