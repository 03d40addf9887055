"""People, conversations, what comes in and what goes out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from mediation_coach.domain.guidance import Answer

HOME = "home:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone on a platform. `workspace` keeps organisations apart; it is empty where a platform has none."""

    adapter: str
    id: str
    workspace: str = ""

    @property
    def key(self) -> str:
        """Unique over all platforms and workspaces."""
        return f"{self.adapter}/{self.workspace}/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A place where words go back and forth: a room or channel, and a thread in it if there is one."""

    adapter: str
    room: str
    workspace: str = ""
    thread: str = ""
    private: bool = True

    @property
    def key(self) -> str:
        """Unique over all platforms; events with one key are handled in order."""
        return f"{self.adapter}/{self.workspace}/{self.room}/{self.thread}"


def home_of(person: Person) -> Conversation:
    """Return the place of a person's own page, on platforms that have one: what is sent there replaces the page."""
    return Conversation(adapter=person.adapter, workspace=person.workspace, room=HOME + person.id)


class Intent(StrEnum):
    """What kind of thing happened on the platform."""

    MESSAGE = "message"
    CHOICE = "choice"
    FORM = "form"
    HOME = "home"
    JOINED = "joined"
    EDITED = "edited"
    DELETED = "deleted"
    FEEDBACK = "feedback"
    STOPPED = "stopped"
    UNINSTALLED = "uninstalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that one person did, as every platform tells it.

    `id` is unique per adapter and stable across redelivery. `text` is what was typed (or the label pressed), `choice` the
    id of the pressed choice, `fields` a filled form, `about` the platform's id of the message that was edited, deleted,
    pressed or rated. `confirmed` says that the platform asked `Choice.confirm` before it told of the choice; `outside`, that
    people of other organisations read the place.
    """

    id: str
    person: Person
    conversation: Conversation
    at: datetime
    intent: Intent = Intent.MESSAGE
    text: str = ""
    choice: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    about: str = ""
    locale: str = ""
    zone: str = ""
    confirmed: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Paragraphs in a small Markdown: `**bold**`, `- ` bullets, `1. ` steps."""

    markdown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """One numbered source as shown under an answer."""

    number: int
    title: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The numbered sources of an answer; a renderer may shorten, never drop them."""

    lines: tuple[SourceLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something the reader can press, or type by its number or its label.

    `confirm` is what is asked before it is done: by the platform where it can, else by the coach, once in all.
    """

    id: str
    label: str
    confirm: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """A row of choices. `prompt` stands above them where there is one."""

    choices: tuple[Choice, ...]
    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form."""

    id: str
    label: str
    hint: str = ""
    optional: bool = False
    multiline: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Questions that belong together; text platforms ask them one at a time."""

    id: str
    title: str
    fields: tuple[Field, ...]
    submit: str = "Send"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture with the words that say the same."""

    png: bytes = field(repr=False)
    alt: str
    name: str = "picture.png"


Block = Text | Sources | Choices | Form | Image


class ReplyKind(StrEnum):
    """What a reply is, for counting and for scripts; never shown."""

    PLAIN = "plain"
    ANSWER = "answer"
    CLARIFY = "clarify"
    DECLINE = "decline"
    EMERGENCY = "emergency"
    BOUNDARY = "boundary"
    CHECK_IN = "check_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the coach says: blocks in reading order.

    `summary` is the plain line for notifications and lock screens. `ring` asks the platform to notify the person.
    `discreet` says that a lock screen is to show the summary alone, whether or not it rings. `aside` asks for a reply only the person sees, where the platform has such a thing; `aside_for` is that person's id on
    the platform. `home` replaces the home page. `language` is the one it is in, where that is known.
    """

    blocks: tuple[Block, ...]
    summary: str = ""
    ring: bool = False
    aside: bool = False
    home: bool = False
    kind: ReplyKind = ReplyKind.PLAIN
    aside_for: str = ""
    language: str = ""
    discreet: bool = False

    @property
    def choices(self) -> tuple[Choice, ...]:
        """All choices of the reply, in the order in which they are numbered."""
        return tuple(c for b in self.blocks if isinstance(b, Choices) for c in b.choices)

    @property
    def form(self) -> Form | None:
        """The form of the reply, if it has one."""
        return next((b for b in self.blocks if isinstance(b, Form)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question and how it was answered; enough to understand what comes next."""

    question: str
    at: datetime
    event: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationState:
    """What the coach remembers of one conversation. It is never read for another."""

    turns: tuple[Turn, ...] = ()
    offered: tuple[Choice, ...] = ()
    offered_at: datetime | None = None
    clarified: bool = False
    clarifying: str = ""
    form: Form | None = None
    filled: tuple[tuple[str, str], ...] = ()
    language: str = ""
    greeted: bool = False
    asked_danger: bool = False
    confirming: str = ""
    short: bool = False
    notice: bool = False

    @property
    def last(self) -> Turn | None:
        """The newest turn, if there is one."""
        return self.turns[-1] if self.turns else None

    def after(self, turn: Turn, *, keep: int = 6) -> ConversationState:
        """The conversation with `turn` added; only the newest answer is kept whole, and the newest `keep` turns."""
        older = tuple(replace(t, answer=None) for t in self.turns)
        return replace(self, turns=(*older, turn)[-keep:], clarifying="", asked_danger=False)

    def amended(self, message: str, text: str = "") -> ConversationState:
        """The conversation after `message` was changed to `text`, or deleted where that is empty.

        A question is remembered in its new words, or not at all; words that wait for a clarification are dropped.
        """
        if not any(turn.event == message for turn in self.turns):
            return replace(self, clarifying="") if self.clarifying else self
        turns = tuple(
            replace(t, question=text) if t.event == message else t for t in self.turns if text or t.event != message
        )
        return replace(self, turns=turns)
