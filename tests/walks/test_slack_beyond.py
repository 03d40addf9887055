"""What docs/slack.md says beyond the first answer: over HTTP, and several workspaces, each forgotten when it removes the app."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import aiohttp
import pytest

from mediation_coach.testing import until
from tests.integration.test_slack_oauth import install
from tests.slack_server import (
    APP_TOKEN,
    BOT_TOKEN,
    CLIENT_ID,
    CLIENT_SECRET,
    SIGNING_SECRET,
    SlackServer,
    Team,
    visible,
)
from tests.walks.test_running import free_port
from tests.walks.test_slack_administrator import PATIENCE, QUESTION, Administrator, newest

ONE = "U0FIRST"

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),  # the Slack SDK uses it
]


def people(folder: Path) -> int:
    """Return how many people have a key in the database; the store's own is one more."""
    database = sqlite3.connect(f"file:{folder / 'data' / 'coach.db'}?mode=ro", uri=True)
    try:
        return int(database.execute("select count(*) from person_keys where who != 'store'").fetchone()[0])
    finally:
        database.close()


async def test_removing_the_app_erases_that_workspace_within_a_minute_and_no_other(tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "SIGNING_SECRET": SIGNING_SECRET,
        "APP_TOKEN": APP_TOKEN,
        "PUBLIC_URL": "https://coach.example.org",
        "HTTP_PORT": str(port),
    }
    async with SlackServer().running() as server:
        server.teams.clear()
        environment = {f"MEDIATION_COACH_SLACK__{name}": value for name, value in settings.items()}
        administrator = Administrator(tmp_path, server, MEDIATION_COACH_ADAPTERS='["slack"]', **environment)
        manifest = await administrator.done("mediation-coach slack manifest --several --url https://coach.example.org")
        assert "token_rotation_enabled: true" in manifest
        await administrator.done("mediation-coach doctor slack")
        async with administrator.running("mediation-coach run"):
            base = f"http://127.0.0.1:{port}"
            small, big = Team(id="T0SMALL", bot="U0BOT1"), Team(id="T0BIG", bot="U0BOT2", enterprise="E0BIG")
            assert [await install(server, base, team) for team in (small, big)] == [200, 200]
            rooms = [server.direct(ONE, team=team.id) for team in (small, big)]
            for room in rooms:
                await server.say(ONE, QUESTION, channel=room)
                await newest(server, room, "[1]")
            assert people(tmp_path) == 2, "the same id in two workspaces is two people"

            gone = time.monotonic()
            await server.uninstall("T0SMALL")
            await until(lambda: people(tmp_path) == 1, within=PATIENCE)
            assert time.monotonic() - gone < 60

            await server.say(ONE, "my data", channel=rooms[1])
            await newest(server, rooms[1], "conversations: 1")
            assert "conversations" not in visible(rooms[0].messages[-1])
        assert server.refused == []


async def test_over_http_instead_of_a_socket(tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "MODE": "http",
        "BOT_TOKEN": BOT_TOKEN,
        "SIGNING_SECRET": SIGNING_SECRET,
        "PUBLIC_URL": "https://coach.example.org",
        "HTTP_PORT": str(port),
    }
    async with SlackServer().running() as server:
        environment = {f"MEDIATION_COACH_SLACK__{name}": value for name, value in settings.items()}
        administrator = Administrator(tmp_path, server, MEDIATION_COACH_ADAPTERS='["slack"]', **environment)
        await administrator.install("mediation-coach slack manifest --http --url https://coach.example.org")
        await administrator.done("mediation-coach doctor slack")
        server.http_target = f"http://127.0.0.1:{port}/slack/events"
        own = server.direct(ONE)
        async with administrator.running("mediation-coach run"):
            await server.say(ONE, QUESTION)
            await newest(server, own, "[1]")
            await server.press(ONE, own, "Steps")
            await newest(server, own, "Steps")
            headers, body = server.signed("slash_commands", {"command": "/coach"}, secret="someone else's")
            async with (
                aiohttp.ClientSession() as anyone,
                anyone.post(server.http_target, data=body, headers=headers) as answer,
            ):
                assert answer.status == 401
        assert (server.refused, server.lost, server.connected) == ([], [], 0)
