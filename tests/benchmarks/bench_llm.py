"""What the chain adds to the bare model call, with a server that answers at once.

Run: python -m tests.benchmarks.bench_llm [questions]
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Sequence

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line sets it

from langchain_core.messages import BaseMessage

from mediation_coach import logs
from mediation_coach.answering.extractive import Extractive
from mediation_coach.answering.llm import ModelAnswerer
from mediation_coach.domain.guidance import Skill
from tests.chain import SHAPES, encode, options, prompts, question
from tests.openai_server import Act, OpenAIServer, openai_server

PARAPHRASED = """\
## first_hour
Announce that the session is adjourned and say when you will next be in contact [1].
Make sure that the delegates who walked out are safe and able to travel [1].
Ask those who stayed to say nothing in public and to take no advantage on the ground [1].
## first_day
Send one messenger whom both sides trust with three questions: what happened, what do you need to return, what may I tell the others [1].
Give both sides the same formula for a return at the same hour [1].
## next_week
If two weeks pass, turn to technical or humanitarian work and a quiet line between the leaders [1].
## stop_if
Stop if troops move or civilians are warned; then it is a security matter first [2].
"""
TEXTS = [
    "One delegation walked out after the morning session. What do I do now?",
    "Colonel Hector left the room in Bria and says he will not come back. I am the co-chair.",
    "They left. The press is outside and the other side wants to sign without them. Should I let them?",
]


def p95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]


async def bare(coach: ModelAnswerer, messages: Sequence[BaseMessage]) -> float:
    """Return the milliseconds of the model call alone."""
    started = time.perf_counter()
    async for _ in coach._caller._model.astream(list(messages)):
        pass
    return (time.perf_counter() - started) * 1000


async def chain(coach: ModelAnswerer, text: str) -> float:
    """Return the milliseconds of a whole answer: extract, masking, prompt, call, parser, check."""
    asked = question(
        text,
        "party-walkout",
        "deadlock-diagnosis",
        "shuttle-and-proximity-technique",
        "loss-of-confidence-in-mediator",
        "forum-shopping",
    )
    started = time.perf_counter()
    answer = await coach.answer(asked, SHAPES[Skill.CRISIS_HANDLING])
    assert answer.written_by == "model", coach.usage
    return (time.perf_counter() - started) * 1000


async def conversations(server: OpenAIServer, count: int) -> str:
    """Ask `count` questions at once with a model that takes half a second, eight calls at a time."""
    coach = ModelAnswerer(
        extract=Extractive(),
        options=options(server.base_url, concurrency=8, first_seconds=30, whole_seconds=60, tokens_per_person=0),
        prompts=prompts(),
        encode=encode,
    )
    started = time.perf_counter()
    took = await asyncio.gather(*(chain(coach, TEXTS[n % len(TEXTS)]) for n in range(count)))
    whole = time.perf_counter() - started
    return f"{count} at once, model 500 ms, 8 calls: all in {whole:.1f} s, slowest {max(took) / 1000:.1f} s, most calls at once {server.most_busy}"


async def timed(what: Awaitable[float]) -> tuple[float, float]:
    """Return milliseconds on the clock and of the processor."""
    began = time.process_time()
    return await what, (time.process_time() - began) * 1000


def overhead(name: str, chains: Sequence[tuple[float, float]], calls: Sequence[tuple[float, float]]) -> str:
    """Return a line: what the chain takes more than the median bare call, on the clock and of the processor."""
    (clock, cpu), (clocks, cpus) = ([statistics.median(v) for v in zip(*calls, strict=True)], zip(*chains, strict=True))
    return (
        f"{name}: clock p50 {statistics.median(clocks) - clock:.1f}, p95 {p95(clocks) - clock:.1f} ms;"
        f" processor p50 {statistics.median(cpus) - cpu:.1f}, p95 {p95(cpus) - cpu:.1f} ms"
    )


async def main(count: int) -> None:
    """Print the figures."""
    logs.set_up("ERROR")
    shape = SHAPES[Skill.CRISIS_HANDLING]
    async with openai_server(Act(text=PARAPHRASED)) as server:
        unlimited = options(server.base_url, tokens_per_person=0, tokens_per_workspace=0)
        coach = ModelAnswerer(extract=Extractive(), options=unlimited, prompts=prompts(), encode=encode)
        asked = question(TEXTS[0])
        messages = coach._desk(asked, shape, await Extractive().answer(asked, shape)).messages
        await chain(coach, TEXTS[0])
        written = {line.split(" [")[0] + "." for line in PARAPHRASED.splitlines()}
        sources = {t: v for t, v in coach._checker._vectors.items() if t not in written}
        calls, warm, cold = [], [], []
        for n in range(count):
            calls.append(await timed(bare(coach, messages)))
            coach._checker._vectors.clear()
            cold.append(await timed(chain(coach, TEXTS[n % len(TEXTS)])))
            coach._checker._vectors.clear()
            coach._checker._vectors.update(sources)
            warm.append(await timed(chain(coach, TEXTS[n % len(TEXTS)])))
        print(f"bare call: clock p50 {statistics.median(c for c, _ in calls):.1f} ms; load {os.getloadavg()[0]:.1f}")
        print(overhead(f"overhead of {count} answers, the cards' sentences remembered", warm, calls))
        print(overhead("overhead with nothing remembered", cold, calls))
    async with openai_server(Act(text=PARAPHRASED, pause=0.5)) as server:
        print(await conversations(server, 50))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
