"""The few sockets that rooms plug into. What each must do is written as a contract in `testing`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from mediation_coach.domain.chat import Conversation, ConversationState, Event, Person, Reply
from mediation_coach.domain.delivery import Arrival, Delivery, Hold, Oldest, Outcome, Outgoing, Parcel, Receipt
from mediation_coach.domain.follow_through import Change, CheckIn, Cohort, Journey, Story, Tally
from mediation_coach.domain.guidance import Answer, Part, Question, Retrieval, Shape, Skill

Receive = Callable[[Event], Awaitable[None]]
Handle = Callable[[Event, ConversationState], Awaitable[tuple[Reply | None, ConversationState]]]
ShowPart = Callable[[Part], Awaitable[None]]


class LanguageOf(Protocol):
    """Tells languages apart."""

    def __call__(self, text: str, *, otherwise: str) -> str:
        """Return the language of `text` as en, fr, es, ar or ru; `otherwise` where it is too short to tell."""
        ...


class Retriever(Protocol):
    """Finds cards for a question."""

    async def retrieve(self, query: str, *, language: str = "en", limit: int = 3) -> Retrieval:
        """Return the best cards for `query`, best first; empty where the folder has nothing."""
        ...


class Answerer(Protocol):
    """Writes an answer from passages and nothing else."""

    async def answer(self, question: Question, shape: Shape) -> Answer:
        """Return an answer whose every statement names the passages that carry it.

        Raises:
            AnswererUnavailable: it cannot answer now; another answerer should.
        """
        ...


@runtime_checkable
class StreamingAnswerer(Answerer, Protocol):
    """An answerer whose sentences can be seen before the answer is whole."""

    def stream(self, question: Question, shape: Shape) -> AsyncGenerator[Part | Answer, None]:
        """Yield each verified sentence as a part of one statement, and at last the whole answer, which replaces them.

        Closing the iterator ends the writing.

        Raises:
            AnswererUnavailable: it cannot answer now; another answerer should.
        """
        ...


class SkillHandler(Protocol):
    """One field of practice: shapes its own kind of answer."""

    skill: Skill

    async def handle(self, question: Question, show: ShowPart | None = None) -> Answer:
        """Return the answer in the shape of this skill; `show` is given each verified sentence as it comes, if any does."""
        ...


class Page(Protocol):
    """Where one answer can be seen while it is being written, and where its reader can stop it."""

    async def show(self, so_far: str) -> None:
        """Let the reader see this Markdown, soon, in the place of what was there. Never waits, never raises."""
        ...

    def until_stopped(self) -> AbstractAsyncContextManager[None]:
        """Run the block until its reader stops it: then it is cancelled.

        Raises:
            Stopped: the reader stopped it, also where that was before the block began.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a platform can show. What it cannot is degraded by the core, the same way everywhere.

    `conversation_per_second` and `workspace_per_second` are how fast it may be written to; 0 where it states no limit.
    """

    buttons: bool = False
    forms: bool = False
    images: bool = False
    home: bool = False
    asides: bool = False
    edits: bool = False
    typing: bool = False
    threads: bool = False
    look_up: bool = False
    idempotent_send: bool = False
    longest_text: int = 4000
    conversation_per_second: float = 0
    workspace_per_second: float = 0


@runtime_checkable
class ChatAdapter(Protocol):
    """A chat platform."""

    name: str
    capabilities: Capabilities

    async def run(self, receive: Receive) -> None:
        """Listen until cancelled; tell the platform that an event arrived only after `receive` returns.

        Raises:
            ConfigError: it cannot go on before someone acts, and is not started again; the message says what to do.
        """
        ...

    async def send(self, to: Conversation, reply: Reply, *, key: str) -> str:
        """Send `reply` and return the platform's message id. The same `key` again sends nothing new where the platform allows.

        Raises:
            TryLater: busy or out of reach.
            NotDelivered: refused for good.
        """
        ...

    async def find_sent(self, to: Conversation, *, key: str) -> str | None:
        """Return the id of the message sent under `key`, or None if the platform has none."""
        ...

    async def direct_conversation(self, person: Person) -> Conversation:
        """Return the private conversation with `person`, opening it where needed."""
        ...

    async def working(self, at: Conversation, busy: bool) -> None:
        """Show, or stop showing, that an answer is being written. Never raises."""
        ...

    async def ready(self) -> str | None:
        """Return None when connected, else what is wrong in a few words."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class KnowsQuiet(Protocol):
    """An adapter of a platform that tells when people do not want to be disturbed. An adapter need not be one."""

    async def quiet_until(self, people: Sequence[Person], *, now: datetime) -> Mapping[str, datetime]:
        """Return the end of the quiet time that each of these is in, by their key. Others are left out. Never raises."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """How an answer may be shown while it is written: at most one call in `every` seconds, at most `most` calls in all.

    All answers of a workspace together take at most `a_minute` calls; 0 where the platform states no limit.
    """

    every: float
    most: int
    a_minute: int = 0


@runtime_checkable
class LiveAdapter(Protocol):
    """A platform where an answer can be seen while it is being written. `send` under the same key then takes its place."""

    def showing(self, to: Conversation) -> Showing | None:
        """Return how answers may be shown there, or None where they cannot."""
        ...

    async def show(self, to: Conversation, so_far: str, *, key: str, person: Person) -> str:
        """Let the half message of `key` say this Markdown; return what it is known by, the same each time.

        Returns nothing where there is none yet.

        Raises:
            TryLater: busy or out of reach.
            NotDelivered: nothing more can be shown of this answer.
        """
        ...

    def take_up(self, *, key: str, half: str) -> None:
        """Know that an earlier life left the message `half` under `key`, so that `send` takes its place."""
        ...

    async def find_half(self, to: Conversation, *, key: str, since: datetime) -> str:
        """Return the half message of `key` that an earlier life began after `since` and did not live to note, or nothing.

        Raises:
            TryLater: busy or out of reach.
            NotDelivered: it cannot be looked for.
        """
        ...


class Store(Protocol):
    """The one place where anything is kept. Every method is one transaction; what it wrote is safe when it returns.

    Two need not wait for the disk: what `accept_and_hold` and `settle` write outlives the process at once, and a power cut
    when `safe` returns, or by itself after a few milliseconds.
    """

    async def accept(self, event: Event, *, now: datetime, also: Outgoing | None = None, handled: bool = False) -> bool:
        """Write `event` down once; return False where it was there already, and then nothing changes.

        `also` is sent with it (a kind word while many ask at once); a `handled` event is remembered, not worked on.
        """
        ...

    async def accept_and_hold(
        self, event: Event, *, now: datetime, hold: Hold, also: Outgoing | None = None
    ) -> tuple[bool, Arrival | None]:
        """Do what `accept` does, and take the event in the same transaction where nothing of its conversation is open.

        The second value is None where it was not taken (or was there already): then it waits for `claim_events`.
        """
        ...

    async def safe(self) -> None:
        """Return when everything written until now survives also a power cut."""
        ...

    async def waiting(self) -> int:
        """Return how many events are not answered yet."""
        ...

    async def claim_events(
        self, *, adapters: Collection[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Arrival]:
        """Take up to `limit` events, oldest first and one a conversation; they come back to all when the lease ends."""
        ...

    async def finish(self, arrival: Arrival, reply: Reply | None, state: ConversationState, *, now: datetime) -> bool:
        """Mark the event done, keep the state and put the reply in the outbox, all or nothing.

        Returns False, and changes nothing, where the lease was lost to another worker.
        """
        ...

    async def finish_and_hold(
        self, arrival: Arrival, reply: Reply | None, state: ConversationState, *, now: datetime, hold: Hold
    ) -> tuple[bool, Parcel | None]:
        """Do what `finish` does, and take the reply in the same transaction where no other has to go out before it.

        The second value is None where it was not taken: then it waits for `claim_parcels`.
        """
        ...

    async def postpone_event(self, arrival: Arrival, *, until: datetime) -> None:
        """Give an event back, not to be taken before `until`; later events of its conversation wait with it."""
        ...

    async def post(self, outgoing: Sequence[Outgoing], *, now: datetime) -> int:
        """Put replies in the outbox; return how many were new."""
        ...

    async def claim_parcels(
        self, *, adapters: Collection[str], owner: str, now: datetime, lease: timedelta, limit: int
    ) -> Sequence[Parcel]:
        """Take up to `limit` replies that are due, in order and one a conversation."""
        ...

    async def settle(self, parcel: Parcel, outcome: Outcome, *, now: datetime) -> bool:
        """Write down what an attempt led to; False where the parcel is no longer held under this lease."""
        ...

    async def renew(self, *, owner: str, now: datetime, lease: timedelta) -> None:
        """Keep the events that `owner` holds for another `lease`."""
        ...

    async def release_expired(self, *, now: datetime) -> int:
        """Give back everything whose lease has ended; return how many."""
        ...

    async def cancel(self, person: Person, *, kinds: Collection[str] = ()) -> int:
        """Take back what waits to be sent to `person` (of these kinds, or all); return how many."""
        ...

    async def delivery(self, id: str) -> Delivery | None:
        """Return where the outgoing reply `id` stands."""
        ...

    async def held_back(self) -> Sequence[Delivery]:
        """Return what was given up or is uncertain, newest first, for someone to look at."""
        ...

    async def outbox_counts(self, *, now: datetime) -> Mapping[str, int]:
        """Return how many replies are `due`, `waiting` for a later date, `dead` and `uncertain`."""
        ...

    async def state_of(self, conversation: Conversation, person: Person, *, now: datetime) -> ConversationState:
        """Return what is remembered of `person` in `conversation`."""
        ...

    async def export_person(self, person: Person) -> dict[str, Any]:
        """Return all that is kept of `person`, ready for JSON."""
        ...

    async def erase_person(self, person: Person, *, now: datetime) -> Receipt:
        """Forget `person`: rows and key in one transaction, nothing more is sent; return the receipt.

        An event of theirs that is being handled is finished, so that they hear of it, and then leaves nothing either.
        """
        ...

    async def erase_workspace(self, adapter: str, workspace: str, *, now: datetime) -> int:
        """Forget everyone of a workspace; return how many people that was."""
        ...

    async def receipt_of(self, person: Person) -> Receipt | None:
        """Return the newest receipt of `person`, where they were once forgotten."""
        ...

    async def count(self, name: str, *, now: datetime, by: int = 1) -> None:
        """Add to a day's count; a count knows no person and no room."""
        ...

    async def counts(self, *, since: datetime) -> Mapping[str, int]:
        """Return the counts since a day, by name."""
        ...

    async def take_turn(self, job: str, *, every: timedelta, now: datetime) -> bool:
        """Return True to exactly one replica in `every`: it does the job."""
        ...

    async def oldest(self, *, now: datetime) -> Sequence[Oldest]:
        """Return what is kept, kind by kind, with the oldest item of each."""
        ...

    async def enforce_retention(self, *, now: datetime) -> Mapping[str, int]:
        """Drop what has been kept long enough; return how many of each kind."""
        ...

    async def ready(self) -> str | None:
        """Return None when the database answers, else what is wrong in a few words."""
        ...

    async def close(self) -> None:
        """Let go of the database."""
        ...


