"""Questions a second with the quoted answer, through the real bot over HTTP, on this machine.

    python -m tests.bench.load --engines files|servers|replicas [--rates 0.5,1,2,3,4,6]

Pauta runs in webhook mode as a process of its own (two as `replicas`), on SQLite and a Chroma
folder (`files`) or on PostgreSQL and a Chroma server, over the archive of news that
`tests.bench.finding` makes and keeps. This process is Telegram and the people who ask: each step
offers so many questions a second, evenly, whether or not the last ones were answered. What the
processors were used for stands beside every step, this process and strangers included.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp

from retrieval.questions_file import KnownQuestion, read_questions
from tests.bench.corpus import NEWS
from tests.bench.figures import percentile
from tests.bench.installed import ENGINES, MEMBERS, Installation, installed
from tests.bench.newsroom import Asking, BusyMeter, ports_of, updates_delivered
from tests.bench.processes import rss_mb

RATES = (0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
STEP_SECONDS = 30.0
DRAIN_SECONDS = 30.0
SATURATED = 0.9
"""Of what is offered; a step that answers less of it is the last."""
_STAGE = re.compile(rb'^pauta_stage_seconds_(sum|count)\{stage="(\w+)"\} (\S+)', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    engines: str
    offered: float
    answered: float
    """A second, while it was offered."""
    p50: float
    p95: float
    p99: float
    quoted: float
    """Share of the answers that quote something."""
    stages_ms: dict[str, float]
    """Means of the step, by the metrics of the first replica."""
    busy: dict[str, float]
    """Processors in use, by whom; of `others` nothing is ours."""
    cpu_a_question: float
    """Seconds of a processor, of Pauta's own processes."""
    rss_mb: float
    drained: bool

    def row(self) -> str:
        stages = ", ".join(f"{name} {one:.0f}" for name, one in self.stages_ms.items())
        busy = ", ".join(f"{name} {one:.2f}" for name, one in self.busy.items())
        return (
            f"| {self.engines} | {self.offered:g} | {self.answered:.1f} | {self.p50:.2f} | "
            f"{self.p95:.2f} | {self.p99:.2f} | {self.quoted:.0%} | {stages} | {busy} | "
            f"{self.cpu_a_question:.2f} | {self.rss_mb:.0f} |"
        )


HEAD = (
    "| engines | offered /s | answered /s | p50 s | p95 s | p99 s | quoted | stages, mean ms | "
    "processors in use | s a question | MB |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def questions() -> list[str]:
    """Those of the news that have an answer."""
    found = read_questions(NEWS / "questions.jsonl")
    return [one.text for one in found if isinstance(one, KnownQuestion) and one.answerable]


async def stages(port: int) -> dict[str, tuple[float, float]]:
    """Seconds and count so far, by stage."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        body = await answer.read()
    found: dict[str, dict[str, float]] = {}
    for kind, stage, value in _STAGE.findall(body):
        found.setdefault(stage.decode(), {})[kind.decode()] = float(value)
    return {stage: (one["sum"], one["count"]) for stage, one in found.items()}


async def step(engines: str, world: Installation, asking: Asking, rate: float) -> Step:
    port = world.bots[0].status_port
    asking.forget()
    before, meter = await stages(port), BusyMeter(world.groups)
    await asking.at_rate(rate, STEP_SECONDS)
    shares, answered = meter.shares(), len(asking.took) / STEP_SECONDS
    drained = await asking.all_answered(DRAIN_SECONDS)
    after = await stages(port)
    means = {
        stage: 1000 * (total - before[stage][0]) / max(1.0, count - before[stage][1])
        for stage, (total, count) in after.items()
    }
    took = asking.took or [float("nan")]
    return Step(
        engines, rate, answered,
        percentile(took, 0.5), percentile(took, 0.95), percentile(took, 0.99),
        asking.quoted / len(took), means, shares, shares["pauta"] / max(answered, 1 / STEP_SECONDS),
        sum(rss_mb(bot.pid) for bot in world.bots), drained,
    )  # fmt: skip


async def measure(engines: str, rates: list[float], profile: Path | None) -> list[Step]:
    steps: list[Step] = []
    with tempfile.TemporaryDirectory() as folder:
        async with installed(engines, Path(folder)) as world:
            asking = Asking(world.server, questions(), MEMBERS)
            async with updates_delivered(world.server, ports_of(world.bots)):
                await asking.at_rate(2, 5)  # what is loaded with the first question
                await asking.all_answered(DRAIN_SECONDS)
                for rate in rates:
                    steps.append(await step(engines, world, asking, rate))
                    print(steps[-1].row(), flush=True)
                    if steps[-1].answered < SATURATED * rate or not steps[-1].drained:
                        break
                if profile is not None:
                    await _profiled(world, asking, steps[-1].offered, profile)
    return steps


async def _profiled(world: Installation, asking: Asking, rate: float, file: Path) -> None:
    """Where the time goes at the last rate; py-spy must be installed."""
    asking.forget()
    program = Path(sys.executable).with_name("py-spy")
    options = ["-d", "15", "-r", "100", "-f", "raw", "-t", "-o", str(file)]
    spy = await asyncio.create_subprocess_exec(
        program, "record", "-p", str(world.bots[0].pid), *options, stdout=subprocess.DEVNULL
    )
    await asking.at_rate(rate, 17)
    await asyncio.wait_for(spy.wait(), 60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engines", choices=ENGINES, action="append")
    parser.add_argument("--rates", default=",".join(f"{one:g}" for one in RATES))
    parser.add_argument("--profile", type=Path, help="py-spy's folded stacks of the last rate")
    parser.add_argument("--out", type=Path, default=Path("bench-results/load.json"))
    arguments = parser.parse_args()
    rates = [float(one) for one in arguments.rates.split(",")]
    print(HEAD, flush=True)
    found: list[Step] = []
    for engines in arguments.engines or ENGINES:
        found += asyncio.run(measure(engines, rates, arguments.profile))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps([asdict(one) for one in found], indent=2))
    rows = "\n".join([HEAD, *(one.row() for one in found)])
    arguments.out.with_suffix(".md").write_text(rows + "\n")


if __name__ == "__main__":
    main()
