"""Screens made for Telegram as styled lines of a terminal, addresses written out.  (pure)"""

from __future__ import annotations

from html.parser import HTMLParser

from rich.text import Text

from bot.render import Rendered
from bot.richtext import clean

_INDENT = "   "
_STYLES = {"b": "bold", "i": "italic"}


def lines_of(rendered: Rendered) -> list[Text]:
    """All parts, without the buttons. Each link's address follows what is said of it, up to the
    next blank line or the line of the next link; it is not to be wrapped."""
    reader = _Reader()
    for at, part in enumerate(rendered.parts):
        if at:
            reader.handle_data("\n\n")
        reader.feed(part.html)
    reader.close()
    return reader.lines()


class _Reader(HTMLParser):
    """Of the tags `bot.richtext` writes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [Text()]
        self._styles: list[str] = []
        self._addresses: list[tuple[int, str]] = []
        """Not yet written out: the line each link stands in, and where it leads."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _STYLES:
            self._styles.append(_STYLES[tag])
        elif tag == "a" and (address := dict(attrs).get("href")):
            here = len(self._lines) - 1
            if self._addresses and self._addresses[-1][0] != here:
                self._write_addresses(here)
            self._addresses.append((len(self._lines) - 1, address))

    def handle_endtag(self, tag: str) -> None:
        if tag in _STYLES and self._styles:
            self._styles.pop()

    def handle_data(self, data: str) -> None:
        for at, line in enumerate(clean(data).split("\n")):
            if at:
                if not self._lines[-1].plain.strip():
                    self._write_addresses(len(self._lines) - 1)
                self._lines.append(Text())
            self._lines[-1].append(line, " ".join(self._styles))

    def lines(self) -> list[Text]:
        self._write_addresses(len(self._lines))
        return self._lines

    def _write_addresses(self, before: int) -> None:
        """Above that line."""
        if not self._addresses:
            return
        shown = {line.plain.strip() for line in self._lines[self._addresses[0][0] : before]}
        addresses = dict.fromkeys(clean(one) for _, one in self._addresses)
        missing = [one for one in addresses if one not in shown]
        self._lines[before:before] = [
            Text(f"{_INDENT}{one}", "dim", no_wrap=True) for one in missing
        ]
        self._addresses.clear()
