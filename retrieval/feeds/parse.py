"""The bytes of a feed, whatever form it has, to its entries.  (pure)

parse_feed(bytes, url, content_type, now=...) -> ParsedFeed | NotAFeed

RSS and Atom go through feedparser, which knows their dialects but takes quadratic time for
some made-up ones, and guesses at broken XML with a parser of its own that does so too. It
gets only well-formed XML without DTD, comments and excesses, built here by libxml2; and
never an address: it would fetch it.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
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
    iso_moment,
    name_line,
    web_link,
    with_keys,
)
from retrieval.feeds.jsonfeed import as_html, parse_json_feed
from retrieval.feeds.sitemap import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    SAFE,
    ExcessError,
    Markup,
    Sitemap,
    fill,
    gunzipped,
    local,
    parse_sitemap,
    read_markup,
    with_known_entities,
)
from retrieval.titles import tidy_title

MAX_ELEMENTS = 300_000
_MOST_TIDY_ELEMENTS = 100_000
"""Outside the entries' content, which is text by then: feedparser takes 40 µs for each."""
_LONGEST_ATTRIBUTE = 2_000
_LONGEST_FIELD = 5_000
_MOST_NAMESPACES = 100
_LONGEST_INTERVAL = timedelta(days=365)

_DATES = frozenset({"pubdate", "published", "updated", "date", "issued", "modified", "created"})
_LONG_FIELDS = frozenset({"description", "summary", "encoded", "content", "body", "div", "p"})
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_LOCAL_DATE = re.compile(
    r"(?P<day>\d{1,2})\.?[\s-]{1,3}(?:de\s)?(?P<month>[A-Za-zçéûäÇÉÛÄ]{3,10})\.?,?[\s-]{1,3}(?:de\s)?"
    r"(?P<year>\d{4})(?:[\s,T]{1,3}(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::\d{2})?)?"
    r"(?:\s{0,2}(?P<zone>[+-]\d{2}:?\d{2}))?"
)
_MONTHS = (
    *((("jan", "ene", "gen"), 1), (("feb", "fev", "fév"), 2), (("mar", "mär", "mrz"), 3)),
    *((("apr", "abr", "avr"), 4), (("may", "mai", "mag"), 5), (("jun", "juin", "giu"), 6)),
    *((("jul", "juil", "lug"), 7), (("aug", "ago", "aoû", "aou"), 8), (("sep", "set"), 9)),
    *((("oct", "out", "ott", "okt"), 10), (("nov",), 11), (("dec", "dez", "dic", "déc"), 12)),
)
_WEB_PAGE = frozenset(
    ["html", "head", "body", "div", "p", "br", "b", "script", "meta", "link", "title", "table"]
)
_ATOM = ("http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#")
_UNDECLARED = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
}
_RSS_FIELD = re.compile(r"<(description|content:encoded|title|summary)(?:\s[^<>]{0,500})?>")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,100}")
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
        data = _well_formed(markup, notes)
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


class _Census:
    """A parser target that only counts, and stops the parser at the first excess."""

    def __init__(self) -> None:
        self._elements = 0
        self._depth = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._depth += 1
        if self._elements > MAX_ELEMENTS:
            raise ExcessError(f"it has more than {MAX_ELEMENTS:,} XML elements")
        if self._depth > MAX_DEPTH:
            raise ExcessError(f"its XML is nested more than {MAX_DEPTH} deep")
        if len(attributes) > MAX_ATTRIBUTES:
            raise ExcessError(f"an XML element has more than {MAX_ATTRIBUTES} attributes")

    def end(self, tag: str) -> None:
        self._depth -= 1

    def data(self, text: str) -> None:
        pass

    def close(self) -> int:
        return self._elements


def _well_formed(markup: Markup, notes: Notes) -> bytes:
    """The feed as XML that any parser takes. Raises ExcessError, LxmlError, ExpatError."""
    mend = with_known_entities if markup.root == "feed" else _mended_rss
    census = fill(markup, _Census, mend)
    if census.flaw:
        notes.add(census.flaw)
    # What is left to recover from is a prefix nobody declared, which the census lets pass.
    parser = etree.XMLParser(recover=True, **SAFE)
    root = etree.fromstring(census.text.encode("utf-8", "replace"), parser)
    if root is None:
        raise ExcessError("its XML is too broken to read")
    _cut(root, notes)
    _flatten(root)
    _tidy(root)
    data: bytes = etree.tostring(root, encoding="utf-8")
    # What expat refuses, feedparser would hand to the parser that is not to be used.
    expat.ParserCreate(namespace_separator=" ").Parse(data, True)
    return data


def _mended_rss(text: str) -> str:
    """HTML that stands bare in a field, which is what breaks most feeds, escaped."""
    parts, position, unclosed = [], 0, set()
    while field := _RSS_FIELD.search(text, position):
        name, start = field.group(1), field.end()
        end = -1 if name in unclosed else text.find(f"</{name}>", start)
        parts.append(text[position:start])
        position = start
        if end < 0:
            unclosed.add(name)
            continue
        inner = text[start:end]
        is_bare = "<" in inner and not any(mark in inner for mark in ("<![CDATA[", "<item", "<url"))
        parts.append(inner.replace("<", "&lt;") if is_bare else inner)
        position = end
    parts.append(text[position:])
    return with_known_entities("".join(parts))


