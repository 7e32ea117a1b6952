"""Another embedding model takes over without a pause, and nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from retrieval.errors import ModelError
from retrieval.ingest import Ingest
from retrieval.model_change import ModelChange, Preparation, fill
from retrieval.model_store import ModelName, ModelStore, NextModel
from retrieval.models import Query
from retrieval.retriever import Retriever
from retrieval.serving import Pair, Serving, one_model
from retrieval.store import Store, open_corpus
from retrieval.vectors import ChromaIndex
from tests.archive import Archive, an_archive, clock
from tests.builders import an_article, articles
from tests.fakes import FakeEmbedder

NEW = ModelName("new")
LYNX = an_article("The lynx of Almenar is back.", url="https://news.example.com/lynx")


@dataclass
class Desk:
    """A process that answers and ingests, as `bot.app` wires it."""

    archive: Archive
    folder: Path
    models: ModelStore
    serving: Serving
    ingest: Ingest
    retriever: Retriever
    change: ModelChange
    opened: list[ChromaIndex] = field(default_factory=list)

    def finds(self, words: str, text: str) -> bool:
        found = self.retriever.find(Query(words))
        return not found.by_words_only and text in [one.text for one in found.passages]

    def new_collection(self) -> ChromaIndex:
        self.opened.append(ChromaIndex(self.folder / "chroma", "new"))
        return self.opened[-1]


@contextmanager
def a_desk(folder: Path, old: FakeEmbedder | None = None) -> Iterator[Desk]:
    with an_archive(folder, old or FakeEmbedder("old", 64)) as archive:
        store, models = archive.store, ModelStore(archive.store.engine)
        if models.served() is None:
            store.set_value("embedding_model", "old")
        serving = Serving(archive.embedder, archive.vectors)
        ingest = Ingest(store, serving.index, serving.embedder, clock)
        retriever = Retriever(store, serving.index, archive.keywords, serving.embedder)

        def opened(name: ModelName) -> Pair:
            if name != NEW:
                raise ModelError(f"no model {name.name}")
            return Pair(FakeEmbedder("new", 32), desk.new_collection())

        change = ModelChange(serving, store, models, ingest, opened, clock)
        desk = Desk(archive, folder, models, serving, ingest, retriever, change)
        try:
            yield desk
        finally:
            for index in desk.opened:
                index.close()


@contextmanager
def another_process(folder: Path) -> Iterator[tuple[Store, ModelStore]]:
    store = Store(open_corpus(folder / "corpus.db"))
    try:
        yield store, ModelStore(store.engine)
    finally:
        store.close()


def prepare(folder: Path, embedder: FakeEmbedder, *, drop_former: bool = False) -> int:
    with another_process(folder) as (store, models):
        models.announce(NextModel(NEW, drop_former=drop_former))
        count = Preparation(store, models, embedder).run()
        assert models.mark_ready(NEW)
        return count


def assert_new_is_whole(desk: Desk) -> None:
    wanted = sorted(desk.archive.store.chunk_ids())
    assert desk.models.served() == desk.serving.embedder.model_id == "new"
    assert sorted(desk.serving.index.ids()) == wanted
    vectors = desk.archive.store.vectors("new", wanted)
    assert {len(vector) for vector in vectors.values()} == {32}
    assert len(vectors) == len(wanted)


def test_the_old_model_answers_until_the_new_one_has_all_also_what_came_meanwhile(
    tmp_path: Path,
) -> None:
    with a_desk(tmp_path) as desk:
        desk.ingest.add(articles(4))
        told = desk.archive.rows("SELECT article_id, story_id FROM story_articles")
        desk.models.announce(NextModel(NEW))
        assert not desk.change.step()  # not prepared yet

        assert prepare(tmp_path, FakeEmbedder("new", 32)) == 4
        assert desk.serving.embedder.model_id == "old"
        desk.ingest.add([LYNX])  # after the other process has looked
        assert desk.finds("lynx Almenar", LYNX.text)

        changed: list[str] = []
        desk.change.when_changed(lambda: changed.append(desk.serving.embedder.model_id))
        assert desk.change.step()

        assert changed == ["new"]
        assert_new_is_whole(desk)
        assert desk.finds("lynx Almenar", LYNX.text)
        desk.ingest.tell_stories()
        assert {
            tuple(row) for row in desk.archive.rows("SELECT DISTINCT model_id FROM story_articles")
        } == {("new",)}
        now_told = desk.archive.rows("SELECT article_id, story_id FROM story_articles")
        assert set(told) < set(now_told)
        assert not desk.change.step()  # once is enough
        assert desk.archive.vectors.count() > 0  # the former collection is kept


def test_a_question_under_way_keeps_the_model_it_began_with(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.ingest.add([LYNX])
        prepare(tmp_path, FakeEmbedder("new", 32))
        with one_model(desk.serving.embedder):
            vector = desk.serving.embedder.embed_query("lynx")
            assert desk.change.step()
            assert len(desk.serving.index.search(vector, Query("x"), 1)) == 1
        assert desk.serving.embedder.model_id == "new"


@pytest.mark.parametrize("texts", [0, 3])
def test_a_preparation_that_was_killed_continues_where_it_was(tmp_path: Path, texts: int) -> None:
    left = iter(range(texts))

    def interrupt(_text: str) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with a_desk(tmp_path) as desk:
        desk.ingest.add(articles(4, paragraphs=1))
        with pytest.raises(KeyboardInterrupt):
            prepare(tmp_path, FakeEmbedder("new", 32, before_text=interrupt))
        assert not desk.change.step()
        embedder = FakeEmbedder("new", 32)
        prepare(tmp_path, embedder)

        assert len(embedder.embedded) == 4 - texts
        assert desk.change.step()
        assert_new_is_whole(desk)


def test_a_filling_that_was_stopped_takes_up_what_changed_and_went_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.model_change.FILL_BATCH", 2)
    with a_desk(tmp_path) as desk:
        first, gone, *_ = given = articles(4)
        desk.ingest.add(given)
        prepare(tmp_path, FakeEmbedder("new", 32))
        steps = iter(range(1))
        pair = Pair(FakeEmbedder("new", 32), desk.new_collection())
        done = fill(
            desk.archive.store, desk.models, pair, clock, lambda: next(steps, None) is not None
        )
        assert not done
        assert 0 < pair.index.count() < desk.archive.store.chunk_count()

        desk.ingest.remove([gone.id])
        desk.ingest.add([replace(first, source="O Globo")])  # the same chunks, filtered otherwise
        assert desk.change.step()

        assert_new_is_whole(desk)
        asked = Query("x", sources=("O Globo",))
        vector = desk.serving.embedder.embed_query("harbour")
        hits = desk.serving.index.search(vector, asked, 50)
        assert {hit.chunk_id for hit in hits} == desk.models.chunks_of(first.id)


def test_with_hardly_any_time_a_step_still_gets_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.model_change.FILL_BATCH", 3)
    monkeypatch.setattr("retrieval.model_store._CLOCKS_DIFFER", -1)  # here they do not
    with a_desk(tmp_path) as desk:
        desk.ingest.add(articles(4))
        chunks = desk.archive.store.chunk_count()
        prepare(tmp_path, FakeEmbedder("new", 32))

        steps = 1
        while not desk.change.step(seconds=0.0):
            steps += 1
            assert steps <= chunks

        assert steps > 1
        assert_new_is_whole(desk)


def test_the_former_model_goes_only_when_told_and_after_questions_under_way(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.ingest.add(articles(2))
        prepare(tmp_path, FakeEmbedder("new", 32), drop_former=True)
        assert desk.change.step()
        assert desk.archive.vectors.count() > 0
        assert desk.archive.rows("SELECT DISTINCT model_id FROM embeddings") == [("new",)]

        desk.change.step()

        client = desk.archive.vectors._client
        assert client is not None
        assert len(client.list_collections()) == 1


def test_another_process_that_made_the_change_is_followed(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.ingest.add(articles(2))
        prepare(tmp_path, FakeEmbedder("new", 32))
        pair = Pair(FakeEmbedder("new", 32), desk.new_collection())
        with another_process(tmp_path) as (store, models):
            assert fill(store, models, pair, clock, lambda: True)
            models.change_to("new", NextModel(NEW), 0)

        assert desk.change.step()
        assert_new_is_whole(desk)


def test_a_model_that_cannot_be_opened_leaves_the_old_one_answering(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.ingest.add([LYNX])
        desk.models.announce(NextModel(ModelName("typo"), ready=True))

        assert not desk.change.step()
        assert desk.finds("lynx", LYNX.text)
        assert desk.serving.embedder.model_id == "old"


def test_chunks_cut_otherwise_than_today_are_cut_anew_before_the_change(tmp_path: Path) -> None:
    with a_desk(tmp_path) as desk:
        desk.ingest.add(articles(2))
        ids = sorted(desk.archive.store.chunk_ids())
        with desk.archive.store.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE chunks SET id = 'o' || id")
            connection.exec_driver_sql("UPDATE chunks SET embedding_hash = 'o' || embedding_hash")
            connection.exec_driver_sql("UPDATE embeddings SET hash = 'o' || hash")
        prepare(tmp_path, FakeEmbedder("new", 32))

        assert desk.change.step()

        assert sorted(desk.archive.store.chunk_ids()) == ids
        assert_new_is_whole(desk)
