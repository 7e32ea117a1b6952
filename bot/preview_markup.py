"""Telegram's HTML as a page may hold it: read strictly by an allow-list, written anew.  (pure)

Nothing of what comes in is passed through: tags are chosen from a list, text is escaped, and of
attributes only the address of a link and the moment of a date are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from babel.dates import format_date, format_time

from bot.render import web_link
from bot.richtext import clean, escape

DEEPEST = 16
"""Tags within tags."""

_TOKEN = re.compile(r"<[^<>]{0,4200}>|[^<]+|<", re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,4200}>")
_START = re.compile(r"<([a-z-]{1,12})((?:\s+[a-z]{1,12}(?:=\"[^\"]*\")?)*)\s*>")
_ATTRIBUTE = re.compile(r"([a-z]{1,12})(?:=\"([^\"]*)\")?")
_END = re.compile(r"</([a-z-]{1,12})>")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_UNIX = re.compile(r"\d{1,10}", re.ASCII)
_LATEST = 2**31

# What Telegram marks by itself in any text.
_BY_ITSELF = re.compile(
    r"https?://[^\s“”‘’<>\"]+|(?<![\w/@.])(?:/[a-z_]{1,32}(?![\w/])|@[a-z]\w{4,31}\b)",
    re.IGNORECASE,
)

_PLAIN = {
    "b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "ins": "u",
    "s": "s", "strike": "s", "del": "s", "code": "code",
}  # fmt: skip
_FOLDED = '<details class="quote"><summary><span class="folded">{}</span></summary></details>'


class NotTelegramHtml(ValueError):
    """Telegram would refuse it; shown as plain text instead."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the page, as far as dates differ."""

    language: str
    zone: tzinfo = UTC


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    after_quote: bool = False


def shown(markup: str, reader: Reader) -> str:
    """Safe HTML of a message sent in Telegram's HTML mode, whatever it holds; as plain text
    where Telegram would refuse it."""
    try:
        return _read(clean(markup), reader)
    except NotTelegramHtml:
        return shown_plain(markup)


def shown_plain(text: str) -> str:
    """Safe HTML of plain text, with what Telegram marks by itself."""
    cleaned, pieces, at = clean(text), list[str](), 0
    for found in _BY_ITSELF.finditer(cleaned):
        pieces.append(escape(cleaned[at : found.start()]))
        pieces.append(f'<span class="link">{escape(found[0])}</span>')
        at = found.end()
    return "".join(pieces) + escape(cleaned[at:])


def words_of(markup: str) -> str:
    """The text of a message in Telegram's HTML mode, without its tags; not escaped."""
    return clean(_ENTITY.sub(lambda found: html.unescape(found[0]), _TAG.sub("", clean(markup))))


def _read(markup: str, reader: Reader) -> str:
    stack = [_Open("")]
    for token in _TOKEN.finditer(markup):
        piece = token[0]
        if not piece.startswith("<"):
            is_linked = any(one.tag in ("a", "code", "pre") for one in stack)
            text = _ENTITY.sub(lambda found: html.unescape(found[0]), piece)
            if stack[-1].after_quote:
                text = text.removeprefix("\n")
                stack[-1].after_quote = False
            stack[-1].pieces.append(escape(clean(text)) if is_linked else shown_plain(text))
        elif end := _END.fullmatch(piece):
            closed = stack.pop()
            if not stack or closed.tag != end[1]:
                raise NotTelegramHtml(f"unexpected </{end[1]}>")
            # A paragraph of its own: the line break that ends it is no empty line.
            stack[-1].after_quote = closed.tag == "blockquote"
            stack[-1].pieces.append(_written(closed, reader))
        else:
            stack.append(_opened(piece, stack))
    if len(stack) > 1:
        raise NotTelegramHtml(f"<{stack[-1].tag}> is never closed")
    return "".join(stack[0].pieces)


def _opened(piece: str, stack: list[_Open]) -> _Open:
    start = _START.fullmatch(piece)
    if start is None or (start[1] not in _PLAIN and start[1] not in _SPECIAL):
        raise NotTelegramHtml("an unknown tag")
    if len(stack) > DEEPEST:
        raise NotTelegramHtml("tags too deep")
    tag = start[1]
    if tag in ("a", "blockquote", "pre", "tg-time") and any(one.tag == tag for one in stack):
        raise NotTelegramHtml(f"<{tag}> within itself")
    attributes = {name: html.unescape(value or "") for name, value in _ATTRIBUTE.findall(start[2])}
    return _Open(tag, attributes)


def _written(one: _Open, reader: Reader) -> str:
    inside = "".join(one.pieces)
    if plain := _PLAIN.get(one.tag):
        return f"<{plain}>{inside}</{plain}>"
    return _SPECIAL[one.tag](one.attributes, inside, reader)


def _link(attributes: Mapping[str, str], inside: str, _reader: Reader) -> str:
    href = web_link(attributes.get("href", ""))
    if href is None:
        return f'<span class="link">{inside}</span>'
    return f'<a class="link" href="{escape(href)}" rel="noopener noreferrer">{inside}</a>'


def _quote(attributes: Mapping[str, str], inside: str, _reader: Reader) -> str:
    if "expandable" in attributes:
        return _FOLDED.format(inside)
    return f'<div class="quote">{inside}</div>'


def _spoiler(_attributes: Mapping[str, str], inside: str, _reader: Reader) -> str:
    return f'<span class="spoiler" tabindex="0">{inside}</span>'


def _block(_attributes: Mapping[str, str], inside: str, _reader: Reader) -> str:
    return f'<code class="block">{inside}</code>'


def _date(attributes: Mapping[str, str], inside: str, reader: Reader) -> str:
    """As the reader's Telegram writes it; as it was written where that is no moment or format."""
    unix, form = attributes.get("unix", ""), attributes.get("format", "")
    if not _UNIX.fullmatch(unix) or not 0 < int(unix) < _LATEST:
        raise NotTelegramHtml("no moment")
    moment = datetime.fromtimestamp(int(unix), UTC).astimezone(reader.zone)
    words = []
    if date_length := {"d": "short", "D": "long"}.get(form.lstrip("w")[:1]):
        words.append(format_date(moment, date_length, locale=reader.language))
    if time_length := {"t": "short", "T": "medium"}.get(form[-1:]):
        words.append(format_time(moment, time_length, locale=reader.language))
    written = escape(clean(", ".join(words))) if words else inside
    return f'<time datetime="{moment.isoformat()}">{written}</time>'


_SPECIAL: Mapping[str, Callable[[Mapping[str, str], str, Reader], str]] = {
    "a": _link,
    "blockquote": _quote,
    "tg-spoiler": _spoiler,
    "pre": _block,
    "tg-time": _date,
}
