"""The vector index follows the store, and can be made anew, without embedding a text twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archive import Archive, an_archive, assert_consistent, contents
from tests.builders import an_embedded_chunk, articles
from tests.fakes import FakeEmbedder


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def archive(tmp_path: Path, embedder: FakeEmbedder) -> Iterator[Archive]:
    with an_archive(tmp_path, embedder) as opened:
        yield opened


# Following the store


def test_a_vector_index_that_was_deleted_is_filled_again_without_embedding(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.ingest.add(articles(5))
        before = contents(archive)
    shutil.rmtree(tmp_path / "chroma")

    embedder = FakeEmbedder()
    with an_archive(tmp_path, embedder) as archive:
        repaired = archive.ingest.reconcile()

        assert repaired == len(before.chunks)
        assert embedder.embedded == []
        assert contents(archive) == before
        assert archive.ingest.reconcile() == 0


def test_chunks_the_vector_index_lost_come_back(archive: Archive) -> None:
    archive.ingest.add(articles(5))
    before = contents(archive)
    archive.vectors.delete(before.chunk_ids[2:5])

    assert archive.ingest.reconcile() == 3
    assert contents(archive) == before


def test_chunks_the_vector_index_should_not_have_are_let_go(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add(articles(5))
    before = contents(archive)
    archive.vectors.upsert(
        [an_embedded_chunk(embedder.embed_query("stray"), chunk_id=f"stray{n}") for n in range(3)]
    )

    archive.ingest.reconcile()

    assert contents(archive) == before


def test_a_vector_index_that_lost_one_and_gained_one_is_repaired(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add(articles(5))
    before = contents(archive)
    archive.vectors.delete(before.chunk_ids[:1])
    archive.vectors.upsert([an_embedded_chunk(embedder.embed_query("stray"), chunk_id="stray")])

    archive.ingest.reconcile(thorough=True)

    assert contents(archive) == before


# Another model


def test_a_reindex_leaves_only_vectors_of_the_new_model(tmp_path: Path) -> None:
    with an_archive(tmp_path, FakeEmbedder("old", 64)) as archive:
        archive.ingest.add(articles(5))
        ids = contents(archive).chunk_ids

    with an_archive(tmp_path, FakeEmbedder("new", 32)) as archive:
        count = archive.ingest.reindex()
        archive.vectors.drop_others()

        found = assert_consistent(archive)
        assert count == len(ids)
        assert found.chunk_ids == ids
        assert {row[0] for row in found.cached} == {"new"}
        assert {len(row[2]) for row in found.vectors} == {32}
        client = archive.vectors._client
        assert client is not None
        assert len(client.list_collections()) == 1
        assert archive.store.value("embedding_model") == "new"


@pytest.mark.parametrize("at_text", [0, 1, 7])
def test_an_interrupted_reindex_can_be_run_again_and_continues(
    tmp_path: Path, at_text: int
) -> None:
    with an_archive(tmp_path, FakeEmbedder("old")) as archive:
        archive.ingest.add(articles(6))
        archive.store.set_value("embedding_model", "old")
        before = contents(archive)
    texts = iter(range(1000))

    def interrupt(_text: str) -> None:
        if next(texts) == at_text:
            raise KeyboardInterrupt

    with an_archive(tmp_path, FakeEmbedder("new", before_text=interrupt)) as archive:
        with pytest.raises(KeyboardInterrupt):
            archive.ingest.reindex()
        assert archive.store.value("embedding_model") == "old"

    # Until it is finished the archive still works with the old model.
    with an_archive(tmp_path, FakeEmbedder("old")) as archive:
        archive.ingest.reconcile()
        assert contents(archive).vectors == before.vectors

    embedder = FakeEmbedder("new")
    with an_archive(tmp_path, embedder) as archive:
        archive.ingest.reindex()

        found = assert_consistent(archive)
        assert {row[0] for row in found.cached} == {"new"}
        assert len(embedder.embedded) <= len(before.chunks) - max(0, at_text - 3)


def test_a_reindex_with_the_same_model_embeds_nothing(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add(articles(5))
    before = contents(archive)
    embedder.embedded.clear()

    archive.ingest.reindex()

    assert embedder.embedded == []
    assert contents(archive) == before


def test_a_reindex_takes_up_articles_whose_chunks_were_cut_differently(archive: Archive) -> None:
    """As after an upgrade that cuts texts in another way."""
    archive.ingest.add(articles(2))
    before = contents(archive)
    with archive.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE chunks SET id = 'old-' || id")
        connection.exec_driver_sql("UPDATE chunks SET embedding_hash = 'old-' || embedding_hash")

    archive.ingest.reindex()

    found = assert_consistent(archive)
    assert found.chunk_ids == before.chunk_ids


def test_a_given_up_reindex_that_cut_texts_differently_leaves_the_old_model_whole(
    tmp_path: Path,
) -> None:
    with an_archive(tmp_path, FakeEmbedder("old")) as archive:
        archive.ingest.add(articles(4))
        archive.store.set_value("embedding_model", "old")
        with archive.store.engine.begin() as connection:
            for table in ("chunks", "pending_vectors"):
                column = "id" if table == "chunks" else "chunk_id"
                connection.exec_driver_sql(f"UPDATE {table} SET {column} = 'old-' || {column}")
            connection.exec_driver_sql("UPDATE chunks SET embedding_hash = 'o' || embedding_hash")
            connection.exec_driver_sql("UPDATE embeddings SET hash = 'o' || hash")
    texts = iter(range(1000))

    def interrupt(_text: str) -> None:
        if next(texts) == 5:
            raise KeyboardInterrupt

    with (
        an_archive(tmp_path, FakeEmbedder("new", before_text=interrupt)) as archive,
        pytest.raises(KeyboardInterrupt),
    ):
        archive.ingest.reindex()

    with an_archive(tmp_path, FakeEmbedder("old")) as archive:
        archive.ingest.reconcile(thorough=True)
        archive.ingest.reconcile(thorough=True)

        found = contents(archive)
        assert [row[0] for row in found.vectors] == found.chunk_ids
        assert [row[0] for row in found.words] == found.chunk_ids
        assert found.pending == []
