"""Looks whether Slack is set up, and says how to mend what is not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from mediation_coach.adapters.slack_client import Web, answered
from mediation_coach.adapters.slack_manifest import SCOPES, scopes_of
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.errors import AdapterError

Finding = tuple[str, bool, str]

MOST_SKEW = timedelta(seconds=60)
HELLO = 10.0
_MEND_TOKEN = {
    "invalid_auth": "copy the Bot User OAuth Token again (OAuth & Permissions) into MEDIATION_COACH_SLACK__BOT_TOKEN",
    "account_inactive": "the app was removed from the workspace; install it again (OAuth & Permissions)",
    "token_revoked": "the token was taken back; install the app again (OAuth & Permissions)",
    "token_expired": "install the app again (OAuth & Permissions), or turn token rotation off for a single workspace",
}
_APP_LEVEL = (
    "make an App-Level Token with the scope connections:write (Basic Information) and put it into"
    " MEDIATION_COACH_SLACK__APP_TOKEN; Socket Mode must be on"
)


async def check(options: SlackOptions) -> list[Finding]:
    """Return what was looked at: what, whether it is well, and how to mend it or a few words of detail."""
    web = Web(options)
    try:
        found = list(_settings(options))
        if not options.many_workspaces:
            found += await _token(web, options)
        if options.mode == "socket":
            found.append(await _socket(web, options))
        return found
    finally:
        await web.close()


def _settings(options: SlackOptions) -> Iterable[Finding]:
    token = options.bot_token.get_secret_value()
    if not options.many_workspaces:
        yield _is(
            "bot token looks right",
            token.startswith("xoxb-"),
            "a bot token begins with xoxb-; a user token will not do",
        )
    if options.mode == "socket":
        looks = options.app_token.get_secret_value().startswith("xapp-")
        yield _is("app token looks right", looks, "an app-level token begins with xapp- (Basic Information)")
    else:
        https = options.public_url.startswith("https://")
        mend = "set slack.public_url to the https address under which Slack reaches this machine"
        yield _is("address for Slack", https, mend)
    if options.many_workspaces:
        https = options.public_url.startswith("https://")
        yield _is(
            "address for installing", https, "set slack.public_url; Slack sends browsers back to it, over https only"
        )


def _is(what: str, well: bool, mend: str) -> Finding:
    return (what, well, "" if well else mend)


async def _token(web: Web, options: SlackOptions) -> list[Finding]:
    client = web.client(options.bot_token.get_secret_value())
    try:
        response = await client.auth_test()
    except SlackApiError as exc:
        reason = str(exc.response.get("error", "no reason")) if isinstance(exc.response.data, dict) else "no reason"
        return [("bot token", False, _MEND_TOKEN.get(reason, f"Slack says {reason}; install the app again"))]
    except (aiohttp.ClientError, OSError, TimeoutError):
        return [("Slack's Web API", False, f"{options.api} cannot be reached; is there a way out, or a proxy to set?")]
    headers = {name.lower(): value for name, value in response.headers.items()}
    return [("bot token", True, ""), *_scopes(headers, options), *_clock(headers)]


def _scopes(headers: dict[str, str], options: SlackOptions) -> Iterable[Finding]:
    if "x-oauth-scopes" not in headers:
        return
    given = {scope.strip() for scope in headers["x-oauth-scopes"].split(",")}
    why = {need.name: need.why for need in SCOPES}
    needed = set(scopes_of(options))
    missing = [f"{scope} ({why[scope]})" for scope in sorted(needed - given)]
    mend = f"add {', '.join(missing)}: paste the output of 'mediation-coach slack manifest' again and reinstall"
    yield _is("scopes", not missing, mend)
    if spare := sorted(given - needed):
        yield ("scopes not needed", True, f"the app may do more than it needs: {', '.join(spare)}")


def _clock(headers: dict[str, str]) -> Iterable[Finding]:
    if "date" not in headers:
        return
    skew = abs(datetime.now(UTC) - parsedate_to_datetime(headers["date"]))
    seconds = round(skew.total_seconds())
    mend = f"this machine's clock is {seconds} s off; switch time synchronisation on (signed requests fail at 300 s)"
    yield _is("clock", skew < MOST_SKEW, mend)


async def _socket(web: Web, options: SlackOptions) -> Finding:
    """Open a socket as the coach would, and wait for Slack's hello."""
    opening = web.client().apps_connections_open(app_token=options.app_token.get_secret_value())
    try:
        url = (await answered(opening))["url"]
    except AdapterError as exc:
        return ("socket", False, f"Slack says {exc.reason}; {_APP_LEVEL}")
    try:
        async with web.session.ws_connect(url, proxy=web.proxy) as ws:
            hello: dict[str, Any] = json.loads((await ws.receive(timeout=HELLO)).data)
    except (aiohttp.ClientError, OSError, TimeoutError, TypeError, ValueError):
        return (
            "socket",
            False,
            "the socket opens but stays silent; a proxy or firewall may not let WebSockets through",
        )
    return _is("socket", hello.get("type") == "hello", "Slack did not say hello; try again in a minute")
