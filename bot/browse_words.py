"""What people write after a browsing command, and the short keys that ask for it again.  (pure)

A key goes into a button, which carries at most 64 bytes. It says all there is to know wherever
that fits: such buttons work as long as the message stands. Days are kept as moments, so that
the second page of "yesterday" is of the same day.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, tzinfo
from urllib.parse import urlsplit

from bot.browsed import LatestAsked
from retrieval.clean import one_line
from retrieval.folding import fold
from retrieval.identity import digest
from retrieval.question.source_names import ARTICLES, GENERIC, names_of
from retrieval.question.when import read_time

LONGEST_WORDS = 300
"""Characters after a command that are read."""
LONGEST_KEY = 48
"""Bytes."""
MOST_SHELVED = 2_000
MOST_SOURCES = 50
_LONGEST_NAME = 6
"""Words of an outlet's name."""
_SHELVED = "~"
_OF_ARTICLE = "@"
_ARTICLE = re.compile(r"@[0-9a-f]{24}")
_QUARTER = 15 * 60
"""Seconds; days begin on quarters of an hour in every time zone."""
_MOMENT = re.compile(r"[0-9a-z]{1,7}")
_BARE_DAY = re.compile(r"(?<!\S)([0-3]?[0-9])/([01]?[0-9])(?!\S)", re.ASCII)
"""In a question `20/05` might be a share; after a command it is a day."""
_WORD = re.compile(r"\w+")
_SMALL_WORDS = """
about on of from in the by sobre de da do das dos del el la los las em en no na news noticias
"""
_FILLERS = frozenset(_SMALL_WORDS.split())


def read_words(raw: str) -> str:
    """What is taken of the words after a command: one line of bounded length."""
    return one_line(raw[: 4 * LONGEST_WORDS])[:LONGEST_WORDS].strip()


def read_latest(words: str, sources: Collection[str], now: datetime, zone: tzinfo) -> LatestAsked:
    """Topic, outlet and day, in any order; `now` is aware, days are counted in `zone`."""
    words = read_words(words)
    since = until = None
    words = _BARE_DAY.sub(lambda match: _with_year(match, now.astimezone(zone)), words)
    time = read_time(words, now, zone)
    if time is not None:
        since, until = time.since, time.until
        words = time.rest_of(words)
    found = _outlet_in(words, sources)
    if found is None:
        return LatestAsked(_topic(words), since=since, until=until)
    start, end, meant = found
    topic = _topic(f"{words[:start]} {words[end:]}")
    return LatestAsked(topic, words[start:end], meant, since, until)


def _with_year(match: re.Match[str], now: datetime) -> str:
    """The day of that name that was last; as it stands where there is no such day."""
    for year in (now.year, now.year - 1):
        try:
            day = date(year, int(match[2]), int(match[1]))
        except ValueError:
            continue
        if day <= now.date():
            return day.isoformat()
    return match[0]


def sources_called(name: str, sources: Collection[str]) -> tuple[str, ...]:
    """The outlets that words mean which were read as an outlet's name before; () for none."""
    found = _outlet_in(name, sources)
    return found[2] if found else ()


def _outlet_in(words: str, sources: Collection[str]) -> tuple[int, int, tuple[str, ...]] | None:
    """Where the longest name of an outlet stands, and whom it means."""
    called = names_of(frozenset(sources))
    tokens = list(_WORD.finditer(words))
    for count in range(min(_LONGEST_NAME, len(tokens)), 0, -1):
        for at in range(len(tokens) - count + 1):
            run = tokens[at : at + count]
            meant = called.get(tuple(fold(token.group()) for token in run))
            if meant is not None:
                return run[0].start(), run[-1].end(), meant.sources[:MOST_SOURCES]
    for token in tokens:
        began = tuple(one for one in sorted(sources) if _first_word(one) == fold(token.group()))
        if began:
            return token.start(), token.end(), began[:MOST_SOURCES]
    return None


def _first_word(source: str) -> str:
    """Of an outlet's name, without its article; later words are places and things, which are
    topics, too. A generic one (`World`, `News`) is of nobody."""
    words = [fold(word) for word in _WORD.findall(source[:200])]
    own = next((word for word in words if word not in ARTICLES), "")
    return own if own not in GENERIC | _FILLERS else ""


def _topic(words: str) -> str:
    """Without the small words that led to a day or an outlet: `from`, `sobre`."""
    said = [word for word in words.split() if any(map(str.isalnum, word))]
    kept = [at for at, word in enumerate(said) if fold(word) not in _FILLERS]
    return " ".join(said[kept[0] : kept[-1] + 1]) if kept else ""


def spec_of(asked: LatestAsked) -> str:
    """Everything but `sources`, which follow from `outlet`."""
    days = f"{_written(asked.since)}.{_written(asked.until)}" if asked.since or asked.until else ""
    return f"{days}|{asked.outlet.replace('|', ' ')}|{asked.topic}"


def read_spec(spec: str) -> LatestAsked | None:
    """What `spec_of` wrote, without `sources`; None for anything else."""
    days, bar, rest = spec.partition("|")
    outlet, other_bar, topic = rest.partition("|")
    since, dot, until = days.partition(".")
    if not bar or not other_bar or bool(dot) != bool(days):
        return None
    try:
        return LatestAsked(topic, outlet, (), _read(since), _read(until))
    except (ValueError, OverflowError):
        return None


def _written(moment: datetime | None) -> str:
    if moment is None:
        return ""
    quarters, written = int(moment.timestamp()) // _QUARTER, ""
    if quarters < 0:
        return "0"
    while quarters:
        quarters, digit = divmod(quarters, 36)
        written = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + written
    return written or "0"


def _read(written: str) -> datetime | None:
    if not written:
        return None
    if not _MOMENT.fullmatch(written):
        raise ValueError(f"{written!r} is no moment")
    return datetime.fromtimestamp(int(written, 36) * _QUARTER, UTC)


def key_of_article(article_id: str) -> str:
    """A story told from an article."""
    return f"{_OF_ARTICLE}{article_id}"


def article_of_key(text: str) -> str | None:
    return text[1:] if _ARTICLE.fullmatch(text) else None


class Shelf:
    """Texts too long for a button, by a short key; the oldest of 2,000 go."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self.tell: Callable[[str], None] = lambda _text: None
        """Told of every text that is new, for other shelves to take its `key`; on any thread."""

    def key(self, text: str) -> str:
        """The text itself where it fits."""
        if len(text.encode("utf-8", "replace")) <= LONGEST_KEY and not text.startswith(_SHELVED):
            return text
        key = f"{_SHELVED}{digest(text)}"
        if key not in self._texts:
            self.tell(text)
        self._put(key, text)
        return key

    def hear(self, text: str) -> None:
        """As `key`, of what another shelf was told."""
        self._put(f"{_SHELVED}{digest(text)}", text)

    def _put(self, key: str, text: str) -> None:
        self._texts[key] = text
        self._texts.move_to_end(key)
        while len(self._texts) > MOST_SHELVED:
            self._texts.popitem(last=False)

    def text(self, key: str) -> str | None:
        """None for what is not kept any more."""
        return self._texts.get(key) if key.startswith(_SHELVED) else key


def is_address(words: str) -> bool:
    """Whether somebody gave a link rather than words."""
    try:
        parts = urlsplit(words)
    except ValueError:
        return False
    return " " not in words and parts.scheme.lower() in ("http", "https") and bool(parts.netloc)
