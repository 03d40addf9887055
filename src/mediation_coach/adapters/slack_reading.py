"""What Slack says, read as our values. Pure: a payload in, what to do about it out.

Ids are stable: a message is `channel:ts` however often and under whatever name Slack tells it, so a mention that arrives as
`message` and as `app_mention` is one event. A conversation is a channel and, in a shared channel, a thread; a private aside in
a shared channel is its own conversation, one a person, so that nothing asked in private is remembered for others.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mediation_coach.adapters.slack_forms import unpack_form
from mediation_coach.domain.chat import HOME, Conversation, Event, Form, Intent, Person

Body = Mapping[str, Any]

ADAPTER = "slack"
ASIDE = "aside:"
SPOKEN = frozenset({None, "", "file_share", "thread_broadcast", "me_message"})
GONE = frozenset({"app_uninstalled", "tokens_revoked"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Something for the coach. `if_ours` is true in a shared thread: only where the coach already takes part."""

    event: Event
    if_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowForm:
    """The button of a form was pressed: show it, while the trigger lives (3 s)."""

    form: Form
    at: Conversation
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowQuestion:
    """A shortcut was used: show a place to write a question, with the words it was used on."""

    text: str
    trigger: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggest:
    """The coach's own tab was opened: show what can be asked."""

    channel: str
    user: str
    thread: str = ""


Read = Tell | ShowForm | ShowQuestion | Suggest | None


def read(body: Body, *, bot: str, now: datetime) -> Read:
    """Return what `body` asks for, or None where it asks for nothing. `bot` is the coach's own user id.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: the payload is not as Slack documents it.
    """
    if "command" in body:
        return _command(body, now)
    match body.get("type"):
        case "event_callback":
            return _event(body, bot)
        case "block_actions":
            return _pressed(body)
        case "view_submission":
            return _submitted(body, now)
        case "shortcut" | "message_action":
            text = words_of(body.get("message", {}).get("text", ""), bot="")
            return ShowQuestion(text=text, trigger=body["trigger_id"])
    return None


def is_of_a_bot(body: Body) -> bool:
    """Return whether this tells of a message that a bot wrote, ourselves most often: it asks for nothing."""
    event = body.get("event")
    return (
        isinstance(event, Mapping)
        and event.get("type") == "message"
        and event.get("subtype") in (None, "bot_message")
        and bool(event.get("bot_id"))
    )


def workspace_of(body: Body) -> str:
    """Return the workspace that a payload belongs to: the team, and the organisation above it where there is one."""
    enterprise = body.get("enterprise_id") or (body.get("enterprise") or {}).get("id") or ""
    team = body.get("team_id") or (body.get("team") or {}).get("id") or (body.get("user") or {}).get("team_id") or ""
    return f"{enterprise}.{team}" if enterprise else str(team)


def split_workspace(workspace: str) -> tuple[str | None, str | None]:
    """Return the organisation's id and the team's id of a workspace, None where there is none."""
    enterprise, dot, team = workspace.rpartition(".")
    return (enterprise or None, team or None) if dot else (None, workspace or None)


def message_id(channel: str, ts: str) -> str:
    """Return our id of a message, the same for an event that tells of it and for a reply that was sent."""
    return f"{channel}:{ts}"


def words_of(text: str, *, bot: str) -> str:
    """Return what was typed as plain words: links readable, the coach's own name gone, other people nameless."""
    text = re.sub(rf"<@{re.escape(bot)}(\|[^>]*)?>[:,]?", " ", text) if bot else text
    text = re.sub(r"<@[^>]*>", "@someone", text)
    text = re.sub(r"<#[^|>]*(?:\|([^>]*))?>", lambda m: f"#{m[1] or 'channel'}", text)
    text = re.sub(r"<!([a-z]+)[^>]*>", r"@\1", text)
    text = re.sub(r"<([^|>]+)\|([^>]*)>", lambda m: m[2] if m[2] == m[1] else f"{m[2]} ({m[1]})", text)
    text = re.sub(r"<((?:https?|mailto):[^>]*)>", r"\1", text)
    return html.unescape(re.sub(r"[ \t]+", " ", text)).strip()


def _event(body: Body, bot: str) -> Read:
    event: Body = body["event"]
    match event.get("type"):
        case "message" | "app_mention":
            return _message(body, event, bot)
        case "app_home_opened" if event.get("tab") == "messages":
            return Suggest(channel=event["channel"], user=event["user"])
        case "app_home_opened":
            return _told(body, event, Intent.HOME, room=HOME + event["user"])
        case "assistant_thread_started":
            thread = event["assistant_thread"]
            return Suggest(channel=thread["channel_id"], user=thread["user_id"], thread=thread["thread_ts"])
        case "member_joined_channel" if event.get("user") == bot:
            joined = {**event, "user": event.get("inviter", "")}
            return _told(body, joined, Intent.JOINED, room=event["channel"], private=False)
        case "agent_session_stopped":
            thread = event.get("thread_ts", "")
            return _told(body, event, Intent.STOPPED, room=event["channel"], thread=thread)
        case kind if kind in GONE and not (kind == "tokens_revoked" and not event.get("tokens", {}).get("bot")):
            return _told(body, event, Intent.UNINSTALLED, room="")
    return None


