"""Where people meet the coach in Slack: each place, tried on the local server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mediation_coach.coach.words import controls
from mediation_coach.domain.chat import (
    Choice,
    Choices,
    Conversation,
    ConversationState,
    Event,
    Field,
    Form,
    Image,
    Intent,
    Reply,
    ReplyKind,
    Text,
)
from mediation_coach.testing import Heard, listening, rich_reply, saying, until
from tests.slack_house import house
from tests.slack_server import BOT, BOT_TOKEN, Channel, Fault, SlackServer, visible
from tests.slack_stage import SlackStage, options_for, staged

ONE, TWO = "U0FIRST", "U0SECOND"
FORM = Form(
    id="commitment",
    title="Your commitment",
    fields=(
        Field(id="what", label="What will you do?", multiline=True),
        Field(
            id="how", label="With whom?", choices=(Choice(id="a", label="Alone"), Choice(id="b", label="With a friend"))
        ),
    ),
)


@pytest.fixture
async def stage() -> AsyncIterator[SlackStage]:
    async with staged() as stage:
        yield stage


@pytest.fixture
async def heard(stage: SlackStage) -> AsyncIterator[Heard]:
    async with listening(stage.adapter) as heard:
        yield heard


def called(stage: SlackStage, method: str) -> list[dict[str, Any]]:
    return [args for name, args in stage.server.calls if name == method]


async def asked(stage: SlackStage, heard: Heard, text: str, **more: Any) -> Event:
    before = len(heard.of(Intent.MESSAGE))
    await stage.server.say(ONE, text, **more)
    return (await heard.wait(before + 1))[before]


async def test_a_mention_is_one_question_and_is_answered_in_its_thread(stage: SlackStage, heard: Heard) -> None:
    talks = stage.server.channel("C0TALKS")
    event = await asked(stage, heard, f"<@{BOT}> who comes first?", channel=talks)
    await stage.server.settled()
    assert {e.id for e in heard.events} == {event.id}
    assert not event.conversation.private
    await stage.adapter.send(event.conversation, rich_reply(), key="k1")
    assert talks.messages[-1]["thread_ts"] == talks.messages[0]["ts"]


async def test_a_thread_goes_on_without_a_mention_also_after_a_restart(stage: SlackStage) -> None:
    talks = stage.server.channel("C0TALKS")
    async with listening(stage.adapter) as heard:
        first = await asked(stage, heard, f"<@{BOT}> who comes first?", channel=talks)
        await stage.adapter.send(first.conversation, rich_reply(), key="k1")
        follow_up = await asked(stage, heard, "and if they refuse?", channel=talks, thread=first.conversation.thread)
        assert follow_up.conversation == first.conversation
    await stage.adapter.close()
    async with staged() as other:
        other.server.channels, other.server.teams = stage.server.channels, stage.server.teams
        async with listening(other.adapter) as again:
            event = await asked(other, again, "and then?", channel=talks, thread=first.conversation.thread)
            assert event.conversation == first.conversation


async def test_other_peoples_threads_are_left_alone(stage: SlackStage, heard: Heard) -> None:
    talks = stage.server.channel("C0TALKS")
    root = await stage.server.say(TWO, "lunch?", channel=talks)
    await stage.server.say(ONE, "yes", channel=talks, thread=root)
    await stage.server.say(ONE, "at one", channel=talks, thread=root)
    await stage.server.settled()
    assert heard.events == []
    assert len(called(stage, "conversations.replies")) == 1


@pytest.mark.parametrize(
    ("options", "person", "more"),
    [
        ({}, {}, {"user_team": "T9OTHER"}),
        ({"allow_guests": False}, {"is_restricted": True}, {}),
        ({"allow_people": {TWO}}, {}, {}),
    ],
    ids=["outsider", "guest", "not allowed"],
)
async def test_who_never_addressed_the_coach_is_not_told_that_it_does_not_answer_them(
    options: dict[str, Any], person: dict[str, Any], more: dict[str, Any]
) -> None:
    async with staged(channels=True, **options) as stage, listening(stage.adapter) as heard:
        stage.server.people[ONE] = {"tz": "UTC", "locale": "en-GB", **person}
        talks = stage.server.channel("C0TALKS")
        talks.shared_outside = "user_team" in more
        root = await stage.server.say(TWO, "lunch?", channel=talks)
        await stage.server.say(ONE, "yes", channel=talks, thread=root, **more)
        await stage.server.settled()
        assert heard.events == []
        assert (talks.ephemeral, stage.server.seen(ONE)) == ([], [])
        await stage.server.say(ONE, f"<@{BOT}> where?", channel=talks, thread=root, **more)
        await stage.server.settled()
        assert len(talks.ephemeral) == 1


async def test_a_message_to_someone_else_in_the_coachs_thread_is_not_for_it(stage: SlackStage, heard: Heard) -> None:
    talks = stage.server.channel("C0TALKS")
    event = await asked(stage, heard, f"<@{BOT}> who?", channel=talks)
    await stage.server.say(ONE, f"<@{TWO}> what do you think?", channel=talks, thread=event.conversation.thread)
    await stage.server.settled()
    assert {e.id for e in heard.events} == {event.id}


async def test_a_person_is_known_by_zone_and_language(stage: SlackStage, heard: Heard) -> None:
    stage.server.people[ONE] = {"tz": "Asia/Kabul", "locale": "ar"}
    event = await asked(stage, heard, "hello")
    again = await asked(stage, heard, "hello again")
    assert (event.zone, event.locale) == (again.zone, again.locale) == ("Asia/Kabul", "ar")
    assert len(called(stage, "users.info")) == 1


async def test_an_edit_and_a_deletion_are_told_with_the_message_they_are_about(stage: SlackStage, heard: Heard) -> None:
    own = stage.server.direct(ONE)
    event = await asked(stage, heard, "a first word")
    ts = own.messages[0]["ts"]
    await stage.server.edit(ONE, own, ts, "a better word")
    await stage.server.delete(own, ts)
    (edited,) = await heard.wait(intent=Intent.EDITED)
    (deleted,) = await heard.wait(intent=Intent.DELETED)
    assert (edited.about, edited.text) == (event.id, "a better word")
    assert deleted.about == event.id


async def test_the_command_is_answered_to_the_one_who_typed_it(stage: SlackStage, heard: Heard) -> None:
    talks = stage.server.channel("C0TALKS", has_bot=False)
    await stage.server.command(ONE, "who should come?", channel=talks)
    (event,) = await heard.wait()
    await stage.adapter.send(event.conversation, rich_reply(), key="k1")
    assert talks.messages == []
    assert [m["for"] for m in talks.ephemeral] == [ONE]
    assert "Map who can block it" in visible(talks.ephemeral[0])


async def test_a_button_of_an_aside_goes_on_as_an_aside(stage: SlackStage, heard: Heard) -> None:
    talks = stage.server.channel("C0TALKS", has_bot=False)
    await stage.server.command(ONE, "who should come?", channel=talks)
    (event,) = await heard.wait()
    await stage.adapter.send(event.conversation, rich_reply(), key="k1")
    await stage.server.press(ONE, talks, "Risks")
    (choice,) = await heard.wait(intent=Intent.CHOICE)
    assert choice.conversation == event.conversation
    await stage.adapter.send(choice.conversation, saying("the risks"), key="k2")
    assert [m["for"] for m in talks.ephemeral] == [ONE, ONE]


async def test_an_aside_that_cannot_be_shown_in_place_comes_as_a_direct_message(
    stage: SlackStage, heard: Heard
) -> None:
    talks = stage.server.channel("C0TALKS", has_bot=False)
    to = Conversation(adapter="slack", workspace="T0TEAM", room=talks.id, thread=f"aside:{ONE}", private=True)
    await stage.adapter.send(to, rich_reply(), key="k1")
    assert talks.ephemeral == []
    assert "Map who can block it" in stage.server.seen(ONE)[0]


async def test_the_command_in_the_coachs_own_channel_is_part_of_the_conversation(
    stage: SlackStage, heard: Heard
) -> None:
    await asked(stage, heard, "hello")
    await stage.server.command(ONE, "privacy")
    hello, privacy = await heard.wait(2)
    assert privacy.conversation == hello.conversation


async def test_a_private_aside_in_a_thread_is_seen_by_nobody_else(stage: SlackStage, heard: Heard) -> None:
    talks = stage.server.channel("C0TALKS")
    event = await asked(stage, heard, f"<@{BOT}> privacy", channel=talks)
    reply = Reply(blocks=(Text(markdown="only for you"),), summary="only for you", aside=True)
    await stage.adapter.send(event.conversation, reply, key="k1")
    assert [(m["for"], m["thread_ts"]) for m in talks.ephemeral] == [(ONE, event.conversation.thread)]
    assert len(talks.messages) == 1


async def test_buttons_ratings_and_typed_words_come_back(stage: SlackStage, heard: Heard) -> None:
    own = stage.server.direct(ONE)
    event = await asked(stage, heard, "who?")
    sent = await stage.adapter.send(event.conversation, rich_reply(), key="k1")
    await stage.server.press(ONE, own, "Risks")
    await stage.server.press(ONE, own, "This helped")
    (choice,) = await heard.wait(intent=Intent.CHOICE)
    (rating,) = await heard.wait(intent=Intent.FEEDBACK)
    assert (choice.choice, choice.text, choice.about) == ("answer:risks", "Risks", sent)
    assert (rating.choice, rating.about) == ("good", sent)
    assert choice.conversation == rating.conversation == event.conversation


async def test_a_form_opens_as_a_modal_and_comes_back_filled(stage: SlackStage, heard: Heard) -> None:
    event = await asked(stage, heard, "plan")
    await stage.adapter.send(event.conversation, Reply(blocks=(FORM,), summary=FORM.title), key="k1")
    await stage.server.press(ONE, stage.server.direct(ONE), "Your commitment")
    assert await stage.server.submit(ONE, what="call both sides", how="With a friend") == {}
    (form,) = await heard.wait(intent=Intent.FORM)
    assert form.choice == "commitment"
    assert form.fields == (("what", "call both sides"), ("how", "b"))
    assert form.conversation == event.conversation


async def test_a_shortcut_opens_a_place_to_write_and_the_answer_is_private(stage: SlackStage, heard: Heard) -> None:
    await stage.server.shortcut(ONE)
    await stage.server.submit(ONE, question="How do I open the meeting?")
    (event,) = await heard.wait()
    assert event.text == "How do I open the meeting?"
    assert event.conversation.room == stage.server.direct(ONE).id
    await stage.adapter.send(event.conversation, rich_reply(), key="k1")
    assert len(stage.server.seen(ONE)) == 1


async def test_a_shortcut_on_a_message_begins_from_it_and_asks_nothing_by_itself(
    stage: SlackStage, heard: Heard
) -> None:
    talks = stage.server.channel("C0TALKS")
    ts = await stage.server.say(TWO, "They walked out &amp; left", channel=talks)
    await stage.server.shortcut_on(ONE, talks, ts)
    (view,) = stage.server.views[ONE]
    assert view["blocks"][0]["element"]["initial_value"] == "They walked out & left"
    assert heard.events == []


async def test_the_home_tab_is_asked_for_and_shown_and_its_buttons_work(stage: SlackStage, heard: Heard) -> None:
    await stage.server.open_home(ONE)
    (event,) = await heard.wait(intent=Intent.HOME)
    await stage.adapter.send(event.conversation, rich_reply(), key="k1")
    assert "Map who can block it" in visible(stage.server.homes[ONE])
    await stage.server.press_home(ONE, "More")
    (choice,) = await heard.wait(intent=Intent.CHOICE)
    assert choice.conversation.room == stage.server.direct(ONE).id


async def test_opening_the_messages_tab_suggests_questions() -> None:
    async with staged(suggestions=("Who should be at the first meeting?",)) as stage, listening(stage.adapter):
        await stage.server.open_home(ONE, tab="messages")
        await stage.server.settled()
        (call,) = called(stage, "assistant.threads.setSuggestedPrompts")
        assert call["prompts"][0]["message"] == "Who should be at the first meeting?"


async def test_stop_in_the_agent_view_is_told(stage: SlackStage, heard: Heard) -> None:
    own = stage.server.direct(ONE)
    stage.server.event({"type": "agent_session_stopped", "channel": own.id, "thread_ts": "1.0", "user": ONE})
    (event,) = await heard.wait(intent=Intent.STOPPED)
    assert (event.conversation.room, event.conversation.thread) == (own.id, "1.0")
    await stage.server.settled()
    assert [call["status"] for call in called(stage, "agents.sessions.setStatus")] == ["active"]


@pytest.mark.parametrize(
    ("agent_view", "method", "shown", "cleared"),
    [
        (True, "agents.sessions.setStatus", "processing", "active"),
        (False, "assistant.threads.setStatus", "is looking in the library", ""),
    ],
)
async def test_work_is_shown_and_the_sign_is_taken_away(
    agent_view: bool, method: str, shown: str, cleared: str
) -> None:
    async with staged(agent_view=agent_view, reactions=True) as stage, listening(stage.adapter) as heard:
        event = await asked(stage, heard, "who?")
        await stage.adapter.working(event.conversation, busy=True)
        await stage.adapter.working(event.conversation, busy=False)
        assert [call["status"] for call in called(stage, method)] == [shown, cleared]
        assert len(called(stage, "reactions.add")) == len(called(stage, "reactions.remove")) == 1


@pytest.mark.parametrize("fails", [False, True], ids=["answered", "failed"])
async def test_slow_work_shows_within_two_seconds_and_no_sign_of_it_stays(tmp_path: Path, fails: bool) -> None:
    async def slowly(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
        await asyncio.sleep(1.5)
        if fails:
            raise RuntimeError("on purpose")
        return saying("at last"), state

    async with SlackServer().running() as server:
        async with house(options_for(server), tmp_path, handle=slowly, answer_attempts=1):
            began = asyncio.get_running_loop().time()
            await server.say(ONE, "who?")
            await until(lambda: [args for name, args in server.calls if name == "assistant.threads.setStatus"])
            assert asyncio.get_running_loop().time() - began < 2
            await server.wait(lambda: server.seen(ONE) in (["at last"], ["sorry"]))
        said = [args["status"] for name, args in server.calls if name == "assistant.threads.setStatus"]
        assert said == ["is looking in the library", ""]


async def test_a_picture_is_sent_with_the_words_that_say_the_same(stage: SlackStage, heard: Heard) -> None:
    event = await asked(stage, heard, "show me")
    reply = Reply(blocks=(Image(png=b"\x89PNG fake", alt="A map of four actors"),), summary="A map")
    await stage.adapter.send(event.conversation, reply, key="k1")
    assert stage.server.seen(ONE) == ["A map of four actors"]
    assert list(stage.server.files.values()) == [b"\x89PNG fake"]


async def test_without_the_right_to_send_files_a_picture_is_told_in_words() -> None:
    async with staged(files=False) as stage, listening(stage.adapter) as heard:
        event = await asked(stage, heard, "show me")
        await stage.adapter.send(event.conversation, Reply(blocks=(Image(png=b"x", alt="A map"),)), key="k1")
        assert not stage.adapter.capabilities.images
        assert stage.server.seen(ONE) == ["A map"]


async def test_links_and_messages_are_not_unfurled(stage: SlackStage, heard: Heard) -> None:
    event = await asked(stage, heard, "who?")
    await stage.adapter.send(event.conversation, rich_reply(), key="k1")
    (post,) = called(stage, "chat.postMessage")
    assert str(post["unfurl_links"]).lower() in ("false", "0")
    assert str(post["unfurl_media"]).lower() in ("false", "0")


async def test_what_one_person_says_in_private_is_in_no_other_place(stage: SlackStage, heard: Heard) -> None:
    secret = "a-word-for-nobody-else"
    talks = stage.server.channel("C0TALKS")
    event = await asked(stage, heard, secret)
    await stage.adapter.send(event.conversation, saying(f"about {secret}"), key="k1")
    await stage.server.command(ONE, secret, channel=talks)
    aside = (await heard.wait(2))[1]
    await stage.adapter.send(aside.conversation, saying(f"about {secret}"), key="k2")
    places: list[Channel] = [c for c in stage.server.channels.values() if c.user != ONE]
    assert not any(secret in visible(m) for place in places for m in place.messages)
    assert {m["for"] for place in places for m in place.ephemeral} == {ONE}
    assert len({e.conversation.key for e in heard.events}) == 2


async def test_a_button_that_cannot_be_undone_asks_first_in_slacks_own_dialog(stage: SlackStage, heard: Heard) -> None:
    own = stage.server.direct(ONE)
    event = await asked(stage, heard, "home")
    choice = Choice(id="forget_me:yes", label="M'oublier", confirm="Tout est effacé. Dois-je le faire ?")
    reply = Reply(blocks=(Choices(choices=(choice,), prompt="Mes données"),), summary="Mes données", language="fr")
    await stage.adapter.send(event.conversation, reply, key="k1")
    (button,) = own.messages[-1]["blocks"][-1]["elements"]
    assert button["confirm"]["text"]["text"] == choice.confirm
    assert button["confirm"]["deny"]["text"] == controls("fr")["keep"]
    await stage.server.press(ONE, own, "M'oublier", sure=False)
    await stage.server.press(ONE, own, "M'oublier")
    (pressed,) = await heard.wait(intent=Intent.CHOICE)
    assert (pressed.choice, pressed.confirmed) == ("forget_me:yes", True)


@pytest.mark.parametrize("language", ["fr", "es", "ar", "ru"])
async def test_slacks_own_controls_speak_the_persons_language(language: str) -> None:
    says = controls(language)
    async with staged() as stage, listening(stage.adapter) as heard:
        stage.server.people[ONE] = {"tz": "Asia/Kabul", "locale": f"{language}-XX"}
        own = stage.server.direct(ONE)
        await stage.server.shortcut(ONE)
        (view,) = stage.server.views[ONE]
        assert [view[part]["text"] for part in ("title", "submit", "close")] == [
            says["ask_title"],
            says["send"],
            says["close"],
        ]
        event = await asked(stage, heard, "?")
        await stage.adapter.working(event.conversation, busy=True)
        assert called(stage, "assistant.threads.setStatus")[-1]["status"] == says["working"]
        await stage.adapter.send(event.conversation, replace(rich_reply(), language=language), key="k1")
        assert says["good"] in visible(own.messages[-1])
        assert "This helped" not in visible(own.messages[-1])


async def test_the_language_of_the_conversation_goes_before_that_of_slack(stage: SlackStage, heard: Heard) -> None:
    event = await asked(stage, heard, "une question")
    reply = Reply(blocks=(FORM,), summary=FORM.title, language="fr")
    await stage.adapter.send(event.conversation, reply, key="k1")
    await stage.server.press(ONE, stage.server.direct(ONE), "Your commitment")
    assert stage.server.views[ONE].pop()["close"]["text"] == controls("fr")["close"]
    await stage.server.shortcut(ONE)
    assert stage.server.views[ONE].pop()["title"]["text"] == controls("fr")["ask_title"]


ANSWER = replace(rich_reply(), kind=ReplyKind.ANSWER)


async def test_a_session_is_named_after_the_field_and_the_card_never_after_the_persons_words() -> None:
    async with staged(agent_view=True) as stage, listening(stage.adapter) as heard:
        event = await asked(stage, heard, "the general and his brother will not come")
        await stage.adapter.send(event.conversation, ANSWER, key="k1")
        (title,) = called(stage, "agents.sessions.rename")
        assert title["title"] == "Process design: Who is at the table"
        assert title["thread_ts"] == stage.server.direct(ONE).messages[0]["ts"]
        follow_up = await asked(stage, heard, "and then?", thread=title["thread_ts"])
        await stage.adapter.send(follow_up.conversation, ANSWER, key="k2")
        assert len(called(stage, "agents.sessions.rename")) == 1


async def test_on_the_older_agent_surface_a_thread_is_named_once(stage: SlackStage, heard: Heard) -> None:
    own = stage.server.direct(ONE)
    thread = {"user_id": ONE, "channel_id": own.id, "thread_ts": "1700000000.000001"}
    stage.server.people[ONE] = {"tz": "UTC", "locale": "es-ES"}
    await stage.server.event({"type": "assistant_thread_started", "assistant_thread": thread})
    (prompts,) = called(stage, "assistant.threads.setSuggestedPrompts")
    assert [p["message"] for p in prompts["prompts"]] == controls("es")["suggestions"].splitlines()
    for key in ("k1", "k2"):
        event = await asked(stage, heard, key, thread="1700000000.000001")
        await stage.adapter.send(event.conversation, ANSWER, key=key)
    (title,) = called(stage, "assistant.threads.setTitle")
    assert title["thread_ts"] == "1700000000.000001"


async def test_where_slack_has_no_agent_surface_people_are_answered_plainly() -> None:
    async with staged(agent_view=True) as stage, listening(stage.adapter) as heard:
        refused = Fault(error="not_allowed_for_plan")
        stage.server.fail = lambda method, _: refused if method.startswith(("agents.", "assistant.")) else None
        await stage.server.open_home(ONE, tab="messages")
        event = await asked(stage, heard, "who?")
        await stage.adapter.working(event.conversation, busy=True)
        await stage.adapter.working(event.conversation, busy=False)
        await stage.adapter.send(event.conversation, ANSWER, key="k1")
        assert "Map who can block it" in stage.server.seen(ONE)[0]


async def test_without_the_agent_surface_nothing_is_named_or_suggested(stage: SlackStage, heard: Heard) -> None:
    await stage.server.open_home(ONE, tab="messages")
    event = await asked(stage, heard, "who?")
    await stage.adapter.send(event.conversation, ANSWER, key="k1")
    methods = {method for method, _ in stage.server.calls}
    assert not methods & {
        "assistant.threads.setSuggestedPrompts",
        "assistant.threads.setTitle",
        "agents.sessions.rename",
    }


async def test_opening_the_messages_tab_of_an_agent_suggests_questions_in_the_persons_language() -> None:
    async with staged(agent_view=True) as stage, listening(stage.adapter):
        stage.server.people[ONE] = {"tz": "UTC", "locale": "fr-FR"}
        await stage.server.open_home(ONE, tab="messages")
        await stage.server.settled()
        (call,) = called(stage, "assistant.threads.setSuggestedPrompts")
        assert [prompt["message"] for prompt in call["prompts"]] == controls("fr")["suggestions"].splitlines()


@pytest.mark.parametrize("restricted", ["is_restricted", "is_ultra_restricted"])
async def test_a_guest_who_is_not_to_be_answered_is_told_why_once_and_whom_to_ask(restricted: str) -> None:
    async with staged(allow_guests=False, contact="the coordinator") as stage, listening(stage.adapter) as heard:
        stage.server.people[ONE] = {"tz": "UTC", "locale": "fr-FR", restricted: True}
        for _ in range(3):
            await stage.server.say(ONE, "bonjour")
            await stage.server.settled()
        says = controls("fr")
        assert stage.server.seen(ONE) == [f"{says['guest']} {says['ask_contact'].format(contact='the coordinator')}"]
        await stage.server.open_home(ONE)
        await stage.server.settled()
        assert says["guest"] in visible(stage.server.homes[ONE])
        await stage.server.say(TWO, "hello")
        (event,) = await heard.wait()
        assert event.person.id == TWO


async def test_a_guest_is_answered_as_anyone_where_nothing_else_is_set(stage: SlackStage, heard: Heard) -> None:
    stage.server.people[ONE] = {"tz": "UTC", "locale": "en-GB", "is_restricted": True}
    assert (await asked(stage, heard, "hello")).text == "hello"


async def test_a_command_that_is_not_answered_says_so_also_where_the_coach_is_not() -> None:
    async with staged(allow_people={TWO}) as stage, listening(stage.adapter):
        elsewhere = stage.server.channel("C0ELSE", has_bot=False)
        await stage.server.command(ONE, "who?", channel=elsewhere)
        assert len(stage.server.seen(ONE)) == 1


async def test_people_of_another_organisation_are_told_kindly_and_alone(stage: SlackStage, heard: Heard) -> None:
    talks = stage.server.channel("C0TALKS")
    talks.shared_outside = True
    for _ in range(2):
        await stage.server.say(TWO, f"<@{BOT}> hello", channel=talks, user_team="T9OTHER")
        await stage.server.settled()
    assert heard.events == []
    (told,) = talks.ephemeral
    assert told["for"] == TWO
    assert "shared between organisations" in told["text"]
    event = await asked(stage, heard, f"<@{BOT}> who?", channel=talks)
    assert event.outside, "so that those who may ask are reminded of who else reads"


async def test_who_else_reads_a_channel_is_known_of_a_button_pressed_there_too(stage: SlackStage, heard: Heard) -> None:
    shared, own = stage.server.channel("C0SHARED"), stage.server.channel("C0TALKS")
    shared.shared_outside = True
    for channel in (shared, own):
        event = await asked(stage, heard, f"<@{BOT}> who?", channel=channel)
        await stage.adapter.send(event.conversation, rich_reply(), key=channel.id)
        await stage.server.press(ONE, channel, "Risks")
    assert [event.outside for event in await heard.wait(2, intent=Intent.CHOICE)] == [True, False]


async def test_another_organisation_that_is_named_is_answered() -> None:
    async with staged(allow_workspaces={"T0TEAM", "T9OTHER"}) as stage, listening(stage.adapter) as heard:
        talks = stage.server.channel("C0TALKS")
        talks.shared_outside = True
        await stage.server.say(TWO, f"<@{BOT}> hello", channel=talks, user_team="T9OTHER")
        (event,) = await heard.wait()
        assert event.person.workspace == "T9OTHER"


async def test_a_colleague_from_another_team_of_the_organisation_is_no_outsider() -> None:
    async with staged() as stage:
        stage.server.teams[BOT_TOKEN].enterprise = "E0ORG"
        stage.server.people[TWO] = {"tz": "UTC", "locale": "en-GB", "enterprise_user": {"enterprise_id": "E0ORG"}}
        talks = stage.server.channel("C0TALKS")
        talks.shared_outside = True
        async with listening(stage.adapter) as heard:
            await stage.server.say(TWO, f"<@{BOT}> hello", channel=talks, user_team="T0OTHER")
            await stage.server.say("U0STRANGER", f"<@{BOT}> hello", channel=talks, user_team="T9OTHER")
            await stage.server.settled()
            assert {event.person.id for event in heard.events} == {TWO}
            assert [m["for"] for m in talks.ephemeral] == ["U0STRANGER"]


async def test_what_slack_could_not_tell_of_a_person_is_asked_for_again(stage: SlackStage, heard: Heard) -> None:
    stage.server.faults["users.info"].append(Fault(status=500))
    assert (await asked(stage, heard, "one")).locale == ""
    assert (await asked(stage, heard, "two")).locale == "en-GB"


@pytest.mark.parametrize(
    ("allowed", "place"),
    [
        ({"allow_people": frozenset({TWO})}, "direct"),
        ({"allow_channels": frozenset({"C0OTHER"})}, "channel"),
        ({"allow_workspaces": frozenset({"T0OTHER"})}, "direct"),
    ],
)
async def test_who_is_not_allowed_gets_one_polite_line_a_day(allowed: dict[str, Any], place: str) -> None:
    async with staged(**allowed) as stage, listening(stage.adapter) as heard:
        talks = stage.server.channel("C0TALKS")
        for _ in range(3):
            await stage.server.say(ONE, f"<@{BOT}> hello", channel=talks if place == "channel" else None)
            await stage.server.settled()
        assert heard.events == []
        told = [m["text"] for m in talks.ephemeral] + stage.server.seen(ONE)
        assert len(told) == 1
        assert "not switched on here" in told[0]


async def test_who_is_allowed_is_heard() -> None:
    allowed = {"allow_people": {ONE}, "allow_channels": {"C0TALKS"}, "allow_workspaces": {"T0TEAM"}}
    async with staged(**allowed) as stage, listening(stage.adapter) as heard:
        await asked(stage, heard, "in private")
        await asked(stage, heard, f"<@{BOT}> in public", channel=stage.server.channel("C0TALKS"))


async def test_a_payload_that_cannot_be_read_is_not_asked_for_again(stage: SlackStage, heard: Heard) -> None:
    stage.server.event({"type": "message", "user": ONE, "channel": {"not": "a channel"}, "ts": "never"})
    event = await asked(stage, heard, "still here?")
    await stage.server.settled()
    assert stage.server.lost == []
    assert event.text == "still here?"


async def test_a_socket_that_falls_silent_is_noticed_and_replaced(stage: SlackStage, heard: Heard) -> None:
    stage.server.stall()
    began = datetime.now(UTC)
    await until(lambda: stage.server.connected >= 4)
    event = await asked(stage, heard, "are you there?")
    assert event.text == "are you there?"
    assert datetime.now(UTC) - began < timedelta(seconds=10)


async def test_readiness_turns_bad_while_slack_is_gone() -> None:
    async with staged() as stage, listening(stage.adapter):
        await until(lambda: len(stage.server.sockets) == 2)
        ill = Fault(status=503)
        stage.server.fail = lambda method, _: ill if method == "apps.connections.open" else None
        stage.server.cut()
        await until(lambda: _is_not_ready(stage))
        stage.server.fail = None
        await until(lambda: _is_ready(stage))


async def test_readiness_names_what_slack_says_of_the_token() -> None:
    async with staged(bot_token="xoxb-wrong") as stage:
        running = asyncio.create_task(stage.adapter.run(Heard().receive))
        await until(lambda: stage.server.calls)
        await until(lambda: _says(stage, "invalid_auth"))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_quiet_socket_outlives_the_longest_call() -> None:
    async with staged(timeout=0.5) as stage, listening(stage.adapter) as heard:
        await asyncio.sleep(1.2)
        event = await asked(stage, heard, "after a silence")
        assert (event.text, stage.server.connected) == ("after a silence", 2)


async def _says(stage: SlackStage, words: str) -> bool:
    return words in (await stage.adapter.ready() or "")


async def _is_not_ready(stage: SlackStage) -> bool:
    return await stage.adapter.ready() is not None


async def _is_ready(stage: SlackStage) -> bool:
    return await stage.adapter.ready() is None
