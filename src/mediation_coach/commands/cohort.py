"""`cohort` and `report`: coordinators' work from the command line. With SQLite, what changes something needs the coach stopped."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from mediation_coach.errors import ContentError, StoreInUse

if TYPE_CHECKING:
    from mediation_coach.coach.cohorts import Cohorts
    from mediation_coach.domain.chat import Conversation, Person
    from mediation_coach.domain.follow_through import Cohort
    from mediation_coach.reporting.reports import Reports

HOW_TO = (
    "Say the same to the coach in your private conversation, such as 'cohort start spring-27'; or stop it, run this, and start"
    " it again. With PostgreSQL both can run."
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `cohort` and `report`."""
    cohort = commands.add_parser("cohort", help="people of a course, and when they are asked")
    verbs = cohort.add_subparsers(dest="verb", metavar="VERB", required=True)
    _verb(verbs, "list", run_list, "show all cohorts")
    create = _verb(verbs, "create", run_create, "make a cohort; nothing is sent before 'cohort start'", "id")
    create.add_argument("--name", help="how reports call it (default: its id)")
    create.add_argument("--ends", type=date.fromisoformat, required=True, metavar="DATE", help="the last course day")
    create.add_argument("--plan", default="standard", help="a plan of the knowledge folder (default: standard)")
    create.add_argument("--zone", default="UTC", help="time zone of those who have none of their own")
    create.add_argument("--country", default="", help="two-letter code, for public holidays")
    create.add_argument("--language", default="en", choices=("en", "fr", "es", "ar", "ru"))
    create.add_argument("--at", type=time.fromisoformat, default=time(9), metavar="HH:MM", help="the hour to ask")
    create.add_argument(
        "--days-off", default="saturday sunday", metavar="DAYS", help="weekdays, such as 'friday saturday'"
    )
    taking = _verb(verbs, "import", run_import, "take in a list of people", "id")
    taking.add_argument("file", type=Path, help="CSV with person or name, zone, language, consent")
    taking.add_argument("--adapter", default="slack", help="the platform the people are on (default: slack)")
    taking.add_argument("--workspace", default="", help="their workspace, where the platform has such")
    _verb(verbs, "preview", run_preview, "show every person, date and local time", "id")
    _verb(verbs, "start", run_start, "let the check-ins run", "id")
    _verb(verbs, "end", run_end, "send nothing more", "id")
    _verb(verbs, "undo", run_undo, "take the last change back, within 24 hours", "id")
    weekly = _verb(verbs, "weekly", run_weekly, "send coordinators the summary of every week, or do not", "id")
    weekly.add_argument("switch", choices=("on", "off"))
    move = _verb(verbs, "move", run_move, "change the last course day", "id")
    move.add_argument("ends", type=date.fromisoformat, metavar="DATE")
    leave = _verb(verbs, "leave", run_leave, "let someone go", "id")
    leave.add_argument("who", help="the platform id or the name on the list")
    report = commands.add_parser("report", help="what may be told of a cohort, as a page, a table and a picture")
    report.add_argument("id", metavar="COHORT")
    report.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where to write (default: here)")
    report.add_argument(
        "--as-of", type=date.fromisoformat, metavar="DATE", help="the day of the report, none ahead (default: today)"
    )
    report.add_argument("--donor", action="store_true", help="write the one page for donors instead")
    report.add_argument(
        "--cost", type=float, metavar="AMOUNT", help="with --donor: what the follow-through of this course cost"
    )
    report.add_argument("--currency", default="", metavar="CODE", help="with --cost, such as EUR")
    report.set_defaults(run=run_report)


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    help: str,
    *names: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=help)
    for positional in names:
        parser.add_argument(positional, metavar=positional.upper())
    parser.set_defaults(run=run)
    return parser


def run_list(args: argparse.Namespace) -> int:
    """Print every cohort on a line."""

    async def work(cohorts: Cohorts, _: Reports) -> None:
        for cohort in await cohorts.all():
            _print(_line(await cohorts.get(cohort.id)))

    return _run(args, work, reading=True)


