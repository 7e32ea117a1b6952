"""The bytes of a feed, whatever form it has, to its entries.  (pure)

parse_feed(bytes, url, content_type, now=...) -> ParsedFeed | NotAFeed

RSS and Atom go through feedparser, which knows their dialects but takes quadratic time for
some made-up ones, and guesses at broken XML with a parser of its own that does so too. It
gets only well-formed XML without DTD, comments and excesses, built in `wellformed` by libxml2;
and never an address: it would fetch it.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.parsers import expat

import feedparser  # type: ignore[import-untyped]
from lxml import etree

from retrieval.feeds.entries import (
    MAX_BYTES,
    MAX_ENTRIES,
    MAX_HTML,
    Draft,
    NotAFeed,
    Notes,
    ParsedFeed,
    dated,
    name_line,
    web_link,
    with_keys,
)
from retrieval.feeds.jsonfeed import as_html, parse_json_feed
from retrieval.feeds.moments import written_moment
from retrieval.feeds.sitemap import Sitemap, parse_sitemap
from retrieval.feeds.wellformed import LONGEST_FIELD, well_formed
from retrieval.feeds.xml import ExcessError, Markup, gunzipped, read_markup
from retrieval.titles import tidy_title

_LONGEST_INTERVAL = timedelta(days=365)
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_WEB_PAGE = frozenset(
    ["html", "head", "body", "div", "p", "br", "b", "script", "meta", "link", "title", "table"]
)
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|cite|code|del|em|font|i|img|ins|p|q|s|small|span|strong|sub|sup|u)"
    r"(?:\s[^<>]{0,500})?/?>",
    re.I,
)


def parse_feed(
    content: bytes, url: str, content_type: str = "", *, now: datetime
) -> ParsedFeed | NotAFeed:
    """RSS 0.9-2.0, Atom, JSON Feed or a sitemap, in any charset, gzipped or not.

    `url` is where it was read from: relative links are resolved against it. Takes at most
    10 MB and 1,000 entries; what had to be mended or left out is told in `notes`. Dates
    before 1990 or more than a day after `now` become None. Nothing the bytes hold raises.
    """
    expanded = gunzipped(content, MAX_BYTES)
    if isinstance(expanded, NotAFeed):
        return expanded
    markup = read_markup(expanded, content_type, limit=MAX_BYTES)
    if isinstance(markup, NotAFeed):
        return markup
    match markup.root:
        case "":
            return parse_json_feed(markup.text, url, now)
        case "rss" | "rdf" | "feed" | "channel":
            return _xml_feed(markup, url, now)
        case "urlset" | "sitemapindex":
            return _sitemap_feed(parse_sitemap(expanded, url, now), now)
        case "opml":
            return NotAFeed("this is an OPML list of feeds, not a feed; import it instead")
        case root if root in _WEB_PAGE or "html" in content_type.lower():
            return NotAFeed("this is a web page, not a feed")
        case root:
            return NotAFeed(f"this is XML of another kind (<{root}>), not a feed")


def _sitemap_feed(sitemap: Sitemap | NotAFeed, now: datetime) -> ParsedFeed | NotAFeed:
    if isinstance(sitemap, NotAFeed):
        return sitemap
    if not sitemap.pages and sitemap.index:
        return NotAFeed(f"this is an index of {len(sitemap.index)} sitemaps; add one of them")
    notes = Notes()
    oldest = datetime.min.replace(tzinfo=UTC)
    pages = sorted(
        sitemap.pages, key=lambda page: page.published_at or page.lastmod or oldest, reverse=True
    )
    if len(pages) > MAX_ENTRIES:
        notes.add(f"only the newest {MAX_ENTRIES:,} of {len(pages):,} pages were taken")
    drafts = [
        Draft("", page.url, page.title, "", page.published_at, page.lastmod, "")
        for page in pages[:MAX_ENTRIES]
    ]
    language = next((page.language for page in pages if page.language), None)
    entries = with_keys(dated(drafts, now, notes), notes)
    return ParsedFeed("sitemap", "", None, language, None, entries, notes.all())


def _xml_feed(markup: Markup, url: str, now: datetime) -> ParsedFeed | NotAFeed:
    notes = Notes()
    notes.add(*markup.notes)
    try:
        data = well_formed(markup, notes)
        found = feedparser.parse(
            io.BytesIO(data),
            response_headers={
                "content-location": url,
                "content-type": "application/xml; charset=utf-8",
            },
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except ExcessError as error:
        return NotAFeed(str(error))
    except (etree.LxmlError, expat.ExpatError):
        return NotAFeed("its XML is too broken to read")
    except Exception as error:  # noqa: BLE001 - the boundary to a parser of many guesses
        return NotAFeed(f"it could not be read as a feed ({type(error).__name__})")
    feed = found.feed
    is_atom = markup.root == "feed"
    drafts = [_draft(entry, url, notes, is_atom=is_atom) for entry in found.entries]
    return ParsedFeed(
        kind="atom" if is_atom else "rss",
        title=_title(feed, is_atom=is_atom),
        site_url=web_link(_string(feed, "link"), url),
        language=_string(feed, "language").strip()[:35] or None,
        check_every=_interval(feed),
        entries=with_keys(dated(drafts, now, notes), notes),
        notes=notes.all(),
    )


def _draft(entry: Mapping[str, Any], url: str, notes: Notes, *, is_atom: bool) -> Draft:
    content = _content(entry)
    if len(content) > MAX_HTML:
        notes.count(f"had more than {MAX_HTML:,} characters and was cut there")
    published_at, updated_at = _moment(entry, "published", notes), _moment(entry, "updated", notes)
    if not is_atom and published_at is None:
        published_at, updated_at = updated_at, None  # the dc:date of RSS 1.0
    link = _string(entry, "feedburner_origlink") or _string(entry, "link")
    return Draft(
        guid=_string(entry, "id").strip(),
        url=web_link(link, url),
        title=_title(entry, is_atom=is_atom),
        html=content[:MAX_HTML],
        published_at=published_at,
        updated_at=updated_at,
        author=_author(entry),
    )


def _content(entry: Mapping[str, Any]) -> str:
    """The longest content given; the summary where there is none."""
    bodies = [_markup(part) for part in entry.get("content", [])[:20]]
    longest = max(bodies, key=len, default="")
    return longest or _markup(entry.get("summary_detail") or {})


def _markup(part: Mapping[str, Any]) -> str:
    value, kind = str(part.get("value") or ""), str(part.get("type") or "text/html").lower()
    if kind == "text/plain":
        return as_html(value)
    return value if value.strip() and ("html" in kind or kind.startswith("text/")) else ""


def _title(record: Mapping[str, Any], *, is_atom: bool) -> str:
    detail = record.get("title_detail") or {}
    value = str(detail.get("value") or "")[:LONGEST_FIELD]
    if is_atom and detail.get("type") == "text/plain":
        return tidy_title(value)
    # RSS does not say whether a title is HTML; most are escaped once too often.
    return tidy_title(html.unescape(_TAG.sub("", value)))


def _author(entry: Mapping[str, Any]) -> str:
    names = [str(author.get("name") or "") for author in entry.get("authors", [])[:10]]
    return name_line(", ".join(filter(None, names)) or _string(entry, "author"))


def _interval(feed: Mapping[str, Any]) -> timedelta | None:
    minutes = _string(feed, "ttl").strip()
    if minutes.isdecimal() and len(minutes) < 7 and int(minutes) > 0:
        return min(timedelta(minutes=int(minutes)), _LONGEST_INTERVAL)
    period = _PERIODS.get(_string(feed, "sy_updateperiod").strip().lower())
    times = _string(feed, "sy_updatefrequency").strip()
    often = int(times) if times.isdecimal() and len(times) < 5 else 1
    return period / max(often, 1) if period else None


def _moment(entry: Mapping[str, Any], field: str, notes: Notes) -> datetime | None:
    # dict.get: feedparser's own get answers one date for the other.
    written = str(dict.get(entry, field) or "")[:200]  # type: ignore[call-overload]
    given = dict.get(entry, f"{field}_parsed")  # type: ignore[call-overload]
    if given:
        try:
            year, month, day, hour, minute, second = given[:6]
            return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        except (ValueError, OverflowError, TypeError):
            pass
    moment = written_moment(written)
    if written.strip() and moment is None:
        notes.count("had a date that could not be read")
    return moment


def _string(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""
