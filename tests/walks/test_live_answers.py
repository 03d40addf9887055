"""A model's answer as people meet it: the program in a real terminal, and `run` killed in mid-answer and started again."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.chain import quoting
from tests.openai_server import KEY, Act, OpenAIServer, openai_server
from tests.shipped import ROOT, library, settings
from tests.slack_server import SlackServer
from tests.walks.test_running import command, free_port, ready, settings_file

pytestmark = pytest.mark.timeout(240)

WALKOUT = "one side just left the room and says they are done - what now?"
ONE = "U0FIRST"
CTRL_C = "\x03"
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def model_table(model: OpenAIServer) -> str:
    return f'\n[model]\nname = "openai:test"\nbase_url = "{model.base_url}"\napi_key = "{KEY}"\nlocal = true\n'


class Terminal:
    """`mediation-coach chat` in a terminal of its own."""

    def __init__(self, control: int, process: asyncio.subprocess.Process) -> None:
        self._control, self.process = control, process
        self.written = ""
        asyncio.get_running_loop().add_reader(control, self._read)

    def _read(self) -> None:
        try:
            self.written += os.read(self._control, 65536).decode(errors="replace")
        except OSError:
            asyncio.get_running_loop().remove_reader(self._control)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._control, text.encode())

    async def shows(self, words: str, *, since: int = 0, within: float = 100) -> int:
        """Return where `words` end, once they are on the screen."""
        deadline = time.monotonic() + within
        while (found := self.written.find(words, since)) < 0:
            assert time.monotonic() < deadline, _CODES.sub("", self.written[-2000:])
            await asyncio.sleep(0.02)
        return found + len(words)

    def end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._control)
        with suppress(ProcessLookupError):
            self.process.kill()
        os.close(self._control)


@asynccontextmanager
async def terminal(folder: Path, model: OpenAIServer) -> AsyncIterator[Terminal]:
    library()  # so that the index is there
    file = folder / "coach.toml"
    file.write_text(f'data = "{folder}"\ncache = "{settings().cache_folder}"\n{model_table(model)}', "utf-8")
    control, screen = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mediation_coach.cli", "--config", str(file), "chat", cwd=ROOT,
        stdin=screen, stdout=screen, stderr=screen, start_new_session=True, preexec_fn=_own_terminal,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(screen)
    shown = Terminal(control, process)
    try:
        yield shown
    finally:
        shown.end()
        await process.wait()


def _own_terminal() -> None:
    """Make the terminal the process's own, so that Ctrl-C reaches it."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


async def test_in_the_terminal_sentences_appear_and_the_whole_takes_their_place(tmp_path: Path) -> None:
    async with openai_server(Act(text=quoting, gap=0.1)) as model, terminal(tmp_path, model) as chat:
        asked = await chat.shows("you> ")
        chat.type(f"{WALKOUT}\n")
        half = await chat.shows("adjourned", since=asked)
        whole = await chat.shows("Wrong skill", since=half)
        between = _CODES.sub("", chat.written[half:whole])
        assert between.count("First hour") >= 2
        assert "Written by a language model" not in chat.written[:half]
        assert "First hour: Say" in between[between.rindex("First hour:") :]
        assert "\x1b[2K" in chat.written[half:whole]


async def test_ctrl_c_ends_the_answer_and_not_the_talk(tmp_path: Path) -> None:
    async with openai_server(Act(text=quoting, silent_after=6)) as model, terminal(tmp_path, model) as chat:
        asked = await chat.shows("you> ")
        chat.type(f"{WALKOUT}\n")
        half = await chat.shows("adjourned", since=asked)
        chat.type(CTRL_C)
        await asyncio.wait_for(model.hung_up.wait(), 10)
        stopped = await chat.shows("Stopped.", since=half)
        asked = await chat.shows("you> ", since=stopped)
        chat.type("privacy\n")
        await chat.shows("nothing you type leaves", since=asked)
        chat.type("/quit\n")
        assert await asyncio.wait_for(chat.process.wait(), 20) == 0


@pytest.mark.parametrize("threaded", [True, False], ids=["streamed", "changed"])
async def test_killed_in_mid_answer_there_is_one_whole_answer_after_the_next_start(
    tmp_path: Path, threaded: bool
) -> None:
    library()
    port = free_port()
    async with (
        SlackServer().running() as slack,
        openai_server(Act(text=quoting, silent_after=6), Act(text=quoting, gap=0.1)) as model,
    ):
        file = settings_file(tmp_path, slack, port)
        file.write_text(file.read_text("utf-8") + model_table(model), "utf-8")
        running = await command(file, "run")
        try:
            await ready(port)
            root = await slack.say(ONE, "privacy") if threaded else ""
            if threaded:
                await slack.wait(lambda: slack.seen(ONE), within=30)
            before = len(slack.seen(ONE))
            await slack.say(ONE, WALKOUT, thread=root)
            await slack.wait(lambda: any("adjourned" in text for text in slack.seen(ONE)), within=30)
            await asyncio.sleep(0.5)
            running.kill()
            await running.wait()
            running = await command(file, "run")
            await slack.wait(lambda: "Wrong skill" in slack.seen(ONE)[-1], within=90)
            await asyncio.sleep(1)
            answers = slack.seen(ONE)[before:]
        finally:
            running.send_signal(signal.SIGTERM)
            _, err = await asyncio.wait_for(running.communicate(), 40)
    assert len(answers) == 1
    assert "Written by a language model" in answers[0]
    assert len(model.requests) == 2
    assert running.returncode == 0, err
    assert b"left the room" not in err
    assert slack.refused == []
