"""Stored JSON reads back as the same values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation_coach.domain.chat import (
    Choice,
    Choices,
    ConversationState,
    Event,
    Field,
    Form,
    Image,
    Reply,
    SourceLine,
    Sources,
    Text,
    Turn,
)
from mediation_coach.errors import StoreError
from mediation_coach.store import saved
from tests.fakes import NOW, event, room

BLOCKS = (
    Text(markdown="**a**"),
    Sources(lines=(SourceLine(number=1, title="t"),)),
    Choices(choices=(Choice(id="1", label="one"),)),
    Form(id="f", title="t", fields=(Field(id="a", label="b"),)),
    Image(png=b"\x89PNG\xff\x00", alt="a picture"),
)


@given(
    st.builds(
        Reply,
        blocks=st.lists(st.sampled_from(BLOCKS), max_size=8).map(tuple),
        summary=st.text(),
        ring=st.booleans(),
        discreet=st.booleans(),
    )
)
def test_every_reply_reads_back(reply: Reply) -> None:
    letter = saved.Letter(to=room(), reply=reply)
    assert saved.letter.read(saved.letter.write(letter)) == letter


@given(st.builds(Event, person=st.just(event().person), conversation=st.just(room()), at=st.just(NOW)))
def test_every_event_reads_back(something: Event) -> None:
    assert saved.event.read(saved.event.write(something)) == something


@given(st.text(), st.booleans())
def test_every_state_reads_back(question: str, greeted: bool) -> None:
    state = ConversationState(greeted=greeted, offered=(Choice(id="a", label=question),))
    state = state.after(Turn(question=question, at=NOW))
    assert saved.state.read(saved.state.write(state)) == state


def test_what_is_not_readable_says_nothing_of_its_content() -> None:
    with pytest.raises(StoreError, match="a stored Event is not readable") as caught:
        saved.event.read(b'[{"id": {"secret": "the minister"}}]')
    assert "minister" not in str(caught.value) + str(caught.value.__cause__)


def test_what_a_person_is_shown_names_every_field() -> None:
    shown = saved.event.plain(saved.event.write(event(text="hello")))
    assert shown["text"] == "hello"
    assert shown["locale"] == ""
