"""Words that close doors are not echoed, and that is said calmly, once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mediation_coach.coach.sensitivity import Loaded, calmed
from mediation_coach.domain.chat import ConversationState, Reply, ReplyKind
from tests.shipped import GOLDEN, dialogue, message, words_of

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (GOLDEN / "sensitivity.jsonl").read_text("utf-8").splitlines()
]


async def asked(text: str) -> tuple[Reply, ConversationState]:
    reply, state = await dialogue().answer(message(text), ConversationState())
    assert reply is not None
    return reply, state


def everything(reply: Reply) -> str:
    return words_of(reply) + " ".join(choice.label for choice in reply.choices) + reply.summary


def test_there_are_forty_cases() -> None:
    assert len(CASES) == 40


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
async def test_loaded_words_are_not_echoed(case: dict[str, Any]) -> None:
    reply, _ = await asked(case["text"])
    said = everything(reply).lower()
    assert [word for word in case["avoid"] if word.lower() in said] == []


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_loaded_words_are_recognised(case: dict[str, Any]) -> None:
    assert calmed(case["text"]).kinds


def test_what_is_looked_up_and_shown_to_a_model_is_calm() -> None:
    names = [c for c in CASES if c["kind"] in ("dehumanising", "coded_word", "neutral_naming", "stereotypes")]
    loud = [c["id"] for c in names if any(w.lower() in calmed(c["text"]).text.lower() for w in c["avoid"])]
    assert loud == []


async def test_it_says_calmly_that_it_does_not_repeat_a_word() -> None:
    reply, state = await asked("Those cockroaches broke the ceasefire. How should the joint commission react to it?")
    assert reply.kind is ReplyKind.ANSWER
    assert "leave everyone their humanity" in words_of(reply)
    assert state.last is not None
    assert "cockroach" not in state.last.question


async def test_what_a_court_established_is_not_one_opinion_of_two() -> None:
    reply, _ = await asked(
        "A tribunal ruled that it was a massacre; they want our text to say alleged massacre. How do we draft the preamble?"
    )
    if reply.kind is ReplyKind.ANSWER:
        assert "competent court has established" in words_of(reply)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Ces cafards veulent une place à table", Loaded.DEHUMANISING),
        ("Esas ratas rompieron la tregua", Loaded.DEHUMANISING),
        ("Эти крысы нарушили перемирие", Loaded.DEHUMANISING),
        ("هؤلاء الصراصير خرقوا الهدنة", Loaded.DEHUMANISING),
        ("Les haines ancestrales rendent tout impossible", Loaded.HATREDS),
        ("Los odios ancestrales lo hacen imposible", Loaded.HATREDS),
        ("Как договариваться с террористами и бандитами?", Loaded.NAMING),
        ("كيف نتفاوض مع الإرهابيين؟", Loaded.NAMING),
    ],
)
def test_loaded_words_are_recognised_in_every_language(text: str, kind: Loaded) -> None:
    calm = calmed(text)
    assert kind in calm.kinds
    assert calm.text != text


def test_plain_words_of_the_field_stay() -> None:
    for text in (
        "What belongs in the sanctions regime and its list?",
        "Who guards the animals and the wells of the herders?",
        "How do courts and commissions of inquiry fit into an agreement?",
    ):
        assert calmed(text).text == text
