"""Where Slack's payloads come in: verified and authorised by Bolt, kept by the coach, and only then acknowledged.

One global middleware does all of it. Bolt would acknowledge an event before a listener runs, and lose it in a crash; a
middleware runs before that. Nothing here answers a question: it hands over events and opens modals while their trigger lives.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from mediation_coach import logs
from mediation_coach.adapters.slack_client import Identities, Identity, Web, answered
from mediation_coach.adapters.slack_forms import Labels, Languages, form_view, question_view
from mediation_coach.adapters.slack_memory import Memory, Profile, ResponseUrl
from mediation_coach.adapters.slack_options import SlackOptions
from mediation_coach.adapters.slack_reading import (
    ADAPTER,
    ASIDE,
    Read,
    ShowForm,
    ShowQuestion,
    Suggest,
    Tell,
    actor,
    aside,
    is_of_a_bot,
    read,
    split_workspace,
    workspace_of,
)
from mediation_coach.adapters.slack_sockets import Unacknowledged
from mediation_coach.adapters.slack_text import section
from mediation_coach.domain.chat import Conversation, Event, Intent, Person
from mediation_coach.errors import AdapterError, NotDelivered, TryLater
from mediation_coach.ports import Receive

Json = dict[str, Any]
DirectConversation = Callable[[Person], Awaitable[Conversation]]

SAME_PROFILE = 1.0
RESPONSE_URL_LIVES = 29 * 60
THREAD_PAGE = 200

log = logs.get("slack")


class Doorstep:
    """Takes payloads from sockets and from HTTP alike."""

    def __init__(
        self,
        options: SlackOptions,
        *,
        web: Web,
        identities: Identities,
        memory: Memory,
        receive: Receive,
        direct: DirectConversation,
        languages: Languages,
    ) -> None:
        """`receive` returns when an event is kept; `direct` finds a person's own channel; `languages` has the labels."""
        self._options = options
        self._web = web
        self._identities = identities
        self._memory = memory
        self._receive = receive
        self._direct = direct
        self._languages = languages
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.app = self._bolt()

    async def envelope(self, envelope: Json) -> Json | None:
        """Take what came through a socket; return what to acknowledge it with.

        Raises:
            Unacknowledged: it could not be kept; Slack is to deliver it again.
        """
        payload = envelope.get("payload") or {}
        if is_of_a_bot(payload):  # each of our own answers comes back as an event
            return None
        response = await self.dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        if response.status != 200:
            raise Unacknowledged
        return json.loads(response.body) if response.body.startswith("{") else None

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """Take a request; status 200 says that it was kept."""
        response: BoltResponse = await self.app.async_dispatch(request)
        return response

    def _bolt(self) -> AsyncApp:
        app = AsyncApp(
            signing_secret=self._options.signing_secret.get_secret_value() or "unused by sockets",
            client=self._web.client(),
            authorize=_Authorize(self._identities),
            process_before_response=True,
        )

        app.use(_Middleware(self._take))
        return app

    def _turn(self, payload: Json) -> asyncio.Lock:
        """Return the lock that keeps the payloads of one channel in the order in which they came."""
        event = payload.get("event") or {}
        place = str(event.get("channel") or event.get("user") or payload.get("channel_id") or payload.get("trigger_id"))
        return self._turns.setdefault(place, asyncio.Lock())

    async def _take(self, body: Json, bot: str) -> BoltResponse:
        try:
            async with self._turn(body):
                await self._act(self._read(body, bot), body, bot)
        except AdapterError as exc:
            log.warning("slack_payload_postponed", error=type(exc).__name__, why=exc.reason)
            return BoltResponse(status=503, body="")
        return BoltResponse(status=200, body="")

    @staticmethod
    def _read(body: Json, bot: str) -> Read:
        """Return what a payload asks for; one that is not as documented would come again for ever, so it asks for nothing."""
        try:
            return read(body, bot=bot, now=datetime.now(UTC))
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError) as exc:
            log.warning("slack_payload_unreadable", error=type(exc).__name__, kind=str(body.get("type"))[:20])
            return None

    async def _act(self, found: Read, body: Json, bot: str) -> None:
        match found:
            case Tell():
                await self._tell(found, body, bot)
            case ShowForm(form=form, at=at, trigger=trigger):
                await self._open(body, trigger, form_view(form, at, await self._labels(actor(body), at)))
            case ShowQuestion(text=text, trigger=trigger):
                await self._open(body, trigger, question_view(text, await self._labels(actor(body))))
            case Suggest():
                await self._suggest(found, body)

    async def _tell(self, found: Tell, body: Json, bot: str) -> None:
        event = found.event
        if event.intent is Intent.UNINSTALLED:
            await self._uninstalled(event)
            return
        if found.if_ours and not await self._takes_part(event.conversation, bot):
            return
        if why := await self._refused(event):
            await self._refuse_once(event, why)
            return
        at = event.conversation
        event = self._read_by(self._where_asked(await self._completed(await self._placed(event))), body)
        self._remember(event, body)
        await self._receive(event)
        if event.intent is Intent.STOPPED:
            await self._stopped(at)

    def _where_asked(self, event: Event) -> Event:
        """Return a stop in the conversation that it stops: Slack gives one outside of threads the newest message as its thread."""
        at = replace(event.conversation, thread="")
        if event.intent is Intent.STOPPED and self._memory.newest.get(at.key) == event.conversation.thread:
            return replace(event, conversation=at)
        return event

    def _read_by(self, event: Event, body: Json) -> Event:
        """Return an event with whether people of other organisations read its place: told, or remembered where it is not."""
        at = event.conversation
        if at.private:
            return event
        channel = replace(at, thread="").key
        if "is_ext_shared_channel" in body:
            self._memory.outside[channel] = bool(body["is_ext_shared_channel"])
        return replace(event, outside=self._memory.outside.get(channel, False))

    async def _uninstalled(self, event: Event) -> None:
        """Tell of each workspace that lost the app, and then forget its tokens."""
        at = event.conversation.workspace
        for workspace in await self._identities.served_with(at):
            person = replace(event.person, workspace=workspace)
            place = replace(event.conversation, workspace=workspace)
            id_ = event.id if workspace == at else f"{event.id}:{workspace}"
            await self._receive(replace(event, id=id_, person=person, conversation=place))
        await self._identities.forget(at)

    async def _stopped(self, at: Conversation) -> None:
        """Show that nothing is being written any more; Slack leaves that to the app."""
        client = self._web.client((await self._identities.of(at.workspace)).token)
        setting = client.agents_sessions_setStatus(channel_id=at.room, thread_ts=at.thread or None, status="active")
        try:
            await answered(setting)
        except AdapterError as exc:
            log.info("slack_status_not_shown", why=exc.reason)

    async def _refused(self, event: Event) -> str:
        """Return why who did this is not answered, as the name of a label; nothing where they are."""
        options, at, person = self._options, event.conversation, event.person
        named = options.allow_workspaces
        if person.workspace != at.workspace and not await self._is_known(person, at.workspace):
            return "outsider"
        shared = not at.private or at.thread.startswith(ASIDE)
        allowed = (
            _is_in(named, *split_workspace(at.workspace))
            and (not shared or _is_in(options.allow_channels, at.room))
            and _is_in(options.allow_people, person.id)
        )
        if not allowed:
            return "not_allowed"
        return "guest" if not options.allow_guests and (await self._profile(person, at.workspace)).guest else ""

    async def _is_known(self, person: Person, ours: str) -> bool:
        """Return whether someone of another workspace is named in the settings, or a colleague in the same organisation."""
        if self._options.allow_workspaces:
            return _is_in(self._options.allow_workspaces, *split_workspace(person.workspace))
        enterprise, _ = split_workspace(ours)
        return enterprise is not None and (await self._profile(person, ours)).enterprise == enterprise

    async def _refuse_once(self, event: Event, why: str) -> None:
        """Say once a day, to the person alone, why the coach does not answer them and whom to ask; always on their page."""
        person, at, today = event.person, event.conversation, event.at.date()
        on_page = event.intent is Intent.HOME
        if not on_page and (event.intent is not Intent.MESSAGE or self._memory.refused.get(person.key) == today):
            return
        try:
            client = self._web.client((await self._identities.of(at.workspace)).token)
            labels = self._languages.of((await self._profile(person, at.workspace)).locale)
            text = f"{getattr(labels, why)} {self._whom_to_ask(labels)}"
            if on_page:
                view = {"type": "home", "blocks": [section(text)]}
                await answered(client.views_publish(user_id=person.id, view=view))
                return
            self._memory.refused[person.key] = today
            await self._tell_alone(client, event, text)
        except AdapterError as exc:
            log.info("slack_refusal_untold", error=type(exc).__name__)

    async def _tell_alone(self, client: AsyncWebClient, event: Event, text: str) -> None:
        at, person = event.conversation, event.person
        if not at.private or at.thread.startswith(ASIDE):
            try:
                await answered(client.chat_postEphemeral(channel=at.room, user=person.id, text=text))
            except NotDelivered:  # the coach is not in that channel
                await answered(client.chat_postMessage(channel=person.id, text=text))
        else:
            await answered(client.chat_postMessage(channel=at.room or person.id, text=text))

    def _whom_to_ask(self, labels: Labels) -> str:
        contact = self._options.contact
        return labels.ask_contact.format(contact=contact) if contact else labels.ask_whoever

    async def _takes_part(self, at: Conversation, bot: str) -> bool:
        """Return whether the coach was asked or has spoken in a shared thread: remembered, or looked up in Slack."""
        known = self._memory.ours.get(at.key)
        if known is None:
            client = self._web.client((await self._identities.of(at.workspace)).token)
            asking = client.conversations_replies(channel=at.room, ts=at.thread, limit=THREAD_PAGE)
            try:
                messages = (await answered(asking)).get("messages", [])
            except TryLater:
                raise
            except AdapterError:
                messages = []
            known = any(m.get("user") == bot or f"<@{bot}" in (m.get("text") or "") for m in messages)
            self._memory.ours[at.key] = known
        return known

    async def _placed(self, event: Event) -> Event:
        """Return `event` in the person's own channel, where it comes from a place that has none or from a command there."""
        at = event.conversation
        private_channel = at.room.startswith("D") and at.thread.startswith(ASIDE)
        if at.room and not private_channel:
            return event
        own = await self._direct(event.person)
        return replace(event, conversation=own) if not at.room or own.room == at.room else event

    async def _completed(self, event: Event) -> Event:
        """Return `event` with the person's language and zone, as far as Slack tells them in a second."""
        if not event.person.id:
            return event
        profile = await self._profile(event.person, event.conversation.workspace)
        return replace(event, locale=profile.locale, zone=profile.zone)

    async def _profile(self, person: Person, workspace: str) -> Profile:
        """Return what Slack tells of a person in a second; what it could not tell is asked for again next time."""
        if (known := self._memory.profiles.get(person.key)) is not None:
            return known
        try:
            async with asyncio.timeout(SAME_PROFILE):
                client = self._web.client((await self._identities.of(workspace)).token)
                told = await answered(client.users_info(user=person.id, include_locale=True))
        except (AdapterError, TimeoutError):
            return Profile()
        user = told.get("user") or {}
        profile = Profile(
            locale=str(user.get("locale") or ""),
            zone=str(user.get("tz") or ""),
            guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
            enterprise=str((user.get("enterprise_user") or {}).get("enterprise_id") or ""),
        )
        self._memory.profiles[person.key] = profile
        return profile

    async def _labels(self, person: Person, at: Conversation | None = None) -> Labels:
        """Return the labels in the language of a conversation, a person's own where none is given; else in Slack's."""
        if at is None:
            room = self._memory.direct.get(person.key, "")
            at = Conversation(adapter=ADAPTER, workspace=person.workspace, room=room)
        known = self._memory.languages.get(at.key)
        return self._languages.of(known or (await self._profile(person, person.workspace)).locale)

    def _remember(self, event: Event, body: Json) -> None:
        at, person = event.conversation, event.person
        if event.locale:
            self._memory.languages.setdefault(at.key, event.locale)
        if at.private and at.room.startswith("D") and not at.thread.startswith(ASIDE):
            self._memory.direct[person.key] = at.room
        if not at.private:
            self._memory.ours[at.key] = True
            self._memory.asker[at.key] = person.id
        if event.intent is Intent.MESSAGE and body.get("type") == "event_callback":
            self._memory.newest[at.key] = event.id.rpartition(":")[2]
        if url := body.get("response_url"):
            room = aside(at.workspace, at.room, person.id)
            self._memory.urls[room.key] = ResponseUrl(url=url, until=time.monotonic() + RESPONSE_URL_LIVES)

    async def _open(self, body: Json, trigger: str, view: Json) -> None:
        """Open a modal. A trigger that has died cannot be used again: the person presses once more."""
        identity = await self._identities.of(workspace_of(body))
        try:
            await answered(self._web.client(identity.token).views_open(trigger_id=trigger, view=view))
        except AdapterError as exc:
            log.warning("slack_modal_not_opened", error=type(exc).__name__, why=exc.reason)

    async def _suggest(self, found: Suggest, body: Json) -> None:
        """Suggest questions: those of the settings, else, on Slack's agent surface, the coach's own in the person's language."""
        workspace = workspace_of(body)
        own = Conversation(adapter=ADAPTER, workspace=workspace, room=found.channel, thread=found.thread)
        if found.thread:
            self._memory.untitled[own.key] = True
        texts: Sequence[str] = self._options.suggestions
        if not texts and (self._options.agent_view or found.thread):
            person = Person(adapter=ADAPTER, workspace=workspace, id=found.user)
            texts = (await self._labels(person, replace(own, thread=""))).suggestions.splitlines()
        if not texts:
            return
        prompts = [{"title": text[:75], "message": text} for text in texts]
        place: Json = {"channel_id": found.channel, "prompts": prompts} | (
            {"thread_ts": found.thread} if found.thread else {}
        )
        try:
            client = self._web.client((await self._identities.of(workspace)).token)
            await answered(client.assistant_threads_setSuggestedPrompts(**place))
        except AdapterError as exc:
            log.info("slack_suggestions_not_shown", error=type(exc).__name__, why=exc.reason)


class _Middleware(AsyncMiddleware):
    """Takes what Bolt has verified and authorised. A plain function would be given thirty arguments each time."""

    def __init__(self, take: Callable[[Json, str], Awaitable[BoltResponse]]) -> None:
        self._take = take

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]
    ) -> BoltResponse:
        return await self._take(req.body, req.context.bot_user_id or "")


class _Authorize(AsyncAuthorize):
    """Tells Bolt who the coach is in a workspace. It raises where Bolt's own would acknowledge and so lose a payload."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def __call__(
        self, *, context: AsyncBoltContext, enterprise_id: str | None, team_id: str | None, **_: Any
    ) -> AuthorizeResult:
        identity: Identity = await self._identities.of(
            f"{enterprise_id}.{team_id or ''}" if enterprise_id else team_id or ""
        )
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_user_id=identity.user,
            bot_id=identity.bot or None,
            bot_token=identity.token,
        )


def _is_in(allowed: frozenset[str], *ids: str | None) -> bool:
    return not allowed or any(i in allowed for i in ids if i)
