"""What happens to a journey: joining, being asked, answering, waiting, stopping. Pure: a journey in, the next one out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from mediation_coach.domain.calendar import (
    DAY,
    Holiday,
    Rhythm,
    Span,
    Stay,
    moment_to_send,
    next_slot,
    no_holidays,
    slot_on,
)
from mediation_coach.domain.follow_through import (
    AGAIN,
    CRISIS_PAUSE_DAYS,
    NUDGES,
    SILENT_AFTER,
    STUCK_AGAIN_DAYS,
    CheckIn,
    Commitment,
    Enrolment,
    Journey,
    Plan,
    State,
    Told,
    check_in_id,
)

APART = timedelta(hours=20)
NUDGE_AFTER = (1, 3)
NUDGE_SLACK = timedelta(hours=3)
LAPSE_AFTER = timedelta(days=1)
EVENT_GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to send now; the journey holds the new moment."""

    journey: Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Ask, or nudge, about a check-in."""

    journey: Journey
    check_in: CheckIn

    @property
    def key(self) -> str:
        """What is sent at most once."""
        return self.check_in.key


@dataclass(frozen=True, slots=True, kw_only=True)
class AskToPause:
    """Two check-ins stayed without an answer: ask once whether to pause or to stop."""

    journey: Journey
    check_in: CheckIn

    @property
    def key(self) -> str:
        """What is sent at most once."""
        return f"pause:{self.check_in.id}"


Move = Wait | Send | AskToPause


def plan_check_ins(
    journey: Journey, enrolment: Enrolment, plan: Plan, *, now: datetime, holiday: Holiday = no_holidays
) -> tuple[CheckIn, ...]:
    """Return the check-ins of a plan for one person, from today on; what lies in the past is not made up for."""
    today = journey.rhythm.local(now).date()
    days = ((step, step.after.after(enrolment.anchor)) for step in plan.steps)
    return tuple(
        CheckIn(
            id=check_in_id(enrolment.cohort, journey.person, step.id),
            cohort=enrolment.cohort,
            step=step.id,
            day=day,
            due=next_slot(journey.rhythm, day=day, holiday=holiday),
        )
        for step, day in days
        if day >= today
    )


def enrol(
    journey: Journey, enrolment: Enrolment, plan: Plan, *, now: datetime, holiday: Holiday = no_holidays
) -> Journey:
    """Return the journey with this cohort's check-ins planned; doing it twice, or with a new date, doubles none."""
    others = tuple(e for e in journey.enrolments if e.cohort != enrolment.cohort)
    journey = replace(journey, enrolments=(*others, enrolment))
    if journey.stopped or enrolment.left:
        return journey
    planned = {c.id: c for c in plan_check_ins(journey, enrolment, plan, now=now, holiday=holiday)}
    steps = {check_in_id(enrolment.cohort, journey.person, s.id) for s in plan.steps}
    changed = []
    for old in journey.check_ins:
        new = planned.pop(old.id, None)
        if old.id in steps and old.state in (State.PLANNED, State.CANCELLED) and old.sent_at is None:
            changed.append(new or replace(old, state=State.CANCELLED))
    return journey.keep(*changed, *planned.values())


def leave(journey: Journey, cohort: str) -> Journey:
    """Return the journey of someone who leaves a cohort by their own word: nothing more is sent for it."""
    enrolments = tuple(replace(e, left=True) if e.cohort == cohort else e for e in journey.enrolments)
    return _cancelled(replace(journey, enrolments=enrolments), (c for c in journey.check_ins if c.cohort == cohort))


def drop(journey: Journey, cohort: str) -> Journey:
    """Return the journey after the organiser took this person off the list; their own leaving stays their own."""
    kept = tuple(e for e in journey.enrolments if e.cohort != cohort or e.left)
    return _cancelled(replace(journey, enrolments=kept), (c for c in journey.check_ins if c.cohort == cohort))


def stop(journey: Journey) -> Journey:
    """Return the journey at its end: nothing is ever sent of the coach's own accord, from any cohort."""
    journey = replace(journey, stopped=True, asleep=False, paused_until=None, asking="")
    return _cancelled(journey, journey.check_ins)


def _cancelled(journey: Journey, check_ins: Iterable[CheckIn]) -> Journey:
    return journey.keep(*(replace(c, state=State.CANCELLED) for c in check_ins if c.waits))


def opt_in(journey: Journey) -> Journey:
    """Return the journey of someone who wants to hear from the coach again."""
    return replace(journey, stopped=False, asleep=False, paused_until=None)


