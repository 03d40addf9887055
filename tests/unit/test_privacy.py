"""Privacy in words: told, shown, erased after one question, left alone, and a person only with consent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mediation_coach.adapters.slack_format import spoken
from mediation_coach.coach.privacy import ASKED_FOR_CONTACT, Duty, Facts, Privacy
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Turn
from mediation_coach.domain.delivery import Outgoing
from mediation_coach.errors import CoachError
from mediation_coach.store.sql import SqlStore
from tests.fakes import NOW, event, person, room, said
from tests.shipped import words_of

EN = ConversationState(language="en")
LEASE = timedelta(seconds=30)


def privacy(store: SqlStore, *, duty: Duty | None = None, facts: Facts | None = None) -> Privacy:
    return Privacy(store, facts or Facts(), duty=duty, now=lambda: NOW)


def in_public() -> Event:
    plain = event()
    return Event(
        id="e9", person=plain.person, at=NOW, conversation=Conversation(adapter="fake", room="all", private=False)
    )


async def with_words(store: SqlStore) -> None:
    await store.accept(event(text="seeded words"), now=NOW)
    (arrival,) = await store.claim_events(adapters={"fake"}, owner="me", now=NOW, lease=LEASE, limit=1)
    state = arrival.state.after(Turn(question="seeded words", at=NOW))
    await store.finish(arrival, said("an answer"), state, now=NOW)


async def test_privacy_says_what_is_kept_who_sees_it_and_which_hosts_are_called(sqlite_store: SqlStore) -> None:
    facts = Facts(turns=4, hours=12, months=9, hosts=("model.example",), operator="The course team runs this.")
    reply, state = await privacy(sqlite_store, facts=facts).privacy(event(), EN, "")
    assert reply is not None
    for said_so in (
        "4 questions",
        "12 hours",
        "your plan, your story and your answers to check-ins, for 9 months",
        "how much you used it, for two days",
        "model.example",
        "The course team runs this.",
        "'forget me'",
    ):
        assert said_so in words_of(reply)
    assert state == EN


async def test_privacy_says_that_no_host_is_called_where_none_is(sqlite_store: SqlStore) -> None:
    reply, _ = await privacy(sqlite_store).privacy(event(), EN, "")
    assert reply is not None
    assert "no outside host" in words_of(reply)


async def test_my_data_is_shown_by_kind_and_then_whole(sqlite_store: SqlStore) -> None:
    await with_words(sqlite_store)
    short, _ = await privacy(sqlite_store).my_data(event(), EN, "")
    whole, _ = await privacy(sqlite_store).my_data(event(), EN, "json")
    assert short is not None
    assert whole is not None
    assert "conversations: 1" in words_of(short)
    assert "seeded words" not in words_of(short)
    assert [c.id for c in short.choices] == ["my_data:json"]
    assert "seeded words" in words_of(whole)
    assert spoken(whole) == "This is all that I keep of you:", "which is all that a lock screen shows"


async def test_of_a_stranger_nothing_is_kept(sqlite_store: SqlStore) -> None:
    reply, _ = await privacy(sqlite_store).my_data(event(by="stranger"), EN, "")
    assert reply is not None
    assert words_of(reply) == "I keep nothing of you."


async def test_forget_me_asks_once_then_erases_and_gives_a_receipt(sqlite_store: SqlStore) -> None:
    await with_words(sqlite_store)
    asks, state = await privacy(sqlite_store).forget_me(event(), EN, "")
    assert asks is not None
    assert [c.id for c in asks.choices] == ["forget_me:yes", "forget_me:no"]
    done, after = await privacy(sqlite_store).forget_me(event(), state, "yes")
    receipt = await sqlite_store.receipt_of(person())
    assert done is not None
    assert receipt is not None
    assert receipt.number in words_of(done)
    assert after == EN
    assert (await sqlite_store.export_person(person()))["conversations"] == []


async def test_a_yes_that_nobody_asked_for_erases_nothing(sqlite_store: SqlStore) -> None:
    await with_words(sqlite_store)
    await privacy(sqlite_store).forget_me(event(), EN, "yes")
    assert await sqlite_store.receipt_of(person()) is None


async def test_a_no_keeps_everything(sqlite_store: SqlStore) -> None:
    await with_words(sqlite_store)
    _, state = await privacy(sqlite_store).forget_me(event(), EN, "")
    _, state = await privacy(sqlite_store).forget_me(event(), state, "no")
    assert state.confirming == ""
    assert await sqlite_store.receipt_of(person()) is None


async def test_in_front_of_others_nothing_is_shown_or_erased(sqlite_store: SqlStore) -> None:
    for command in (privacy(sqlite_store).my_data, privacy(sqlite_store).forget_me):
        reply, state = await command(in_public(), EN, "yes")
        assert reply is not None
        assert reply.aside
        assert "private conversation" in words_of(reply)
        assert state == EN


async def test_stop_takes_back_what_waits(sqlite_store: SqlStore) -> None:
    ahead = Outgoing(key="check_in:1", to=room(), reply=said("later"), due_at=NOW + timedelta(days=3), person=person())
    await sqlite_store.post([ahead], now=NOW)
    await privacy(sqlite_store).stop(event(), EN, "")
    assert (await sqlite_store.outbox_counts(now=NOW + timedelta(days=4)))["due"] == 0


async def test_wipe_clears_the_conversation_at_once(sqlite_store: SqlStore) -> None:
    full = ConversationState(language="fr", greeted=True).after(Turn(question="seeded words", at=NOW))
    reply, state = await privacy(sqlite_store).wipe(event(), full, "")
    assert reply is not None
    assert state == ConversationState(language="fr", greeted=True)


def duty_that(told: list[str], *, fails: bool = False) -> Duty:
    async def tell(words: str) -> None:
        if fails:
            raise CoachError("nobody there")
        told.append(words)

    return Duty(tell=tell, hours="Mon to Fri, 7 to 19 UTC", contacts=("focal point, extension 1",))


async def test_the_person_on_duty_is_told_one_sentence_and_only_after_a_yes(sqlite_store: SqlStore) -> None:
    told: list[str] = []
    ask = privacy(sqlite_store, duty=duty_that(told))
    consent, state = await ask.person(event(text="seeded words"), EN, "ask")
    assert consent is not None
    assert ASKED_FOR_CONTACT in words_of(consent)
    assert "7 to 19 UTC" in words_of(consent)
    assert told == []
    sent, state = await ask.person(event(), state, "yes")
    assert sent is not None
    assert told == [ASKED_FOR_CONTACT]
    assert state.confirming == ""


async def test_without_a_yes_nobody_is_told(sqlite_store: SqlStore) -> None:
    told: list[str] = []
    ask = privacy(sqlite_store, duty=duty_that(told))
    await ask.person(event(), EN, "yes")
    _, state = await ask.person(event(), EN, "ask")
    await ask.person(event(), state, "no")
    assert told == []


async def test_a_duty_that_cannot_be_reached_is_told_truthfully(sqlite_store: SqlStore) -> None:
    ask = privacy(sqlite_store, duty=duty_that([], fails=True))
    _, state = await ask.person(event(), EN, "ask")
    reply, _ = await ask.person(event(), state, "yes")
    assert reply is not None
    assert "could not reach" in words_of(reply)
    assert "extension 1" in words_of(reply)


@pytest.mark.parametrize("argument", ["ask", "yes"])
async def test_in_front_of_others_nobody_is_told_and_the_contacts_are_said(
    sqlite_store: SqlStore, argument: str
) -> None:
    told: list[str] = []
    asked = ConversationState(language="en", confirming="person")
    reply, _ = await privacy(sqlite_store, duty=duty_that(told)).person(in_public(), asked, argument)
    assert reply is not None
    assert reply.aside
    assert "private conversation" in words_of(reply)
    assert "extension 1" in words_of(reply)
    assert (reply.choices, told) == ((), [])


async def test_where_nobody_is_on_duty_it_says_so(sqlite_store: SqlStore) -> None:
    reply, _ = await privacy(sqlite_store).person(event(), EN, "ask")
    assert reply is not None
    assert "No person on duty" in words_of(reply)
