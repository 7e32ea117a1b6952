"""What becomes of a text's other addresses when one of them changes or goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from retrieval.feed_entries import SeenEntry
from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed
from retrieval.models import Article
from tests.archive import NOW, Archive, an_archive, assert_consistent, contents
from tests.builders import PUBLISHED
from tests.fakes import FakeEmbedder
from tests.standing import groups, passages, stands
from tests.stories import (
    CORRECTED,
    FOLHA,
    LUSA,
    PUBLICO,
    a_story,
    reworded,
    shortened,
    wire_text,
    with_other_figures,
)

# Changing


def test_a_changed_appearance_is_taken_anew(archive: Archive) -> None:
    archive.ingest.add([LUSA, FOLHA])

    report = archive.ingest.add([CORRECTED])

    assert (report.changed, report.copies) == (1, 0)
    assert stands(archive) == {"Lusa": {"Lusa"}, "Folha": {"Folha"}}
    assert groups(archive) == {"Lusa": LUSA.id, "Folha": LUSA.id}
    assert [one.text for one in archive.store.history(FOLHA.id)] == [FOLHA.text]
    assert_consistent(archive)


def test_an_appearance_that_is_still_one_stays_one_as_it_now_reads(archive: Archive) -> None:
    archive.ingest.add([LUSA, FOLHA])
    renamed = replace(FOLHA, title="A better headline")

    assert archive.ingest.add([renamed]).changed == 1

    assert stands(archive) == {"Lusa": {"Lusa", "Folha"}}
    assert [one.title for one in passages(archive)["Lusa"].also_in] == ["A better headline"]


def test_a_correction_of_words_keeps_the_appearances(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add([LUSA, FOLHA])

    archive.ingest.add([reworded(LUSA)])

    assert stands(archive) == {"Lusa": {"Lusa", "Folha"}}


def test_where_figures_are_corrected_the_others_still_say_the_old_ones(archive: Archive) -> None:
    archive.ingest.add([LUSA, FOLHA, PUBLICO])

    archive.ingest.add([replace(LUSA, text=with_other_figures(LUSA.text))])

    found = assert_consistent(archive)
    assert stands(archive) == {"Lusa": {"Lusa"}, "Folha": {"Folha", "Publico"}}
    assert {row[4]: row[3] for row in found.articles}["Folha"] == FOLHA.text
    assert groups(archive) == {"Lusa": LUSA.id, "Folha": LUSA.id}
    assert archive.ingest.add([FOLHA, PUBLICO]).unchanged == 2


def test_where_it_becomes_another_text_the_others_are_no_longer_of_its_group(
    archive: Archive,
) -> None:
    archive.ingest.add([LUSA, FOLHA, PUBLICO])

    archive.ingest.add([replace(LUSA, text=wire_text(9))])

    assert stands(archive) == {"Lusa": {"Lusa"}, "Folha": {"Folha", "Publico"}}
    assert groups(archive) == {"Lusa": None, "Folha": None}


def test_an_article_that_becomes_another_text_leaves_its_group(archive: Archive) -> None:
    archive.ingest.add([LUSA, CORRECTED, a_story(9, "Publico")])

    archive.ingest.add([replace(LUSA, text=with_other_figures(wire_text(9)))])

    assert groups(archive) == {
        "Lusa": a_story(9, "Publico").id,
        "Publico": a_story(9, "Publico").id,
        "Folha": None,
    }


def test_a_group_is_renamed_when_the_one_it_is_named_after_leaves(archive: Archive) -> None:
    third = a_story(1, "Publico", with_other_figures(CORRECTED.text))
    archive.ingest.add([LUSA, CORRECTED, third])

    archive.ingest.add([replace(LUSA, text=wire_text(9))])
    archive.ingest.add([a_story(9, "Expresso", with_other_figures(wire_text(9)))])

    found = groups(archive)
    assert found["Lusa"] == found["Expresso"] == LUSA.id
    assert found["Folha"] == found["Publico"] in (CORRECTED.id, third.id)


def test_a_group_is_renamed_when_the_one_it_is_named_after_goes_and_comes_back(
    archive: Archive,
) -> None:
    third = a_story(1, "Publico", with_other_figures(CORRECTED.text))
    archive.ingest.add([LUSA, CORRECTED, third])

    archive.ingest.remove([LUSA.id])
    assert set(groups(archive).values()) <= {CORRECTED.id, third.id}
    archive.ingest.add([replace(LUSA, text=wire_text(9)), a_story(9, "Expresso")])

    assert groups(archive)["Lusa"] is None
    assert groups(archive)["Folha"] == groups(archive)["Publico"] is not None


# Leaving


def test_an_appearance_just_goes(archive: Archive) -> None:
    archive.ingest.add([LUSA])
    before = contents(archive)
    archive.ingest.add([FOLHA])

    archive.ingest.remove([FOLHA.id])

    assert contents(archive) == before
    assert archive.store.known([FOLHA.id]) == {}


def test_a_text_that_still_stands_elsewhere_stays_as_if_it_had_never_stood_here(
    archive: Archive, tmp_path: Path
) -> None:
    earlier = replace(PUBLICO, published_at=PUBLISHED - timedelta(hours=1))
    archive.ingest.add([LUSA, FOLHA, earlier])

    archive.ingest.remove([LUSA.id])

    assert stands(archive) == {"Publico": {"Publico", "Folha"}}
    with an_archive(tmp_path / "other") as other:
        other.ingest.add([earlier, FOLHA])
        assert assert_consistent(archive) == contents(other)


def test_an_appearance_with_the_same_title_and_date_needs_no_new_vectors(
    archive: Archive, embedder: FakeEmbedder
) -> None:
    archive.ingest.add([LUSA, replace(FOLHA, title=LUSA.title)])
    embedder.embedded.clear()

    archive.ingest.remove([LUSA.id])

    assert embedder.embedded == []
    assert_consistent(archive)


def test_those_that_say_more_than_the_one_that_takes_the_place_get_one_too(
    archive: Archive,
) -> None:
    cut = replace(FOLHA, text=shortened(shortened(FOLHA.text)), published_at=PUBLISHED)
    full = replace(PUBLICO, published_at=PUBLISHED + timedelta(hours=1))
    archive.ingest.add([LUSA, cut, full])

    archive.ingest.remove([LUSA.id])

    assert stands(archive) == {"Folha": {"Folha"}, "Publico": {"Publico"}}
    assert groups(archive) == {"Folha": FOLHA.id, "Publico": FOLHA.id}
    assert_consistent(archive)


def test_an_article_that_goes_with_some_of_its_appearances_leaves_the_rest(
    archive: Archive,
) -> None:
    archive.ingest.add([LUSA, FOLHA, PUBLICO])

    archive.ingest.remove([LUSA.id, FOLHA.id])

    assert stands(archive) == {"Publico": {"Publico"}}
    archive.ingest.remove([PUBLICO.id])
    assert archive.rows("SELECT count(*) FROM bands") == [(0,)]
    assert contents(archive).cached == contents(archive).vectors == []


def test_what_is_left_alone_of_a_group_is_in_none(archive: Archive) -> None:
    archive.ingest.add([LUSA, CORRECTED])

    archive.ingest.remove([LUSA.id])

    assert groups(archive) == {"Folha": None}


def test_everything_that_goes_together_leaves_nothing(archive: Archive) -> None:
    coverage = [LUSA, FOLHA, CORRECTED, PUBLICO, a_story(2)]
    archive.ingest.add([LUSA, FOLHA])
    archive.ingest.add(coverage)

    archive.ingest.remove([article.id for article in coverage])

    for table in ("articles", "appearances", "bands", "revisions", "chunks", "embeddings"):
        assert archive.rows(f"SELECT count(*) FROM {table}") == [(0,)], table


# Feeds


def brought(feeds: FeedStore, name: str, *found: Article) -> Feed:
    """A feed that keeps its articles for ten days and has brought these."""
    feed = feeds.add(f"https://{name}.example/feed", name, None, NOW)
    feeds.save(replace(feed, keep_days=10))
    entries = [
        SeenEntry(article.id, article.url, ("1",), article.id, PUBLISHED) for article in found
    ]
    feeds.remember(feed, entries, NOW)
    return replace(feed, keep_days=10)


def test_an_appearance_expires_as_an_article_does(archive: Archive) -> None:
    feeds = FeedStore(archive.store.engine)
    archive.ingest.add([LUSA, FOLHA], by_feed=True)
    lusa, folha = brought(feeds, "lusa", LUSA), brought(feeds, "folha", FOLHA)

    assert feeds.expired(folha, NOW + timedelta(days=9)) == []
    assert feeds.expired(folha, NOW + timedelta(days=11)) == [FOLHA.id]
    archive.ingest.remove(feeds.expired(lusa, NOW + timedelta(days=11)))
    assert stands(archive) == {"Folha": {"Folha"}}
    assert feeds.expired(folha, NOW + timedelta(days=9)) == []
    assert feeds.expired(folha, NOW + timedelta(days=11)) == [FOLHA.id]


def test_a_feeds_entry_is_remembered_while_it_stands_for_an_appearance(archive: Archive) -> None:
    feeds = FeedStore(archive.store.engine)
    archive.ingest.add([LUSA, FOLHA])
    feed = brought(feeds, "folha", FOLHA)
    much_later = NOW + timedelta(days=900)

    assert feeds.forget(feed, (), much_later) == 0
    archive.ingest.remove([FOLHA.id])
    assert feeds.forget(feed, (), much_later) == 1


def test_a_feed_that_is_removed_with_its_articles_leaves_those_of_others(
    archive: Archive,
) -> None:
    feeds = FeedStore(archive.store.engine)
    archive.ingest.add([LUSA, FOLHA], by_feed=True)
    lusa, folha = brought(feeds, "lusa", LUSA), brought(feeds, "folha", FOLHA)

    archive.ingest.remove(feeds.articles_only_of(lusa))

    assert stands(archive) == {"Folha": {"Folha"}}
    archive.ingest.remove(feeds.articles_only_of(folha))
    assert stands(archive) == {}