def run_create(args: argparse.Namespace) -> int:
    """Make a cohort, and print its code."""
    from mediation_coach.coach.dates import read_weekdays
    from mediation_coach.domain.calendar import Rhythm
    from mediation_coach.knowledge.places import is_country, is_zone

    days_off = read_weekdays(args.days_off)
    if days_off is None or len(days_off) > 6:
        raise ContentError(f"--days-off: '{args.days_off}' names no weekdays; write 'friday saturday'")
    if not is_zone(args.zone):
        raise ContentError(f"--zone: '{args.zone}' is no time zone; write it as Africa/Nairobi")
    if args.country and not is_country(args.country.upper()):
        raise ContentError(f"--country: no public holidays are known for '{args.country}'; use a two-letter code")
    rhythm = Rhythm(zone=args.zone, at=args.at, days_off=days_off, country=args.country.upper())

    async def work(cohorts: Cohorts, _: Reports) -> None:
        made = await cohorts.create(
            args.id,
            name=args.name or args.id,
            ends=args.ends,
            plan=args.plan,
            rhythm=rhythm,
            language=args.language,
            now=datetime.now(UTC),
        )
        _print(_line(made))

    return _run(args, work)


def run_import(args: argparse.Namespace) -> int:
    """Take in a list of people, whole or not at all."""
    from mediation_coach.coach.cohorts import new_code
    from mediation_coach.coach.roll import Reader, read_roll
    from mediation_coach.knowledge.places import is_country

    try:
        data = args.file.read_bytes()
    except OSError as exc:
        raise ContentError(f"{args.file} cannot be read: {exc.strerror}") from exc
    reader = Reader(adapter=args.adapter, workspace=args.workspace, is_country=is_country, new_code=new_code)
    people = read_roll(data, reader)

    async def work(cohorts: Cohorts, _: Reports) -> None:
        cohort = await cohorts.take_in(args.id, people, now=datetime.now(UTC))
        _print(_line(cohort))
        for member in cohort.members:
            if member.code:
                _print(f"{member.label}: join {member.code}")
        if without := sum(not m.consent for m in cohort.members):
            _print(f"{without} without consent: they hear nothing unless they join with a code")

    return _run(args, work)


def run_preview(args: argparse.Namespace) -> int:
    """Print every person x date x local time."""
    from mediation_coach.coach.cohorts import preview
    from mediation_coach.knowledge.places import is_holiday

    async def work(cohorts: Cohorts, _: Reports) -> None:
        cohort = await cohorts.get(args.id)
        for planned in preview(cohort, cohorts.plan_of(cohort), holiday=is_holiday):
            _print(str(planned))
        _print(_line(cohort))

    return _run(args, work, reading=True)


def run_start(args: argparse.Namespace) -> int:
    """Let the check-ins run."""
    return _changed(args, lambda cohorts: cohorts.start(args.id, now=datetime.now(UTC)))


def run_end(args: argparse.Namespace) -> int:
    """Send nothing more."""
    return _changed(args, lambda cohorts: cohorts.end(args.id, now=datetime.now(UTC)))


def run_undo(args: argparse.Namespace) -> int:
    """Take the last change back."""
    return _changed(args, lambda cohorts: cohorts.undo(args.id, now=datetime.now(UTC)))


def run_weekly(args: argparse.Namespace) -> int:
    """Switch the weekly summary on or off."""
    return _changed(args, lambda cohorts: cohorts.tell_weekly(args.id, args.switch == "on", now=datetime.now(UTC)))


def run_move(args: argparse.Namespace) -> int:
    """Change the last course day."""
    return _changed(args, lambda cohorts: cohorts.move(args.id, args.ends, now=datetime.now(UTC)))


def run_leave(args: argparse.Namespace) -> int:
    """Let someone go."""
    return _changed(args, lambda cohorts: cohorts.let_go(args.id, args.who, now=datetime.now(UTC)))


