"""Rounds over feeds on real sockets into a real archive: what is taken, and what is not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from retrieval import harvest
from retrieval.feeds.decide import decide_entries
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.rhythm import CheckOutcome
from retrieval.identity import article_id
from retrieval.models import Article, Query
from tests.archive import NOW, an_archive, assert_consistent
from tests.local_web import FIRST_STORY, Desk, Outlet, Story, a_text, outlets, stories
from tests.retrieval.small_web import header

LONG = f"<p>{a_text('told in the feed')}</p>"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_archive(tmp_path / "archive") as archive:
        yield Desk(archive)
        assert_consistent(archive)


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with outlets() as (only,):
        yield only


@pytest.fixture
def other() -> Iterator[Outlet]:
    with outlets(2) as (_, second):
        yield second


# What is new


def test_a_new_feeds_articles_are_searchable_after_one_round(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("dam", text="The dam of Lindoia gets new gates. " * 5), *stories(3))
    desk.follow(outlet)

    (report,) = desk.round()

    assert (report.outcome, report.new, report.failures) == (CheckOutcome.NEW, 4, ())
    assert desk.found("the dam of Lindoia")[0] == outlet.url("dam")
    (article,) = [
        row
        for row in desk.archive.rows("SELECT url, title, source, published_at FROM articles")
        if row[0] == outlet.url("dam")
    ]
    assert article[1:] == ("The story called dam", outlet.name, int(FIRST_STORY.timestamp()))


def test_the_second_round_asks_with_validators_fetches_no_page_and_embeds_nothing(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(*stories(3))
    desk.follow(outlet)
    desk.round()
    outlet.asked()
    desk.embedded()

    (report,) = desk.round()

    assert header(outlet.web.requests[0], "If-None-Match")
    assert outlet.asked() == ["/feed.xml"]
    assert desk.embedded() == 0
    assert (report.outcome, report.new, report.changed) == (CheckOutcome.UNCHANGED, 0, 0)


def test_a_new_entry_is_taken_alone(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(*stories(3))
    desk.follow(outlet)
    desk.round()
    outlet.asked()
    outlet.publish(Story("fresh", published=NOW))

    (report,) = desk.round()

    assert outlet.asked() == ["/feed.xml", "/fresh"]
    assert (report.new, report.changed) == (1, 0)


def test_a_corrected_page_replaces_its_chunks(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("dam", text="The dam was to cost forty million crowns. " * 40))
    desk.follow(outlet)
    desk.round()
    correction = "The dam was to cost ninety million crowns, the ministry says. " * 5
    outlet.publish(Story("dam", text=correction, updated=NOW))

    (report,) = desk.round()

    assert (report.new, report.changed) == (0, 1)
    assert "ninety" in desk.texts()[outlet.url("dam")]
    assert desk.archive.keywords.search("forty", Query("forty"), 5) == []


def test_an_entry_with_another_guid_every_time_stays_one_article(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("dam", guid="urn:1"))
    desk.follow(outlet)
    desk.round()
    outlet.asked()
    for number in (2, 3, 4):
        outlet.publish(Story("dam", guid=f"urn:{number}"))
        (report,) = desk.round()
        assert (report.new, report.changed) == (0, 0)
        assert outlet.asked() == ["/feed.xml"]
    assert desk.urls() == [outlet.url("dam")]
    assert len(desk.remembered()) == 1


def test_entries_that_share_a_guid_are_articles_of_their_own(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(*(replace(one, guid="urn:same") for one in stories(3)))
    desk.follow(outlet)
    (report,) = desk.round()
    assert report.new == 3
    outlet.publish(Story("fourth", guid="urn:same", published=NOW))
    (report,) = desk.round()
    assert (report.new, report.changed) == (1, 0)


def test_entries_without_dates_are_taken_once(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(*(replace(one, published=None) for one in stories(3)))
    desk.follow(outlet)
    assert [report.new for report in desk.round()] == [3]
    outlet.publish(Story("fourth", published=None))
    assert [(report.new, report.changed) for report in desk.round()] == [(1, 0)]


def test_an_entry_without_a_link_is_not_taken_and_it_is_said_why(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("one"), Story("nowhere", link="mailto:desk@example.com"))
    desk.follow(outlet)
    (report,) = desk.round()
    assert report.new == 1
    assert report.failures == ("urn:nowhere: the entry has no link",)


def test_the_first_look_takes_the_newest_hundred_of_ten_thousand(
    desk: Desk, outlet: Outlet
) -> None:
    many = [
        Story(f"n{number}", published=NOW - timedelta(minutes=number), content="<p>x</p>")
        for number in range(10_000)
    ]
    outlet.stories = many
    for story in many[:100]:
        outlet.page(story.name, b"<html><body><p>" + story.body.encode() + b"</p></body></html>")
    desk.follow(outlet)

    (report,) = desk.round()
    assert (report.new, report.failures) == (100, ())
    assert set(desk.urls()) == {outlet.url(f"n{number}") for number in range(100)}
    assert len(desk.remembered()) == 1000

    outlet.asked()
    outlet.stories = [Story("fresh", published=NOW), *many]
    outlet.page("fresh", b"<html><body><p>" + a_text("fresh").encode() + b"</p></body></html>")
    (report,) = desk.round()
    assert report.new == 1
    assert outlet.asked() == ["/feed.xml", "/fresh"]


def test_a_feed_that_alternates_between_two_versions_settles(desk: Desk, outlet: Outlet) -> None:
    feeds = desk.follow(outlet)
    changes = []
    for number in range(12):
        version = f"version {number % 2}"
        outlet.publish(Story("dam", title=version, text=a_text(version)))
        moment = desk.now
        (report,) = desk.round(only=[desk.feeds.find(feeds[0].id) or feeds[0]])
        desk.now = moment + timedelta(minutes=10)
        changes.append(report.new + report.changed)
    assert changes[:3] == [1, 1, 1]
    assert sum(changes[3:]) <= 1
    assert len(desk.urls()) == 1


# Pages that cannot be read


def test_an_entry_whose_page_fails_is_tried_again_while_the_rest_is_taken(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(*stories(3))
    outlet.page("story1", b"", status="500 Internal Server Error")
    desk.follow(outlet)

    (report,) = desk.round()
    assert report.new == 2
    (failure,) = report.failures
    assert failure.startswith(outlet.url("story1"))
    assert "500" in failure

    outlet.asked()
    outlet.publish(Story("story1"))
    outlet.stories = [one for one in stories(3)]  # noqa: C416 - the feed as it was
    (report,) = desk.round()
    assert (report.new, report.changed, report.failures) == (1, 0, ())
    assert outlet.asked() == ["/feed.xml", "/story1"]

    (report,) = desk.round()
    assert outlet.asked() == ["/feed.xml"]
    assert report.outcome is CheckOutcome.UNCHANGED


def test_what_is_left_for_the_next_round_is_taken_although_the_feed_did_not_change(
    desk: Desk, outlet: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.follow(outlet)
    desk.round()
    outlet.publish(*stories(5))
    monkeypatch.setattr(harvest, "decide_entries", partial(decide_entries, most_a_round=2))
    assert [desk.round()[0].new for _ in range(4)] == [2, 2, 1, 0]
    outlet.asked()
    desk.round()
    assert header(outlet.web.requests[0], "If-None-Match")


def test_behind_a_wall_the_feeds_own_content_is_taken(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("dam", content=LONG))
    outlet.page("dam", b"", status="403 Forbidden")
    desk.follow(outlet)
    (report,) = desk.round()
    assert (report.new, report.failures) == (1, ())
    assert a_text("told in the feed").split("\n")[0] in desk.texts()[outlet.url("dam")]


def test_a_page_that_fails_for_now_is_read_later_in_place_of_the_feeds_summary(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("dam", content="<p>The dam of Lindoia, in short, will be repaired.</p>"))
    outlet.page("dam", b"", status="503 Service Unavailable")
    desk.follow(outlet)
    assert [report.new for report in desk.round()] == [1]
    assert "in short" in desk.texts()[outlet.url("dam")]

    outlet.publish(outlet.stories[0])
    assert [(one.new, one.changed) for one in desk.round()] == [(0, 1)]
    assert desk.texts()[outlet.url("dam")].split("\n") == a_text("dam").split("\n\n")
    outlet.asked()
    desk.round()
    assert outlet.asked() == ["/feed.xml"]


def test_a_page_that_shows_less_than_the_feed_tells_gives_way(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("dam", text="Subscribe to read on about the dam.", content=LONG))
    desk.follow(outlet)
    desk.round()
    assert a_text("told in the feed").split("\n")[0] in desk.texts()[outlet.url("dam")]


def test_a_page_robots_txt_refuses_is_not_asked_for_and_the_feeds_content_taken(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.web.page("/robots.txt", b"User-agent: *\nDisallow: /dam\nDisallow: /mute")
    outlet.publish(Story("dam", content=LONG), Story("mute"), Story("open"))
    desk.follow(outlet)
    (report,) = desk.round()
    assert report.new == 2
    (failure,) = report.failures
    assert failure.startswith(outlet.url("mute"))
    assert "robots.txt" in failure
    assert outlet.asked() == ["/feed.xml", "/open"]
    (report,) = desk.round()
    assert outlet.asked() == ["/feed.xml"]
    assert report.failures == ()


def test_a_page_that_moves_keeps_one_article(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("dam", content="<p>The dam of Lindoia, in short, will be repaired.</p>"))
    outlet.page("dam", b"", status="503 Service Unavailable")
    desk.follow(outlet)
    desk.round()
    outlet.publish(Story("dam-of-lindoia"))
    outlet.stories = outlet.stories[1:]
    outlet.web.redirect("/dam", outlet.url("dam-of-lindoia"))
    desk.round()
    assert desk.urls() == [outlet.url("dam-of-lindoia")]


# Feeds that move, end, or ask for patience


def test_a_feed_that_has_moved_for_good_is_asked_at_its_new_address(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("one"))
    outlet.web.redirect("/old", outlet.feed_url, "301 Moved Permanently")
    (feed,) = desk.follow(outlet)
    desk.feeds.save(replace(feed, url=outlet.web.url("/old")))
    (report,) = desk.round()
    assert report.feed.url == outlet.feed_url
    outlet.asked()
    (report,) = desk.round()
    assert outlet.asked() == ["/feed.xml"]
    assert (report.outcome, report.feed.id) == (CheckOutcome.UNCHANGED, feed.id)


def test_a_feed_that_has_moved_for_now_keeps_its_address(desk: Desk, outlet: Outlet) -> None:
    outlet.web.redirect("/old", outlet.feed_url, "302 Found")
    (feed,) = desk.follow(outlet)
    desk.feeds.save(replace(feed, url=outlet.web.url("/old")))
    (report,) = desk.round()
    assert report.outcome is not CheckOutcome.FAILED
    assert report.feed.url == outlet.web.url("/old")


def test_a_feed_that_moves_to_the_address_of_another_keeps_its_own(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("one"))
    old = outlet.web.redirect("/old", outlet.feed_url, "301 Moved Permanently")
    desk.follow(outlet)
    moved = desk.feeds.add(old, "The same", None, NOW)
    reports = desk.round()
    assert sorted(report.feed.url for report in reports) == sorted([outlet.feed_url, old])
    assert sorted(feed.url for feed in desk.feeds.all()) == sorted([outlet.feed_url, old])
    assert desk.urls() == [outlet.url("one")]
    assert desk.feeds.find(moved.id) is not None


def test_a_feed_that_is_gone_is_asked_no_more(desk: Desk, outlet: Outlet) -> None:
    outlet.web.page("/feed.xml", b"", status="410 Gone")
    desk.follow(outlet)
    (report,) = desk.round()
    assert report.outcome is CheckOutcome.GONE
    assert "410" in report.feed.last_error
    assert report.feed.clock.paused
    assert desk.round() == []


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_feed_that_asks_for_patience_gets_it(desk: Desk, outlet: Outlet, status: str) -> None:
    outlet.web.page("/feed.xml", b"", "Retry-After: 172800", status=status)
    desk.follow(outlet)
    (report,) = desk.round()
    assert report.outcome is CheckOutcome.FAILED
    assert report.feed.next_check_at == NOW + timedelta(days=2)
    assert desk.round() == []


def test_a_feed_that_fails_is_asked_less_and_less_and_well_again_once_it_answers(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.web.page("/feed.xml", b"", status="500 Internal Server Error")
    desk.follow(outlet)
    waits = []
    for _ in range(4):
        moment = desk.now
        (report,) = desk.round()
        assert report.feed.next_check_at
        waits.append(report.feed.next_check_at - moment)
    assert waits == sorted(set(waits))
    assert report.feed.failing_since == NOW
    assert "500" in report.feed.last_error

    outlet.web.behave("/feed.xml", outlet._answer_feed)
    outlet.publish(Story("one"))
    (report,) = desk.round()
    assert (report.feed.failing_since, report.feed.last_error, report.new) == (None, "", 1)


def test_a_feed_that_says_304_for_ever_is_well_and_takes_nothing(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("one"))
    desk.follow(outlet)
    desk.round()
    outlet.web.page("/feed.xml", b"", status="304 Not Modified")
    outlet.publish(Story("two"))
    for _ in range(3):
        (report,) = desk.round()
        assert (report.outcome, report.new) == (CheckOutcome.UNCHANGED, 0)


def test_a_missed_day_is_caught_up_with_one_check(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("one"))
    desk.follow(outlet)
    desk.round()
    outlet.asked()
    desk.now += timedelta(days=30)
    assert len(desk.round()) == 1
    desk.now -= timedelta(days=1)
    assert desk.round() == []
    assert outlet.asked() == ["/feed.xml"]


# Several feeds


def test_two_feeds_with_the_same_article_hold_it_once_and_removing_one_keeps_it(
    desk: Desk, outlet: Outlet, other: Outlet
) -> None:
    outlet.publish(Story("shared"), Story("own"))
    other.publish(Story("shared", link=outlet.url("shared")), Story("theirs"))
    first, second = desk.follow(outlet, other)
    desk.round()
    shared, own, theirs = outlet.url("shared"), outlet.url("own"), other.url("theirs")
    assert sorted(desk.urls()) == sorted([shared, own, theirs])

    desk.archive.ingest.remove(desk.feeds.remove(first))
    assert sorted(desk.urls()) == sorted([shared, theirs])
    assert desk.archive.store.known([article_id(own)]) == {}

    desk.archive.ingest.remove(desk.feeds.remove(second))
    assert desk.urls() == []
    assert desk.archive.store.chunk_ids() == []


def test_a_mistake_of_ours_over_one_feed_stops_no_other(
    desk: Desk, outlet: Outlet, other: Outlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(content: bytes, url: str, content_type: str, *, now: datetime) -> object:
        if url == outlet.feed_url:
            raise ZeroDivisionError
        return parse_feed(content, url, content_type, now=now)

    monkeypatch.setattr(harvest, "parse_feed", parse)
    other.publish(Story("one"))
    desk.follow(outlet, other)
    by_url = {report.feed.url: report for report in desk.round()}
    assert by_url[outlet.feed_url].outcome is CheckOutcome.FAILED
    assert "ZeroDivisionError" in by_url[outlet.feed_url].feed.last_error
    assert by_url[other.feed_url].new == 1


def test_an_embedder_that_breaks_over_one_feed_stops_no_other_and_that_feed_is_put_off(
    desk: Desk, outlet: Outlet, other: Outlet
) -> None:
    left = [0]

    def before_text(text: str) -> None:
        if "cursed" in text:
            left[0] = 3  # this one, and what is tried right after it
        if left[0]:
            left[0] -= 1
            raise RuntimeError("out of memory")

    desk.archive.embedder._before_text = before_text  # type: ignore[attr-defined]
    outlet.publish(*stories(2), Story("bad", text="The cursed text of the dam. " * 20))
    other.publish(Story("good"))
    bad, _ = desk.follow(outlet, other)
    by_url = {report.feed.url: report for report in desk.round()}

    failed = by_url[outlet.feed_url]
    assert failed.outcome is CheckOutcome.FAILED
    assert "RuntimeError" in failed.feed.last_error
    assert failed.feed.failing_since == NOW
    assert failed.feed.next_check_at
    assert failed.feed.next_check_at > NOW + timedelta(minutes=10)
    assert not failed.feed.validators, "else a 304 would hide what was not taken"
    assert by_url[other.feed_url].new == 1

    desk.archive.embedder._before_text = lambda _text: None  # type: ignore[attr-defined]
    recovered = {report.feed.url: report for report in desk.round()}[outlet.feed_url]
    assert recovered.feed.id == bad.id
    assert recovered.feed.last_error == ""
    assert {outlet.url("bad"), outlet.url("story0"), outlet.url("story1")} <= set(desk.urls())


def test_an_article_that_cannot_be_embedded_holds_up_no_other_and_is_tried_again_once_it_changes(
    desk: Desk, outlet: Outlet
) -> None:
    tried = []

    def before_text(text: str) -> None:
        if "poison" in text:
            tried.append(text)
            raise RuntimeError("engine")

    desk.archive.embedder._before_text = before_text  # type: ignore[attr-defined]
    found = stories(30)
    found[12] = replace(found[12], text="The poison of the dam. " * 20)
    outlet.publish(*found)
    desk.follow(outlet)

    (report,) = desk.round()
    assert (report.outcome, report.new) == (CheckOutcome.NEW, 29)
    (failure,) = report.failures
    assert outlet.url("story12") in failure
    assert "RuntimeError" in failure
    assert tried

    tried.clear()
    outlet.publish(Story("fresh", published=NOW))
    (report,) = desk.round()
    assert (report.new, report.failures, tried) == (1, (), [])

    outlet.publish(replace(found[12], text="The cure of the dam. " * 20, updated=desk.now))
    (report,) = desk.round()
    assert (report.new, report.failures) == (1, ())
    assert outlet.url("story12") in desk.urls()


def test_a_lone_article_that_cannot_be_embedded_does_not_put_its_feed_off(
    desk: Desk, outlet: Outlet
) -> None:
    def before_text(text: str) -> None:
        if "poison" in text:
            raise RuntimeError("engine")

    desk.archive.embedder._before_text = before_text  # type: ignore[attr-defined]
    outlet.publish(Story("bad", text="The poison of the dam. " * 20))
    desk.follow(outlet)
    (report,) = desk.round()
    assert (report.outcome, report.feed.last_error) == (CheckOutcome.UNCHANGED, "")
    assert len(report.failures) == 1
    (report,) = desk.round()
    assert report.failures == ()


def test_what_is_older_than_a_feed_keeps_is_not_taken(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("old", published=NOW - timedelta(days=30)), Story("new", published=NOW))
    (feed,) = desk.follow(outlet)
    desk.feeds.save(replace(feed, keep_days=7))
    (report,) = desk.round()
    assert report.new == 1
    assert desk.urls() == [outlet.url("new")]


def test_a_page_a_person_added_keeps_its_name_and_outlives_the_feeds_that_show_it(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(*stories(3))
    by_hand = Article(
        url=outlet.url("story0"),
        title="By hand",
        text=a_text("story0"),
        source="Mine",
        language="en",
        published_at=NOW,
    )
    desk.archive.ingest.add([by_hand])
    desk.follow(outlet)
    desk.round()
    sources = dict(desk.archive.rows("SELECT url, source FROM articles"))
    assert sources[outlet.url("story0")] == "Mine"
    assert sources[outlet.url("story1")] == outlet.name
    desk.archive.ingest.add([replace(by_hand, url=outlet.url("story1"), text=a_text("story1"))])

    (feed,) = desk.feeds.all()
    of_the_feed = [article_id(outlet.url("story2"))]
    feed = replace(feed, keep_days=1)
    desk.feeds.save(feed)
    assert desk.feeds.expired(feed, NOW + timedelta(days=9)) == of_the_feed
    assert desk.feeds.articles_only_of(feed) == of_the_feed


def test_a_feed_is_not_moved_for_good_to_a_place_where_there_is_nothing(
    desk: Desk, outlet: Outlet, other: Outlet
) -> None:
    desk.allowed = [other.web.host]
    outlet.publish(Story("one"))
    desk.follow(outlet)
    desk.round()
    outlet.web.redirect("/feed.xml", other.feed_url, "301 Moved Permanently")
    (report,) = desk.round()
    assert report.feed.url == outlet.feed_url
    assert not report.feed.validators
    other.publish(Story("two"))
    (report,) = desk.round()
    assert report.feed.url == other.feed_url


def test_a_surprise_that_befalls_every_feed_is_logged_with_one_traceback(
    desk: Desk, outlet: Outlet, other: Outlet
) -> None:
    def before_text(_text: str) -> None:
        raise RuntimeError("out of memory")

    desk.archive.embedder._before_text = before_text  # type: ignore[attr-defined]
    outlet.publish(Story("one"))
    other.publish(Story("two"))
    desk.follow(outlet, other)
    with capture_logs() as logs:
        reports = desk.round()
    assert [report.outcome for report in reports] == [CheckOutcome.FAILED] * 2
    failures = [entry for entry in logs if entry["event"] == "a feed failed"]
    assert [entry["exc_info"] for entry in failures] == [True, False]


def test_an_article_in_two_feeds_keeps_the_outlet_that_brought_it_first(
    desk: Desk, outlet: Outlet, other: Outlet
) -> None:
    outlet.publish(Story("shared"))
    other.publish(Story("shared", link=outlet.url("shared")))
    first, second = desk.follow(outlet, other)
    desk.round(only=[first])
    for number in range(4):
        moment = desk.now
        other.publish(Story("shared", link=outlet.url("shared"), updated=moment))
        if number % 2:
            outlet.publish(Story("shared", updated=moment))
        desk.round()
        assert desk.archive.rows("SELECT source FROM articles") == [(outlet.name,)]

    desk.feeds.remove(first)
    other.publish(Story("shared", link=outlet.url("shared"), updated=desk.now))
    desk.round(only=[desk.feeds.find(second.id) or second])
    assert desk.archive.rows("SELECT source FROM articles") == [(other.name,)]


def test_validators_of_where_a_temporary_redirect_led_are_not_kept(
    desk: Desk, outlet: Outlet
) -> None:
    outlet.publish(Story("one"))
    old = outlet.web.redirect("/now-here", outlet.feed_url, "302 Found")
    (feed,) = desk.follow(outlet)
    desk.feeds.save(replace(feed, url=old))
    (report,) = desk.round()
    assert report.new == 1
    assert not report.feed.validators


@pytest.mark.parametrize("status", ["302 Found", "301 Moved Permanently"])
def test_a_304_from_where_a_redirect_leads_is_not_believed(
    desk: Desk, outlet: Outlet, status: str
) -> None:
    outlet.publish(Story("one"))
    desk.follow(outlet)
    (report,) = desk.round()
    assert report.feed.validators

    outlet.publish(Story("two"))
    body = outlet.feed()

    def says_304_to_any_validator(connection: socket.socket) -> None:
        asked = outlet.web.requests[-1]
        answer = b"304 Not Modified" if header(asked, "If-None-Match") else b"200 OK"
        connection.sendall(
            b"HTTP/1.1 " + answer + b"\r\nConnection: close\r\n\r\n"
            + (body if answer.startswith(b"200") else b"")
        )  # fmt: skip

    outlet.web.redirect("/feed.xml", outlet.web.behave("/b.xml", says_304_to_any_validator), status)
    outlet.asked()
    (report,) = desk.round()
    assert report.new == 1
    assert outlet.asked() == ["/feed.xml", "/b.xml", "/feed.xml", "/b.xml", "/two"]


def test_entries_whose_articles_have_gone_are_forgotten_and_never_come_back_as_new(
    desk: Desk, outlet: Outlet
) -> None:
    always = stories(5, prefix="always")
    (feed,) = desk.follow(outlet)
    outlet.publish(*always, Story("passing"))
    desk.round()
    desk.archive.ingest.remove([row[0] for row in desk.archive.rows("SELECT id FROM articles")])
    assert len(desk.remembered()) == 6

    desk.now += timedelta(days=400)
    outlet.stories = always
    outlet.publish(Story("fresh", published=desk.now))
    (report,) = desk.round(only=[desk.feeds.find(feed.id) or feed])
    assert report.new == 1
    assert len(desk.remembered()) == 6, "what the feed still shows stays, beside the fresh one"

    outlet.publish(Story("passing"))
    (report,) = desk.round(only=[desk.feeds.find(feed.id) or feed])
    assert (report.new, report.changed) == (0, 0)
    assert desk.urls() == [outlet.url("fresh")]


def test_a_paused_feed_is_not_asked_and_keeps_its_articles(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("one"))
    desk.follow(outlet)
    (report,) = desk.round()
    desk.feeds.save(replace(report.feed, paused=True))
    outlet.asked()
    assert desk.round() == []
    assert outlet.asked() == []
    assert desk.urls() == [outlet.url("one")]


def test_what_a_person_changes_during_a_round_is_kept(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("one"))
    (feed,) = desk.follow(outlet)

    def while_embedding(_text: str) -> None:
        desk.feeds.save(replace(feed, title="Renamed", paused=True, keep_days=3))

    desk.archive.embedder._before_text = while_embedding  # type: ignore[attr-defined]
    desk.round()
    (found,) = desk.feeds.all()
    assert (found.title, found.paused, found.keep_days) == ("Renamed", True, 3)
    assert found.first_look_done


def test_a_feed_removed_during_a_round_is_not_stored(desk: Desk, outlet: Outlet) -> None:
    outlet.publish(Story("one"))
    (feed,) = desk.follow(outlet)

    def answer_and_remove(connection: object) -> None:
        desk.feeds.remove(feed)
        outlet._answer_feed(connection)  # type: ignore[arg-type]

    outlet.web.behave("/feed.xml", answer_and_remove)
    assert desk.round() == []
    assert desk.urls() == []
    assert desk.remembered() == []
