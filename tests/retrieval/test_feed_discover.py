"""Where a site's feeds may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.discover import (
    MAX_CANDIDATES,
    WELL_KNOWN,
    candidates,
    registrable,
    sitemaps_in_robots,
)

URL = "https://www.gazeta.com.br/economia/porto"


def link(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" href="{href}" title="{title}">'


def page(*head: str, body: str = "<p>x</p>") -> str:
    return f"<html><head>{''.join(head)}</head><body>{body}</body></html>"


def test_what_the_page_declares_comes_before_links_guesses_and_sitemaps() -> None:
    found = candidates(page(link("/declared.xml"), body='<a href="/canal/rss">Feed</a>'), URL)
    assert found[:2] == (
        "https://www.gazeta.com.br/declared.xml",
        "https://www.gazeta.com.br/canal/rss",
    )
    assert found[2] == "https://www.gazeta.com.br/feed"
    assert found[-1] == "https://www.gazeta.com.br/sitemap.xml"
    assert "https://www.gazeta.com.br/news-sitemap.xml" in found


def test_a_page_that_declares_nothing_leaves_the_well_known_paths_of_its_site() -> None:
    found = candidates("", URL)
    assert found[: len(WELL_KNOWN)] == tuple(f"https://www.gazeta.com.br{p}" for p in WELL_KNOWN)


def test_feeds_of_comments_come_last() -> None:
    found = candidates(
        page(
            link("/comments/feed/", title="Gazeta » Comments"),
            link("/p/feed/", title="Feed de comentários"),
            link("/main/"),
        ),
        URL,
    )
    assert found[0] == "https://www.gazeta.com.br/main/"
    assert found[-2:] == (
        "https://www.gazeta.com.br/comments/feed/",
        "https://www.gazeta.com.br/p/feed/",
    )


def test_the_sites_own_feed_comes_before_a_strangers() -> None:
    found = candidates(
        page(link("https://ads.example/feed"), link("https://rss.gazeta.com.br/x")), URL
    )
    assert found[:2] == ("https://rss.gazeta.com.br/x", "https://ads.example/feed")


@pytest.mark.parametrize(
    "kind", ["application/rss+xml", "application/atom+xml", "application/feed+json", "text/rss"]
)
def test_every_kind_of_feed_may_be_declared(kind: str) -> None:
    assert candidates(page(link("/f", kind)), URL)[0] == "https://www.gazeta.com.br/f"


def test_other_alternates_are_no_feeds() -> None:
    html = page(
        link("/wp-json/wp/v2/feed", "application/json"),
        link("/oembed?feed", "application/json+oembed"),
        link("/en", "text/html"),
        '<link rel="stylesheet" type="application/rss+xml" href="/style">',
        link("javascript:alert(1)"),
    )
    assert candidates(html, URL)[0] == "https://www.gazeta.com.br/feed"


def test_links_are_resolved_against_the_base_of_the_page_and_taken_once() -> None:
    html = page('<base href="https://www.gazeta.com.br/b/">', link("f.xml"), link("/b/f.xml#top"))
    found = candidates(html, URL)
    assert found[0] == "https://www.gazeta.com.br/b/f.xml"
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("href", ["/feedback", "/atomico", "/grossisten", "#rss", "/feeding-time"])
def test_words_that_only_begin_like_a_feed_are_no_links_to_one(href: str) -> None:
    found = candidates(page(body=f'<a href="{href}">Notícia</a>'), URL)
    assert found[0] == "https://www.gazeta.com.br/feed"


def test_a_page_of_links_gives_a_bounded_list() -> None:
    many = "".join(link(f"/{number}/feed") for number in range(5_000))
    assert len(candidates(page(many), URL)) == MAX_CANDIDATES


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://g1.globo.com/x", "globo.com"),
        ("https://www.gazeta.com.br/", "gazeta.com.br"),
        ("https://news.bbc.co.uk/", "bbc.co.uk"),
        ("http://127.0.0.1:8080/", "127.0.0.1"),
        ("https://publico.pt/", "publico.pt"),
        ("nonsense", ""),
        ("http://[", ""),
    ],
)
def test_the_registrable_part_of_a_host_is_guessed(url: str, site: str) -> None:
    assert registrable(url) == site


def test_robots_txt_names_sitemaps_the_news_first() -> None:
    text = (
        "User-agent: *\r\nDisallow: /x\r\nSitemap: https://a.example/pages.xml\r\n"
        "SITEMAP:https://a.example/news.xml\n# Sitemap: https://a.example/old.xml\n"
        "Sitemap: /relative.xml\nSitemap: https://a.example/pages.xml\n"
    )
    assert sitemaps_in_robots(text) == ("https://a.example/news.xml", "https://a.example/pages.xml")


@given(st.text(max_size=200), st.text(max_size=50))
def test_no_page_and_no_address_raise(html: str, url: str) -> None:
    for content in (html, page(link(html), body=f"<a href='{html}'>rss</a>")):
        found = candidates(content, url)
        assert all(address.startswith(("http://", "https://")) for address in map(str.lower, found))
    sitemaps_in_robots(html)
