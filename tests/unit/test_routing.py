"""What an event asks for, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mediation_coach.coach.routing import (
    Ask,
    ChooseSkill,
    Clarify,
    Command,
    Decline,
    Look,
    Open,
    Rest,
    Say,
    ShowCard,
    ShowSources,
    in_context,
    recognise,
    route,
    typed_choice,
)
from mediation_coach.domain.chat import Choice, ConversationState, Field, Form, Intent, Turn
from mediation_coach.domain.guidance import OUT_OF_SCOPE, CardFacts, Found, Retrieval, SectionKind, Skill
from tests.shipped import NOW, message

OFFERED = ConversationState(
    offered=(
        Choice(id="answer:more", label="More"),
        Choice(id="answer:steps", label="Steps"),
        Choice(id="card:a-card", label="A card"),
    ),
)


def found(score: float, skill: str = "process_design", slug: str = "a-card") -> Found:
    facts = CardFacts(
        id=slug, title=slug, solves=slug, skill=skill, kind="method", sensitivity="green", reviewed=NOW.date()
    )
    return Found(card=facts, passages=(), score=score)


def retrieval(*cards: Found, **shares: float) -> Retrieval:
    return Retrieval(found=cards, scope=shares, dense=True)


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("hi", Say(key="hello")),
        ("Bonjour !", Say(key="hello")),
        ("Здравствуйте", Say(key="hello")),
        ("السلام عليكم", Say(key="hello")),
        ("/help", Say(key="help")),
        ("what can you do?", Say(key="help")),
        ("thanks!", Say(key="thanks")),
        ("privacy", Command(name="privacy")),
        ("Forget me.", Command(name="forget_me")),
        ("my plan", Command(name="plan")),
        ("???", Say(key="empty")),
        ("x" * 9000, Say(key="too_long")),
    ],
)
def test_own_words_need_no_look_into_the_folder(text: str, decision: object) -> None:
    assert recognise(message(text), ConversationState()) == decision


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Forget me.", "forget_me"),
        ("my data", "my_data"),
        ("privacy", "privacy"),
        ("home", "home"),
        ("stop", "stop"),
        ("short", "field"),
        ("the plan of the other side", "field"),
    ],
)
def test_words_for_ones_own_rights_are_no_answers_to_a_form(text: str, name: str) -> None:
    state = ConversationState(form=Form(id="f", title="A form", fields=(Field(id="a", label="A"),)))
    decision = recognise(message(text), state)
    assert isinstance(decision, Command)
    assert decision.name == name


@pytest.mark.parametrize(
    ("typed", "decision"),
    [
        ("1", Rest()),
        ("2.", Open(kind=SectionKind.STEPS)),
        ("steps", Open(kind=SectionKind.STEPS)),
        ("3", ShowCard(slug="a-card")),
        ("More", Rest()),
    ],
)
def test_a_choice_counts_typed_by_number_or_label(typed: str, decision: object) -> None:
    assert recognise(message(typed), OFFERED) == decision


def test_a_number_that_was_not_offered_is_not_a_choice() -> None:
    assert typed_choice("9", OFFERED) is None
    assert isinstance(recognise(message("9 people were in the room"), OFFERED), Look)


@pytest.mark.parametrize(
    ("choice", "decision"),
    [
        ("answer:sources", ShowSources()),
        ("answer:wrong_skill", ChooseSkill()),
        ("nonsense", Say(key="unknown_choice")),
        ("checkin:7:done", Command(name="checkin", argument="7:done")),
    ],
)
def test_a_pressed_choice_is_the_same_as_a_typed_one(choice: str, decision: object) -> None:
    event = replace(message(""), intent=Intent.CHOICE, choice=choice)

    assert recognise(event, ConversationState()) == decision


@pytest.mark.parametrize(
    ("text", "urgent"),
    [
        ("one side just left the room and says they are done", True),
        ("they walked out an hour ago", True),
        ("the draft leaked, what now", True),
        ("this clause will kill the deal", False),
        ("we were just ambushed by the press", False),
        ("how do I plan the first meeting of two communities", False),
    ],
)
def test_urgent_words_are_heard_and_metaphors_are_not(text: str, urgent: bool) -> None:
    look = recognise(message(text), ConversationState())

    assert isinstance(look, Look)
    assert look.urgent is urgent


def test_a_follow_up_carries_the_question_before_it() -> None:
    state = ConversationState(turns=(Turn(question="who should sit at the table", at=NOW),))

    assert "table" in in_context("and if the women's groups refuse?", state)
    assert "table" not in in_context("Our monitors were turned back at a checkpoint near the river this week", state)


def test_the_nearest_skill_answers_and_a_near_one_is_offered() -> None:
    look = Look(text="a question of some length about many things here", query="")
    near = retrieval(found(0.6), process_design=0.45, technical_aspects=0.44, crisis_handling=0.05)

    decision = route(look, near, ConversationState())

    assert isinstance(decision, Ask)
    assert decision.route.skill is Skill.PROCESS_DESIGN
    assert decision.route.runner_up is Skill.TECHNICAL_ASPECTS
    assert "a-card" in decision.route.why


def test_urgency_goes_to_crisis_first() -> None:
    look = Look(text="they left an hour ago", query="they left an hour ago", urgent=True)

    decision = route(look, retrieval(found(0.5), process_design=0.5, crisis_handling=0.4), ConversationState())

    assert isinstance(decision, Ask)
    assert decision.route.skill is Skill.CRISIS_HANDLING


def test_a_question_from_elsewhere_is_declined_with_the_nearest_cards() -> None:
    look = Look(text="what is the tax law on vans", query="")

    decision = route(look, retrieval(found(0.35), **{OUT_OF_SCOPE: 0.8}), ConversationState())

    assert isinstance(decision, Decline)
    assert [f.card.id for f in decision.nearest] == ["a-card"]


def test_a_vague_message_is_clarified_once_and_never_a_second_time() -> None:
    look = Look(text="they want the text", query="they want the text")
    near = replace(
        retrieval(found(0.5), found(0.45, slug="b-card"), process_design=0.5, technical_aspects=0.5), content_words=2
    )

    assert isinstance(route(look, near, ConversationState()), Clarify)
    assert isinstance(route(look, near, ConversationState(clarified=True)), Ask)


def test_a_crisis_gets_no_clarifying_question() -> None:
    look = Look(text="they left", query="they left", urgent=True)
    near = replace(retrieval(found(0.5), found(0.45, slug="b-card"), crisis_handling=0.9), content_words=1)

    assert isinstance(route(look, near, ConversationState()), Ask)


def test_a_chosen_skill_is_final() -> None:
    look = Look(text="x", query="x", as_skill=Skill.IMPLEMENTATION)

    decision = route(look, retrieval(found(0.1), **{OUT_OF_SCOPE: 1.0}), ConversationState())

    assert isinstance(decision, Ask)
    assert decision.route.skill is Skill.IMPLEMENTATION
