"""`evaluate`: golden questions through the coach, and figures with floors."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediation_coach.knowledge.retrieval import Library, Weighing

FAILURE = 1


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evaluate`."""
    evaluate = commands.add_parser("evaluate", help="measure routing, refusals and retrieval on golden questions")
    evaluate.add_argument(
        "golden", nargs="*", type=Path, help="JSON Lines files (default: tests/golden/questions.jsonl)"
    )
    evaluate.add_argument("--floors", type=Path, help="JSON file of floors; fail when a figure drops below its floor")
    evaluate.add_argument(
        "--misses", action="store_true", help="list the questions that went wrong, with what was found"
    )
    evaluate.add_argument("--table", action="store_true", help="compare ways of finding cards, by language, instead")
    evaluate.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the figures; return 1 if one is below its floor."""
    from mediation_coach import app, config, evaluation

    settings = config.load(args.config)
    library = app.open_library(settings)
    dialogue = app.build_dialogue(settings, library)
    paths = args.golden or [Path("tests/golden/questions.jsonl")]
    golden = [question for path in paths for question in evaluation.read_golden(path)]
    if args.table:
        print(evaluation.retrieval_table(golden, _ways(library)))
        return 0
    results = asyncio.run(evaluation.ask_all(dialogue, library, golden))
    found = evaluation.figures(results)
    print(evaluation.as_text(found))
    if args.misses:
        for r in results:
            if not r.routed or (r.golden.cards and not set(r.ranked) & set(r.golden.cards)):
                print(
                    f"\n{r.golden.id} {r.golden.skill} -> {r.skill}\n  {r.golden.text[:200]}\n  wanted {r.golden.cards}, found {r.ranked}"
                )
    return _below(args.floors, asdict(found)) if args.floors else 0


def _ways(library: Library) -> dict[str, Callable[[str, str], Sequence[str]]]:
    """Return the ways of finding cards that the table compares."""
    from mediation_coach.knowledge.retrieval import Weighing

    words_only = Weighing(asked=0, title=0, short=0, learnt=0)
    weighings = {
        "words": replace(words_only, lexicon=False),
        "words and lexicon": words_only,
        "meaning": Weighing(words=0),
        "both, no lexicon": Weighing(lexicon=False),
        "both": Weighing(),
    }

    def way(weighing: Weighing) -> Callable[[str, str], Sequence[str]]:
        return lambda text, language: [
            f.card.id for f in library.index.search(text, language=language, weighing=weighing).found
        ]

    return {name: way(weighing) for name, weighing in weighings.items()}


def _below(path: Path, found: dict[str, object]) -> int:
    from mediation_coach.errors import ContentError

    try:
        floors: dict[str, float] = json.loads(path.read_text("utf-8"))
        low = {name: floor for name, floor in floors.items() if float(str(found[name])) < floor}
    except (OSError, ValueError, KeyError) as exc:
        raise ContentError(f"{path} is not a readable file of floors ({type(exc).__name__}: {exc})") from exc
    for name, floor in low.items():
        print(f"below its floor: {name} is {found[name]:.3f}, floor {floor}", file=sys.stderr)
    return FAILURE if low else 0
