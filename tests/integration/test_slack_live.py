"""A language model's answer in Slack, sentence by sentence: the real dialogue, a model on loopback, Slack's protocol."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mediation_coach import app
from mediation_coach.delivery.live import Stage
from mediation_coach.domain.chat import ConversationState, Event, Reply
from mediation_coach.ports import Handle
from mediation_coach.testing import until
from tests.chain import answerer, quoting
from tests.openai_server import Act, OpenAIServer, openai_server
from tests.shipped import library, settings
from tests.slack_house import house
from tests.slack_server import BOT, Fault, SlackServer, visible
from tests.slack_stage import options_for

pytestmark = pytest.mark.timeout(240)

ONE = "U0FIRST"
WALKOUT = "one side just left the room and says they are done - what now?"


def on_stage(model: OpenAIServer) -> Callable[[Stage], Handle]:
    """Return the real dialogue with this model."""
    dialogue = app.build_dialogue(settings(), library(), answerer=answerer(model.base_url))

    def of(stage: Stage) -> Handle:
        async def answer(event: Event, state: ConversationState) -> tuple[Reply | None, ConversationState]:
            async with stage.page(event) as page:
                return await dialogue.answer(event, state, page)

        return answer

    return of


class Talk:
    """One person, the coach, and the model behind it."""

    def __init__(self, slack: SlackServer, model: OpenAIServer) -> None:
        self.slack, self.model = slack, model
        self.root = ""
        self.states: list[str] = []
        self.at: list[float] = []

    async def ask(self, text: str = WALKOUT, *, threaded: bool = True) -> None:
        """Ask in a thread of the direct messages, or outside of threads."""
        if threaded:
            self.root = self.slack._ts()
            self.slack.direct(ONE).messages.append({"ts": self.root, "user": ONE, "text": "earlier"})
        await self.slack.say(ONE, text, thread=self.root)

    def messages(self) -> list[str]:
        """Return what the coach says, as it is seen now."""
        return self.slack.seen(ONE)

    def watch(self) -> None:
        """Note each state of the last message as it is seen."""
        if (seen := self.messages()) and (not self.states or self.states[-1] != seen[-1]):
            self.states.append(seen[-1])
            self.at.append(time.monotonic())

    async def whole(self) -> str:
        """Return the one answer, once it has its sources and its choices."""

        def look() -> bool:
            self.watch()
            return len(self.messages()) == 1 and "Wrong skill" in self.states[-1]

        await self.slack.wait(look, within=40)
        (answer,) = self.messages()
        return answer

    async def half(self, words: str = "First hour") -> None:
        """Return once so much is seen."""
        await self.slack.wait(lambda: any(words in m for m in self.messages()), within=20)

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [args for name, args in self.slack.calls if name == method]


@asynccontextmanager
async def talking(folder: Path, *acts: Act, **options: Any) -> AsyncIterator[Talk]:
    async with SlackServer().running() as slack, openai_server(*acts) as model:
        async with house(options_for(slack, **options), folder, on_stage=on_stage(model)):
            yield Talk(slack, model)
        assert slack.refused == []


@pytest.mark.parametrize("threaded", [True, False], ids=["thread", "no thread"])
async def test_sentences_are_seen_before_the_answer_is_whole(tmp_path: Path, threaded: bool) -> None:
    async with talking(tmp_path, Act(text=quoting, gap=0.3)) as talk:
        await talk.ask(threaded=threaded)
        answer = await talk.whole()
    halves, bullets = talk.states[:-1], [state.count("\n- ") for state in talk.states[:-1]]
    assert len(halves) >= 2
    assert bullets == sorted(bullets)
    assert bullets[0] < bullets[-1]
    assert all(half.startswith(halves[0][:40]) for half in halves)
    assert "Written by a language model" in answer
    assert "[1]" in answer
    assert len(talk.calls("chat.startStream")) == threaded
    assert talk.slack.streams == {}


async def test_the_message_in_the_end_is_the_very_reply(tmp_path: Path) -> None:
    async with talking(tmp_path / "seen", Act(text=quoting, gap=0.1)) as talk:
        await talk.ask()
        await talk.whole()
        (seen,) = (m for m in talk.slack.direct(ONE).messages if m["user"] == BOT)
    async with talking(tmp_path / "posted", Act(text=quoting), streaming=False) as plain:
        await plain.ask()
        await plain.whole()
        (posted,) = (m for m in plain.slack.direct(ONE).messages if m["user"] == BOT)
    assert plain.calls("chat.startStream") == []
    assert (seen["text"], seen["blocks"]) == (posted["text"], posted["blocks"])


async def test_a_draft_that_is_not_good_enough_is_replaced_by_the_librarys_words(tmp_path: Path) -> None:
    def without_an_end(body: dict[str, Any]) -> str:
        return quoting(body).split("## stop_if", maxsplit=1)[0]

    async with talking(tmp_path, Act(text=without_an_end, gap=0.3)) as talk:
        await talk.ask()
        answer = await talk.whole()
    assert "\n- " in talk.states[0]
    assert "Written by a language model" not in answer
    assert "Stop if" in answer
    assert len(talk.model.requests) == 2


@pytest.mark.parametrize("dying", ["chat.appendStream", "chat.stopStream", "chat.update"])
async def test_a_stream_that_dies_half_way_leaves_the_whole_answer_once(tmp_path: Path, dying: str) -> None:
    async with talking(tmp_path, Act(text=quoting, gap=0.3)) as talk:
        talk.slack.fail = lambda method, _: _died(method == dying)
        await talk.ask()
        answer = await talk.whole()
    assert "Written by a language model" in answer


def _died(it: bool) -> Fault | None:
    return Fault(error="message_not_in_streaming_state") if it else None


@pytest.mark.parametrize("threaded", [True, False], ids=["thread", "no thread"])
async def test_the_stop_button_ends_the_call_and_keeps_what_was_seen(tmp_path: Path, threaded: bool) -> None:
    async with talking(tmp_path, Act(text=quoting, silent_after=6), agent_view=True) as talk:
        await talk.ask(threaded=threaded)
        await talk.half()
        own = talk.slack.direct(ONE)
        session = talk.root or own.messages[0]["ts"]
        stop = {"type": "agent_session_stopped", "channel": own.id, "thread_ts": session}
        talk.slack.event({**stop, "user": "U0OTHER"})
        await talk.slack.settled()
        assert not talk.model.hung_up.is_set()
        talk.slack.event({**stop, "user": ONE})
        await asyncio.wait_for(talk.model.hung_up.wait(), 5)
        await talk.slack.wait(lambda: "Stopped." in talk.messages()[-1])
        (answer,) = talk.messages()
        assert "First hour" in answer
        assert "[1]" in answer
        assert "Wrong skill" not in answer
        await until(lambda: talk.calls("agents.sessions.setStatus")[-1]["status"] == "active")
        await talk.slack.say(ONE, "help", thread=talk.root)
        await talk.slack.wait(lambda: len(talk.messages()) == 2)
    async with SlackServer().running() as slack, house(options_for(slack), tmp_path, on_stage=on_stage(talk.model)):
        await asyncio.sleep(0.5)
        assert [name for name, _ in slack.calls if name.startswith("chat.")] == []
    assert len(talk.model.requests) == 1


async def test_a_stop_before_the_first_sentence_says_only_that(tmp_path: Path) -> None:
    async with talking(tmp_path, Act(silent=True)) as talk:
        await talk.ask()
        await asyncio.wait_for(talk.model.asked.wait(), 20)
        own = talk.slack.direct(ONE)
        await talk.slack.delete(own, own.messages[-1]["ts"])
        await talk.slack.wait(talk.messages)
        assert talk.messages() == ["Stopped."]


async def test_in_a_channel_it_is_seen_in_the_thread_and_ends_with_the_note_for_shared_rooms(tmp_path: Path) -> None:
    async with talking(tmp_path, Act(text=quoting, gap=0.3)) as talk:
        talks = talk.slack.channel("C0TALKS")
        await talk.slack.say(ONE, f"<@{BOT}> {WALKOUT}", channel=talks)

        def mine() -> list[str]:
            return [visible(m) for m in talks.messages if m["user"] == BOT]

        await talk.slack.wait(lambda: any("First hour" in words for words in mine()), within=20)
        assert "Wrong skill" not in mine()[0]
        await talk.slack.wait(lambda: "Wrong skill" in mine()[0], within=20)
        assert len(mine()) == 1
        (start,) = talk.calls("chat.startStream")
        assert start["recipient_user_id"] == ONE


async def test_emergencies_and_refusals_are_never_shown_in_pieces(tmp_path: Path) -> None:
    async with talking(tmp_path, Act(text=quoting)) as talk:
        await talk.ask("there is shooting outside our building right now", threaded=True)
        await talk.slack.wait(talk.messages, within=20)
        await talk.slack.say(ONE, "how do I bake bread", thread=talk.root)
        await talk.slack.wait(lambda: len(talk.messages()) == 2, within=20)
    assert talk.model.requests == []
    assert talk.calls("chat.startStream") == talk.calls("chat.update") == []


async def test_with_a_slow_model_there_is_a_sign_within_two_seconds(tmp_path: Path) -> None:
    async with talking(tmp_path, Act(text=quoting, pause=3.0)) as talk:
        await talk.ask()
        asked = time.monotonic()
        await until(lambda: talk.calls("assistant.threads.setStatus"))
        assert time.monotonic() - asked < 2
        assert talk.calls("assistant.threads.setStatus")[0]["status"]
        await talk.whole()
        await until(lambda: not talk.calls("assistant.threads.setStatus")[-1]["status"])
