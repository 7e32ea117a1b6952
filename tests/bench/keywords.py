"""The two keyword indexes beside each other: SQLite's BM25, and PostgreSQL's words by rarity.

The same chunks and questions, without vectors: `python -m tests.bench.keywords`. An answer is
found when its words stand in a row in one of the first five chunks.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from bot import sample
from retrieval.chunk import chunk_article
from retrieval.chunk_rows import embedding_hash
from retrieval.evaluate import first_true, holds
from retrieval.jsonl import read_jsonl
from retrieval.keywords import keyword_index
from retrieval.models import Article, Query
from retrieval.protocols import KeywordIndex
from retrieval.questions_file import KnownQuestion, read_questions
from retrieval.store import Store, open_corpus
from retrieval.transactions import Change, ChunkedArticle
from tests.archive import NOW
from tests.bench.corpus import SHARED
from tests.postgres import fresh_database

FOUND = 10
AT_ONCE = 200
SAMPLE = Path(sample.__file__).parent
SETS = {
    "sample": (SAMPLE / "coverage.jsonl", SAMPLE / "questions.jsonl"),
    **{
        name: (SHARED / "eval" / name / "articles.jsonl.gz",
               SHARED / "eval" / name / "questions.jsonl")
        for name in ("news", "languages")
    },
}  # fmt: skip


def main() -> None:
    print("| set | index | recall@5 | MRR@10 | median ms | slowest ms |")
    print("|---|---|---|---|---|---|")
    for name, (articles, questions) in SETS.items():
        if articles.exists():
            _compare(name, articles, _answerable(questions))


def _compare(name: str, articles: Path, questions: Sequence[KnownQuestion]) -> None:
    with tempfile.TemporaryDirectory() as folder, fresh_database() as server:
        for index, place in (("SQLite", Path(folder) / "corpus.db"), ("PostgreSQL", server)):
            store = Store(open_corpus(place))
            try:
                _fill(store, articles)
                print(f"| {name} | {index} | {_measured(store, questions)} |")
            finally:
                store.close()


def _answerable(file: Path) -> list[KnownQuestion]:
    read = (item for item in read_questions(file) if isinstance(item, KnownQuestion))
    return [item for item in read if item.answerable and item.answers]


def _fill(store: Store, file: Path) -> None:
    articles: Iterator[Article] = (item for item in read_jsonl(file) if isinstance(item, Article))
    while batch := list(islice(articles, AT_ONCE)):
        chunked = [ChunkedArticle(item, tuple(chunk_article(item))) for item in batch]
        nothing = np.zeros(1, dtype=np.float32)
        vectors = {embedding_hash(chunk): nothing for item in chunked for chunk in item.chunks}
        store.write([Change(tuple(chunked))], vectors, "none", NOW)


def _measured(store: Store, questions: Sequence[KnownQuestion]) -> str:
    index = keyword_index(store.engine)
    ranks, times = [], []
    for question in questions:
        started = time.perf_counter()
        texts = _found(store, index, question.text)
        times.append((time.perf_counter() - started) * 1000)
        ranks.append(first_true(holds(text, question.answers) for text in texts))
    recall = statistics.mean(rank is not None and rank <= 5 for rank in ranks)
    reciprocal = statistics.mean(1 / rank if rank else 0 for rank in ranks)
    return f"{recall:.3f} | {reciprocal:.3f} | {statistics.median(times):.1f} | {max(times):.0f}"


def _found(store: Store, index: KeywordIndex, question: str) -> list[str]:
    hits = index.search(question, Query(question), FOUND)
    passages = store.passages([hit.chunk_id for hit in hits])
    return [passages[hit.chunk_id].text for hit in hits]


if __name__ == "__main__":
    main()
