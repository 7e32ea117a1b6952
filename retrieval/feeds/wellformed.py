"""Any RSS or Atom as XML that every parser takes.  (pure)

Well-formed, without DTD, comments and excesses, built by libxml2: see `parse` for why.
"""

from __future__ import annotations

import re
from datetime import datetime
from xml.parsers import expat

from lxml import etree

from retrieval.feeds.entries import MAX_ENTRIES, MAX_HTML, Notes
from retrieval.feeds.moments import written_moment
from retrieval.feeds.xml import (
    MAX_ATTRIBUTES,
    MAX_DEPTH,
    SAFE,
    ExcessError,
    Markup,
    fill,
    local,
    with_known_entities,
)

MAX_ELEMENTS = 300_000
_MOST_TIDY_ELEMENTS = 100_000
"""Outside the entries' content, which is text by then: feedparser takes 40 µs for each."""
_LONGEST_ATTRIBUTE = 2_000
LONGEST_FIELD = 5_000
_MOST_NAMESPACES = 100

_DATES = frozenset({"pubdate", "published", "updated", "date", "issued", "modified", "created"})
_LONG_FIELDS = frozenset({"description", "summary", "encoded", "content", "body", "div", "p"})
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


def well_formed(markup: Markup, notes: Notes) -> bytes:
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
        limit = 2 * MAX_HTML if name in _LONG_FIELDS else LONGEST_FIELD
        if element.text and len(element.text) > limit:
            element.text = element.text[:limit]
        if name in ("guid", "id") and not str(element.text or "").strip().startswith("http"):
            element.set("isPermaLink", "false")
