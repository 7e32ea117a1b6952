"""Chunks a second end to end, and the same chunks through the embedder alone.

The two alternate in slices, so that a machine that slows down slows both.
"""

from __future__ import annotations

import time
from pathlib import Path

from retrieval.chunk import chunk_article
from retrieval.embed import BundledEmbedder
from retrieval.ingest import Ingest
from retrieval.models import Article
from retrieval.store import Store, open_corpus
from retrieval.vectors import ChromaIndex
from tests.bench.corpus import articles
from tests.bench.figures import Figure

SLICE = 48


def measure(home: Path, chunks: int) -> list[Figure]:
    from bot.app import utc_now

    embedder = BundledEmbedder()
    store = Store(open_corpus(home / "corpus.db"))
    vectors = ChromaIndex(home / "chroma", embedder.model_id)
    ingest = Ingest(store, vectors, embedder, utc_now)
    end_to_end = alone = 0.0
    done = 0
    embedder.embed_passages(["warm up"])
    for part in _slices(chunks):
        texts = [chunk.embedding_text for article in part for chunk in chunk_article(article)]
        started = time.perf_counter()
        embedder.embed_passages(texts)
        alone += time.perf_counter() - started
        started = time.perf_counter()
        ingest.add(part)
        end_to_end += time.perf_counter() - started
        done += len(texts)
    started = time.perf_counter()
    again = ingest.add([article for part in _slices(chunks) for article in part])
    second = time.perf_counter() - started
    assert again.chunks_embedded == 0
    store.close()
    vectors.close()
    return [
        Figure(
            "ingest, end to end",
            done / end_to_end,
            "chunks/s",
            done / alone,
            "the embedder alone",
            "ratio >= 0.9",
        ),
        Figure("the same articles a second time", second, "s", end_to_end, "the first time"),
    ]


def _slices(chunks: int) -> list[list[Article]]:
    slices: list[list[Article]] = [[]]
    total = in_slice = 0
    for article in articles():
        size = len(chunk_article(article))
        slices[-1].append(article)
        total, in_slice = total + size, in_slice + size
        if total >= chunks:
            break
        if in_slice >= SLICE:
            slices.append([])
            in_slice = 0
    return slices
