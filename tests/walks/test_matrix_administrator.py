"""A new administrator follows docs/matrix.md on a real Synapse, with the real commands: from an account to encrypted answers."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from mediation_coach.adapters.matrix_session import Folder
from tests.matrix_people import Member
from tests.shipped import ROOT, settings
from tests.synapse import PASSWORD, Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(280)]
__all__ = ["synapse"]

QUESTION = "Two communities want to talk: who should be at the first meeting?"
PATIENCE_S = 90.0


def typed(command: list[str], answers: dict[str, str]) -> tuple[int, str]:
    """Run a command at a terminal and type the answer to each prompt; return its exit code and what the terminal showed."""
    ours, theirs = pty.openpty()

    def own_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    with subprocess.Popen(
        command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, preexec_fn=own_terminal
    ) as process:
        os.close(theirs)
        shown, left = "", dict(answers)
        with suppress(OSError):  # the terminal is gone when the command has ended
            while piece := os.read(ours, 4096).decode():
                shown += piece
                for prompt in [p for p in left if p in shown]:
                    os.write(ours, (left.pop(prompt) + "\n").encode())
        os.close(ours)
    return process.returncode, shown.replace("\r\n", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """Someone with a settings file and a terminal."""

    server: Synapse
    folder: Path
    user: str
    port: int

    @property
    def file(self) -> Path:
        return self.folder / "coach.toml"

    def write_settings(self) -> None:
        """Write the lines of step 2, and where things are in a test."""
        self.file.write_text(f"""
adapters = ["matrix"]
data = "{self.folder / "data"}"
cache = "{settings().cache_folder}"
http_port = {self.port}

[matrix]
homeserver = "{self.server.url}"
user = "{self.user}"
""")

    async def types(self, *words: str) -> tuple[int, str]:
        """Run a command of the coach, with the password where it is asked for."""
        command = [sys.executable, "-m", "mediation_coach.cli", "--config", str(self.file), *words]
        return await asyncio.to_thread(typed, command, {"Password of": PASSWORD})

    @asynccontextmanager
    async def runs_it(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Yield `mediation-coach run` once it is ready, and stop it in the end."""
        command = ["-m", "mediation_coach.cli", "--config", str(self.file), "run"]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(sys.executable, *command, cwd=ROOT, stdout=pipe, stderr=pipe)
        try:
            await self._ready(process)
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()

    async def _ready(self, process: asyncio.subprocess.Process) -> None:
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as http:
            while process.returncode is None:
                with suppress(aiohttp.ClientError):
                    async with http.get(f"http://127.0.0.1:{self.port}/ready") as response:
                        if response.status == 200:
                            return
                await asyncio.sleep(0.2)
        raise AssertionError(f"it ended: {await process.communicate()}")


