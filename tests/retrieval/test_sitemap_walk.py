"""From a site's address to the pages of a span of days, through sitemaps as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.sitemap import SitemapPage
from retrieval.feeds.sitemap_walk import SitemapWalk, WalkLimits
from retrieval.feeds.window import Window, days_in
from tests.archive import NOW
from tests.retrieval.test_backfill import MAY, Site, a_listed, a_site, day, polite

# The walk


def listed(site: Site, start: str, window: Window = MAY, **limits: int) -> list[str]:
    with polite(site) as fetcher:
        walk = SitemapWalk(fetcher, window, NOW, WalkLimits(**limits))
        return [page.url.rpartition("/")[2] for page in walk.pages(site.web.url(start))]


def page_urls(site: Site, *names: str) -> dict[str, str]:
    return {site.web.url(f"/{name}"): "2025-05-20" for name in names}


def test_indexes_are_followed_and_old_sitemaps_are_not_asked_for() -> None:
    with a_site() as site:
        new = site.sitemap("/new.xml.gz", page_urls(site, "a", "b"), packed=True)
        inner = site.index("/inner.xml", {site.sitemap("/deep.xml", page_urls(site, "c")): ""})
        old = site.sitemap("/old.xml", page_urls(site, "x"))
        by_name = site.sitemap("/posts-2024-11.xml", page_urls(site, "y"))
        site.index("/index.xml", {new: "", inner: "2025-05-30", old: "2025-04-30", by_name: ""})

        assert listed(site, "/index.xml") == ["a", "b", "c"]
        assert site.asked() == ["/index.xml", "/new.xml.gz", "/inner.xml", "/deep.xml"]


@pytest.mark.parametrize("start", ["/robots.txt", "/", ""])
def test_a_robots_txt_or_an_address_of_a_site_leads_to_its_sitemaps(start: str) -> None:
    with a_site() as site:
        found = site.sitemap("/somewhere/map.xml", page_urls(site, "a"))
        site.web.page("/robots.txt", f"User-agent: *\nSitemap: {found}\n".encode())
        assert listed(site, start) == ["a"]


def test_without_a_line_in_robots_txt_the_usual_places_are_tried() -> None:
    with a_site() as site:
        site.page("news/today", b"<html><body>News</body></html>")
        site.sitemap("/wp-sitemap.xml", page_urls(site, "a"))
        assert listed(site, "/news/today") == ["a"]


def test_pages_of_other_sites_are_not_taken() -> None:
    with a_site() as site:
        site.sitemap("/s.xml", {"https://other.example/a": "", **page_urls(site, "mine")})
        assert listed(site, "/s.xml") == ["mine"]


def test_an_index_that_names_itself_ends() -> None:
    with a_site() as site:
        ring = site.web.url("/ring.xml")
        site.index("/ring.xml", {ring: "", site.sitemap("/s.xml", page_urls(site, "a")): ""})
        assert listed(site, "/ring.xml") == ["a"]


def test_the_walk_ends_at_its_limits_and_says_so() -> None:
    with a_site() as site, polite(site) as fetcher:
        maps = {
            site.sitemap(f"/s{number}.xml", page_urls(site, f"p{number}")): ""
            for number in range(9)
        }
        site.index("/index.xml", maps)
        walk = SitemapWalk(fetcher, MAY, NOW, WalkLimits(sitemaps=3))
        assert len(list(walk.pages(site.web.url("/index.xml")))) == 2
    assert "3 sitemaps" in walk.so_far.cut_short


def test_what_is_no_sitemap_or_does_not_answer_is_told_in_words() -> None:
    with a_site() as site, polite(site) as fetcher:
        wrong = site.page("page.html", b"<html><body>Hello</body></html>")
        site.index("/index.xml", {wrong: "", site.web.url("/absent.xml"): ""})
        walk = SitemapWalk(fetcher, MAY, NOW)
        assert list(walk.pages(site.web.url("/index.xml"))) == []
    reasons = [failure.reason for failure in walk.so_far.failures]
    assert "web page" in reasons[0]
    assert "404" in reasons[1]


# The span of days


@pytest.mark.parametrize(
    ("address", "begins", "ends"),
    [
        ("https://a.example/2025/05/03/slug", "2025-05-03", "2025-05-04"),
        ("https://a.example/news/2024/12/slug.html", "2024-12-01", "2025-01-01"),
        ("https://a.example/story-2025-02-28.html", "2025-02-28", "2025-03-01"),
    ],
)
def test_an_address_tells_its_day_or_month(address: str, begins: str, ends: str) -> None:
    found = days_in(address)
    assert found is not None
    assert [moment.isoformat() for moment in found] == [
        f"{date}T00:00:00+00:00" for date in (begins, ends)
    ]


@pytest.mark.parametrize(
    "address",
    [
        "https://a.example/2025/31/slug",
        "https://a.example/2025-02-30-slug",
        "https://a.example/id/20250503123456",
        "https://a.example/eleicoes-2026-10-candidatos",
    ],
)
def test_other_numbers_are_no_dates(address: str) -> None:
    assert days_in(address) is None


@given(st.text(max_size=60))
def test_any_address_is_let_in_or_left_out(tail: str) -> None:
    page = a_listed(f"https://a.example/{tail}")
    assert MAY.may_hold_page(page) in {True, False}
    assert MAY.may_hold_sitemap(page.url, None) in {True, False}


@pytest.mark.parametrize(
    ("page", "may"),
    [
        (a_listed(), True),
        (a_listed(lastmod=day(4, 30)), False),
        (a_listed(lastmod=day(6, 20)), True),  # touched later, perhaps published within
        (a_listed(published=day(5, 9)), True),
        (a_listed(published=day(5, 11)), False),
        (a_listed("https://a.example/2025/03/02/x", lastmod=day(5, 5)), False),
        (a_listed("https://a.example/2025/05/11/x"), True),  # still the 10th elsewhere
        (a_listed("https://a.example/2025/05/12/x"), False),
    ],
)
def test_a_page_is_left_out_only_for_a_date_that_says_so(page: SitemapPage, may: bool) -> None:
    assert Window(day(5, 1, 0), day(5, 11, 0)).may_hold_page(page) is may


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("sitemap-2025-05.xml", True),
        ("sitemap-2024-05.xml", False),
        ("map/2025/04/29.xml.gz", False),
        ("sitemap.xml?yyyy=2023&mm=07&dd=01", False),
        ("posts-7.xml", True),
    ],
)
def test_a_sitemap_named_after_another_month_is_not_asked_for(name: str, may: bool) -> None:
    assert MAY.may_hold_sitemap(f"https://a.example/{name}", None) is may
