"""Names and whatever leads to people are masked before a text leaves, and put back in what returns."""

from __future__ import annotations

import json
import re

import pytest

from mediation_coach.answering.masking import Mask, Masker
from tests.chain import ROOT, passages

GOLDEN = [json.loads(line) for line in (ROOT / "tests/golden/masking.jsonl").read_text("utf-8").splitlines()]
ORDINARY = {w for p in passages().values() for w in re.findall(r"[^\W\d_]+", p.text) if w.islower()}


def hidden(text: str, *, names: tuple[str, ...] = ()) -> str:
    return Mask(Masker(names=names, ordinary=ORDINARY)).hide(text)


@pytest.mark.parametrize(("part", "least"), [("tune", 1.0), ("held_out", 0.95)])
def test_the_measured_recall_holds(part: str, least: float) -> None:
    found = wanted = 0
    for entry in (e for e in GOLDEN if e["set"] == part):
        out = hidden(entry["text"])
        wanted += len(entry["mask"])
        found += sum(not re.search(rf"(?<!\w){re.escape(m)}(?!\w)", out) for m in entry["mask"])
    assert found / wanted >= least


def test_few_other_words_are_masked() -> None:
    words = extra = 0
    for entry in GOLDEN:
        words += len(entry["text"].split())
        mask = Mask(Masker(ordinary=ORDINARY))
        named = " ".join(entry["mask"]).casefold()
        kept = re.sub(r"‹[A-Z]+-\d+›", " ", mask.hide(entry["text"])).casefold()
        extra += sum(w not in kept and w not in named for w in re.findall(r"\w+", entry["text"].casefold()))
    assert extra / words <= 0.03


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("mail me at chair@example.org", "mail me at ‹EMAIL-1›"),
        ("call +44 7700 900123 tonight", "call ‹PHONE-1› tonight"),
        ("they are at 4.3947, 18.5582 now", "they are at ‹COORDINATES-1› now"),
        ("we meet on 14 March 2025", "we meet on ‹DATE-1›"),
        ("see https://drafts.example.net/v7", "see ‹URL-1›"),
        ("ask @liaison:example.org", "ask ‹HANDLE-1›"),
        ("between 1992 and 1994 nothing moved", "between 1992 and 1994 nothing moved"),
        ("the UN and the EU disagree on DDR", "the UN and the EU disagree on DDR"),
        ("I think the Minister will leave on Monday", "I think the Minister will leave on Monday"),
    ],
)
def test_each_kind_has_its_placeholder_and_common_words_have_none(text: str, out: str) -> None:
    assert hidden(text) == out


def test_the_same_name_is_the_same_placeholder_throughout() -> None:
    mask = Mask(Masker())
    assert mask.hide("Has Achilles left?") == "Has ‹PERSON-1› left?"
    assert mask.hide("I asked Achilles; Hector knows achilles.") == "I asked ‹PERSON-1›; ‹PERSON-2› knows ‹PERSON-1›."


def test_the_operators_own_names_are_masked_in_any_case() -> None:
    assert (
        hidden("tell blue house that moonlight failed", names=("Moonlight", "Blue House"))
        == "tell ‹NAME-1› that ‹NAME-2› failed"
    )


def test_names_are_put_back_whatever_brackets_the_model_uses() -> None:
    mask = Mask(Masker())
    mask.hide("Is Achilles in Thebes?")
    assert (
        mask.restore("Ask ‹PERSON-1›, <PERSON-1> or PERSON-1 in [PLACE-1].")
        == "Ask Achilles, Achilles or Achilles in Thebes."
    )


def test_contact_details_and_invented_placeholders_are_never_put_back() -> None:
    mask = Mask(Masker())
    mask.hide("Achilles is at +44 7700 900123")
    assert mask.restore("Call ‹PHONE-1›.") is None
    assert mask.restore("Call ‹PERSON-7›.") is None


def test_a_placeholder_typed_by_a_person_is_not_taken_for_one_of_ours() -> None:
    mask = Mask(Masker())
    assert mask.hide("tell ‹PERSON-1› that Achilles left") == "tell person 1 that ‹PERSON-1› left"


def test_a_mask_does_not_show_what_it_hides() -> None:
    mask = Mask(Masker())
    mask.hide("Has Achilles left?")
    assert repr(mask) == "Mask(1 placeholders)"


def test_without_a_masker_nothing_changes() -> None:
    mask = Mask(None)
    assert mask.hide("Has Achilles left?") == mask.restore("Has Achilles left?") == "Has Achilles left?"
