"""Feeds as a person in Telegram sees and presses them: values, addresses, button data.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from retrieval.addresses import is_web, url_problem
from retrieval.feeds.feed import Feed
from retrieval.models import Outcome

ROWS_A_PAGE = 8
MOST_LINKS = 3
"""Links one message may offer."""
_MOST_WORDS = 50

_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_][\w-]{1,62}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed and how much it brings."""

    feed: Feed
    a_week: float | None = None
    """Articles; None while not known."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of the list of feeds, by title."""

    rows: tuple[FeedRow, ...]
    number: int = 0
    pages: int = 1
    total: int = 0


@dataclass(frozen=True, slots=True)
class AddedFeed:
    feed: Feed
    entries: int
    """That stand in it now."""
    is_new: bool


@dataclass(frozen=True, slots=True)
class TakenPage:
    """A page that is in the archive now."""

    title: str
    outlet: str
    outcome: Outcome


class Act(StrEnum):
    """What a button under a screen of feeds does; its value goes into the button's data."""

    LIST = "l"
    OPEN = "o"
    ADD = "n"
    PAUSE = "p"
    RESUME = "r"
    CHECK = "c"
    ASK_REMOVE = "x"
    REMOVE = "d"
    REMOVE_KEEPING = "k"


READING = frozenset({Act.LIST, Act.OPEN})
"""What everyone who is let in may do; the rest changes something."""

_PRESS = re.compile(r"f:([a-z]):([0-9a-f]{12})?:(\d{1,4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class FeedPress:
    """One button of a screen of feeds. Needs nothing remembered: it works after a restart."""

    act: Act
    feed_id: str = ""
    page: int = 0
    """Of the list, to go back to."""

    @property
    def data(self) -> str:
        """At most 64 bytes, as Telegram takes it."""
        return f"f:{self.act.value}:{self.feed_id}:{min(self.page, 9999)}"


def parse_feed_press(data: str) -> FeedPress | None:
    match = _PRESS.fullmatch(data)
    if match is None or match[1] not in {act.value for act in Act}:
        return None
    return FeedPress(Act(match[1]), match[2] or "", int(match[3]))


class LinkAct(StrEnum):
    """What a button beside a link does with it."""

    FEED = "f"
    PAGE = "p"
    ASK = "a"
    """Later questions are about it."""
    ASK_TEXT = "t"
    """The same of a text without a link, which the message with the button replies to."""


_LINK_PRESS = re.compile(r"u:([fpat]):(\d{1,2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LinkPress:
    """A button for the link numbered `index` of the message it stands under."""

    act: LinkAct
    index: int = 0

    @property
    def data(self) -> str:
        return f"u:{self.act.value}:{self.index}"


def parse_link_press(data: str) -> LinkPress | None:
    match = _LINK_PRESS.fullmatch(data)
    return LinkPress(LinkAct(match[1]), int(match[2])) if match else None


def address_of(word: str) -> str | None:
    """The web address a person means by `word`: `folha.example` is `https://folha.example`."""
    word = word.strip()
    if not is_web(word):
        if not _HOST.fullmatch(re.split(r"[/:?#]", word, maxsplit=1)[0]):
            return None
        word = f"https://{word}"
    return None if url_problem(word) else word


def addresses_in(text: str, marked: Collection[str] = ()) -> tuple[str, ...]:
    """The addresses of a message that is nothing else, each once; () of any other message.

    `marked`: the parts of it Telegram shows as links, so that `folha.example` alone counts.
    """
    words = text.split(maxsplit=_MOST_WORDS)
    found: dict[str, None] = {}
    for word in words[:_MOST_WORDS]:
        address = address_of(word) if is_web(word) or word in marked else None
        if address is None:
            return ()
        found[address] = None
    return tuple(found) if len(words) <= _MOST_WORDS else ()
