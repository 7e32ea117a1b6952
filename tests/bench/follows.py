"""Articles against what chats follow: what an article costs, and how well topics are met.

Cost: synthetic vectors beside real sentences, as in `growth`; names of the same news are
followed, and topics whose vectors are as near to articles as a model's are. The baseline looks
at each follow by itself.

Quality: topics in three languages (`tests/data/follows`) held against the labelled stories of
`tests/data/stories`. The usual threshold is chosen on the development half.

`python -m tests.bench.follows --articles 50000`; `--fit` shows the fit instead.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bot.conversation_key import ConversationKey
from bot.follow_index import FollowIndex
from bot.follow_levels import LITERAL, TOPICAL
from bot.follow_words import read_wish
from bot.follows import Arrived, Follow, Scale, match_one
from bot.grounding.names_in_text import names
from retrieval.chunk import chunk_article
from retrieval.embed import BundledEmbedder
from retrieval.jsonl import read_jsonl
from retrieval.models import Article, Matrix
from retrieval.protocols import Embedder
from tests.bench.figures import Figure, percentile
from tests.bench.growth import _sentences, _unit

DATA = Path(__file__).resolve().parents[1] / "data"
HALVES = ("development", "held_out")
DIMENSION = 384
CHUNKS, SENTENCES = 4, 32
SIZES = (500, 5_000, 50_000)
ARTICLES = 1_000
NAIVE_ARTICLES = 10
LITERAL_SHARE = 0.6
SCALE = Scale(0.75, 0.1)
_AMOUNTS = ("over $10bn", "of more than 50 million euros", "above R$ 1 billion")


@dataclass(frozen=True, slots=True)
class Row:
    follows: int
    articles: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    naive_ms: float
    """Mean, of each follow by itself, on a few of the articles."""
    matches: float
    """Of an article, on the average."""
    built_s: float
    """Seconds to make the index."""


@dataclass(frozen=True, slots=True)
class Quality:
    half: str
    threshold: float
    precision: float
    recall: float
    pairs: int
    """Of a topic and an article that should match."""


def measure(sizes: Sequence[int], count: int) -> list[Row]:
    sentences = _sentences()
    named = sorted({one.text for line in sentences for one in names(line) if len(one.text) > 3})
    return [_measured(size, count if size == 5_000 else ARTICLES, sentences, named)
            for size in sizes]  # fmt: skip


def _measured(size: int, count: int, sentences: Sequence[str], named: Sequence[str]) -> Row:
    follows = [_follow(number, sentences, named) for number in range(size)]
    started = time.perf_counter()
    index = FollowIndex(follows, SCALE)
    built = time.perf_counter() - started
    taken: list[float] = []
    matches = 0
    for number in range(count):
        article = _article(number, sentences)
        started = time.perf_counter()
        matches += len(index.matches(article))
        taken.append((time.perf_counter() - started) * 1000)
    naive = []
    for number in range(NAIVE_ARTICLES):
        article = _article(number, sentences)
        started = time.perf_counter()
        alone = [one for follow in follows if (one := match_one(follow, article, SCALE))]
        naive.append((time.perf_counter() - started) * 1000)
        told = [one.follow_id for one in index.matches(_article(number, sentences))]
        assert told == [one.follow_id for one in alone], "the index and the loop differ"
    return Row(
        size, count, sum(taken) / count, percentile(taken, 0.5), percentile(taken, 0.95),
        sum(naive) / len(naive), matches / count, built,
    )  # fmt: skip


def _follow(number: int, sentences: Sequence[str], named: Sequence[str]) -> Follow:
    chance = random.Random(number)
    vector = _unit(np.random.default_rng(number).standard_normal((1, DIMENSION)))[0]
    if chance.random() < LITERAL_SHARE:
        words, threshold = chance.choice(named), LITERAL.usual
    else:
        words = " ".join(chance.choice(sentences).split()[:8])
        words += f" {chance.choice(_AMOUNTS)}" if chance.random() < 0.2 else ""
        # Of one topic in so many, about as often as a real one is met.
        threshold = (0.17 - SCALE.floor) / SCALE.spread - SCALE_SHIFT
    return Follow(number, ConversationKey(number), words[:200], "en", threshold, vector, 0)


SCALE_SHIFT = 0.3
"""Of an archive without articles: where anything is, in spreads above the floor."""


def _article(number: int, sentences: Sequence[str]) -> Arrived:
    chance = random.Random(-number - 1)
    text = " ".join(chance.choice(sentences) for _ in range(SENTENCES))
    vectors = _unit(np.random.default_rng(10**6 + number).standard_normal((CHUNKS, DIMENSION)))
    return Arrived(str(number), chance.choice(sentences)[:90], text, "en", vectors)


# How well topics are met


def quality(embedder: Embedder, thresholds: Sequence[float]) -> list[Quality]:
    scored = {half: list(_scored(half, embedder)) for half in HALVES}
    return [_quality(half, at, scored[half]) for half in HALVES for at in thresholds]


def _scored(half: str, embedder: Embedder) -> Iterator[tuple[bool, float | None]]:
    """Of each topic and article: whether it should match, and the score; None for none."""
    told = _read(half, embedder)
    # What an archive that knows other news has in common.
    scale = _scale([one for _, one in _read(_other(half), embedder)], embedder)
    for line in (DATA / "follows" / "follows.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["half"] != half:
            continue
        wish = read_wish(row["words"], row["language"])
        vector = embedder.embed_query(wish.topic or row["words"])
        where = ConversationKey(1)
        follow = Follow(1, where, row["words"], row["language"], -99.0, vector, 0)
        for story, article in told:
            match = match_one(follow, article, scale)
            yield story in row["stories"], match.score if match else None


def _read(half: str, embedder: Embedder) -> list[tuple[str, Arrived]]:
    file = DATA / "stories" / f"{half}.jsonl"
    labels = [json.loads(line)["story"] for line in file.read_text(encoding="utf-8").splitlines()]
    found = [one for one in read_jsonl(file) if isinstance(one, Article)]
    return [
        (label, Arrived(one.id, one.title, one.text, one.language, _vectors(one, embedder)))
        for label, one in zip(labels, found, strict=True)
    ]


def _vectors(article: Article, embedder: Embedder) -> Matrix:
    return embedder.embed_passages([one.embedding_text for one in chunk_article(article)])


def _scale(told: Sequence[Arrived], embedder: Embedder) -> Scale:
    languages = sorted({one.language for one in told})
    means = {
        language: np.mean([one.vectors[0] for one in told if one.language == language], axis=0)
        for language in languages
    }
    # As many as an archive soon has.
    return Scale(embedder.floor, embedder.spread, means, 10_000)


def _other(half: str) -> str:
    return HALVES[1 - HALVES.index(half)]


def _quality(half: str, at: float, scored: Sequence[tuple[bool, float | None]]) -> Quality:
    told = [should for should, score in scored if score is not None and score >= at]
    wanted = sum(should for should, _ in scored)
    return Quality(half, at, sum(told) / max(1, len(told)), sum(told) / max(1, wanted), wanted)


def figures(embedder: Embedder | None = None) -> list[Figure]:
    """For `make bench`."""
    (row,) = measure((5_000,), ARTICLES)
    found = [
        Figure("matching an article against 5,000 follows, mean", row.mean_ms, "ms",
               row.naive_ms, "each follow by itself"),
        Figure("the same, p95", row.p95_ms, "ms"),
    ]  # fmt: skip
    for one in quality(embedder or BundledEmbedder(), (TOPICAL.usual,)):
        if one.half == "held_out":
            found.append(Figure("topics followed, held out: precision", one.precision, ""))
            found.append(Figure("topics followed, held out: recall", one.recall, ""))
    return found


def show(rows: Sequence[Row]) -> None:
    table = Table("follows", "articles", "mean ms", "p50 ms", "p95 ms", "loop ms", "ratio",
                  "matches", "built s")  # fmt: skip
    for row in rows:
        table.add_row(
            f"{row.follows:,}", f"{row.articles:,}", f"{row.mean_ms:.2f}", f"{row.p50_ms:.2f}",
            f"{row.p95_ms:.2f}", f"{row.naive_ms:.1f}", f"{row.naive_ms / row.mean_ms:.0f}x",
            f"{row.matches:.2f}", f"{row.built_s:.1f}",
        )  # fmt: skip
    Console(width=110).print(table)


def show_quality(rows: Sequence[Quality]) -> None:
    table = Table("half", "threshold", "precision", "recall", "F1", "pairs")
    for row in rows:
        both = row.precision + row.recall
        harmonic = 2 * row.precision * row.recall / both if both else 0.0
        table.add_row(row.half, f"{row.threshold:.2f}", f"{row.precision:.2f}",
                      f"{row.recall:.2f}", f"{harmonic:.2f}", str(row.pairs))  # fmt: skip
    Console(width=110).print(table)


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [asdict(row) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.follows", description=__doc__)
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    if arguments.fit:
        show_quality(quality(BundledEmbedder(), TOPICAL.levels))
    else:
        show(measure(SIZES, arguments.articles))


if __name__ == "__main__":
    main()
