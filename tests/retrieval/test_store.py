"""The corpus database gives back exactly what was put in, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from retrieval.chunk import chunk_article
from retrieval.chunk_rows import embedding_hash
from retrieval.models import Article
from retrieval.rows import content_hash
from retrieval.store import Store, open_corpus
from retrieval.transactions import Change, ChunkedArticle
from tests.archive import NOW
from tests.builders import a_long_text, an_article, articles
from tests.fakes import FakeEmbedder

MODEL = "fake-model"


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    on_server = request.param == "PostgreSQL"
    place = request.getfixturevalue("postgres_url") if on_server else tmp_path / "corpus.db"
    opened = Store(open_corpus(place))
    yield opened
    opened.close()


def chunked(article: Article) -> ChunkedArticle:
    return ChunkedArticle(article, tuple(chunk_article(article)))


def put(store: Store, *items: Article) -> None:
    batch = [chunked(article) for article in items]
    chunks = [chunk for item in batch for chunk in item.chunks]
    matrix = FakeEmbedder().embed_passages([chunk.embedding_text for chunk in chunks])
    vectors = {embedding_hash(chunk): row for chunk, row in zip(chunks, matrix, strict=True)}
    store.write([Change(tuple(batch))], vectors, MODEL, NOW)


CLEAN = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(title=CLEAN, text=CLEAN, source=CLEAN, sample=st.booleans(), author=CLEAN,
       partial=st.booleans(), notes=st.lists(st.sampled_from(["a doubt", "another"])),
       at=st.none() | st.integers(min_value=-2_000_000_000, max_value=4_000_000_000))  # fmt: skip
def test_an_article_comes_back_as_it_was_put_in(
    store: Store, title: str, text: str, source: str, sample: bool, author: str, partial: bool,
    notes: list[str], at: int | None
) -> None:  # fmt: skip
    moment = None if at is None else datetime.fromtimestamp(at, UTC)
    article = replace(
        an_article(text, title=title, source=source, published_at=moment, sample=sample),
        author=author,
        partial=partial,
        modified_at=moment,
        notes=tuple(notes),
    )

    put(store, article)

    assert list(store.all_articles()) == [article]
    assert store.known([article.id]) == {article.id: content_hash(article)}


def test_passages_are_the_text_of_their_chunks(store: Store) -> None:
    article = an_article(f"🙂 {a_long_text(9)}")
    put(store, article)

    passages = store.passages([chunk.id for chunk in chunk_article(article)])

    assert {key: passage.text for key, passage in passages.items()} == {
        chunk.id: chunk.text for chunk in chunk_article(article)
    }


def test_what_is_not_there_is_left_out(store: Store) -> None:
    assert store.known(["no"]) == {}
    assert store.passages(["no"]) == {}
    assert store.vectors(MODEL, ["no"]) == {}
    assert store.cached_vectors(MODEL, []) == {}
    assert store.value("no") is None


@pytest.mark.parametrize("store", ["SQLite"], indirect=True)  # PostgreSQL takes more
def test_more_ids_than_one_statement_takes_are_all_looked_up(store: Store) -> None:
    many = articles(700, paragraphs=1)
    put(store, *many)

    ids = store.chunk_ids()
    assert len(store.known([article.id for article in many])) == 700
    assert set(store.passages(ids)) == set(store.vectors(MODEL, ids)) == set(ids)
    assert sorted(article.url for article in store.all_articles()) == sorted(a.url for a in many)
    assert (store.article_count(), store.chunk_count()) == (700, len(ids))


def test_vectors_come_back_as_they_were_and_only_for_their_model(store: Store) -> None:
    article = an_article()
    put(store, article)
    (chunk,) = chunk_article(article)

    expected = FakeEmbedder().embed_query(chunk.embedding_text)
    assert np.array_equal(store.vectors(MODEL, [chunk.id])[chunk.id], expected)
    assert store.vectors("another", [chunk.id]) == {}
    assert store.embedded("another", [chunk.id]) == []


def test_a_write_that_fails_leaves_nothing_of_its_batch(store: Store) -> None:
    good, bad = articles(2)
    twice = chunk_article(bad)[0]

    with pytest.raises(IntegrityError):
        store.write(
            [Change((chunked(good),)), Change((ChunkedArticle(bad, (twice, twice)),))],
            {"hash": np.zeros(3, dtype=np.float32)},
            MODEL,
            NOW,
        )

    assert store.article_count() == store.chunk_count() == 0
    assert store.cached_vectors(MODEL, ["hash"]) == {}
    pending = store.pending(MODEL)
    assert (pending.upserts, pending.deletions) == ((), ())


def test_what_the_vector_index_has_to_do_is_noted_until_it_is_settled(store: Store) -> None:
    article = an_article(a_long_text(8))
    put(store, article)
    ids = set(store.chunk_ids())

    assert {chunk.id for chunk in store.pending(MODEL).upserts} == ids
    store.settle(store.pending(MODEL))
    assert store.pending(MODEL).upserts == ()

    store.delete_articles([article.id])
    assert set(store.pending(MODEL).deletions) == ids
    assert store.pending(MODEL).upserts == ()


def test_work_that_cannot_be_done_does_not_hide_work_that_can(store: Store) -> None:
    """Chunks without a vector of the current model, as an interrupted reindex may leave."""
    put(store, *articles(3))
    chunks = sorted(store.chunk_ids())
    with store.engine.begin() as connection:
        connection.execute(
            text("UPDATE chunks SET embedding_hash = 'none' WHERE id < :id"), {"id": chunks[4]}
        )

    done: set[str] = set()
    while (pending := store.pending(MODEL, limit=2)).upserts or pending.deletions:
        done |= {chunk.id for chunk in pending.upserts}
        store.settle(pending)

    assert done == set(chunks[4:])


def test_the_sample_is_counted_and_listed_apart(store: Store) -> None:
    one, other = articles(2)
    put(store, replace(one, sample=True), other)

    assert store.sample_ids() == [one.id]
    assert store.article_count() == 2
    assert store.article_count(sample=True) == store.article_count(sample=False) == 1


def test_facts_are_kept_and_replaced(store: Store) -> None:
    store.set_value("embedding_model", "one")
    store.set_value("embedding_model", "other")

    assert store.value("embedding_model") == "other"


def test_switching_the_model_lets_go_of_vectors_of_others(store: Store) -> None:
    article = an_article()
    put(store, article)
    store.write((), {"hash": np.ones(3, dtype=np.float32)}, "new", NOW)

    store.switch_model("new")

    assert store.value("embedding_model") == "new"
    assert store.vectors(MODEL, store.chunk_ids()) == {}
    assert list(store.cached_vectors("new", ["hash"])) == ["hash"]


def test_articles_can_be_read_while_one_is_written(store: Store) -> None:
    put(store, *articles(2))
    reading = store.all_articles()
    next(reading)

    put(store, *articles(4))

    assert len(list(reading)) >= 1
    assert store.article_count() == 4
