"""Sitemaps, news sitemaps and their indexes."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.sitemap import MAX_SITEMAP, MAX_URLS, Sitemap, parse_sitemap

DATA = Path(__file__).parents[1] / "data/feeds"
NOW = datetime(2025, 3, 20, tzinfo=UTC)
URL = "https://jornal.example/sitemap.xml"


def sitemap(content: bytes | str) -> Sitemap:
    found = parse_sitemap(content.encode() if isinstance(content, str) else content, URL, NOW)
    assert isinstance(found, Sitemap), found
    return found


def reason(content: bytes) -> str:
    found = parse_sitemap(content, URL, NOW)
    assert isinstance(found, NotAFeed), found
    return found.reason


def test_a_news_sitemap_tells_title_moment_and_language() -> None:
    old, new = sitemap((DATA / "news-sitemap.xml").read_bytes()).pages
    assert (old.url, old.title, old.language) == ("https://jornal.example/velha", "", None)
    assert old.lastmod == datetime(2025, 1, 1, tzinfo=UTC)
    assert new.url == "https://jornal.example/nova?a=1&b=2"
    assert (new.title, new.language) == ("Notícia & análise", "pt")
    assert new.published_at == datetime(2025, 2, 10, 21, 30, tzinfo=UTC)


def test_an_index_names_further_sitemaps() -> None:
    found = sitemap(
        "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
        "<sitemap><loc>/a.xml.gz</loc><lastmod>2025-01-01</lastmod></sitemap>"
        "<sitemap><loc> https://jornal.example/b.xml\n</loc></sitemap></sitemapindex>"
    )
    assert found.index == ("https://jornal.example/a.xml.gz", "https://jornal.example/b.xml")
    assert found.pages == ()


def test_gzip_is_expanded_within_the_limit() -> None:
    plain = (DATA / "news-sitemap.xml").read_bytes()
    assert sitemap(gzip.compress(plain)) == sitemap(plain)
    assert "more than the limit of 50 MB" in reason(gzip.compress(b" " * (MAX_SITEMAP + 1)))
    assert "cut off" in reason(gzip.compress(plain)[:-20])


def test_an_address_is_taken_once_and_only_when_it_is_of_the_web() -> None:
    urls = ("https://a.example/1", "https://a.example/1", "ftp://a.example/", "javascript:x", "")
    found = sitemap(
        "<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>"
    )
    assert [page.url for page in found.pages] == ["https://a.example/1"]


def test_dates_nobody_believes_are_left_out() -> None:
    found = sitemap(
        "<urlset><url><loc>/a</loc><lastmod>2031-01-01</lastmod></url>"
        "<url><loc>/b</loc><lastmod>1970-01-01</lastmod></url></urlset>"
    )
    assert [page.lastmod for page in found.pages] == [None, None]


def test_broken_xml_is_read_as_far_as_it_goes() -> None:
    found = sitemap("<urlset><url><loc>/a?x=1&y=2</loc></url><url><loc>/b</loc></url><url><lo")
    assert [page.url for page in found.pages] == [
        "https://jornal.example/a?x=1&y=2",
        "https://jornal.example/b",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><body/></html>", "a web page, not a sitemap"),
        (b"<rss/>", "<rss>, not a sitemap"),
        (b"", "empty"),
        (b"https://a.example/", "neither XML"),
    ],
)
def test_what_is_no_sitemap_is_told_in_words(content: bytes, words: str) -> None:
    assert words in reason(content)


def test_a_huge_sitemap_is_read_up_to_its_limit_in_little_time() -> None:
    entry = "<url><loc>https://a.example/{}</loc><lastmod>2025-01-01</lastmod></url>"
    content = "<urlset>" + "".join(map(entry.format, range(MAX_URLS + 500))) + "</urlset>"
    started = time.perf_counter()
    assert len(sitemap(content).pages) == MAX_URLS
    assert time.perf_counter() - started < 6


def test_entities_are_never_expanded() -> None:
    bomb = '<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    found = sitemap(f"{bomb}<urlset><url><loc>https://a.example/&b;</loc></url></urlset>")
    assert "aaaa" not in "".join(page.url for page in found.pages)


@given(st.binary(max_size=100), st.integers(0, 900))
def test_no_bytes_raise(noise: bytes, position: int) -> None:
    good = (DATA / "news-sitemap.xml").read_bytes()
    for content in (noise, good[:position] + noise + good[position:]):
        assert isinstance(parse_sitemap(content, URL, NOW), Sitemap | NotAFeed)
