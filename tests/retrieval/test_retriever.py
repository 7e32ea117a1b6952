"""A query finds passages: by words, by meaning, and in a conversation by what came before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from retrieval.models import Article, Query, Vector
from retrieval.retriever import LONGEST_QUESTION, Retriever, phrasings
from tests.archive import Archive, an_archive
from tests.builders import PUBLISHED, an_article, an_embedded_chunk, articles
from tests.fakes import FakeEmbedder

STARGATE = an_article("The group committed US$ 500 billion over four years.", title="Stargate")
HARBOUR = an_article(
    "A harbour was inaugurated near Lisbon.",
    url="https://news.example.com/harbour",
    title="Harbour",
    source="O Globo",
    published_at=PUBLISHED + timedelta(days=30),
)
RECIPE = an_article(
    "Beat eggs with sugar until pale.",
    url="https://news.example.com/recipe",
    title="Cake",
    language="pt",
    published_at=None,
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as opened:
        opened.ingest.add([STARGATE, HARBOUR, RECIPE])
        yield opened


def found(archive: Archive, text: str, **query: object) -> list[str]:
    passages = archive.retriever.search(Query(text, **query))  # type: ignore[arg-type]
    return [passage.title for passage in passages]


class Meaningless(FakeEmbedder):
    """Every question is equally far from everything."""

    def embed_query(self, text: str) -> Vector:
        vector = np.zeros(self.dimension, dtype=np.float32)
        vector[0] = 1
        return vector


def test_an_empty_archive_finds_nothing(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        assert archive.retriever.search(Query("anything at all")) == []
        assert archive.retriever.search(Query("")) == []


def test_words_alone_find_a_passage(archive: Archive) -> None:
    words_only = Retriever(archive.store, archive.vectors, archive.keywords, Meaningless())

    best, *rest = words_only.search(Query("eggs and sugar"))

    assert best.title == "Cake"
    assert best.coverage == pytest.approx(1)
    assert all(passage.coverage == 0 for passage in rest)


def test_meaning_alone_finds_a_passage(archive: Archive) -> None:
    # None of these forms stands in the text; only their stems do.
    question = "billionaires committing groups"
    assert archive.keywords.search(question, Query(question), 10) == []

    best = archive.retriever.search(Query(question))[0]

    assert best.title == "Stargate"
    assert best.similarity > 0.4


def test_a_passage_says_all_about_its_article(archive: Archive) -> None:
    best = archive.retriever.search(Query("eggs and sugar"))[0]

    assert (best.text, best.url, best.source) == (RECIPE.text, RECIPE.url, RECIPE.source)
    assert (best.language, best.published_at, best.sample) == ("pt", None, False)
    assert (best.article_id, best.ordinal) == (RECIPE.id, 0)
    assert archive.retriever.search(Query("harbour"))[0].published_at == HARBOUR.published_at


def test_passages_are_ranked_by_their_score_and_no_more_than_the_limit(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.ingest.add(articles(12))
        for limit in (0, 1, 7):
            passages = archive.retriever.search(Query("railway repair", limit=limit))

            scores = [passage.score for passage in passages]
            assert len(passages) == limit
            assert scores == sorted(scores, reverse=True)


def test_a_limit_higher_than_usual_is_filled_when_the_coverage_can(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.ingest.add(articles(60))

        assert len(archive.retriever.search(Query("report repair", limit=100))) == 100


def test_the_same_story_of_two_outlets_stands_once(archive: Archive) -> None:
    archive.ingest.add([replace(STARGATE, url="https://other.example.com/copy", source="O Globo")])

    assert found(archive, "Stargate billion").count("Stargate") == 1


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"sources": ("O Globo",)}, {"Harbour"}),
        ({"languages": ("pt",)}, {"Cake"}),
        ({"since": PUBLISHED + timedelta(days=1)}, {"Harbour"}),
        ({"until": PUBLISHED + timedelta(days=1)}, {"Stargate"}),
        ({"since": PUBLISHED}, {"Stargate", "Harbour"}),
        ({"sources": ("Nobody",)}, set()),
    ],
)
def test_filters_hold_for_words_and_for_meaning(
    archive: Archive, filters: dict[str, object], expected: set[str]
) -> None:
    question = "stargate harbour cake eggs billion"

    assert set(found(archive, question, **filters)) == expected


# Conversations


def test_a_follow_up_finds_the_topic_of_the_question_before(archive: Archive) -> None:
    assert found(archive, "and how much?", history=("Tell me about Stargate",))[0] == "Stargate"
    assert found(archive, "and how much?", history=("How do I make cake?",))[0] == "Cake"


def test_a_question_of_its_own_is_not_drawn_to_the_topic_before(archive: Archive) -> None:
    history = ("Tell me about Stargate",)

    assert found(archive, "Which harbour was inaugurated?", history=history)[0] == "Harbour"


def test_a_question_that_refers_back_is_also_searched_after_the_one_before_it() -> None:
    assert phrasings(Query("and now?")) == ["and now?"]
    assert phrasings(Query("and the ferry timetable?", history=("old", "before"))) == [
        "and the ferry timetable?",
        "before and the ferry timetable?",
    ]


def test_a_question_that_stands_alone_is_searched_alone() -> None:
    question = "When did the Skarvik ferry resume?"
    assert phrasings(Query(question, history=("How much did Stargate commit?",))) == [question]


def test_an_endless_question_is_cut() -> None:
    for text in phrasings(Query("it " * 50_000, history=("y " * 50_000,))):
        assert len(text) <= 2 * LONGEST_QUESTION + 1


# Odd states and odd questions


@pytest.mark.parametrize(
    "question", ["", " ", "?", "\x00", "\ud800", "the of a", '"NEAR(', "x" * 50_000, "🙂"]
)
def test_any_question_is_answered_with_passages(archive: Archive, question: str) -> None:
    assert len(archive.retriever.search(Query(question))) == 3


def test_a_chunk_only_the_vector_index_holds_is_passed_over(archive: Archive) -> None:
    stray = archive.embedder.embed_query("stargate")
    archive.vectors.upsert([an_embedded_chunk(stray, chunk_id="stray")])

    assert "stray" not in {p.chunk_id for p in archive.retriever.search(Query("stargate"))}


def test_a_corrected_article_is_found_as_it_now_stands(archive: Archive) -> None:
    archive.ingest.add([replace(STARGATE, text="The group committed US$ 100 billion.")])

    passages = archive.retriever.search(Query("How much did Stargate commit?"))

    assert passages[0].text == "The group committed US$ 100 billion."
    assert not any("500" in passage.text for passage in passages)


def test_a_removed_article_is_not_found(archive: Archive) -> None:
    archive.ingest.remove([STARGATE.id])

    assert "Stargate" not in found(archive, "Stargate billion")


def test_a_text_beyond_the_basic_plane_is_cut_where_its_chunks_are(tmp_path: Path) -> None:
    sentences = [f"Number {n} of the 🙂 𝒜 harbour é reported again here today." for n in range(80)]
    article: Article = an_article(" ".join(sentences))
    with an_archive(tmp_path) as archive:
        archive.ingest.add([article])

        for passage in archive.retriever.search(Query("harbour", limit=50)):
            assert passage.text.startswith("Number ")
            assert passage.text.endswith("today.")
            assert passage.text in article.text
