"""Hostile markup to a tree small enough to work on.  (pure)

libxml2 and trafilatura read a real page in milliseconds, but some made-up ones in hours:
libxml2 appends attributes in quadratic time, and trafilatura runs dozens of expressions
over every element. So a first pass over the same parser's events, which is linear, counts;
only then is a tree built.
"""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement, HTMLParser

from retrieval.feeds.xml import NOT_XML

MAX_ELEMENTS = 20_000
MAX_DEPTH = 250
"""libxml2 silently drops what is nested deeper than 256."""
MAX_TOTAL_DEPTH = 1_000_000
"""Sum over all elements: what expressions that look at ancestors cost."""
MAX_ATTRIBUTES = 500
MAX_TEXT = 1_000_000
"""Characters outside scripts and styles."""
_LONGEST_ATTRIBUTE = 5_000
_LONGEST_METADATA = 200_000

_UNREAD = frozenset({"script", "style", "noscript", "template", "svg"})


class MarkupError(Exception):
    """The markup is not taken; the message is a clause for a person."""


class _Census:
    """A parser target that counts, and stops the parser at the first excess."""

    def __init__(self) -> None:
        self._elements = 0
        self._open: list[str] = []
        self._total_depth = 0
        self._text = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._open.append(tag)
        if self._elements > MAX_ELEMENTS:
            raise MarkupError(f"the page has more than {MAX_ELEMENTS:,} HTML elements")
        if len(self._open) > MAX_DEPTH:
            raise MarkupError(f"the page nests HTML elements more than {MAX_DEPTH} deep")
        self._total_depth += len(self._open)
        if self._total_depth > MAX_TOTAL_DEPTH:
            raise MarkupError("the page nests too many HTML elements too deep")
        if len(attributes) > MAX_ATTRIBUTES:
            raise MarkupError(f"an HTML element has more than {MAX_ATTRIBUTES} attributes")

    def end(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def data(self, text: str) -> None:
        if not self._open or self._open[-1] not in _UNREAD:
            self._text += len(text)
            if self._text > MAX_TEXT:
                raise MarkupError(f"the page has more than {MAX_TEXT:,} characters of text")

    def close(self) -> int:
        return self._elements


def parse_html(text: str) -> HtmlElement:
    """The page as a tree without comments, program text and overlong attributes.

    Raises MarkupError when the page is beyond the limits above or has no elements.
    """
    markup = NOT_XML.sub("", text).encode("utf-8", "replace")
    try:
        if not etree.fromstring(markup, _parser(target=_Census())):
            raise MarkupError("the page holds no HTML")
        root = etree.fromstring(markup, _parser())
    except etree.LxmlError as error:
        raise MarkupError("the page holds no readable HTML") from error
    if not isinstance(root, HtmlElement):
        raise MarkupError("the page holds no HTML")
    _lighten(root)
    return root


def _parser(target: _Census | None = None) -> HTMLParser:
    return HTMLParser(
        target=target,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        no_network=True,
        collect_ids=False,
    )


def _lighten(root: HtmlElement) -> None:
    for element in root.iter("script", "style"):
        is_metadata = element.get("type", "").strip().lower() == "application/ld+json"
        if not is_metadata or len(element.text or "") > _LONGEST_METADATA:
            element.text = None
    for element in root.iter():
        for name, value in element.attrib.items():
            if len(value) > _LONGEST_ATTRIBUTE:
                del element.attrib[name]
