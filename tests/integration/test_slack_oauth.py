"""Several workspaces: installing, telling them apart, renewing tokens, and going without a trace."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from mediation_coach.adapters.slack import SlackAdapter
from mediation_coach.adapters.slack_client import Web
from mediation_coach.adapters.slack_oauth import RENEW_BEFORE, Installations, Installed, ManyWorkspaces, States
from mediation_coach.domain.chat import Conversation, Intent
from mediation_coach.errors import ConfigError, NotDelivered
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import Heard, listening, saying
from tests.slack_server import CLIENT_ID, CLIENT_SECRET, SlackServer, Team
from tests.slack_stage import options_for

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # the Slack SDK uses it

ONE = "U0FIRST"


class Box:
    """A `SecretBox` in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def get(self, name: str) -> bytes | None:
        return self.kept.get(name)

    async def put(self, name: str, value: bytes) -> None:
        self.kept[name] = value

    async def delete(self, name: str) -> None:
        self.kept.pop(name, None)


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer().running() as server:
        server.teams.clear()
        yield server


@asynccontextmanager
async def open_to_all(server: SlackServer, box: Any) -> AsyncIterator[tuple[SlackAdapter, Heard, str]]:
    """Run the coach for any workspace, and give the address of its pages."""
    options = options_for(server, bot_token="", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    adapter = SlackAdapter(options, box=box)
    try:
        async with listening(adapter) as heard:
            yield adapter, heard, f"http://127.0.0.1:{adapter.port}"
    finally:
        await adapter.close()


def everything_in(folder: Path) -> bytes:
    return b"".join(f.read_bytes() for f in folder.rglob("*") if f.is_file())


async def install(server: SlackServer, base: str, team: Team) -> int:
    """Install the app as a browser does; return the status of the last page."""
    code = server.grant(team)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(base + "/slack/install") as page:
            page_text = await page.text()
            cookies = SimpleCookie(page.headers["Set-Cookie"])
        address = next(link for link in re.findall('href="([^"]*)"', page_text) if "oauth/v2/authorize" in link)
        asked = parse_qs(urlsplit(html.unescape(address)).query)
        assert asked["client_id"] == [CLIENT_ID]
        assert "chat:write" in asked["scope"][0]
        cookie = {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())}
        back = {"code": code, "state": asked["state"][0]}
        async with browser.get(base + "/slack/oauth_redirect", params=back, headers=cookie) as page:
            return page.status


async def test_workspaces_install_the_app_and_are_answered_each_with_its_own_token(server: SlackServer) -> None:
    async with open_to_all(server, Box()) as (adapter, heard, base):
        assert await install(server, base, Team(id="T0ONE", bot="U0BOT1")) == 200
        assert await install(server, base, Team(id="T0TWO", bot="U0BOT2", enterprise="E0")) == 200
        await server.say(ONE, "from one", channel=server.direct(ONE, team="T0ONE"))
        await server.say(ONE, "from two", channel=server.direct(ONE, team="T0TWO"))
        one, two = sorted(await heard.wait(2), key=lambda e: e.text)
        assert (one.person.workspace, two.person.workspace) == ("T0ONE", "E0.T0TWO")
        assert one.person.key != two.person.key
        for event in (one, two):
            await adapter.send(event.conversation, saying(f"to {event.text}"), key=event.text)
        assert server.seen(ONE, team="T0ONE") == ["to from one"]
        assert server.seen(ONE, team="T0TWO") == ["to from two"]


async def test_one_workspaces_token_opens_no_other_workspaces_channel(server: SlackServer) -> None:
    async with open_to_all(server, Box()) as (adapter, _, base):
        await install(server, base, Team(id="T0ONE"))
        await install(server, base, Team(id="T0TWO"))
        other = server.direct(ONE, team="T0TWO")
        with pytest.raises(NotDelivered):
            await adapter.send(Conversation(adapter="slack", workspace="T0ONE", room=other.id), saying("x"), key="k")
        assert other.messages == []


async def test_an_installation_that_was_not_begun_here_is_refused(server: SlackServer) -> None:
    async with open_to_all(server, Box()) as (_, _, base), aiohttp.ClientSession() as browser:
        back = {"code": server.grant(Team(id="T0ONE")), "state": "made-up"}
        async with browser.get(base + "/slack/oauth_redirect", params=back) as page:
            assert page.status == 400
        async with browser.get(base + "/slack/oauth_redirect", params={"error": "access_denied"}) as page:
            assert page.status == 200


async def test_removing_the_app_is_told_and_forgets_the_token(server: SlackServer) -> None:
    box = Box()
    async with open_to_all(server, box) as (adapter, heard, base):
        await install(server, base, Team(id="T0ONE"))
        await server.say(ONE, "hello", channel=server.direct(ONE, team="T0ONE"))
        await heard.wait()
        await server.uninstall("T0ONE")
        (event,) = await heard.wait(intent=Intent.UNINSTALLED)
        await server.settled()
        assert event.conversation.workspace == "T0ONE"
        assert not [name for name in box.kept if "installation" in name]
        with pytest.raises(NotDelivered):
            await adapter.send(Conversation(adapter="slack", workspace="T0ONE", room="D1"), saying("x"), key="k")


