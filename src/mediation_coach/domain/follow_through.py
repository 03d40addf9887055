"""Plans, commitments, check-ins, and the journey of one person through a year of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from mediation_coach.domain.calendar import Rhythm, Span
from mediation_coach.domain.chat import Conversation, Person
from mediation_coach.domain.delivery import Outgoing

Words = Mapping[str, str]
"""A sentence by language; English is always there."""

CHECK_INS = UUID("5b6f6d2c-7f0e-5c0a-9a3e-0d1f6f3f5b11")
MOST_WORDS = 60
NUDGES = 2
SILENT_AFTER = 2
CRISIS_PAUSE_DAYS = 7
STUCK_AGAIN_DAYS = 7
AGAIN = "again@"
STORY_WAITS = timedelta(days=14)
"""How long after its release a story is shown at the earliest, so that its day tells nothing."""


class Told(StrEnum):
    """What someone can say to a check-in."""

    DONE = "done"
    PARTLY = "partly"
    STUCK = "stuck"
    CHANGED = "changed"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer that can be pressed."""

    id: str
    label: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question with its answers; its answers are counted without names under `id`."""

    id: str
    question: Words
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One check-in of a plan: when after the course it comes, what it asks, and what may be asked after the answer.

    `form` asks for a commitment. `card` names a card that is offered with it. After a `story` step the person may tell theirs.
    """

    id: str
    after: Span
    ask: Ask
    then: Ask | None = None
    form: bool = False
    card: str = ""
    story: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A course of check-ins, the ones around an announced event, and the question about what is in the way."""

    id: str
    title: str
    steps: tuple[Step, ...]
    events: tuple[Step, ...]
    again: Step
    obstacle: Ask

    def step(self, name: str) -> Step | None:
        """Return the step of that name; the name of an event's step carries the event's day, a repeat its first step."""
        kind = name.split("@")[0]
        return next((s for s in (*self.steps, *self.events, self.again) if s.id == kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """An if-then plan in the person's own words: "when …, I will … by …", what may stand in the way, and plan B."""

    id: str
    when: str = field(repr=False)
    will: str = field(repr=False)
    by: str = field(default="", repr=False)
    obstacle: str = field(default="", repr=False)
    plan_b: str = field(default="", repr=False)
    made: date
    closed: date | None = None
    told: Told | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What came of it, told by the person for others to read. Before the day it is `released` by them, nobody else sees it."""

    cohort: str
    text: str = field(repr=False)
    released: date | None = None


class State(StrEnum):
    """How far a check-in has come."""

    PLANNED = "planned"
    SENT = "sent"
    ANSWERED = "answered"
    SKIPPED = "skipped"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckIn:
    """One question to one person. `day` is the local wish, `due` the moment to look at it next: to ask, or to nudge.

    `round` counts how often it was put off after it had been asked.
    """

    id: str
    cohort: str
    step: str
    day: date
    due: datetime
    state: State = State.PLANNED
    round: int = 0
    nudges: int = 0
    sent_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether something may still be sent for it."""
        return self.state in (State.PLANNED, State.SENT)

    @property
    def for_event(self) -> bool:
        """Whether it belongs to an announced day, and is of no use long after."""
        return "@" in self.step and not self.step.startswith(AGAIN)

    @property
    def key(self) -> str:
        """What is sent for it at most once: this round, this nudge."""
        return f"checkin:{self.id}:{self.round}:{self.nudges}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Being part of a cohort: the day its plan counts from, and the plan."""

    cohort: str
    plan: str
    anchor: date
    left: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """Everything the coach keeps for following one person through.

    `asleep` is set while a "pause or stop?" waits for an answer: nothing goes out. `stopped` holds until the person opts in.
    `keys` are the secrets with which the person can change or take back an answer that is kept without a name; `asking` is
    the check-in whose obstacle was asked about last. `zone_chosen` is set once the person named a zone: the platform's then no
    longer counts. `seen` are the newest events that changed it, so that one handled twice changes it once.
    """

    person: Person
    rhythm: Rhythm = field(default_factory=Rhythm)
    language: str = "en"
    conversation: Conversation | None = None
    enrolments: tuple[Enrolment, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    story: Story | None = None
    check_ins: tuple[CheckIn, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    paused_until: date | None = None
    asking: str = ""
    seen: tuple[str, ...] = ()
    zone_chosen: bool = False
    asleep: bool = False
    stopped: bool = False

    @property
    def commitment(self) -> Commitment | None:
        """The newest commitment that is not closed."""
        return next((c for c in reversed(self.commitments) if c.closed is None), None)

    @property
    def open(self) -> CheckIn | None:
        """The newest check-in that was sent and has no answer yet."""
        sent = [c for c in self.check_ins if c.state is State.SENT]
        return max(sent, key=lambda c: (c.sent_at is not None, c.sent_at, c.id), default=None)

    @property
    def next(self) -> CheckIn | None:
        """The check-in that is asked next."""
        planned = [c for c in self.check_ins if c.state is State.PLANNED]
        return min(planned, key=lambda c: (c.due, c.day, c.id), default=None)

    @property
    def active(self) -> bool:
        """Whether anything may be sent of the coach's own accord."""
        return not self.stopped and not self.asleep

    def check_in(self, id: str) -> CheckIn | None:
        """Return the check-in with that id."""
        return next((c for c in self.check_ins if c.id == id), None)

    def enrolment(self, cohort: str) -> Enrolment | None:
        """Return the person's part in a cohort."""
        return next((e for e in self.enrolments if e.cohort == cohort), None)

    def keep(self, *changed: CheckIn) -> Journey:
        """Return the journey with these check-ins in the place of the old ones, or added."""
        new = {c.id: c for c in changed}
        kept = tuple(new.pop(c.id, c) for c in self.check_ins)
        return replace(self, check_ins=(*kept, *new.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One line of a coordinator's list. Someone without a platform id joins with the personal `code`.

    `ends` is their own last course day, where it is not the cohort's.
    """

    name: str = field(default="", repr=False)
    person: Person | None = None
    zone: str = ""
    country: str = ""
    language: str = ""
    consent: bool = False
    ends: date | None = None
    code: str = ""
    left: bool = False

    @property
    def label(self) -> str:
        """How the coordinator knows this person."""
        return self.name or (self.person.id if self.person else self.code)


class Stage(StrEnum):
    """Whether a cohort's check-ins run."""

    DRAFT = "draft"
    STARTED = "started"
    ENDED = "ended"


def home_for(coordinator: Person) -> str:
    """Return the place whose coordinators see what this one makes by chat: an adapter and a workspace."""
    return f"{coordinator.adapter}/{coordinator.workspace}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The people of one course. `ends` is the last course day, from which the plan counts; `code` lets people join.

    `weekly` says whether coordinators get its summary every week. `home` is the adapter and workspace of the coordinator who
    made it by chat; only coordinators there see it, and all of them where it is empty.
    """

    id: str
    name: str
    plan: str
    ends: date
    rhythm: Rhythm = field(default_factory=Rhythm)
    language: str = "en"
    code: str = field(repr=False)
    stage: Stage = Stage.DRAFT
    weekly: bool = True
    home: str = ""
    members: tuple[Member, ...] = ()

    def is_seen_by(self, coordinator: Person) -> bool:
        """Whether a coordinator may know of it."""
        return self.home in ("", home_for(coordinator))

    def rhythm_of(self, member: Member) -> Rhythm:
        """Return the cohort's rhythm in the member's zone and country."""
        return replace(self.rhythm, zone=member.zone or self.rhythm.zone, country=member.country or self.rhythm.country)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """An answer without a name: the hash of the key that only the person keeps, and what is counted."""

    key: str
    cohort: str
    step: str
    question: str
    answer: str


def check_in_id(cohort: str, person: Person, step: str) -> str:
    """Return the id of a check-in: the same every time it is planned, so that enrolling twice adds none."""
    return str(uuid5(CHECK_INS, f"{cohort}\n{person.key}\n{step}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is written together: a journey, what is sent or taken back, and answers without a name."""

    journey: Journey
    send: tuple[Outgoing, ...] = ()
    take_back: tuple[str, ...] = ()
    counted: tuple[Counted, ...] = ()
    withdrawn: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of a cohort were asked and answered, step by step, and how many have paused or stopped. It names no one."""

    enrolled: int
    paused: int
    stopped: int
    asked: Mapping[str, int]
    answered: Mapping[str, int]
