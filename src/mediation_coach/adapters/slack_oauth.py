"""Several workspaces: each installs the app by OAuth, and has its own token, kept encrypted and renewed in time."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from mediation_coach import logs
from mediation_coach.adapters.slack_client import Identity, Web, answered
from mediation_coach.adapters.slack_manifest import scopes_of
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.adapters.slack_reading import ADAPTER, split_workspace
from mediation_coach.errors import AdapterError, NotDelivered
from mediation_coach.ports import SecretBox

INSTALL_PATH = "/slack/install"
REDIRECT_PATH = "/slack/oauth_redirect"
STATE_LIVES = 600
RENEW_BEFORE = 2 * 3600

log = logs.get("slack")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One installation: the token, how to renew it, and who the coach is there. The installer is not kept."""

    token: str
    bot_user: str
    bot: str = ""
    team: str = ""
    enterprise: str = ""
    refresh: str = ""
    expires_at: float = 0.0

    def expiring(self, now: float) -> bool:
        """Return whether the token should be renewed."""
        return bool(self.refresh and self.expires_at) and self.expires_at - now < RENEW_BEFORE

    @property
    def identity(self) -> Identity:
        """Who the coach is in this workspace."""
        return Identity(token=self.token, user=self.bot_user, bot=self.bot, team=self.team, enterprise=self.enterprise)


