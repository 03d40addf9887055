"""A small HTTP server for whoever runs the coach: `/live`, `/ready`, `/metrics`. It tells nothing of anyone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from mediation_coach.delivery.metrics import Metrics
from mediation_coach.errors import ConfigError

Check = Callable[[], Awaitable[str | None]]
PATIENCE = 3.0


class Health:
    """Answers for the service's state of health."""

    def __init__(self, checks: Mapping[str, Check], metrics: Metrics, *, host: str, port: int) -> None:
        """Each check returns None when well, else what is wrong in a few words. With port 0 any free one is taken."""
        self._checks = dict(checks)
        self._metrics = metrics
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._runner is not None
        return int(self._runner.addresses[0][1])

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigError: the port is taken or not allowed.
        """
        app = web.Application()
        app.add_routes(
            [web.get("/live", self._live), web.get("/ready", self._ready), web.get("/metrics", self._show_metrics)]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as exc:
            await self.stop()
            raise ConfigError(
                f"cannot listen on {self._host}:{self._port}; set http_host and http_port to free ones"
            ) from exc

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def ended(self, name: str, why: str) -> None:
        """Let the check `name` fail from now on, saying why."""

        async def say() -> str | None:
            return why

        self._checks[name] = say

    async def failing(self) -> dict[str, str | None]:
        """Return each check with what is wrong, or None."""
        found = await asyncio.gather(*map(self._asked, self._checks.values()))
        return dict(zip(self._checks, found, strict=True))

    async def _asked(self, check: Check) -> str | None:
        try:
            async with asyncio.timeout(PATIENCE):
                return await check()
        except TimeoutError:
            return "no answer in time"
        except Exception as exc:  # a check that fails is a check that does not pass
            return type(exc).__name__

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _ready(self, _: web.Request) -> web.Response:
        checks = await self.failing()
        well = not any(checks.values())
        return web.json_response(
            {"ready": well, "checks": {name: wrong or "ok" for name, wrong in checks.items()}},
            status=200 if well else 503,
        )

    async def _show_metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), content_type="text/plain", charset="utf-8")
