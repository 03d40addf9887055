"""Setting Slack up: settings, the manifest, the doctor, and who may knock on the HTTP door."""

from __future__ import annotations

import io
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import structlog
import yaml

from mediation_coach import logs
from mediation_coach.adapters import slack_doctor
from mediation_coach.adapters.slack_manifest import EVENTS, SCOPES, manifest, manifest_yaml, scopes_of
from mediation_coach.adapters.slack_options import SlackOptions, read_options
from mediation_coach.cli import main
from mediation_coach.commands.slack import Wanted
from mediation_coach.domain.chat import Intent
from mediation_coach.errors import ConfigError
from mediation_coach.testing import listening, rich_reply
from tests.slack_server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Fault, SlackServer
from tests.slack_stage import SlackStage, options_for, staged

ONE = "U0FIRST"


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ({}, "app_token, bot_token"),
        ({"mode": "http", "bot_token": "x"}, "signing_secret"),
        ({"client_id": "x", "app_token": "x"}, "client_secret, signing_secret"),
        ({"bot_token": "x", "app_token": "x", "chanels": True}, "slack.chanels"),
        ({"bot_token": "x", "app_token": "x", "mode": "carrier pigeon"}, "slack.mode"),
        ({"bot_token": "x", "app_token": "x", "command": "coach"}, "slack.command"),
        ({"bot_token": "x", "app_token": "x", "suggestions": list("abcde")}, "slack.suggestions"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(table: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        read_options(table)


def test_no_secret_is_shown() -> None:
    options = SlackOptions(bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET)  # type: ignore[arg-type]
    for secret in (BOT_TOKEN, APP_TOKEN, SIGNING_SECRET):
        assert secret not in repr(options)
    with pytest.raises(ConfigError) as raised:
        read_options({"bot_token": {"oops": "xoxb-very-secret"}})
    assert "very-secret" not in str(raised.value)


def test_each_right_has_its_reason_and_only_what_is_on_asks_for_it() -> None:
    least = set(scopes_of(Wanted(files=False, check_ins=False)))
    assert not [scope for scope in least if "channels" in scope or "groups" in scope or "mpim" in scope]
    assert not {"files:write", "dnd:read"} & least
    everything = Wanted(channels=True, reactions=True, agent_view=True)
    assert set(scopes_of(everything)) == {need.name for need in SCOPES}
    assert all(need.why for need in (*SCOPES, *EVENTS))
    text = manifest_yaml(everything)
    assert all(f"- {need.name}  # {need.why}" in text for need in (*SCOPES, *EVENTS))
    assert yaml.safe_load(text) == manifest(everything)


@pytest.mark.parametrize(
    "wanted", [Wanted(), Wanted(mode="http", public_url="https://coach.example"), Wanted(agent_view=True)]
)
def test_the_manifest_keeps_slacks_lengths(wanted: Wanted) -> None:
    made = manifest(wanted)
    shown = made["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(shown["description"].split()) <= 25
    assert 174 <= len(shown["long_description"]) <= 4000
    assert all(len(s["name"]) <= 24 and len(s["description"]) <= 150 for s in made["features"]["shortcuts"])
    assert made["settings"]["socket_mode_enabled"] is (wanted.mode == "socket")
    if wanted.agent_view:
        prompts = made["features"]["agent_view"]["suggested_prompts"]
        assert 1 <= len(prompts) <= 4
        assert all(prompt["title"] and prompt["message"] for prompt in prompts)
    over_http = made["settings"]["event_subscriptions"].get("request_url")
    assert over_http == ("https://coach.example/slack/events" if wanted.mode == "http" else None)


def test_the_command_prints_the_manifest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack", "manifest", "--channels"]) == 0
    made = yaml.safe_load(capsys.readouterr().out)
    assert "channels:history" in made["oauth_config"]["scopes"]["bot"]
    assert main(["slack", "manifest", "--http"]) == 1
    assert "--url" in capsys.readouterr().err


class TestDoctor:
    @pytest.fixture
    async def server(self) -> AsyncIterator[SlackServer]:
        async with SlackServer().running() as server:
            yield server

    async def test_all_is_well(self, server: SlackServer) -> None:
        found = await slack_doctor.check(options_for(server, reactions=True))
        assert [what for what, well, _ in found if not well] == []
        assert {"bot token", "scopes", "clock", "socket"} <= {what for what, _, _ in found}

    @pytest.mark.parametrize(
        ("more", "what", "mend"),
        [
            ({"bot_token": "xoxb-wrong"}, "bot token", "OAuth Token again"),
            ({"bot_token": "xoxp-wrong"}, "bot token looks right", "begins with xoxb-"),
            ({"app_token": "xapp-wrong"}, "socket", "connections:write"),
            ({"app_token": "xoxb-wrong"}, "app token looks right", "begins with xapp-"),
            ({"base_url": "http://127.0.0.1:9/api/"}, "Slack's Web API", "cannot be reached"),
            ({"mode": "http"}, "address for Slack", "slack.public_url"),
        ],
    )
    async def test_what_is_wrong_comes_with_how_to_mend_it(
        self, server: SlackServer, more: dict[str, Any], what: str, mend: str
    ) -> None:
        found = {name: (well, hint) for name, well, hint in await slack_doctor.check(options_for(server, **more))}
        assert found[what][0] is False
        assert mend in found[what][1]

    @pytest.mark.parametrize("minutes", [-10, 10])
    async def test_a_clock_that_is_wrong_is_told_by_how_much(self, server: SlackServer, minutes: int) -> None:
        server.ahead = timedelta(minutes=minutes)
        found = {name: (well, hint) for name, well, hint in await slack_doctor.check(options_for(server))}
        assert found["clock"][0] is False
        assert re.search(r"(599|60[01]) s off", found["clock"][1])

    async def test_a_missing_right_is_named_with_its_reason(self, server: SlackServer) -> None:
        server.teams[BOT_TOKEN].scopes = "chat:write,commands"
        found = {name: (well, hint) for name, well, hint in await slack_doctor.check(options_for(server))}
        assert found["scopes"][0] is False
        assert "im:history (to read direct messages" in found["scopes"][1]

    async def test_rights_beyond_the_need_are_pointed_out(self, server: SlackServer) -> None:
        found = {name: hint for name, _, hint in await slack_doctor.check(options_for(server, channels=False))}
        assert "channels:history" in found["scopes not needed"]


class TestHttpDoor:
    @pytest.fixture
    async def stage(self) -> AsyncIterator[SlackStage]:
        async with staged(mode="http") as stage:
            yield stage

    async def test_only_slack_may_knock(self, stage: SlackStage) -> None:
        async with listening(stage.adapter) as heard, aiohttp.ClientSession() as anyone:
            url = f"http://127.0.0.1:{stage.adapter.port}/slack/events"
            stage.server.http_target = url
            payload = {"type": "event_callback", "team_id": "T0TEAM", "event_id": "Ev1", "event_time": 1,
                       "event": {"type": "message", "channel_type": "im", "channel": "D1", "user": ONE, "ts": "1.0", "text": "hi"}}  # fmt: skip
            for secret, age, status in (("wrong", 0, 401), (SIGNING_SECRET, 600, 401), (SIGNING_SECRET, 0, 200)):
                headers, body = SlackServer.signed("events_api", payload, secret=secret, at=time.time() - age)
                async with anyone.post(url, data=body, headers=headers) as response:
                    assert response.status == status
            assert [e.text for e in heard.events] == ["hi"]

    async def test_slack_finds_the_address_to_be_ours(self, stage: SlackStage) -> None:
        async with listening(stage.adapter), aiohttp.ClientSession() as slack:
            headers, body = SlackServer.signed("events_api", {"type": "url_verification", "challenge": "c"})
            url = f"http://127.0.0.1:{stage.adapter.port}/slack/events"
            async with slack.post(url, data=body, headers=headers) as response:
                assert json.loads(await response.text()) == {"challenge": "c"}

    async def test_everything_works_as_over_a_socket(self, stage: SlackStage) -> None:
        async with listening(stage.adapter) as heard:
            stage.server.http_target = f"http://127.0.0.1:{stage.adapter.port}/slack/events"
            await stage.server.say(ONE, "hello")
            (event,) = await heard.wait()
            await stage.adapter.send(event.conversation, rich_reply(), key="k1")
            await stage.server.press(ONE, stage.server.direct(ONE), "More")
            await stage.server.command(ONE, "help")
            await heard.wait(intent=Intent.CHOICE)
            await heard.wait(2)

    async def test_a_port_that_is_taken_is_said_to_be(self, stage: SlackStage) -> None:
        async with listening(stage.adapter):
            second = type(stage.adapter)(options_for(stage.server, mode="http", http_port=stage.adapter.port))
            with pytest.raises(ConfigError, match="http_port"):
                await second.run(lambda event: None)  # type: ignore[arg-type, return-value]
            await second.close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Give everything that is logged, at the most talkative level."""
    root, said = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    logs.set_up("DEBUG", vendors="DEBUG", stream=said)
    yield said
    structlog.reset_defaults()
    root.handlers[:], root.level = before
    for name in logs.VENDORS:
        logging.getLogger(name).setLevel(logging.NOTSET)


async def test_logs_carry_no_words_no_names_and_no_tokens(log: io.StringIO) -> None:
    async with staged() as stage, listening(stage.adapter) as heard:
        await stage.server.say(ONE, "a-seeded-word")
        (event,) = await heard.wait()
        stage.server.faults["chat.postMessage"].append(Fault(error="channel_not_found"))
        for key in ("k1", "k2"):
            try:
                await stage.adapter.send(event.conversation, rich_reply(), key=key)
            except Exception as exc:  # the log is what matters here
                logs.get("test").warning("failed", exc_info=exc)
        heard.failures = 1
        await stage.server.say(ONE, "a-seeded-word again")
        stage.server.event({"type": "message", "user": ONE, "channel": {"a-seeded-word": 1}, "ts": "never"})
        await heard.wait(2)
        await stage.server.settled()
    said = log.getvalue()
    assert said
    for secret in ("a-seeded-word", ONE, BOT_TOKEN, APP_TOKEN, "Map who can block"):
        assert secret not in said
