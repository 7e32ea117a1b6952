"""Whole searches in archives of many sizes, beside the least they could cost.

Synthetic vectors beside real words go straight into the tables, Chroma and the full-text
index: embedding 100,000 real chunks would take hours, and the time of a search does not
depend on what its vectors mean. The baseline of a search is the sum of one embedding of the
question, one raw Chroma query and one raw full-text query, measured in turns with it.

`python -m tests.bench.growth 10000 100000`; archives stay in `--cache` and are made once.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, text

from retrieval import keywords
from retrieval.embed import BundledEmbedder
from retrieval.folding import folded_words
from retrieval.identity import digest
from retrieval.keywords import SqliteKeywordIndex
from retrieval.models import EmbeddedChunk, Matrix, Query
from retrieval.retriever import CANDIDATES, Retriever
from retrieval.schema import articles, chunks, embeddings
from retrieval.sentences import sentence_spans
from retrieval.stopwords import STOPWORDS
from retrieval.store import Store, open_corpus
from retrieval.vector_rows import blob
from retrieval.vectors import ChromaIndex, timestamp
from tests.bench import corpus
from tests.bench.figures import percentile

CACHE = Path("bench-results") / "growth"
CHUNKS_AN_ARTICLE = 5
OUTLETS = 40
TOPICS = 400
DAYS = 3 * 365
LAST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
QUESTIONS = 30
_BATCH = 5_000
_SENTENCES = 12_000

FILTERS: dict[str, Query] = {
    "no filter": Query(""),
    "last week": Query("", since=LAST_DAY - timedelta(days=7)),
    "last year": Query("", since=LAST_DAY - timedelta(days=365)),
    "a small outlet": Query("", sources=("Outlet 39",)),
    "a large outlet": Query("", sources=("Outlet 0",)),
    "a large outlet, last year": Query(
        "", sources=("Outlet 0",), since=LAST_DAY - timedelta(days=365)
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    chunks: int
    filters: str
    p50_ms: float
    p95_ms: float
    least_ms: float
    """Median of embedding, raw Chroma query and raw full-text query together, unfiltered."""
    memory_mb: float
    """Of this process once all was searched."""
    disk_mb: float

    @property
    def ratio(self) -> float:
        return self.p50_ms / self.least_ms


def measure(sizes: Sequence[int], cache: Path) -> list[Row]:
    embedder = BundledEmbedder()
    rows: list[Row] = []
    for size in sizes:
        home = cache / str(size)
        with opened(home, embedder) as (store, vectors):
            fill(store, vectors, embedder, size)
            rows += _measure(home, store, vectors, embedder)
    return rows


@contextmanager
def opened(home: Path, embedder: BundledEmbedder) -> Iterator[tuple[Store, ChromaIndex]]:
    home.mkdir(parents=True, exist_ok=True)
    store = Store(open_corpus(home / "corpus.db"))
    vectors = ChromaIndex(home / "chroma", embedder.model_id)
    try:
        yield store, vectors
    finally:
        vectors.close()
        store.close()


def fill(store: Store, vectors: ChromaIndex, embedder: BundledEmbedder, size: int) -> None:
    """Add what is missing; the same article is always the same."""
    sentences = _sentences()
    centres = _unit(np.random.default_rng(0).standard_normal((TOPICS, embedder.dimension)))
    for at in range(store.chunk_count(), size, _BATCH):
        numbers = range(at // CHUNKS_AN_ARTICLE, min(size, at + _BATCH) // CHUNKS_AN_ARTICLE)
        _write(store, vectors, embedder.model_id, [_made(n, sentences) for n in numbers], centres)


def _sentences() -> list[str]:
    found: list[str] = []
    for article in corpus.articles():
        spans = sentence_spans(article.text[:20_000], article.language)
        found += [article.text[start:end] for start, end in spans if 40 < end - start < 300]
        if len(found) > _SENTENCES:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Made:
    number: int
    title: str
    parts: tuple[str, ...]
    source: str
    published_at: datetime


def _made(number: int, sentences: Sequence[str]) -> _Made:
    chance = random.Random(number)
    parts = tuple(
        " ".join(chance.choice(sentences) for _ in range(7)) for _ in range(CHUNKS_AN_ARTICLE)
    )
    outlet = min(OUTLETS - 1, int(chance.expovariate(0.15)))
    when = LAST_DAY - timedelta(seconds=chance.randrange(DAYS * 86_400))
    return _Made(number, chance.choice(sentences)[:90], parts, f"Outlet {outlet}", when)


def _write(
    store: Store,
    vectors: ChromaIndex,
    model_id: str,
    made: Sequence[_Made],
    centres: Matrix,
) -> None:
    article_rows, chunk_rows, vector_rows, embedded = [], [], [], []
    words: list[tuple[int, str, str]] = []
    for item in made:
        article_id = digest("growth", str(item.number))
        body, place = "\n\n".join(item.parts), 0
        url = f"https://news.example.com/{item.number}"
        article_rows.append(
            {
                "id": article_id,
                "url": url,
                "title": item.title,
                "text": body,
                "source": item.source,
                "language": "en",
                "published_at": timestamp(item.published_at),
                "content_hash": article_id,
                "sample": False,
                "added_at": 0,
                "updated_at": 0,
                "author": "",
                "partial": False,
                "notes": "",
            }
        )
        noise = np.random.default_rng(item.number).standard_normal(
            (len(item.parts), len(centres[0]))
        )
        near = _unit(centres[item.number % TOPICS] + 0.7 * _unit(noise))
        for ordinal, part in enumerate(item.parts):
            chunk_id = digest(article_id, str(ordinal))
            number = item.number * CHUNKS_AN_ARTICLE + ordinal + 1
            chunk_rows.append(
                {
                    "number": number,
                    "id": chunk_id,
                    "article_id": article_id,
                    "ordinal": ordinal,
                    "start": place,
                    "end": place + len(part),
                    "embedding_hash": chunk_id,
                }
            )
            place += len(part) + 2
            words.append((number, item.title, part))
            vector_rows.append(
                {"model_id": model_id, "hash": chunk_id, "vector": blob(near[ordinal])}
            )
            embedded.append(
                EmbeddedChunk(
                    chunk_id, near[ordinal], article_id, url, item.source, "en",
                    item.published_at, ordinal,
                )
            )  # fmt: skip
    vectors.upsert(embedded)
    with store.engine.begin() as connection:
        connection.execute(insert(articles), article_rows)
        connection.execute(insert(chunks), chunk_rows)
        connection.execute(insert(embeddings), vector_rows)
        keywords.write_words(connection, words)


def _unit(rows: np.ndarray) -> Matrix:
    unit: Matrix = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _measure(
    home: Path, store: Store, vectors: ChromaIndex, embedder: BundledEmbedder
) -> list[Row]:
    index = SqliteKeywordIndex(store.engine)
    retriever = Retriever(store, vectors, index, embedder)
    questions = list(islice(dict.fromkeys(corpus.questions(QUESTIONS)), QUESTIONS))
    whole: dict[str, list[float]] = {name: [] for name in FILTERS}
    least: list[float] = []
    for warm in questions[:3]:
        _least(store, vectors, embedder, warm)
    for question in questions:
        least.append(_timed(partial(_least, store, vectors, embedder, question)))
        for name, filtered in FILTERS.items():
            query = Query(question, since=filtered.since, sources=filtered.sources)
            whole[name].append(_timed(partial(retriever.search, query)))
    disk = sum(file.stat().st_size for file in home.rglob("*") if file.is_file()) / 1e6
    size, memory = store.chunk_count(), _memory_mb()
    return [
        Row(size, name, percentile(taken, 0.5), percentile(taken, 0.95), percentile(least, 0.5),
            memory, disk)
        for name, taken in whole.items()
    ]  # fmt: skip


def _least(store: Store, vectors: ChromaIndex, embedder: BundledEmbedder, question: str) -> None:
    vector = embedder.embed_query(question)
    vectors._collection.query(
        query_embeddings=vector[np.newaxis, :], n_results=CANDIDATES, include=["distances"]
    )
    words = [word for word in dict.fromkeys(folded_words(question)) if word not in STOPWORDS]
    with store.engine.connect() as connection:
        connection.execute(
            text("SELECT rowid FROM chunk_words WHERE chunk_words MATCH :match "
                 "ORDER BY bm25(chunk_words) LIMIT :most"),
            {"match": " OR ".join(f'"{word}"' for word in words) or '"x"', "most": CANDIDATES},
        ).all()  # fmt: skip


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _memory_mb() -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def show(rows: Sequence[Row]) -> None:
    table = Table("chunks", "filter", "p50 ms", "p95 ms", "least ms", "ratio", "MB", "disk MB")
    for row in rows:
        table.add_row(
            f"{row.chunks:,}", row.filters, f"{row.p50_ms:.1f}", f"{row.p95_ms:.1f}",
            f"{row.least_ms:.1f}", f"{row.ratio:.2f}", f"{row.memory_mb:.0f}",
            f"{row.disk_mb:,.0f}",
        )  # fmt: skip
    Console(width=110).print(table)


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    return [{**asdict(row), "ratio": row.ratio} for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+", metavar="CHUNKS")
    parser.add_argument("--cache", type=Path, default=CACHE)
    arguments = parser.parse_args()
    show(measure(arguments.sizes, arguments.cache))


if __name__ == "__main__":
    main()