def move_on(journey: Journey, check_in: CheckIn, *, now: datetime, holiday: Holiday = no_holidays) -> Move:
    """Return what to do about a check-in whose moment has come."""
    if not check_in.waits or not journey.active:
        return Wait(journey=journey)
    match check_in.state:
        case State.SENT if check_in.nudges >= NUDGES:
            return _lapse(journey, check_in)
        case State.SENT:
            return _nudge(journey, check_in, now, holiday)
        case _:
            return _ask(journey, check_in, now, holiday)


def put_off(journey: Journey, check_in: CheckIn, until: datetime) -> Journey:
    """Return the journey of someone who does not want to be disturbed before `until`: it is looked at again then."""
    return journey.keep(replace(check_in, due=until))


def _ask(journey: Journey, check_in: CheckIn, now: datetime, holiday: Holiday) -> Move:
    moment = _moment_to_ask(journey, check_in, now, holiday)
    if check_in.for_event and journey.rhythm.local(moment).date() > check_in.day + EVENT_GRACE:
        return Wait(journey=journey.keep(replace(check_in, state=State.SKIPPED)))
    if moment > now:
        return Wait(journey=journey.keep(replace(check_in, due=moment)))
    journey = journey.keep(*(replace(c, state=State.LAPSED) for c in journey.check_ins if c.state is State.SENT))
    if unanswered(journey) >= SILENT_AFTER:
        return AskToPause(journey=replace(journey, asleep=True), check_in=check_in)
    due = _nudge_at(journey.rhythm, now, 0, now, holiday)
    sent = replace(check_in, state=State.SENT, sent_at=now, nudges=0, due=due)
    return Send(journey=journey.keep(sent), check_in=sent)


def _moment_to_ask(journey: Journey, check_in: CheckIn, now: datetime, holiday: Holiday) -> datetime:
    """Return when to ask: not in a pause, not within a day of another question, not while another waits for its answer."""
    rhythm, day = journey.rhythm, check_in.day
    if journey.paused_until is not None:
        day = max(day, journey.paused_until + DAY)
    moment = moment_to_send(rhythm, day=day, now=now, put_off=check_in.due, holiday=holiday)
    if moment > now:
        return moment
    tomorrow = rhythm.local(now).date() + DAY
    if (waiting := journey.open) is not None and not check_in.for_event:
        return next_slot(
            rhythm, day=max(tomorrow, rhythm.local(waiting.due).date()), after=waiting.due, holiday=holiday
        )
    newest = max((c.sent_at for c in journey.check_ins if c.sent_at is not None), default=None)
    if newest is not None and now - newest < APART:
        return next_slot(rhythm, day=tomorrow, holiday=holiday)
    return moment


def _nudge(journey: Journey, check_in: CheckIn, now: datetime, holiday: Holiday) -> Move:
    rhythm = journey.rhythm
    day = rhythm.local(check_in.due).date()
    moment = moment_to_send(rhythm, day=day, now=now, put_off=check_in.due, holiday=holiday)
    if moment > now:
        return Wait(journey=journey.keep(replace(check_in, due=moment)))
    nudges = check_in.nudges + 1
    due = now + LAPSE_AFTER if nudges == NUDGES else _nudge_at(rhythm, check_in.sent_at or now, nudges, now, holiday)
    sent = replace(check_in, nudges=nudges, due=due)
    return Send(journey=journey.keep(sent), check_in=sent)


def _nudge_at(rhythm: Rhythm, sent_at: datetime, nudge: int, now: datetime, holiday: Holiday) -> datetime:
    """Return when to nudge: 24 and 72 hours after the question, at a good hour, and never two days running."""
    wish = rhythm.local(sent_at).date() + NUDGE_AFTER[nudge] * DAY
    day = max(wish, rhythm.local(now).date() + (2 if nudge else 1) * DAY)
    return next_slot(rhythm, day=day, after=sent_at + NUDGE_AFTER[nudge] * DAY - NUDGE_SLACK, holiday=holiday)


def _lapse(journey: Journey, check_in: CheckIn) -> Move:
    return Wait(journey=journey.keep(replace(check_in, state=State.LAPSED)))


def unanswered(journey: Journey) -> int:
    """Return how many check-ins in a row, the newest first, stayed without an answer."""
    asked = sorted(
        (c for c in journey.check_ins if c.sent_at is not None), key=lambda c: (c.sent_at, c.id), reverse=True
    )
    row = 0
    for check_in in asked:
        if check_in.state is not State.LAPSED:
            break
        row += 1
    return row


def awake(journey: Journey) -> Journey:
    """Return the journey of someone who has been heard from: the silence before is forgotten."""
    heard = (replace(c, state=State.SKIPPED) for c in journey.check_ins if c.state is State.LAPSED)
    return replace(journey.keep(*heard), asleep=False)


