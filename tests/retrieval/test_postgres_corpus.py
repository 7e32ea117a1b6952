"""The corpus on PostgreSQL is the corpus in a file: the same work leaves the same things found.

`pytest -p tests.on_postgres tests/retrieval` runs all other tests of the corpus there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from retrieval import postgres_keywords
from retrieval.browse import Catalogue
from retrieval.feed_entries import SeenEntry
from retrieval.feed_store import FeedStore
from retrieval.listing import Wanted
from retrieval.models import Query
from retrieval.story_store import StoryStore
from tests.archive import NOW, Archive, an_archive, assert_consistent
from tests.builders import a_long_text, an_article
from tests.postgres import fresh_database, needs_postgres
from tests.stories import CORRECTED, FOLHA, LUSA, PUBLICO, a_story, reworded

pytestmark = needs_postgres

DAY = timedelta(days=1)
GIGA = an_article(
    "A gigafábrica de baterias abriu em Sines.\n\n" + a_long_text(6),
    url="https://giga.example.com/1",
    title="Abriu a gigafábrica",
    source="El País",
    language="pt",
)
SPEECH = an_article(
    "The minister spoke of batteries; O'Neill of Łódź said snake_case words at 3-0.",
    url="https://speech.example.com/2",
    title="A speech in New York",
    source="Folha",
    published_at=GIGA.published_at and GIGA.published_at - 2 * DAY,
)


def worked_on(archive: Archive) -> None:
    """Articles come by feeds and by hand, are copied, corrected, hidden in others and go."""
    feeds = FeedStore(archive.store.engine)
    feed = feeds.add("https://giga.example.com/feed", "Giga", None, NOW)
    archive.ingest.add([LUSA, FOLHA, PUBLICO, GIGA], by_feed=True)
    feeds.remember(feed, [SeenEntry("1", GIGA.url, ("a",), GIGA.id, None)], NOW)
    feeds.remember(feed, [SeenEntry("1", GIGA.url, ("b", "c"), GIGA.id, NOW)], NOW)
    archive.ingest.add([CORRECTED, reworded(LUSA), SPEECH])
    archive.ingest.add([a_story(2, "Lusa"), a_story(2, "Folha")])
    archive.ingest.remove([PUBLICO.id])
    archive.ingest.add([replace(SPEECH, title="A speech in New York, and more")])
    archive.ingest.tell_stories()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Archive, Archive]]:
    with (
        fresh_database() as server,
        an_archive(tmp_path_factory.mktemp("file")) as in_file,
        an_archive(tmp_path_factory.mktemp("server"), server=server) as on_server,
    ):
        for archive in (in_file, on_server):
            worked_on(archive)
        yield in_file, on_server


LOOKS: dict[str, Callable[[Archive], object]] = {
    "articles": lambda archive: [archive.store.article(one) for one in (LUSA.id, GIGA.id)],
    "appearances": lambda archive: archive.rows("SELECT id, article_id FROM appearances"),
    "groups of copies": lambda archive: archive.rows("SELECT id, copy_group FROM articles"),
    "former versions": lambda archive: [
        archive.store.history(one) for one in (LUSA.id, FOLHA.id, SPEECH.id)
    ],
    "passages": lambda archive: archive.store.passages(sorted(archive.store.chunk_ids())),
    "runs of chunks": lambda archive: archive.store.texts([(GIGA.id, 0, 1)]),
    "coverage": lambda archive: archive.store.coverage([LUSA.id, GIGA.id]),
    "outlets": lambda archive: Catalogue(archive.store.engine).outlets(),
    "the latest": lambda archive: Catalogue(archive.store.engine).latest(
        Wanted(), NOW, skip=0, most=9
    ),
    "a topic": lambda archive: Catalogue(archive.store.engine).latest(
        Wanted("bateria"), NOW, skip=0, most=9
    ),
    "carriers": lambda archive: Catalogue(archive.store.engine).carriers(LUSA.id),
    "feeds": lambda archive: FeedStore(archive.store.engine).all(),
    "entries": lambda archive: archive.rows("SELECT * FROM feed_entries"),
    "what goes with a feed": lambda archive: FeedStore(archive.store.engine).articles_only_of(
        FeedStore(archive.store.engine).all()[0]
    ),
    "stories": lambda archive: [
        StoryStore(archive.store.engine).story(story)
        for (story,) in archive.rows("SELECT id FROM stories WHERE merged_into IS NULL")
    ],
    "stories of a time": lambda archive: StoryStore(archive.store.engine).heard_between(
        NOW - 900 * DAY, NOW + DAY
    ),
}


@pytest.mark.parametrize("look", list(LOOKS))
def test_what_is_there_is_the_same(both: tuple[Archive, Archive], look: str) -> None:
    in_file, on_server = both
    found = LOOKS[look](on_server)
    assert found
    assert found == LOOKS[look](in_file)


def test_store_and_indexes_hold_the_same_chunks(both: tuple[Archive, Archive]) -> None:
    assert_consistent(both[1])


@pytest.mark.parametrize(
    "asked",
    ["gigafabrica", "GIGAFÁBRICA baterias", "O’Neill", "Łódź", "snake_case", '"New York"', "3-0",
     "batteries' OR 1=1 --", "minister | (speech", "\x00batteries\ud800", "nothing of this"],
)  # fmt: skip
def test_the_same_words_find_the_same_chunks(both: tuple[Archive, Archive], asked: str) -> None:
    in_file, on_server = (
        {hit.chunk_id for hit in archive.keywords.search(asked, Query(asked), 50)}
        for archive in both
    )
    assert on_server == in_file


@pytest.mark.parametrize(
    "query",
    [
        Query("x", sources=("El País",)),
        Query("x", sources=("nobody",), also_articles=(SPEECH.id,)),
        Query("x", hidden_sources=("El País",)),
        Query("x", languages=("pt",)),
        Query("x", since=SPEECH.published_at, until=GIGA.published_at),
    ],
    ids=["outlet", "appearances", "hidden", "language", "time"],
)
def test_filters_let_the_same_chunks_pass(both: tuple[Archive, Archive], query: Query) -> None:
    asked = "gigafábrica minister batteries harbour"
    in_file, on_server = (
        {hit.chunk_id for hit in archive.keywords.search(asked, query, 50)} for archive in both
    )
    assert on_server == in_file
    assert on_server < {hit.chunk_id for hit in both[1].keywords.search(asked, Query("x"), 50)}


def test_the_rarer_word_the_title_and_the_shorter_text_count_more(
    both: tuple[Archive, Archive],
) -> None:
    best, *others = both[1].keywords.search("batteries speech minister", Query("x"), 50)
    assert both[1].store.passages([best.chunk_id])[best.chunk_id].article_id == SPEECH.id
    assert all(best.score > hit.score > 0 for hit in others)


def test_words_are_counted_by_their_beginning_and_figures_whole(
    both: tuple[Archive, Archive],
) -> None:
    counts = both[1].keywords.frequencies(["bater", "batte", "new", "nev", "a_b", ""])
    assert counts == {"bater": 1, "batte": 1, "new": 1, "nev": 0, "a_b": 0, "": 0}


def test_a_common_word_is_counted_on_from_the_first_chunks(
    both: tuple[Archive, Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    index, chunks = both[1].keywords, both[1].store.chunk_count()
    (exact,) = index.frequencies(["repor"]).values()
    monkeypatch.setattr(postgres_keywords, "MOST_COUNTED", 2)
    (about,) = index.frequencies(["repor"]).values()
    assert 2 <= about <= 2 * chunks
    assert exact > 2


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=80))
def test_any_text_can_be_asked(both: tuple[Archive, Archive], asked: str) -> None:
    archive = both[1]
    assert all(hit.score > 0 for hit in archive.keywords.search(asked, Query("x"), 5))
    Catalogue(archive.store.engine).latest(Wanted(asked), NOW, skip=0, most=1)


def test_a_reader_sees_one_moment_while_another_writes(both: tuple[Archive, Archive]) -> None:
    engine = both[1].store.engine
    count = text("SELECT count(*) FROM by_hand")
    with engine.connect() as reader:
        before = reader.execute(count).scalar_one()
        both[1].store.mark_by_hand(["new one"])
        assert reader.execute(count).scalar_one() == before
    with engine.connect() as reader:
        assert reader.execute(count).scalar_one() == before + 1


def test_the_archive_is_there_again_when_it_is_opened_again(tmp_path: Path) -> None:
    with fresh_database() as server:
        for _ in range(2):
            with an_archive(tmp_path, server=server) as archive:
                archive.ingest.add([SPEECH])
                assert archive.store.article_count() == 1
