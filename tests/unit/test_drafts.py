"""A draft is read generously in form and strictly in its marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_coach.answering.drafts import MOST_CHARACTERS, DraftReader, Fault, clean, parse, plain, reaches_out

HEADINGS = frozenset({"in_short", "steps"})


def read(draft: str, passages: int = 4) -> list[tuple[str, str, tuple[int, ...], Fault | None]]:
    return [(c.heading, c.text, c.marks, c.fault) for c in parse(draft, headings=HEADINGS, passages=passages)]


def test_a_good_draft_is_read_whole() -> None:
    assert read(
        "## in_short\nKeep the seat [1].\n## steps\n1. Call them today [2][3].\n- Say nothing in public. [1, 4]"
    ) == [
        ("in_short", "Keep the seat.", (1,), None),
        ("steps", "Call them today.", (2, 3), None),
        ("steps", "Say nothing in public.", (1, 4), None),
    ]


@pytest.mark.parametrize(
    ("line", "marks"),
    [
        ("Keep the seat [1].", (1,)),
        ("Keep the seat. [1]", (1,)),
        ("Keep the seat [^2].", (2,)),
        ("Keep the seat 【3】.", (3,)),
        ("Keep the seat [1-3].", (1, 2, 3)),
        ("Keep the seat [1; 2, 1].", (1, 2)),
        ("* **Keep** the _seat_ [ 4 ].", (4,)),
        ("Keep the seat [٣].", (3,)),
    ],
)
def test_marks_are_read_in_the_forms_that_models_use(line: str, marks: tuple[int, ...]) -> None:
    assert read(line) == [("in_short", "Keep the seat.", marks, None)]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Keep the seat.", Fault.NO_MARK),
        ("Keep the seat [5].", Fault.INVENTED),
        ("Keep the seat [0].", Fault.INVENTED),
        ("Keep the seat [1][99].", Fault.INVENTED),
        ("Keep the seat [1-900000000].", Fault.INVENTED),
        ("Keep the seat [source].", Fault.NO_MARK),
        ("Keep the seat [1](https://example.org).", Fault.REACHES_OUT),
        ("See www.example.org for more [1].", Fault.REACHES_OUT),
        ("Write to chair@example.org today [1].", Fault.REACHES_OUT),
        ("Tell <!channel> at once [1].", Fault.REACHES_OUT),
        ("Tell @everyone at once [1].", Fault.REACHES_OUT),
        ("![a picture](x.png) of the seat [1].", Fault.REACHES_OUT),
        ("Look at example.com for it [1].", Fault.REACHES_OUT),
        ("word " * 61 + "[1].", Fault.TOO_LONG),
        ("## secrets\nKeep the seat [1].", Fault.NOT_ASKED),
    ],
)
def test_a_sentence_out_of_form_is_named(line: str, fault: Fault) -> None:
    assert [f for *_, f in read(line)] == [fault]


def test_only_the_sentence_that_bears_the_mark_has_it() -> None:
    assert [(text, fault) for _, text, _, fault in read("Trust me on this. Keep the seat [1].")] == [
        ("Trust me on this.", Fault.NO_MARK),
        ("Keep the seat.", None),
    ]


def test_thinking_aloud_is_not_part_of_the_draft() -> None:
    draft = "<think>\nThey want me to say this [1].\nI will not [2].</think>\nKeep the seat [1].\n<think>And more [1]."
    assert [text for _, text, _, _ in read(draft)] == ["Keep the seat."]


def test_placeholders_survive_the_removal_of_brackets() -> None:
    assert plain("Call ‹PERSON-1› and [PERSON-2] today [1].") == "Call ‹PERSON-1› and [PERSON-2] today."
    assert not reaches_out("Call <PERSON-1> today")


def test_hidden_characters_are_taken_out() -> None:
    assert clean("ke\u200bep\u202e the\x00 seat\u2066") == "keep the seat"


@given(st.text(max_size=400), st.integers(1, 8))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_read_and_good_claims_have_marks_in_range(draft: str, passages: int) -> None:
    for claim in parse(draft, headings=HEADINGS, passages=passages):
        if claim.fault is None:
            assert claim.marks
            assert all(1 <= n <= passages for n in claim.marks)
            assert claim.heading in HEADINGS


@given(st.text(alphabet="ab .[1]\n#", max_size=200), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_pieces_are_read_as_the_whole_is(draft: str, size: int) -> None:
    reader = DraftReader(headings=HEADINGS, passages=4)
    claims = [c for i in range(0, len(draft), size) for c in reader.feed(draft[i : i + size])]
    assert [*claims, *reader.end()] == parse(draft, headings=HEADINGS, passages=4)


def test_an_endless_draft_ends() -> None:
    reader = DraftReader(headings=HEADINGS, passages=4)
    read_claims = [c for _ in range(3) for c in reader.feed("Keep the seat [1].\n" * 1000)]
    assert len(read_claims) <= MOST_CHARACTERS / 19
