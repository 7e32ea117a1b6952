"""The parts wired together: opened for one command, consistent, and closed whatever happens."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bot.app import build, load_sample, remove_sample
from bot.settings import Settings
from retrieval.errors import ArchiveCorrupt, ArchiveInUse, IndexModelMismatch
from retrieval.models import Query
from tests.archive import clock
from tests.builders import an_article, articles
from tests.fakes import FakeEmbedder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def fill(settings: Settings, model_id: str = "fake-model") -> None:
    with build(settings, purpose="ingest", embedder=FakeEmbedder(model_id), clock=clock) as pauta:
        pauta.ingest.add(articles(3))


def test_what_one_command_ingests_the_next_one_finds(settings: Settings) -> None:
    fill(settings)

    with build(settings, purpose="search", embedder=FakeEmbedder()) as pauta:
        assert pauta.retriever.search(Query("harbour"))


def test_another_model_than_the_archive_was_made_with_is_refused_with_the_way_out(
    settings: Settings,
) -> None:
    fill(settings, "old-model")

    with (
        pytest.raises(IndexModelMismatch) as refused,
        build(settings, purpose="ask", embedder=FakeEmbedder("new-model")),
    ):
        pytest.fail("opened")

    message = str(refused.value)
    for part in ("old-model", "new-model", "PAUTA_EMBEDDING_MODEL", "pauta reindex"):
        assert part in message


def test_after_a_refusal_the_archive_is_free_and_unharmed(settings: Settings) -> None:
    fill(settings, "old-model")
    with (
        pytest.raises(IndexModelMismatch),
        build(settings, purpose="ask", embedder=FakeEmbedder("new-model")),
    ):
        pytest.fail("opened")

    with build(settings, purpose="ask", embedder=FakeEmbedder("old-model")) as pauta:
        assert pauta.retriever.search(Query("harbour"))


def test_a_reindex_makes_the_new_model_the_archives_own(settings: Settings) -> None:
    fill(settings, "old-model")
    new = FakeEmbedder("new-model")

    with build(settings, purpose="reindex", reindexing=True, embedder=new) as pauta:
        pauta.ingest.reindex()

    with build(settings, purpose="ask", embedder=new) as pauta:
        assert pauta.retriever.search(Query("harbour"))
    with (
        pytest.raises(IndexModelMismatch),
        build(settings, purpose="ask", embedder=FakeEmbedder("old-model")),
    ):
        pytest.fail("opened")


def test_an_empty_archive_takes_any_model(settings: Settings) -> None:
    for model_id in ("one", "other"):
        with build(settings, purpose="ask", embedder=FakeEmbedder(model_id)) as pauta:
            assert pauta.retriever.search(Query("x")) == []


def test_a_second_process_is_refused_while_the_first_runs(settings: Settings) -> None:
    with (
        build(settings, purpose="run", lasting=True, embedder=FakeEmbedder()),
        pytest.raises(ArchiveInUse, match="`pauta run`"),
        build(settings, purpose="ingest", embedder=FakeEmbedder()),
    ):
        pytest.fail("opened")

    with build(settings, purpose="ingest", embedder=FakeEmbedder()):
        pass


def test_a_failure_inside_frees_the_archive(settings: Settings) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        build(settings, purpose="ingest", lasting=True, embedder=FakeEmbedder()),
    ):
        raise ZeroDivisionError

    with build(settings, purpose="ask", embedder=FakeEmbedder()):
        pass


def test_a_corpus_that_is_no_database_is_refused_and_frees_the_archive(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "corpus.db").write_bytes(b"not a database " * 1000)

    for _ in range(2):
        with (
            pytest.raises(ArchiveCorrupt, match=r"corpus\.db"),
            build(settings, purpose="ask", embedder=FakeEmbedder()),
        ):
            pytest.fail("opened")


def damage_nothing(chroma: Path) -> None:
    assert chroma.is_dir()


def remove_folder(chroma: Path) -> None:
    shutil.rmtree(chroma)


def cut_database(chroma: Path) -> None:
    (chroma / "chroma.sqlite3").write_bytes((chroma / "chroma.sqlite3").read_bytes()[:20_000])


def overwrite_database(chroma: Path) -> None:
    (chroma / "chroma.sqlite3").write_bytes(b"junk" * 10_000)


def empty_database(chroma: Path) -> None:
    (chroma / "chroma.sqlite3").write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [damage_nothing, remove_folder, cut_database, overwrite_database, empty_database]
)
def test_a_damaged_vector_index_comes_back_from_the_store_without_embedding(
    settings: Settings, damage: object
) -> None:
    fill(settings)
    assert callable(damage)
    damage(settings.home / "chroma")
    embedder = FakeEmbedder()

    with build(settings, purpose="ask", embedder=embedder) as pauta:
        assert sorted(pauta.vectors.ids()) == sorted(pauta.store.chunk_ids())
        assert pauta.retriever.search(Query("harbour"))
    assert embedder.embedded == []


# The sample


def test_the_sample_is_loaded_into_an_empty_archive_and_leaves_it_whole(
    settings: Settings,
) -> None:
    with build(settings, purpose="run", embedder=FakeEmbedder()) as pauta:
        report = load_sample(pauta, lambda _outcome, _item: None)
        assert report is not None
        assert report.new >= 10
        assert report.failed == 0
        assert load_sample(pauta, lambda _outcome, _item: None) is None

        assert remove_sample(pauta) == report.new
        assert pauta.store.article_count() == pauta.vectors.count() == 0
        assert load_sample(pauta, lambda _outcome, _item: None) is None


def test_removing_the_sample_leaves_the_persons_own_articles(settings: Settings) -> None:
    with build(settings, purpose="run", embedder=FakeEmbedder()) as pauta:
        load_sample(pauta, lambda _outcome, _item: None)
        pauta.ingest.add([an_article()])

        remove_sample(pauta)

        assert [article.url for article in pauta.store.all_articles()] == [an_article().url]


def test_the_sample_is_not_loaded_beside_coverage(settings: Settings) -> None:
    fill(settings)

    with build(settings, purpose="run", embedder=FakeEmbedder()) as pauta:
        assert load_sample(pauta, lambda _outcome, _item: None) is None


def test_a_persons_own_copy_of_a_sample_article_is_theirs(settings: Settings) -> None:
    with build(settings, purpose="run", embedder=FakeEmbedder()) as pauta:
        pauta.ingest.add([an_article(sample=True)])
        pauta.ingest.add([an_article(sample=False)])

        remove_sample(pauta)

        assert pauta.store.article_count() == 1


def test_the_note_of_the_holder_is_gone_when_all_is_closed(settings: Settings) -> None:
    with build(settings, purpose="run", lasting=True, embedder=FakeEmbedder()):
        note = json.loads((settings.home / "lock.holder").read_text())
        assert note["purpose"] == "run"

    assert not (settings.home / "lock.holder").exists()