def _told(body: Body, event: Body, intent: Intent, *, room: str, thread: str = "", private: bool | None = None) -> Tell:
    workspace = workspace_of(body)
    is_private = private if private is not None else not room or room.startswith((HOME, "D"))
    at = Conversation(adapter=ADAPTER, workspace=workspace, room=room, thread=thread, private=is_private)
    return Tell(
        event=Event(
            id=body["event_id"],
            person=Person(adapter=ADAPTER, workspace=workspace, id=event.get("user") or ""),
            conversation=at,
            at=_time(event.get("event_ts") or body["event_time"]),
            intent=intent,
        )
    )


def _message(body: Body, event: Body, bot: str) -> Tell | None:
    match event.get("subtype"):
        case "message_changed":
            return _edited(body, event, bot)
        case "message_deleted":
            return _deleted(body, event, event.get("previous_message") or {}, event["deleted_ts"], bot)
        case subtype if subtype in SPOKEN:
            return _spoken(body, event, bot)
    return None


def _spoken(body: Body, event: Body, bot: str) -> Tell | None:
    if _is_no_person(event, bot):
        return None
    raw = event.get("text") or ""
    private = _is_private(event)
    mentioned = event["type"] == "app_mention" or f"<@{bot}" in raw
    if not private and not mentioned and (not _in_thread(event) or raw.lstrip().startswith("<@")):
        return None
    said = Event(
        id=message_id(event["channel"], event["ts"]),
        person=_person(body, event),
        conversation=_place(body, event),
        at=_time(event["ts"]),
        text=words_of(raw, bot=bot),
        outside=bool(body.get("is_ext_shared_channel")),
    )
    return Tell(event=said, if_ours=not private and not mentioned)


def _edited(body: Body, event: Body, bot: str) -> Tell | None:
    message: Body = {**event["message"], "channel": event["channel"], "channel_type": event.get("channel_type")}
    if message.get("subtype") == "tombstone":
        return _deleted(body, event, event.get("previous_message") or {}, message["ts"], bot)
    before = event.get("previous_message") or {}
    if _is_no_person(message, bot) or not message.get("edited") or before.get("text") == message.get("text"):
        return None
    original = message_id(event["channel"], message["ts"])
    edited = Event(
        id=f"{original}:edited:{message['edited']['ts']}",
        person=_person(body, message),
        conversation=_place(body, message),
        at=_time(message["edited"]["ts"]),
        intent=Intent.EDITED,
        text=words_of(message.get("text") or "", bot=bot),
        about=original,
    )
    return Tell(event=edited, if_ours=not edited.conversation.private)


def _deleted(body: Body, event: Body, before: Body, ts: str, bot: str) -> Tell | None:
    gone: Body = {**before, "ts": ts, "channel": event["channel"], "channel_type": event.get("channel_type")}
    if before and _is_no_person(gone, bot):
        return None
    original = message_id(event["channel"], ts)
    deleted = Event(
        id=f"{original}:deleted",
        person=_person(body, gone),
        conversation=_place(body, gone),
        at=_time(event.get("event_ts") or event["ts"]),
        intent=Intent.DELETED,
        about=original,
    )
    return Tell(event=deleted, if_ours=not deleted.conversation.private)


def _pressed(body: Body) -> Read:
    action: Body = body["actions"][0]
    kind, _, rest = str(action.get("action_id", "")).partition(":")
    at = _pressed_in(body)
    match kind:
        case "form":
            return ShowForm(form=unpack_form(action["value"]), at=at, trigger=body["trigger_id"])
        case "submit":
            return _acted(body, action, at, Intent.FORM, choice=rest, fields=_fields(body["state"]["values"]))
        case "feedback":
            return _acted(body, action, at, Intent.FEEDBACK, choice=action["value"])
        case "choice" | "sure":
            label = html.unescape(action.get("text", {}).get("text", ""))
            sure = kind == "sure"
            return _acted(body, action, at, Intent.CHOICE, choice=action["value"], text=label, confirmed=sure)
    return None


