"""A real HTTP server on the loopback that speaks the OpenAI chat API, streaming included, and every fault a provider has.

Each request takes the next act of its script; the last act repeats. What was asked is kept in `requests`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

KEY = "a-key-for-tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How one request is answered. `text` may be made from the request."""

    text: str | Callable[[dict[str, Any]], str] = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    silent: bool = False
    silent_after: int | None = None
    raw: bytes | None = None
    pause: float = 0.0
    gap: float = 0.0
    usage: bool = True


@dataclass(slots=True)
class OpenAIServer:
    """The server: its address, its script, and what it saw."""

    script: Sequence[Act]
    requests: list[dict[str, Any]] = field(default_factory=list)
    base_url: str = ""
    busy: int = 0
    most_busy: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def sent(self) -> str:
        """Everything that was ever sent to this server, as one text."""
        return json.dumps(self.requests, ensure_ascii=False)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        act = self.script[min(len(self.requests), len(self.script) - 1)]
        self.requests.append(body)
        self.asked.set()
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        try:
            return await self._act(act, body, request)
        except (asyncio.CancelledError, ConnectionResetError):
            self.hung_up.set()
            raise
        finally:
            self.busy -= 1

    async def _act(self, act: Act, body: dict[str, Any], request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, "invalid_api_key", "Incorrect API key provided")
        if act.silent:
            await self.closing.wait()
        if act.pause:
            await asyncio.sleep(act.pause)
        if act.status != 200:
            return _error(act.status, "rate_limit_exceeded" if act.status == 429 else "server_error", "no", act.headers)
        if act.raw is not None:
            return web.Response(
                body=act.raw, content_type="text/event-stream" if body.get("stream") else "application/json"
            )
        text = act.text if isinstance(act.text, str) else act.text(body)
        return (
            await self._stream(act, text, body, request)
            if body.get("stream")
            else web.json_response(_whole(text, body))
        )

    async def _stream(self, act: Act, text: str, body: dict[str, Any], request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        await response.write(_event(body, {"role": "assistant", "content": ""}))
        pieces = [text[i : i + 24] for i in range(0, len(text), 24)]
        for number, piece in enumerate(pieces):
            if number == act.cut_after and request.transport is not None:
                request.transport.abort()
                return response
            if number == act.silent_after:
                await self.closing.wait()
            await response.write(_event(body, {"content": piece}))
            await asyncio.sleep(act.gap)
        await response.write(_event(body, {}, finish="stop"))
        if act.usage:
            usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
            await response.write(f"data: {json.dumps(_chunk(body) | {'choices': [], 'usage': usage})}\n\n".encode())
        await response.write(b"data: [DONE]\n\n")
        return response


def _chunk(body: dict[str, Any]) -> dict[str, Any]:
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": body.get("model", "m")}


def _event(body: dict[str, Any], delta: dict[str, Any], *, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return f"data: {json.dumps(_chunk(body) | {'choices': [choice]})}\n\n".encode()


def _whole(text: str, body: dict[str, Any]) -> dict[str, Any]:
    message = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": body.get("model", "m"),
        "choices": [message],
        "usage": usage,
    }


def _error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(
        {"error": {"message": message, "type": code, "code": code}}, status=status, headers=dict(headers or {})
    )


@asynccontextmanager
async def openai_server(*script: Act) -> AsyncIterator[OpenAIServer]:
    """Run a server with a script on a free port of the loopback."""
    server = OpenAIServer(script)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", server.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.base_url = f"http://127.0.0.1:{port}/v1"
    try:
        yield server
    finally:
        server.closing.set()
        await runner.cleanup()
