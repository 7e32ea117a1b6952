"""One HTML page of chats as Telegram would lay them out, in light and dark.  (pure)

The page holds everything it shows: no script, no picture, no font, nothing fetched. What is in
a message is hostile; `bot.preview_markup` reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from babel.dates import format_date, format_time

from bot.preview_markup import Reader, shown, shown_plain, words_of
from bot.preview_style import STYLE
from bot.render import Button, Emphasis, Rendered
from bot.richtext import clean, escape

LONGEST_REPLIED = 90
"""Characters of a message shown above a reply to it."""
COLOURS = 7
"""Telegram gives each name one of seven."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Sender:
    name: str
    is_me: bool = False
    """Whose phone it is: their messages stand on the right."""


@dataclass(frozen=True, slots=True)
class Key:
    """One button under a message."""

    label: str
    style: str = ""
    """`primary`, `success`, `danger`, or none."""
    is_link: bool = False
    copies: bool = False


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message."""

    sender: Sender
    text: str
    at: datetime
    is_html: bool = False
    keys: tuple[tuple[Key, ...], ...] = ()
    replies_to: Bubble | None = None
    reaction: str = ""


@dataclass(frozen=True, slots=True)
class Offered:
    """One line of an inline list."""

    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Chat:
    """What stands at the top of a chat."""

    title: str
    subtitle: str = ""
    is_group: bool = False
    is_topic: bool = False


@dataclass(frozen=True, slots=True)
class Screen:
    caption: str
    chat: Chat
    bubbles: tuple[Bubble, ...] = ()
    offered: tuple[Offered, ...] = ()
    """The inline list above the keyboard."""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """What the page itself says."""

    title: str
    about: str
    message: str
    """Where somebody would type."""


def page(screens: Iterable[Screen], words: Words, reader: Reader) -> str:
    """A whole document; dates are those of the reader."""
    language, title = escape(clean(reader.language)), escape(clean(words.title))
    sections = "\n".join(_section(one, words, reader) for one in screens)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<header class="page"><h1>{title}</h1><p>{escape(clean(words.about))}</p></header>\n'
        f"<main>\n{sections}\n</main>\n</body>\n</html>\n"
    )


def bubbles_of(
    rendered: Rendered, sender: Sender, at: datetime, replies_to: Bubble | None = None
) -> tuple[Bubble, ...]:
    """A screen as its messages; the buttons are under the last."""
    keys = tuple(tuple(map(_key_of, row)) for row in rendered.buttons)
    last = len(rendered.parts) - 1
    return tuple(
        Bubble(
            sender,
            part.html,
            at,
            is_html=True,
            keys=keys if number == last else (),
            replies_to=replies_to if number == 0 else None,
        )
        for number, part in enumerate(rendered.parts)
    )


def _key_of(button: Button) -> Key:
    style = "" if button.emphasis is Emphasis.NONE else button.emphasis.value
    return Key(button.label, style, is_link=bool(button.url), copies=bool(button.copy_text))


def _section(screen: Screen, words: Words, reader: Reader) -> str:
    inside = _phone(screen, words, reader)
    phones = "".join(
        f'<article class="phone {theme}">{inside}</article>' for theme in ("light", "dark")
    )
    return (
        f"<section><h2>{escape(clean(screen.caption))}</h2>\n"
        f'<div class="pair">{phones}</div></section>'
    )


def _phone(screen: Screen, words: Words, reader: Reader) -> str:
    chat = screen.chat
    square = " square" if chat.is_topic else ""
    top = (
        f'<div class="top"><span class="back">‹</span>{_face(chat.title, square)}'
        f'<div class="who"><b>{escape(clean(chat.title))}</b>'
        f"<small>{escape(clean(chat.subtitle))}</small></div></div>"
    )
    lines = "".join(
        f'<div class="offer">{_face(one.title)}<div><b>{escape(clean(one.title))}</b>'
        f"<p>{escape(clean(one.description))}</p></div></div>"
        for one in screen.offered
    )
    offers = f'<div class="offers">{lines}</div>' if lines else ""
    typed = clean(screen.typed)
    field = (
        f'<span class="typed">{escape(typed)}</span>'
        if typed
        else f"<span>{escape(clean(words.message))}</span>"
    )
    return (
        f'{top}<div class="talk">{"".join(_talk(screen, reader))}</div>'
        f'{offers}<div class="typing">📎{field}🎤</div>'
    )


def _talk(screen: Screen, reader: Reader) -> Iterator[str]:
    def day_of(one: Bubble) -> datetime:
        return one.at.astimezone(reader.zone).replace(hour=0, minute=0, second=0, microsecond=0)

    for day, bubbles in groupby(screen.bubbles, key=day_of):
        written = format_date(day, "long", locale=reader.language)
        yield f'<div class="day">{escape(written)}</div>'
        for one in bubbles:
            yield _row(one, reader, in_group=screen.chat.is_group)


def _row(one: Bubble, reader: Reader, *, in_group: bool) -> str:
    is_mine, name = one.sender.is_me, clean(one.sender.name)
    named = in_group and not is_mine
    heading = f'<div class="name n{_colour(name)}">{escape(name)}</div>' if named else ""
    text = shown(one.text, reader) if one.is_html else shown_plain(one.text)
    time = format_time(one.at.astimezone(reader.zone), "short", locale=reader.language)
    seen = f'<div class="seen">{escape(clean(one.reaction))}</div>' if one.reaction else ""
    bubble = (
        f'<div class="bubble">{heading}{_replied(one.replies_to)}'
        f'<div class="text" dir="auto">{text}</div>{seen}'
        f'<span class="foot">{escape(clean(time))}{" ✓✓" if is_mine else ""}</span></div>'
    )
    return (
        f'<div class="row{" mine" if is_mine else ""}">{_face(name) if named else ""}'
        f'<div class="stack">{bubble}{_keys(one.keys)}</div></div>'
    )


def _replied(one: Bubble | None) -> str:
    if one is None:
        return ""
    text = words_of(one.text) if one.is_html else clean(one.text)
    words = " ".join(text.split())[:LONGEST_REPLIED]
    return (
        f'<div class="reply"><b>{escape(clean(one.sender.name))}</b>'
        f"<span>{escape(words)}</span></div>"
    )


def _keys(rows: Sequence[Sequence[Key]]) -> str:
    if not rows:
        return ""
    inside = "".join(f"<div>{''.join(map(_key, row))}</div>" for row in rows)
    return f'<div class="keys">{inside}</div>'


def _key(key: Key) -> str:
    kinds = ["key"]
    if key.style in ("primary", "success", "danger"):
        kinds.append(key.style)
    kinds += ["url"] * key.is_link + ["copy"] * key.copies
    return f'<span class="{" ".join(kinds)}">{escape(clean(key.label))}</span>'


def _face(name: str, shape: str = "") -> str:
    initials = "".join(word[0] for word in clean(name).split()[:2] if word[0].isalnum()).upper()
    return f'<span class="face{shape} c{_colour(name)}">{escape(initials or "·")}</span>'


def _colour(name: str) -> int:
    return sum(map(ord, name)) % COLOURS
