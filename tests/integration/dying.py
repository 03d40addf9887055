"""A coach that dies at a step of its own choice: `die` names the step, `after` how often it is done before."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from mediation_coach.delivery.inbox import Inbox
from mediation_coach.store.opening import StoreSettings
from mediation_coach.store.sql import SqlStore
from tests.integration import wire

TOO_LONG = 10.0
STEPS: dict[str, tuple[type, tuple[str, ...], bool]] = {
    "taken, not safe": (SqlStore, ("accept_and_hold", "accept"), True),
    "answered": (SqlStore, ("finish_and_hold", "finish"), False),
    "answer half written": (SqlStore, ("put_out_and_hold",), True),
    "answer written": (SqlStore, ("finish_and_hold", "finish"), True),
    "safe, platform not told": (Inbox, ("accept",), True),
    "about to send": (wire.Wire, ("send",), False),
    "sent": (wire.Wire, ("send",), True),
    "mark half written": (SqlStore, ("_settle",), True),
    "marked, not safe": (SqlStore, ("settle",), True),
}
"""Each step by its functions, and whether death comes when one of them has returned or before it begins."""


def die_at(step: str, after: int) -> None:
    """Let this process kill itself at `step`, once it was there `after` times."""
    owner, names, late = STEPS[step]
    left = after

    def reached(now: bool) -> None:
        nonlocal left
        if now:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def deadly(done: Callable[..., Any]) -> Callable[..., Any]:
        async def waits(*args: Any, **more: Any) -> Any:
            reached(not late)
            result = await done(*args, **more)
            reached(late)
            return result

        def waits_not(*args: Any, **more: Any) -> Any:
            reached(not late)
            result = done(*args, **more)
            reached(late)
            return result

        return waits if asyncio.iscoroutinefunction(done) else waits_not

    for name in names:
        setattr(owner, name, deadly(getattr(owner, name)))


async def coach(options: dict[str, Any]) -> None:
    """Be a coach until killed, by itself or by others."""
    if options["die"]:
        die_at(options["die"], options["after"])
        asyncio.get_running_loop().call_later(TOO_LONG, os._exit, 1)
    settings = StoreSettings(url=SecretStr(options["url"]), keys=SecretStr(options["keys"]))
    store = await SqlStore.open(settings, folder=Path.cwd())
    await wire.build(store, wire.Wire(options["port"], idempotent=options["idempotent"])).run()
    await store.close()


if __name__ == "__main__":
    wire.main(coach)
