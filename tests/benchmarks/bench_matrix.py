"""The coach's Matrix adapter beside a bare nio echo bot, on the same Synapse, in one run: `python -m tests.benchmarks.bench_matrix`.

One question at a time, in turns between the two, so that both meet the same machine. Server-side time is the difference
between the homeserver's own timestamps of question and answer. Exit code 1 where a limit is passed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nio import AsyncClient, AsyncClientConfig, InviteMemberEvent, MatrixRoom, RoomMessageText

from tests.matrix_bot import Bot
from tests.matrix_people import Member, options_for
from tests.synapse import PASSWORD, Synapse, start

P50_LIMIT, CPU_LIMIT, MEMORY_LIMIT_MB = 1.3, 2.5, 200.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Runner:
    """One bot, and what was measured of it."""

    name: str
    user: str
    pid: int
    room: str = ""
    times: list[float] = field(default_factory=list)
    cpu_before: float = 0.0

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory_mb(self) -> float:
        """Memory in use."""
        line = next(x for x in Path(f"/proc/{self.pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def figures(self) -> dict[str, float]:
        """Return what was measured."""
        return {
            "p50_ms": statistics.median(self.times),
            "p95_ms": statistics.quantiles(self.times, n=20)[18],
            "cpu_ms_per_message": (self.cpu - self.cpu_before) / len(self.times) * 1000,
            "memory_mb": self.memory_mb,
        }


async def bare_bot(url: str, user: str, folder: str) -> None:
    """Be the smallest nio bot: join, echo, and nothing else."""
    client = AsyncClient(url, user, store_path=folder, config=AsyncClientConfig(encryption_enabled=True))
    await client.login(PASSWORD)

    async def join(room: MatrixRoom, event: InviteMemberEvent) -> None:
        await client.join(room.room_id)

    async def echo(room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender != user:
            content = {"msgtype": "m.notice", "body": f"echo: {event.body}"}
            await client.room_send(room.room_id, "m.room.message", content, ignore_unverified_devices=True)

    await client.sync(timeout=0, full_state=True)
    client.add_event_callback(join, InviteMemberEvent)
    client.add_event_callback(echo, RoomMessageText)
    await client.sync_forever(timeout=30_000)


async def measure(server: Synapse, folder: Path, *, encrypted: bool, messages: int) -> dict[str, dict[str, float]]:
    """Return the figures of both bots, by name."""
    (folder / "bare").mkdir(parents=True)
    bare_user = server.user("bare")
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.bench_matrix",
        "--bare",
        server.url,
        bare_user,
        str(folder / "bare"),
    ]
    bare = await asyncio.to_thread(subprocess.Popen, command)
    bot = Bot(options=options_for(server, folder / "matrix"), inbox=folder / "inbox.jsonl")
    try:
        await bot.start()
        assert bot.process is not None
        runners = [Runner("bare nio", bare_user, bare.pid), Runner("coach", bot.options.user, bot.process.pid)]
        async with Member.present(server) as person:
            for runner in runners:
                runner.room = await person.open_room(runner.user, encrypted=encrypted)
                await ask(person, runner, "warm-up")
                runner.times.clear()
                runner.cpu_before = runner.cpu
            for number in range(messages):
                for runner in runners if number % 2 else runners[::-1]:
                    await ask(person, runner, f"message {number}")
            return {runner.name: runner.figures() for runner in runners}
    finally:
        bot.put_away()
        bare.terminate()
        await asyncio.to_thread(bare.wait)


async def ask(person: Member, runner: Runner, text: str) -> None:
    """Ask once and note how long the answer took by the homeserver's clock."""
    asked = await person.say(runner.room, text)
    answer = await person.answered(runner.room, runner.user, f"echo: {text}")
    question = next(e for r, e in reversed(person.heard) if getattr(e, "event_id", "") == asked)
    runner.times.append(answer.server_timestamp - question.server_timestamp)


def report(figures: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Return the ratios and whether they keep to the limits."""
    bare, coach = figures["bare nio"], figures["coach"]
    p50, cpu = coach["p50_ms"] / bare["p50_ms"], coach["cpu_ms_per_message"] / bare["cpu_ms_per_message"]
    good = p50 <= P50_LIMIT and cpu <= CPU_LIMIT and coach["memory_mb"] <= MEMORY_LIMIT_MB
    return {
        "p50_ratio": round(p50, 2),
        "cpu_ratio": round(cpu, 2),
        "memory_mb": round(coach["memory_mb"], 1),
        "within_limits": good,
    }


async def main(messages: int) -> int:
    """Run plain and encrypted, print one JSON line each."""
    server, good = start(), True
    for encrypted in (False, True):
        with tempfile.TemporaryDirectory(prefix="coach-bench-") as folder:
            figures = await measure(server, Path(folder), encrypted=encrypted, messages=messages)
        ratios = report(figures)
        good &= ratios["within_limits"]
        rounded = {name: {k: round(v, 1) for k, v in values.items()} for name, values in figures.items()}
        sys.stdout.write(json.dumps({"encrypted": encrypted, "messages": messages, **rounded, **ratios}) + "\n")
    return 0 if good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60)
    parser.add_argument("--bare", nargs=3, metavar=("URL", "USER", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bare:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(bare_bot(*arguments.bare))
    else:
        sys.exit(asyncio.run(main(arguments.messages)))
