"""What Slack says, read as our values."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_coach.adapters.slack_forms import form_view, pack_form
from mediation_coach.adapters.slack_reading import (
    ShowForm,
    ShowQuestion,
    Suggest,
    Tell,
    is_of_a_bot,
    read,
    split_workspace,
    words_of,
    workspace_of,
)
from mediation_coach.domain.chat import Choice, Conversation, Event, Field, Form, Intent

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
BOT = "U0COACH"
TS = "1772350000.000100"
FORM = Form(
    id="commitment",
    title="Your commitment",
    fields=(Field(id="what", label="What?"), Field(id="how", label="How?", choices=(Choice(id="a", label="Alone"),))),
)


def body(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event_time": 1772350000,
        "event": event,
        **more,
    }


def message(text: str = "hello", **more: Any) -> dict[str, Any]:
    channel = {"channel": "D1", "channel_type": "im"}
    return {"type": "message", "user": "U1", "text": text, "ts": TS, "event_ts": TS, **channel, **more}


def in_channel(text: str, **more: Any) -> dict[str, Any]:
    return message(text, channel="C1", channel_type="channel", **more)


def pressed(action: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "team": {"id": "T1"},
        "trigger_id": "trigger",
        "container": {"type": "message", "message_ts": TS, "channel_id": "D1", "is_ephemeral": False},
        "channel": {"id": "D1"},
        "message": {"ts": TS},
        "actions": [{"action_ts": "1772350001.5", "block_id": "b", **action}],
        **more,
    }


def told(payload: dict[str, Any]) -> Event:
    found = read(payload, bot=BOT, now=NOW)
    assert isinstance(found, Tell)
    return found.event


def test_a_direct_message_is_a_private_question() -> None:
    event = told(body(message("Who should be at the first meeting?")))
    assert event.id == f"D1:{TS}"
    assert event.text == "Who should be at the first meeting?"
    assert event.conversation == Conversation(adapter="slack", workspace="T1", room="D1", private=True)
    assert event.person.key == "slack/T1/U1"
    assert event.at == datetime(2026, 3, 1, 7, 26, 40, 100, tzinfo=UTC)


def test_a_thread_in_direct_messages_is_a_conversation_of_its_own() -> None:
    event = told(body(message(thread_ts="1772340000.1")))
    assert event.conversation.thread == "1772340000.1"
    assert event.conversation.private


def test_a_mention_is_one_event_under_both_its_names() -> None:
    as_message = told(body(in_channel(f"<@{BOT}> what now?")))
    mention = {k: v for k, v in in_channel(f"<@{BOT}> what now?").items() if k != "channel_type"}
    as_mention = told(body({**mention, "type": "app_mention"}, event_id="Ev2"))
    assert as_message == as_mention
    assert as_message.text == "what now?"
    assert as_message.conversation.thread == TS
    assert not as_message.conversation.private


def test_a_follow_up_in_a_thread_counts_only_where_the_coach_takes_part() -> None:
    found = read(body(in_channel("and if they refuse?", thread_ts="1.0")), bot=BOT, now=NOW)
    assert isinstance(found, Tell)
    assert found.if_ours
    assert found.event.conversation.thread == "1.0"


@pytest.mark.parametrize(
    "event",
    [
        in_channel("talk among people"),
        in_channel("<@U2> what do you think?", thread_ts="1.0"),
        message("mine", user=BOT),
        message("another machine's", bot_id="B9"),
        message("", subtype="channel_join"),
        message("posted by an app", subtype="bot_message", user=None),
        message("hidden", hidden=True),
        {"type": "reaction_added", "user": "U1"},
        {"type": "app_context_changed", "user": "U1"},
        {"type": "member_joined_channel", "user": "U7", "channel": "C1"},
        {"type": "tokens_revoked", "tokens": {"oauth": ["U1"]}},
        message(subtype="message_changed", message={"user": BOT, "ts": TS, "text": "x", "edited": {"ts": TS}}),
        message(subtype="message_changed", message={"user": "U1", "ts": TS, "text": "unfurled"}),
        message(subtype="message_deleted", deleted_ts=TS, previous_message={"bot_id": "B1", "user": BOT}),
    ],
)
def test_what_is_no_question_asks_for_nothing(event: dict[str, Any]) -> None:
    assert read(body(event), bot=BOT, now=NOW) is None


@pytest.mark.parametrize(
    ("event", "of_a_bot"),
    [
        (message("mine", user=BOT, bot_id="B0COACH"), True),
        (message("posted by an app", subtype="bot_message", bot_id="B9", user=None), True),
        (message("hello"), False),
        (message(subtype="message_changed", bot_id="B9", message={"user": "U1", "ts": TS, "text": "x"}), False),
        ({"type": "app_uninstalled"}, False),
    ],
)
def test_messages_of_bots_are_known_at_a_glance(event: dict[str, Any], of_a_bot: bool) -> None:
    assert is_of_a_bot(body(event)) is of_a_bot
    if of_a_bot:
        assert read(body(event), bot=BOT, now=NOW) is None


@pytest.mark.parametrize(
    "payload", [{}, {"event": None}, {"event": "x"}, pressed({"action_id": "choice:0", "value": "v"})]
)
def test_what_is_no_event_is_of_no_bot(payload: dict[str, Any]) -> None:
    assert is_of_a_bot(payload) is False


def test_an_edit_says_which_message_it_is_about() -> None:
    changed = {"user": "U1", "ts": TS, "text": "better", "edited": {"user": "U1", "ts": "1772350100.0"}}
    event = told(
        body(message(subtype="message_changed", message=changed, previous_message={"text": "worse"}, ts="2.0"))
    )
    assert (event.intent, event.about, event.text) == (Intent.EDITED, f"D1:{TS}", "better")
    assert event.id == f"D1:{TS}:edited:1772350100.0"


@pytest.mark.parametrize(
    "more",
    [
        {"subtype": "message_deleted", "deleted_ts": TS, "previous_message": {"user": "U1", "ts": TS}},
        {
            "subtype": "message_changed",
            "message": {"subtype": "tombstone", "ts": TS},
            "previous_message": {"user": "U1", "ts": TS},
        },
    ],
)
def test_a_deletion_says_which_message_is_gone(more: dict[str, Any]) -> None:
    event = told(body(message(**more)))
    assert (event.intent, event.about, event.person.id) == (Intent.DELETED, f"D1:{TS}", "U1")


def test_a_pressed_choice_says_its_id_and_where_it_stood() -> None:
    action = {"action_id": "choice:2", "value": "answer:risks", "text": {"text": "Risks &amp; harms"}}
    event = told(pressed(action))
    assert (event.intent, event.choice, event.text, event.about) == (
        Intent.CHOICE,
        "answer:risks",
        "Risks & harms",
        f"D1:{TS}",
    )
    assert event.id == told(pressed(action)).id


def test_a_button_in_a_thread_belongs_to_the_thread() -> None:
    channel = {"channel": {"id": "C1"}, "message": {"ts": TS, "thread_ts": "1.0"}}
    container = {"message_ts": TS, "channel_id": "C1"}
    event = told(pressed({"action_id": "choice:0", "value": "x"}, container=container, **channel))
    assert event.conversation.thread == "1.0"
    assert not event.conversation.private


def test_a_button_of_an_aside_belongs_to_the_one_who_saw_it() -> None:
    container = {"message_ts": TS, "channel_id": "C1", "is_ephemeral": True}
    event = told(pressed({"action_id": "choice:0", "value": "x"}, container=container, message=None))
    assert event.conversation.thread == "aside:U1"
    assert event.conversation.private


def test_a_button_of_the_home_tab_belongs_to_the_persons_own_conversation() -> None:
    home = {"container": {"type": "view", "view_id": "V1"}, "channel": None, "message": None}
    event = told(pressed({"action_id": "choice:0", "value": "skill:crisis_handling"}, **home))
    assert event.conversation.room == ""
    assert event.conversation.private


def test_feedback_is_about_the_message_it_stands_under() -> None:
    event = told(pressed({"action_id": "feedback", "value": "bad"}))
    assert (event.intent, event.choice, event.about) == (Intent.FEEDBACK, "bad", f"D1:{TS}")


def test_the_button_of_a_form_carries_the_whole_form() -> None:
    found = read(pressed({"action_id": "form:commitment", "value": pack_form(FORM)}), bot=BOT, now=NOW)
    assert isinstance(found, ShowForm)
    assert found.form == FORM
    assert found.at.room == "D1"


def test_a_filled_form_comes_back_to_where_it_was_opened() -> None:
    at = Conversation(adapter="slack", workspace="T1", room="C1", thread="1.0", private=False)
    values = {
        "what": {"value": {"type": "plain_text_input", "value": "call both sides"}},
        "how": {"value": {"type": "radio_buttons", "selected_option": {"value": "a"}}},
    }
    view = {**form_view(FORM, at), "id": "V1", "state": {"values": values}}
    event = told({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view})
    assert event.conversation == at
    assert (event.intent, event.choice) == (Intent.FORM, "commitment")
    assert event.fields == (("what", "call both sides"), ("how", "a"))


def test_a_question_written_in_a_modal_is_private() -> None:
    values = {"question": {"value": {"value": "How do I open?"}}}
    view = {"id": "V2", "callback_id": "question", "state": {"values": values}}
    event = told({"type": "view_submission", "team": {"id": "T1"}, "user": {"id": "U1"}, "view": view})
    assert (event.intent, event.text, event.conversation.private) == (Intent.MESSAGE, "How do I open?", True)


def test_a_shortcut_on_a_message_begins_from_its_words() -> None:
    payload = {"type": "message_action", "trigger_id": "t", "message": {"text": "They <@U2> left &amp; said no"}}
    assert read(payload, bot=BOT, now=NOW) == ShowQuestion(text="They @someone left & said no", trigger="t")


@pytest.mark.parametrize(("typed", "asked"), [("", "help"), ("forget me", "forget me"), ("who comes?", "who comes?")])
def test_the_command_is_an_aside(typed: str, asked: str) -> None:
    payload = {
        "command": "/coach",
        "text": typed,
        "user_id": "U1",
        "team_id": "T1",
        "channel_id": "C1",
        "trigger_id": "9",
    }
    event = told(payload)
    assert (event.text, event.conversation.thread, event.conversation.private) == (asked, "aside:U1", True)


def test_opening_the_home_tab_asks_for_it() -> None:
    event = told(body({"type": "app_home_opened", "user": "U1", "tab": "home", "channel": "D1", "event_ts": TS}))
    assert (event.intent, event.conversation.room) == (Intent.HOME, "home:U1")


def test_opening_the_messages_tab_asks_for_suggestions() -> None:
    found = read(body({"type": "app_home_opened", "user": "U1", "tab": "messages", "channel": "D1"}), bot=BOT, now=NOW)
    assert found == Suggest(channel="D1", user="U1")


@pytest.mark.parametrize(
    ("event", "intent"),
    [
        ({"type": "app_uninstalled"}, Intent.UNINSTALLED),
        ({"type": "tokens_revoked", "tokens": {"bot": ["U0COACH"]}}, Intent.UNINSTALLED),
        ({"type": "agent_session_stopped", "channel": "D1", "thread_ts": "1.0", "user": "U1"}, Intent.STOPPED),
        ({"type": "member_joined_channel", "user": BOT, "inviter": "U1", "channel": "C1"}, Intent.JOINED),
    ],
)
def test_other_happenings_have_their_intent(event: dict[str, Any], intent: Intent) -> None:
    assert told(body(event)).intent is intent


def test_an_organisation_keeps_its_teams_apart() -> None:
    assert workspace_of({"enterprise_id": "E1", "team_id": "T1"}) == "E1.T1"
    assert workspace_of({"enterprise": {"id": "E1"}, "team": {"id": "T2"}}) == "E1.T2"
    assert workspace_of({"team": None, "user": {"team_id": "T3"}}) == "T3"
    assert split_workspace("E1.T1") == ("E1", "T1")
    assert split_workspace("T1") == (None, "T1")


def test_someone_from_another_organisation_belongs_to_their_own() -> None:
    event = told(body(in_channel(f"<@{BOT}> hello", team="T9"), is_ext_shared_channel=True))
    assert event.person.workspace == "T9"
    assert event.conversation.workspace == "T1"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (f"<@{BOT}>: hello", "hello"),
        ("ask <@U9|name> in <#C1|talks>", "ask @someone in #talks"),
        (
            "<https://example.org|the text> and <https://example.org>",
            "the text (https://example.org) and https://example.org",
        ),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("<!channel> now", "@channel now"),
        ("<!subteam^S1|@team> now", "@subteam now"),
        ("1. one\n2. two", "1. one\n2. two"),
    ],
)
def test_words_are_read_as_people_wrote_them(raw: str, words: str) -> None:
    assert words_of(raw, bot=BOT) == words


PAYLOADS = [
    body(message()),
    body(in_channel(f"<@{BOT}> hi", thread_ts="1.0")),
    body(message(subtype="message_changed", message={"user": "U1", "ts": TS, "text": "b", "edited": {"ts": TS}})),
    body(message(subtype="message_deleted", deleted_ts=TS, previous_message={"user": "U1"})),
    body({"type": "app_home_opened", "user": "U1", "tab": "home", "channel": "D1", "event_ts": TS}),
    pressed({"action_id": "choice:0", "value": "x", "text": {"text": "X"}}),
    pressed({"action_id": "form:f", "value": pack_form(FORM)}),
    {"type": "view_submission", "user": {"id": "U1"}, "team": {"id": "T1"},
     "view": {"id": "V", "callback_id": "form", "private_metadata": "{}", "state": {"values": {"a": {"b": {}}}}}},
    {"command": "/coach", "text": "x", "user_id": "U1", "team_id": "T1", "channel_id": "C1", "trigger_id": "9"},
]  # fmt: skip
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


@settings(max_examples=2000, deadline=None)
@given(st.sampled_from(PAYLOADS), st.data())
def test_a_payload_that_is_not_as_documented_is_told_from_one_that_is(
    payload: dict[str, Any], data: st.DataObject
) -> None:
    broken = copy.deepcopy(payload)
    where: Any = broken
    while isinstance(where, dict) and where:
        key = data.draw(st.sampled_from(sorted(where)))
        if not isinstance(where[key], dict) or data.draw(st.booleans()):
            if data.draw(st.booleans()):
                del where[key]
            else:
                where[key] = data.draw(JUNK)
            break
        where = where[key]
    try:
        found = read(json.loads(json.dumps(broken)), bot=BOT, now=NOW)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, OSError):
        return
    assert found is None or isinstance(found, Tell | ShowForm | ShowQuestion | Suggest)
