"""Slack's Web API at our doorstep: one shared connection pool, no hidden retries, and its errors as ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env
from slack_sdk.web.async_client import AsyncWebClient

from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.adapters.slack_reading import ADAPTER
from mediation_coach.errors import AdapterError, NotDelivered, TryLater

Json = dict[str, Any]

BUSY = frozenset({"ratelimited", "rate_limited"})
UNCLEAR = frozenset({"internal_error", "fatal_error", "service_unavailable", "team_added_to_org"})
MENDABLE = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "token_expired",
        "missing_scope",
        "not_allowed_token_type",
        "accesslimited",
        "ekm_access_denied",
        "team_access_not_granted",
    }
)
SOON = timedelta(seconds=1)
A_WHILE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the coach is in a workspace, and the token it speaks with."""

    token: str
    user: str
    bot: str = ""
    team: str = ""
    enterprise: str = ""

    @property
    def workspace(self) -> str:
        """The workspace, as events name it."""
        return f"{self.enterprise}.{self.team}" if self.enterprise else self.team


class Identities(Protocol):
    """Knows who the coach is in each workspace."""

    async def of(self, workspace: str) -> Identity:
        """Return who the coach is in `workspace`.

        Raises:
            NotDelivered: the app is not installed there.
            TryLater: Slack cannot be asked now.
        """
        ...

    async def served_with(self, workspace: str) -> Sequence[str]:
        """Return the workspaces that lose the app when `workspace` does: an organisation's all at once, else only this."""
        ...

    async def forget(self, workspace: str) -> None:
        """Forget the tokens of a workspace, or of the organisation above it, that removed the app."""
        ...


class Web:
    """Slack's Web API for any number of tokens over one session."""

    def __init__(self, options: SlackOptions) -> None:
        """Keep the options; the session is opened with the first call, inside the running loop."""
        self._options = options
        self._session: aiohttp.ClientSession | None = None
        self.proxy = load_http_proxy_from_env()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The shared session."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._options.timeout))
        return self._session

    def client(self, token: str = "") -> AsyncWebClient:
        """Return a client that speaks with `token` and never retries by itself."""
        return AsyncWebClient(
            token=token or None, base_url=self._options.api, session=self.session, retry_handlers=[], timeout=30
        )

    async def close(self) -> None:
        """Close the session."""
        if self._session is not None:
            await self._session.close()


async def answered(doing: Awaitable[Any], *, sends: bool = False) -> Json:
    """Return what Slack answers. `sends` says that a call whose outcome is unclear may have posted a message.

    Raises:
        TryLater: busy, out of reach, or something that whoever runs the coach can mend.
        NotDelivered: refused for good.
    """
    try:
        response = await doing
    except SlackApiError as exc:
        raise _translated(exc, sends=sends) from exc
    except aiohttp.ClientConnectorError as exc:
        raise TryLater(ADAPTER, "out of reach", SOON) from exc
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError) as exc:
        raise TryLater(ADAPTER, "the connection was lost", SOON, sent_unknown=sends) from exc
    data = response.data
    return data if isinstance(data, dict) else {}


def _translated(exc: SlackApiError, *, sends: bool) -> AdapterError:
    status = int(getattr(exc.response, "status_code", 0) or getattr(exc.response, "status", 0) or 0)
    data = getattr(exc.response, "data", None)
    reason = str(data.get("error", "") if isinstance(data, dict) else "") or f"status {status}"
    if status == 429 or reason in BUSY:
        return TryLater(ADAPTER, "ratelimited", timedelta(seconds=_retry_after(exc)))
    if status >= 500 or reason in UNCLEAR or not isinstance(data, dict):
        return TryLater(ADAPTER, reason, SOON, sent_unknown=sends)
    if reason in MENDABLE:
        return TryLater(ADAPTER, reason, A_WHILE)
    return NotDelivered(ADAPTER, reason)


def _retry_after(exc: SlackApiError) -> float:
    headers = getattr(exc.response, "headers", None) or {}
    given = next((value for name, value in headers.items() if name.lower() == "retry-after"), "10")
    try:
        return max(float(given), 0.1)
    except ValueError:
        return 10.0


class OneWorkspace:
    """The identity behind a single bot token; Slack is asked for it once."""

    def __init__(self, web: Web, token: str) -> None:
        """Keep the token."""
        self._web = web
        self._token = token
        self._identity: Identity | None = None
        self._asking = asyncio.Lock()

    async def of(self, workspace: str) -> Identity:
        """Return who the coach is; the same for every workspace, as there is one."""
        async with self._asking:
            if self._identity is None:
                told = await answered(self._web.client(self._token).auth_test())
                self._identity = Identity(
                    token=self._token,
                    user=told["user_id"],
                    bot=told.get("bot_id") or "",
                    team=told.get("team_id") or "",
                    enterprise=told.get("enterprise_id") or "",
                )
            return self._identity

    async def served_with(self, workspace: str) -> Sequence[str]:
        """Return the workspace itself; there is no other."""
        return (workspace,)

    async def forget(self, workspace: str) -> None:
        """Ask again next time."""
        self._identity = None
