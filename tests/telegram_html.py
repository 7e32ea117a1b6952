"""Telegram's HTML mode as its server reads it: text and entities, or a refusal.

Written from the Bot API's description and the wording of its errors, apart from the
renderer under test.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-time": "date_time",
}
_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
_TOKEN = re.compile(r"<[^>]*>?|&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});|[^<&]+|&")
_START = re.compile(
    r"<([a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:=(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*>"
)
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:=(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")


class CannotParseError(ValueError):
    """The description Telegram answers with, after `Bad Request: can't parse entities: `."""


@dataclass(frozen=True, slots=True)
class Entity:
    type: str
    offset: int
    """In UTF-16 code units, like `length`."""
    length: int
    text: str
    url: str | None = None
    unix: int | None = None
    """Of a date."""
    format: str = ""


@dataclass(slots=True)
class _Open:
    tag: str
    type: str
    start: int
    url: str | None
    at: int
    unix: int | None = None
    format: str = ""


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(markup: str) -> tuple[str, list[Entity]]:
    """The visible text and its entities. Raises CannotParseError."""
    text, stack, entities = "", list[_Open](), list[Entity]()
    for token in _TOKEN.finditer(markup):
        piece, at = token[0], len(markup[: token.start()].encode("utf-8", "surrogatepass"))
        if piece.startswith("</"):
            entities.append(_close(piece, at, stack, text))
        elif piece.startswith("<"):
            stack.append(_open(piece, at, text))
        elif piece.startswith("&"):
            text += html.unescape(piece)
        else:
            text += piece
    if stack:
        raise CannotParseError(f'Can\'t find end tag corresponding to start tag "{stack[-1].tag}"')
    return text, [entity for entity in entities if entity.length]


def _open(piece: str, at: int, text: str) -> _Open:
    match = _START.fullmatch(piece)
    if match is None and not piece.endswith(">"):
        raise CannotParseError(f"Unclosed start tag at byte offset {at}")
    tag = match[1].lower() if match else ""
    if match is None or tag not in _TAGS:
        raise CannotParseError(f'Unsupported start tag "{tag}" at byte offset {at}')
    attributes = {
        name.lower(): html.unescape(double or single or bare)
        for name, double, single, bare in _ATTRIBUTE.findall(match[2])
    }
    kind = _TAGS[tag]
    if tag == "blockquote" and "expandable" in attributes:
        kind = "expandable_blockquote"
    opened = _Open(tag, kind, len(text), attributes.get("href"), at)
    if tag == "tg-time":
        opened.unix, opened.format = _time_of(attributes)
    return opened


def _time_of(attributes: dict[str, str]) -> tuple[int, str]:
    unix, form = attributes.get("unix", ""), attributes.get("format", "")
    if not re.fullmatch(r"\d{1,10}", unix, re.ASCII) or not 0 < int(unix) < 2**31:
        raise CannotParseError("Invalid unix time specified")
    if not _TIME_FORMAT.fullmatch(form):
        raise CannotParseError("Invalid date-time format specified")
    return int(unix), form


def _close(piece: str, at: int, stack: list[_Open], text: str) -> Entity:
    name = piece[2:].rstrip(">").strip().lower()
    if not stack:
        raise CannotParseError(f"Unexpected end tag at byte offset {at}")
    opened = stack.pop()
    if name and name != opened.tag:
        raise CannotParseError(
            f'Unmatched end tag at byte offset {at}, expected "</{opened.tag}>", found "</{name}>"'
        )
    inside = text[opened.start :]
    offset = utf16(text[: opened.start])
    return Entity(
        opened.type, offset, utf16(inside), inside, opened.url, opened.unix, opened.format
    )