def answer(
    journey: Journey, check_in: CheckIn, told: Told, *, now: datetime, holiday: Holiday = no_holidays
) -> Journey:
    """Return the journey after an answer: no more nudges for it, and for `stuck` a new question in a week."""
    journey = awake(journey).keep(replace(check_in, state=State.ANSWERED))
    if (open_one := journey.commitment) is not None:
        journey = _with_commitment(journey, replace(open_one, told=told))
    repeat = _repeat_of(journey, check_in)
    if told is Told.STUCK and not journey.stopped:
        journey = replace(journey, asking=check_in.id)
        day = journey.rhythm.local(now).date() + STUCK_AGAIN_DAYS * DAY
        asked = repeat.sent_at is not None
        return journey if asked else _not_before(journey, day, _moved(repeat, journey.rhythm, day, holiday), holiday)
    if repeat.state is State.PLANNED and journey.check_in(repeat.id) is not None:
        journey = journey.keep(replace(repeat, state=State.CANCELLED))
    return replace(journey, asking="")


def _repeat_of(journey: Journey, check_in: CheckIn) -> CheckIn:
    """Return the check-in that asks again a week after `check_in` was answered with `stuck`."""
    first, _, count = check_in.step.removeprefix(AGAIN).partition("+")
    step = f"{AGAIN}{first}+{int(count or 0) + 1}"
    new = replace(
        check_in,
        id=check_in_id(check_in.cohort, journey.person, step),
        step=step,
        state=State.PLANNED,
        round=0,
        nudges=0,
        sent_at=None,
    )
    return journey.check_in(new.id) or new


def _not_before(journey: Journey, day: date, planned: CheckIn, holiday: Holiday) -> Journey:
    """Return the journey in which `planned` comes next: others due before it wait until the day after."""
    sooner = (c for c in _up_to(journey, day) if not c.for_event and c.id != planned.id)
    return journey.keep(*_one_by_one(sooner, journey.rhythm, day, holiday), planned)


def _up_to(journey: Journey, day: date) -> list[CheckIn]:
    return [c for c in journey.check_ins if c.state is State.PLANNED and c.day <= day]


def _one_by_one(check_ins: Iterable[CheckIn], rhythm: Rhythm, after: date, holiday: Holiday) -> list[CheckIn]:
    """Return check-ins moved to the working days after `after`, one a day, in the order in which they were to come."""
    moved: list[CheckIn] = []
    for check_in in sorted(check_ins, key=lambda c: (c.day, c.due, c.id)):
        moved.append(_moved(check_in, rhythm, after + DAY, holiday))
        after = rhythm.local(moved[-1].due).date()
    return moved


def _moved(check_in: CheckIn, rhythm: Rhythm, day: date, holiday: Holiday) -> CheckIn:
    return replace(check_in, state=State.PLANNED, day=day, due=next_slot(rhythm, day=day, holiday=holiday))


def snooze(
    journey: Journey, span: Span, *, now: datetime, target: CheckIn | None = None, holiday: Holiday = no_holidays
) -> Journey:
    """Return the journey in which `target`, the open check-in or else the next one, is asked after `span`."""
    target = target or journey.open or journey.next
    if target is None:
        return awake(journey)
    day = span.after(journey.rhythm.local(now).date())
    asked = target.sent_at is not None
    again = replace(_moved(target, journey.rhythm, day, holiday), nudges=0, round=target.round + asked, sent_at=None)
    return _not_before(awake(journey), day, again, holiday)


def skip(journey: Journey) -> Journey:
    """Return the journey without the open check-in, or else without the next one."""
    target = journey.open or journey.next
    return awake(journey) if target is None else awake(journey).keep(replace(target, state=State.SKIPPED))


def pause(journey: Journey, until: date, *, holiday: Holiday = no_holidays) -> Journey:
    """Return the journey in which nothing is sent up to and including `until`; what falls in between comes after it."""
    journey = awake(journey)
    open_ones = (replace(c, state=State.SKIPPED) for c in journey.check_ins if c.state is State.SENT)
    planned = _up_to(journey, until)
    moved = _one_by_one((c for c in planned if not c.for_event), journey.rhythm, until, holiday)
    slot = next_slot(journey.rhythm, day=until + DAY, holiday=holiday)
    events = [_after_pause(c, slot, journey.rhythm) for c in planned if c.for_event]
    return replace(journey.keep(*open_ones, *moved, *events), paused_until=until)


