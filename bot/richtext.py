"""Styled spans to Telegram messages: cut where a reader would pause, then marked up.

Telegram counts UTF-16 code units after parsing. Parts are measured by their raw HTML,
which is never shorter than what Telegram counts nor than the plain text, so one limit
holds for all three.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

LIMIT = 4096
"""UTF-16 code units in one message."""

_QUOTE_OPEN, _QUOTE_CLOSE = "<blockquote expandable>", "</blockquote>"

_TIME_FORMAT = "Dt"
"""A long date and a short time: `March 17, 2022` and `22:45` as the reader's Telegram writes it."""
_LATEST = 2**31

# A sentence takes the labels that follow it along; repeats are avoided where runs of
# the same character would make matching quadratic.
_SENTENCE = re.compile(r"[.!?…。！？][\"'”’»)]*(?:[ ]?\[\d{1,4}\])*\s+|\n+")
_WORD = re.compile(r"\s+")
_CHARACTER = re.compile(
    ".(?:\u200d.|[\u0300-\u036f\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff]){0,16}", re.DOTALL
)
_BOUNDARIES = (_SENTENCE, _WORD, _CHARACTER)

_NOT_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
_DIRECTIONS = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
"""And what takes no room and has no use in a name; joiners have, in Persian and in emoji."""
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLO", "RLI"})
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "Me"})


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment that each reader is shown in their own time zone."""

    unix: int
    """Seconds since 1970 UTC, as Telegram takes them: over 0, 31 bits."""
    written: str
    """What stands for it where that cannot be; cut in two, it is text like any other."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    href: str | None = None
    quoted: bool = False
    """Inside the expandable quote."""
    shows_href: bool = True
    """The address follows in plain text, where nothing can be clicked."""
    instant: Instant | None = None
    """Of a date; a link cannot be one, too."""

    @property
    def style(self) -> tuple[object, ...]:
        return (self.bold, self.italic, self.href, self.quoted, self.shows_href, self.instant)


@dataclass(frozen=True, slots=True)
class Part:
    """One message, in Telegram's HTML and for when that is refused."""

    html: str
    plain: str


def at_moment(text: str, moment: datetime, *, quoted: bool = False) -> Span:
    """`text` as a date that each reader sees in local time, where Telegram can show that one."""
    unix = int(moment.timestamp())
    instant = Instant(unix, clean(text)) if 0 < unix < _LATEST else None
    return Span(text, quoted=quoted, instant=instant)


def clean(text: str) -> str:
    """`text` without what HTML or UTF-8 cannot carry: control characters, surrogates."""
    return _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def isolated(text: str) -> str:
    """A name among words of ours: where it runs from right to left, what stands around it keeps
    its order, also if the name is made to turn it round."""
    kept = _DIRECTIONS.sub("", text)
    if kept == text and not any(map(_is_right_to_left, text)):
        return text
    return f"\u2068{kept}\u2069"


def _is_right_to_left(character: str) -> bool:
    return unicodedata.bidirectional(character) in _RIGHT_TO_LEFT


def is_blank(text: str) -> bool:
    """Whether a reader, and Telegram, would see nothing."""
    return all(unicodedata.category(character) in _INVISIBLE for character in text)


