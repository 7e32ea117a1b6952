"""The keyword index: words as people write them, in any script, and never as a query language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval import keywords
from retrieval.folding import stem
from retrieval.models import Article, Query
from tests.archive import Archive, an_archive
from tests.builders import PUBLISHED, an_article

DAY = timedelta(days=1)


def numbered(*texts: str) -> list[Article]:
    return [
        an_article(text, url=f"https://news.example.com/{number}", title=f"Number {number}")
        for number, text in enumerate(texts)
    ]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with an_archive(tmp_path_factory.mktemp("small")) as opened:
        opened.ingest.add(numbered("The harbour opened."))
        opened.ingest.add([an_article("A gigafábrica abriu.", title="Indústria")])
        yield opened


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Thirty articles: three of one outlet, the rest of another."""
    with an_archive(tmp_path_factory.mktemp("ports")) as opened:
        written = numbered(*(f"The port {'port ' * at}reopened." for at in range(30)))
        opened.ingest.add(
            replace(article, source="The wide one" if at % 10 else "The narrow one")
            for at, article in enumerate(written)
        )
        yield opened


@pytest.fixture(scope="module")
def harbours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Three that differ in date, outlet and language."""
    with an_archive(tmp_path_factory.mktemp("harbours")) as opened:
        first = an_article("harbour old", url="file:///old", published_at=PUBLISHED - DAY)
        opened.ingest.add(
            [
                first,
                replace(first, url="file:///new", text="harbour new", published_at=PUBLISHED,
                        source="O Globo"),
                replace(first, url="file:///undated", text="harbour undated", published_at=None,
                        language="pt"),
            ]
        )  # fmt: skip
        yield opened


def found(
    archive: Archive, question: str, query: Query | None = None, limit: int = 10
) -> list[str]:
    """Texts of the chunks found, best first."""
    hits = archive.keywords.search(question, query or Query(question), limit)
    passages = archive.store.passages([hit.chunk_id for hit in hits])
    return [passages[hit.chunk_id].text for hit in hits]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("A gigafábrica abriu.", "gigafabrica"),
        ("A gigafabrica abriu.", "gigafábrica"),
        ("A GIGAFÁBRICA abriu.", "Gigafábrica"),
        ("El niño cayó.", "NINO"),
        ("Müller won.", "muller"),
        ("A decomposed gigafa\u0301brica.", "gigafábrica"),
        ("Emissões de CO₂ caíram.", "CO2"),
        ("Emissões de CO2 caíram.", "CO₂"),
        ("The 3ª edition.", "3ª"),
        ("An area of 40 km².", "km2"),
        ("Украины Зеленский сказал.", "зеленский"),
        ("서울 시장 선거", "서울"),
        ("東京で がんばる 人", "がんばる"),
        ("Fought in Łódź.", "łódź"),
        ("snake_case words.", "snake_case"),
        ("O’Neill and d'Ávila.", "O’Neill"),
    ],
)
def test_a_word_is_found_however_it_is_written(archive: Archive, written: str, asked: str) -> None:
    archive.ingest.add(numbered(written, "Something else entirely."))

    assert found(archive, asked) == [written]


def test_a_word_of_the_title_finds_the_text(archive: Archive) -> None:
    archive.ingest.add([an_article("The text.", title="Stargate in figures"), *numbered("Other.")])

    assert found(archive, "stargate") == ["The text."]


def test_a_rare_word_counts_more_than_a_common_one(archive: Archive) -> None:
    archive.ingest.add(
        numbered(*[f"The harbour opened on day {n}." for n in range(8)], "The lighthouse opened.")
    )

    assert found(archive, "harbour lighthouse")[0] == "The lighthouse opened."


def test_scores_fall_and_the_limit_holds(archive: Archive) -> None:
    archive.ingest.add(numbered(*["harbour " * n + "opened." for n in range(1, 8)]))

    hits = archive.keywords.search("harbour", Query("harbour"), 3)

    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize("question", ["", "   ", "?!…", "\x00", "🙂"])
def test_a_question_without_words_finds_nothing(small: Archive, question: str) -> None:
    assert found(small, question) == []


@pytest.mark.parametrize(
    "question",
    [
        '"harbour',
        'harbour"',
        '""harbour""',
        "NEAR(harbour opened, 2)",
        "harbour NEAR opened",
        "harbour NOT opened",
        "harbour AND",
        "OR OR harbour",
        "harb* harbour",
        "^harbour",
        "title:harbour",
        "{title body}: harbour",
        "-body:harbour harbour",
        "(harbour",
        "harbour)",
        "harbour + opened",
        "harbour\x00opened",
        "harbour; DROP TABLE articles",
        "harbour' OR 1=1 --",
        "harbour % _ \\",
        "harbour\ud800",
    ],
)
def test_the_syntax_of_the_index_means_nothing_in_a_question(small: Archive, question: str) -> None:
    assert found(small, question) == ["The harbour opened."]


ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)
SYNTAX = st.lists(
    st.sampled_from(['"', "(", ")", "*", "^", "NEAR", "AND", "NOT", "OR", ":", "{", "}", "+", "-",
                     "\x00", "harbour", " ", "'", ";", "\ud800", "é"]),
    max_size=30,
).map("".join)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(ANYTHING, SYNTAX))
def test_any_text_can_be_searched(small: Archive, question: str) -> None:
    for hit in small.keywords.search(question, Query("x"), 5):
        assert hit.score > 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=20), max_size=10))
def test_any_stems_can_be_counted(small: Archive, stems: list[str]) -> None:
    counts = small.keywords.frequencies(stems)

    assert set(counts) == set(stems)
    assert all(count >= 0 for count in counts.values())


def test_a_question_as_long_as_an_article_is_searched_in_time(archive: Archive) -> None:
    archive.ingest.add(numbered("The harbour opened."))

    assert found(archive, "harbour " + " ".join(f"word{n}" for n in range(20_000)))


# Filters


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query("x"), {"old", "new", "undated"}),
        (Query("x", since=PUBLISHED), {"new"}),
        (Query("x", until=PUBLISHED), {"old"}),
        (Query("x", since=PUBLISHED - DAY, until=PUBLISHED + DAY), {"old", "new"}),
        (Query("x", since=datetime(1950, 1, 1, tzinfo=UTC)), {"old", "new"}),
        (Query("x", sources=("Folha",)), {"old", "undated"}),
        (Query("x", sources=("Folha", "O Globo")), {"old", "new", "undated"}),
        (Query("x", languages=("pt",)), {"undated"}),
        (Query("x", languages=("en",), sources=("O Globo",)), {"new"}),
        (Query("x", sources=("Nobody'; --",)), set()),
    ],
)
def test_filters_hold_together(harbours: Archive, query: Query, expected: set[str]) -> None:
    assert {text.split()[1] for text in found(harbours, "harbour", query)} == expected


# Frequencies


@pytest.mark.parametrize("few", [0, 10, 1_000])
@pytest.mark.parametrize("looked_through", [1, 5, 1_000])
@pytest.mark.parametrize("outlet", ["The wide one", "The narrow one", "None"])
def test_under_a_filter_the_best_that_pass_are_found_however_narrow_it_is(
    ports: Archive, monkeypatch: pytest.MonkeyPatch, outlet: str, looked_through: int, few: int
) -> None:
    monkeypatch.setattr(keywords, "LOOKED_THROUGH", looked_through)
    monkeypatch.setattr(keywords, "FEW_ARTICLES", few)
    everything = ports.keywords.search("port", Query("port"), 100)
    passages = ports.store.passages([hit.chunk_id for hit in everything])
    passing = [hit for hit in everything if passages[hit.chunk_id].source == outlet]
    query = Query("port", sources=(outlet,))
    for limit in (1, 3, 40):
        assert ports.keywords.search("port", query, limit) == passing[:limit]


def test_a_stem_is_counted_in_every_chunk_that_holds_a_word_with_it(archive: Archive) -> None:
    archive.ingest.add(
        numbered("They committed.", "It commits US$ 500.", "A comedy.", "O Brasil é brasileiro.")
    )

    counts = archive.keywords.frequencies([stem("committed"), "500", "50", "never", "brasi"])

    # SQLite counts by word, PostgreSQL by chunk.
    assert counts.pop("brasi") in {1, 2}
    assert counts == {"commi": 2, "500": 1, "50": 0, "never": 0}


def test_figures_are_counted_exactly_whatever_their_length(archive: Archive) -> None:
    archive.ingest.add(numbered("It cost 12345 euros.", "It cost 123456 euros."))

    assert archive.keywords.frequencies(["12345", "123456", "1234"]) == {
        "12345": 1,
        "123456": 1,
        "1234": 0,
    }


def test_what_left_the_archive_counts_no_longer(archive: Archive) -> None:
    article = numbered("They committed.")[0]
    archive.ingest.add([article])
    archive.ingest.remove([article.id])

    assert archive.keywords.frequencies(["commi"]) == {"commi": 0}
    assert found(archive, "committed") == []
