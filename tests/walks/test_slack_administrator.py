"""A new administrator follows docs/slack.md word by word, with real commands, against the local Slack server."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.shipped import ROOT, settings
from tests.slack_server import APP_TOKEN, BOT, BOT_TOKEN, Channel, SlackServer, visible
from tests.walks.test_running import free_port, ready

ONE, TWO = "U0FIRST", "U0SECOND"
QUESTION = "Two communities want to talk: who should be at the first meeting?"
PATIENCE = 60.0

pytestmark = pytest.mark.timeout(240)


def page() -> str:
    """Return the part of the page that takes an administrator to the first answer."""
    return (ROOT / "docs" / "slack.md").read_text("utf-8").split("## Where people meet it")[0]


def typed() -> list[str]:
    """Return the lines that the page tells one to type, in order."""
    blocks = page().split("```")[1::2]
    return [line.strip() for block in blocks for line in block.strip().splitlines()]


class Administrator:
    """Someone with a shell, the page, and the tokens that Slack gave them."""

    def __init__(self, folder: Path, server: SlackServer, **more: str) -> None:
        self.folder, self.server, self.port = folder, server, free_port()
        self.environment = {**os.environ, **more}
        elsewhere = {"DATA": str(folder / "data"), "CACHE": str(settings().cache_folder), "HTTP_PORT": str(self.port)}
        elsewhere |= {"SLACK__BASE_URL": server.base_url, "DELIVERY__PERSON_BURST": "500"}  # a test types fast
        self.environment |= {f"MEDIATION_COACH_{name}": value for name, value in elsewhere.items()}

    def export(self, line: str) -> None:
        """Do what an `export` line says, with the token that it leaves open."""
        name, _, value = line.removeprefix("export ").partition("=")
        tokens = {"MEDIATION_COACH_SLACK__BOT_TOKEN": BOT_TOKEN, "MEDIATION_COACH_SLACK__APP_TOKEN": APP_TOKEN}
        self.environment[name] = tokens[name] if value == "…" else value.strip("'")

    async def type(self, line: str) -> asyncio.subprocess.Process:
        """Start a command of the page in a folder of its own."""
        words = line.removeprefix("mediation-coach ").split(" > ")[0].split()
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mediation_coach.cli", *words, cwd=self.folder, env=self.environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def done(self, line: str) -> str:
        """Return what a command prints; it must end well."""
        process = await self.type(line)
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode()

    async def install(self, line: str) -> None:
        """Print the manifest and make the app of it: the rights and events are those that it asks for."""
        manifest: Any = yaml.safe_load(await self.done(line))
        self.server.teams[BOT_TOKEN].scopes = ",".join(manifest["oauth_config"]["scopes"]["bot"])
        self.server.subscribed = set(manifest["settings"]["event_subscriptions"]["bot_events"])

    @asynccontextmanager
    async def running(self, line: str) -> AsyncIterator[list[bytes]]:
        """Run the coach while the block lasts, then stop it as a system does; what it printed is in the value."""
        process, printed = await self.type(line), [b"", b""]
        try:
            await ready(self.port)
            yield printed
        finally:
            process.send_signal(signal.SIGTERM)
            printed[:] = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode == 0, printed[1].decode()


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with SlackServer().running() as server:
        yield server
        assert server.refused == []
        assert server.lost == []


async def newest(server: SlackServer, channel: Channel, *words: str) -> str:
    """Return the newest message of the coach in a channel, once it has these words."""

    def said() -> str:
        ours = [visible(m) for m in channel.messages if "bot_id" in m]
        return ours[-1] if ours and all(word in ours[-1] for word in words) else ""

    return await once(server, said)


async def once(server: SlackServer, holds: Callable[[], str]) -> str:
    try:
        await server.wait(holds, within=PATIENCE)
    except TimeoutError:
        seen = [visible(m) for channel in server.channels.values() for m in (*channel.messages, *channel.ephemeral)]
        raise AssertionError(f"what was waited for never came; last of all: {seen[-3:]}") from None
    return holds()


async def home(server: SlackServer, *words: str) -> str:
    """Return the home tab of the first person, once it has these words."""

    def shown() -> str:
        text = visible(server.homes[ONE]) if ONE in server.homes else ""
        return text if all(word in text for word in words) else ""

    return await once(server, shown)


def counted(folder: Path, name: str) -> int:
    """Return a count of the database, which knows no person."""
    with closing(sqlite3.connect(folder / "data" / "coach.db")) as database:
        return int(database.execute("select sum(n) from counts where name = ?", (name,)).fetchone()[0] or 0)


def test_the_page_leads_there_in_five_steps_and_says_nothing_that_is_not_typed() -> None:
    lines = typed()
    assert [line.split("=")[0] for line in lines] == [
        "mediation-coach slack manifest > manifest.yaml",
        "export MEDIATION_COACH_SLACK__BOT_TOKEN",
        "export MEDIATION_COACH_SLACK__APP_TOKEN",
        "export MEDIATION_COACH_ADAPTERS",
        "mediation-coach doctor slack",
        "mediation-coach run",
    ]
    assert re.findall(r"^(\d)\. \*\*", page(), flags=re.MULTILINE) == ["1", "2", "3", "4", "5"]


async def test_word_by_word_to_the_first_answer_in_every_place(server: SlackServer, tmp_path: Path) -> None:
    manifest, *exports, doctor, run = typed()
    administrator = Administrator(tmp_path, server)
    await administrator.install(manifest)
    for line in exports:
        administrator.export(line)
    looked = (await administrator.done(doctor)).splitlines()
    assert len(looked) >= 6
    assert [line for line in looked if not line.startswith("ok ")] == []

    own, talks = server.direct(ONE), server.channel("C0TALKS")
    async with administrator.running(run) as printed:
        await in_direct_messages(server, own)
        await in_a_channel(server, talks)
        await by_command(server, talks)
        await by_shortcut(server, own, talks)
        await on_the_home_tab(server, own)
        await words_that_are_taken_back(server, own)
        await forgotten(server, own)
    assert counted(tmp_path, "feedback_good") == 1
    out, err = printed
    assert out.startswith(b"Serving slack.")
    kept = b"".join(p.read_bytes() for p in (tmp_path / "data").rglob("*") if p.is_file())
    for secret in (b"communities", b"a-plan-for-nobody-else", b"a-name-taken-back", ONE.encode(), BOT_TOKEN.encode()):
        assert secret not in out + err + kept


async def in_direct_messages(server: SlackServer, own: Channel) -> None:
    await server.say(ONE, "hi")
    await newest(server, own, "machine", "Process design")
    await server.press(ONE, own, "Process design")
    await newest(server, own, "before the room opens")
    await server.say(ONE, QUESTION)
    assert "This helped" in await newest(server, own, "[1]", "Process design")
    await server.press(ONE, own, "This helped")
    await server.press(ONE, own, "Risks")
    await newest(server, own, "Risks", "[1]")
    await server.say(ONE, "sources")
    await newest(server, own, "in its own words", "[1]")
    await server.say(ONE, "one side just left the room and says they are done - what now?")
    await newest(server, own, "First hour")
    await server.say(ONE, "2")
    await newest(server, own, "Steps", "[1]")


async def in_a_channel(server: SlackServer, talks: Channel) -> None:
    ts = await server.say(ONE, f"<@{BOT}> {QUESTION}", channel=talks)
    await newest(server, talks, "[1]", "Everyone here can read this")
    await server.settled()
    assert [m["thread_ts"] for m in talks.messages if "bot_id" in m] == [ts], "told twice, answered once, in the thread"


async def by_command(server: SlackServer, talks: Channel) -> None:
    for typed, words in (
        ("", "Words I know"),
        ("help", "Words I know"),
        (QUESTION, "[1]"),
        ("plan", "no plan yet"),
        ("privacy", "encrypted with a key of your own"),
        ("forget me", "cannot be undone"),
    ):
        before = len(talks.ephemeral)
        await server.command(ONE, typed, channel=talks)
        await once(server, lambda n=before: visible(talks.ephemeral[n]) if len(talks.ephemeral) > n else "")  # type: ignore[misc]
        assert words in visible(talks.ephemeral[-1])
    await server.press(ONE, talks, "No")
    await once(server, lambda: "yes" if "Nothing was erased" in visible(talks.ephemeral[-1]) else "")
    assert {m["for"] for m in talks.ephemeral} == {ONE}
    assert sum("bot_id" in m for m in talks.messages) == 1


async def by_shortcut(server: SlackServer, own: Channel, talks: Channel) -> None:
    await server.shortcut(ONE)
    before = len(own.messages)
    await server.submit(ONE, question="How do I open the meeting?")
    await server.wait(lambda: len(own.messages) > before, within=PATIENCE)
    ts = await server.say(TWO, "They say a ceasefire needs no text", channel=talks)
    await server.shortcut_on(ONE, talks, ts)
    (view,) = server.views[ONE]
    begun = view["blocks"][0]["element"]["initial_value"]
    assert begun == "They say a ceasefire needs no text"
    await server.submit(ONE, question=begun + ". What does it need?")
    await newest(server, own, "[1]", "Technical aspects")


async def on_the_home_tab(server: SlackServer, own: Channel) -> None:
    await server.open_home(ONE)
    await home(server, "Crisis handling", "My check-ins", "no plan yet", "Answers: full", "My data", "encrypted")
    await server.press_home(ONE, "Short answers")
    await newest(server, own, "Short answers from now on")
    await home(server, "Answers: short")
    await server.press_home(ONE, "Full answers")
    await home(server, "Answers: full")
    await server.press_home(ONE, "Write my plan")
    await newest(server, own, "No names of people", "My plan")
    await server.press(ONE, own, "My plan")
    assert await server.submit(ONE, when="the round ends", will="a-plan-for-nobody-else") == {}
    await newest(server, own, "Your plan is kept", "a-plan-for-nobody-else")
    await home(server, "When the round ends, I will a-plan-for-nobody-else")


async def words_that_are_taken_back(server: SlackServer, own: Channel) -> None:
    first = await server.say(ONE, "How do we keep a-name-taken-back at the table?")
    await once(server, lambda: "yes" if own.messages[-1].get("bot_id") else "")
    await server.edit(ONE, own, first, "How do we keep everyone at the table?")
    second = await server.say(ONE, "And how do we thank a-word-deleted?")
    await once(server, lambda: "yes" if own.messages[-1].get("bot_id") else "")
    before = len(own.messages)
    await server.delete(own, second)
    await server.settled()
    await server.command(ONE, "my data")
    await newest(server, own, "conversations")
    await server.press(ONE, own, "All of it, as JSON")
    export = await once(server, lambda: "\n".join(v for m in own.messages[-2:] if "```" in (v := visible(m))))
    assert "keep everyone at the table" in export
    assert "a-name-taken-back" not in export
    assert "a-word-deleted" not in export
    assert len(own.messages) == before - 1 + 2, "neither a change nor a deletion is answered"


async def forgotten(server: SlackServer, own: Channel) -> None:
    await server.press_home(ONE, "Forget me", sure=False)
    await server.press_home(ONE, "Forget me")
    await newest(server, own, "I keep nothing of you any more", "Receipt")
    await home(server, "no plan yet")


async def test_a_thread_goes_on_without_a_mention_and_outsiders_are_told_kindly(
    server: SlackServer, tmp_path: Path
) -> None:
    """The settings beyond the first walk: `channels`, a channel shared with another organisation, and French."""
    manifest, *exports, _, run = typed()
    administrator = Administrator(tmp_path, server, MEDIATION_COACH_SLACK__CHANNELS="true")
    await administrator.install(manifest)
    for line in exports:
        administrator.export(line)
    server.people[ONE] = {"tz": "Europe/Paris", "locale": "fr-FR"}
    talks = server.channel("C0TALKS")
    talks.shared_outside = True
    async with administrator.running(run):
        ts = await server.say(ONE, f"<@{BOT}> Qui doit être à la première réunion ?", channel=talks)
        await newest(
            server, talks, "[1]", "Des personnes d'autres organisations lisent aussi ce canal", "Cela m'a aidé"
        )
        await server.say(ONE, "et si une partie refuse de venir ?", channel=talks, thread=ts)
        await server.wait(lambda: sum("bot_id" in m for m in talks.messages) == 2, within=PATIENCE)
        assert {m["thread_ts"] for m in talks.messages if "bot_id" in m} == {ts}
        await server.say(TWO, f"<@{BOT}> {QUESTION}", channel=talks, user_team="T9OTHER")
        await server.wait(lambda: talks.ephemeral, within=PATIENCE)
        assert "shared between organisations" in visible(talks.ephemeral[-1])
        await server.open_home(ONE)
        await home(server, "Mon suivi", "Langue : français", "M'oublier")


async def test_the_home_tab_of_someone_in_a_course(server: SlackServer, tmp_path: Path) -> None:
    manifest, *exports, _, run = typed()
    administrator = Administrator(tmp_path, server)
    await administrator.install(manifest)
    for line in exports:
        administrator.export(line)
    ends = datetime.now(UTC).date().isoformat()
    await administrator.done(f"mediation-coach cohort create spring --ends {ends} --zone Africa/Nairobi")
    await administrator.done("mediation-coach cohort start spring")
    code = re.findall(r"code (\S+)", await administrator.done("mediation-coach cohort list"))[0]
    own = server.direct(ONE)
    async with administrator.running(run):
        await server.open_home(ONE)
        await home(server, "Join a course")
        await server.say(ONE, f"join {code}")
        await newest(server, own, "Welcome")
        await home(server, "I ask again on", "(Africa/Nairobi)", "by the clock of Africa/Nairobi", "ask me at 10:00")
        await server.say(ONE, "ask me at 7:30")
        await home(server, "I ask at 08:00")
        await server.press_home(ONE, "Pause for a month")
        await home(server, "Paused up to and including", "Go on")
        await server.press_home(ONE, "Go on")
        await home(server, "Pause for a month")
        await server.press_home(ONE, "Stop check-ins", sure=False)
        await server.press_home(ONE, "Stop check-ins")
        assert "never write to you first" in await newest(server, own, "Stopped")
        await home(server, "Stopped: I do not write to you first.")

        await server.say(ONE, "home")
        page = await newest(server, own, "My check-ins", "My settings", "My data")
        buttons = [e for b in own.messages[-1]["blocks"] for e in b.get("elements", ()) if e.get("type") == "button"]
        leave = next(n for n, button in enumerate(buttons, start=1) if button["text"]["text"] == "Leave the course")
        assert "Stopped" in page
        await server.say(ONE, str(leave))
        await newest(server, own, "This takes you out of every course", "Shall I", "Yes", "No")
        await server.say(ONE, "yes")
        await newest(server, own, "You have left")
        await home(server, "Join a course")
