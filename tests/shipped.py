"""The shipped folder and model as tests use them: opened once a process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mediation_coach import app, config
from mediation_coach.coach.dialogue import Dialogue
from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply, Text
from mediation_coach.knowledge.encoder import Encoder
from mediation_coach.knowledge.retrieval import Library

ROOT = Path(__file__).resolve().parents[1]
KNOWLEDGE = ROOT / "knowledge"
GOLDEN = ROOT / "tests" / "golden"
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@cache
def settings() -> config.Settings:
    """Settings with nothing set."""
    return config.Settings()


@cache
def encoder() -> Encoder:
    """The embedding model, which `make test` installs."""
    return Encoder(app.model_folder(settings()))


@cache
def library() -> Library:
    """The shipped folder, with the embedding model."""
    return app.open_library(settings())


def dialogue() -> Dialogue:
    """A coach over the shipped folder."""
    return app.build_dialogue(settings(), library())


def message(text: str, *, number: int = 1, private: bool = True, person: str = "mediator") -> Event:
    """A typed message."""
    return Event(
        id=f"m{number}",
        person=Person(adapter="test", id=person),
        conversation=Conversation(adapter="test", room=person, private=private),
        at=NOW,
        text=text,
    )


async def talk(*texts: str) -> tuple[Reply, ConversationState]:
    """Say one thing after the other; return the last reply and the state."""
    coach, state, reply = dialogue(), ConversationState(), None
    for number, text in enumerate(texts):
        reply, state = await coach.answer(message(text, number=number), state)
    assert reply is not None
    return reply, state


def words_of(reply: Reply) -> str:
    """All text of a reply."""
    return "\n".join(block.markdown for block in reply.blocks if isinstance(block, Text))
