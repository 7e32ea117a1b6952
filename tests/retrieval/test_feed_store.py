"""Feeds and remembered entries in a real corpus database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from retrieval.feed_entries import SeenEntry
from retrieval.feed_store import FeedStore
from retrieval.feeds.conditional import Validators
from retrieval.feeds.feed import Feed
from retrieval.feeds.health import HealthState
from retrieval.feeds.rhythm import FeedClock
from retrieval.models import Article
from tests.archive import NOW, Archive, an_archive
from tests.builders import articles

A, B = "https://a.example.com/feed", "https://b.example.com/feed"
DAY = timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with an_archive(tmp_path) as opened:
        yield opened


@pytest.fixture
def feeds(archive: Archive) -> FeedStore:
    return FeedStore(archive.store.engine)


def add(feeds: FeedStore, url: str = A, title: str = "A") -> Feed:
    return feeds.add(url, title, None, NOW)


def entry(key: str, article: Article | None = None) -> SeenEntry:
    article_id = article.id if article else None
    return SeenEntry(key, f"https://a.example.com/{key}", ("1", "2"), article_id, NOW - DAY)


def kept(feeds: FeedStore, archive: Archive, feed: Feed, *found: Article) -> None:
    """The feed has brought these articles, and they are in the archive."""
    archive.ingest.add(found, by_feed=True)
    feeds.remember(feed, [entry(article.id, article) for article in found], NOW)


class TestAdding:
    def test_a_new_feed_is_due_at_once(self, feeds: FeedStore) -> None:
        feed = add(feeds)
        assert feeds.due(NOW) == [feed] == feeds.all()
        assert feeds.due(NOW - timedelta(seconds=1)) == []

    def test_twice_is_once(self, feeds: FeedStore) -> None:
        assert add(feeds) == feeds.add(A, "Another title", None, NOW + DAY)
        assert len(feeds.all()) == 1

    def test_at_the_address_it_has_moved_from_is_the_same_feed(self, feeds: FeedStore) -> None:
        moved = replace(add(feeds), url=B)
        feeds.save(moved)
        assert add(feeds, A) == moved == add(feeds, B)

    def test_a_feed_whose_address_is_the_title_of_another_is_its_own(
        self, feeds: FeedStore
    ) -> None:
        add(feeds, A, title=B)
        assert add(feeds, B, title="B").url == B
        assert len(feeds.all()) == 2


class TestFinding:
    def test_by_address_id_and_title_in_any_case(self, feeds: FeedStore) -> None:
        feed = add(feeds, title="Folha de São Paulo")
        for name in (A, feed.id, "Folha de São Paulo", "FOLHA DE SÃO PAULO"):
            assert feeds.find(name) == feed
        assert feeds.find("nothing") is None

    def test_an_address_wins_over_a_title(self, feeds: FeedStore) -> None:
        add(feeds, A, title=B)
        assert feeds.find(B) is not None
        second = add(feeds, B)
        assert feeds.find(B) == second


class TestWriting:
    def test_everything_a_feed_is_comes_back(self, feeds: FeedStore) -> None:
        feed = replace(
            add(feeds), title="T", site_url="https://a.example.com", keep_days=7, paused=True,
            clock=FeedClock(timedelta(minutes=25), 3, True), next_check_at=None,
            validators=Validators('"e"', "Mon, 01 Jan 2024 00:00:00 GMT"), first_look_done=True,
            last_checked_at=NOW, last_success_at=NOW - DAY, last_new_at=NOW - 2 * DAY,
            failing_since=NOW, last_error="broken", notified=HealthState.FAILING,
        )  # fmt: skip
        feeds.save(feed)
        assert feeds.all() == [feed]

    def test_a_check_does_not_undo_what_a_person_has_set_meanwhile(self, feeds: FeedStore) -> None:
        before = add(feeds)
        feeds.save(replace(before, title="New", keep_days=3, paused=True))
        after = feeds.record(replace(before, first_look_done=True, last_error="broken"))
        assert after == replace(
            before, title="New", keep_days=3, paused=True, first_look_done=True, last_error="broken"
        )
        assert feeds.all() == [after]

    def test_a_check_of_a_feed_removed_meanwhile_leaves_nothing(self, feeds: FeedStore) -> None:
        feed = add(feeds)
        feeds.remove(feed)
        assert feeds.record(feed) is None
        assert feeds.all() == []

    def test_a_feed_that_moves_to_the_address_of_another_keeps_its_own(
        self, feeds: FeedStore
    ) -> None:
        first, _ = add(feeds, A), add(feeds, B)
        after = feeds.record(replace(first, url=B))
        assert after is not None
        assert after.url == A

    def test_paused_and_gone_feeds_are_not_due(self, feeds: FeedStore) -> None:
        feed = add(feeds)
        feeds.save(replace(feed, paused=True))
        assert feeds.due(NOW) == []
        feeds.save(replace(feed, clock=FeedClock(paused=True)))
        assert feeds.due(NOW) == []

    def test_the_longest_overdue_comes_first(self, feeds: FeedStore) -> None:
        first, second = add(feeds, A), add(feeds, B)
        feeds.save(replace(first, next_check_at=NOW - DAY))
        feeds.save(replace(second, next_check_at=NOW - 2 * DAY))
        assert [feed.id for feed in feeds.due(NOW)] == [second.id, first.id]


class TestTelling:
    def test_what_admins_know_is_noted_and_nothing_else_is_touched(self, feeds: FeedStore) -> None:
        feed = add(feeds)
        feeds.save(replace(feed, title="Renamed meanwhile"))
        feeds.note_told({feed.id: HealthState.FAILING, "no such feed": HealthState.WELL})
        (after,) = feeds.all()
        assert after == replace(feed, title="Renamed meanwhile", notified=HealthState.FAILING)

    def test_failing_feeds_are_asked_again_unless_they_are_gone(self, feeds: FeedStore) -> None:
        failing, gone, well = (
            add(feeds),
            add(feeds, B),
            feeds.add("https://c.example", "C", None, NOW),
        )
        later = NOW + DAY
        feeds.save(replace(failing, failing_since=NOW, next_check_at=later))
        feeds.save(replace(gone, failing_since=NOW, clock=FeedClock(paused=True)))
        feeds.save(replace(well, next_check_at=later))
        feeds.ask_failing_again(NOW)
        assert [feed.id for feed in feeds.due(NOW)] == [failing.id]


class TestRemembering:
    def test_an_entry_comes_back_and_is_written_over(self, feeds: FeedStore) -> None:
        feed = add(feeds)
        feeds.remember(feed, [entry("one")], NOW - DAY)
        feeds.remember(feed, [replace(entry("one"), fingerprints=("3",))], NOW)
        (known,) = feeds.known_entries(feed, ["one"]).values()
        assert (known.key, known.fingerprints, known.seen_at) == ("one", ("3",), NOW)
        assert feeds.known_entries(add(feeds, B), ["one"]) == {}

    def test_an_entry_is_found_by_any_spelling_of_its_address(self, feeds: FeedStore) -> None:
        feed = add(feeds)
        feeds.remember(feed, [entry("one"), entry("two")], NOW)
        for url in ("https://a.example.com/one", "http://www.a.example.com/one/?utm_source=x#top"):
            assert list(feeds.known_entries(feed, [], [url, None])) == ["one"]
        assert feeds.known_entries(feed, ["three"], ["https://a.example.com/3"]) == {}

    def test_of_thousands_of_entries_only_those_asked_for_are_loaded(
        self, feeds: FeedStore
    ) -> None:
        feed = add(feeds)
        feeds.remember(feed, [entry(f"n{number}") for number in range(3_000)], NOW)
        keys = [f"n{number}" for number in range(1_200)]
        assert sorted(feeds.known_entries(feed, keys)) == sorted(keys)

    def test_old_entries_without_an_article_are_forgotten_unless_the_feed_shows_them(
        self, feeds: FeedStore, archive: Archive
    ) -> None:
        (article,) = articles(1)
        feed, other = add(feeds), add(feeds, B)
        kept(feeds, archive, feed, article)
        undated = replace(entry("undated"), published_at=None)
        feeds.remember(feed, [entry("gone"), entry("shown"), undated], NOW)
        feeds.remember(other, [entry("gone")], NOW)
        later = NOW + 400 * DAY
        feeds.remember(feed, [replace(entry("fresh"), published_at=later)], later)

        assert feeds.forget(feed, {"shown"}, NOW + 100 * DAY) == 0
        assert feeds.forget(feed, {"shown"}, later) == 1

        left = archive.rows("SELECT feed_id, key FROM feed_entries")
        own = {key for feed_id, key in left if feed_id == feed.id}
        assert own == {article.id, "shown", "undated", "fresh"}
        assert (other.id, "gone") in left

    def test_the_outlets_of_articles_other_feeds_have_too(
        self, feeds: FeedStore, archive: Archive
    ) -> None:
        own, shared = articles(2)
        first, second = add(feeds, A, "First"), add(feeds, B, "Second")
        kept(feeds, archive, first, own, shared)
        kept(feeds, archive, second, shared)
        assert feeds.outlets(second, [own.id, shared.id]) == {
            own.id: (own.source, {"First"}),
            shared.id: (shared.source, {"First"}),
        }
        assert feeds.outlets(first, [own.id, shared.id]) == {shared.id: (shared.source, {"Second"})}

    def test_recent_dates_are_those_of_publication(self, feeds: FeedStore) -> None:
        feed = add(feeds)
        undated = replace(entry("two"), published_at=None)
        feeds.remember(feed, [entry("one"), undated], NOW)
        assert feeds.recent_dates(feed) == [NOW, NOW - DAY]

    def test_an_article_is_unclaimed_when_no_other_entry_stands_for_it(
        self, feeds: FeedStore, archive: Archive
    ) -> None:
        own, shared, new = articles(3)
        first, second = add(feeds, A), add(feeds, B)
        feeds.remember(first, [entry("own", own), entry("shared", shared)], NOW)
        feeds.remember(second, [entry("shared", shared)], NOW)
        rewritten = [entry("own", new), entry("shared", new)]
        assert feeds.unclaimed(first, [own.id, shared.id, None], rewritten) == [own.id]
        assert feeds.unclaimed(first, [own.id], [entry("shared", new)]) == []
        assert feeds.unclaimed(first, [own.id], [entry("own", new), entry("other", own)]) == []


class TestLettingGo:
    def test_a_feed_takes_only_its_own_articles_with_it(
        self, feeds: FeedStore, archive: Archive
    ) -> None:
        own, shared = articles(2)
        first, second = add(feeds, A), add(feeds, B)
        kept(feeds, archive, first, own, shared)
        kept(feeds, archive, second, shared)
        assert feeds.articles_only_of(first) == [own.id]
        assert feeds.remove(first) == [own.id]
        assert feeds.remove(second) == [shared.id]
        assert archive.rows("SELECT * FROM feed_entries") == []

    def test_articles_are_kept_for_so_many_days_from_when_they_came(
        self, feeds: FeedStore, archive: Archive
    ) -> None:
        (article,) = articles(1)
        feed = replace(add(feeds), keep_days=3)
        feeds.save(feed)
        kept(feeds, archive, feed, article)
        assert feeds.expired(feed, NOW + 3 * DAY) == []
        assert feeds.expired(feed, NOW + 3 * DAY + timedelta(seconds=1)) == [article.id]
        archive.ingest.remove([article.id])
        assert feeds.expired(feed, NOW + 4 * DAY) == []

    def test_an_article_of_two_feeds_is_kept_as_long_as_the_one_that_keeps_longer(
        self, feeds: FeedStore, archive: Archive
    ) -> None:
        (article,) = articles(1)
        short, long = add(feeds, A), add(feeds, B)
        for feed in (short, long):
            kept(feeds, archive, feed, article)
        short = replace(short, keep_days=3)
        feeds.save(short)
        assert feeds.expired(short, NOW + 100 * DAY) == []
        feeds.save(replace(long, keep_days=10))
        assert feeds.expired(short, NOW + 9 * DAY) == []
        assert feeds.expired(short, NOW + 11 * DAY) == [article.id]

    def test_without_a_limit_nothing_expires(self, feeds: FeedStore, archive: Archive) -> None:
        feed = add(feeds)
        kept(feeds, archive, feed, *articles(2))
        assert feeds.expired(feed, NOW + 10_000 * DAY) == []