def _cut(root: etree._Element, notes: Notes) -> None:
    entries = [
        element
        for element in root.iter(etree.Element)
        if local(str(element.tag)) in ("item", "entry")
    ]
    if len(entries) <= MAX_ENTRIES:
        return
    first, last = _first_date(entries[0]), _first_date(entries[-1])
    oldest_first = first is not None and last is not None and first < last
    which = "last" if oldest_first else "first"
    notes.add(f"only the {which} {MAX_ENTRIES:,} of {len(entries):,} entries were taken")
    for entry in entries[:-MAX_ENTRIES] if oldest_first else entries[MAX_ENTRIES:]:
        parent = entry.getparent()
        if parent is not None:
            parent.remove(entry)


def _first_date(entry: etree._Element) -> datetime | None:
    texts = (str(child.text or "") for child in entry if local(str(child.tag)) in _DATES)
    return next(filter(None, map(written_moment, texts)), None)


def _flatten(root: etree._Element) -> None:
    """XHTML inside Atom as escaped HTML, which costs feedparser nothing to pass through."""
    fields = [f"{{{space}}}{name}" for space in _ATOM for name in ("content", "summary", "title")]
    for field in [element for element in root.iter(*fields) if len(element)]:
        for inner in field.iterdescendants(etree.Element):
            inner.tag = _valid_tag(str(inner.tag)).rpartition("}")[2]
        only = field[0]
        is_wrapper = len(field) == 1 and only.tag == "div" and not (field.text or "").strip()
        whole = only if is_wrapper else field
        # Under a parent of its own the markup carries no namespace of the feed's.
        page = etree.Element("div")
        page.text = whole.text
        page.extend(list(whole))
        if is_wrapper:
            field.remove(only)
        etree.cleanup_namespaces(page)
        written = str(etree.tostring(page, encoding="unicode", method="html"))
        field.text = written.removeprefix("<div>").removesuffix("</div>").strip()
        field.set("type", "html")
        field.set("mode", "escaped")  # as Atom 0.3 says the same


def _valid_tag(tag: str) -> str:
    """The tag with a name that any parser takes, in the namespace its prefix usually means."""
    space, brace, name = tag.rpartition("}")
    prefix, _, unprefixed = name.rpartition(":")
    if not _NAME.fullmatch(unprefixed):
        return "span"
    known = _UNDECLARED.get(prefix)
    return f"{{{known}}}{unprefixed}" if known and not brace else f"{space}{brace}{unprefixed}"


def _tidy(root: etree._Element) -> None:
    """Nothing that is long without need, no prefix undeclared, no guid taken for a link."""
    namespaces: set[str] = set()
    for number, element in enumerate(root.iter(etree.Element)):
        if number > _MOST_TIDY_ELEMENTS:
            raise ExcessError(f"it has more than {_MOST_TIDY_ELEMENTS:,} XML elements")
        namespaces.update(element.nsmap.values())
        if len(namespaces) > _MOST_NAMESPACES:
            raise ExcessError(f"it declares more than {_MOST_NAMESPACES} XML namespaces")
        element.tag = tag = _valid_tag(str(element.tag))
        attributes = list(element.attrib.items())
        kept = {
            name: value
            for name, value in attributes
            if _NAME.fullmatch(str(name).rpartition("}")[2]) and len(value) <= _LONGEST_ATTRIBUTE
        }
        if len(kept) < len(attributes):  # fewer also where one stood twice
            element.attrib.clear()
            element.attrib.update(kept)
        name = local(tag)
        limit = 2 * MAX_HTML if name in _LONG_FIELDS else _LONGEST_FIELD
        if element.text and len(element.text) > limit:
            element.text = element.text[:limit]
        if name in ("guid", "id") and not str(element.text or "").strip().startswith("http"):
            element.set("isPermaLink", "false")


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
    value = str(detail.get("value") or "")[:_LONGEST_FIELD]
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


def written_moment(text: str) -> datetime | None:
    """A date as feeds write them, in UTC: ISO 8601, RFC 822, or with a month's name in
    Portuguese, Spanish, French, Italian or German (`Seg, 10 Fev 2025 18:30 -0300`)."""
    text = text.strip()
    if not text or len(text) > 100:
        return None
    if moment := iso_moment(text):
        return moment
    try:
        return _in_utc(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        return _local_moment(text)


def _local_moment(text: str) -> datetime | None:
    match = _LOCAL_DATE.search(text)
    name = match["month"].lower() if match else ""
    month = next((number for starts, number in _MONTHS if name.startswith(starts)), None)
    if not match or not month:
        return None
    zone = match["zone"] or "+00:00"
    clock = f"{int(match['hour'] or 0):02}:{match['minute'] or '00'}"
    return iso_moment(f"{match['year']}-{month:02}-{int(match['day']):02}T{clock}{zone}")


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _string(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""
