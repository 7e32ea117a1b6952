"""The text of the <style> elements that hold for a reader's screen.  (pure)

css_of(markup) -> css

The tree that `parse_html` gives is without it. The same parser reads the markup again, so
that a comment or a script that quotes a <style> is not taken for one.
"""

from __future__ import annotations

from lxml import etree
from lxml.html import HTMLParser

from retrieval.feeds.xml import NOT_XML

MOST_CSS = 500_000
"""Characters."""

_ELSEWHERE = frozenset({"noscript", "template", "svg"})


class _Styles:
    """A parser target."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = MOST_CSS
        self._aside = 0
        self._reads = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._aside += tag in _ELSEWHERE
        media = attributes.get("media", "").strip().lower()
        kind = attributes.get("type", "").strip().lower()
        self._reads = (
            tag == "style"
            and not self._aside
            and media in ("", "all", "screen", "only screen")
            and kind in ("", "text/css")
        )

    def end(self, tag: str) -> None:
        self._aside -= tag in _ELSEWHERE
        if self._reads:
            self._parts.append("\n")
        self._reads = False

    def data(self, text: str) -> None:
        if self._reads and self._room > 0:
            self._parts.append(text[: self._room])
            self._room -= len(text)

    def close(self) -> str:
        return "".join(self._parts)


def css_of(markup: str) -> str:
    """At most MOST_CSS characters; "" where the parser gives up."""
    if "<style" not in markup.lower():
        return ""
    source = NOT_XML.sub("", markup).encode("utf-8", "replace")
    parser = HTMLParser(target=_Styles(), encoding="utf-8", no_network=True)
    try:
        return str(etree.fromstring(source, parser))
    except etree.LxmlError:
        return ""
