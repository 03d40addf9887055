"""A small Slack on loopback that speaks Slack's wire protocol: Web API, Socket Mode, signed HTTP events, OAuth.

People write, press and open through its methods; what the app sends is held against Slack's documented limits and refused
as Slack refuses it. Its faults are Slack's own: payloads given twice, sockets cut, refreshed or silent, 429 and 500, and a
connection that is lost after the message was posted.
"""

from __future__ import annotations

# ruff: noqa: N802, N815 - handlers are named as the methods of the Web API
import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.slack_limits import faults

Json = dict[str, Any]

TEAM = "T0TEAM"
BOT = "U0COACH"
BOT_ID = "B0COACH"
BOT_TOKEN = "xoxb-fake"
APP_TOKEN = "xapp-fake"
SIGNING_SECRET = "fake signing secret"
CLIENT_ID = "fake.client"
CLIENT_SECRET = "fake client secret"
ALL_SCOPES = (
    "app_mentions:read,assistant:write,chat:write,commands,im:history,im:read,im:write,users:read,channels:history,"
    "groups:history,mpim:history,channels:read,groups:read,dnd:read,files:write,reactions:write"
)


SCOPES = {
    "agents.sessions.": "chat:write",
    "assistant.threads.": "assistant:write",
    "chat.": "chat:write",
    "conversations.open": "im:write",
    "files.": "files:write",
    "reactions.": "reactions:write",
    "users.info": "users:read",
}
HISTORY = {"im": "im:history", "channel": "channels:history", "group": "groups:history", "mpim": "mpim:history"}


@dataclass(slots=True, kw_only=True)
class Team:
    """A workspace that has the app, and the token it was given."""

    id: str
    bot: str = BOT
    token: str = BOT_TOKEN
    enterprise: str = ""
    scopes: str = ALL_SCOPES
    refresh: str = ""


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel with its messages, oldest first."""

    id: str
    team: str
    kind: str = "im"
    user: str = ""
    has_bot: bool = True
    shared_outside: bool = False
    messages: list[Json] = field(default_factory=list)
    ephemeral: list[Json] = field(default_factory=list)

    def message(self, ts: str) -> Json:
        """Return the message of a time stamp."""
        return next(m for m in self.messages if m["ts"] == ts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How a call fails: an HTTP status, an error in the answer, or no answer at all; `done` says that it was done first."""

    status: int = 200
    error: str = ""
    retry_after: int = 0
    dropped: bool = False
    done: bool = False