class SecretBox(Protocol):
    """Keeps an adapter's own secrets (tokens, sync positions), encrypted."""

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under `name`."""
        ...

    async def put(self, name: str, value: bytes) -> None:
        """Keep `value` under `name`."""
        ...

    async def delete(self, name: str) -> None:
        """Forget what is under `name`."""
        ...


Spender = tuple[str, str]
"""Who spends: `("person", key)` or `("workspace", name)`."""


class Ledger(Protocol):
    """Keeps how many tokens people and workspaces have spent on a day, over restarts and for all replicas."""

    async def spent(self, spenders: Collection[Spender], *, day: datetime) -> Mapping[Spender, int]:
        """Return the tokens of `day` (its midnight, UTC) of each of `spenders`; whoever has spent none is left out."""
        ...

    async def spend(self, tokens: Mapping[Spender, int], *, day: datetime) -> Mapping[Spender, int]:
        """Add to what was spent on `day`; return what has been spent by then, by all replicas."""
        ...


class FollowThroughStore(Protocol):
    """Keeps journeys and cohorts. Every method is one transaction; `change` is pure and may run twice."""

    async def journey(self, person: Person) -> Journey | None:
        """Return the journey of `person`, where there is one."""
        ...

    async def change_journey(self, person: Person, change: Callable[[Journey], Change], *, now: datetime) -> Journey:
        """Change the journey of `person` (an empty one, where there is none yet) with all that goes with it; return it."""
        ...

    async def change_journeys(
        self, people: Sequence[Person], change: Callable[[Journey], Change], *, now: datetime
    ) -> Sequence[Journey]:
        """Change the journeys of several people alike, in one transaction."""
        ...

    async def unaddressed(self, *, adapters: Collection[str], now: datetime, limit: int) -> Sequence[Person]:
        """Return people who are to be asked now and whose private conversation is not known yet."""
        ...

    async def due_people(self, *, adapters: Collection[str], now: datetime, limit: int) -> Sequence[Person]:
        """Return whom `move_due` would take next."""
        ...

    async def move_due(
        self,
        *,
        adapters: Collection[str],
        now: datetime,
        move: Callable[[Journey, CheckIn], Change],
        limit: int,
    ) -> int:
        """Do what is due: `move` each check-in whose moment has come; return how many. No two replicas take the same one."""
        ...

    async def take_late(self, kind: str, change: Callable[[Journey, str], Change], *, now: datetime) -> int:
        """Take messages of a kind that were not sent because it was too late out of the outbox; return how many.

        `change` gets the person's journey and the message's id.
        """
        ...

    async def cohorts(self) -> Sequence[Cohort]:
        """Return all cohorts, without their members."""
        ...

    async def cohort(self, id: str) -> Cohort | None:
        """Return a cohort with its members."""
        ...

    async def change_cohort(self, id: str, change: Callable[[Cohort | None], Cohort], *, now: datetime) -> Cohort:
        """Make or change a cohort; the version before is kept for a day, to go back to."""
        ...

    async def undo_cohort(self, id: str, *, now: datetime) -> Cohort | None:
        """Go back to the version before the last change, if that was within a day; return it, or None if there is none."""
        ...

    async def tally(self, cohort: str) -> Tally:
        """Return how many were asked and answered."""
        ...

    async def counted(self, cohort: str) -> Mapping[tuple[str, str, str], int]:
        """Return how often each (step, question, answer) was given."""
        ...

    async def stories(self, cohort: str) -> Sequence[Story]:
        """Return the stories that people of a cohort have released, in an order that tells nothing of them."""
        ...

    async def released(self, cohort: str) -> Mapping[str, str]:
        """Return the figures of a cohort that were made public, by name, as JSON."""
        ...

    async def release(self, cohort: str, figures: Mapping[str, str]) -> Mapping[str, str]:
        """Make figures public, once: what was public under a name stays as it is. Return all that is."""
        ...