async def test_tokens_lie_encrypted_in_the_database(server: SlackServer, tmp_path: Path) -> None:
    store = await SqlStore.open(StoreSettings(), folder=tmp_path)
    async with open_to_all(server, store) as (_, heard, base):
        await install(server, base, Team(id="T0ONE"))
        await server.say(ONE, "hello", channel=server.direct(ONE, team="T0ONE"))
        await heard.wait()
    await store.close()
    (token,) = server.teams
    kept = everything_in(tmp_path)
    assert token.encode() not in kept
    assert b"T0ONE" not in kept


async def _old(server: SlackServer, box: Box, *, team: Team) -> Installed:
    server.teams[team.token] = team
    old = Installed(token=team.token, bot_user="U0B", team=team.id, refresh=team.refresh, expires_at=time.time() + 60)
    await Installations(box).keep(f"slack/installation/-.{team.id}", old)
    return old


async def test_a_token_is_renewed_in_time_and_once_however_many_ask(server: SlackServer) -> None:
    box = Box()
    old = await _old(server, box, team=Team(id="T0ONE", token="xoxb-fake-old", refresh="xoxe-fake-old"))
    options = options_for(server, bot_token="", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    web = Web(options)
    many = ManyWorkspaces(web, options, box)
    found = await asyncio.gather(*(many.of("T0ONE") for _ in range(20)))
    assert len({identity.token for identity in found}) == 1
    assert found[0].token != old.token
    assert [name for name, _ in server.calls] == ["oauth.v2.access"]
    kept = await Installations(box).find(None, "T0ONE")
    assert kept is not None
    assert kept[1].expires_at - time.time() > RENEW_BEFORE
    await web.close()


async def test_where_another_replica_renewed_first_its_token_is_taken(server: SlackServer) -> None:
    box = Box()
    await _old(server, box, team=Team(id="T0ONE", token="xoxb-fake-old", refresh="xoxe-fake-old"))
    options = options_for(server, bot_token="", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    web = Web(options)
    first, second = ManyWorkspaces(web, options, box), ManyWorkspaces(web, options, box)
    stale = await Installations(box).find(None, "T0ONE")
    assert stale is not None
    renewed = await first.of("T0ONE")
    assert (await second._renewed(*stale)).token == renewed.token
    await web.close()


async def test_an_organisation_wide_installation_serves_each_team() -> None:
    box = Box()
    kept = Installations(box)
    await kept.keep("slack/installation/E0.-", Installed(token="xoxb-fake", bot_user="U0B", enterprise="E0"))
    found = await kept.find("E0", "T0ANY")
    assert found is not None
    assert found[1].token == "xoxb-fake"
    assert await kept.find(None, "T0ANY") is None
    bot = await kept.async_find_bot(enterprise_id="E0", team_id="T0ANY")
    assert bot is not None
    assert bot.bot_token == "xoxb-fake"
    await kept.async_delete_bot(enterprise_id="E0", team_id=None)
    assert box.kept == {}


async def test_an_organisation_that_removes_the_app_is_told_of_team_by_team_and_forgotten(server: SlackServer) -> None:
    box = Box()
    team = Team(id="T0ONE", token="xoxb-fake-org", bot="U0B", enterprise="E0")
    server.teams[team.token] = team
    server.teams["other"] = Team(id="T0TWO", token="other", bot="U0B", enterprise="E0")
    whole = Installed(token=team.token, bot_user="U0B", enterprise="E0")
    await Installations(box).keep("slack/installation/E0.-", whole)
    async with open_to_all(server, box) as (_, heard, _):
        for number, id_ in enumerate(("T0ONE", "T0TWO"), start=1):
            await server.say(ONE, "hello", channel=server.direct(ONE, team=id_))
            await heard.wait(number)
        await server.uninstall("T0ONE")
        gone = await heard.wait(2, intent=Intent.UNINSTALLED)
        await server.settled()
    assert {event.person.workspace for event in gone} == {"E0.T0ONE", "E0.T0TWO"}
    assert len({event.id for event in gone}) == 2
    assert box.kept == {}


async def test_a_team_with_an_installation_of_its_own_goes_alone(server: SlackServer) -> None:
    box = Box()
    for name in ("E0.-", "E0.T0ONE"):
        await Installations(box).keep(f"slack/installation/{name}", Installed(token="xoxb-fake", bot_user="U0B"))
    options = options_for(server, bot_token="", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    web = Web(options)
    many = ManyWorkspaces(web, options, box)
    assert await many.served_with("E0.T0ONE") == ("E0.T0ONE",)
    await many.forget("E0.T0ONE")
    assert list(box.kept) == ["slack/installation/E0.-"]
    await web.close()


async def test_a_state_is_good_for_once() -> None:
    states = States(Box())
    state = await states.async_issue()
    assert await states.async_consume(state)
    assert not await states.async_consume(state)
    assert not await states.async_consume("made-up")


async def test_several_workspaces_need_a_place_for_their_tokens(server: SlackServer) -> None:
    with pytest.raises(ConfigError, match="store"):
        SlackAdapter(options_for(server, bot_token="", client_id=CLIENT_ID, client_secret=CLIENT_SECRET))