class Socket:
    """One Socket Mode connection, seen from Slack."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        self.ws = ws
        self.silent = False
        self.leaving = False

    async def send(self, message: Json) -> bool:
        """Send, or pretend to where the line is dead."""
        if self.silent:
            return True
        try:
            await self.ws.send_str(json.dumps(message))
        except (ConnectionError, RuntimeError, aiohttp.ClientError):
            return False
        return True


class SlackServer:
    """The server. `base_url` is what the adapter's `base_url` is set to."""

    def __init__(self, *, seed: int = 1) -> None:
        self.teams: dict[str, Team] = {BOT_TOKEN: Team(id=TEAM)}
        self.channels: dict[str, Channel] = {}
        self.people: dict[str, Json] = defaultdict(lambda: {"tz": "Africa/Nairobi", "locale": "en-GB"})
        self.quiet: dict[str, tuple[float, float]] = {}
        self.calls: list[tuple[str, Json]] = []
        self.refused: list[str] = []
        self.lost: list[Json] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.fail: Callable[[str, Json], Fault | None] | None = None
        self.views: dict[str, list[Json]] = defaultdict(list)
        self.homes: dict[str, Json] = {}
        self.files: dict[str, bytes] = {}
        self.streams: dict[str, str] = {}
        self.acks: dict[str, Json] = {}
        self.duplicates = 0.0
        self.ack_timeout = 2.0
        self.ahead = timedelta(0)
        self.retry_delays: tuple[float, ...] = (0.0, 0.5, 1.0, 2.0, 4.0)
        self.subscribed = {"message.im", "app_mention", "message.channels"}
        self.hears_itself = True
        self.on_post: Callable[[Channel], None] = lambda _: None
        self.http_target = ""
        self.base_url = ""
        self.posted = asyncio.Condition()
        self.connected = 0
        self._sockets: list[Socket] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._numbers = itertools.count(1)
        self._random = random.Random(seed)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._last: Json | None = None
        self._codes: dict[str, Team] = {}
        self._responses: dict[str, tuple[str, str, int]] = {}
        self._client: aiohttp.ClientSession | None = None
        self._turn = 0

    # -- people ---------------------------------------------------------------------------------------------------------

    def direct(self, user: str, *, team: str = TEAM) -> Channel:
        """Return the direct channel of a person with the app."""
        return self.channel(f"D{team}{user}", kind="im", user=user, team=team)

    def channel(
        self, id: str, *, kind: str = "channel", user: str = "", team: str = TEAM, has_bot: bool = True
    ) -> Channel:
        """Return a channel, made where it is new."""
        return self.channels.setdefault(id, Channel(id=id, team=team, kind=kind, user=user, has_bot=has_bot))

    async def say(self, user: str, text: str, *, channel: Channel | None = None, thread: str = "", **more: Any) -> str:
        """Let a person write; in a channel a mention arrives twice, as Slack sends it. Returns the time stamp."""
        at = channel or self.direct(user)
        ts = self._ts()
        message: Json = {"type": "message", "user": user, "text": text, "ts": ts, "client_msg_id": f"m-{ts}", **more}
        if thread:
            message["thread_ts"] = thread
        at.messages.append(message)
        told = {**message, "channel": at.id, "channel_type": at.kind, "event_ts": ts, "team": at.team}
        bot = self._team(at.team).bot
        mentioned = f"<@{bot}>" in text and at.kind != "im"
        if f"message.{'im' if at.kind == 'im' else 'channels'}" in self.subscribed:
            self.event(told, team=at.team)
        if mentioned:
            mention = {k: v for k, v in told.items() if k not in ("channel_type", "client_msg_id")}
            self.event({**mention, "type": "app_mention"}, team=at.team)
        return ts

    async def edit(self, user: str, channel: Channel, ts: str, text: str) -> None:
        """Let a person change a message."""
        message = channel.message(ts)
        before = dict(message)
        message.update(text=text, edited={"user": user, "ts": self._ts()})
        self.event(self._changed(channel, "message_changed", message=dict(message), previous_message=before))

    async def delete(self, channel: Channel, ts: str) -> None:
        """Let a person delete a message."""
        message = channel.message(ts)
        channel.messages.remove(message)
        self.event(self._changed(channel, "message_deleted", deleted_ts=ts, previous_message=message))

    async def press(self, user: str, channel: Channel, label: str, *, sure: bool = True) -> Json:
        """Press the newest button that says `label`, and return what the app acknowledged it with.

        Where Slack asks first whether one is `sure`, someone who is not has pressed nothing.
        """
        shown = [*channel.messages, *channel.ephemeral]
        for message in sorted(shown, key=lambda m: float(m["ts"]), reverse=True):
            if action := _button(message.get("blocks") or [], label):
                if "confirm" in action and not sure:
                    return {}
                return await self._interact(self._pressed(user, channel, message, action))
        raise LookupError(f"no button says {label!r}")

    async def press_home(self, user: str, label: str, *, sure: bool = True) -> Json:
        """Press a button of a person's home tab; where Slack asks first, only someone who is `sure` has pressed it."""
        action = _button(self.homes[user]["blocks"], label)
        assert action is not None
        if "confirm" in action and not sure:
            return {}
        view = {"id": f"V{user}", "type": "home"}
        return await self._interact(
            {
                **self._who(user),
                "type": "block_actions",
                "view": view,
                "container": {"type": "view", "view_id": view["id"]},
                "actions": [{**action, "action_ts": self._ts()}],
            }
        )

    async def submit(self, user: str, **values: str) -> Json:
        """Fill in and send the modal that is open, and return what the app acknowledged it with."""
        view = self.views[user].pop()
        state: Json = {}
        for block in view["blocks"]:
            if block["type"] == "input":
                state[block["block_id"]] = {"value": _filled(block["element"], values.get(block["block_id"], ""))}
        body = {**self._who(user), "type": "view_submission", "view": {**view, "state": {"values": state}}}
        return await self._interact(body)

    async def command(self, user: str, text: str, *, channel: Channel | None = None, command: str = "/coach") -> Json:
        """Type the slash command."""
        at = channel or self.direct(user)
        body = {
            "command": command, "text": text, "user_id": user, "team_id": at.team, "channel_id": at.id,
            "channel_name": "directmessage" if at.kind == "im" else at.id, "trigger_id": self._trigger(),
            "response_url": self._response_url(at.id, user), "token": "unused",
        }  # fmt: skip
        return await self._deliver("slash_commands", body)

    async def shortcut(self, user: str) -> Json:
        """Use the global shortcut."""
        return await self._interact({**self._who(user), "type": "shortcut", "callback_id": "ask_coach"})

    async def shortcut_on(self, user: str, channel: Channel, ts: str) -> Json:
        """Use the shortcut of a message."""
        body = {
            **self._who(user),
            "type": "message_action",
            "callback_id": "ask_coach_about",
            "message": channel.message(ts),
            "channel": {"id": channel.id},
            "response_url": self._response_url(channel.id, user),
        }
        return await self._interact(body)

    async def open_home(self, user: str, *, tab: str = "home") -> None:
        """Open the coach's home tab, or its messages tab."""
        self.event({"type": "app_home_opened", "user": user, "tab": tab, "channel": self.direct(user).id})

    async def uninstall(self, team: str = TEAM) -> None:
        """Remove the app from a workspace."""
        self.event({"type": "app_uninstalled"}, team=team)
        for token in [t for t, known in self.teams.items() if known.id == team]:
            del self.teams[token]

    def event(self, event: Json, *, team: str = TEAM, id: str = "") -> asyncio.Task[Json]:
        """Tell the app of an event; it is given again until it is acknowledged, and sometimes once more for nothing."""
        event.setdefault("event_ts", self._ts())
        enterprise = next((t.enterprise for t in self.teams.values() if t.id == team), "")
        body: Json = {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": "A0",
            "event": event,
            "event_id": id or f"Ev{next(self._numbers)}",
            "event_time": int(time.time()),
        }
        if enterprise:
            body["enterprise_id"] = enterprise
        at = self.channels.get(event["channel"]) if isinstance(event.get("channel"), str) else None
        if at is not None:
            body["is_ext_shared_channel"] = at.shared_outside
        self._last = body
        if self._random.random() < self.duplicates:
            self._soon(self._deliver("events_api", body))
        return self._soon(self._deliver("events_api", body))

    async def deliver_again(self) -> None:
        """Give the app its newest event once more."""
        assert self._last is not None
        await self._deliver("events_api", self._last)

    def seen(self, user: str, *, team: str = TEAM) -> list[str]:
        """Return the words a person sees from the app in their direct channel."""
        channel = self.direct(user, team=team)
        return [visible(m) for m in channel.messages if m["user"] != user]

    async def wait(self, holds: Callable[[], object], *, within: float = 20.0) -> None:
        """Return once `holds()` is true; it is asked again whenever the app has posted something."""
        async with asyncio.timeout(within), self.posted:
            await self.posted.wait_for(holds)

    # -- faults of the line -----------------------------------------------------------------------------------------------

    @property
    def sockets(self) -> list[Socket]:
        """The connections that are open and not silent."""
        return [s for s in self._sockets if not s.silent and not s.leaving]

    def cut(self) -> None:
        """Break every socket without a word."""
        for socket in self._sockets:
            transport = socket.ws._req.transport if socket.ws._req is not None else None
            if transport is not None:
                transport.abort()
        self._sockets.clear()

    def stall(self) -> None:
        """Leave every socket open and dead: nothing is read, nothing is sent, no ping is answered."""
        for socket in self._sockets:
            socket.silent = True

    async def refresh(self, *, grace: float = 0.5) -> None:
        """Ask the app to leave every socket, as Slack does every few hours, and close them after `grace`."""
        for socket in list(self._sockets):
            socket.leaving = True
            await socket.send({"type": "disconnect", "reason": "refresh_requested"})
            self._soon(self._close_after(socket, grace))

    async def _close_after(self, socket: Socket, grace: float) -> None:
        await asyncio.sleep(grace)
        self._forget(socket)
        await socket.ws.close()

    # -- delivery ---------------------------------------------------------------------------------------------------------

    async def _interact(self, body: Json) -> Json:
        return await self._deliver("interactive", body)

    async def _deliver(self, kind: str, payload: Json) -> Json:
        for attempt, delay in enumerate(self.retry_delays):
            await asyncio.sleep(delay)
            answer = await (
                self._by_http(kind, payload, attempt) if self.http_target else self._by_socket(kind, payload, attempt)
            )
            if answer is not None:
                return answer
        self.lost.append(payload)
        return {}

    async def _by_socket(self, kind: str, payload: Json, attempt: int) -> Json | None:
        socket = await self._next_socket()
        if socket is None:
            return None
        envelope = f"e{next(self._numbers)}"
        message: Json = {
            "envelope_id": envelope,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        if attempt:
            message.update(retry_attempt=attempt, retry_reason="timeout")
        waiting = self._waiting[envelope] = asyncio.get_running_loop().create_future()
        try:
            if not await socket.send(message):
                self._forget(socket)
                return None
            return await asyncio.wait_for(waiting, self.ack_timeout)
        except TimeoutError:
            return None
        finally:
            self._waiting.pop(envelope, None)

    async def _next_socket(self) -> Socket | None:
        """Return the next socket in turn; a silent one is one that Slack believes in, too."""
        for _ in range(100):
            if self._sockets:
                self._turn += 1
                return self._sockets[self._turn % len(self._sockets)]
            await asyncio.sleep(0.02)
        return None

    async def _by_http(self, kind: str, payload: Json, attempt: int) -> Json | None:
        headers, body = self.signed(kind, payload)
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        assert self._client is not None
        try:
            async with asyncio.timeout(self.ack_timeout):
                async with self._client.post(self.http_target, data=body, headers=headers) as response:
                    text = await response.text()
                    return (json.loads(text) if text.startswith("{") else {}) if response.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):
            return None

    @staticmethod
    def signed(
        kind: str, payload: Json, *, secret: str = SIGNING_SECRET, at: float = 0.0
    ) -> tuple[dict[str, str], bytes]:
        """Return a payload as Slack posts it: headers with the signature, and the body."""
        if kind == "events_api":
            body, content = json.dumps(payload).encode(), "application/json"
        else:
            form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
            body, content = urlencode(form).encode(), "application/x-www-form-urlencoded"
        stamp = str(int(at or time.time()))
        base = b"v0:" + stamp.encode() + b":" + body
        signature = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return {"Content-Type": content, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}, body

    # -- life ---------------------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self, *, port: int = 0) -> AsyncIterator[SlackServer]:
        """Serve on loopback while the block lasts."""
        app = web.Application(client_max_size=16 * 2**20)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/upload/{file}", self._upload)
        app.router.add_post("/response/{id}", self._response)
        app.router.add_get("/oauth/v2/authorize", self._authorize)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        self._client = aiohttp.ClientSession()
        try:
            yield self
        finally:
            for task in list(self._tasks):
                task.cancel()
            self.cut()
            await self._client.close()
            await runner.cleanup()

    async def settled(self) -> None:
        """Return when every event was acknowledged or given up."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _soon(self, doing: Any) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _forget(self, socket: Socket) -> None:
        if socket in self._sockets:
            self._sockets.remove(socket)

    # -- Socket Mode ----------------------------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(timeout=0.2, autoping=False)
        await ws.prepare(request)
        socket = Socket(ws)
        await socket.send(
            {"type": "hello", "num_connections": len(self._sockets) + 1, "connection_info": {"app_id": "A0"}}
        )
        self._sockets.append(socket)
        self.connected += 1
        try:
            while not socket.silent:
                message = await ws.receive()
                if message.type == aiohttp.WSMsgType.PING and not socket.silent:
                    await ws.pong(message.data)
                    continue
                if message.type != aiohttp.WSMsgType.TEXT:
                    break
                answer = json.loads(message.data)
                waiting = self._waiting.get(answer.get("envelope_id"))
                if waiting is not None and not waiting.done() and not socket.silent:
                    waiting.set_result(answer.get("payload") or {})
            while socket.silent and request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        finally:
            self._forget(socket)
        return ws

    # -- Web API --------------------------------------------------------------------------------------------------------------

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        args = await _args(request)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token.startswith("Basic "):
            id, _, secret = base64.b64decode(token.removeprefix("Basic ")).decode().partition(":")
            args = {**args, "client_id": id, "client_secret": secret}
        self.calls.append((method, args))
        fault = self.faults[method].popleft() if self.faults[method] else self.fail(method, args) if self.fail else None
        if fault is not None and not fault.done:
            return await _failing(request, fault)
        answer = await self._answer(method, args, token)
        if fault is not None:
            return await _failing(request, fault)
        headers = {"x-oauth-scopes": self.teams[token].scopes} if token in self.teams else {}
        headers["Date"] = format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)
        return web.json_response(answer, headers=headers)

    async def _answer(self, method: str, args: Json, token: str) -> Json:
        if method == "apps.connections.open":
            if token != APP_TOKEN:
                return _no("invalid_auth")
            return {"ok": True, "url": self.base_url.replace("http", "ws").replace("/api/", "/socket")}
        if method == "oauth.v2.access":
            return self._access(args)
        if token not in self.teams:
            return _no("invalid_auth")
        if missing := self._missing(method, args, self.teams[token]):
            return {**_no("missing_scope"), "needed": missing}
        if found := faults(method, args):
            self.refused.extend(f"{method}: {fault}" for fault in found)
            return {
                **_no("invalid_blocks" if "blocks" in args or "view" in args else "invalid_arguments"),
                "errors": found,
            }
        handler = getattr(self, "_" + method.replace(".", "_"), None)
        if handler is None:
            return _no("unknown_method")
        answer: Json = await handler(args, self.teams[token])
        return answer

    def _missing(self, method: str, args: Json, team: Team) -> str:
        """Return the right that a call needs and the app was not given."""
        if method in ("conversations.history", "conversations.replies"):
            channel = self._find(args["channel"], team)
            needed = HISTORY[channel.kind] if channel else ""
        else:
            needed = next((scope for name, scope in SCOPES.items() if method.startswith(name)), "")
        return "" if needed in ("", *team.scopes.split(",")) else needed

    async def _auth_test(self, args: Json, team: Team) -> Json:
        told: Json = {
            "ok": True,
            "url": "https://example.slack.test/",
            "team": "Test",
            "user": "coach",
            "team_id": team.id,
            "user_id": team.bot,
            "bot_id": BOT_ID,
        }
        return {**told, "enterprise_id": team.enterprise} if team.enterprise else told

    async def _chat_postMessage(self, args: Json, team: Team) -> Json:
        channel = self._find(args["channel"], team)
        if channel is None:
            return _no("channel_not_found")
        if not channel.has_bot:
            return _no("not_in_channel")
        for block in args.get("blocks") or ():
            if block["type"] == "image" and block.get("slack_file", {}).get("id") not in self.files:
                return _no("invalid_blocks")
        return {"ok": True, "channel": channel.id, "ts": await self._put(channel, args, team)}

    async def _put(self, channel: Channel, args: Json, team: Team) -> str:
        ts = self._ts()
        keep = ("text", "blocks", "metadata", "thread_ts")
        message = {
            "type": "message",
            "user": team.bot,
            "bot_id": BOT_ID,
            "ts": ts,
            **{k: args[k] for k in keep if args.get(k)},
        }
        channel.messages.append(message)
        self.on_post(channel)
        if self.hears_itself:
            self.event({**message, "channel": channel.id, "channel_type": channel.kind}, team=channel.team)
        async with self.posted:
            self.posted.notify_all()
        return ts

    async def _chat_postEphemeral(self, args: Json, team: Team) -> Json:
        channel = self._find(args["channel"], team)
        if channel is None:
            return _no("channel_not_found")
        if not channel.has_bot:
            return _no("not_in_channel")
        return {"ok": True, "message_ts": await self._whisper(channel, args["user"], args)}

    async def _whisper(self, channel: Channel, user: str, args: Json) -> str:
        ts = self._ts()
        channel.ephemeral.append(
            {
                "ts": ts,
                "for": user,
                "text": args["text"],
                "blocks": args.get("blocks") or [],
                "thread_ts": args.get("thread_ts"),
            }
        )
        async with self.posted:
            self.posted.notify_all()
        return ts

    async def _chat_update(self, args: Json, team: Team) -> Json:
        message = self._find_message(args["channel"], args["ts"])
        if message is None:
            return _no("message_not_found")
        if args["ts"] in self.streams:
            return _no("streaming_state_conflict")
        message.update({k: args[k] for k in ("text", "blocks", "metadata") if k in args})
        async with self.posted:
            self.posted.notify_all()
        return {"ok": True, "ts": args["ts"], "channel": args["channel"]}

    async def _chat_delete(self, args: Json, team: Team) -> Json:
        message = self._find_message(args["channel"], args["ts"])
        if message is None:
            return _no("message_not_found")
        self.channels[args["channel"]].messages.remove(message)
        async with self.posted:
            self.posted.notify_all()
        return {"ok": True, "ts": args["ts"]}

    async def _chat_startStream(self, args: Json, team: Team) -> Json:
        channel = self._find(args["channel"], team)
        if channel is None or not args.get("thread_ts"):
            return _no("channel_not_found" if channel is None else "invalid_arguments")
        if channel.kind != "im" and not (args.get("recipient_user_id") and args.get("recipient_team_id")):
            return _no("missing_recipient_user_id")
        ts = await self._put(channel, {"text": args.get("markdown_text", ""), "thread_ts": args["thread_ts"]}, team)
        self.streams[ts] = channel.id
        return {"ok": True, "ts": ts, "channel": channel.id}

    async def _chat_appendStream(self, args: Json, team: Team) -> Json:
        if args["ts"] not in self.streams:
            return _no("message_not_in_streaming_state")
        message = self._find_message(args["channel"], args["ts"])
        assert message is not None
        message["text"] = message.get("text", "") + args.get("markdown_text", "")
        async with self.posted:
            self.posted.notify_all()
        return {"ok": True, "ts": args["ts"]}

    async def _chat_stopStream(self, args: Json, team: Team) -> Json:
        if self.streams.pop(args["ts"], None) is None:
            return _no("message_not_in_streaming_state")
        return {"ok": True, "ts": args["ts"]}

    async def _conversations_open(self, args: Json, team: Team) -> Json:
        user = args["users"]
        if not user.startswith(("U", "W")):
            return _no("user_not_found")
        return {"ok": True, "channel": {"id": self.direct(user, team=team.id).id}}

    async def _conversations_info(self, args: Json, team: Team) -> Json:
        channel = self._find(args["channel"], team)
        return (
            {"ok": True, "channel": {"id": channel.id, "user": channel.user}} if channel else _no("channel_not_found")
        )

    async def _conversations_history(self, args: Json, team: Team) -> Json:
        channel = self._find(args["channel"], team)
        if channel is None:
            return _no("channel_not_found")
        newest = [m for m in reversed(channel.messages) if not m.get("thread_ts") or m["thread_ts"] == m["ts"]]
        return self._page(newest, args)

    async def _conversations_replies(self, args: Json, team: Team) -> Json:
        channel = self._find(args["channel"], team)
        if channel is None:
            return _no("channel_not_found")
        thread = [m for m in channel.messages if m["ts"] == args["ts"] or m.get("thread_ts") == args["ts"]]
        return self._page(thread, args) if thread else _no("thread_not_found")

    def _page(self, messages: list[Json], args: Json) -> Json:
        messages = [m for m in messages if float(m["ts"]) >= float(args.get("oldest") or 0)]
        start, limit = int(args.get("cursor") or 0), min(int(args.get("limit") or 100), 200)
        page = messages[start : start + limit]
        if str(args.get("include_all_metadata", "")).lower() not in ("true", "1"):
            page = [{k: v for k, v in m.items() if k != "metadata"} for m in page]
        more = start + limit < len(messages)
        cursor = {"next_cursor": str(start + limit)} if more else {}
        return {"ok": True, "messages": page, "has_more": more, "response_metadata": cursor}

    async def _users_info(self, args: Json, team: Team) -> Json:
        return {"ok": True, "user": {"id": args["user"], **self.people[args["user"]]}}

    async def _dnd_teamInfo(self, args: Json, team: Team) -> Json:
        users = args["users"].split(",")
        if "dnd:read" not in team.scopes:
            return {**_no("missing_scope"), "needed": "dnd:read"}
        if len(users) > 50:
            return _no("too_many_users")
        return {"ok": True, "users": {user: self._hours_of(user) for user in users}}

    def _hours_of(self, user: str) -> Json:
        begin, end = self.quiet.get(user, (1, 1))
        return {"dnd_enabled": end > 1, "next_dnd_start_ts": int(begin), "next_dnd_end_ts": int(end)}

    async def _views_open(self, args: Json, team: Team) -> Json:
        trigger = str(args["trigger_id"])
        user, _, stamp = trigger.removeprefix("trigger-").partition("-")
        if time.time() - float(stamp) > 3:
            return _no("expired_trigger_id")
        view = {**args["view"], "id": f"V{next(self._numbers)}"}
        self.views[user].append(view)
        return {"ok": True, "view": {"id": view["id"]}}

    async def _views_publish(self, args: Json, team: Team) -> Json:
        self.homes[args["user_id"]] = args["view"]
        async with self.posted:
            self.posted.notify_all()
        return {"ok": True, "view": {"id": f"V{args['user_id']}"}}

    async def _files_getUploadURLExternal(self, args: Json, team: Team) -> Json:
        file = f"F{next(self._numbers)}"
        return {"ok": True, "file_id": file, "upload_url": self.base_url.replace("/api/", f"/upload/{file}")}

    async def _files_completeUploadExternal(self, args: Json, team: Team) -> Json:
        return {"ok": True, "files": [{"id": f["id"]} for f in args["files"]]}

    async def _ok(self, args: Json, team: Team) -> Json:
        return {"ok": True}

    _assistant_threads_setStatus = _agents_sessions_setStatus = _assistant_threads_setSuggestedPrompts = _ok
    _assistant_threads_setTitle = _agents_sessions_rename = _ok
    _reactions_add = _reactions_remove = _ok

    async def _upload(self, request: web.Request) -> web.Response:
        body = await request.post() if request.content_type.startswith("multipart") else {}
        part = body.get("file") if body else None
        self.files[request.match_info["file"]] = (
            part.file.read() if isinstance(part, web.FileField) else await request.read()
        )
        return web.Response(text="OK")

    async def _response(self, request: web.Request) -> web.Response:
        id = request.match_info["id"]
        channel, user, left = self._responses[id]
        args = await request.json()
        if left <= 0:
            return web.Response(status=404, text="used_url")
        if found := faults("response_url", args):
            self.refused.extend(f"response_url: {fault}" for fault in found)
            return web.Response(status=400, text="invalid_blocks")
        self._responses[id] = (channel, user, left - 1)
        await self._whisper(self.channels[channel], user, args)
        return web.Response(text="ok")

    # -- OAuth ------------------------------------------------------------------------------------------------------------------

    def grant(self, team: Team) -> str:
        """Return the code that a browser brings back after someone of `team` allowed the app."""
        code = f"code-{next(self._numbers)}"
        self._codes[code] = team
        return code

    async def _authorize(self, request: web.Request) -> web.Response:
        return web.Response(text="allow?")

    def _access(self, args: Json) -> Json:
        if args.get("client_id") != CLIENT_ID or args.get("client_secret") != CLIENT_SECRET:
            return _no("bad_client_secret")
        if args.get("grant_type") == "refresh_token":
            team = next((t for t in self.teams.values() if t.refresh == args["refresh_token"]), None)
        else:
            team = self._codes.pop(args.get("code", ""), None)
        if team is None:
            return _no("invalid_refresh_token" if args.get("grant_type") else "invalid_code")
        number = next(self._numbers)
        team.token, team.refresh = f"xoxb-fake-{number}", f"xoxe-fake-{number}"
        self.teams[team.token] = team
        return {
            "ok": True, "access_token": team.token, "token_type": "bot", "bot_user_id": team.bot, "scope": team.scopes,
            "app_id": "A0", "refresh_token": team.refresh, "expires_in": 43200,
            "team": {"id": team.id, "name": "Test"}, "enterprise": {"id": team.enterprise} if team.enterprise else None,
            "is_enterprise_install": False, "authed_user": {"id": "U0ADMIN"},
        }  # fmt: skip

    # -- small things -----------------------------------------------------------------------------------------------------------

    def _team(self, id: str) -> Team:
        return next((t for t in self.teams.values() if t.id == id), Team(id=id))

    def _find(self, id: str, team: Team) -> Channel | None:
        if id.startswith(("U", "W")):
            return self.direct(id, team=team.id)
        channel = self.channels.get(id)
        return channel if channel is not None and channel.team == team.id else None

    def _find_message(self, channel: str, ts: str) -> Json | None:
        found = self.channels.get(channel)
        return next((m for m in found.messages if m["ts"] == ts), None) if found else None

    def _ts(self) -> str:
        stamp = max(time.time(), getattr(self, "_newest", 0.0) + 0.000002)
        self._newest = stamp
        return f"{stamp:.6f}"

    def _trigger(self, user: str = "") -> str:
        return f"trigger-{user}-{time.time()}"

    def _who(self, user: str) -> Json:
        return {
            "user": {"id": user, "team_id": TEAM},
            "team": {"id": TEAM},
            "trigger_id": self._trigger(user),
            "api_app_id": "A0",
        }

    def _response_url(self, channel: str, user: str) -> str:
        id = f"r{next(self._numbers)}"
        self._responses[id] = (channel, user, 5)
        return self.base_url.replace("/api/", f"/response/{id}")

    def _changed(self, channel: Channel, subtype: str, **more: Any) -> Json:
        return {
            "type": "message",
            "subtype": subtype,
            "channel": channel.id,
            "channel_type": channel.kind,
            "ts": self._ts(),
            **more,
        }

    def _pressed(self, user: str, channel: Channel, message: Json, action: Json) -> Json:
        whispered = "for" in message
        container = {
            "type": "message",
            "message_ts": message["ts"],
            "channel_id": channel.id,
            "is_ephemeral": whispered,
        }
        return {
            **self._who(user), "type": "block_actions", "container": container, "channel": {"id": channel.id},
            "message": None if whispered else message, "actions": [{**action, "action_ts": self._ts()}],
            "response_url": self._response_url(channel.id, user),
        }  # fmt: skip


def visible(message: Json) -> str:
    """Return every word that a person sees of a message."""
    return "\n".join(_words(message.get("blocks") or [])) or message.get("text", "")


def _words(value: Any) -> list[str]:
    if isinstance(value, list):
        return [word for item in value for word in _words(item)]
    if not isinstance(value, dict):
        return []
    words = [value["text"]] if isinstance(value.get("text"), str) else []
    nested = ("text", "elements", "label", "hint", "element", "options", "positive_button", "negative_button")
    alt = [value["alt_text"]] if "alt_text" in value else []
    return words + alt + [word for key in nested for word in _words(value.get(key))]


def _button(blocks: list[Json], label: str) -> Json | None:
    for block in blocks:
        for element in block.get("elements") or ():
            if element.get("type") == "button" and element["text"]["text"] == label:
                return {**element, "block_id": block.get("block_id", "")}
            for side in ("positive_button", "negative_button"):
                if element.get(side, {}).get("text", {}).get("text") == label:
                    return {"type": "feedback_buttons", "action_id": element["action_id"], **element[side]}
    return None


def _filled(element: Json, value: str) -> Json:
    if element["type"] == "plain_text_input":
        return {"type": element["type"], "value": value or None}
    chosen = next((o for o in element["options"] if value in (o["value"], o["text"]["text"])), None)
    return {"type": element["type"], "selected_option": chosen}


def _no(error: str) -> Json:
    return {"ok": False, "error": error}


async def _args(request: web.Request) -> Json:
    if request.content_type == "application/json":
        return {**request.query, **(await request.json())}
    form = await request.post()
    args: Json = {**request.query, **form}
    for name in ("blocks", "metadata", "view", "prompts", "files"):
        if isinstance(args.get(name), str):
            args[name] = json.loads(args[name])
    return args


async def _failing(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.dropped:
        if request.transport is not None:
            request.transport.abort()
        with suppress(ConnectionError):
            await asyncio.sleep(0)
        return web.Response(status=500)
    headers = {"Retry-After": str(fault.retry_after)} if fault.retry_after else {}
    if fault.status >= 500:
        return web.Response(status=fault.status, text="upstream is ill", headers=headers)
    return web.json_response(_no(fault.error), status=fault.status, headers=headers)
