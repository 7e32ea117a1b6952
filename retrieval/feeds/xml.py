"""XML from outside, read safely.  (pure)

read_markup(bytes) -> Markup | NotAFeed      decoded, without DTD: no entity is ever expanded
fill(Markup, target) -> Filled               one pass of events, mended where it is not XML
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5
from typing import Generic, Protocol, TypeVar

from lxml import etree

from retrieval.feeds.decode import decode, looks_binary
from retrieval.feeds.entries import NotAFeed

MAX_DEPTH = 200
"""libxml2 silently drops what is nested deeper than 256."""
MAX_ATTRIBUTES = 200
_JUNK_BEFORE_ROOT = 50_000
_MOST_MENDED = 300_000
"""Ampersands; a parser in recovery drops the rest."""
_MOST_GROWTH = 2_000_000
"""Characters that mending may add."""

FEED_ROOTS = ("rss", "rdf", "feed", "channel", "urlset", "sitemapindex", "opml")

_GZIP = b"\x1f\x8b"
_WIDE = {b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}
_DECLARED = re.compile(rb"\s{0,200}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})")
_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.I)
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML has no room for, and lxml no name with."""
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?([A-Za-z_][\w.-]{0,40})")
_KNOWN_ROOT = re.compile(r"<\?xml\s|<(?:\w{1,20}:)?(?:rss|RDF|feed|urlset|sitemapindex|opml)[\s>]")
_DTD_MARKS = re.compile(r"[\"'\[\]>]|<!--|<\?")
_STRAY = re.compile(r"&(?!#?\w{1,31};)")
_NAMED = re.compile(r"&([^\W\d]\w{0,30};)")
_FIVE = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})

