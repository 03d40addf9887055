"""The app manifest: what the coach asks of a workspace, no more than the features that are on need, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import yaml

from mediation_coach.adapters.slack_forms import ENGLISH

Json = dict[str, Any]

NAME = "Mediation Coach"
DESCRIPTION = "Short, sourced answers for mediators and negotiators, and follow-through after training."
LONG_DESCRIPTION = (
    "The Mediation Coach is a machine. It answers questions about designing mediation processes, the technical aspects of"
    " agreements, handling crises, and implementation, from a curated library, and always shows its sources. It may be"
    " wrong: check the sources, and take advice before you act. It reads what is written to it in direct messages and where"
    " it is mentioned, keeps a conversation for a short time so that you can ask on, and forgets you when you say 'forget"
    " me'. What you write is never used to answer anyone else, nor to train a model."
)


class Features(Protocol):
    """The settings that decide what is asked for."""

    @property
    def mode(self) -> str:
        """How events arrive: socket or http."""
        ...

    @property
    def channels(self) -> bool:
        """Whether follow-ups in channel threads are read without a new mention."""
        ...

    @property
    def check_ins(self) -> bool:
        """Whether people are asked about their plans."""
        ...

    @property
    def files(self) -> bool:
        """Whether pictures are sent."""
        ...

    @property
    def agent_view(self) -> bool:
        """Whether Slack's agent surface is used."""
        ...

    @property
    def reactions(self) -> bool:
        """Whether a question is marked while it is being answered."""
        ...

    @property
    def command(self) -> str:
        """The slash command."""
        ...

    @property
    def public_url(self) -> str:
        """Where Slack reaches the coach over HTTP."""
        ...

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Questions to suggest when the coach's tab is opened."""
        ...

    @property
    def many_workspaces(self) -> bool:
        """Whether workspaces install the app themselves."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A scope or an event, why it is needed, and the feature that needs it (empty: always)."""

    name: str
    why: str
    feature: str = ""


SCOPES = (
    Need(name="app_mentions:read", why="to be asked in a channel by name"),
    Need(name="assistant:write", why="to show that an answer is being looked up, and to suggest questions"),
    Need(name="chat:write", why="to answer"),
    Need(name="commands", why="for the slash command and the two shortcuts"),
    Need(name="im:history", why="to read direct messages to the coach, and to find its own after a crash"),
    Need(name="im:write", why="to send check-ins that someone asked for"),
    Need(name="users:read", why="for a person's time zone and language, so that check-ins come by day"),
    Need(
        name="channels:history", why="to follow a thread in a public channel without a new mention", feature="channels"
    ),
    Need(
        name="groups:history", why="to follow a thread in a private channel without a new mention", feature="channels"
    ),
    Need(name="mpim:history", why="to follow a thread in a group message without a new mention", feature="channels"),
    Need(name="channels:read", why="to notice being invited to a public channel", feature="channels"),
    Need(name="groups:read", why="to notice being invited to a private channel", feature="channels"),
    Need(name="dnd:read", why="so that no check-in comes in someone's do-not-disturb hours", feature="check_ins"),
    Need(name="files:write", why="to send pictures of timelines and maps", feature="files"),
    Need(name="reactions:write", why="to mark a question while it is being answered", feature="reactions"),
)
EVENTS = (
    Need(name="app_home_opened", why="to show the home tab"),
    Need(name="app_mention", why="to be asked in a channel by name"),
    Need(name="app_uninstalled", why="to erase a workspace's data when it removes the coach"),
    Need(name="message.im", why="to be asked in direct messages"),
    Need(name="tokens_revoked", why="to erase a workspace's data when it takes the token back"),
    Need(name="agent_session_stopped", why="to stop when someone presses stop", feature="agent_view"),
    Need(name="app_context_changed", why="belongs to the agent view; its content is not kept", feature="agent_view"),
    Need(name="member_joined_channel", why="to say who it is when it is invited", feature="channels"),
    Need(name="message.channels", why="to follow a thread in a public channel", feature="channels"),
    Need(name="message.groups", why="to follow a thread in a private channel", feature="channels"),
    Need(name="message.mpim", why="to follow a thread in a group message", feature="channels"),
)


def scopes_of(features: Features) -> tuple[str, ...]:
    """Return the bot scopes that `features` need."""
    return tuple(need.name for need in SCOPES if _on(need, features))


def events_of(features: Features) -> tuple[str, ...]:
    """Return the bot events that `features` need."""
    return tuple(need.name for need in EVENTS if _on(need, features))


def manifest(features: Features) -> Json:
    """Return the app manifest for `features`."""
    url = features.public_url.rstrip("/") + "/slack/events"
    over_http = {"request_url": url} if features.mode == "http" else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": NAME,
            "description": DESCRIPTION,
            "long_description": LONG_DESCRIPTION,
            "background_color": "#1f3a4d",
        },
        "features": _features(features, over_http),
        "oauth_config": _oauth(features),
        "settings": {
            "event_subscriptions": {**over_http, "bot_events": list(events_of(features))},
            "interactivity": {"is_enabled": True, **over_http},
            "org_deploy_enabled": True,
            "socket_mode_enabled": features.mode == "socket",
            "token_rotation_enabled": features.many_workspaces,
        },
    }


def manifest_yaml(features: Features) -> str:
    """Return the manifest as YAML, each scope and event with its reason beside it."""
    reasons = {need.name: need.why for need in (*SCOPES, *EVENTS)}
    text = yaml.safe_dump(manifest(features), sort_keys=False, allow_unicode=True, width=4000)
    lines = (_explained(line, reasons) for line in text.splitlines())
    return "\n".join(lines) + "\n"


def _features(features: Features, over_http: Mapping[str, str]) -> Json:
    built: Json = {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
        "bot_user": {"display_name": NAME, "always_online": features.mode == "socket"},
        "shortcuts": [
            _shortcut("Ask the coach", "global", "ask_coach", "Write a question; only you see the answer."),
            _shortcut("Ask the coach about this", "message", "ask_coach_about", "Begin a question from this message."),
        ],
        "slash_commands": [
            {
                "command": features.command,
                "description": "Ask the Mediation Coach; only you see the answer",
                "usage_hint": "[your question | help | plan | privacy | forget me]",
                "should_escape": True,
                **({"url": over_http["request_url"]} if over_http else {}),
            }
        ],
    }
    if features.agent_view:
        texts = features.suggestions or ENGLISH.suggestions.splitlines()
        prompts = [{"title": text[:75], "message": text} for text in texts]
        built["agent_view"] = {"agent_description": DESCRIPTION, "suggested_prompts": prompts}
    return built


def _oauth(features: Features) -> Json:
    config: Json = {"scopes": {"bot": list(scopes_of(features))}}
    if features.many_workspaces:
        config["redirect_urls"] = [features.public_url.rstrip("/") + "/slack/oauth_redirect"]
    return config


def _shortcut(name: str, kind: str, callback: str, description: str) -> Json:
    return {"name": name, "type": kind, "callback_id": callback, "description": description}


def _on(need: Need, features: Features) -> bool:
    return not need.feature or bool(getattr(features, need.feature))


def _explained(line: str, reasons: Mapping[str, str]) -> str:
    name = line.strip().removeprefix("- ")
    return f"{line}  # {reasons[name]}" if line.strip().startswith("- ") and name in reasons else line