def _after_pause(check_in: CheckIn, slot: datetime, rhythm: Rhythm) -> CheckIn:
    """Return a question around an announced day after a pause: at its end, or left out where it is of no use any more."""
    over = rhythm.local(slot).date() > check_in.day + EVENT_GRACE
    return replace(check_in, state=State.SKIPPED) if over else replace(check_in, due=slot)


def report_crisis(journey: Journey, *, now: datetime, holiday: Holiday = no_holidays) -> Journey:
    """Return the journey paused for seven days, or for as long as it already is."""
    until = journey.rhythm.local(now).date() + CRISIS_PAUSE_DAYS * DAY
    return pause(journey, max(until, journey.paused_until or until), holiday=holiday)


def resume(journey: Journey) -> Journey:
    """Return the journey without its pause; what was moved stays where it is."""
    return replace(awake(journey), paused_until=None)


def in_rhythm(journey: Journey, rhythm: Rhythm, *, holiday: Holiday = no_holidays) -> Journey:
    """Return the journey with a new zone, hour, week or quiet hours: every wish is resolved again."""
    planned = [c for c in journey.check_ins if c.state is State.PLANNED]
    resolved = (
        replace(c, due=next_slot(rhythm, day=_day_to_ask(c, journey.rhythm, holiday), holiday=holiday)) for c in planned
    )
    return replace(journey, rhythm=rhythm).keep(*resolved)


def _day_to_ask(check_in: CheckIn, rhythm: Rhythm, holiday: Holiday) -> date:
    """Return the day wished for, or the one to which a check-in that was late was put off."""
    late = check_in.due > next_slot(rhythm, day=check_in.day, holiday=holiday)
    return rhythm.local(check_in.due).date() if late else check_in.day


def stay(journey: Journey, zone: str, until: date | None, *, holiday: Holiday = no_holidays) -> Journey:
    """Return the journey of someone who is in another zone, for good or up to and including `until`."""
    if until is None:
        rhythm = replace(journey.rhythm, zone=zone, stay=None)
    else:
        rhythm = replace(journey.rhythm, stay=Stay(zone=zone, until=until))
    return in_rhythm(journey, rhythm, holiday=holiday)


def expect(journey: Journey, plan: Plan, on: date, *, now: datetime, holiday: Holiday = no_holidays) -> Journey:
    """Return the journey with the check-ins around an announced day, such as the start of talks; past ones are left out."""
    cohort = next((e.cohort for e in reversed(journey.enrolments) if not e.left), "")
    added = []
    for step in plan.events:
        name = f"{step.id}@{on.isoformat()}"
        due = _event_slot(journey.rhythm, step.after, on, holiday)
        new = check_in_id(cohort, journey.person, name)
        known = journey.check_in(new)
        if due > now and (known is None or known.sent_at is None):
            day = journey.rhythm.local(due).date()
            added.append(CheckIn(id=new, cohort=cohort, step=name, day=day, due=due))
    return journey.keep(*added)


def _event_slot(rhythm: Rhythm, after: Span, on: date, holiday: Holiday) -> datetime:
    """Return the slot of a check-in around a day: before it, a day off means the last working day before that."""
    day = after.after(on)
    if after.days >= 0:
        return next_slot(rhythm, day=day, holiday=holiday)
    earlier = (slot_on(day - back * DAY, rhythm, holiday) for back in range(7))
    return next((slot for slot in earlier if slot is not None), None) or next_slot(rhythm, day=day, holiday=holiday)


def commit(journey: Journey, commitment: Commitment) -> Journey:
    """Return the journey with a commitment made, or edited where its id is known."""
    return _with_commitment(journey, commitment)


def close_commitment(journey: Journey, *, today: date, told: Told = Told.DONE) -> Journey:
    """Return the journey with the newest open commitment closed."""
    if (open_one := journey.commitment) is None:
        return journey
    return _with_commitment(journey, replace(open_one, closed=today, told=told))


def _with_commitment(journey: Journey, commitment: Commitment) -> Journey:
    known = {c.id: c for c in journey.commitments} | {commitment.id: commitment}
    return replace(journey, commitments=tuple(known.values()))


def not_sent(journey: Journey, check_in: CheckIn, *, now: datetime, holiday: Holiday = no_holidays) -> Journey:
    """Return the journey in which a question that could not be sent in time is asked at the next good moment."""
    if check_in.state is not State.SENT or check_in.nudges:
        return journey
    due = next_slot(journey.rhythm, day=journey.rhythm.local(now).date(), after=now, holiday=holiday)
    again = replace(check_in, state=State.PLANNED, sent_at=None, round=check_in.round + 1)
    return journey.keep(replace(again, due=due, day=journey.rhythm.local(due).date()))
