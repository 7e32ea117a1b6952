"""Lists of feeds as feed readers exchange them: OPML 1.0 and 2.0 (opml.org).  (pure)

read_opml(bytes) -> OpmlFeeds | NotAFeed
write_opml(feeds, title) -> str
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from retrieval.clean import one_line
from retrieval.feeds.entries import LONGEST_NAME, MAX_BYTES, NotAFeed, name_line, web_link
from retrieval.feeds.xml import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    ExcessError,
    fill,
    local,
    read_markup,
)

MAX_FEEDS = 10_000
_SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class OpmlFeed:
    title: str
    """One clean line; the feed's address where the list gives none."""
    url: str
    """http(s)."""
    site_url: str | None
    folder: str
    """Names of the outlines around it, joined by `/`; empty at the top."""


def read_opml(content: bytes) -> tuple[OpmlFeed, ...] | NotAFeed:
    """The feeds of the list in its order, each address once; at most 10,000.

    A list that is not valid XML is read as far as it goes. One that defines XML entities is
    not taken: no feed reader writes such.
    """
    markup = read_markup(content, "", limit=MAX_BYTES)
    if isinstance(markup, NotAFeed):
        is_broken_xml = markup.reason == "this is neither XML nor JSON"
        return NotAFeed("this is not an OPML file") if is_broken_xml else markup
    if markup.root != "opml":
        return NotAFeed("this is not an OPML file")
    if markup.defines_entities:
        return NotAFeed("it defines XML entities, which an OPML file has no need of")
    try:
        return fill(markup, _Outlines).result
    except (ExcessError, etree.LxmlError) as error:
        told = isinstance(error, ExcessError)
        return NotAFeed(str(error) if told else "its XML is too broken to read")


class _Outlines:
    """Collects feeds from a parser's events."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._depth = 0
        self._feeds: dict[str, OpmlFeed] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH or len(attributes) > MAX_ATTRIBUTES:
            raise ExcessError("its XML is nested too deep or has too many attributes")
        if local(tag) != "outline":
            return
        given = {name.lower(): value for name, value in attributes.items()}
        name = name_line(given.get("title", "")) or name_line(given.get("text", ""))
        url = web_link(given.get("xmlurl"), "")
        if url and url not in self._feeds:
            if len(self._feeds) >= MAX_FEEDS:
                raise ExcessError(f"it lists more than {MAX_FEEDS:,} feeds")
            folder = _SEPARATOR.join(filter(None, self._open))
            site = web_link(given.get("htmlurl"), "")
            self._feeds[url] = OpmlFeed(name or url, url, site, folder[: 5 * LONGEST_NAME])
        self._open.append("" if "xmlurl" in given else name)

    def end(self, tag: str) -> None:
        self._depth -= 1
        if local(tag) == "outline" and self._open:
            self._open.pop()

    def data(self, text: str) -> None:
        pass

    def close(self) -> tuple[OpmlFeed, ...]:
        return tuple(self._feeds.values())


def write_opml(feeds: Iterable[OpmlFeed], title: str) -> str:
    """OPML 2.0, the feeds of a folder together. Reading it gives the feeds again."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = one_line(title)
    folders = {"": etree.SubElement(root, "body")}
    for feed in feeds:
        name = name_line(feed.title) or feed.url
        kept = {"type": "rss", "text": name, "title": name, "xmlUrl": feed.url}
        if feed.site_url:
            kept["htmlUrl"] = feed.site_url
        etree.SubElement(_folder(feed.folder, folders), "outline", kept)
    written = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}'


def _folder(path: str, folders: dict[str, etree._Element]) -> etree._Element:
    """The outline of a folder, made with those around it where it is missing."""
    parent, around = folders[""], ""
    names = filter(None, map(name_line, path.split(_SEPARATOR)[: MAX_DEPTH // 2]))
    for name in names:
        around += _SEPARATOR + name
        if around not in folders:
            folders[around] = etree.SubElement(parent, "outline", {"text": name, "title": name})
        parent = folders[around]
    return parent
