"""A new administrator follows docs/slack.md against the local server: from the manifest to the first answers everywhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from mediation_coach import app, config
from mediation_coach.adapters import slack_doctor
from mediation_coach.adapters.slack_options import SlackOptions, read_options
from mediation_coach.cli import main
from tests.slack_house import house
from tests.slack_server import APP_TOKEN, BOT, BOT_TOKEN, Channel, SlackServer, visible

ONE = "U0FIRST"
QUESTION = "Two communities want to talk: who should be at the first meeting?"

pytestmark = pytest.mark.timeout(120)


def environment(server: SlackServer, folder: Path) -> dict[str, str]:
    """Return what step 3 of the page sets, and where things are in a test."""
    token = folder / "bot"
    token.write_text(BOT_TOKEN + "\n")
    return {
        "MEDIATION_COACH_ADAPTERS": '["slack"]',
        "MEDIATION_COACH_SLACK__BOT_TOKEN_FILE": str(token),
        "MEDIATION_COACH_SLACK__APP_TOKEN": APP_TOKEN,
        "MEDIATION_COACH_SLACK__BASE_URL": server.base_url,
        "MEDIATION_COACH_CACHE": str(folder / "cache"),
    }


@asynccontextmanager
async def coach(env: Mapping[str, str], folder: Path) -> AsyncIterator[SlackOptions]:
    """Run the coach as these settings say, with its library and the whole walk of a question."""
    settings = config.load(environment=env)
    assert settings.adapters == ("slack",)
    options = read_options(settings.table("slack"))
    library = app.open_library(settings, notice=lambda _: None)
    dialogue = app.build_dialogue(settings, library)
    async with house(options, folder, handle=dialogue.answer):
        yield options


async def newest(server: SlackServer, channel: Channel, count: int) -> str:
    """Return the words of the newest message in a channel once the coach has written `count`."""
    await server.wait(lambda: sum("bot_id" in m for m in channel.messages) >= count)
    return visible(channel.messages[-1])


async def test_from_the_manifest_to_the_first_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack", "manifest"]) == 0
    manifest = yaml.safe_load(capsys.readouterr().out)
    async with SlackServer().running() as server:
        server.teams[BOT_TOKEN].scopes = ",".join(manifest["oauth_config"]["scopes"]["bot"])
        server.subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])
        async with coach(environment(server, tmp_path), tmp_path) as options:
            assert [line for line in await slack_doctor.check(options) if not line[1]] == []
            own, talks = server.direct(ONE), server.channel("C0TALKS")

            await server.say(ONE, "hi")
            assert "machine" in await newest(server, own, 1)
            await server.press(ONE, own, "Process design")
            await newest(server, own, 2)
            await server.say(ONE, QUESTION)
            answer = await newest(server, own, 3)
            assert "[1]" in answer
            await server.press(ONE, own, "Sources")
            assert "[1]" in await newest(server, own, 4)

            await server.say(ONE, f"<@{BOT}> {QUESTION}", channel=talks)
            assert "[1]" in await newest(server, talks, 1)
            assert talks.messages[-1]["thread_ts"] == talks.messages[0]["ts"]

            await server.command(ONE, QUESTION, channel=talks)
            await server.wait(lambda: talks.ephemeral)
            assert "[1]" in visible(talks.ephemeral[0])
            assert len(talks.messages) == 2

            await server.open_home(ONE)
            await server.wait(lambda: ONE in server.homes)
            assert "Crisis handling" in visible(server.homes[ONE])

            await server.shortcut(ONE)
            await server.submit(ONE, question=QUESTION)
            assert "[1]" in await newest(server, own, 5)
        assert server.refused == []
        assert server.lost == []
