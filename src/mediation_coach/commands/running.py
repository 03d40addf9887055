"""`run`, `doctor`, `config`: the coach for others, what is wrong with its set-up, and its settings."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediation_coach.config import Settings

FAILURE = 1
Finding = tuple[str, bool, str]


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `run`, `doctor` and `config`."""
    run = commands.add_parser("run", help="serve the adapters that coach.toml names")
    run.set_defaults(run=run_service)
    doctor = commands.add_parser("doctor", help="look what is wrong with the set-up, and how to mend it")
    doctor.add_argument("what", nargs="*", help="library, store, slack, matrix, llm (default: all that is set up)")
    doctor.set_defaults(run=run_doctor)
    config = commands.add_parser("config", help="the settings").add_subparsers(required=True)
    check = config.add_parser("check", help="read the settings and every table in them")
    check.set_defaults(run=run_config_check)
    show = config.add_parser("show", help="print the settings, secrets masked")
    show.set_defaults(run=run_config_show)


def run_service(args: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT, or until no adapter can go on; then finish what is in hand."""
    from mediation_coach import config, logs, running

    settings = config.load(args.config)
    level = "INFO" if settings.log_level == "WARNING" else settings.log_level
    logs.set_up(level, json=settings.log_format == "json", vendors=settings.vendor_logs)

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            service = await running.open_service(settings, stack)

            def ended(name: str, why: str) -> None:
                if len(service.adapters) > 1:
                    print(f"mediation-coach: {name} has ended, the rest goes on: {why}", file=sys.stderr, flush=True)

            await service.run(started=lambda: print(f"Serving {', '.join(service.adapters)}.", flush=True), ended=ended)

    asyncio.run(serve())
    return 0


def run_doctor(args: argparse.Namespace) -> int:
    """Print each thing that was looked at, and the mend where it is not well; return 1 if anything is not."""
    from mediation_coach import config

    settings = config.load(args.config)
    wanted = args.what or _set_up(settings)
    sick = False
    for name in wanted:
        for what, well, mend in _findings(name, settings):
            print(f"{'ok  ' if well else 'FAIL'}  {name}: {what}" + ("" if well else f"\n      {mend}"))
            sick |= not well
    return FAILURE if sick else 0


def _set_up(settings: Settings) -> list[str]:
    names = ["library", "store", *(name for name in settings.adapters if name != "terminal")]
    return [*names, "llm"] if settings.table("model") else names


def _findings(name: str, settings: Settings) -> Iterable[Finding]:
    from mediation_coach.errors import CoachError, ConfigError

    checks = {"library": _library, "store": _store, "slack": _slack, "matrix": _matrix, "llm": _llm}
    if name not in checks:
        raise ConfigError(f"doctor does not know {name!r}; it looks at: {', '.join(checks)}")
    try:
        return list(checks[name](settings))
    except CoachError as exc:
        return [("cannot be looked at", False, str(exc))]


def _library(settings: Settings) -> Iterable[Finding]:
    from mediation_coach import app
    from mediation_coach.knowledge.encoder import HOW_TO, installed

    library = app.open_library(settings, notice=lambda _: None)
    yield f"{library.index.size} cards in force", library.index.size > 0, "set 'knowledge' to a folder with cards"
    yield "embedding model", installed(app.model_folder(settings)), HOW_TO
    contacts = bool(settings.safety.contacts)
    mend = "set safety.contacts in coach.toml: what to show when someone may be in danger; numbers are never invented"
    yield "contacts for emergencies", contacts, mend


def _store(settings: Settings) -> Iterable[Finding]:
    from mediation_coach.errors import StoreInUse
    from mediation_coach.store.opening import StoreSettings
    from mediation_coach.store.sql import SqlStore

    async def look() -> str | None:
        try:
            store = await SqlStore.open(StoreSettings.of(settings.table("store")), folder=settings.data_folder)
        except StoreInUse:  # the coach runs, so it could open it
            return None
        try:
            return await store.ready()
        finally:
            await store.close()

    trouble = asyncio.run(look())
    yield "database", trouble is None, trouble or ""


def _slack(settings: Settings) -> Iterable[Finding]:
    from mediation_coach.adapters.slack_doctor import check
    from mediation_coach.adapters.slack_options import read_options

    return asyncio.run(check(read_options(settings.table("slack"))))


def _matrix(settings: Settings) -> Iterable[Finding]:
    from mediation_coach.adapters.matrix_check import check, options_of

    return asyncio.run(check(options_of({"folder": settings.data_folder / "matrix", **settings.table("matrix")})))


def _llm(settings: Settings) -> Iterable[Finding]:
    from mediation_coach.answering.options import read_options
    from mediation_coach.answering.trying import check

    return asyncio.run(check(read_options(settings.table("model")), settings.prompts_folder))


def run_config_check(args: argparse.Namespace) -> int:
    """Read the settings; every table is checked by whoever it belongs to."""
    from mediation_coach import config, plugins, running
    from mediation_coach.delivery.settings import DeliverySettings
    from mediation_coach.store.opening import StoreSettings

    settings = config.load(args.config)
    StoreSettings.of(settings.table("store"))
    DeliverySettings.of(settings.table("delivery"))
    for name in settings.adapters:
        if name != "terminal":
            kind = plugins.load(plugins.ADAPTERS, name)
            kind.read_options(running.adapter_table(name, kind, settings))
    if settings.table("model"):
        from mediation_coach.answering.options import read_options

        read_options(settings.table("model"))
    print(f"The settings are good; adapters: {', '.join(settings.adapters)}.")
    return 0


def run_config_show(args: argparse.Namespace) -> int:
    """Print the settings, secrets masked."""
    from mediation_coach import config

    print(config.shown(config.load(args.config)))
    return 0
