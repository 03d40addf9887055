"""The contract of a chat adapter, kept by Matrix on a real Synapse, in plain and in encrypted rooms."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from mediation_coach.adapters.matrix import MatrixAdapter
from mediation_coach.testing import AdapterContract
from tests.matrix_people import Member, eventually, options_for
from tests.synapse import Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(120)]
__all__ = ["synapse"]


class MatrixStage:
    """Two people with clients of their own, each in a room with the coach."""

    def __init__(self, adapter: MatrixAdapter, people: dict[str, Member], *, encrypted: bool) -> None:
        self.adapter, self._people, self._encrypted = adapter, people, encrypted
        self._rooms: dict[str, str] = {}
        self._before = ""

    async def write(self, text: str, *, by: str = "first") -> None:
        if by not in self._rooms:
            self._rooms[by] = await self._people[by].open_room(self.adapter._options.user, encrypted=self._encrypted)
        self._before = self.adapter._folder.token()
        await self._people[by].say(self._rooms[by], text)

    async def deliver_again(self) -> bool:
        """Make the coach read the same part of the stream once more, as after a crash before the token was written."""
        line = self.adapter._line
        assert line is not None
        await eventually(lambda: self.adapter._folder.token() != self._before)
        notebook = line.listener._notebook
        keep = notebook.keep

        async def failing() -> None:
            notebook.keep = keep  # type: ignore[method-assign]
            self.adapter._folder.keep_token(self._before)
            raise OSError("the disk is full")

        notebook.keep = failing  # type: ignore[method-assign]
        await self._people["second"].open_room(self.adapter._options.user)
        return True

    async def seen(self, *, by: str = "first") -> Sequence[str]:
        if by not in self._rooms:
            return []
        member, room = self._people[by], self._rooms[by]
        marker = await member.say(room, "what have I seen so far")
        await member.until(lambda: any(getattr(e, "event_id", "") == marker for r, e in member.heard if r == room))
        return member.shown(room, self.adapter._options.user)

    async def refuse_next(self, *, seconds: int = 0) -> None:
        """Let the next message run into a server that is busy, or that refuses."""
        body: dict[str, Any] = {"errcode": "M_FORBIDDEN", "error": "no"}
        if seconds:
            body = {"errcode": "M_LIMIT_EXCEEDED", "error": "busy", "retry_after_ms": seconds * 1000}
        await _refuse_once(self.adapter, 429 if seconds else 403, body)


async def _refuse_once(adapter: MatrixAdapter, status: int, body: dict[str, Any]) -> None:
    assert adapter._line is not None
    client = adapter._line.client
    send = client.send

    async def refusing(method: str, path: str, *rest: Any, **more: Any) -> Any:
        if "/send/m.room" not in path:
            return await send(method, path, *rest, **more)
        client.send = send
        runner = web.AppRunner(web.Application(middlewares=[_always(status, body)]))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        homeserver, client.homeserver = client.homeserver, site.name
        try:
            answer = await send(method, path, *rest, **more)
            await answer.read()
            return answer
        finally:
            client.homeserver = homeserver
            await runner.cleanup()

    client.send = refusing


def _always(status: int, body: dict[str, Any]) -> Any:
    @web.middleware
    async def answer(request: web.Request, handler: Any) -> web.Response:
        return web.json_response(body, status=status)

    return answer


@contextlib.asynccontextmanager
async def staged(server: Synapse, folder: Path, *, encrypted: bool) -> AsyncIterator[MatrixStage]:
    async with Member.present(server) as first, Member.present(server) as second:
        adapter = MatrixAdapter(options_for(server, folder))
        yield MatrixStage(adapter, {"first": first, "second": second}, encrypted=encrypted)
        await adapter.close()


class TestMatrixInPlainRooms(AdapterContract):
    @pytest.fixture
    async def stage(self, synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixStage]:
        async with staged(synapse, tmp_path, encrypted=False) as stage:
            yield stage


class TestMatrixInEncryptedRooms(AdapterContract):
    @pytest.fixture
    async def stage(self, synapse: Synapse, tmp_path: Path) -> AsyncIterator[MatrixStage]:
        async with staged(synapse, tmp_path, encrypted=True) as stage:
            yield stage
