"""How fast the coach starts and answers, beside a bare echo in the same run; and how it holds 100,000 passages.

Run: python -m tests.benchmarks.bench_ask [--passages 100000]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from mediation_coach import app, evaluation
from mediation_coach.knowledge.building import Layer
from mediation_coach.knowledge.retrieval import Weighing, open_index
from tests.shipped import GOLDEN, ROOT, dialogue, library, settings

QUESTION = "one side just left the room and says they are done - what now?"
ECHO = "import sys; print(' '.join(sys.argv[1:]))"


def started(*args: str, runs: int = 7) -> tuple[float, float]:
    """Return median seconds and MiB resident of a whole process, from start to its last line."""
    took: list[float] = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *args], check=True, capture_output=True, cwd=ROOT)
        took.append(time.perf_counter() - begin)
    probe = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    peak = subprocess.run(
        [sys.executable, "-c", probe, sys.executable, *args], check=True, capture_output=True, cwd=ROOT
    )
    return statistics.median(took), float(peak.stdout)


async def inside(*, dense: bool, rounds: int = 1) -> tuple[float, float]:
    """Return p50 and p95 milliseconds of an answer inside a running process, over the golden questions."""
    if dense:
        found, coach = library(), dialogue()
    else:
        from mediation_coach.knowledge.retrieval import Library

        found = Library(app.layers(settings()), None)
        coach = app.build_dialogue(settings(), found)
    golden = [g for g in evaluation.read_golden(GOLDEN / "questions.jsonl") if g.kind != "long"] * rounds
    results = await evaluation.ask_all(coach, found, golden)
    figures = evaluation.figures(results)
    return figures.p50, figures.p95


def grown(folder: Path, passages: int) -> None:
    """Write an organisation's folder of about so many passages: the shipped cards under new names, their words shuffled."""
    import random

    rng = random.Random(7)
    shipped = [p for p in (ROOT / "knowledge").rglob("*.md") if p.parent.name != "cases"]
    sources = (ROOT / "knowledge" / "sources.yaml").read_text("utf-8")
    folder.mkdir()
    (folder / "sources.yaml").write_text(sources, "utf-8")
    for number in range(passages // 10):
        path = shipped[number % len(shipped)]
        head, body = path.read_text("utf-8").split("\n---\n", 1)
        words = body.split(" ")
        lines = []
        for line in body.splitlines():
            if line.startswith(("##", "- **", "1.", "2.", "3.")) or not line:
                lines.append(line)
            else:
                lines.append(line + " " + " ".join(rng.choice(words).replace("\n", " ") for _ in range(4)))
        target = folder / path.parent.name / f"{path.stem}-{number}.md"
        target.parent.mkdir(exist_ok=True)
        head = head.replace(f"id: {path.stem}", f"id: {path.stem}-{number}")
        target.write_text(head + "\n---\n" + "\n".join(lines) + "\n", "utf-8")


def scale(passages: int) -> None:
    """Print what an index of so many passages costs by words alone: building, disk, memory, a query, and 100 cards more."""
    with tempfile.TemporaryDirectory() as temporary:
        own, cache = Path(temporary) / "own", Path(temporary) / "cache"
        grown(own, passages)
        layers = [Layer(name="own", folder=own)]
        begin = time.perf_counter()
        index = open_index(layers, cache)
        built = time.perf_counter() - begin
        questions = [g.text for g in evaluation.read_golden(GOLDEN / "questions.jsonl") if g.kind != "long"]
        took = []
        for text in questions:
            begin = time.perf_counter()
            index.search(text, weighing=Weighing())
            took.append((time.perf_counter() - begin) * 1000)
        took.sort()
        disk = sum(p.stat().st_size for p in cache.rglob("*") if p.is_file()) / 2**20
        grown(Path(temporary) / "more", 1000)
        for number, path in enumerate(sorted((Path(temporary) / "more").rglob("*.md"))):
            text = path.read_text("utf-8").replace(f"id: {path.stem}", f"id: added-{number}")
            (own / path.parent.name / f"added-{number}.md").write_text(text, "utf-8")
        begin = time.perf_counter()
        index = open_index(layers, cache)
        added = time.perf_counter() - begin
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{passages} passages   built {built:.0f} s, {disk:.0f} MiB on disk, query p50 {took[len(took) // 2]:.1f} ms"
            f" p95 {took[int(len(took) * 0.95)]:.1f} ms, 100 cards more {added:.1f} s, peak {memory:.0f} MiB"
        )


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser()
    options.add_argument("--passages", type=int, default=0)
    args = options.parse_args()
    if args.passages:
        scale(args.passages)
        return
    library()
    echo, echo_size = started("-c", ECHO, QUESTION)
    ask, ask_size = started("-m", "mediation_coach.cli", "ask", QUESTION)
    print(f"bare echo           {echo * 1000:6.0f} ms  {echo_size:5.0f} MiB")
    print(f"ask, warm cache     {ask * 1000:6.0f} ms  {ask_size:5.0f} MiB")
    for name, dense in (("with the model", True), ("words alone", False)):
        p50, p95 = asyncio.run(inside(dense=dense))
        print(f"{name:<19} p50 {p50:5.1f} ms  p95 {p95:5.1f} ms")


if __name__ == "__main__":
    main()
