"""A feed examined step by step: each thing that can be wrong is told in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from retrieval.feeds.examine import examine
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.findings import Finding, Verdict
from tests.local_web import FIRST_STORY, ROOMY, Outlet, Story, outlets

NOW = FIRST_STORY + timedelta(days=1)


@pytest.fixture
def folha() -> Iterator[Outlet]:
    with outlets() as (outlet,):
        yield outlet


def found(outlet: Outlet, url: str = "", *, after: timedelta = timedelta(0)) -> list[Finding]:
    hosts = [outlet.web.host]
    with (
        Fetcher(allow_private_hosts=hosts, limits=ROOMY) as fetcher,
        PoliteFetcher(fetcher, delay=0.0) as polite,
    ):
        url = url or outlet.feed_url
        return list(examine(url, fetcher, polite, NOW + after, allow_private_hosts=hosts))


def test_every_step_of_a_feed_that_is_well_is_told(folha: Outlet) -> None:
    folha.publish(Story("one"), Story("two", published=FIRST_STORY + timedelta(hours=2)))
    moved = folha.web.redirect("/old", folha.feed_url, status="301 Moved Permanently")

    findings = found(folha, moved)

    assert [one.subject for one in findings] == [
        "host", "redirect", "fetch", "feed", "freshness", "article",
    ]  # fmt: skip
    assert {one.verdict for one in findings} == {Verdict.OK}
    assert "for good" in findings[1].message
    assert "application/atom+xml" in findings[2].message
    assert "2 entries" in findings[3].message
    assert "“The story called two”" in findings[5].message


def test_a_private_address_ends_the_examination_with_how_to_allow_it(folha: Outlet) -> None:
    (host,) = found(folha, "http://10.0.0.1/feed")
    assert host.verdict is Verdict.BROKEN
    assert "PAUTA_ALLOW_PRIVATE_HOSTS" in host.message + host.advice


def test_a_name_without_an_address_is_told(folha: Outlet) -> None:
    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    with Fetcher() as fetcher, PoliteFetcher(fetcher) as polite:
        (host,) = examine("https://a.example/", fetcher, polite, NOW, resolver=nowhere)
    assert host.verdict is Verdict.BROKEN
    assert "spelling" in host.advice


def test_a_name_that_leads_into_a_private_network_is_told(folha: Outlet) -> None:
    with Fetcher() as fetcher, PoliteFetcher(fetcher) as polite:
        (host,) = examine(
            "https://a.example/", fetcher, polite, NOW, resolver=lambda _host, _port: ["10.1.2.3"]
        )
    assert "private network" in host.message


def test_a_refusal_of_the_server_comes_with_advice(folha: Outlet) -> None:
    url = folha.web.page("/locked", b"", status="401 Unauthorized")
    last = found(folha, url)[-1]
    assert (last.subject, last.verdict) == ("fetch", Verdict.BROKEN)
    assert "password" in last.advice


def test_of_a_page_the_feed_is_named(folha: Outlet) -> None:
    folha.publish(Story("one"))
    link = "<link rel='alternate' type='application/atom+xml' href='/feed.xml'>"
    page = folha.page("front", f"<html><head>{link}</head><body>News</body></html>".encode())
    last = found(folha, page)[-1]
    assert last.verdict is Verdict.BROKEN
    assert folha.feed_url in last.advice


def test_an_empty_and_a_stale_feed_are_warnings(folha: Outlet) -> None:
    assert found(folha)[-1].verdict is Verdict.WARNING
    folha.publish(Story("one"))
    stale = found(folha, after=timedelta(days=60))
    assert [one.subject for one in stale if one.verdict is Verdict.WARNING] == ["freshness"]
    assert "61 days ago" in next(one.message for one in stale if one.subject == "freshness")


def test_a_page_robots_txt_forbids_is_told_and_the_feeds_text_shown(folha: Outlet) -> None:
    folha.web.page("/robots.txt", b"User-agent: *\nDisallow: /one")
    folha.publish(Story("one", content="<p>The whole text stands in the feed itself, too.</p>" * 3))
    last = found(folha)[-1]
    assert last.verdict is Verdict.WARNING
    assert "robots.txt asks" in last.message


def test_a_page_without_an_article_is_broken(folha: Outlet) -> None:
    folha.publish(Story("one"))
    folha.page("one", b"<html><body><script>render()</script></body></html>")
    last = found(folha)[-1]
    assert (last.subject, last.verdict) == ("article", Verdict.BROKEN)