def _acted(
    body: Body,
    action: Body,
    at: Conversation,
    intent: Intent,
    *,
    choice: str,
    text: str = "",
    fields: tuple[tuple[str, str], ...] = (),
    confirmed: bool = False,
) -> Tell:
    container = body.get("container", {})
    ts = container.get("message_ts", "")
    where = container.get("channel_id") or container.get("view_id", "")
    return Tell(
        event=Event(
            id=f"{where}:{ts}:{action['action_ts']}:{action['action_id']}",
            person=actor(body),
            conversation=at,
            at=_time(action["action_ts"]),
            intent=intent,
            choice=choice,
            text=text,
            fields=fields,
            about=message_id(where, ts) if ts else "",
            confirmed=confirmed,
        )
    )


def _pressed_in(body: Body) -> Conversation:
    """Return where a button stands; a button of the home page belongs to the person's own conversation."""
    container = body.get("container", {})
    channel = container.get("channel_id") or (body.get("channel") or {}).get("id", "")
    if container.get("is_ephemeral"):
        return aside(workspace_of(body), channel, body["user"]["id"])
    message = body.get("message") or {}
    thread = message.get("thread_ts") or container.get("thread_ts") or ""
    private = not channel or channel.startswith("D")
    if not private and not thread:
        thread = container.get("message_ts", "")
    return Conversation(adapter=ADAPTER, workspace=workspace_of(body), room=channel, thread=thread, private=private)


def aside(workspace: str, channel: str, user: str) -> Conversation:
    """Return the conversation that only `user` sees, in a channel that others read."""
    return Conversation(adapter=ADAPTER, workspace=workspace, room=channel, thread=ASIDE + user, private=True)


def _submitted(body: Body, now: datetime) -> Tell | None:
    view: Body = body["view"]
    fields = _fields(view["state"]["values"])
    workspace = workspace_of(body)
    person = actor(body)
    about = json.loads(view.get("private_metadata") or "{}")
    match view.get("callback_id"):
        case "form":
            place = Conversation(adapter=ADAPTER, workspace=workspace, **about["at"])
            intent, choice, text = Intent.FORM, about["form"], ""
        case "question":
            place = Conversation(adapter=ADAPTER, workspace=workspace, room="")
            intent, choice, text, fields = Intent.MESSAGE, "", dict(fields).get("question", ""), ()
        case _:
            return None
    return Tell(
        event=Event(
            id=f"view:{view['id']}",
            person=person,
            conversation=place,
            at=now,
            intent=intent,
            choice=choice,
            text=text,
            fields=fields,
        )
    )


def _fields(values: Mapping[str, Mapping[str, Body]]) -> tuple[tuple[str, str], ...]:
    """Return a filled form: the id of each field with what was typed or the id of what was chosen."""
    return tuple((block, _value(next(iter(actions.values())))) for block, actions in values.items() if actions)


def _value(element: Body) -> str:
    return str((element.get("selected_option") or {}).get("value") or element.get("value") or "")


def _command(body: Body, now: datetime) -> Tell:
    workspace = workspace_of(body)
    said = Event(
        id=f"command:{body['trigger_id']}",
        person=Person(adapter=ADAPTER, workspace=workspace, id=body["user_id"]),
        conversation=aside(workspace, body["channel_id"], body["user_id"]),
        at=now,
        text=words_of(body.get("text") or "", bot="") or "help",
    )
    return Tell(event=said)


def actor(body: Body) -> Person:
    """Return who pressed, filled in or used a shortcut; someone from another organisation belongs to their own."""
    ours, home = workspace_of(body), str(body["user"].get("team_id") or "")
    foreign = bool(home) and not body.get("enterprise") and home != split_workspace(ours)[1]
    return Person(adapter=ADAPTER, workspace=home if foreign else ours, id=body["user"]["id"])


def _place(body: Body, event: Body) -> Conversation:
    private = _is_private(event)
    thread = event.get("thread_ts") or ("" if private else event["ts"])
    return Conversation(
        adapter=ADAPTER, workspace=workspace_of(body), room=event["channel"], thread=thread, private=private
    )


def _person(body: Body, event: Body) -> Person:
    """Return who wrote. Someone from another organisation in a shared channel belongs to their own."""
    home = event.get("user_team") or event.get("team") or ""
    ours = workspace_of(body)
    foreign = bool(body.get("is_ext_shared_channel")) and bool(home) and home != split_workspace(ours)[1]
    return Person(adapter=ADAPTER, workspace=home if foreign else ours, id=event.get("user") or "")


def _is_private(event: Body) -> bool:
    return event.get("channel_type") in ("im", "app_home") or str(event["channel"]).startswith("D")


def _in_thread(event: Body) -> bool:
    return bool(event.get("thread_ts")) and event["thread_ts"] != event.get("ts")


def _is_no_person(event: Body, bot: str) -> bool:
    return bool(event.get("bot_id") or event.get("hidden")) or event.get("user") in (None, "", bot, "USLACKBOT")


def _time(ts: str | float) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
