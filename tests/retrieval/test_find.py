"""From an address a person gives to its feed, over real sockets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.find import MOST_TRIED, NO_FEED, FoundFeed, find_feed, find_feeds
from tests.archive import NOW
from tests.local_web import ROOMY, Outlet, Story, hosts, outlets

NEWS_SITEMAP = (Path(__file__).parents[1] / "data" / "feeds" / "news-sitemap.xml").read_bytes()
EMPTY = b"<rss version='2.0'><channel><title>Nothing yet</title></channel></rss>"


@pytest.fixture
def outlet() -> Iterator[Outlet]:
    with outlets() as (only,):
        only.publish(Story("one"))
        only.asked()
        yield only


@pytest.fixture
def fetcher(outlet: Outlet) -> Iterator[Fetcher]:
    with Fetcher(allow_private_hosts=hosts(outlet), limits=ROOMY) as found:
        yield found


def found(address: str, fetcher: Fetcher) -> FoundFeed:
    result = find_feed(address, fetcher, NOW)
    assert isinstance(result, FoundFeed), result
    return result


def reason(address: str, fetcher: Fetcher) -> str:
    result = find_feed(address, fetcher, NOW)
    assert isinstance(result, NotAFeed), result
    return result.reason


def front_page(outlet: Outlet, head: str = "") -> str:
    return outlet.page("", f"<html><head>{head}</head><body><p>Hi</p></body></html>".encode())


def link(href: str) -> str:
    return f"<link rel='alternate' type='application/rss+xml' href='{href}'>"


def test_a_feed_is_itself(outlet: Outlet, fetcher: Fetcher) -> None:
    result = found(outlet.feed_url, fetcher)
    assert result.url == outlet.feed_url
    assert [entry.url for entry in result.feed.entries] == [outlet.url("one")]
    assert outlet.asked() == ["/feed.xml"]


def test_a_feed_that_has_moved_for_good_is_found_where_it_is(
    outlet: Outlet, fetcher: Fetcher
) -> None:
    old = outlet.web.redirect("/old", outlet.feed_url, "301 Moved Permanently")
    assert found(old, fetcher).url == outlet.feed_url


def test_a_feed_that_has_moved_for_now_keeps_its_address(outlet: Outlet, fetcher: Fetcher) -> None:
    old = outlet.web.redirect("/old", outlet.feed_url, "302 Found")
    assert found(old, fetcher).url == old


def test_a_site_is_the_feed_it_declares(outlet: Outlet, fetcher: Fetcher) -> None:
    declared = outlet.web.page("/tech.rss", outlet.feed(), "Content-Type: application/rss+xml")
    assert found(front_page(outlet, link("/tech.rss")), fetcher).url == declared
    assert outlet.asked() == ["/", "/tech.rss"]


def test_a_site_that_declares_none_has_one_at_a_usual_place(
    outlet: Outlet, fetcher: Fetcher
) -> None:
    assert found(front_page(outlet), fetcher).url == outlet.feed_url


def test_a_feed_with_entries_is_preferred_to_an_empty_one(outlet: Outlet, fetcher: Fetcher) -> None:
    empty = outlet.web.page("/empty.rss", EMPTY)
    assert found(front_page(outlet, link("/empty.rss")), fetcher).url == outlet.feed_url
    outlet.stories = []
    assert found(front_page(outlet, link("/empty.rss")), fetcher).url == empty


def test_a_declared_feed_on_a_private_host_is_passed_over(outlet: Outlet, fetcher: Fetcher) -> None:
    page = front_page(outlet, link("http://127.0.0.99:9/feed") + link("http://10.0.0.1/feed"))
    assert found(page, fetcher).url == outlet.feed_url


def test_a_site_without_a_feed_has_the_news_sitemap_its_robots_names(
    outlet: Outlet, fetcher: Fetcher
) -> None:
    outlet.web.pages.clear()
    sitemap = outlet.page("maps/fresh.xml", NEWS_SITEMAP, "Content-Type: text/xml")
    outlet.page("robots.txt", f"Sitemap: {sitemap}\n".encode(), "Content-Type: text/plain")

    result = found(front_page(outlet), fetcher)

    assert result.url == sitemap
    assert result.feed.kind == "sitemap"


def test_a_site_without_a_feed_is_asked_a_bounded_number_of_times(
    outlet: Outlet, fetcher: Fetcher
) -> None:
    outlet.web.pages.clear()
    page = front_page(outlet, "".join(link(f"/feed{number}") for number in range(60)))
    assert "no feed was found" in reason(page, fetcher)
    assert len(outlet.asked()) == 1 + MOST_TRIED


def test_a_site_that_answers_slowly_everywhere_is_given_up_in_time(
    outlet: Outlet, fetcher: Fetcher
) -> None:
    declared = [f"/feed{number}" for number in range(8)]
    page = front_page(outlet, "".join(map(link, declared)))
    for path in declared:
        outlet.web.behave(path, lambda connection: time.sleep(0.4))
    started = time.monotonic()
    result = find_feed(page, fetcher, NOW, patience=0.6)
    assert time.monotonic() - started < 1.5
    assert isinstance(result, NotAFeed)
    assert "no feed was found" in result.reason


def test_a_first_page_that_never_ends_is_given_up_in_time(outlet: Outlet, fetcher: Fetcher) -> None:
    address = outlet.web.behave("/", lambda connection: time.sleep(3))
    started = time.monotonic()
    assert isinstance(find_feed(address, fetcher, NOW, patience=0.3), NotAFeed)
    assert time.monotonic() - started < 1.5


def test_what_cannot_be_read_is_said(outlet: Outlet, fetcher: Fetcher) -> None:
    assert "404" in reason(outlet.url("missing"), fetcher)
    assert "private network" in reason("http://127.0.0.99:9/", fetcher)
    assert "only http" in reason("file:///etc/passwd", fetcher)
    assert reason("http://", fetcher)


def declare(outlet: Outlet, *paths: str) -> str:
    links = "".join(
        f"<link rel='alternate' type='application/rss+xml' href='{path}'>" for path in paths
    )
    return outlet.page("", f"<html><head>{links}</head></html>".encode())


def a_feed(outlet: Outlet, path: str, item: str = "") -> None:
    link = f"<item><title>x</title><link>{outlet.url(item)}</link></item>" * bool(item)
    body = f"<rss version='2.0'><channel><title>{path}</title>{link}</channel></rss>"
    outlet.web.page(path, body.encode(), "Content-Type: application/rss+xml")


def all_found(outlet: Outlet, fetcher: Fetcher, most: int = 6) -> list[str]:
    result = find_feeds(outlet.url(""), fetcher, NOW, most=most)
    assert not isinstance(result, NotAFeed)
    return [one.url.removeprefix(outlet.url("").rstrip("/")) for one in result]


def test_a_site_with_several_feeds_gives_them_in_its_own_order(
    outlet: Outlet, fetcher: Fetcher
) -> None:
    declare(outlet, "/sports", "/politics", "/nothing-yet", "/missing")
    for path, item in (("/sports", "a"), ("/politics", "b"), ("/nothing-yet", "")):
        a_feed(outlet, path, item)
    assert all_found(outlet, fetcher) == ["/sports", "/politics"]
    assert all_found(outlet, fetcher, most=1) == ["/sports"]


def test_the_same_feed_in_two_formats_is_one(outlet: Outlet, fetcher: Fetcher) -> None:
    declare(outlet, "/rss", "/atom")
    for path in ("/rss", "/atom"):
        a_feed(outlet, path, "one")
    assert all_found(outlet, fetcher) == ["/rss"]


def test_paths_nobody_named_are_not_tried_when_there_is_a_feed(
    outlet: Outlet, fetcher: Fetcher
) -> None:
    declare(outlet, "/sports")
    a_feed(outlet, "/sports", "a")
    outlet.asked()
    assert all_found(outlet, fetcher) == ["/sports"]
    assert outlet.asked() == ["/", "/sports"]


def test_looking_ends_when_it_is_told_to(outlet: Outlet, fetcher: Fetcher) -> None:
    declare(outlet, "/sports")
    a_feed(outlet, "/sports", "a")
    outlet.asked()
    result = find_feeds(outlet.url(""), fetcher, NOW, most=6, go_on=lambda: False)
    assert result == NO_FEED
    assert outlet.asked() == ["/"]
