"""An answer while it is written: it only grows, it shows nothing that might be held back, and a stop leaves what was seen."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from mediation_coach.coach import presenting
from mediation_coach.coach.completing import can_be_whole
from mediation_coach.coach.words import say
from mediation_coach.coach.writing import cut_short, write
from mediation_coach.delivery.live import Page
from mediation_coach.domain.chat import Sources, Text
from mediation_coach.domain.guidance import Answer, Part, Question, Retrieval, Skill, Statement
from mediation_coach.errors import NotDelivered, Stopped, TryLater
from mediation_coach.ports import Showing, ShowPart
from tests.chain import library, question
from tests.fakes import NOW

PARTS = (
    Part(heading="in_short", statements=(Statement(text="Wait.", passages=("party-walkout#steps",)),)),
    Part(heading="first_hour", statements=(Statement(text="Adjourn.", passages=("party-walkout#steps",)),)),
    Part(heading="first_hour", statements=(Statement(text="Check.", passages=("party-walkout#risks",)),)),
    Part(heading="stop_if", statements=(Statement(text="Stop.", passages=("party-walkout#risks",)),)),
)


class Notebook(Page):
    """A page that keeps what it was told to show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    async def show(self, so_far: str) -> None:
        self.shown.append(so_far)


class Handler:
    """Shows these parts, then does something, then has a whole answer."""

    skill = Skill.CRISIS_HANDLING

    def __init__(self, parts: Sequence[Part], then: Callable[[], Awaitable[None]] | None = None) -> None:
        self.parts, self.then = parts, then

    async def handle(self, question: Question, show: ShowPart | None = None) -> Answer:
        for part in self.parts if show else ():
            assert show is not None
            await show(part)
        if self.then is not None:
            await self.then()
        return replace(cut_short(question, self.parts), notes=())


@pytest.mark.parametrize("skill", Skill)
def test_what_is_seen_only_grows_at_its_end(skill: Skill) -> None:
    seen = [presenting.so_far(skill, PARTS[:n], "en") for n in range(len(PARTS) + 1)]
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(seen))
    assert all(str(part.statements[0]) in seen[-1] for part in PARTS)
    assert seen[-1].count("First hour") == 1


def test_in_a_crisis_the_first_words_are_about_safety() -> None:
    assert "make people safe" in presenting.so_far(Skill.CRISIS_HANDLING, PARTS[:1], "en").split("Wait.")[0]


async def test_the_warning_of_a_card_at_hand_is_seen_before_its_advice() -> None:
    card = library()["party-walkout"]
    red = replace(card, card=replace(card.card, sensitivity="red"))
    page, asked = Notebook(), question()
    rest = tuple(found for found in asked.retrieval.found if found.card.id != card.card.id)
    await write(Handler(PARTS), replace(asked, retrieval=replace(asked.retrieval, found=(red, *rest))), page)
    assert say("red", "en") in page.shown[0].split("Wait.")[0]


async def test_sentences_are_shown_as_they_come_and_the_answer_is_the_handlers() -> None:
    page = Notebook()
    answer = await write(Handler(PARTS), question(), page)
    assert [text.count("\n- ") for text in page.shown] == [1, 2, 3, 4]
    assert answer.notes == ()


async def test_nothing_is_shown_that_will_be_cut_or_might_be_held_back() -> None:
    bare = replace(question(), retrieval=Retrieval(found=(library()["party-walkout"],)))
    some = replace(bare.retrieval.found[0], passages=bare.retrieval.found[0].passages[:1])
    page = Notebook()
    assert can_be_whole(bare.retrieval)
    await write(Handler(PARTS), bare, page, short=True)
    await write(Handler(PARTS), replace(bare, retrieval=Retrieval(found=(some,))), page)
    assert page.shown == []


async def test_a_stop_leaves_what_was_seen_with_its_sources_and_its_warning() -> None:
    page = Notebook()
    ended = asyncio.Event()

    async def silence() -> None:
        page.stop()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    red = replace(library()["party-walkout"], card=replace(library()["party-walkout"].card, sensitivity="red"))
    asked = replace(question(), retrieval=Retrieval(found=(red,)))
    answer = await write(Handler(PARTS[:3], silence), asked, page)
    reply = presenting.stopped(answer, today=NOW.date())

    assert ended.is_set()
    assert [part.heading for part in answer.in_short] == ["in_short", "first_hour"]
    text, sources = reply.blocks
    assert isinstance(text, Text)
    assert isinstance(sources, Sources)
    assert "Adjourn. [1]" in text.markdown
    assert "security focal point" in text.markdown
    assert text.markdown.endswith("_Stopped._")
    assert [line.title for line in sources.lines] == [red.card.title]
    assert reply.choices == ()


async def test_what_was_stopped_before_it_began_is_not_begun_to_be_shown() -> None:
    page = Notebook()
    page.stop()
    answer = await write(Handler(PARTS, asyncio.Event().wait), question(), page)  # type: ignore[arg-type]
    assert answer.notes == ("answer_stopped",)


async def test_a_timeout_of_others_is_not_taken_for_a_stop() -> None:
    page = Page()
    with pytest.raises(TimeoutError):
        async with page.until_stopped():
            raise TimeoutError
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), page.until_stopped():
            await asyncio.Event().wait()
    page.stop()
    with pytest.raises(Stopped):
        async with page.until_stopped():
            await asyncio.Event().wait()


class Put:
    """A place that takes words, or fails."""

    def __init__(self, *fails: Exception) -> None:
        self.fails = list(fails)
        self.words: list[str] = []
        self.at: list[float] = []

    async def __call__(self, words: str) -> None:
        self.at.append(asyncio.get_running_loop().time())
        if self.fails:
            raise self.fails.pop(0)
        self.words.append(words)


async def shown(put: Put, pace: Showing, *, sentences: int, every: float) -> Page:
    page = Page(put, pace)
    showing = asyncio.create_task(page.keep_showing())
    for n in range(1, sentences + 1):
        await page.show(f"{n}")
        await asyncio.sleep(every)
    await asyncio.sleep(2 * pace.every)
    page.close()
    await showing
    return page


async def test_the_newest_words_are_shown_at_the_pace_of_the_place() -> None:
    put = Put()
    await shown(put, Showing(every=0.1, most=100), sentences=40, every=0.01)
    assert 4 <= len(put.words) <= 10
    assert put.words[-1] == "40"
    assert all(later - earlier >= 0.09 for earlier, later in zip(put.at, put.at[1:], strict=False))


async def test_no_more_than_the_place_allows_are_shown() -> None:
    put = Put()
    await shown(put, Showing(every=0.001, most=3), sentences=20, every=0.005)
    assert len(put.words) == 3


async def test_a_busy_place_is_given_its_time_and_a_refusal_ends_the_showing() -> None:
    put = Put(TryLater("fake", "busy", timedelta(seconds=0.2)))
    await shown(put, Showing(every=0.01, most=100), sentences=1, every=0.3)
    assert put.words == ["1"]
    assert put.at[1] - put.at[0] >= 0.19
    put = Put(NotDelivered("fake", "gone"))
    await shown(put, Showing(every=0.001, most=100), sentences=5, every=0.005)
    assert put.words == []
