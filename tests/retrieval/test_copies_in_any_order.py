"""Whatever comes, changes and goes, in whatever batches, the archive stays in order."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from retrieval import ingest as ingest_module
from retrieval.appearances import appears_in, read
from retrieval.ingest import Ingest
from retrieval.models import Article, EmbeddedChunk, Hit, Query, Vector
from retrieval.store import Store, open_corpus
from tests.archive import clock
from tests.fakes import FakeEmbedder
from tests.stories import a_story, shortened, wire_text, with_other_figures


@dataclass
class RememberedVectors:
    """A vector index that finds nothing but knows what it holds."""

    held: set[str] = field(default_factory=set)

    def upsert(self, chunks: Sequence[EmbeddedChunk]) -> None:
        self.held |= {chunk.id for chunk in chunks}

    def delete(self, chunk_ids: Collection[str]) -> None:
        self.held -= set(chunk_ids)

    def search(self, vector: Vector, query: Query, limit: int) -> list[Hit]:
        return []

    def clear(self) -> None:
        self.held.clear()

    def ids(self) -> Iterable[str]:
        return sorted(self.held)

    def count(self) -> int:
        return len(self.held)


TEXTS = [
    wire_text(1),
    with_other_figures(wire_text(1)),
    shortened(wire_text(1)),
    f"{wire_text(1)}\n\n{wire_text(3, paragraphs=2)}",
    wire_text(2),
]
ARTICLES = st.builds(
    lambda outlet, text: a_story(1, outlet, text),
    st.sampled_from(["Lusa", "Folha", "Publico", "Expresso"]),
    st.sampled_from(TEXTS),
)
STEPS = st.lists(
    st.tuples(st.booleans(), st.lists(ARTICLES, min_size=1, max_size=5)), min_size=1, max_size=5
)

_NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("empty") / "corpus.db"
    open_corpus(file).dispose()
    return file


def rows(store: Store, statement: str) -> list[tuple[Any, ...]]:
    with store.engine.connect() as connection:
        return sorted(tuple(row) for row in connection.execute(text(statement)))


def after(
    file: Path, steps: list[tuple[bool, list[Article]]], commit_chunks: int
) -> dict[str, list[tuple[Any, ...]]]:
    """What an archive holds after articles were added (True) or removed."""
    store, vectors = Store(open_corpus(file)), RememberedVectors()
    ingest = Ingest(store, vectors, FakeEmbedder(), clock)
    with patch.object(ingest_module, "COMMIT_CHUNKS", commit_chunks):
        for adding, articles in steps:
            if not adding:
                ingest.remove([article.id for article in articles])
                continue
            ingest.add(articles)
            first_of_each = list({article.id: article for article in articles[::-1]}.values())
            assert ingest.add(first_of_each).unchanged == len(first_of_each)
            assert_in_order(store, vectors)
    assert_in_order(store, vectors)
    found = {
        table: rows(store, f"SELECT {columns} FROM {table}")
        for table, columns in {
            "articles": "id, title, text, content_hash, copy_group, corrected_at IS NULL",
            "appearances": "id, article_id, title, text, content_hash",
            "revisions": "article_id, title, text",
            "bands": "key, article_id",
            "chunks": "id, article_id",
            "embeddings": "hash",
        }.items()
    }
    store.close()
    return found


def assert_in_order(store: Store, vectors: RememberedVectors) -> None:
    assert vectors.held == set(store.chunk_ids())
    articles = {article.id for article in store.all_articles()}
    for article_id in articles:
        article = store.article(article_id)
        assert article is not None
        assert article.signature == read(article.article).signature
        for appearance in store.appearances_in(article_id):
            assert appearance.id not in articles
            assert appears_in(appearance, article)
    assert rows(
        store,
        "SELECT copy_group FROM articles WHERE copy_group IS NOT NULL "
        "GROUP BY copy_group HAVING count(*) = 1",
    ) == []  # fmt: skip
    assert rows(
        store,
        "SELECT copy_group FROM articles WHERE copy_group IS NOT NULL AND copy_group NOT IN "
        "(SELECT id FROM articles AS named WHERE named.copy_group = named.id)",
    ) == []  # fmt: skip
    orphans = "NOT IN (SELECT id FROM articles UNION SELECT id FROM appearances)"
    assert rows(store, f"SELECT article_id FROM revisions WHERE article_id {orphans}") == []
    assert rows(store, "SELECT article_id FROM bands "
                       "WHERE article_id NOT IN (SELECT id FROM articles)") == []  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_an_archive_is_in_order_and_the_same_whatever_its_batches(
    empty: Path, tmp_path: Path, steps: list[tuple[bool, list[Article]]]
) -> None:
    ends = []
    for commit_chunks in (1, 1_000):
        file = tmp_path / f"{next(_NUMBERS)}.db"
        shutil.copy(empty, file)
        ends.append(after(file, steps, commit_chunks))

    assert ends[0] == ends[1]
