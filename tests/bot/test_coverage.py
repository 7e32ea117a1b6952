"""Keeping the coverage up to date, and what admins hear of it: real rounds on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot import texts
from bot.coverage import LEAST_GAP, Coverage
from bot.notices import Bulletin, Notice, bulletin
from retrieval.feeds.feed import Feed
from retrieval.feeds.health import HealthNotice, HealthState, NoticeKind
from retrieval.feeds.rhythm import FeedClock
from tests.archive import NOW, an_archive, assert_consistent
from tests.local_web import Desk, Outlet, Story, outlets, stories

DAY = timedelta(days=1)


class Kept:
    """A desk whose coverage is updated once a day."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def update(self) -> list[NoticeKind]:
        return [notice.health.kind for notice in self.notices()]

    def notices(self) -> tuple[Notice, ...]:
        return self.told().notices

    def told(self, *, delivered: bool = True) -> Bulletin:
        with ExitStack() as stack:
            coverage = Coverage(self.desk.feeds, self.desk.archive.ingest, self.desk.rounds(stack))
            _, found = coverage.update(self.desk.now)
            if delivered:
                coverage.told(found)
        self.desk.now += DAY
        return found


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with an_archive(tmp_path / "archive") as archive:
        yield Kept(Desk(archive))
        assert_consistent(archive)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with outlets() as (only,):
        yield only


def breaks(outlet: Outlet, status: str = "500 Internal Server Error") -> None:
    outlet.web.page("/feed.xml", b"", status=status)


def mends(outlet: Outlet) -> None:
    outlet.web.behave("/feed.xml", outlet._answer_feed)


def test_an_update_takes_what_is_due_and_has_nothing_to_tell(kept: Kept, outlet: Outlet) -> None:
    outlet.publish(Story("one"))
    kept.desk.follow(outlet)
    assert kept.update() == []
    assert kept.desk.urls() == [outlet.url("one")]


def test_a_feed_that_fails_for_a_day_is_told_once_and_so_is_its_recovery(
    kept: Kept, outlet: Outlet
) -> None:
    kept.desk.follow(outlet)
    breaks(outlet)
    told = [kept.update() for _ in range(6)]
    assert told == [[], [NoticeKind.FAILING], [], [], [], []]

    mends(outlet)
    assert [kept.update() for _ in range(3)] == [[NoticeKind.RECOVERED], [], []]


def test_what_was_not_delivered_is_told_again(kept: Kept, outlet: Outlet) -> None:
    kept.desk.follow(outlet)
    breaks(outlet)
    kept.update()
    assert [bool(kept.told(delivered=False)) for _ in range(2)] == [True, True]
    assert [bool(kept.told()) for _ in range(3)] == [True, False, False]


def test_a_feed_renamed_while_admins_are_told_keeps_its_new_name(
    kept: Kept, outlet: Outlet
) -> None:
    (feed,) = kept.desk.follow(outlet)
    breaks(outlet)
    kept.update()
    found = kept.told(delivered=False)
    kept.desk.feeds.save(replace(kept.desk.feeds.all()[0], title="Renamed"))
    kept.desk.feeds.note_told(found.states)
    (after,) = kept.desk.feeds.all()
    assert (after.id, after.title, after.notified) == (feed.id, "Renamed", HealthState.FAILING)


def test_a_failure_of_some_hours_is_not_told(kept: Kept, outlet: Outlet) -> None:
    kept.desk.follow(outlet)
    breaks(outlet)
    assert kept.update() == []
    kept.desk.now -= timedelta(hours=12)
    mends(outlet)
    assert [kept.update() for _ in range(3)] == [[], [], []]


def test_a_feed_that_is_gone_is_told_once_although_it_is_asked_no_more(
    kept: Kept, outlet: Outlet
) -> None:
    kept.desk.follow(outlet)
    breaks(outlet, "410 Gone")
    assert kept.update() == []
    outlet.asked()
    (notice,) = kept.notices()
    assert notice.health.kind is NoticeKind.FAILING
    assert "410" in notice.text("en")
    assert [kept.update() for _ in range(3)] == [[], [], []]
    assert outlet.asked() == []


def test_unusual_silence_is_told_once_and_its_end_too(kept: Kept, outlet: Outlet) -> None:
    daily = [replace(one, published=NOW - number * DAY) for number, one in enumerate(stories(20))]
    outlet.publish(*daily)
    kept.desk.follow(outlet)
    assert [kept.update() for _ in range(5)] == [[], [], [], [NoticeKind.SILENT], []]

    outlet.publish(Story("fresh", published=kept.desk.now))
    assert [kept.update() for _ in range(2)] == [[NoticeKind.SPEAKS_AGAIN], []]


def test_feeds_that_fail_together_are_told_of_in_one_message_and_so_is_their_recovery(
    kept: Kept,
) -> None:
    with outlets(4) as found:
        kept.desk.follow(*found)
        for outlet in found[1:]:
            breaks(outlet)
        assert not kept.told()
        failing = kept.told()
        assert [one.health.kind for one in failing.notices] == [NoticeKind.FAILING] * 3
        text = failing.text("en")
        assert all(one.name in text for one in found[1:])
        for outlet in found[1:]:
            mends(outlet)
        assert kept.update() == [NoticeKind.RECOVERED] * 3


