"""Lists of the archive: the latest, the outlets, who else carried a text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from retrieval.browse import AHEAD, MOST_LISTED, Catalogue
from retrieval.listing import Wanted
from retrieval.models import Article
from tests.archive import NOW, Archive, an_archive
from tests.builders import a_long_text, an_article

DAY = timedelta(days=1)


def news(number: int, words: str = "", source: str = "Folha", **changes: object) -> Article:
    article = an_article(
        f"{words} {a_long_text(1, first=number)}",
        url=f"https://news.example.com/{number}",
        title=f"Story {number}",
        source=source,
        published_at=NOW - number * DAY,
    )
    return replace(article, **changes)  # type: ignore[arg-type]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as made:
        made.ingest.add(
            [
                news(1, "A gigafábrica de energia abriu."),
                news(2, "The minister spoke of energy.", source="El País", language="en"),
                news(3, "Energias renováveis e o ministro.", source="El País", language="pt"),
                news(4, source="G1"),
                news(5, published_at=None),
            ]
        )
        yield made


def titles(archive: Archive, wanted: Wanted = Wanted(), skip: int = 0, most: int = 9) -> list[str]:  # noqa: B008
    catalogue = Catalogue(archive.store.engine)
    return [row.title for row in catalogue.latest(wanted, NOW, skip=skip, most=most)]


class TestTheLatest:
    def test_comes_newest_first_and_without_what_has_no_date(self, archive: Archive) -> None:
        assert titles(archive) == ["Story 1", "Story 2", "Story 3", "Story 4"]

    def test_comes_in_pages(self, archive: Archive) -> None:
        assert titles(archive, most=2) == ["Story 1", "Story 2"]
        assert titles(archive, skip=2, most=2) == ["Story 3", "Story 4"]
        assert titles(archive, skip=-5, most=-1) == []

    def test_of_a_topic_holds_all_its_words_whatever_their_endings_and_accents(
        self, archive: Archive
    ) -> None:
        assert titles(archive, Wanted("energia")) == ["Story 1", "Story 2", "Story 3"]
        assert titles(archive, Wanted("gigafabrica ENERGIA")) == ["Story 1"]
        assert titles(archive, Wanted("energia volcano")) == []

    def test_of_an_outlet(self, archive: Archive) -> None:
        assert titles(archive, Wanted(sources=("El País",))) == ["Story 2", "Story 3"]

    def test_of_a_day(self, archive: Archive) -> None:
        day = Wanted(since=NOW - 3 * DAY, until=NOW - 2 * DAY)
        assert titles(archive, day) == ["Story 3"]

    def test_of_all_of_these_at_once(self, archive: Archive) -> None:
        assert titles(archive, Wanted("ministro", ("El País",), until=NOW - 2 * DAY)) == ["Story 3"]

    def test_leaves_out_the_outlets_that_are_hidden(self, archive: Archive) -> None:
        assert titles(archive, Wanted(hidden=("El País", "G1"))) == ["Story 1"]

    def test_counts_an_article_as_of_each_outlet_that_carries_it(self, archive: Archive) -> None:
        again = news(1, "A gigafábrica de energia abriu.", source="Correio")
        archive.ingest.add([replace(again, url="https://correio.example.com/1")])
        assert titles(archive, Wanted(sources=("Correio",))) == ["Story 1"]
        (carrier,) = Catalogue(archive.store.engine).carriers(news(1).id)
        assert (carrier.source, carrier.url) == ("Correio", "https://correio.example.com/1")
        catalogue = Catalogue(archive.store.engine)
        appearance = replace(again, url="https://correio.example.com/1").id
        assert catalogue.standing_for(appearance) == news(1).id
        assert catalogue.article(appearance) is None

    def test_is_not_headed_for_good_by_a_date_far_in_the_future(self, archive: Archive) -> None:
        archive.ingest.add([news(6, published_at=NOW + AHEAD + timedelta(hours=1))])
        assert titles(archive)[0] == "Story 1"

    def test_is_bounded(self, archive: Archive) -> None:
        assert len(titles(archive, most=10**9)) <= MOST_LISTED

    @given(topic=st.text(max_size=60))
    def test_takes_any_words_for_a_topic(self, topic: str) -> None:
        with _HELD[0].store.engine.connect():
            titles(_HELD[0], Wanted(topic))

    @pytest.mark.parametrize("topic", ['"', "NEAR(a b)", "a* OR", "title: x", "-zzz", "()", "…"])
    def test_knows_no_syntax_in_a_topic(self, archive: Archive, topic: str) -> None:
        assert titles(archive, Wanted(topic)) == []


_HELD: list[Archive] = []


@pytest.fixture(scope="module", autouse=True)
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One archive for all the examples of a property."""
    with an_archive(tmp_path_factory.mktemp("held")) as made:
        made.ingest.add([news(1)])
        _HELD.append(made)
        yield
        _HELD.clear()


class TestTheOutlets:
    def test_are_counted_with_their_languages_and_how_new_they_are(self, archive: Archive) -> None:
        rows = {row.source: row for row in Catalogue(archive.store.engine).outlets()}
        assert rows["El País"].articles == 2
        assert rows["El País"].languages == ("en", "pt")
        assert rows["El País"].newest_at == NOW - 2 * DAY
        assert list(rows) == ["El País", "Folha", "G1"]

    def test_of_an_empty_archive_are_none(self, tmp_path: Path) -> None:
        with an_archive(tmp_path / "empty") as made:
            assert Catalogue(made.store.engine).outlets() == []
            assert titles(made) == []


class TestTheWork:
    """What keeps a large archive quick: no list reads a text, none reads the table over."""

    @pytest.mark.parametrize(
        ("statement", "index"),
        [
            (
                "SELECT source, count(*), max(published_at), group_concat(DISTINCT language) "
                "FROM articles GROUP BY source",
                "COVERING INDEX ix_articles_outlets",
            ),
            (
                "SELECT source, count(*), max(published_at), group_concat(DISTINCT language) "
                "FROM appearances GROUP BY source",
                "COVERING INDEX ix_appearances_outlets",
            ),
            (
                "SELECT id FROM articles WHERE published_at <= 9 ORDER BY published_at DESC",
                "INDEX ix_articles_published_at",
            ),
        ],
    )
    def test_is_done_by_indexes(self, archive: Archive, statement: str, index: str) -> None:
        with archive.store.engine.connect() as connection:
            plan = str(connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")).all())
        assert index in plan


def test_moments_come_back_aware(archive: Archive) -> None:
    (row,) = Catalogue(archive.store.engine).latest(Wanted(), NOW, skip=0, most=1)
    assert row.published_at == datetime(2025, 5, 31, 9, tzinfo=UTC)
