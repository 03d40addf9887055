"""Slack: what goes out, and the life of the connection. What comes in is in `slack_doorstep`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from mediation_coach import logs
from mediation_coach.adapters.slack_client import Identities, OneWorkspace, Web, answered
from mediation_coach.adapters.slack_doorstep import Doorstep
from mediation_coach.adapters.slack_format import Part, home_view, key_of, metadata, render, title_of
from mediation_coach.adapters.slack_forms import Languages
from mediation_coach.adapters.slack_http import serving
from mediation_coach.adapters.slack_memory import Bounded, Memory
from mediation_coach.adapters.slack_oauth import ManyWorkspaces, oauth_flow
from mediation_coach.adapters.slack_options import SlackOptions, read_options
from mediation_coach.adapters.slack_quiet import QuietTimes
from mediation_coach.adapters.slack_reading import ADAPTER, ASIDE, message_id
from mediation_coach.adapters.slack_sockets import Sockets
from mediation_coach.adapters.slack_stream import HalfMessage
from mediation_coach.domain.chat import HOME, Conversation, Image, Person, Reply, ReplyKind, Text
from mediation_coach.errors import AdapterError, ConfigError, NotDelivered, TryLater
from mediation_coach.ports import Capabilities, Receive, SecretBox, Showing

Json = dict[str, Any]

PAGE = 200
PAGES = 20
STATUS_TAKES = 3.0
CLOCKS_APART = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PICTURE_TAKES = timedelta(seconds=3)
STREAMED = Showing(every=1.0, most=100, a_minute=60)
CHANGED = Showing(every=3.0, most=20, a_minute=30)
NOT_THERE = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived"})
NOT_READY = frozenset({"invalid_blocks", "file_not_found"})

log = logs.get("slack")


class SlackAdapter:
    """The coach in Slack: direct messages, mentions, threads, a command, shortcuts, modals, and a home tab."""

    name = ADAPTER
    Options = SlackOptions
    read_options = staticmethod(read_options)

    def __init__(
        self,
        options: SlackOptions,
        *,
        box: SecretBox | None = None,
        labels: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Keep the options; nothing is opened yet. `box` keeps the tokens of several workspaces.

        `labels` are the words on Slack's controls, by language and name; without them they are in English.

        Raises:
            ConfigError: several workspaces are set and there is no `box`.
        """
        self.capabilities = Capabilities(
            buttons=True,
            forms=True,
            images=options.files,
            home=True,
            asides=True,
            edits=True,
            typing=True,
            threads=True,
            look_up=True,
            longest_text=12_000,
            conversation_per_second=1,
            workspace_per_second=5,
        )
        self._options = options
        self._languages = Languages(labels)
        self._web = Web(options)
        self._memory = Memory()
        self._halves: Bounded[str, HalfMessage] = Bounded()
        self._left: Bounded[str, str] = Bounded()
        self._box = box
        self._identities = self._who()
        self._quiet = QuietTimes(self._web, self._identities)
        self._sockets: Sockets | None = None
        self._listening_on: int | None = None
        self._trouble: str | None = None

    @property
    def port(self) -> int | None:
        """The port of the web server while it is open."""
        return self._listening_on

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled. An event is acknowledged only after `receive` returned; otherwise it comes again."""
        door = Doorstep(
            self._options,
            web=self._web,
            identities=self._identities,
            memory=self._memory,
            receive=receive,
            direct=self.direct_conversation,
            languages=self._languages,
        )
        flow = oauth_flow(self._web, self._options, self._box) if self._box and self._options.many_workspaces else None
        try:
            async with AsyncExitStack() as open_:
                if not self._options.many_workspaces:
                    await self._introduce()
                if self._options.mode == "http" or flow is not None:
                    self._listening_on = await open_.enter_async_context(serving(self._options, door.dispatch, flow))
                if self._options.mode == "socket":
                    await self._hold_sockets(door)
                else:
                    await asyncio.Event().wait()
        finally:
            self._listening_on = self._sockets = None

    async def send(self, to: Conversation, reply: Reply, *, key: str) -> str:
        """Send `reply` and return the id of its last message. Parts known to have arrived are not sent again.

        Where the answer was seen while it was written, its first part takes the place of the half message.
        """
        if reply.language:
            self._memory.languages[to.key] = reply.language
        if reply.home or to.room.startswith(HOME):
            return await self._publish(to, reply)
        if reply.aside or to.thread.startswith(ASIDE):
            return await self._whisper(to, reply, key=key)
        client = await self._client(to.workspace)
        parts = self._parts(reply)
        half = await self._half(to, key) if key in self._halves or key in self._left else None
        sent = self._memory.sent[key] = self._memory.sent.get(key) or {}
        try:
            if half is not None and 0 not in sent and await half.become(parts[0], metadata(key, 0, len(parts))):
                sent[0] = half.ts
            for number, part in enumerate(parts):
                if number not in sent:
                    sent[number] = await self._post(client, to, part, key=key, number=number, of=len(parts))
            if half is not None and half.ts != sent[0]:
                await half.remove()
        except TryLater as exc:
            if sent and not exc.sent_unknown:  # so that what has arrived is looked up, also after a restart
                raise TryLater(self.name, exc.reason, exc.retry_after, sent_unknown=True) from exc
            raise
        if reply.kind is ReplyKind.ANSWER:
            await self._entitle(client, to, reply)
        for known in (self._halves, self._left):
            known.pop(key, None)
        return message_id(to.room, sent[len(parts) - 1])

    async def find_sent(self, to: Conversation, *, key: str) -> str | None:
        """Return the id of the last message sent under `key`, or None where not all of them are there.

        Those that are there are remembered, so that `send` with the same key adds only what is missing.
        """
        if to.room.startswith(HOME):
            return None  # a home tab is replaced, so showing it again does nothing
        if to.thread.startswith(ASIDE):  # Slack keeps no asides; where one was not possible it is in direct messages
            to = await self.direct_conversation(self._person(to, to.thread.removeprefix(ASIDE)))
        found: dict[int, str] = {}
        async for message in self._history(to):
            ours = key_of(message)
            if ours is None or ours[0] != key:
                continue
            _, number, of = ours
            found[number] = message["ts"]
            if len(found) == of:
                return message_id(to.room, found[of - 1])
        if found:
            self._memory.sent[key] = found
        return None

    async def direct_conversation(self, person: Person) -> Conversation:
        """Return the private conversation with `person`, opening it where needed."""
        room = self._memory.direct.get(person.key)
        workspace = person.workspace or (await self._identities.of("")).workspace
        if room is None:
            client = await self._client(workspace)
            opened = await answered(client.conversations_open(users=person.id))
            room = self._memory.direct[person.key] = str(opened["channel"]["id"])
        return Conversation(adapter=self.name, workspace=workspace, room=room, private=True)

    async def quiet_until(self, people: Sequence[Person], *, now: datetime) -> Mapping[str, datetime]:
        """Return the end of the do-not-disturb hours that each of these is in, by their key. Never raises."""
        return await self._quiet.of(people, now=now) if self._options.check_ins else {}

    async def working(self, at: Conversation, busy: bool) -> None:
        """Show, or stop showing, that an answer is being looked up. Never raises."""
        try:
            async with asyncio.timeout(STATUS_TAKES):
                await self._show_status(at, busy)
        except (AdapterError, TimeoutError) as exc:
            log.debug("slack_status_not_shown", error=type(exc).__name__)

    def showing(self, to: Conversation) -> Showing | None:
        """Return how answers may be shown while they are written: streamed in threads, else by changing a message."""
        if not self._options.streaming or to.thread.startswith(ASIDE) or to.room.startswith(HOME):
            return None
        return STREAMED if to.thread else CHANGED

    async def show(self, to: Conversation, so_far: str, *, key: str, person: Person) -> str:
        """Let the half message of `key` say this Markdown; return its ts.

        Raises:
            TryLater: busy, or out of reach.
            NotDelivered: nothing more can be shown before the end.
        """
        return await (await self._half(to, key, person.id)).show(so_far)

    def take_up(self, *, key: str, half: str) -> None:
        """Know that an earlier life left the message `half` under `key`."""
        self._left[key] = half

    async def find_half(self, to: Conversation, *, key: str, since: datetime) -> str:
        """Return the newest message of ours since then that no reply has taken the place of; a stream carries no key.

        `since` is by our clock and Slack's may be behind it, so a few seconds before count as since then.

        Raises:
            TryLater: busy, or out of reach.
            NotDelivered: the conversation cannot be read.
        """
        me, earliest = (await self._identities.of(to.workspace)).user, since.timestamp() - CLOCKS_APART
        ours = [m["ts"] async for m in self._history(to) if m.get("user") == me and key_of(m) is None]
        return max((ts for ts in ours if float(ts) >= earliest), default="")

    async def _half(self, to: Conversation, key: str, person: str = "") -> HalfMessage:
        if key not in self._halves:
            identity = await self._identities.of(to.workspace)
            team, who = identity.team or identity.enterprise, person or self._memory.asker.get(to.key, "")
            self._halves[key] = HalfMessage(
                self._web.client(identity.token),
                channel=to.room,
                thread=to.thread,
                recipient={"recipient_team_id": team, "recipient_user_id": who} if who else {},
                ts=self._left.get(key, ""),
            )
        return self._halves[key]

    async def ready(self) -> str | None:
        """Return None when connected, else what is wrong in a few words."""
        if self._trouble is not None:
            return self._trouble
        if self._options.mode == "http":
            return None if self._listening_on is not None else "the web server for Slack is not open"
        return self._sockets.trouble() if self._sockets is not None else "not running"

    async def close(self) -> None:
        """Let go of connections."""
        await self._web.close()

    def _who(self) -> Identities:
        if not self._options.many_workspaces:
            return OneWorkspace(self._web, self._options.bot_token.get_secret_value())
        if self._box is None:
            raise ConfigError("several Slack workspaces need a store for their tokens; set up the store first")
        return ManyWorkspaces(self._web, self._options, self._box)

    async def _introduce(self) -> None:
        """Ask Slack who we are, until it says so: without that, nothing that arrives could be taken."""
        pause = FIRST_PAUSE
        while True:
            try:
                await self._identities.of("")
            except AdapterError as exc:
                self._trouble = f"Slack says: {exc.reason}"
                log.warning("slack_not_authorised", why=exc.reason, seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                self._trouble = None
                return

    async def _hold_sockets(self, door: Doorstep) -> None:
        self._sockets = Sockets(
            self._options,
            session=self._web.session,
            proxy=self._web.proxy,
            address=self._socket_address,
            handle=door.envelope,
        )
        await self._sockets.run()

    async def _socket_address(self) -> str:
        token = self._options.app_token.get_secret_value()
        return str((await answered(self._web.client().apps_connections_open(app_token=token)))["url"])

    async def _client(self, workspace: str) -> AsyncWebClient:
        return self._web.client((await self._identities.of(workspace)).token)

    def _parts(self, reply: Reply) -> list[Part]:
        if not self._options.files:
            blocks = (Text(markdown=b.alt) if isinstance(b, Image) else b for b in reply.blocks)
            reply = replace(reply, blocks=tuple(blocks))
        return render(reply, feedback=self._options.feedback, labels=self._languages.of(reply.language))

    async def _post(
        self, client: AsyncWebClient, to: Conversation, part: Part, *, key: str, number: int, of: int
    ) -> str:
        blocks = list(part.blocks)
        if part.image is not None:
            blocks.insert(0, await self._uploaded(client, part.image))
        post = client.chat_postMessage(
            channel=to.room,
            thread_ts=to.thread or None,
            text=part.text,
            blocks=blocks or None,
            metadata=metadata(key, number, of),
            unfurl_links=False,
            unfurl_media=False,
        )
        try:
            return str((await answered(post, sends=True))["ts"])
        except NotDelivered as exc:
            if part.image is not None and exc.reason in NOT_READY:
                raise TryLater(self.name, "the picture is not ready", PICTURE_TAKES) from exc
            raise

    async def _uploaded(self, client: AsyncWebClient, image: Image) -> Json:
        """Return a block with the picture, which is uploaded for it and shared with nobody else."""
        upload = client.files_upload_v2(
            content=image.png, filename=image.name, title=image.alt[:200], alt_txt=image.alt
        )
        file = (await answered(upload))["file"]
        return {"type": "image", "slack_file": {"id": file["id"]}, "alt_text": image.alt[:2000]}

    async def _publish(self, to: Conversation, reply: Reply) -> str:
        client = await self._client(to.workspace)
        person = to.room.removeprefix(HOME) if to.room.startswith(HOME) else reply.aside_for or self._owner(to)
        labels = self._languages.of(reply.language)
        told = await answered(client.views_publish(user_id=person, view=home_view(reply, labels)))
        return f"{HOME}{person}:{told.get('view', {}).get('id', '')}"

    def _owner(self, to: Conversation) -> str:
        """Return whose direct conversation `to` is, as far as is known since the start."""
        keys = (key for key, room in self._memory.direct.items() if room == to.room)
        person = next(keys, "").rpartition("/")[2]
        if not person:
            raise NotDelivered(self.name, "a home tab of nobody in particular")
        return person

    async def _whisper(self, to: Conversation, reply: Reply, *, key: str) -> str:
        """Say something that only one person sees; where that cannot be done in place, in their direct messages."""
        person = self._aside_for(to, reply)
        if to.private and not to.thread.startswith(ASIDE):
            return await self.send(to, replace(reply, aside=False), key=key)
        if not person:
            raise NotDelivered(self.name, "an aside for nobody in particular")
        sent = self._memory.sent[key] = self._memory.sent.get(key) or {}
        parts = render(reply, surface="aside", labels=self._languages.of(reply.language))
        try:
            for number, part in enumerate(parts):
                if number not in sent:
                    sent[number] = await self._whispered(to, person, part)
        except NotDelivered as exc:
            if exc.reason not in NOT_THERE:
                raise
            own = await self.direct_conversation(self._person(to, person))
            return await self.send(own, replace(reply, aside=False), key=key)
        return message_id(to.room, sent[len(parts) - 1])

    def _person(self, at: Conversation, id_: str) -> Person:
        return Person(adapter=self.name, workspace=at.workspace, id=id_)

    def _aside_for(self, to: Conversation, reply: Reply) -> str:
        if to.thread.startswith(ASIDE):
            return to.thread.removeprefix(ASIDE)
        return reply.aside_for or self._memory.asker.get(to.key, "")

    async def _whispered(self, to: Conversation, person: str, part: Part) -> str:
        said: Json = {"text": part.text, "blocks": list(part.blocks)}
        url = self._memory.urls.get(to.key)
        if url is not None and url.left > 0 and time.monotonic() < url.until:
            url.left -= 1
            if await self._responded(url.url, said):
                return f"aside-{time.time_ns()}"
        client = await self._client(to.workspace)
        thread = None if to.thread.startswith(ASIDE) else to.thread or None
        whisper = client.chat_postEphemeral(channel=to.room, user=person, thread_ts=thread, **said)
        return str((await answered(whisper))["message_ts"])

    async def _responded(self, url: str, said: Json) -> bool:
        """Return whether a command's or a button's own address took the words."""
        body = {**said, "response_type": "ephemeral", "replace_original": False}
        try:
            async with self._web.session.post(url, json=body, proxy=self._web.proxy) as response:
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    async def _show_status(self, at: Conversation, busy: bool) -> None:
        ts = self._memory.newest.get(at.key, "") if busy else self._memory.busy.pop(at.key, "")
        if at.room.startswith(HOME) or at.thread.startswith(ASIDE) or not (at.thread or ts):
            return
        if busy:
            self._memory.busy[at.key] = ts
        client = await self._client(at.workspace)
        try:
            await answered(self._status(client, at, at.thread or ts, busy))
        finally:
            if self._options.reactions and ts:
                react = client.reactions_add if busy else client.reactions_remove
                await answered(react(channel=at.room, name="eyes", timestamp=ts))

    def _status(self, client: AsyncWebClient, at: Conversation, thread: str, busy: bool) -> Any:
        if self._options.agent_view:
            status = "processing" if busy else "active"
            return client.agents_sessions_setStatus(channel_id=at.room, thread_ts=thread, status=status)
        words = self._languages.of(self._memory.languages.get(at.key, "")).working if busy else ""
        return client.assistant_threads_setStatus(channel_id=at.room, thread_ts=thread, status=words)

    async def _entitle(self, client: AsyncWebClient, at: Conversation, reply: Reply) -> None:
        """Give a session that its first question has begun a title, where Slack shows one. Never raises."""
        newest = self._memory.newest.get(at.key, "")
        if self._memory.untitled.pop(at.key, False):
            titling = client.assistant_threads_setTitle(channel_id=at.room, thread_ts=at.thread, title=title_of(reply))
        elif self._options.agent_view and newest and at.thread in ("", newest):
            titling = client.agents_sessions_rename(channel_id=at.room, thread_ts=newest, title=title_of(reply))
        else:
            return
        try:
            async with asyncio.timeout(STATUS_TAKES):
                await answered(titling)
        except (AdapterError, TimeoutError) as exc:
            log.debug("slack_title_not_shown", error=type(exc).__name__)

    async def _history(self, to: Conversation) -> AsyncIterator[Json]:
        """Yield the messages of a conversation, as far back as a second attempt can be: a thread's, or a channel's own."""
        client = await self._client(to.workspace)
        since: Json = {
            "channel": to.room,
            "oldest": f"{time.time() - self._options.look_back:.6f}",
            "limit": PAGE,
            "include_all_metadata": True,
        }
        cursor = None
        for _ in range(PAGES):
            if to.thread:
                asking = client.conversations_replies(**since, ts=to.thread, cursor=cursor)
            else:
                asking = client.conversations_history(**since, cursor=cursor)
            try:
                page = await answered(asking)
            except AdapterError as exc:
                if exc.reason == "missing_scope":  # the channel may be written to, not read: nothing can be found
                    return
                raise
            for message in page.get("messages", []):
                yield message
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
