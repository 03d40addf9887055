"""The walk of a question, from a typed line to the reply, over the shipped folder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediation_coach import app
from mediation_coach.coach.check_in_replies import FIRST_HOUR
from mediation_coach.coach.words import LANGUAGES, say
from mediation_coach.domain.chat import Choice, ConversationState, Event, Intent, ReplyKind, Sources
from mediation_coach.domain.guidance import Skill
from mediation_coach.knowledge.plans import read_plans
from tests.shipped import KNOWLEDGE, dialogue, library, message, settings, talk, words_of

WALKOUT = "one side just left the room and says they are done - what now?"


async def test_first_contact_says_what_it_is_what_it_keeps_and_how_to_stop() -> None:
    reply, state = await talk("hi")

    text = words_of(reply).lower()
    assert "machine" in text
    assert "privacy" in text
    assert "forget me" in text
    assert "stop" in text
    assert [c.id for c in reply.choices] == [f"skill:{skill}" for skill in Skill]
    assert state.greeted


@pytest.mark.parametrize(
    ("before", "words", "language"),
    [
        ("hi", "my plan", "en"),
        ("hi", "stop", "en"),
        ("hi", "forget me", "en"),
        ("hi", "settings", "en"),
        ("hi", "my story", "en"),
        ("Comment préparer la première réunion avec les deux délégations ?", "mon histoire", "fr"),
    ],
)
async def test_where_nothing_is_kept_plans_and_stories_say_so(before: str, words: str, language: str) -> None:
    reply, _ = await talk(before, words)
    assert words_of(reply) == say("nothing_kept", language)


async def test_a_crisis_is_answered_at_once_safety_first() -> None:
    reply, _ = await talk(WALKOUT)

    text = words_of(reply)
    assert reply.kind is ReplyKind.ANSWER
    assert (
        text.index(say("crisis_safety_line"))
        < text.index("First hour")
        < text.index("First day")
        < text.index("Next week")
    )
    assert any(isinstance(block, Sources) and block.lines for block in reply.blocks)


@pytest.mark.parametrize(("private", "pauses"), [(True, True), (True, False), (False, True)])
async def test_whose_check_ins_a_crisis_pauses_is_told_so_in_private(private: bool, pauses: bool) -> None:
    async def report(event: Event) -> bool:
        return pauses

    coach = app.build_dialogue(settings(), library(), extras=app.Extras(on_crisis=report))
    asked = message(WALKOUT)
    asked = replace(asked, conversation=replace(asked.conversation, private=private))
    reply, _ = await coach.answer(asked, ConversationState())

    assert reply is not None
    assert (say("plan.paused_by_danger") in words_of(reply)) is (private and pauses)


async def test_a_coordinators_list_changes_no_language() -> None:
    rows = "\n".join(f"participante {n},America/Bogota,es,yes" for n in range(9))
    _, state = await talk(
        "Who should be at the first meeting?", f"cohort import spring\nname,zone,language,consent\n{rows}"
    )

    assert state.language == "en"


async def test_choices_open_what_they_say() -> None:
    reply, _ = await talk(WALKOUT)
    numbers = {choice.id: str(n) for n, choice in enumerate(reply.choices, start=1)}

    steps, _ = await talk(WALKOUT, numbers["answer:steps"])
    risks, _ = await talk(WALKOUT, "risks")
    case, _ = await talk(WALKOUT, "a case")
    sources, _ = await talk(WALKOUT, numbers["answer:sources"])
    rest, _ = await talk(WALKOUT, "more")

    assert words_of(steps).startswith("**Steps**")
    assert words_of(risks).startswith("**Risks**")
    assert words_of(case).startswith("**What happened elsewhere**")
    assert any(isinstance(b, Sources) and len(b.lines) >= 2 for b in sources.blocks)
    assert "answer:risks" in [c.id for c in sources.choices], "one can go on from there, also by number"
    assert all(
        heading in words_of(rest) for heading in ("**Steps**", "**Risks**", "**How it looks from the other side**")
    )


async def test_the_wrong_skill_is_put_right_in_two_presses() -> None:
    chosen, _ = await talk(WALKOUT, "wrong skill")
    answer, state = await talk(WALKOUT, "wrong skill", "Technical aspects")

    assert [c.id for c in chosen.choices] == [f"skill:{skill}" for skill in Skill]
    assert answer.kind is ReplyKind.ANSWER
    assert state.last is not None
    assert state.last.answer is not None
    assert state.last.answer.skill is Skill.TECHNICAL_ASPECTS
    assert state.last.question == WALKOUT


async def test_a_question_from_elsewhere_is_declined_with_the_nearest_cards_and_no_claim() -> None:
    reply, state = await talk("what does the tax law of my country say about a second-hand car?")

    assert reply.kind is ReplyKind.DECLINE
    assert words_of(reply) == say("out_of_scope")
    assert 0 < len(reply.choices) <= 3
    assert state.last is None


async def test_a_declined_question_can_still_open_a_card() -> None:
    reply, _ = await talk("what does the tax law of my country say about a second-hand car?", "1")

    assert reply.kind is ReplyKind.ANSWER


async def test_a_follow_up_is_understood_in_context() -> None:
    _, state = await talk("how do we give women real influence in the talks?", "and if they refuse?")

    assert state.last is not None
    assert state.last.answer is not None
    cards = {c.card for c in state.last.answer.citations}
    assert cards & {
        "women-meaningful-participation",
        "inclusion-modalities",
        "who-at-the-table",
        "gender-provisions-in-text",
    }


async def test_a_vague_message_gets_one_question_and_never_a_second() -> None:
    first, _ = await talk("they want the text")
    again, state = await talk("they want the text", "the text")

    assert first.kind is ReplyKind.CLARIFY
    assert 2 <= len(first.choices) <= 4
    assert again.kind is not ReplyKind.CLARIFY
    assert state.clarified


async def test_a_clarifying_choice_answers() -> None:
    reply, state = await talk("they want the text", "1")

    assert reply.kind is ReplyKind.ANSWER
    assert state.last is not None


OFFERED_BY_NAME = {FIRST_HOUR} | {
    step.card for plan in read_plans(KNOWLEDGE).values() for step in plan.events if step.card
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", sorted(OFFERED_BY_NAME))
@pytest.mark.parametrize("label", ["checkin.choice.card", "plan.choice.first_hour"])
async def test_a_card_opens_whatever_its_button_says(language: str, slug: str, label: str) -> None:
    coach, choice = dialogue(), Choice(id=f"card:{slug}", label=say(label, language))
    state = ConversationState(offered=(choice,), language=language)
    pressed = replace(message(choice.label), intent=Intent.CHOICE, choice=choice.id)
    for event in (pressed, replace(message("1"), locale=language)):
        reply, after = await coach.answer(event, state)
        assert reply is not None
        assert reply.kind is ReplyKind.ANSWER
        assert after.last is not None
        assert after.last.answer is not None
        assert slug in {citation.card for citation in after.last.answer.citations}
        assert after.last.question != choice.label, "what is asked next is not looked up with a button's words"


async def test_every_card_that_may_stand_in_the_way_opens() -> None:
    coach = dialogue()
    for path in sorted(KNOWLEDGE.glob("*/*.md")):
        state = ConversationState(language="en")
        pressed = replace(message(""), intent=Intent.CHOICE, choice=f"card:{path.stem}")
        reply, _ = await coach.answer(pressed, state)
        assert reply is not None
        assert words_of(reply) != say("unknown_choice"), path.stem


@pytest.mark.parametrize("text", ["", "   ", "???", "\x00\x01"])
async def test_an_empty_message_is_met_kindly(text: str) -> None:
    reply, _ = await talk(text)

    assert words_of(reply) == say("empty")


async def test_a_very_long_message_is_met_with_the_limit() -> None:
    reply, _ = await talk("they left the room " * 3000)

    assert "8000" in words_of(reply)


async def test_a_poor_line_gets_short_answers_until_long() -> None:
    reply, _ = await talk("short", WALKOUT)
    back, _ = await talk("short", WALKOUT, "long", WALKOUT)

    assert len(words_of(reply)) <= 500
    assert reply.choices == ()
    assert back.choices != ()