_Result_co = TypeVar("_Result_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that begins with its root element's tag: what stood before it is gone."""

    root: str
    """Lower case, without prefix; empty where the text is JSON."""
    text: str
    defines_entities: bool
    notes: tuple[str, ...]


class MarkupTarget(Protocol[_Result_co]):
    """What lxml calls a parser target. Raises ExcessError to have the parser stop."""

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...
    def close(self) -> _Result_co: ...


@dataclass(frozen=True, slots=True)
class Filled(Generic[_Result_co]):
    """What became of markup: the target's result, the text it was read from, its flaw."""

    result: _Result_co
    text: str
    flaw: str | None


class ExcessError(Exception):
    """The markup is not taken; the message is a clause for a person."""


def gunzipped(content: bytes, limit: int) -> bytes | NotAFeed:
    """The content, expanded when it begins as gzip does; never more than `limit` bytes."""
    if not content.startswith(_GZIP):
        return content
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        expanded = inflater.decompress(content, limit + 1)
    except zlib.error:
        return NotAFeed("the compressed file is damaged")
    if len(expanded) > limit:
        return NotAFeed(f"it expands to more than the limit of {limit / 1_000_000:g} MB")
    return expanded if inflater.eof else NotAFeed("the compressed file is cut off")


def read_markup(content: bytes, content_type: str, *, limit: int) -> Markup | NotAFeed:
    """The bytes as text from the root element on, or as JSON; `limit` in bytes."""
    if len(content) > limit:
        return NotAFeed(f"it is larger than the limit of {limit / 1_000_000:g} MB")
    if not content.strip():
        return NotAFeed("the answer is empty")
    if content[:2] not in _WIDE and looks_binary(content):
        return NotAFeed("this is a binary file, not a feed")
    charset = _charset(content, content_type)
    text = decode(content, charset)
    if text is None:
        return NotAFeed("this is a binary file, not a feed")
    notes = []
    if "\ufffd" in text and "\ufffd".encode() not in content:
        notes.append("some characters do not fit its charset and could not be read")
    text = NOT_XML.sub("", text)
    if text.lstrip()[:1] in ("{", "["):
        return Markup("", text.lstrip(), False, tuple(notes))
    start, defines_entities = _prolog_end(text)
    root = _ROOT.match(text, start)
    if not root or root.group(1).lower() not in (*FEED_ROOTS, "html"):
        known = _KNOWN_ROOT.search(text, start, start + _JUNK_BEFORE_ROOT)
        if known:
            notes.append("something else stood before the feed and was passed over")
            start, defines_entities = _prolog_end(text, known.start())
            root = _ROOT.match(text, start)
    if not root:
        return NotAFeed("this is neither XML nor JSON")
    if defines_entities:
        notes.append("it defines XML entities, which are not expanded")
    return Markup(root.group(1).lower(), text[start:], defines_entities, tuple(notes))


def _charset(content: bytes, content_type: str) -> str | None:
    """The document's own word before the server's, whose default is often wrong."""
    wide = _WIDE.get(content[:2])
    own = _DECLARED.match(content)
    served = _CHARSET.search(content_type[:500])
    claims = [wide, own and own.group(1).decode("ascii", "replace"), served and served.group(1)]
    # `decode` tries UTF-8 by itself, so that a claim of it says nothing where it fails.
    told = [claim for claim in claims if claim and claim.lower() not in ("utf-8", "utf8")]
    return told[0] if told else None


def _prolog_end(text: str, position: int = 0) -> tuple[int, bool]:
    """Where what may stand before a root element ends, and whether it defines entities."""
    defines_entities = False
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if text.startswith("<?", position):
            end = text.find("?>", position) + 2
        elif text.startswith("<!--", position):
            end = text.find("-->", position + 4) + 3
        elif text[position : position + 9].lower() == "<!doctype":
            end = _doctype_end(text, position)
            defines_entities |= text.find("<!ENTITY", position, max(end, position)) >= 0
        else:
            return position, defines_entities
        if end <= position:
            return len(text), defines_entities
        position = end


def _doctype_end(text: str, position: int) -> int:
    """After the `>` that closes it; -1 where none does."""
    closing = {'"': '"', "'": "'", "<!--": "-->", "<?": "?>"}
    position += 9
    depth = 0
    while mark := _DTD_MARKS.search(text, position):
        sign, position = mark.group(), mark.end()
        if sign in closing:
            end = text.find(closing[sign], position)
            if end < 0:
                return -1
            position = end + len(closing[sign])
        elif sign == ">" and depth <= 0:
            return position
        else:
            depth += {"[": 1, "]": -1}.get(sign, 0)
    return -1


def with_known_entities(text: str) -> str:
    """Stray ampersands escaped, and HTML's named characters put in, outside CDATA."""
    parts, position = [], 0
    while (start := text.find("<![CDATA[", position)) >= 0:
        end = text.find("]]>", start)
        end = end + 3 if end >= 0 else len(text)
        parts += [_known_entities(text[position:start]), text[start:end]]
        position = end
    parts.append(_known_entities(text[position:]))
    return "".join(parts)


def _known_entities(text: str) -> str:
    return _NAMED.sub(_known, _STRAY.sub("&amp;", text, _MOST_MENDED), _MOST_MENDED)


def _known(match: re.Match[str]) -> str:
    name = match.group(1)
    return match.group() if name in _FIVE else html5.get(name) or f"&amp;{name}"


def fill(
    markup: Markup,
    make_target: Callable[[], MarkupTarget[_Result_co]],
    mend: Callable[[str], str] = with_known_entities,
) -> Filled[_Result_co]:
    """What the target makes of the markup.

    Markup that is not well-formed is mended and read again into a fresh target, as far as it
    goes. Raises what the target raises.
    """
    try:
        return Filled(_events(markup.text, make_target(), recover=False), markup.text, None)
    except etree.XMLSyntaxError as error:
        flaw = f"it is not valid XML (line {error.lineno or 1}) and was read as far as it goes"
    text = mend(markup.text)[: len(markup.text) + _MOST_GROWTH]
    return Filled(_events(text, make_target(), recover=True), text, flaw)


def _events(text: str, target: MarkupTarget[_Result_co], *, recover: bool) -> _Result_co:
    parser = etree.XMLParser(target=target, recover=recover, **SAFE)
    result: _Result_co = etree.fromstring(text.encode("utf-8", "replace"), parser)
    return result


SAFE = {
    "encoding": "utf-8",
    "resolve_entities": "internal",  # the five of XML: there is no DTD
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}
"""Options of an lxml parser that reads nothing but what it is given."""


def local(tag: str) -> str:
    """Lower case, without namespace and prefix."""
    return tag.rpartition("}")[2].rpartition(":")[2].lower()
