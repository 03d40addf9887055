"""A sentence is shown only if the passage it cites carries it."""

from __future__ import annotations

import functools
import json
import random
from collections import Counter

import pytest

from mediation_coach.answering.support import Checker, invented, names, numbers, stands_in, tokens
from mediation_coach.domain.composing import sentences
from mediation_coach.domain.guidance import SectionKind, Statement
from tests.chain import ROOT, encode, passages
from tests.shipped import library

HOSTILE = [json.loads(line) for line in (ROOT / "tests/golden/support_hostile.jsonl").read_text("utf-8").splitlines()]
GOLDEN = [json.loads(line) for line in (ROOT / "tests/golden/support.jsonl").read_text("utf-8").splitlines()]
STEPS = passages()["party-walkout#steps"]
CASE = passages()["case-aceh-2005#case"]


@functools.cache
def ordinary() -> frozenset[str]:
    return library().index.ordinary_words()


def why(sentence: str, *cited: str, **rest: object) -> str:
    ids, fault = Checker(encode).carried(sentence, [passages()[c] for c in cited], **rest)  # type: ignore[arg-type]
    return fault or ",".join(ids)


@pytest.mark.parametrize(
    ("part", "least_kept", "most_let_through"),
    [("tune", 0.95, 0.0), ("held_out", 0.95, 0.07), ("fresh", 0.95, 0.05), ("later", 0.95, 0.0)],
)
def test_the_measured_rates_hold(part: str, least_kept: float, most_let_through: float) -> None:
    checker, count = Checker(encode, ordinary=ordinary()), Counter[tuple[bool, bool]]()
    for entry in (e for e in GOLDEN if e["set"] == part):
        ids, _ = checker.carried(entry["text"], [passages()[entry["passage"]]])
        count[entry["carried"], bool(ids)] += 1
    assert count[True, True] / (count[True, True] + count[True, False]) >= least_kept
    assert count[False, True] / max(1, count[False, True] + count[False, False]) <= most_let_through


@pytest.mark.parametrize(("part", "least_caught"), [("tune", 0.95), ("held_out", 0.9), ("hand", 0.85)])
def test_sentences_bent_to_say_something_else_are_caught(part: str, least_caught: float) -> None:
    checker = Checker(encode, ordinary=ordinary())
    caught: dict[str, list[bool]] = {}
    for entry in (e for e in HOSTILE if e["set"] == part):
        ids, _ = checker.carried(entry["text"], [passages()[p] for p in entry["passages"]])
        caught.setdefault(entry["kind"], []).append(not ids)
    every = [c for kind in caught.values() for c in kind]
    assert sum(every) / len(every) >= least_caught
    if part != "hand":  # of which there are a few of each kind only
        assert min(sum(kind) / len(kind) for kind in caught.values()) >= 0.75
        assert {len(kind) for kind in caught.values()} == {30}


@pytest.mark.parametrize(
    ("sentence", "passage", "fault"),
    [
        (
            "Ask those who refused not to insult supporters of the agreement.",
            "referendum-or-parliament-rejects#steps",
            "order",
        ),
        (
            "Write another proposal until you know, and do not repair a missing mandate.",
            "deadlock-diagnosis#in-short",
            "denial",
        ),
        (
            "If you share territory, then all groups rule at home.",
            "power-sharing-options#options-and-trade-offs",
            "amount",
        ),
        (
            "If you share the centre, then the opposition in parliament will disappear.",
            "power-sharing-options#options-and-trade-offs",
            "certainty",
        ),
        ("Leaders have a reason to stay.", "power-sharing-options#options-and-trade-offs", "condition"),
        (
            "If posts go by armed strength, then guns are quieter now, because others learn that guns open doors.",
            "power-sharing-options#options-and-trade-offs",
            "cause",
        ),
        ("Give both delegations a longer chance to prepare.", "role-of-donors#in-short", "comparison"),
        ("Protect abu karim afterwards.", "secret-backchannels#steps", "name"),
    ],
)
def test_how_a_sentence_is_bent_is_named(sentence: str, passage: str, fault: str) -> None:
    checker = Checker(encode, ordinary=ordinary())
    assert checker.carried(sentence, [passages()[passage]]) == ((), fault)


