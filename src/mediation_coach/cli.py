"""The `mediation-coach` command."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path

from mediation_coach import __version__, commands
from mediation_coach.errors import CoachError

USAGE, FAILURE = 2, 1


def parser() -> argparse.ArgumentParser:
    """Return the parser with every command group in `commands`."""
    top = argparse.ArgumentParser(
        prog="mediation-coach", description="A coach in chat for mediators and for parties to negotiations."
    )
    top.add_argument("--version", action="version", version=f"mediation-coach {__version__}")
    top.add_argument("--config", type=Path, metavar="FILE", help="settings file (default: coach.toml in this folder)")
    groups = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda m: m.name):
        importlib.import_module(f"{commands.__name__}.{module.name}").add_to(groups)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 for a failure that is told in one sentence, or 2 for wrong usage."""
    os.umask(0o077)  # what any command writes is for its owner alone
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    # One thread is as quick for one question, and several stall each other on a busy machine (docs/performance.md).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    args = parser().parse_args(argv)
    try:
        return int(args.run(args))
    except CoachError as exc:
        print(f"mediation-coach: {exc}", file=sys.stderr)
        return FAILURE
    except BrokenPipeError:
        sys.stderr.close()
        return FAILURE
    except KeyboardInterrupt:
        return FAILURE


if __name__ == "__main__":
    sys.exit(main())
