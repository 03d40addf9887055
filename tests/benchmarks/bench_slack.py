"""The coach on Slack, with its durable inbox and outbox, against a bare Bolt echo bot on the same local server.

    python -m tests.benchmarks.bench_slack [--messages 10000] [--people 50]

Each is a process of its own and answers each message with one. Latency is measured one message at a time, as a person sees
it (written → answer there); the rate with `--people` at once, each waiting for an answer before writing on. Both are
measured twice in turn, and the better run of each counts. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.slack_server import APP_TOKEN, BOT_TOKEN, Channel, SlackServer

ALONE = 300
WARM_UP = 100


class Asker:
    """Writes messages and waits for each answer."""

    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.waiting: dict[str, asyncio.Future[float]] = {}
        server.on_post = self._answered

    def _answered(self, channel: Channel) -> None:
        waiting = self.waiting.pop(channel.user, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(time.perf_counter())

    async def ask(self, person: str) -> float:
        """Return how many milliseconds an answer took."""
        waiting = self.waiting[person] = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        await self.server.say(person, "who should be at the first meeting?")
        answered: float = await asyncio.wait_for(waiting, 60)
        return (answered - began) * 1000

    async def alone(self, count: int) -> list[float]:
        """Ask one at a time."""
        return [await self.ask("U0ALONE") for _ in range(count)]

    async def together(self, count: int, people: int) -> tuple[float, list[float]]:
        """Ask with many people at once; return answers a second, and how long each took."""
        took: list[float] = []

        async def one(person: str) -> None:
            took.extend([await self.ask(person) for _ in range(count // people)])

        began = time.perf_counter()
        await asyncio.gather(*(one(f"U{n:04d}") for n in range(people)))
        return len(took) / (time.perf_counter() - began), took


@asynccontextmanager
async def bot(server: SlackServer, module: str, *more: str) -> AsyncIterator[int]:
    """Run a bot as a process while the block lasts, and give its number."""
    options = {"bot_token": BOT_TOKEN, "app_token": APP_TOKEN, "base_url": server.base_url}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, json.dumps(options), *more, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    await child.stdout.readline()
    try:
        yield child.pid
    finally:
        child.terminate()
        await child.wait()


def resident(pid: int) -> int:
    """Return how much memory a process holds, in bytes; 0 on systems without /proc."""
    status = Path(f"/proc/{pid}/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.exists() else 0


async def measure(module: str, *more: str, messages: int, people: int) -> dict[str, float]:
    """Return the figures of one bot."""
    async with SlackServer().running() as server, bot(server, module, *more) as pid:
        asker = Asker(server)
        await asker.together(WARM_UP, people)
        await asker.alone(WARM_UP)
        alone = sorted(await asker.alone(ALONE))
        rate, together = await asker.together(messages, people)
        cuts = statistics.quantiles(together, n=20)
        return {
            "p50_ms": round(statistics.median(alone), 2),
            "p95_ms": round(alone[int(len(alone) * 0.95)], 2),
            "replies_per_s": round(rate, 1),
            "busy_p50_ms": round(statistics.median(together), 1),
            "busy_p95_ms": round(cuts[18], 1),
            "rss_mb": round(resident(pid) / 2**20, 1),
            "messages": float(messages),
        }


def best(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the better of each figure: the highest rate, the lowest of all others."""
    return {name: (max if name == "replies_per_s" else min)(run[name] for run in runs) for name in runs[0]}


async def main(messages: int, people: int) -> dict[str, Any]:
    """Return both bots' figures and their ratios."""
    bare: list[dict[str, float]] = []
    coach: list[dict[str, float]] = []
    for _ in range(2):
        bare.append(await measure("tests.benchmarks.slack_echo", messages=messages, people=people))
        with tempfile.TemporaryDirectory() as folder:
            coach.append(await measure("tests.slack_child", folder, messages=messages, people=people))
    ours, theirs = best(coach), best(bare)
    names = ("p50_ms", "p95_ms", "replies_per_s", "busy_p50_ms", "busy_p95_ms")
    ratios = {name: round(ours[name] / theirs[name], 2) for name in names}
    return {"coach": ours, "bare_bolt": theirs, "coach_to_bare": ratios}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--people", type=int, default=50)
    args = parser.parse_args()
    assert Path("tests").is_dir(), "run it from the project's folder"
    sys.stdout.write(json.dumps(asyncio.run(main(args.messages, args.people)), indent=1) + "\n")