def run_report(args: argparse.Namespace) -> int:
    """Write COHORT.html, .csv and .png, or COHORT-donor.html: the same bytes from the same data."""
    if args.cost is not None and not (args.donor and args.cost > 0):
        raise ContentError("--cost: give an amount above 0, together with --donor")
    now = datetime.now(UTC).date()
    today = args.as_of or now
    if today > now:
        raise ContentError("--as-of: give a day that has come")

    async def work(_: Cohorts, reports: Reports) -> None:
        from mediation_coach.reporting.donor import Cost
        from mediation_coach.reporting.page import donor_page, page, table
        from mediation_coach.reporting.pictures import response

        if args.donor:
            cost = None if args.cost is None else Cost(amount=args.cost, currency=args.currency)
            told = await reports.donor(args.id, today=today, cost=cost, earlier=today < now)
            contents = {f"{args.id}-donor.html": donor_page(told).encode()}
        else:
            figures = await reports.figures(args.id, today=today)
            contents = {
                f"{args.id}.html": page(figures).encode(),
                f"{args.id}.csv": table(figures).encode(),
                f"{args.id}.png": response(figures, kind="png"),
            }
        for name, content in contents.items():
            path = args.out / name
            try:
                args.out.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            except OSError as exc:
                raise ContentError(f"{path} cannot be written: {exc.strerror}") from exc
            _print(str(path))

    return _run(args, work, reading=True)


def _changed(args: argparse.Namespace, change: Callable[[Cohorts], Awaitable[Cohort]]) -> int:
    async def work(cohorts: Cohorts, _: Reports) -> None:
        _print(_line(await change(cohorts)))

    return _run(args, work)


def _line(cohort: Cohort) -> str:
    return (
        f"{cohort.id}: {cohort.stage}, last course day {cohort.ends.isoformat()}, plan {cohort.plan},"
        f" {len(cohort.members)} on the list, code {cohort.code}" + ("" if cohort.weekly else ", no weekly summary")
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def _run(
    args: argparse.Namespace, work: Callable[[Cohorts, Reports], Awaitable[None]], *, reading: bool = False
) -> int:
    """Do `work`; `reading` says that it may also be done beside a coach that runs."""

    async def opened() -> None:
        async with _open(args, reading=reading) as (cohorts, reports):
            await work(cohorts, reports)

    asyncio.run(opened())
    return 0


@asynccontextmanager
async def _open(args: argparse.Namespace, *, reading: bool) -> AsyncIterator[tuple[Cohorts, Reports]]:
    """Open the store, and the cohorts and reports over it."""
    from mediation_coach.coach.cohorts import Cohorts
    from mediation_coach.coach.journeys import Journeys, Tools
    from mediation_coach.config import load
    from mediation_coach.knowledge.places import is_holiday, read_places
    from mediation_coach.knowledge.plans import read_plans
    from mediation_coach.reporting.reports import Reports
    from mediation_coach.store.opening import StoreSettings
    from mediation_coach.store.sql import SqlStore

    settings = load(args.config)
    folders = (settings.knowledge_folder, *(layer.folder for layer in settings.layers))
    plans = read_plans(*folders)
    tools = Tools(
        plans=plans, zone_of=read_places(*folders).zone_of, holiday=is_holiday, open_conversation=_no_conversation
    )
    where, folder, beside = StoreSettings.of(settings.table("store")), settings.data_folder, False
    try:
        store = await SqlStore.open(where, folder=folder)
    except StoreInUse as exc:
        if not reading:
            raise StoreInUse(f"the coach is running, or another command. {HOW_TO} ({exc})") from None
        store, beside = await SqlStore.open_to_read(where, folder=folder), True
    try:

        async def forgotten(person: Person) -> bool:
            return await store.receipt_of(person) is not None and await store.journey(person) is None

        yield Cohorts(Journeys(store, tools), forgotten=forgotten), Reports(store, plans, reading=beside)
    finally:
        await store.close()


async def _no_conversation(person: Person) -> Conversation:
    raise ContentError("the command line opens no conversations")