class Installations(AsyncInstallationStore):
    """Installations in a `SecretBox`, by organisation and team; an organisation-wide one serves each of its teams."""

    def __init__(self, box: SecretBox) -> None:
        """Keep the box, which encrypts."""
        self._box = box

    @property
    def logger(self) -> logging.Logger:
        """The SDK's logger."""
        return logging.getLogger("slack_sdk")

    async def async_save(self, installation: Installation) -> None:
        """Keep an installation, in place of an earlier one."""
        whole = bool(installation.is_enterprise_install)
        name = _name(installation.enterprise_id, None if whole else installation.team_id)
        installed = Installed(
            token=installation.bot_token or "",
            bot_user=installation.bot_user_id or "",
            bot=installation.bot_id or "",
            team="" if whole else installation.team_id or "",
            enterprise=installation.enterprise_id or "",
            refresh=installation.bot_refresh_token or "",
            expires_at=float(installation.bot_token_expires_at or 0),
        )
        await self.keep(name, installed)

    async def keep(self, name: str, installed: Installed) -> None:
        """Keep an installation under its name."""
        await self._box.put(name, json.dumps(asdict(installed)).encode())

    async def find(self, enterprise: str | None, team: str | None) -> tuple[str, Installed] | None:
        """Return the installation that serves a team, with the name it is kept under."""
        for name in dict.fromkeys((_name(enterprise, team), _name(enterprise, None))):
            if raw := await self._box.get(name):
                return name, Installed(**json.loads(raw))
        return None

    async def served(self, enterprise: str) -> list[str]:
        """Return the teams that an organisation-wide installation has served."""
        raw = await self._box.get(_served(enterprise))
        return list(json.loads(raw)) if raw else []

    async def serve(self, enterprise: str, team: str) -> None:
        """Remember that an organisation-wide installation serves a team, so that it is erased with the others."""
        if team not in (teams := await self.served(enterprise)):
            await self._box.put(_served(enterprise), json.dumps([*teams, team]).encode())

    async def async_find_bot(
        self, *, enterprise_id: str | None, team_id: str | None, is_enterprise_install: bool | None = False
    ) -> Bot | None:
        """Return an installation as the SDK knows it."""
        found = await self.find(enterprise_id, None if is_enterprise_install else team_id)
        if found is None:
            return None
        installed = found[1]
        return Bot(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=installed.token,
            bot_id=installed.bot,
            bot_user_id=installed.bot_user,
            bot_refresh_token=installed.refresh or None,
            bot_token_expires_at=int(installed.expires_at) or None,
            is_enterprise_install=is_enterprise_install,
            installed_at=0.0,
        )

    async def async_delete_all(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the installation of a team; of the whole organisation where there is no team."""
        await self._box.delete(_name(enterprise_id, team_id))
        if enterprise_id and not team_id:
            await self._box.delete(_served(enterprise_id))

    async def async_delete_bot(self, *, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget the installation of a team."""
        await self.async_delete_all(enterprise_id=enterprise_id, team_id=team_id)


class States(AsyncOAuthStateStore):
    """The one-time words that tie the end of an installation to its beginning."""

    def __init__(self, box: SecretBox) -> None:
        """Keep the box."""
        self._box = box

    @property
    def logger(self) -> logging.Logger:
        """The SDK's logger."""
        return logging.getLogger("slack_sdk")

    async def async_issue(self, *_: Any, **__: Any) -> str:
        """Return a new word, good for ten minutes."""
        state = secrets.token_urlsafe(32)
        await self._box.put(f"{ADAPTER}/state/{state}", str(time.time() + STATE_LIVES).encode())
        return state

    async def async_consume(self, state: str) -> bool:
        """Return whether the word was ours and in time; it is good for once."""
        name = f"{ADAPTER}/state/{state}"
        until = await self._box.get(name)
        await self._box.delete(name)
        return until is not None and time.time() < float(until)


class ManyWorkspaces:
    """Who the coach is in each workspace that installed it; tokens are renewed by one caller at a time."""

    def __init__(self, web: Web, options: SlackOptions, box: SecretBox) -> None:
        """Keep what is needed to find and renew tokens."""
        self._web = web
        self._options = options
        self._kept = Installations(box)
        self._known: dict[str, Installed] = {}
        self._asking = asyncio.Lock()

    async def of(self, workspace: str) -> Identity:
        """Return who the coach is in `workspace`.

        Raises:
            NotDelivered: the app is not installed there.
        """
        known = self._known.get(workspace)
        if known is None or known.expiring(time.time()):
            async with self._asking:
                known = self._known[workspace] = await self._found(workspace)
        return known.identity

    async def served_with(self, workspace: str) -> Sequence[str]:
        """Return the workspaces that lose the app with this one: all of an organisation where it was installed for all."""
        enterprise, team = split_workspace(workspace)
        found = await self._kept.find(enterprise, team)
        if enterprise is None or found is None or found[0] != _name(enterprise, None):
            return (workspace,)
        teams = dict.fromkeys([team or "", *await self._kept.served(enterprise)])
        return [f"{enterprise}.{one}" for one in teams]

    async def forget(self, workspace: str) -> None:
        """Forget a workspace's tokens, here and in the box; an organisation's, where they served it."""
        enterprise, team = split_workspace(workspace)
        found = await self._kept.find(enterprise, team)
        whole = found is not None and found[0] == _name(enterprise, None)
        self._known.clear()
        await self._kept.async_delete_all(enterprise_id=enterprise, team_id=None if whole else team)

    async def _found(self, workspace: str) -> Installed:
        enterprise, team = split_workspace(workspace)
        found = await self._kept.find(enterprise, team)
        if found is None:
            raise NotDelivered(ADAPTER, "not installed in this workspace")
        name, installed = found
        if enterprise and team and name == _name(enterprise, None):
            await self._kept.serve(enterprise, team)
        return await self._renewed(name, installed) if installed.expiring(time.time()) else installed

    async def _renewed(self, name: str, old: Installed) -> Installed:
        """Return `old` with a new token. Where another replica was first, its token is taken."""
        try:
            told = await answered(
                self._web.client().oauth_v2_access(
                    client_id=self._options.client_id,
                    client_secret=self._options.client_secret.get_secret_value(),
                    grant_type="refresh_token",
                    refresh_token=old.refresh,
                )
            )
        except AdapterError as exc:
            log.warning("slack_token_not_renewed", why=exc.reason)
            found = await self._kept.find(old.enterprise or None, old.team or None)
            return found[1] if found is not None else old
        new = replace(
            old,
            token=told["access_token"],
            refresh=told.get("refresh_token") or old.refresh,
            expires_at=time.time() + float(told["expires_in"]),
        )
        await self._kept.keep(name, new)
        return new


def oauth_flow(web: Web, options: SlackOptions, box: SecretBox) -> AsyncOAuthFlow:
    """Return Bolt's installation flow over our stores."""
    base = options.public_url.rstrip("/")
    authorize = options.api.removesuffix("api/") + "oauth/v2/authorize"
    settings = AsyncOAuthSettings(
        client_id=options.client_id,
        client_secret=options.client_secret.get_secret_value(),
        scopes=sorted(scopes_of(options)),
        user_scopes=[],
        redirect_uri=base + REDIRECT_PATH if base else None,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        authorization_url=authorize,
        installation_store=Installations(box),
        installation_store_bot_only=True,
        state_store=States(box),
        state_expiration_seconds=STATE_LIVES,
        token_rotation_expiration_minutes=RENEW_BEFORE // 60,
    )
    return AsyncOAuthFlow(client=web.client(), settings=settings)


def _name(enterprise: str | None, team: str | None) -> str:
    return f"{ADAPTER}/installation/{enterprise or '-'}.{team or '-'}"


def _served(enterprise: str) -> str:
    return f"{ADAPTER}/served/{enterprise}"
