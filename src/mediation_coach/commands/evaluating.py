"""`evaluate`: golden questions through the coach, and figures with floors."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediation_coach.config import Settings
    from mediation_coach.evaluation import Figures, Golden, Result
    from mediation_coach.knowledge.retrieval import Library, Weighing
    from mediation_coach.model_evaluation import ModelFigures

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
    evaluate.add_argument(
        "--llm", action="store_true", help="ask the model of [model], and measure how it keeps to the library"
    )
    evaluate.add_argument(
        "--limit", type=int, default=50, metavar="N", help="questions to ask with --llm (default: 50; 0: all of them)"
    )
    evaluate.add_argument("--json", action="store_true", help="print the figures as JSON")
    evaluate.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the figures; return 1 if one is below its floor, or if an invented citation was shown."""
    from mediation_coach import app, config, evaluation

    settings = config.load(args.config)
    library = app.open_library(settings)
    paths = args.golden or [Path("tests/golden/questions.jsonl")]
    golden = [question for path in paths for question in evaluation.read_golden(path)]
    if args.table:
        print(evaluation.retrieval_table(golden, _ways(library)))
        return 0
    if args.llm:
        results, model = asyncio.run(_with_model(settings, library, golden, args.limit))
    else:
        results, model = asyncio.run(_without_model(settings, library, golden)), None
    found = evaluation.figures(results)
    print(_as_json(found, model) if args.json else _as_text(found, model))
    if args.misses:
        for r in results:
            if not r.routed or (r.golden.cards and not set(r.ranked) & set(r.golden.cards)):
                print(
                    f"\n{r.golden.id} {r.golden.skill} -> {r.skill}\n  {r.golden.text[:200]}\n  wanted {r.golden.cards}, found {r.ranked}"
                )
    below = _below(args.floors, asdict(found)) if args.floors else 0
    return below or _invented(model)


async def _without_model(settings: Settings, library: Library, golden: Sequence[Golden]) -> list[Result]:
    from mediation_coach import app, evaluation
    from mediation_coach.answering.extractive import Extractive

    return await evaluation.ask_all(app.build_dialogue(settings, library, answerer=Extractive()), library, golden)


async def _with_model(
    settings: Settings, library: Library, golden: Sequence[Golden], limit: int
) -> tuple[list[Result], ModelFigures]:
    """Return what the coach does with some of the questions when the model of the settings writes, and how it did.

    Raises:
        ConfigError: there is no `[model]`, or it cannot be set up.
    """
    from mediation_coach import app, evaluation, logs, model_evaluation
    from mediation_coach.errors import ConfigError

    if not settings.table("model"):
        raise ConfigError("evaluate --llm needs a model; add a [model] table to coach.toml, see docs/models.md")
    from mediation_coach.answering.llm import ModelAnswerer

    logs.set_up("ERROR")  # what goes wrong is in the figures
    unlimited = {**settings.table("model"), "tokens_per_person": 0, "tokens_per_workspace": 0}
    settings = settings.model_copy(update={"tables": {**settings.tables, "model": unlimited}})
    answerer = app.build_answerer(settings, library)
    assert isinstance(answerer, ModelAnswerer)
    some = model_evaluation.spread(golden, limit)
    results = await evaluation.ask_all(
        app.build_dialogue(settings, library, answerer=answerer),
        library,
        some,
        at_once=answerer.options.concurrency,
        answered=_progress(len(some)),
    )
    await answerer.close()
    figures = model_evaluation.model_figures(
        results,
        answerer.usage,
        library.index.passage_ids(),
        price_in=answerer.options.price_in,
        price_out=answerer.options.price_out,
    )
    return results, figures


def _progress(of: int) -> Callable[[], None]:
    """Return what tells on stderr how far it has come, each time it is called."""
    done = 0

    def answered() -> None:
        nonlocal done
        done += 1
        print(f"{done} of {of} questions", end="\r" if done < of else "\n", file=sys.stderr, flush=True)

    return answered


def _as_text(found: Figures, model: ModelFigures | None) -> str:
    from mediation_coach import evaluation, model_evaluation

    text = evaluation.as_text(found)
    return f"{text}\n\n{model_evaluation.as_text(model)}" if model else text


def _as_json(found: Figures, model: ModelFigures | None) -> str:
    coach: dict[str, Any] = asdict(found)
    coach["confusion"] = [[*pair, n] for pair, n in found.confusion.items()]
    return json.dumps({"coach": coach, **({"model": asdict(model)} if model else {})}, indent=2)


def _invented(model: ModelFigures | None) -> int:
    if model is None or not model.invented_shown:
        return 0
    print(f"{model.invented_shown} statements were shown with an invented citation", file=sys.stderr)
    return FAILURE


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
