"""What we say, written for Slack and held against its documented limits."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation_coach.adapters.slack_format import Part, home_view, key_of, metadata, render, spoken
from mediation_coach.adapters.slack_forms import form_view, pack_form, question_view, unpack_form
from mediation_coach.adapters.slack_text import mrkdwn, pieces, plain
from mediation_coach.domain.chat import (
    Block,
    Choice,
    Choices,
    Conversation,
    Field,
    Form,
    Image,
    Reply,
    SourceLine,
    Sources,
    Text,
)
from mediation_coach.testing import long_reply, rich_reply
from tests.slack_limits import faults
from tests.slack_server import visible

AT = Conversation(adapter="slack", workspace="T1", room="D1")


def payload(part: Part) -> dict[str, Any]:
    picture = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": part.image.alt} if part.image else None
    blocks = [picture, *part.blocks] if picture else list(part.blocks)
    return {"text": part.text, "blocks": blocks, "metadata": metadata("k" * 36, 0, 1)}


def shown(reply: Reply, **more: Any) -> str:
    return "\n".join(visible(payload(part)) for part in render(reply, **more))


def test_an_answer_is_one_message_with_its_sources_choices_and_ratings() -> None:
    (part,) = render(rich_reply(), feedback=True)
    assert [b["type"] for b in part.blocks] == ["markdown", "context", "markdown", "actions", "context_actions"]
    assert part.blocks[1]["elements"][0]["text"].startswith("[1] <https://example.org/a|Who is at the table>")
    assert [e["value"] for e in part.blocks[3]["elements"]] == ["answer:more", "answer:risks"]
    assert faults("chat.postMessage", payload(part)) == []


def test_ratings_stand_under_answers_only() -> None:
    (part,) = render(Reply(blocks=(Text(markdown="Thank you."),), summary="Thank you."), feedback=True)
    assert [b["type"] for b in part.blocks] == ["markdown"]


def test_a_long_answer_is_cut_between_paragraphs_and_loses_nothing() -> None:
    parts = render(long_reply())
    assert len(parts) > 3
    assert all(part.blocks[0]["text"].startswith("p") for part in parts)
    assert all(f"p{n}. " in shown(long_reply()) for n in range(400))
    assert [f for part in parts for f in faults("chat.postMessage", payload(part))] == []


def test_what_rings_shows_its_summary_and_nothing_else_on_a_lock_screen() -> None:
    reply = Reply(blocks=(Text(markdown="You planned to call both sides."),), summary="A check-in", ring=True)
    assert render(reply)[0].text == "A check-in"


def test_what_is_discreet_shows_its_summary_alone_in_every_message_though_it_does_not_ring() -> None:
    blocks = (Text(markdown="You planned to call both sides."), Image(png=b"p", alt="7 of 12 answered"))
    parts = render(Reply(blocks=blocks, summary="About your plan", discreet=True))
    assert [part.text for part in parts] == ["About your plan"] * 2


def test_a_screen_reader_hears_the_whole_answer_without_signs() -> None:
    text = spoken(rich_reply())
    assert text.startswith("Process design\nIn short Map who can block it.")
    assert "[1] Who is at the table. as of 2024-05-01" in text
    assert "More, Risks" in text
    assert "**" not in text


def test_nothing_in_a_reply_calls_anyone() -> None:
    reply = Reply(blocks=(Text(markdown="you wrote <!channel> and <@U1> & <#C1>"),), summary="<!here>")
    (part,) = render(reply)
    assert "<" not in part.text
    assert "<" not in part.blocks[0]["text"]
    (aside,) = render(reply, surface="aside")
    assert "<" not in aside.blocks[0]["text"]["text"]


def test_a_picture_begins_its_own_message() -> None:
    parts = render(Reply(blocks=(Text(markdown="a"), Image(png=b"x", alt="A map"), Text(markdown="b")), summary="a"))
    assert [part.image is not None for part in parts] == [False, True]
    assert "A map" in shown(Reply(blocks=(Image(png=b"x", alt="A map"),), summary="A map"))


def test_the_home_tab_has_no_block_that_only_messages_know() -> None:
    reply = Reply(blocks=(*rich_reply().blocks, Image(png=b"x", alt="A map")), home=True)
    view = home_view(reply)
    assert faults("views.publish", {"view": view}) == []
    assert "A map" in visible(view)


def test_a_form_opens_as_a_modal_within_limits() -> None:
    fields = tuple(
        Field(id=f"f{n}", label="L" * 3000, hint="H" * 3000, multiline=True, choices=tuple(Choice(id=f"c{k}", label="x" * 99) for k in range(k)))
        for n, k in enumerate((0, 3, 40))
    )  # fmt: skip
    form = Form(id="f", title="A title that is longer than Slack's titles", fields=fields)
    assert faults("views.open", {"view": form_view(form, AT)}) == []
    assert faults("views.open", {"view": question_view("w" * 9000)}) == []


def test_a_form_too_long_for_a_button_is_asked_in_the_message_itself() -> None:
    import random

    noise = random.Random(1)
    words = ["".join(noise.choices("abcdefghijklmnopqrstuvwxyz ", k=150)) for _ in range(30)]
    form = Form(id="f", title="Plan", fields=tuple(Field(id=f"f{n}", label=w) for n, w in enumerate(words)))
    assert pack_form(form) is None
    (part,) = render(Reply(blocks=(form,), summary="Plan"))
    assert sum(b["type"] == "input" for b in part.blocks) == 30
    assert faults("chat.postMessage", payload(part)) == []


def test_the_key_travels_with_the_message() -> None:
    assert key_of({"metadata": metadata("k1", 1, 3)}) == ("k1", 1, 3)
    assert key_of({"metadata": {"event_type": "other", "event_payload": {"key": "k1"}}}) is None
    assert key_of({}) is None


def test_small_markdown_is_written_in_the_older_markup() -> None:
    text = "**Steps**\n- one & two\n1. [text](https://example.org/a)"
    assert mrkdwn(text) == "*Steps*\n• one &amp; two\n1. <https://example.org/a|text>"
    assert plain("**Steps** _of this_ snake_case [text](https://example.org)") == "Steps of this snake_case text"


@given(st.text(alphabet="ab. \n", max_size=500), st.integers(min_value=6, max_value=60))
def test_pieces_are_short_enough_and_lose_no_letter(text: str, most: int) -> None:
    cut = pieces(text, most)
    assert all(len(piece) <= most for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


WORDS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=300)
LONG = st.builds(lambda w, n: w * n, WORDS, st.integers(min_value=1, max_value=120))
OPTION = st.builds(Choice, id=st.text(alphabet="abc:_", min_size=1, max_size=150), label=WORDS)
CHOICE = st.builds(replace, OPTION, confirm=st.one_of(st.just(""), WORDS))
LINE = st.builds(SourceLine, number=st.integers(1, 99), title=WORDS, note=WORDS, url=st.sampled_from(["", "https://example.org/" + "a|b" * 400, "https://example.org"]))  # fmt: skip
FIELD = st.builds(Field, id=st.uuids().map(str), label=WORDS, hint=st.one_of(st.just(""), WORDS), choices=st.lists(OPTION, max_size=12).map(tuple))  # fmt: skip
BLOCK: st.SearchStrategy[Block] = st.one_of(
    st.builds(Text, markdown=LONG),
    st.builds(Sources, lines=st.lists(LINE, max_size=30).map(tuple)),
    st.builds(
        Choices, choices=st.lists(CHOICE, min_size=1, max_size=60).map(tuple), prompt=st.one_of(st.just(""), WORDS)
    ),
    st.builds(Form, id=st.just("f"), title=WORDS, fields=st.lists(FIELD, min_size=1, max_size=30).map(tuple)),
    st.builds(Image, png=st.just(b"x"), alt=WORDS),
)
REPLY = st.builds(Reply, blocks=st.lists(BLOCK, max_size=8).map(tuple), summary=st.one_of(st.just(""), WORDS))


@settings(max_examples=150, deadline=None)
@given(REPLY, st.booleans())
def test_no_reply_is_over_a_limit(reply: Reply, feedback: bool) -> None:
    parts = render(reply, feedback=feedback)
    assert parts
    for part in parts:
        assert not [f for f in faults("chat.postMessage", payload(part)) if not f.endswith("twice")]
    for part in render(reply, surface="aside"):
        assert not [f for f in faults("chat.postEphemeral", payload(part)) if not f.endswith("twice")]
    assert not [f for f in faults("views.publish", {"view": home_view(reply)}) if not f.endswith("twice")]


@settings(max_examples=100, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=60).map(tuple))
def test_no_source_is_ever_dropped(lines: tuple[SourceLine, ...]) -> None:
    words = shown(Reply(blocks=(Sources(lines=lines),), summary="s"))
    assert all(f"[{line.number}]" in words for line in lines)


@settings(max_examples=100, deadline=None)
@given(st.lists(FIELD, min_size=1, max_size=8).map(tuple), WORDS)
def test_a_form_survives_its_button(fields: tuple[Field, ...], title: str) -> None:
    form = Form(id="f", title=title, fields=fields)
    packed = pack_form(form)
    if packed is not None:
        assert len(packed) <= 2000
        assert unpack_form(json.loads(json.dumps(packed))) == form
        assert html.unescape(html.escape(packed, quote=False)) == packed


@pytest.mark.parametrize("surface", ["message", "aside", "home"])
def test_an_empty_reply_still_says_something(surface: str) -> None:
    (part,) = render(Reply(blocks=(), summary=""), surface=surface)
    assert part.text
