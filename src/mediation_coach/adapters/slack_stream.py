"""An answer that appears while it is being written, and is whole at the end whatever happens to the stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from mediation_coach import logs
from mediation_coach.adapters.slack_client import answered
from mediation_coach.adapters.slack_format import Part, metadata
from mediation_coach.adapters.slack_text import pieces
from mediation_coach.errors import AdapterError

ENOUGH = 400
EVERY = 1.0
APPEND = 12_000

log = logs.get("slack")


class SlackStream:
    """One streaming message. One writer at a time; a stream that dies costs nothing but the effect.

    Words are sent in lumps, at most about one call a second, because all streams of a workspace share one limit.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        *,
        channel: str,
        thread: str,
        team: str,
        person: str,
        key: str,
        post: Callable[[Part, int, int], Awaitable[str]],
    ) -> None:
        """`post` sends a part as an ordinary message and returns its ts."""
        self._client = client
        self._channel = channel
        self.thread = thread
        self._recipient: dict[str, Any] = {"recipient_team_id": team, "recipient_user_id": person} if person else {}
        self._key = key
        self._post = post
        self._ts = ""
        self._waiting = ""
        self._shown = ""
        self._alive = bool(thread)
        self._last = 0.0
        self._writing = asyncio.Lock()

    async def append(self, markdown: str) -> None:
        """Add words; they are shown soon. Never raises."""
        async with self._writing:
            self._waiting += markdown
            if self._alive and (len(self._waiting) >= ENOUGH or time.monotonic() - self._last >= EVERY):
                await self._flush()

    async def finish(self, parts: list[Part]) -> str:
        """Make the message say exactly `parts`, and return the ts of its last one.

        Raises:
            TryLater, NotDelivered: as an ordinary message would.
        """
        async with self._writing:
            if self._alive and self._ts:
                await self._quietly(self._client.chat_stopStream(channel=self._channel, ts=self._ts))
            ts = await self._settled(parts[0], len(parts))
            for number, part in enumerate(parts[1:], start=1):
                ts = await self._post(part, number, len(parts))
            return ts

    async def _settled(self, part: Part, of: int) -> str:
        if self._ts and part.image is None:
            update = self._client.chat_update(
                channel=self._channel,
                ts=self._ts,
                text=part.text,
                blocks=list(part.blocks),
                metadata=metadata(self._key, 0, of),
            )
            if await self._quietly(update):
                return self._ts
        return await self._post(part, 0, of)

    async def _flush(self) -> None:
        self._last = time.monotonic()
        for piece in pieces(self._waiting, APPEND):
            if not self._alive:
                return
            await self._show(piece)
        self._waiting = ""

    async def _show(self, words: str) -> None:
        if self._ts:
            append = self._client.chat_appendStream(channel=self._channel, ts=self._ts, markdown_text=words)
            self._alive = await self._quietly(append)
            return
        start = self._client.chat_startStream(
            channel=self._channel, thread_ts=self.thread, markdown_text=words, **self._recipient
        )
        try:
            self._ts = (await answered(start)).get("ts", "")
        except AdapterError as exc:
            self._alive = False
            log.info("slack_stream_not_started", why=exc.reason)

    @staticmethod
    async def _quietly(doing: Awaitable[Any]) -> bool:
        try:
            await answered(doing)
        except AdapterError as exc:
            log.info("slack_stream_ended", why=exc.reason)
            return False
        return True
