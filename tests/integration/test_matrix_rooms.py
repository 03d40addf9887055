"""The coach in Matrix rooms, on a real Synapse: whom it hears, where it answers, what it keeps apart."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nio import ReactionEvent
from nio.crypto.attachments import decrypt_attachment

from mediation_coach import logs
from mediation_coach.adapters.matrix import MatrixAdapter
from mediation_coach.adapters.matrix_html import plain_text
from mediation_coach.adapters.matrix_rooms import is_private
from mediation_coach.adapters.matrix_words import say
from mediation_coach.domain.chat import Choice, Choices, Event, Image, Intent, Person, Reply, ReplyKind, Text
from mediation_coach.errors import NotDelivered
from mediation_coach.knowledge.lexicon import detect_language
from mediation_coach.testing import saying
from tests.matrix_people import EchoCoach, Member, eventually, options_for, running
from tests.synapse import Synapse, synapse

pytestmark = [pytest.mark.xdist_group("synapse"), pytest.mark.timeout(120)]
__all__ = ["synapse"]

both = pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])


@both
async def test_a_question_in_a_private_room_is_answered_once(synapse: Synapse, tmp_path: Path, encrypted: bool) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "who should sit at the table")
        answer = await person.answered(room, coach.user, "echo: who should sit at the table")

        assert answer.source["content"]["msgtype"] == "m.notice"
        assert person.bodies(room, coach.user) == ["echo: who should sit at the table"]
        assert bool(answer.decrypted) is encrypted
        assert await coach.adapter.ready() is None


@both
async def test_in_a_group_only_a_mention_a_prefix_or_our_own_thread_is_answered(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    async with (
        Member.present(synapse) as person,
        Member.present(synapse) as other,
        running(EchoCoach(options_for(synapse, tmp_path))) as coach,
    ):
        room = await a_group(person, other, coach, encrypted=encrypted)
        await person.say(room, "what do you all think, coach?")
        called = await person.say(room, f"{coach.user[1:].split(':')[0]}: what now", mention=coach.user)
        answer = await person.answered(room, coach.user, "echo: what now")
        await person.say(room, "and then", thread=called)
        further = await person.answered(room, coach.user, "echo: and then")
        prefixed = await other.say(room, "!coach and the money")
        third = await person.answered(room, coach.user, "echo: and the money")

        assert relation(answer)["event_id"] == relation(further)["event_id"] == called
        assert relation(answer)["rel_type"] == "m.thread"
        assert relation(answer)["is_falling_back"]
        assert relation(answer)["m.in_reply_to"]
        assert relation(third)["event_id"] == prefixed
        assert len(person.bodies(room, coach.user)) == 3
        assert all(not e.conversation.private for e in coach.events)


async def test_a_question_in_a_thread_of_a_private_room_is_answered_there(synapse: Synapse, tmp_path: Path) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user)
        root = await person.say(room, "one")
        await person.say(room, "two", thread=root)
        answer = await person.answered(room, coach.user, "echo: two")

        assert relation(answer)["event_id"] == root
        assert [e.conversation.thread for e in coach.events] == ["", root]


@both
async def test_a_number_under_an_answer_is_a_choice_and_a_thumb_is_feedback(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    choices = Choices(choices=(Choice(id="answer:steps", label="Steps"), Choice(id="answer:risks", label="Risks")))

    def answer(event: Event) -> Reply | None:
        return Reply(blocks=(Text(markdown="read this"), choices)) if event.intent is Intent.MESSAGE else None

    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path), answer)) as coach:
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "a question")
        shown = await person.answered(room, coach.user, "read this\n\n1. Steps\n2. Risks")
        coach.adapter._line.recent.__init__()  # type: ignore[misc, union-attr]  # as after a restart: the server is asked
        await person.react(room, shown.event_id, "2️⃣")
        await person.react(room, shown.event_id, "👍🏾")
        await person.react(room, shown.event_id, "🎉")
        await person.react(room, shown.event_id, "9️⃣")
        await eventually(lambda: len(coach.events) >= 3)

        pressed, rated = coach.events[1:]
        assert (pressed.intent, pressed.choice, pressed.text, pressed.about) == (
            Intent.CHOICE,
            "answer:risks",
            "Risks",
            shown.event_id,
        )
        assert (rated.intent, rated.choice, rated.about) == (Intent.FEEDBACK, "up", shown.event_id)


@both
async def test_where_it_is_wanted_the_numbers_stand_ready_to_be_pressed(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    choices = Choices(choices=(Choice(id="a", label="Steps"), Choice(id="b", label="Risks")))

    def answer(event: Event) -> Reply | None:
        return Reply(blocks=(choices,)) if event.intent is Intent.MESSAGE else None

    options = options_for(synapse, tmp_path, offer_reactions=True)
    async with Member.present(synapse) as person, running(EchoCoach(options, answer)) as coach:
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "a question")
        shown = await person.answered(room, coach.user, "1. Steps\n2. Risks")
        await person.until(lambda: len(pressed_by(person, coach.user)) == 2, why="both numbers")
        assert pressed_by(person, coach.user) == [(shown.event_id, "1️⃣"), (shown.event_id, "2️⃣")]
        await person.react(room, shown.event_id, "1️⃣")
        await eventually(lambda: [e.choice for e in coach.events] == ["", "a"])


def pressed_by(person: Member, user: str) -> list[tuple[str, str]]:
    return [(e.reacts_to, e.key) for _, e in person.heard if isinstance(e, ReactionEvent) and e.sender == user]


async def test_edits_and_deletions_of_what_was_asked_are_told(synapse: Synapse, tmp_path: Path) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user)
        asked = await person.say(room, "first words")
        await person.answered(room, coach.user, "echo: first words")
        new = {
            "m.new_content": {"msgtype": "m.text", "body": "better words"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": asked},
        }
        await person.say(room, "* better words", **new)
        await person.client.room_redact(room, asked)
        await eventually(lambda: len(coach.events) >= 3)

        edited, deleted = coach.events[1:]
        assert (edited.intent, edited.about, edited.text) == (Intent.EDITED, asked, "better words")
        assert (deleted.intent, deleted.about) == (Intent.DELETED, asked)


async def test_of_what_others_delete_in_a_group_nothing_is_told_and_of_a_question_also_after_a_restart(
    synapse: Synapse, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path)
    async with Member.present(synapse) as person, Member.present(synapse) as other:
        async with running(EchoCoach(options)) as coach:
            room = await a_group(person, other, coach, encrypted=False)
            aside = await other.say(room, "between us")
            await other.client.room_redact(room, aside)
            roots = [await person.say(room, f"!coach question {n}") for n in (1, 2)]
            await person.answered(room, coach.user, "echo: question 2")
            assert {e.person.id for e in coach.events} == {person.user}
            assert {e.intent for e in coach.events} == {Intent.MESSAGE}

        async with running(EchoCoach(options)) as again:
            await person.client.room_redact(room, roots[0])
            await eventually(lambda: len(again.events) == 2)
            assert {(e.intent, e.about) for e in again.events} == {(Intent.DELETED, roots[0])}
            assert sorted(e.conversation.thread for e in again.events) == sorted(roots)
            assert len({e.id for e in again.events}) == 2


@both
async def test_words_from_before_the_join_are_not_answered(synapse: Synapse, tmp_path: Path, encrypted: bool) -> None:
    async with Member.present(synapse) as person:
        options = options_for(synapse, tmp_path)
        room = await person.open_room(encrypted=encrypted)
        await person.say(room, "before the coach was here")
        async with running(EchoCoach(options)) as coach:
            await person.client.room_invite(room, coach.user)
            await person.until(lambda: person.in_room(room) == 2)
            await person.say(room, "now it is here")
            await person.answered(room, coach.user, "echo: now it is here")

            assert [e.text for e in coach.events] == ["now it is here"]
            assert person.bodies(room, coach.user) == ["echo: now it is here"]


async def test_the_first_start_of_an_account_answers_nothing_old(synapse: Synapse, tmp_path: Path) -> None:
    async with Member.present(synapse) as person:
        options = options_for(synapse, tmp_path)
        token, _ = synapse.log_in(options.user)
        room = str((await person.client.room_create(invite=[options.user])).room_id)
        synapse.ask("POST", f"/_matrix/client/v3/join/{room}", {}, token)
        await person.say(room, "an old question")
        async with running(EchoCoach(options)) as coach:
            await person.say(room, "a new one")
            await person.answered(room, coach.user, "echo: a new one")

            assert [e.text for e in coach.events] == ["a new one"]


async def test_the_coach_introduces_itself_once_to_the_one_who_invited_it(synapse: Synapse, tmp_path: Path) -> None:
    async with Member.present(synapse) as person:
        options = options_for(synapse, tmp_path, introduce=True)
        async with running(EchoCoach(options)) as coach:
            room = await person.open_room(coach.user)
            await person.answered(room, coach.user, "hello")
            assert [(e.intent, e.person.id, e.conversation.private) for e in coach.events] == [
                (Intent.JOINED, person.user, True)
            ]
        async with running(EchoCoach(options)) as coach:
            await person.say(room, "again")
            await person.answered(room, coach.user, "echo: again")
            assert person.bodies(room, coach.user).count("hello") == 1


async def test_of_a_check_in_that_is_kept_back_a_newcomer_learns_nothing(synapse: Synapse, tmp_path: Path) -> None:
    async with (
        Member.present(synapse) as person,
        Member.present(synapse) as other,
        running(EchoCoach(options_for(synapse, tmp_path))) as coach,
    ):
        room = await person.open_room(coach.user)
        await person.say(room, "hello")
        await person.answered(room, coach.user, "echo: hello")
        where = coach.events[0].conversation
        await person.client.room_invite(room, other.user)
        await other.client.join(room)
        await person.answered(room, coach.user, say("no_longer_private", prefix="!coach"))
        asked = saying("How did it go?")
        for kept in (replace(asked, ring=True), replace(asked, kind=ReplyKind.CHECK_IN), asked):
            with pytest.raises(NotDelivered, match="no longer private"):
                await coach.adapter.send(where, kept, key=f"{kept.ring}-{kept.kind}")
        withheld = say("withheld", prefix="!coach")
        await other.answered(room, coach.user, withheld)
        assert other.bodies(room, coach.user).count(withheld) == 1, "of the reply to a question alone"


@both
async def test_a_third_member_ends_the_privacy_and_the_coach_says_so(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    async with (
        Member.present(synapse) as person,
        Member.present(synapse) as other,
        running(EchoCoach(options_for(synapse, tmp_path))) as coach,
    ):
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "between us")
        await person.answered(room, coach.user, "echo: between us")
        await person.client.room_invite(room, other.user)
        await other.client.join(room)
        said = say("no_longer_private", prefix="!coach")
        await person.answered(room, coach.user, said)
        await other.until(lambda: room in other.client.rooms)
        await other.say(room, "are you talking to me")
        await other.say(room, "!coach yes")
        answer = await person.answered(room, coach.user, "echo: yes")

        assert relation(answer)["rel_type"] == "m.thread"
        assert person.bodies(room, coach.user) == ["echo: between us", said, "echo: yes"]


async def test_of_rooms_and_files_the_coach_speaks_in_the_language_of_the_room(
    synapse: Synapse, tmp_path: Path
) -> None:
    options = options_for(synapse, tmp_path)
    coach = EchoCoach(options)
    coach.adapter = MatrixAdapter(options, language_of=detect_language)
    async with Member.present(synapse) as person, Member.present(synapse) as other, running(coach):
        room = await person.open_room(coach.user)
        asked = "Qui devrait être à la première réunion entre les deux communautés ?"
        await person.say(room, asked)
        await person.answered(room, coach.user, f"echo: {asked}")
        await person.say(room, "ok")
        await person.answered(room, coach.user, "echo: ok")
        await person.say(room, "plan.pdf", msgtype="m.file", url="mxc://coach.test/none")
        await person.answered(room, coach.user, say("no_files", "fr"))
        await person.client.room_invite(room, other.user)
        await other.client.join(room)
        await person.answered(room, coach.user, say("no_longer_private", "fr", prefix="!coach"))


async def test_the_coach_leaves_when_the_last_person_leaves(synapse: Synapse, tmp_path: Path) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user)
        await person.say(room, "bye")
        await person.answered(room, coach.user, "echo: bye")
        await person.client.room_leave(room)
        await eventually(lambda: room not in coach.adapter._line.client.rooms)  # type: ignore[union-attr]

        membership = (
            "select membership from room_memberships where room_id = ? and user_id = ? order by rowid desc limit 1"
        )
        await eventually(lambda: synapse.rows(membership, room, coach.user)[0][0] == "leave")


@both
async def test_an_upgraded_room_is_followed_and_not_greeted_again(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    async with (
        Member.present(synapse) as person,
        Member.present(synapse) as other,
        running(EchoCoach(options_for(synapse, tmp_path, introduce=True))) as coach,
    ):
        room = await a_group(person, other, coach, encrypted=encrypted, join_rule="public")
        new = str(
            synapse.ask("POST", f"/_matrix/client/v3/rooms/{room}/upgrade", {"new_version": "11"}, person.token)[
                "replacement_room"
            ]
        )
        await person.until(
            lambda: coach.user in getattr(person.client.rooms.get(new), "users", {}), why="the coach followed"
        )
        await person.say(new, "still there?", mention=coach.user)
        answer = await person.answered(new, coach.user, "echo: still there?")

        assert bool(answer.decrypted) is encrypted

        assert [e.conversation.room for e in coach.events if e.intent is Intent.JOINED] == [room]


async def test_an_upgraded_room_that_needs_an_invitation_is_followed_when_it_comes(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with (
        Member.present(synapse) as person,
        running(EchoCoach(options_for(synapse, tmp_path, introduce=True))) as coach,
    ):
        room = await person.open_room(coach.user)
        await person.answered(room, coach.user, "hello")
        new = str(
            synapse.ask("POST", f"/_matrix/client/v3/rooms/{room}/upgrade", {"new_version": "11"}, person.token)[
                "replacement_room"
            ]
        )
        await person.client.room_invite(new, coach.user)
        await person.until(lambda: person.in_room(new) == 2)
        await person.say(new, "and here?")
        await person.answered(new, coach.user, "echo: and here?")

        assert "hello" not in person.bodies(new, coach.user)


async def test_only_allowed_people_get_the_coach_into_a_room(synapse: Synapse, tmp_path: Path) -> None:
    async with Member.present(synapse) as friend, Member.present(synapse) as stranger:
        options = options_for(synapse, tmp_path, allow_users=(friend.user,))
        async with running(EchoCoach(options)) as coach:
            refused = str((await stranger.client.room_create(invite=[coach.user])).room_id)
            room = await friend.open_room(coach.user)
            await friend.say(room, "hello")
            await friend.answered(room, coach.user, "echo: hello")
            await stranger.until(
                lambda: coach.user not in stranger.client.rooms[refused].users, why="the invitation was declined"
            )

            assert list(coach.adapter._line.client.rooms) == [room]  # type: ignore[union-attr]


async def test_a_coach_put_out_of_a_room_says_that_it_cannot_deliver(synapse: Synapse, tmp_path: Path) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user)
        await person.say(room, "hello")
        await person.answered(room, coach.user, "echo: hello")
        where = coach.events[0].conversation
        await person.client.room_ban(room, coach.user)
        await eventually(lambda: room not in coach.adapter._line.client.rooms)  # type: ignore[union-attr]

        with pytest.raises(NotDelivered):
            await coach.adapter.send(where, Reply(blocks=(Text(markdown="too late"),)), key="late")
        assert await coach.adapter.ready() is None


async def test_notices_own_words_and_nonsense_are_passed_over_and_files_kindly_declined(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user)
        await person.say(room, "I am a bot too", msgtype="m.notice")
        for nonsense in ({"msgtype": 7}, {"msgtype": "m.text", "body": {"no": "text"}}, {}):
            await person.client.room_send(room, "m.room.message", nonsense)
        await person.client.room_send(room, "m.reaction", {"m.relates_to": "nothing"})
        await person.say(room, "plan.pdf", msgtype="m.file", url="mxc://coach.test/none")
        await person.answered(room, coach.user, say("no_files"))
        await person.say(room, "in words then")
        await person.answered(room, coach.user, "echo: in words then")

        assert [e.text for e in coach.events] == ["in words then"]


async def test_a_rooms_settings_are_changed_by_those_who_may(synapse: Synapse, tmp_path: Path) -> None:
    async with (
        Member.present(synapse) as person,
        Member.present(synapse) as other,
        running(EchoCoach(options_for(synapse, tmp_path))) as coach,
    ):
        room = await a_group(person, other, coach)
        await other.say(room, "!coach help")
        helped = await person.answered(room, coach.user, plain_text(say("room_help", prefix="!coach")))
        await other.say(room, "!coach settings listen everything")
        await person.answered(room, coach.user, say("room_setting_refused"))
        await person.say(room, "!coach settings listen everything")
        await person.answered(
            room, coach.user, say("room_settings", listen="everything", introduce="on", prefix="!coach")
        )
        await other.say(room, "no mention at all")
        await person.answered(room, coach.user, "echo: no mention at all")

        assert relation(helped)["rel_type"] == "m.thread"


async def test_the_same_key_appears_once_and_is_found_again(synapse: Synapse, tmp_path: Path) -> None:
    long = "\n\n".join(f"Paragraph {n} has <b>words</b> & signs. " * 20 for n in range(30))
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user, encrypted=True)
        await person.say(room, "hello")
        await person.answered(room, coach.user, "echo: hello")
        where = coach.events[0].conversation
        reply = Reply(blocks=(Text(markdown=long),))
        first = await coach.adapter.send(where, reply, key="long")
        again = await coach.adapter.send(where, reply, key="long")
        await person.until(lambda: any(e.event_id == first for e in person.answers(room, coach.user)))
        parts = person.answers(room, coach.user)[1:]

        assert again == first == await coach.adapter.find_sent(where, key="long")
        assert await coach.adapter.find_sent(where, key="never") is None
        assert len(parts) == len({e.event_id for e in parts}) > 1
        assert "".join(e.body for e in parts).count("Paragraph") == long.count("Paragraph")
        assert "<b>" not in "".join(e.formatted_body for e in parts)


@both
async def test_what_must_ring_mentions_the_person_and_pictures_arrive(
    synapse: Synapse, tmp_path: Path, encrypted: bool
) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user, encrypted=encrypted)
        await person.say(room, "hello")
        await person.answered(room, coach.user, "echo: hello")
        where = coach.events[0].conversation
        reply = Reply(blocks=(Image(png=picture, alt="a plan"), Text(markdown="How is it going?")), ring=True)
        await coach.adapter.send(where, reply, key="check-in")
        rung = await person.answered(room, coach.user, "How is it going?")
        image = next(e for r, e in person.heard if r == room and "a plan" in str(getattr(e, "body", "")))

        assert rung.source["content"]["msgtype"] == "m.text"
        assert rung.source["content"]["m.mentions"] == {"user_ids": [person.user]}
        body = (await person.client.download(image.url)).body
        if encrypted:
            file = image.source["content"]["file"]
            body = decrypt_attachment(body, file["key"]["k"], file["hashes"]["sha256"], file["iv"])
        assert body == picture


async def test_a_person_is_found_in_a_room_of_their_own_or_invited_to_a_new_encrypted_one(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        who = Person(adapter="matrix", id=person.user)
        opened = await coach.adapter.direct_conversation(who)
        again = await coach.adapter.direct_conversation(who)
        await person.client.join(opened.room)
        await person.until(lambda: person.in_room(opened.room) == 2)
        await coach.adapter.send(opened, Reply(blocks=(Text(markdown="a check-in"),), ring=True), key="c1")
        seen = await person.answered(opened.room, coach.user, "a check-in")

        assert opened == again
        assert opened.private
        assert seen.decrypted


async def test_typing_is_shown_and_what_was_received_is_acknowledged_in_its_thread(
    synapse: Synapse, tmp_path: Path
) -> None:
    async with Member.present(synapse) as person, running(EchoCoach(options_for(synapse, tmp_path))) as coach:
        room = await person.open_room(coach.user)
        root = await person.say(room, "one")
        asked = await person.say(room, "two", thread=root)
        await person.answered(room, coach.user, "echo: two")
        await coach.adapter.working(coach.events[0].conversation, True)
        await person.until(lambda: person.client.rooms[room].typing_users == [coach.user], why="typing")
        await coach.adapter.working(coach.events[0].conversation, False)
        await person.until(lambda: person.client.rooms[room].typing_users == [], why="no longer typing")
        receipts = person.client.rooms[room].threaded_read_receipts
        await person.until(lambda: receipts.get(coach.user, {}).get(root), why="a receipt in the thread")

        assert receipts[coach.user][root].event_id == asked


@both
async def test_a_private_text_is_in_no_other_room_nor_in_any_log(
    synapse: Synapse, tmp_path: Path, encrypted: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "the-heron-flies-at-dawn"
    logs.set_up("DEBUG", vendors="DEBUG")
    try:
        async with (
            Member.present(synapse) as person,
            Member.present(synapse) as other,
            running(EchoCoach(options_for(synapse, tmp_path / "coach"))) as coach,
        ):
            room = await person.open_room(coach.user, encrypted=encrypted)
            elsewhere = await other.open_room(coach.user, encrypted=encrypted)
            group = await a_group(person, other, coach, encrypted=encrypted)
            await person.say(room, secret)
            await person.answered(room, coach.user, f"echo: {secret}")
            await other.say(elsewhere, "what do others ask you")
            await other.say(group, "and here", mention=coach.user)
            await other.answered(elsewhere, coach.user, "echo: what do others ask you")
            await other.answered(group, coach.user, "echo: and here")

            heard = "".join(str(getattr(e, "source", "")) for _, e in other.heard)
            people = (person.user, other.user, coach.user, room)
    finally:
        logs.set_up("WARNING")
        logging.getLogger().handlers.clear()
    said = "".join(capfd.readouterr())
    kept = b"".join(
        f.read_bytes()
        for f in (tmp_path / "coach").rglob("*")
        if f.is_file() and f.suffix != ".db" and f.name != "session.json"
    )

    assert secret not in heard
    assert secret not in said
    assert not any(name in said for name in people)
    assert secret.encode() not in kept


async def a_group(
    person: Member, other: Member, coach: EchoCoach, *, encrypted: bool = False, join_rule: str = ""
) -> str:
    """Make a room of three."""
    room = await person.open_room(coach.user, other.user, encrypted=encrypted, joined=2)
    if join_rule:
        await person.client.room_put_state(room, "m.room.join_rules", {"join_rule": join_rule})
    await other.client.join(room)
    await person.until(lambda: person.in_room(room) == 3, why="all three are there")
    await other.until(lambda: other.in_room(room) == 3, why="all three are there")
    await eventually(lambda: len(coach.adapter._line.client.rooms[room].users) == 3)  # type: ignore[union-attr]
    await eventually(lambda: not is_private(coach.adapter._line.client.rooms[room]))  # type: ignore[union-attr]
    return room


def relation(event: Any) -> dict[str, Any]:
    found: dict[str, Any] = event.source["content"].get("m.relates_to", {})
    return found
