"""A message that appears while it is being written, and is exactly the reply at the end, whatever happens to it before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from mediation_coach import logs
from mediation_coach.adapters.slack_client import answered
from mediation_coach.adapters.slack_format import Part, render
from mediation_coach.adapters.slack_reading import ADAPTER
from mediation_coach.adapters.slack_text import uncalled
from mediation_coach.domain.chat import Reply, Text
from mediation_coach.errors import NotDelivered, TryLater

APPEND = 12_000

log = logs.get("slack")


class HalfMessage:
    """The message of one answer before the answer is whole. One call at a time.

    In a thread Slack streams it; elsewhere, where Slack streams nothing, an ordinary message is changed. Words that do not go on
    from those already streamed are kept back: `become` says them all.
    """

    def __init__(
        self, client: AsyncWebClient, *, channel: str, thread: str, recipient: dict[str, Any], ts: str = ""
    ) -> None:
        """Nothing is there yet; or, with `ts`, a message that an earlier life began and that is only to be replaced.

        `recipient` is who is answered: Slack wants to know in channels.
        """
        self._client = client
        self._channel = channel
        self._thread = thread
        self._recipient = recipient
        self._streamed = ""
        self._ended = bool(ts)
        self._calling = asyncio.Lock()
        self.ts = ts

    async def show(self, so_far: str) -> str:
        """Let the message say this Markdown; return its ts.

        Raises:
            TryLater: busy, or out of reach.
            NotDelivered: nothing more can be shown before the end.
        """
        async with self._calling:
            if self._ended:
                raise NotDelivered(ADAPTER, "only the whole answer can be shown")
            if self._thread:
                await self._stream(so_far)
            else:
                await self._change(so_far)
            return self.ts

    async def become(self, part: Part, metadata: dict[str, Any]) -> bool:
        """Make the message say exactly `part`; False where there is none, or Slack does not let it be changed any more.

        Raises:
            TryLater: busy, or out of reach; the same call may be made again.
        """
        async with self._calling:
            if not self.ts or part.image is not None:
                return False
            self._ended = True
            if self._thread:
                await _allowed(self._client.chat_stopStream(channel=self._channel, ts=self.ts))
            update = self._client.chat_update(
                channel=self._channel, ts=self.ts, text=part.text, blocks=list(part.blocks), metadata=metadata
            )
            return await _allowed(update)

    async def remove(self) -> None:
        """Take the message away, since the answer stands elsewhere.

        Raises:
            TryLater: busy, or out of reach.
        """
        async with self._calling:
            if self.ts and await _allowed(self._client.chat_delete(channel=self._channel, ts=self.ts)):
                self.ts = ""

    async def _stream(self, so_far: str) -> None:
        words = uncalled(so_far)
        more = words.removeprefix(self._streamed)[:APPEND]
        if not more or not words.startswith(self._streamed):
            return
        if self.ts:
            await self._said(self._client.chat_appendStream(channel=self._channel, ts=self.ts, markdown_text=more))
        else:
            start = self._client.chat_startStream(
                channel=self._channel, thread_ts=self._thread, markdown_text=more, **self._recipient
            )
            self.ts = str((await self._said(start))["ts"])
        self._streamed += more

    async def _change(self, so_far: str) -> None:
        part = render(Reply(blocks=(Text(markdown=so_far),)))[0]
        said: dict[str, Any] = {"channel": self._channel, "text": part.text, "blocks": list(part.blocks)}
        if self.ts:
            await self._said(self._client.chat_update(ts=self.ts, **said))
        else:
            post = self._client.chat_postMessage(**said, unfurl_links=False, unfurl_media=False)
            self.ts = str((await self._said(post))["ts"])

    async def _said(self, call: Awaitable[Any]) -> dict[str, Any]:
        """Return what Slack answers. After a refusal, or where nobody knows what came of it, only the end is told."""
        try:
            return await answered(call, sends=True)
        except TryLater as exc:
            self._ended = exc.sent_unknown
            raise
        except NotDelivered:
            self._ended = True
            raise


async def _allowed(call: Awaitable[Any]) -> bool:
    """Return whether Slack did it, and not refused for good."""
    try:
        await answered(call)
    except NotDelivered as exc:
        log.info("slack_half_message", why=exc.reason)
        return False
    return True
