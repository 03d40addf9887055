"""Socket Mode: several connections to Slack, each pinged, watched, and replaced before or as soon as it fails.

Slack gives each payload to any one of an app's sockets and gives it again, to another, when it is not acknowledged. So a
payload is acknowledged only after it was handled, and a socket that is lost loses nothing.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import aiohttp

from mediation_coach import logs
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.errors import AdapterError

Json = dict[str, Any]
Handle = Callable[[Json], Awaitable[Json | None]]

LINGER = 10.0
DRAIN = 10.0
CONNECT = 10.0
LONGEST_PAUSE = 30.0
SHORT_LIFE = 1.0
LARGEST = 16 * 2**20

log = logs.get("slack")


class Unacknowledged(Exception):
    """A payload could not be kept: say nothing to Slack, so that it comes again."""


class Sockets:
    """Keeps `options.sockets` connections open until cancelled."""

    def __init__(
        self,
        options: SlackOptions,
        *,
        session: aiohttp.ClientSession,
        proxy: str | None = None,
        address: Callable[[], Awaitable[str]],
        handle: Handle,
    ) -> None:
        """`address` asks Slack for a new socket's URL; `handle` returns what to say back, and raises to say nothing."""
        self._options = options
        self._session = session
        self._proxy = proxy
        self._address = address
        self._handle = handle
        self._open: set[_Socket] = set()
        self._handling: set[asyncio.Task[None]] = set()
        self._lingering: set[asyncio.Task[None]] = set()
        self._closing = False

    async def run(self) -> None:
        """Hold the connections until cancelled; then finish what is in hand, and close."""
        try:
            async with asyncio.TaskGroup() as slots:
                for _ in range(self._options.sockets):
                    slots.create_task(self._hold())
        finally:
            self._closing = True
            await self._drain()

    def trouble(self) -> str | None:
        """Return None while at least one socket was heard from lately, else what is wrong."""
        if any(socket.alive(self._options.stale_after) for socket in self._open):
            return None
        return "no socket to Slack is open" if not self._open else "Slack has not been heard from"

    async def _hold(self) -> None:
        """Keep one connection: when it ends, or Slack asks for it, or it falls silent, open the next."""
        pause = 0.0
        while True:
            try:
                socket = await self._connect()
            except (AdapterError, aiohttp.ClientError, TimeoutError, OSError) as exc:
                pause = min(max(pause * 2, 0.2), LONGEST_PAUSE)
                log.warning("slack_socket_failed", error=type(exc).__name__, seconds=round(pause, 1))
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads replicas, hides nothing
                continue
            why = await self._until_done(socket)
            log.info("slack_socket_replaced", why=why)
            if time.monotonic() - socket.opened > SHORT_LIFE:
                pause = 0.0
                continue
            pause = min(max(pause * 2, 0.1), 1.0)
            await asyncio.sleep(pause)

    async def _connect(self) -> _Socket:
        async with asyncio.timeout(CONNECT):
            url = await self._address()
            closing = aiohttp.ClientWSTimeout(ws_close=1.0)
            ws = await self._session.ws_connect(
                url, proxy=self._proxy, autoping=False, timeout=closing, max_msg_size=LARGEST
            )
        socket = _Socket(ws)
        self._open.add(socket)
        socket.reading = asyncio.create_task(self._read(socket))
        return socket

    async def _until_done(self, socket: _Socket) -> str:
        """Return why `socket` needs a successor. One that Slack asks us to leave is read until it ends, for a while."""
        leaving = asyncio.create_task(socket.leaving.wait())
        watching = asyncio.create_task(self._watch(socket))
        try:
            done, _ = await asyncio.wait({socket.reading, leaving, watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            watching.cancel()
            leaving.cancel()
        if socket.leaving.is_set() and not socket.reading.done():
            self._keep(self._lingering, self._linger(socket))
            return "refresh"
        await self._drop(socket)
        return "silence" if watching in done else "closed"

    async def _watch(self, socket: _Socket) -> None:
        """Ping, and return when the socket is dead, or has carried nothing for so long that it is better replaced."""
        while socket.alive(self._options.stale_after):
            if socket.idle(self._options.idle_refresh):
                socket.leaving.set()
                return
            await asyncio.sleep(self._options.ping_interval)
            with suppress(ConnectionError, aiohttp.ClientError, RuntimeError, TimeoutError):
                async with asyncio.timeout(self._options.ping_interval):
                    await socket.ws.ping()

    async def _linger(self, socket: _Socket) -> None:
        await asyncio.wait({socket.reading}, timeout=LINGER)
        await self._drop(socket)

    async def _drop(self, socket: _Socket) -> None:
        self._open.discard(socket)
        await self._end(socket.reading)
        with suppress(ConnectionError, aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(2.0):
                await socket.ws.close()

    @staticmethod
    async def _end(task: asyncio.Task[Any]) -> None:
        """End a task and wait for it, whatever it raises; a cancellation of the caller still reaches the caller."""
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()

    async def _read(self, socket: _Socket) -> None:
        while True:
            message = await socket.ws.receive()
            socket.heard = time.monotonic()
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    self._take(socket, json.loads(message.data))
                case aiohttp.WSMsgType.PING:
                    await socket.ws.pong(message.data)
                case aiohttp.WSMsgType.CLOSE | aiohttp.WSMsgType.CLOSING | aiohttp.WSMsgType.CLOSED:
                    return
                case aiohttp.WSMsgType.ERROR:
                    return

    def _take(self, socket: _Socket, envelope: Json) -> None:
        if envelope.get("type") == "disconnect":
            socket.leaving.set()
        if "envelope_id" not in envelope or self._closing:
            return
        socket.spoken = time.monotonic()
        self._keep(self._handling, self._acknowledge(socket, envelope))

    @staticmethod
    def _keep(tasks: set[asyncio.Task[None]], doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(doing)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _acknowledge(self, socket: _Socket, envelope: Json) -> None:
        try:
            payload = await self._handle(envelope)
        except Unacknowledged:
            return
        answer: Json = {"envelope_id": envelope["envelope_id"]} | ({"payload": payload} if payload else {})
        with suppress(ConnectionError, aiohttp.ClientError, RuntimeError):
            await socket.ws.send_str(json.dumps(answer))

    async def _drain(self) -> None:
        """Let what is in hand be kept and acknowledged, then close every socket."""
        if self._handling:
            await asyncio.wait(set(self._handling), timeout=DRAIN)
        for socket in list(self._open):
            await self._drop(socket)
        for task in [*self._handling, *self._lingering]:
            await self._end(task)


class _Socket:
    """One connection, and when it was last heard from."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.opened = self.heard = self.spoken = time.monotonic()
        self.leaving = asyncio.Event()
        self.reading: asyncio.Task[None]

    def alive(self, within: float) -> bool:
        return not self.ws.closed and time.monotonic() - self.heard < within

    def idle(self, longest: float) -> bool:
        return time.monotonic() - self.spoken > longest
