"""Stories told apart: Pauta beside single-link on cosine, on articles labelled by hand.

Two sets, each with a development half and one held out: news of 2021 to 2023, in English, of
which only ids and labels are here; and invented events told in short in pt, en and es. All that
is fitted, Pauta's weights and thresholds and the baselines' thresholds, is fitted to the
development halves of both. `python -m tests.bench.stories --help`; `--fit` shows the fit.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.eval_archive import archive_of
from bot.settings import Settings
from retrieval import story_rows
from retrieval.jsonl import read_jsonl
from retrieval.models import Article
from retrieval.stories import LIFE, Sketch
from retrieval.story_means import Means
from retrieval.story_window import Window
from tests.bench.corpus import NEWS
from tests.bench.figures import Figure, percentile
from tests.bench.finding import CACHE
from tests.bench.story_scores import Score, cosines, score, single_link

LABELS = Path(__file__).with_name("stories_labels.json")
SAMPLE = Path(__file__).resolve().parents[1] / "data" / "stories"
HALVES = ("development", "held_out")
FLOOR = 0.75
SHUFFLES = 5
GROWN = 20_000


@dataclass(frozen=True, slots=True)
class Half:
    """One half of a labelled set; `sketches` are all that is clustered, labelled or not."""

    name: str
    split: str
    sketches: tuple[Sketch, ...]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    set: str
    split: str
    way: str
    articles: int
    score: Score


def halves(cache: Path) -> list[Half]:
    """What is at hand: the news stay outside the project."""
    found = []
    if NEWS.exists():
        by_split = json.loads(LABELS.read_text(encoding="utf-8"))
        sketches = _sketches(NEWS / "articles.jsonl.gz", cache)
        for split in HALVES:
            labels = {one: story for story, ids in by_split[split].items() for one in ids}
            found.append(Half("news", split, sketches, labels))
    else:
        Console().print(f"The news are left out: {NEWS} is not there.")
    for split in HALVES:
        file = SAMPLE / f"{split}.jsonl"
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        story_of = {row["url"]: row["story"] for row in rows}
        articles = [one for one in read_jsonl(file) if isinstance(one, Article)]
        labels = {one.id: story_of[one.url] for one in articles}
        found.append(Half("trilingual", split, _sketches(file, cache), labels))
    return found


def _sketches(file: Path, cache: Path) -> tuple[Sketch, ...]:
    """Of an archive made as any other, in the order of time."""
    with archive_of(file, Settings.model_validate({"home": cache.absolute()})) as pauta:
        pauta.ingest.tell_stories()
        with pauta.store.engine.connect() as connection:
            told = story_rows.told_between(connection, pauta.embedder.model_id, 0, 2**40, 0)
    return in_time(sketch for sketch, _ in told)


def in_time(sketches: Iterable[Sketch]) -> tuple[Sketch, ...]:
    return tuple(sorted(sketches, key=lambda one: (one.at, one.article_id)))


def tell(sketches: Sequence[Sketch]) -> dict[str, str]:
    """Stories by article, as `story_intake` tells them, without a database."""
    means = Means(FLOOR)
    window = Window(means)
    story_of: dict[str, str] = {}
    for sketch in sketches:
        means.add(sketch)
        fits = [fit.story for fit in window.fits(sketch)]
        story = fits[0] if fits else sketch.article_id
        window.add(sketch, story)
        for gone in window.united(list(dict.fromkeys([story, *fits]))[:4]):
            window.unite(gone, story)
    for sketch in sketches:
        story_of[sketch.article_id] = window.story_of(sketch.article_id) or ""
    return story_of


def baselines(
    development: Sequence[Half],
) -> dict[str, Callable[[Sequence[Sketch]], dict[str, str]]]:
    """Single-link on cosine, each with the threshold that is best on the development halves."""

    def linked(centred: bool, threshold: float) -> Callable[[Sequence[Sketch]], dict[str, str]]:
        return lambda items: single_link(items, cosines(items, centred=centred), threshold)

    found = {}
    for way, centred, grid in (
        ("single-link, cosine", False, np.arange(0.84, 0.96, 0.005)),
        ("single-link, centred cosine", True, np.arange(0.30, 0.80, 0.02)),
    ):
        known = [(half, cosines(half.sketches, centred=centred)) for half in development]
        best = max(
            grid.tolist(),
            key=lambda threshold: sum(
                score(single_link(half.sketches, matrix, threshold), half.labels).f
                for half, matrix in known
            ),
        )
        found[f"{way} ≥ {best:.3f}"] = linked(centred, best)
    return found


def measure(cache: Path = CACHE) -> list[Row]:
    sets = halves(cache)
    ways = {"Pauta": tell, **baselines([half for half in sets if half.split == "development"])}
    return [
        Row(half.name, half.split, way, len(half.labels), score(run(half.sketches), half.labels))
        for half in sets
        for way, run in ways.items()
    ]


def robustness(half: Half) -> list[float]:
    """B-cubed F between the stories told in the order of time and in other orders."""
    told = tell(half.sketches)
    found = []
    for seed in range(SHUFFLES):
        shuffled = list(half.sketches)
        random.Random(seed).shuffle(shuffled)
        found.append(score(tell(shuffled), told).f)
    return found


def cost() -> Figure:
    """Of comparing one article with a window of 20,000, made of synthetic ones of a busy week."""
    dice = np.random.default_rng(3)
    means = Means(FLOOR)
    window = Window(means)
    common = dice.normal(size=384) * 2
    spent = []
    for at in range(GROWN + 200):
        topic = dice.integers(0, GROWN // 4)
        vector = common + np.random.default_rng(int(topic)).normal(size=384)
        vector += 0.6 * dice.normal(size=384)
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        names = frozenset(f"name{int(name)}" for name in dice.integers(0, 5_000, 12))
        when = int(dice.integers(0, int(LIFE.total_seconds())))
        sketch = Sketch(str(at), when, ("pt", "en", "es")[at % 3], unit, names, frozenset())
        means.add(sketch)
        if at < GROWN:
            window.add(sketch, f"story{topic}")
            continue
        started = time.perf_counter()
        window.fits(sketch)
        spent.append((time.perf_counter() - started) * 1000)
    middle, slow = percentile(spent, 0.5), percentile(spent, 0.95)
    return Figure("story of an article, 20,000 compared, p50", middle, "ms", slow, "its p95")


def show(rows: Sequence[Row]) -> None:
    table = Table("set", "half", "n", "told by", "precision", "recall", "F", "adj. Rand")
    for row in rows:
        found = row.score
        values = (found.precision, found.recall, found.f, found.rand)
        cells = [f"{value:.3f}" for value in values]
        table.add_row(row.set, row.split, str(row.articles), row.way, *cells)
    Console(width=130).print(table)


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [{**asdict(row), "f": row.score.f} for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stories", description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder that keeps archives")
    parser.add_argument("--fit", action="store_true", help="fit weights and thresholds anew")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    if arguments.fit:
        from tests.bench.story_fit import show_fit

        show_fit([half for half in halves(arguments.cache) if half.split == "development"])
        return
    rows = measure(arguments.cache)
    show(rows)
    for half in halves(arguments.cache):
        if half.split == "held_out":
            same = robustness(half)
            Console().print(
                f"{half.name}: shuffled arrival gives the same stories to {min(same):.3f} - "
                f"{max(same):.3f} (B-cubed F, {SHUFFLES} orders)"
            )
    figure = cost()
    Console().print(f"{figure.what}: {figure.value:.2f} ms; p95 {figure.baseline:.2f} ms")
    if arguments.json:
        arguments.json.write_text(json.dumps(as_json(rows), indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
