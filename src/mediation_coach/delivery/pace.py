"""How fast: token buckets for people who write, and for the places the coach writes to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mediation_coach.delivery.settings import Pace
from mediation_coach.domain.chat import Conversation

REMEMBERED = 20_000


class Buckets:
    """A token bucket for each name. A name not seen for long has a full one again, so few need remembering."""

    def __init__(self, rate: float, burst: int) -> None:
        """Refill `rate` tokens a second up to `burst`; a rate of 0 never limits."""
        self._rate = rate
        self._burst = burst
        self._full_at: OrderedDict[str, datetime] = OrderedDict()

    def wait(self, name: str, now: datetime) -> timedelta:
        """Return how long until `name` may take a token."""
        if not self._rate:
            return max(self._full_at.get(name, now) - now, timedelta(0))
        spare = timedelta(seconds=(self._burst - 1) / self._rate)
        return max(self._full_at.get(name, now) - spare - now, timedelta(0))

    def take(self, name: str, now: datetime) -> None:
        """Take a token; the bucket may go into debt, and then `wait` grows."""
        if self._rate:
            self._put(name, max(self._full_at.get(name, now), now) + timedelta(seconds=1 / self._rate))

    def empty(self, name: str, until: datetime) -> None:
        """Let nobody take a token of `name` before `until`."""
        spare = timedelta(seconds=(self._burst - 1) / self._rate) if self._rate else timedelta(0)
        self._put(name, max(self._full_at.get(name, until), until + spare))

    def _put(self, name: str, full_at: datetime) -> None:
        self._full_at[name] = full_at
        self._full_at.move_to_end(name)
        if len(self._full_at) > REMEMBERED:
            self._full_at.popitem(last=False)


class PlatformPace:
    """The pace of each platform: by conversation, and by workspace."""

    def __init__(self, paces: Mapping[str, Pace]) -> None:
        """Keep the pace of each adapter named in `paces`, and no limit for others."""
        self._paces = dict(paces)
        self._conversations: dict[str, Buckets] = {}
        self._workspaces: dict[str, Buckets] = {}

    def wait(self, to: Conversation, now: datetime) -> timedelta:
        """Return how long to wait before writing to `to`."""
        conversation, workspace = self._buckets(to.adapter)
        return max(conversation.wait(_room(to), now), workspace.wait(to.workspace, now))

    def take(self, to: Conversation, now: datetime) -> None:
        """Count one message to `to`."""
        conversation, workspace = self._buckets(to.adapter)
        conversation.take(_room(to), now)
        workspace.take(to.workspace, now)

    def rest(self, to: Conversation, until: datetime) -> None:
        """Write nothing to the workspace of `to` before `until`: its platform asked for it."""
        self._buckets(to.adapter)[1].empty(to.workspace, until)

    def _buckets(self, adapter: str) -> tuple[Buckets, Buckets]:
        if adapter not in self._conversations:
            pace = self._paces.get(adapter, Pace())
            self._conversations[adapter] = Buckets(pace.conversation_per_second, pace.conversation_burst)
            self._workspaces[adapter] = Buckets(pace.workspace_per_second, pace.workspace_burst)
        return self._conversations[adapter], self._workspaces[adapter]


def _room(to: Conversation) -> str:
    return f"{to.workspace}/{to.room}"


Clock = Callable[[], datetime]


def back_off(attempt: int, longest: float, luck: float) -> timedelta:
    """Return how long to wait after the `attempt`-th failure: 1, 2, 4 … seconds up to `longest`, less up to a quarter by `luck`."""
    return timedelta(seconds=min(2.0 ** min(attempt - 1, 60), longest) * (1 - luck / 4))
