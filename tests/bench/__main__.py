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

from tests.bench import answers, ingest, startup
from tests.bench.figures import Figure

RESULTS = Path("bench-results")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--chunks", type=int, default=240, help="chunks to ingest (default 240)")
    parser.add_argument("--questions", type=int, default=60, help="questions (default 60)")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        figures += ingest.measure(home, arguments.chunks)
        figures += answers.measure(home, arguments.questions)
        figures += startup.measure(home)
    show(figures)
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": platform.platform(), "figures": [figure.as_json() for figure in figures]}
    (RESULTS / "bench.json").write_text(json.dumps(report, indent=2), encoding="utf-8")


def show(figures: list[Figure]) -> None:
    table = Table("what", "Pauta", "baseline", "of", "ratio", "wanted")
    for figure in figures:
        table.add_row(*figure.cells())
    Console(width=130).print(table)


if __name__ == "__main__":
    main()
