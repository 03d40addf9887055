"""The small web server for Slack: signed events, and the pages by which a workspace installs the app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.errors import InUse

EVENTS_PATH = "/slack/events"
LARGEST = 4 * 2**20

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


@asynccontextmanager
async def serving(options: SlackOptions, dispatch: Dispatch, flow: AsyncOAuthFlow | None) -> AsyncIterator[int]:
    """Serve while the block lasts; the value is the port. Requests in hand are finished before it closes.

    Raises:
        ConfigError: the port is taken.
    """
    app = web.Application(client_max_size=LARGEST)
    if options.mode == "http":
        app.router.add_post(EVENTS_PATH, _handler(dispatch))
    if flow is not None:
        app.router.add_get(flow.install_path, _handler(flow.handle_installation))
        app.router.add_get(flow.redirect_uri_path, _handler(flow.handle_callback))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=10.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, options.http_host, options.http_port)
        try:
            await site.start()
        except OSError as exc:
            raise InUse(f"port {options.http_port} is taken; set slack.http_port to a free one") from exc
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def _handler(dispatch: Dispatch) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await dispatch(await to_bolt_request(request)))

    return handle
