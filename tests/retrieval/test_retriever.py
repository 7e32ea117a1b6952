"""A query finds passages: by words, by meaning, and in a conversation by what came before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from retrieval.explain import Fate
from retrieval.followups import LONGEST_QUESTION, names_of, phrasings
from retrieval.models import Appearance, Article, Query, Vector
from retrieval.question.understanding import Filter
from retrieval.ranking import RERANKED
from retrieval.retriever import Retriever
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

        assert len(archive.retriever.search(Query("report repair", limit=100, joined=False))) == 100


def test_the_same_story_of_two_outlets_stands_once(archive: Archive) -> None:
    archive.ingest.add([replace(STARGATE, url="https://other.example.com/copy", source="O Globo")])

    assert found(archive, "Stargate billion").count("Stargate") == 1


def test_a_passage_names_the_outlet_its_text_was_found_in_too(archive: Archive) -> None:
    copy = replace(STARGATE, url="https://other.example.com/copy", source="O Globo")
    archive.ingest.add([copy, replace(HARBOUR, author="Ana", partial=True)])

    best = archive.retriever.search(Query("Stargate billion"))[0]
    harbour = archive.retriever.search(Query("harbour"))[0]

    assert best.also_in == (Appearance("O Globo", copy.url, "Stargate", PUBLISHED),)
    assert (harbour.author, harbour.partial, harbour.also_in) == ("Ana", True, ())


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


def test_a_question_that_refers_back_is_also_searched_after_the_names_of_the_answer() -> None:
    answer = "The talks were led by Ana Prado in Puerto Almenar. The strike ended."
    query = Query("and how old is she now?", history=("Who led the talks?",), last_answer=answer)

    assert names_of(answer) == ["Ana Prado", "Puerto Almenar"]
    assert phrasings(query)[-1] == "Ana Prado Puerto Almenar and how old is she now?"
    assert phrasings(replace(query, text="When did the Skarvik ferry resume?")) == [
        "When did the Skarvik ferry resume?"
    ]


# Time, outlets, literals

NOW = PUBLISHED + timedelta(days=31)


def test_the_words_about_time_filter_and_are_told(archive: Archive) -> None:
    found = archive.retriever.find(Query("news of yesterday about the harbour", now=NOW))

    assert [passage.title for passage in found.passages] == ["Harbour"]
    assert found.understood.filters == {Filter.TIME}
    assert found.query.since == PUBLISHED.replace(hour=0) + timedelta(days=30)


def test_a_filter_that_leaves_nothing_is_given_up(archive: Archive) -> None:
    later = NOW + timedelta(days=60)
    found = archive.retriever.find(Query("news of yesterday about the harbour", now=later))

    assert found.passages[0].title == "Harbour"
    assert found.understood.given_up == {Filter.TIME}


def test_an_outlet_named_in_the_question_filters(archive: Archive) -> None:
    found = archive.retriever.find(Query("according to O Globo, what of Stargate?", now=NOW))

    assert {passage.source for passage in found.passages} == {"O Globo"}


def test_an_outlet_that_only_carries_a_text_is_found_by_words_and_by_meaning(
    archive: Archive,
) -> None:
    copy = replace(STARGATE, url="https://other.example.com/copy", source="Gazeta")
    archive.ingest.add([copy])
    by_gazeta = Query("stargate billion", sources=("Gazeta",))

    found = archive.retriever.find(by_gazeta)

    assert [passage.title for passage in found.passages] == ["Stargate"]
    trace = found.traces[0]
    assert (trace.dense_rank, trace.keyword_rank) == (1, 1)


def test_the_latest_is_ahead_where_it_is_asked_for(tmp_path: Path) -> None:
    old = an_article("The harbour opened in rain.", url="https://a.pt/1", title="Old")
    new = an_article(
        "The harbour opened in sunshine.", url="https://a.pt/2", title="New", published_at=NOW
    )
    with an_archive(tmp_path) as archive:
        archive.ingest.add([old, new])
        latest = archive.retriever.search(Query("latest: harbour opened", now=NOW))
        in_rain = archive.retriever.search(Query("latest: harbour opened in rain", now=NOW))

    assert [passage.title for passage in latest] == ["New", "Old"]
    assert [passage.title for passage in in_rain] == ["Old", "New"]


def test_a_name_that_occurs_nowhere_is_told(archive: Archive) -> None:
    found = archive.retriever.find(Query("What did Zoltan Varga say of Stargate?", now=NOW))

    assert found.understood.absent_names == ("Zoltan Varga",)


def test_a_quoted_phrase_is_ahead_of_the_same_words_in_another_order(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.ingest.add(
            [
                an_article(
                    "Stop we will not, the whole crowd sang.", url="https://a.pt/1", title="A"
                ),
                an_article(
                    "They said we will not stop, and sang.", url="https://a.pt/2", title="B"
                ),
            ]
        )

        found = archive.retriever.find(Query('who sang "we will not stop"?'))

    assert found.passages[0].title == "B"
    assert "literal" in found.traces[0].boosts


# What is read together, and why something was dropped


def test_neighbouring_chunks_are_read_as_the_article_has_them(tmp_path: Path) -> None:
    article = articles(1, paragraphs=4)[0]
    with an_archive(tmp_path) as archive:
        archive.ingest.add([article])
        joined = archive.retriever.search(Query("report harbour"))
        apart = archive.retriever.search(Query("report harbour", joined=False))

    assert len(apart) > 1
    assert [passage.text for passage in joined] == [article.text]
    assert joined[0].chunk_id == apart[0].chunk_id


def test_of_one_article_no_more_passages_come_than_asked(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.ingest.add(articles(3, paragraphs=16))
        for most in (1, 2):
            query = Query("report opened again", limit=50, per_article=most, joined=False)
            found = archive.retriever.find(query)
            counts = Counter(passage.article_id for passage in found.passages)

            assert set(counts.values()) == {most}
            assert Fate.BEYOND_ARTICLE in {trace.fate for trace in found.traces}


def test_every_candidate_is_traced_in_the_order_of_the_ranking(archive: Archive) -> None:
    archive.ingest.add([an_article("Stargate: US$ 500 billion.", url="https://a.pt/9", title="S")])

    found = archive.retriever.find(Query("Stargate billion", limit=2))

    kept = [trace.passage.chunk_id for trace in found.traces if trace.fate is Fate.KEPT]
    assert kept == [passage.chunk_id for passage in found.passages]
    assert [trace.rank for trace in found.traces if trace.fate is Fate.KEPT] == [1, 2]
    assert {trace.fate for trace in found.traces[2:]} == {Fate.BEYOND_LIMIT}


# A reranker


class ByLength:
    """Prefers the longest; counts what it was given."""

    def __init__(self) -> None:
        self.read = 0

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        self.read = max(self.read, len(passages))
        return [float(len(passage)) for passage in passages]


def test_a_reranker_orders_the_first_candidates_and_reads_no_more(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        archive.ingest.add(articles(30))
        by_length = ByLength()
        retriever = Retriever(
            archive.store, archive.vectors, archive.keywords, archive.embedder, by_length
        )

        found = retriever.find(Query("report repair", limit=60, joined=False))

    assert by_length.read == RERANKED
    given = [trace.reranked for trace in found.traces[:RERANKED]]
    assert given == sorted((one for one in given if one is not None), reverse=True)
    assert {trace.reranked for trace in found.traces[RERANKED:]} == {None}


def test_a_figure_that_is_all_that_is_asked_is_found_however_it_is_written(
    archive: Archive,
) -> None:
    near = an_article(
        "O orçamento é de 300 bilhões de dólares.",
        url="https://news.example.com/b",
        title="Dólares",
    )
    archive.ingest.add([near])

    assert found(archive, "500 bilhões de dólares")[0] == "Stargate"


def test_the_outlet_that_is_asked_is_no_word_to_look_for(archive: Archive) -> None:
    result = archive.retriever.find(Query("segundo O Globo, onde fica o harbour?", now=NOW))

    assert result.query.sources == ("O Globo",)
    assert result.phrasings == ("onde fica o harbour?",)
    assert result.understood.absent_names == ()


def test_a_query_for_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0 passages or more"):
        Query("harbour", limit=-1)
    with pytest.raises(ValueError, match="1 or more of an article"):
        Query("harbour", per_article=0)


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
