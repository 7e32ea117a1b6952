"""`make bench`: measures Pauta beside a baseline in the same run.

Prints a table and writes bench-results/bench.json. Whole-process figures come from child
processes; these machines are noisy, so ratios and medians count, not single seconds.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    answers,
    delivery,
    finding,
    follows,
    grounding,
    growth,
    ingest,
    inline,
    llm,
    rounds,
    startup,
    stories,
)
from tests.bench.figures import Figure

RESULTS = Path("bench-results")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--chunks", type=int, default=240, help="chunks to ingest (default 240)")
    parser.add_argument("--questions", type=int, default=60, help="questions (default 60)")
    parser.add_argument("--no-finding", action="store_true", help="leave out the baselines' table")
    parser.add_argument(
        "--growth",
        default="",
        metavar="SIZES",
        help="archives of so many chunks: 10000,100000",
    )
    arguments = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        figures += ingest.measure(home, arguments.chunks)
        figures += answers.measure(home, arguments.questions)
        figures += inline.measure(home, arguments.questions)
        figures += llm.measure(home, arguments.questions)
        figures += rounds.measure(home / "rounds")
        figures += startup.measure(home)
    figures += grounding.measure()
    figures += follows.figures()
    figures += delivery.figures()
    figures.append(stories.cost())
    show(figures)
    rows = [] if arguments.no_finding else finding.measure(list(finding.SETS), finding.CACHE)
    finding.show(rows)
    told = [] if arguments.no_finding else stories.measure()
    stories.show(told)
    sizes = [int(size) for size in arguments.growth.split(",") if size]
    grown = growth.measure(sizes, growth.CACHE)
    growth.show(grown)
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": platform.platform(), "figures": [figure.as_json() for figure in figures]}
    report["finding"] = finding.as_json(rows)
    report["stories"] = stories.as_json(told)
    report["growth"] = growth.as_json(grown)
    (RESULTS / "bench.json").write_text(json.dumps(report, indent=2), encoding="utf-8")


def show(figures: list[Figure]) -> None:
    table = Table("what", "Pauta", "baseline", "of", "ratio", "wanted")
    for figure in figures:
        table.add_row(*figure.cells())
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
