"""People with another client than nio: matrix-js-sdk, whose Rust crypto is Element's, in a Node process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.synapse import PASSWORD, Synapse

VERSION = "43"
PATIENCE_S = 40.0


@cache
def sdk_folder() -> Path | None:
    """Return a folder with matrix-js-sdk in it, fetched once through npm; None where that cannot be had."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    folder = Path(tempfile.gettempdir()) / f"coach-matrix-js-sdk-{VERSION}"
    if not (folder / "node_modules" / "matrix-js-sdk" / "package.json").exists():
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = ["npm", "install", f"matrix-js-sdk@{VERSION}", "--no-audit", "--no-fund", "--ignore-scripts"]
        with contextlib.suppress(subprocess.SubprocessError):
            subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=90)
    return folder if (folder / "node_modules" / "matrix-js-sdk" / "package.json").exists() else None


class JsMember:
    """Someone with matrix-js-sdk."""

    def __init__(self, user: str, process: asyncio.subprocess.Process) -> None:
        self.user, self._process = user, process
        self.heard: list[dict[str, Any]] = []
        self._changed = asyncio.Condition()
        self._numbers = itertools.count(1)
        self._reading = asyncio.create_task(self._read())

    @classmethod
    @contextlib.asynccontextmanager
    async def present(cls, server: Synapse, isolation: str = "") -> AsyncIterator[JsMember]:
        """Yield a member who is syncing; `isolation` is `signed` (exclude insecure devices), `verified` (share with verified only) or nothing."""
        folder = await asyncio.to_thread(sdk_folder)
        if folder is None:
            pytest.skip("matrix-js-sdk cannot be had here: it needs node, npm and a package registry")
        user = server.user("element")
        token, device = server.log_in(user)
        script = Path(__file__).with_name("matrix_client.mjs")
        process = await asyncio.create_subprocess_exec(
            *("node", str(script), str(folder), server.url, user, device, token, PASSWORD, isolation),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            limit=2**20,
        )
        member = cls(user, process)
        try:
            await member.until(lambda line: line.get("ready"))
            yield member
        finally:
            await member._end()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                async with self._changed:
                    self.heard.append(json.loads(line))
                    self._changed.notify_all()

    async def _end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading
        self._process._transport.close()  # type: ignore[attr-defined]

    async def until(self, wanted: Any, *, within: float = PATIENCE_S) -> dict[str, Any]:
        """Return the first line for which `wanted` is true."""
        try:
            async with asyncio.timeout(within), self._changed:
                while True:
                    if (found := next((line for line in self.heard if wanted(line)), None)) is not None:
                        return found
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"nothing came within {within} s; heard {len(self.heard)} lines") from None

    async def order(self, what: str, **more: Any) -> dict[str, Any]:
        """Have something done and return the answer."""
        number = next(self._numbers)
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, "id": number, **more}).encode() + b"\n")
        await self._process.stdin.drain()
        return await self.until(lambda line: line.get("done") == number)

    async def open_room(self, invite: str, *, encrypted: bool = True) -> str:
        """Make a room with someone and wait until they are there."""
        made = await self.order("open", invite=invite, encrypted=encrypted)
        room = str(made["room"])
        await self.until(
            lambda line: line.get("member") == invite and line.get("room") == room and line["membership"] == "join"
        )
        return room

    async def say(self, room: str, text: str) -> None:
        """Say something."""
        done = await self.order("say", room=room, text=text)
        assert "error" not in done, done

    async def hears(self, body: str) -> dict[str, Any]:
        """Return the message with this body, as this client shows it."""
        return await self.until(lambda line: line.get("heard") == body)
