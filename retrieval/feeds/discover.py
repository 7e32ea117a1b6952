"""Where a site's feeds may be, from one of its pages.  (pure)

candidates(html, url) -> addresses to try, best first
sitemaps_in_robots(text) -> addresses of sitemaps
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml.html import HtmlElement

from retrieval.addresses import is_web
from retrieval.feeds.entries import web_link
from retrieval.feeds.tree import MarkupError, parse_html

MAX_CANDIDATES = 40
_MOST_LINKS = 3_000
_MOST_ANCHORS = 10
_MOST_SITEMAPS = 50
_LONGEST_ROBOTS = 500_000

WELL_KNOWN = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed/",
    "/atom.xml",
    "/feed.xml",
    "/index.xml",
    "/feeds",
    "/feed.json",
    "/feeds/posts/default",
    "/rss/",
    "/arc/outboundfeeds/rss/",
    "/?feed=rss2",
)
"""WordPress, Ghost, Jekyll, Hugo, Blogger, Arc, in about that order of likelihood."""

NEWS_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")

_FEED_TYPES = ("rss", "atom", "feed+json", "rdf+xml")
_PLAIN_TYPES = ("application/json", "application/xml", "text/xml")
_LOOKS_LIKE_FEED = re.compile(
    r"(?:^|[/._?=&-])(?:rss2?|atom|feeds?|rdf)(?:[/._?=&-]|$)|\.(?:rss|atom|rdf)$", re.I
)
_COMMENTS = re.compile(r"comment|coment[aá]rio|comentario|commentaire|kommentar", re.I)
_SECOND_LEVEL = frozenset(
    ["co", "com", "org", "net", "gov", "gob", "gouv", "edu", "ac", "mil", "ne", "or", "go", "jor"]
)
_SITEMAP_LINE = re.compile(r"^[ \t]{0,20}sitemap[ \t]{0,20}:[ \t]{0,20}(\S{1,2000})", re.I | re.M)


def candidates(html: str, url: str) -> tuple[str, ...]:
    """Addresses that may be feeds of the site the page at `url` belongs to.

    First what the page declares, then links that look like feeds, well-known paths and last
    news sitemaps; within these the page's own site before others, and feeds of comments at
    the end. `html` may be anything, also empty.
    """
    try:
        page = parse_html(html)
    except MarkupError:
        page = None
    declared = list(_declared(page, url)) if page is not None else []
    linked = list(_linked(page, url)) if page is not None else []
    guessed = [(urljoin(url, path), False) for path in WELL_KNOWN] if is_web(url) else []
    sitemaps = [(urljoin(url, path), False) for path in NEWS_SITEMAPS] if is_web(url) else []
    ranked = [
        (is_comments, rank, registrable(found) != registrable(url), found)
        for rank, group in enumerate((declared, linked, guessed, sitemaps))
        for found, is_comments in group
    ]
    ranked.sort(key=lambda candidate: candidate[:3])  # stable: document order within
    unique = dict.fromkeys(urldefrag(found).url for *_, found in ranked)
    return tuple(islice(unique, MAX_CANDIDATES))


def sitemaps_in_robots(text: str) -> tuple[str, ...]:
    """The sitemaps a robots.txt names, news sitemaps first; at most 50."""
    found = dict.fromkeys(
        link
        for line in _SITEMAP_LINE.findall(text[:_LONGEST_ROBOTS])
        if (link := web_link(line, ""))
    )
    in_order = sorted(found, key=lambda link: "news" not in link.lower())
    return tuple(in_order[:_MOST_SITEMAPS])


def registrable(url: str) -> str:
    """The part of the host its owner registered, as a guess: `g1.globo.com.br` -> `globo.com.br`.

    Known are the usual second levels (`com.br`, `co.uk`), not the Public Suffix List.
    """
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    labels = host.split(".")
    if len(labels) < 3 or labels[-1].isdecimal():
        return host
    has_second_level = labels[-2] in _SECOND_LEVEL and len(labels[-1]) == 2
    return ".".join(labels[-3 if has_second_level else -2 :])


def _declared(page: HtmlElement, url: str) -> Iterator[tuple[str, bool]]:
    base = _base(page, url)
    for link in islice(page.iter("link"), _MOST_LINKS):
        if "alternate" not in (link.get("rel") or "").lower().split():
            continue
        kind = (link.get("type") or "").lower()
        href = link.get("href") or ""
        is_feed = any(name in kind for name in _FEED_TYPES)
        # WordPress declares its API as JSON, and translations carry a plain type.
        if not is_feed and kind.startswith(_PLAIN_TYPES):
            is_feed = bool(_LOOKS_LIKE_FEED.search(href)) and "wp-json" not in href
        found = web_link(href, base) if is_feed and "oembed" not in kind else None
        if found:
            yield found, bool(_COMMENTS.search(f"{href} {link.get('title') or ''}"))


def _linked(page: HtmlElement, url: str) -> Iterator[tuple[str, bool]]:
    base, taken = _base(page, url), 0
    for anchor in islice(page.iter("a"), _MOST_LINKS):
        href = (anchor.get("href") or "").strip()
        found = web_link(href, base) if href and not href.startswith("#") else None
        if not found:
            continue
        parts = urlsplit(found)
        looks = _LOOKS_LIKE_FEED.search(f"{parts.path.rstrip('/')}?{parts.query}")
        words = "".join(anchor.itertext())[:40].strip().lower()
        if looks or words in ("rss", "atom", "rss feed", "feed rss", "feed", "feeds"):
            yield found, bool(_COMMENTS.search(href))
            taken += 1
            if taken == _MOST_ANCHORS:
                return


def _base(page: HtmlElement, url: str) -> str:
    declared = next(page.iter("base"), None)
    return (web_link(declared.get("href"), url) if declared is not None else None) or url
