"""What a desk hides is not found; what it prefers goes first where passages are about as good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from retrieval.feed_store import FeedStore
from retrieval.models import Appearance, Article, Query
from retrieval.preference import SHARE_OF_PREFERRED, preference, without_hidden
from retrieval.retriever import Retriever
from retrieval.schema import feed_entries
from retrieval.vectors import where
from tests.archive import NOW, Archive, an_archive
from tests.builders import a_passage, an_article, articles

TEXT = "The dam of Lindoia gets new gates before the winter."
GENERAL = an_article(TEXT, url="https://general.example.com/dam", title="Dam", source="General")
ENERGY = an_article(
    "The dam of Lindoia gets new gates before the winter, says its owner.",
    url="https://energy.example.com/dam",
    title="Dam",
    source="Energy Wire",
)
OTHER = an_article(
    "Beat eggs with sugar until pale.", url="https://energy.example.com/cake", source="Energy Wire"
)
QUESTION = "When does the dam of Lindoia get new gates?"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as opened:
        opened.ingest.add([GENERAL, ENERGY, OTHER])
        yield opened


def sources(archive: Archive, query: Query) -> list[str]:
    return [one.source for one in archive.retriever.search(query)]


def came_by_a_feed(archive: Archive, article_id: str) -> str:
    """The feed's id."""
    feed = FeedStore(archive.store.engine).add("https://energy.example.com/f", "E", None, NOW)
    with archive.store.engine.begin() as connection:
        connection.execute(
            insert(feed_entries).values(
                feed_id=feed.id,
                key="1",
                fingerprints="[]",
                article_id=article_id,
                seen_at=int(NOW.timestamp()),
            )
        )
    return feed.id


class TestAHiddenOutlet:
    def test_is_not_found_by_either_index(self, archive: Archive) -> None:
        for hidden in ("General", "Energy Wire"):
            found = sources(archive, Query(QUESTION, hidden_sources=(hidden,)))
            assert found
            assert hidden not in found

    def test_is_not_found_when_the_question_asks_for_it_either(self, archive: Archive) -> None:
        query = Query(QUESTION, hidden_sources=("General",), sources=("General",))
        assert archive.retriever.search(query) == []

    def test_leaves_the_others_found_in_a_large_archive(self, tmp_path: Path) -> None:
        with an_archive(tmp_path) as archive:
            archive.ingest.add([*articles(20), GENERAL, ENERGY])
            found = sources(archive, Query(QUESTION, hidden_sources=("Folha", "General")))
        assert found == ["Energy Wire"]

    def test_is_not_named_as_another_place_of_a_text(self) -> None:
        also = tuple(Appearance(one, "https://x.example.com", "T", None) for one in ("A", "B"))
        passage = replace(a_passage(), also_in=also)
        assert [one.source for one in without_hidden(passage, ("A",)).also_in] == ["B"]
        assert without_hidden(passage, ()) is passage

    def test_is_a_condition_in_the_vector_index_too(self) -> None:
        assert where(Query("x", hidden_sources=("A",))) == {"source": {"$nin": ["A"]}}


class TestWhatIsPreferred:
    @pytest.mark.parametrize("preferred", ["General", "Energy Wire"])
    def test_an_outlet_goes_first_among_equals(self, archive: Archive, preferred: str) -> None:
        query = Query(QUESTION, preferred_sources=(preferred,))
        assert sources(archive, query)[0] == preferred

    @pytest.mark.parametrize("article", [GENERAL, ENERGY], ids=["general", "energy"])
    def test_so_does_what_came_by_a_feed(self, archive: Archive, article: Article) -> None:
        feed_id = came_by_a_feed(archive, article.id)
        query = Query(QUESTION, preferred_feeds=(feed_id,))
        assert sources(archive, query)[0] == article.source

    def test_never_hides_what_answers_better(self, archive: Archive) -> None:
        query = Query("How are eggs beaten with sugar?", preferred_sources=("General",))
        assert sources(archive, query)[0] == "Energy Wire"

    def test_says_so_in_the_trace(self, archive: Archive) -> None:
        query = Query(QUESTION, preferred_sources=("General",))
        boosted = [
            one.passage.source
            for one in archive.retriever.find(query).traces
            if "preferred" in one.boosts
        ]
        assert boosted == ["General"]

    def test_counts_beside_a_reranker(self, archive: Archive) -> None:
        class Indifferent:
            def scores(self, _question: str, texts: list[str]) -> list[float]:
                return [1.0] * len(texts)

        retriever = Retriever(
            archive.store,
            archive.vectors,
            archive.keywords,
            archive.embedder,
            Indifferent(),  # type: ignore[arg-type]
        )
        for preferred in ("General", "Energy Wire"):
            query = Query(QUESTION, preferred_sources=(preferred,))
            assert retriever.search(query)[0].source == preferred

    def test_counts_once_and_for_its_appearances(self) -> None:
        query = Query("x", preferred_sources=("A", "B"))
        elsewhere = Appearance("B", "https://x.example.com", "T", None)
        passage = replace(a_passage(source="A"), also_in=(elsewhere,))
        expected = {"preferred": SHARE_OF_PREFERRED * 2.0}
        assert preference(passage, query, (), 2.0) == expected
        assert preference(replace(passage, source="C"), query, (), 2.0) == expected
        assert preference(a_passage(source="C"), query, (), 2.0) == {}
