"""A small proxy before the real homeserver: for what a Synapse on loopback does not do by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientSession, web

from tests.synapse import Synapse

UPLOAD = "/_matrix/client/v3/keys/device_signing/upload"
PAGE = "https://auth.coach.test/account/?action=org.matrix.cross_signing_reset"


@dataclass
class Gate:
    """Stands before a homeserver. It lets a new identity through only where a person allowed it, as MSC4312 has it.

    While it is `closed`, nobody comes through.
    """

    server: Synapse
    stages: tuple[str, ...] = ("m.oauth", "org.matrix.cross_signing_reset")
    page: str = PAGE
    allowed: bool = False
    closed: bool = False
    knocks: int = 0
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        if self.closed:
            self.knocks += 1
            return web.Response(status=502, text="<html>the homeserver is away</html>")
        if request.path == UPLOAD and not self.allowed:
            flows = [{"stages": [stage]} for stage in self.stages]
            params = {stage: {"url": self.page} for stage in self.stages if self.page}
            return web.json_response({"session": "dummy", "flows": flows, "params": params}, status=401)
        headers = {k: v for k, v in request.headers.items() if k in ("Authorization", "Content-Type")}
        async with (
            ClientSession() as http,
            http.request(
                request.method, self.server.url + request.raw_path, data=await request.read(), headers=headers
            ) as answer,
        ):
            return web.Response(
                body=await answer.read(), status=answer.status, content_type=answer.content_type or "application/json"
            )


@asynccontextmanager
async def standing_before(server: Synapse) -> AsyncIterator[Gate]:
    gate = Gate(server)
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", gate.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gate.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gate
    finally:
        await runner.cleanup()
