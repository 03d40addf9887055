"""When people in Slack do not want to be disturbed, as far as Slack tells: their daily hours, not what they snooze for a while."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mediation_coach import logs
from mediation_coach.adapters.slack_client import Identities, Web, answered
from mediation_coach.adapters.slack_memory import Bounded
from mediation_coach.adapters.slack_reading import split_workspace
from mediation_coach.domain.chat import Person
from mediation_coach.errors import AdapterError, TryLater

AT_ONCE = 50
TAKES = 3.0
KEPT = timedelta(minutes=5)

log = logs.get("slack")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Someone's next or present do-not-disturb hours, in seconds since 1970, and when Slack told them."""

    begin: float
    end: float
    told_at: datetime


class QuietTimes:
    """Asks Slack for do-not-disturb hours, fifty people a call. Where it cannot, nobody counts as quiet."""

    def __init__(self, web: Web, identities: Identities) -> None:
        """Ask with the tokens of `identities`."""
        self._web = web
        self._identities = identities
        self._known: Bounded[str, Hours] = Bounded()
        self._rest_until = 0.0

    async def of(self, people: Sequence[Person], *, now: datetime) -> dict[str, datetime]:
        """Return the end of the hours that each of these is in at `now`, by their key."""
        unknown = [p for p in people if (h := self._known.get(p.key)) is None or now - h.told_at > KEPT]
        by_workspace: dict[str, list[Person]] = defaultdict(list)
        for person in unknown:
            by_workspace[person.workspace].append(person)
        for workspace, some in by_workspace.items():
            for start in range(0, len(some), AT_ONCE):
                await self._ask(workspace, some[start : start + AT_ONCE], now)
        return {
            person.key: datetime.fromtimestamp(hours.end, UTC)
            for person in people
            if (hours := self._known.get(person.key)) is not None and hours.begin <= now.timestamp() < hours.end
        }

    async def _ask(self, workspace: str, people: Sequence[Person], now: datetime) -> None:
        if time.monotonic() < self._rest_until:
            return
        try:
            async with asyncio.timeout(TAKES):
                client = self._web.client((await self._identities.of(workspace)).token)
                team = split_workspace(workspace)[1] or None
                told = await answered(client.dnd_teamInfo(users=[person.id for person in people], team_id=team))
        except (AdapterError, TimeoutError) as exc:
            wait = exc.retry_after.total_seconds() if isinstance(exc, TryLater) else TAKES
            self._rest_until = time.monotonic() + wait
            log.info("slack_quiet_times_not_read", error=type(exc).__name__, why=getattr(exc, "reason", ""))
            return
        for person in people:
            hours = (told.get("users") or {}).get(person.id) or {}
            on = bool(hours.get("dnd_enabled"))
            self._known[person.key] = Hours(
                begin=float(hours.get("next_dnd_start_ts") or 0) if on else 0.0,
                end=float(hours.get("next_dnd_end_ts") or 0) if on else 0.0,
                told_at=now,
            )
