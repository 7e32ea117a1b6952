"""Three pictures of an evaluation: calibration, answering by threshold, recall@k."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import RetrievalError
from retrieval.evaluate import RANKS, Result, by_threshold, recall_at, reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (6.0, 4.5)
"""Inches."""
_DOTS_PER_INCH = 150
_THRESHOLDS = [step / 100 for step in range(101)]


class PlotsMissing(RetrievalError):
    """matplotlib is not installed."""


def require() -> None:
    """Raises PlotsMissing, so that nobody waits for an evaluation and then learns of it."""
    try:
        import matplotlib.figure  # noqa: F401, PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise PlotsMissing(
            "--plots needs matplotlib, which is not installed. Install it with: "
            ".venv/bin/pip install --editable '.[plots]'"
        ) from error


def draw(results: Sequence[Result], folder: Path, name: str) -> list[Path]:
    """Write the pictures as PNG; returns their files. Raises PlotsMissing, OSError."""
    require()
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "calibration.png": _calibration,
        "answering.png": _answering,
        "recall.png": _recall,
    }
    return [_save(folder / file, paint, results, name) for file, paint in pictures.items()]


def _save(file: Path, paint: _Paint, results: Sequence[Result], name: str) -> Path:
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above

    figure = Figure(figsize=_SIZE, dpi=_DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots()
    paint(axes, results)
    axes.set_ylim(0, 1.02)
    axes.grid(visible=True, alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    if name:
        # A name is whatever was typed: `$` begins no formula.
        axes.set_title(name, parse_math=False)
    figure.savefig(file)
    return file


def _calibration(axes: Axes, results: Sequence[Result]) -> None:
    axes.plot([0, 1], [0, 1], linestyle=":", color="grey", label="perfectly calibrated")
    bins = reliability(results)
    axes.plot([item[0] for item in bins], [item[1] for item in bins], marker="o", label="Pauta")
    for confidence, share, count in bins:
        axes.annotate(
            f"n {count}",
            (confidence, share),
            (4, 6 if share < 0.5 else -12),
            textcoords="offset points",
        )
    axes.set_xlim(0, 1)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share of the questions that are answerable")


def _answering(axes: Axes, results: Sequence[Result]) -> None:
    table = by_threshold(results, _THRESHOLDS)
    axes.plot(_THRESHOLDS, table[:, 0], label="precision: of those answered, answerable")
    axes.plot(_THRESHOLDS, table[:, 1], label="recall: of the answerable, answered")
    axes.set_xlim(0, 1)
    axes.set_xlabel("answered from this confidence")


def _recall(axes: Axes, results: Sequence[Result]) -> None:
    ranks = range(1, RANKS + 1)
    figures = [recall_at(results, most) for most in ranks]
    for place, label in enumerate(("the answer stands in one", "one is of a relevant article")):
        values = [pair[place] for pair in figures]
        if not math.isnan(values[0]):
            axes.plot(ranks, values, marker="o", label=label)
    axes.set_xlabel("passages read")
    axes.set_ylabel("share of the answerable questions")


if TYPE_CHECKING:
    from collections.abc import Callable

    _Paint = Callable[[Axes, Sequence[Result]], None]
