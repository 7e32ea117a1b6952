"""Keeping the coverage up to date, and what admins hear of it: real rounds on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import texts
from bot.coverage import Coverage, Notice
from retrieval.feeds.health import HealthNotice, HealthState, NoticeKind
from tests.archive import NOW, an_archive, assert_consistent
from tests.local_web import Desk, Outlet, Story, outlets, stories

DAY = timedelta(days=1)


class Kept:
    """A desk whose coverage is updated once a day."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def update(self) -> list[NoticeKind]:
        return [notice.health.kind for notice in self.notices()]

    def notices(self) -> list[Notice]:
        with ExitStack() as stack:
            coverage = Coverage(self.desk.feeds, self.desk.archive.ingest, self.desk.rounds(stack))
            _, notices = coverage.update(self.desk.now)
        self.desk.now += DAY
        return list(notices)


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
