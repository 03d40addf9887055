"""The coach on Matrix with its real inbox and outbox on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mediation_coach.adapters.matrix import MatrixAdapter, MatrixOptions
from mediation_coach.delivery.inbox import Inbox, Says
from mediation_coach.delivery.outbox import Outbox
from mediation_coach.delivery.settings import DeliverySettings
from mediation_coach.domain.chat import ConversationState, Event, Reply
from mediation_coach.ports import Handle
from mediation_coach.store.sql import SqlStore
from mediation_coach.testing import saying
from tests.matrix_people import echo, eventually


async def answer(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
    """Answer every message with its own words."""
    return echo(event), state


@asynccontextmanager
async def house(options: MatrixOptions, store: SqlStore, handle: Handle = answer) -> AsyncIterator[MatrixAdapter]:
    """Run the coach while the block lasts, answering by `handle`."""
    adapter = MatrixAdapter(options)
    quick = DeliverySettings(person_per_minute=6000, person_burst=1000)
    outbox = Outbox(store, {"matrix": adapter}, settings=quick)
    kind = saying("a kind word")
    says = Says(busy=lambda _: kind, full=lambda _: kind, too_fast=lambda _: kind, sorry=lambda _: saying("sorry"))
    inbox = Inbox(
        store,
        handle,
        adapters=["matrix"],
        says=says,
        settings=quick,
        show_working=adapter.working,
        outbox=outbox,
    )
    work: list[Any] = [adapter.run(inbox.accept), inbox.work(), outbox.deliver()]
    tasks = [asyncio.create_task(w) for w in work]
    try:
        await eventually(lambda: adapter._connected.is_set())
        yield adapter
    finally:
        tasks[0].cancel()
        await inbox.drain(5)
        await outbox.drain(5)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