def test_a_true_sentence_under_another_cards_number_is_not_carried() -> None:
    checker, chance, let_through = Checker(encode), random.Random(7), 0
    for _ in range(200):
        one, other = chance.sample(list(passages().values()), 2)
        sentence = chance.choice([s for line in one.lines for s in sentences(line.text)])
        if one.card.id != other.card.id and not stands_in(
            Statement(text=sentence, passages=(other.id,)), {other.id: other}
        ):
            let_through += bool(checker.carried(sentence, [other])[0])
    assert let_through == 0


def test_every_sentence_of_the_library_carries_itself() -> None:
    checker, chance = Checker(), random.Random(3)
    for passage in chance.sample(list(passages().values()), 60):
        for line in passage.lines:
            for sentence in sentences(line.text):
                if len(sentence.split()) > 5:
                    assert checker.carried(sentence, [passage])[0], sentence


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("If three weeks pass, move to technical or humanitarian work.", "number"),
        ("If two months pass, move to technical or humanitarian work.", "number"),
        ("Ask the African Union to check that the delegates who left are safe.", "name"),
        ("Do not check that the delegates who left are safe and can travel.", "denial"),
        ("Ask the side that stayed to take every advantage on the ground.", "denial"),
        ("Sell the archive to the highest bidder.", "added"),
    ],
)
def test_the_reason_is_named(sentence: str, fault: str) -> None:
    assert why(sentence, "party-walkout#steps") == fault


def test_a_turned_pair_is_noticed() -> None:
    assert (
        why("Share careful analysis of costs in public, with sources they trust.", "ripeness-assessment#steps")
        == "turned"
    )


def test_only_the_passages_that_carry_it_stay_cited() -> None:
    kept = why(
        "Check that the delegates who left are safe and can travel.", "party-walkout#steps", "ripeness-assessment#steps"
    )
    assert kept == "party-walkout#steps"


def test_advice_may_address_those_whom_the_asker_named_but_a_case_may_not_be_about_them() -> None:
    advice = "Check that Hector and the delegates who left are safe and can travel."
    assert why(advice, STEPS.id) == "name"
    assert why(advice, STEPS.id, addressed=["Hector"]) == STEPS.id
    assert CASE.kind is SectionKind.CASE
    assert why("Hector handed in 840 weapons in four stages.", CASE.id, addressed=["Hector"]) == "name"


def test_without_the_embedding_model_words_alone_must_do_more() -> None:
    near = "Treat the empty chair as a break and not as the end of the talks."
    assert why(near, "party-walkout#in-short") == "party-walkout#in-short"
    assert Checker().carried(near, [passages()["party-walkout#in-short"]])[0] == ()


def test_numbers_are_read_in_every_form() -> None:
    assert numbers("Two of 1,424 in 1990, ٣ weeks before March") == {
        "2",
        "1424",
        "1990",
        "3",
        "week",
        "3 week",
        "march",
    }
    assert numbers("One of them") == frozenset()


def test_names_are_capitalised_words_that_begin_no_sentence() -> None:
    assert names("Ask Priam and the LRA. Then wait; I will not.") == {"priam", "lra"}
    assert names("Priam handed in the weapons. ") == {"priam"}
    assert names("Hand in the weapons.") == frozenset()
    assert tokens("The LRA’s don’t") == ["the", "lra", "don't"]


async def test_invented_citations_are_counted() -> None:
    from mediation_coach.answering.extractive import Extractive
    from mediation_coach.domain.guidance import Skill
    from tests.chain import SHAPES, question

    answer = await Extractive().answer(question(), SHAPES[Skill.CRISIS_HANDLING])
    assert invented(answer, set(passages())) == 0
    assert invented(answer, {"another-card#steps"}) == sum(1 for _ in answer.statements())


def test_a_tail_that_only_touches_the_next_sentence_is_an_addition() -> None:
    steps = "commitment-problem-and-guarantees#steps"

    assert why("Cheap words do not change fear.", steps) == steps
    assert why("Cheap words do not change fear and pay the commanders.", steps) == "added"


def test_a_word_that_is_said_again_in_a_tail_is_new_there() -> None:
    tail = "Test both beliefs in each leader, commander, financier and community, because they often differ and pay the commanders."
    assert why(tail, "ripeness-assessment#in-short") == "added"