@pytest.fixture
def administrator(synapse: Synapse, tmp_path: Path) -> Administrator:
    """Return someone whose account for the coach was made by the homeserver's own command."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    name = f"coach-walk-{next(synapse.numbers)}"
    made = [str(Path(sys.executable).parent / "register_new_matrix_user"), "-u", name, "--no-admin"]
    asked = {"Password:": PASSWORD, "Confirm password:": PASSWORD}
    code, shown = typed([*made, "-c", str(synapse.folder / "homeserver.yaml"), synapse.url], asked)
    assert (code, "Success" in shown) == (0, True), shown
    return Administrator(server=synapse, folder=tmp_path, user=f"@{name}:coach.test", port=port)


async def heard(person: Member, room: str, by: str, words: str, *, count: int = 1) -> str:
    """Return the message of `by` that has these words in it."""

    def found() -> list[str]:
        said = [body for body in person.bodies(room, by) if words in body]
        return said if len(said) >= count else []

    return str((await person.until(found, within=PATIENCE_S, why=words))[-1])


async def fills_a_form(person: Member, room: str, coach: str, *, thread: str) -> None:
    """Write a plan in a thread, where it is asked for a question at a time."""
    told = ("new plan", "when the chair calls", "I will ask both sides for one line", "skip", "skip", "skip")
    asked = ("1/5", "2/5", "3/5", "4/5", "5/5", "Your plan is kept")
    for words, question in zip(told, asked, strict=True):
        await person.say(room, words, thread=thread)
        await heard(person, room, coach, question)
    in_it = [
        e for e in person.answers(room, coach) if e.source["content"].get("m.relates_to", {}).get("event_id") == thread
    ]
    assert len(in_it) == len(asked)


async def test_from_an_account_to_the_first_encrypted_answer(administrator: Administrator) -> None:
    administrator.write_settings()
    code, shown = await administrator.types("matrix", "login")
    assert code == 0, shown
    assert "Logged in as a new device." in shown
    assert "Verified  yes, by its owner" in shown
    assert re.search(r"Recovery key, shown this once.*\n\n  E", shown)
    assert PASSWORD not in shown
    code, shown = await administrator.types("matrix", "verify")
    assert (code, "Recovery  a recovery key exists" in shown) == (0, True), shown
    code, shown = await administrator.types("doctor", "matrix")
    assert (code, "FAIL" in shown) == (0, False), shown

    async with Member.present(administrator.server) as person:
        async with administrator.runs_it() as process:
            room = await person.open_room(administrator.user, encrypted=True)
            assert "machine" in await heard(person, room, administrator.user, "machine")
            root = await person.say(room, QUESTION)
            answer = await heard(person, room, administrator.user, "[1]")
            assert "1. " in answer
            await person.say(room, "sources")
            await heard(person, room, administrator.user, "[1]", count=2)
            await person.say(room, "home")
            await heard(person, room, administrator.user, "1. Process design", count=2)
            await fills_a_form(person, room, administrator.user, thread=root)
            assert all(event.decrypted for event in person.answers(room, administrator.user))
            await person.say(room, "plan.pdf", msgtype="m.file", url="mxc://coach.test/none")
            await heard(person, room, administrator.user, "I read only text")
            process.send_signal(signal.SIGTERM)
            out, err = await asyncio.wait_for(process.communicate(), 60)
            assert (process.returncode, out) == (0, b"Serving matrix.\n"), err
            assert not re.search(b"communities|coach.test", err)

        await person.say(room, "Qui devrait être à la première réunion entre les deux communautés ?")
        async with administrator.runs_it():
            await heard(person, room, administrator.user, "[1]", count=3)
            await person.say(room, "plan.pdf", msgtype="m.file", url="mxc://coach.test/none")
            await heard(person, room, administrator.user, "Je ne lis que du texte")


async def test_a_revoked_token_ends_the_running_coach_with_the_mend_and_its_answers_wait(
    administrator: Administrator,
) -> None:
    administrator.write_settings()
    assert (await administrator.types("matrix", "login"))[0] == 0
    async with Member.present(administrator.server) as person, administrator.runs_it() as process:
        room = await person.open_room(administrator.user, encrypted=True)
        await heard(person, room, administrator.user, "machine")
        session = Folder(administrator.folder / "data" / "matrix").session()
        assert session is not None
        administrator.server.ask("POST", "/_matrix/client/v3/logout", {}, session.token)
        await person.say(room, QUESTION)
        _, err = await asyncio.wait_for(process.communicate(), PATIENCE_S)

        assert process.returncode == 1
        assert err.decode().splitlines()[-1] == (
            "mediation-coach: the Matrix homeserver no longer knows this session (token revoked);"
            " run `mediation-coach matrix login`"
        )
        code, shown = await administrator.types("doctor", "matrix")
        assert (code, "run `mediation-coach matrix login`" in shown) == (1, True), shown
        assert (await administrator.types("matrix", "login"))[0] == 0
        async with administrator.runs_it():
            await person.say(room, QUESTION)
            await heard(person, room, administrator.user, "[1]")