def test_when_no_feed_can_be_read_it_is_told_once_that_the_machine_may_be_offline(
    kept: Kept,
) -> None:
    with outlets(5) as found:
        kept.desk.follow(*found[:4])
        kept.update()
        for outlet in found[:4]:
            breaks(outlet)
        kept.update()
        late = kept.desk.feeds.all()[-1]
        kept.desk.feeds.save(replace(late, failing_since=kept.desk.now - timedelta(hours=1)))
        # The last one has not failed for a day yet, but has not been read either.
        first = kept.told()
        (line,) = first.text("en").split("\n\n")
        assert line.startswith("None of the 4 feeds could be read since 2025-06-03 08:00 UTC")
        assert [bool(kept.told()) for _ in range(3)] == [False] * 3

        for outlet in found[:4]:
            mends(outlet)
        back = kept.desk.feeds.all()[0]
        later = [
            replace(one, next_check_at=kept.desk.now + 5 * DAY) for one in kept.desk.feeds.all()
        ]
        for feed in later:
            if feed.id != back.id:
                kept.desk.feeds.save(feed)
        assert not kept.told(), "the others are asked first"
        kept.desk.now -= DAY - timedelta(minutes=1)
        assert kept.told().text("en") == "All 4 feeds can be read again."
        assert not kept.told()


def test_two_messages_are_an_hour_apart_and_nothing_is_lost_in_between(kept: Kept) -> None:
    with outlets(2) as found, ExitStack() as stack:
        first, second = kept.desk.follow(*found)
        feeds = kept.desk.feeds
        coverage = Coverage(feeds, kept.desk.archive.ingest, kept.desk.rounds(stack))
        for feed, wait in ((first, timedelta(0)), (second, timedelta(minutes=5))):
            feeds.save(
                replace(
                    feed, next_check_at=NOW + 9 * DAY, last_checked_at=NOW + DAY,
                    failing_since=NOW + wait, last_error="broken", added_at=NOW - DAY,
                )
            )  # fmt: skip

        def told(now: datetime) -> list[str]:
            for feed in feeds.all():
                feeds.save(replace(feed, last_checked_at=now, next_check_at=NOW + 6 * DAY))
            _, bulletin = coverage.update(now)
            coverage.told(bulletin)
            return [one.feed.title for one in bulletin.notices]

        assert told(NOW + DAY) == ["Outlet 1"]
        assert told(NOW + DAY + timedelta(minutes=6)) == []
        assert told(NOW + DAY + LEAST_GAP) == ["Outlet 2"]
        assert told(NOW + DAY + 3 * LEAST_GAP) == []


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_however_many_notices_fit_one_message(language: str) -> None:
    feeds = [
        Feed(str(at), "https://a.example/feed", f"Feed {at} " + "x" * 300, None, NOW,
             last_error="e" * 5_000)
        for at in range(300)
    ]  # fmt: skip
    failing = HealthNotice(NoticeKind.FAILING, HealthState.FAILING, NOW)
    text = bulletin([Notice(feed, failing) for feed in feeds], feeds).text(language)
    assert len(text) <= 4096
    assert "Feed 0 " in text
    shown = text.count("Feed ")
    assert str(300 - shown) in text.split("\n\n")[-1]


def test_a_feed_that_is_gone_is_told_of_beside_an_outage() -> None:
    feeds = [
        Feed(str(at), f"https://{at}.example/feed", f"Feed {at}", None, NOW, failing_since=NOW)
        for at in range(4)
    ]
    feeds[3] = replace(feeds[3], clock=FeedClock(paused=True), last_error="410")
    failing = HealthNotice(NoticeKind.FAILING, HealthState.FAILING, NOW)
    found = bulletin([Notice(feeds[0], failing), Notice(feeds[3], failing)], feeds)
    outage, gone = found.text("en").split("\n\n")
    assert outage.startswith("None of the 3 feeds")
    assert "Feed 3" in gone
    assert found.states == {feed.id: HealthState.FAILING for feed in feeds}


def test_a_paused_feed_is_not_judged(kept: Kept, outlet: Outlet) -> None:
    (feed,) = kept.desk.follow(outlet)
    kept.desk.feeds.save(replace(feed, paused=True, failing_since=NOW - 9 * DAY))
    assert kept.update() == []


def test_articles_go_after_the_days_their_feed_keeps_them(kept: Kept, outlet: Outlet) -> None:
    outlet.publish(*stories(3))
    (feed,) = kept.desk.follow(outlet)
    kept.update()
    kept.desk.feeds.save(replace(kept.desk.feeds.all()[0], keep_days=2))
    kept.update()
    assert len(kept.desk.urls()) == 3
    kept.desk.now = NOW + timedelta(days=2, seconds=1)
    kept.update()
    assert kept.desk.urls() == []
    assert kept.desk.archive.store.chunk_ids() == []

    kept.update()
    assert kept.desk.urls() == [], "what has gone is not taken again"
    assert kept.desk.feeds.find(feed.id) is not None


@pytest.mark.parametrize("language", texts.LANGUAGES)
@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_names_the_feed_the_trouble_and_what_to_do(
    kept: Kept, outlet: Outlet, kind: NoticeKind, language: str
) -> None:
    (feed,) = kept.desk.follow(outlet)
    feed = replace(feed, title="Folha", last_error="the server answered 404 (not found)")
    text = Notice(feed, HealthNotice(kind, HealthState.WELL, NOW)).text(language)
    assert "Folha" in text
    assert "{" not in text
    assert ("404" in text) is (kind is NoticeKind.FAILING)
    assert ("2025-06-01" in text) is (kind is NoticeKind.SILENT)
