"""Screens: messages of one part with buttons, made from the texts; edited in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot import texts
from bot.render import Button, Rendered, web_link
from bot.richtext import Span, clean, paginate

LONGEST_ADDRESS = 200
LONGEST_REASON = 250
_BUTTONS_PER_ROW = 4
_HERE = "\x00"


def sentence(key: str, language: str, **values: object) -> Rendered:
    """One of the texts as a screen without buttons."""
    return screen([Span(texts.say(language, key, **values))])


def reason_in_words(reason: str) -> str:
    """A failure as part of a sentence."""
    return cut(reason, LONGEST_REASON).rstrip(".")


def address_span(address: str, *, links: bool = True) -> Span:
    href = web_link(address) if links else None
    return Span(cut(address, LONGEST_ADDRESS), href=href, shows_href=False)


def filled(key: str, language: str, **values: object) -> list[Span]:
    """The text with its blanks filled, by styled spans too."""
    styled = {name: value for name, value in values.items() if isinstance(value, Span)}
    marks = {name: f"{_HERE}{name}{_HERE}" for name in styled}
    pieces = texts.say(language, key, **{**values, **marks}).split(_HERE)
    return [styled[piece] if at % 2 else Span(piece) for at, piece in enumerate(pieces)]


def cut(text: str, longest: int) -> str:
    line = " ".join(clean(text).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def in_rows(buttons: Sequence[Button]) -> list[tuple[Button, ...]]:
    starts = range(0, len(buttons), _BUTTONS_PER_ROW)
    return [tuple(buttons[start : start + _BUTTONS_PER_ROW]) for start in starts]


def screen(spans: Iterable[Span], buttons: Iterable[tuple[Button, ...]] = ()) -> Rendered:
    """One part: without its links if need be, and as much of it as fits if even that is long."""
    laid_out = list(spans)
    parts = paginate(laid_out)
    if len(parts) > 1:
        parts = paginate([replace(span, href=None) for span in laid_out])
    return Rendered(parts[:1], tuple(row for row in buttons if row))
