"""kill -9 at random moments of feed rounds over a web on loopback; then one more round must give
what an undisturbed one gives.

python -m tests.bench.crashes --kills 200 [--seed N]

A real process, a real Chroma folder, SQLite; the embedder is the tests' fake, slowed down, so
that a round takes long enough to be killed in. In each episode the same archive is killed one to
eight times, each time over what the last kill left behind. Compared are articles, chunks, keyword
rows, vectors (with metadata), what is remembered of the entries, and the feeds' own state.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import tempfile
import time
from dataclasses import dataclass, fields
from datetime import timedelta
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from tests import killable_round
from tests.archive import NOW
from tests.bench.figures import Figure
from tests.local_web import Outlet, hosts, outlets

OUTLETS = 4
SECONDS_A_TEXT = 0.02
MOST_KILLS_OF_ONE = 8

Everything = tuple[Any, list[tuple[Any, ...]], list[tuple[Any, ...]]]


@dataclass
class Outcome:
    kills: int = 0
    """Of rounds that were under way."""
    too_late: int = 0
    """Rounds that had ended before they were killed."""
    episodes: int = 0
    different: int = 0
    articles: int = 0
    chunks: int = 0
    seconds: float = 0.0

    def figures(self) -> list[Figure]:
        return [
            Figure(
                f"archives unlike the undisturbed one, after {self.kills} kill -9",
                self.different, "", self.episodes, "archives", "0",
            )
        ]  # fmt: skip


def run(kills: int, seed: int) -> Outcome:
    dice, outcome = random.Random(seed), Outcome()
    began = time.monotonic()
    _processes.set_forkserver_preload(["tests.killable_round"])
    with tempfile.TemporaryDirectory() as folder, outlets(OUTLETS) as found:
        home = Path(folder)
        for outlet in found:
            outlet.publish(*killable_round.unlike_stories(3, f"first-{outlet.name[-1]}-"))
        start = killable_round.prepared(home / "start", found)
        calm = _after_one_more(shutil.copytree(start, home / "calm"), found)
        outcome.articles, outcome.chunks = len(calm[0].articles), len(calm[0].chunks)
        longest = _seconds_of_a_round(shutil.copytree(start, home / "timed"), found)
        while outcome.kills < kills:
            archive = Path(shutil.copytree(start, home / f"killed{outcome.episodes}"))
            wanted = min(dice.randint(1, MOST_KILLS_OF_ONE), kills - outcome.kills)
            for _ in range(wanted):
                after = dice.uniform(0, longest)
                alive = _killed(archive, found, after)
                outcome.kills += alive
                outcome.too_late += not alive
            outcome.episodes += 1
            differences = _differences(_after_one_more(archive, found), calm)
            outcome.different += bool(differences)
            for line in differences:
                print(f"episode {outcome.episodes}: {line}", flush=True)
            shutil.rmtree(archive)
    outcome.seconds = time.monotonic() - began
    return outcome


def _after_one_more(archive: Path, found: list[Outlet]) -> Everything:
    killable_round.one_round(archive, hosts(*found), NOW + timedelta(hours=12), 0)
    return killable_round.everything(archive)


_processes = multiprocessing.get_context("forkserver")
"""Real processes, forked from one that has imported everything and opened nothing."""


def _started(archive: Path, found: list[Outlet]) -> ForkServerProcess:
    ready = _processes.Event()
    child = _processes.Process(
        target=_round_in_silence, args=(archive, hosts(*found), ready), daemon=True
    )
    child.start()
    assert ready.wait(60), "a round did not begin"
    return child


def _round_in_silence(archive: Path, hosts: list[str], ready: Event) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    killable_round.main(archive, SECONDS_A_TEXT, hosts, ready.set)


def _killed(archive: Path, found: list[Outlet], after: float) -> bool:
    """Kill -9 a round `after` seconds; whether it was still under way."""
    child = _started(archive, found)
    child.join(after)
    alive = child.is_alive()
    child.kill()
    child.join(10)
    return alive


def _seconds_of_a_round(archive: Path, found: list[Outlet]) -> float:
    child = _started(archive, found)
    started = time.monotonic()
    child.join(120)
    assert child.exitcode == 0
    return time.monotonic() - started


def _differences(one: Everything, calm: Everything) -> list[str]:
    parts = [(field.name, getattr(one[0], field.name), getattr(calm[0], field.name))
             for field in fields(calm[0])]  # fmt: skip
    parts += [("remembered entries", one[1], calm[1]), ("feeds", one[2], calm[2])]
    return [
        f"{name}: {len(found)} instead of {len(wanted)}, "
        f"for example {str([row for row in found if row not in wanted][:1])[:500]} "
        f"instead of {str([row for row in wanted if row not in found][:1])[:500]}"
        for name, found, wanted in parts
        if found != wanted
    ]


def main() -> int:
    from tests.bench.__main__ import show

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    outcome = run(arguments.kills, arguments.seed)
    show(outcome.figures())
    print(
        f"{outcome.kills} rounds killed under way, {outcome.too_late} had ended before; "
        f"{outcome.episodes} archives of {outcome.articles} articles and {outcome.chunks} chunks "
        f"compared, {outcome.different} different; {outcome.seconds:.0f} s"
    )
    return 1 if outcome.different else 0


if __name__ == "__main__":
    raise SystemExit(main())