def length(text: str) -> int:
    """In UTF-16 code units, as Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def escape(text: str) -> str:
    """Text as HTML content or a double-quoted attribute."""
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    )


def paginate(spans: Iterable[Span], limit: int = LIMIT) -> tuple[Part, ...]:
    """Parts of at most `limit` units, cut at sentence ends, else words, else anywhere.

    Parts with nothing to see are left out, so an empty text gives no part.
    Raises ValueError for a limit under 256.
    """
    if limit < 256:
        raise ValueError("a part needs room for at least one character and its tags")
    pages = [_Page(limit)]
    cleaned = (replace(span, text=clean(span.text)) for span in spans)
    _fill(pages, [span for span in cleaned if span.text], level=0)
    trimmed = (_trim(page.spans) for page in pages)
    return tuple(
        Part(html=_html(page), plain=_plain(page))
        for page in trimmed
        if not is_blank("".join(span.text for span in page))
    )


@dataclass(slots=True)
class _Page:
    limit: int
    spans: list[Span] = field(default_factory=list)
    cost: int = 0

    def take(self, unit: Sequence[Span]) -> bool:
        """Add the whole unit if it fits."""
        cost, last = self.cost, self.spans[-1] if self.spans else None
        for span in unit:
            cost += _cost_after(last, span)
            if cost > self.limit:
                return False
            last = span
        self.spans.extend(unit)
        self.cost = cost
        return True


def _cost_after(last: Span | None, span: Span) -> int:
    cost = length(escape(span.text))
    if last is not None and last.style == span.style:
        return cost
    if span.quoted and not (last is not None and last.quoted):
        cost += len(_QUOTE_OPEN) + len(_QUOTE_CLOSE)
    return cost + length("".join(_tags(span)))


def _fill(pages: list[_Page], spans: Sequence[Span], level: int) -> None:
    for unit in _units(spans, _BOUNDARIES[level]):
        if pages[-1].take(unit):
            continue
        page = _Page(pages[-1].limit)
        if page.take(unit):
            pages.append(page)
        elif level + 1 < len(_BOUNDARIES):
            _fill(pages, unit, level + 1)
        else:
            # One character whose link leaves it no room: the text matters more.
            pages.append(page)
            _fill(pages, [replace(span, href=None) for span in unit], level)


def _units(spans: Sequence[Span], boundary: re.Pattern[str]) -> Iterator[list[Span]]:
    """The spans again, regrouped to end where `boundary` matches in their joined text."""
    text = "".join(span.text for span in spans)
    ends = iter([*(match.end() for match in boundary.finditer(text)), len(text)])
    end, position, unit = next(ends), 0, list[Span]()
    for span in spans:
        rest = span
        while position + len(rest.text) >= end:
            cut = end - position
            if cut:
                unit.append(replace(rest, text=rest.text[:cut]))
                rest = replace(rest, text=rest.text[cut:])
            if unit:
                yield unit
            position, unit = end, []
            following = next(ends, None)
            if following is None:
                return
            end = following
        if rest.text:
            unit.append(rest)
            position += len(rest.text)


def _trim(spans: Sequence[Span]) -> list[Span]:
    """Without white space at either end, which Telegram drops and counts against nobody."""
    kept = list(spans)
    while kept and not kept[0].text.strip():
        kept.pop(0)
    while kept and not kept[-1].text.strip():
        kept.pop()
    if kept:
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return kept


def _tags(span: Span) -> tuple[str, str]:
    opening, closing = "", ""
    if span.href is not None:
        opening, closing = f'<a href="{escape(span.href)}">', "</a>"
    if span.bold:
        opening, closing = opening + "<b>", "</b>" + closing
    if span.italic:
        opening, closing = opening + "<i>", "</i>" + closing
    if span.instant is not None and span.href is None:
        time = f'<tg-time unix="{span.instant.unix}" format="{_TIME_FORMAT}">'
        opening, closing = opening + time, "</tg-time>" + closing
    return opening, closing


def _html(spans: Iterable[Span]) -> str:
    pieces: list[str] = []
    for quoted, group in groupby(spans, key=lambda span: span.quoted):
        inside = "".join(_marked_up(run) for run in _runs(group))
        pieces.append(f"{_QUOTE_OPEN}{inside}{_QUOTE_CLOSE}" if quoted else inside)
    return "".join(pieces)


def _marked_up(run: Sequence[Span]) -> str:
    text, first = "".join(span.text for span in run), run[0]
    # Half a date would be shown as a whole one.
    if first.instant is not None and first.instant.written != text:
        first = replace(first, instant=None)
    opening, closing = _tags(first)
    return opening + escape(text) + closing


def _plain(spans: Iterable[Span]) -> str:
    pieces: list[str] = []
    for run in _runs(spans):
        pieces.append("".join(span.text for span in run))
        if run[0].href is not None and run[0].shows_href:
            pieces.append(f" ({run[0].href})")
    return "".join(pieces)


def _runs(spans: Iterable[Span]) -> Iterator[list[Span]]:
    for _, run in groupby(spans, key=lambda span: span.style):
        yield list(run)
