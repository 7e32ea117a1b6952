"""What a question says about time, in en, pt and es.  (pure)

What someone asks to read ("yesterday's news", "o que saiu desde março") is a filter on the
day of publication. What someone asks about a past fact by its date ("how many died in
January?") is a preference: it may be told later or looked back on. Of the news questions of
the benchmark that say "this week", a hard filter would lose the evidence of a third.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from retrieval.folding import fold, folded_words
from retrieval.question.calendar_words import NUMBERS, UNITS
from retrieval.question.periods import Sort
from retrieval.question.time_doubts import Asked, read_places
from retrieval.question.time_mentions import Mention, find_mentions
from retrieval.stopwords import STOPWORDS

LONGEST_READ = 1_000
"""Characters of a question that are read for time."""

LONG_AGO = timedelta(days=730)
"""Beyond it, "since 2005" dates a state of things rather than what to read."""

_BEYOND_MEMORY = timedelta(days=3653)
"""`What happened in 1992` is told by what was written since."""

_SHORT = 6
"""Words of a search rather than a sentence."""

_DAY = timedelta(days=1)
_BEFORE_A_STOP = re.compile(r"[ ,;:]+([?!.,;:](?!\w))")
_MONTH_FIRST = frozenset(
    f"America/{city}"
    for city in ("New_York", "Chicago", "Denver", "Phoenix", "Los_Angeles", "Anchorage", "Detroit")
)


class Strictness(StrEnum):
    FILTER = "filter"
    """Only what was published then is asked for."""
    PREFERENCE = "preference"
    """What was published then is the more likely to hold the answer."""


@dataclass(frozen=True, slots=True)
class TimeMentioned:
    since: datetime | None
    """UTC."""
    until: datetime | None
    """UTC, exclusive."""
    strictness: Strictness
    spans: tuple[tuple[int, int], ...]
    """Where in the question it was read from: start, exclusive end; in order."""
    words: str
    """The same as text: `since March`."""

    def rest_of(self, question: str) -> str:
        """The question without the words about time: what to look for under a filter."""
        return without_spans(question, self.spans)


def without_spans(question: str, spans: Iterable[tuple[int, int]]) -> str:
    """The question without some of its words, and without the punctuation that parted them."""
    kept, at = [], 0
    for start, end in sorted(spans):
        kept.append(question[at:start])
        at = max(at, end)
    rest = " ".join(" ".join([*kept, question[at:]]).split())
    return _BEFORE_A_STOP.sub(r"\1", rest).lstrip(" ,;:-–—?!.") if at else rest


class _Manner(StrEnum):
    READ = "read"
    """Asks for coverage: `news of`, `what did El País publish`."""
    EVENTS = "events"
    """`What happened`: coverage as well, unless it asks about a long time ago."""
    OPEN = "open"
    """Asks what somebody did or said."""
    SHORT = "short"
    """No question, a few words to look for."""
    FACT = "fact"


_TELLS = r"(?:report|publish|writ|wrote|print|cover|publi[cq]|notici|escrev|reporta|informou)\w*"
_ASKS_TO_READ = re.compile(
    r"\bnews\b|\bheadlines?\b|\bcoverage\b|\bstories\b|\barticles?\b|\bsummar|\brecap\b"
    r"|\bupdates?\b|\bwhat(?:'s|’s| is) new\b"
    r"|\bnoticias?\b|\bmanchetes?\b|\btitulares\b|\bcobertura\b|\bmaterias?\b|\breportage[mn]s?\b"
    r"|\breportajes?\b|\bartigos?\b|\barticulos?\b|\bnovidades\b|\bnovedades\b|\bresum[oae]\b"
    rf"|\bwhat (?:did|has|have|was|were) (?:\w+ ){{0,5}}{_TELLS}"
    rf"|\bque (?:[ao]s? |se )?(?:\w+ ){{0,4}}{_TELLS}"
)
_ASKS_WHAT_HAPPENED = re.compile(
    r"(?<!after )\bwhat (?:has |have |had |is |was )?(?:happen\w*|went on|going on)\b(?! to\b)"
    r"|\bque (?:aconteceu|rolou|saiu|houve|ha de novo|paso|ocurrio|hay de nuevo|sucedio|ocorreu"
    r"|se passou|tem acontecido|vem acontecendo|ha pasado|ha sucedido|ha ocurrido)\b(?! con\b)"
)
_NEWS_OF_A_NAME = re.compile(r"\b[A-Z]\w+ News\b|\bNews Corp\w*")
_ASKS_OPENLY = re.compile(
    r"\bwhat (?:did|has|have|had|else did)\b"
    r"|\bque (?:(?:[ao]s?|el|la) )?(?:\w+ ){0,4}(?:diss|diz|dij|dice|anunci|decid|fez\b|fizo"
    r"|hizo|falou|falaram|promet|aprov|aprob)"
)
_ASKS_FOR_A_FACT = re.compile(
    r"\b(?:who|whom|whose|which|what|when|where|why|how|is|are|was|were|did|does|do|has|quem|qual"
    r"|quais|quanto|quanta|quantos|quantas|quando|onde|por ?que|como|quien|quienes|cual|cuales"
    r"|cuanto|cuanta|cuantos|cuantas|cuando|donde|que)\b"
)
_ENGLISH = re.compile(r"\b(?:the|of|what|who|how|on|in|did|was|is|news|since|from)\b")


def read_time(question: str, now: datetime, timezone: tzinfo) -> TimeMentioned | None:
    """The time a question asks about, as far as it is past; None where it names none.

    `now` is aware; days are counted in `timezone`. A time to come ("by 2030", "amanhã") is
    that of an event, never of publication, and gives None.
    """
    text = question[:LONGEST_READ]
    asked = read_places(text, now.astimezone(timezone).replace(tzinfo=None))
    is_american = getattr(timezone, "key", "") in _MONTH_FIRST
    month_first = is_american and bool(_ENGLISH.search(asked.folded))
    mentions = find_mentions(asked, month_first=month_first)
    mentions = [item for item in mentions if item.sort is not Sort.LOOSE] or mentions
    if not mentions:
        return None
    manner = _manner(asked)
    strict = [item for item in mentions if _is_strict(item, manner, asked)]
    chosen = strict or mentions
    if strict:
        chosen = [replace(item, until=_told_until(item, manner)) for item in chosen]
    since, until = _bounds(chosen)
    spans = [(asked.places[item.start], asked.places[item.end]) for item in chosen]
    return TimeMentioned(
        since=_in_utc(since, timezone) if since else None,
        until=_in_utc(until, timezone) if until else None,
        strictness=Strictness.FILTER if strict else Strictness.PREFERENCE,
        spans=tuple(spans),
        words=", ".join(text[start:end] for start, end in spans),
    )


def _bounds(mentions: list[Mention]) -> tuple[datetime | None, datetime | None]:
    """Of several: `since` with `before` is what lies between; else what holds them all."""
    starts = [item.since for item in mentions if item.since]
    ends = [item.until for item in mentions if item.until]
    has_open_start = len(starts) < len(mentions)
    has_open_end = len(ends) < len(mentions)
    if has_open_start and has_open_end:
        since = max(item.since for item in mentions if item.since and not item.until)
        until = min(item.until for item in mentions if item.until and not item.since)
        return (since, until) if since < until else (mentions[0].since, mentions[0].until)
    return None if has_open_start else min(starts), None if has_open_end else max(ends)


def _manner(asked: Asked) -> _Manner:
    if _ASKS_TO_READ.search(fold(_NEWS_OF_A_NAME.sub(" ", asked.text))):
        return _Manner.READ
    if _ASKS_WHAT_HAPPENED.search(asked.folded):
        return _Manner.EVENTS
    if _ASKS_OPENLY.search(asked.folded):
        return _Manner.OPEN
    if len(folded_words(asked.folded)) <= _SHORT and not _ASKS_FOR_A_FACT.search(asked.folded):
        return _Manner.SHORT
    return _Manner.FACT


def _is_strict(mention: Mention, manner: _Manner, asked: Asked) -> bool:
    if mention.sort is Sort.LOOSE:
        return False
    if manner is _Manner.READ:
        return True
    if manner is _Manner.EVENTS:
        return mention.until is None or mention.until > asked.now - _BEYOND_MEMORY
    if asked.will_be or (mention.since and mention.since < asked.now - LONG_AGO):
        return False
    if mention.sort is Sort.ROLLING:
        return True
    if manner is _Manner.SHORT and mention.is_window:
        return True
    return manner is not _Manner.FACT and mention.sort in (Sort.RECENT, Sort.TODAY)


def _told_until(mention: Mention, manner: _Manner) -> datetime | None:
    """What somebody said on an evening is told on the next day."""
    if manner is _Manner.OPEN and mention.until and mention.since:
        is_short = mention.until - mention.since <= 2 * _DAY
        return mention.until + _DAY if is_short else mention.until
    return mention.until


def _in_utc(local: datetime, timezone: tzinfo) -> datetime:
    return local.replace(tzinfo=timezone).astimezone(UTC)


_LATEST = re.compile(
    r"\b(?:(?<!his )(?<!her )(?<!its )latest|newest|most recent(?:ly)?|recently"
    r"|lately|breaking news|right now|currently"
    r"|at the moment|mais recentes?|recente(?:mente)?s?|agora|atualmente|atuais|no momento"
    r"|novidades|ultimas noticias|mas recientes?|reciente(?:mente|s)?|(?<!lo que )ahora|actualmente"
    r"|en este momento|novedades|ultima hora|ultimas novas|what(?:'s|’s| is) new)\b"
    r"|(?<!until )(?<!till )(?<!by )(?<!what is )\bnow\b(?! that\b)"
    r"|\b(?:the|who is|is) current (?!account|affairs)"
    r"|\b(?:[ao]s?|el|l[ao]s?|d[eo]l?|da|seu|sua|su) a(?:c)?tua(?:l|is|les)\b"
)
_LAST_OF = re.compile(
    r"\b(?:o|a|os|as|el|la|los|las|d[oa]s?|n[oa]s?|del|al) ultim[oa]s? (?P<what>\w+)"
)
_IN_A_ROW = """
vez veces vezes lugar cuarto quarto capitulo capitulos palavra palabra nome nombre apellido cena
idade edad era glaciacao desejo deseo suspiro fim fin numero decada decadas seculo siglo segunda
terca quarta quinta sexta sabado domingo lunes martes miercoles jueves viernes minuto minutos
segundo segundos
"""
"""What is last of several rather than in time."""
_NOT_LATEST = frozenset(_IN_A_ROW.split()) | UNITS.keys() | NUMBERS.keys() | STOPWORDS


def wants_latest(question: str) -> bool:
    """Whether the newest answer is asked for: "latest", "agora", "o último"; not "last year"."""
    folded = fold(question[:LONGEST_READ])
    if _LATEST.search(folded):
        return True
    return any(
        not match["what"].isdigit() and match["what"] not in _NOT_LATEST
        for match in _LAST_OF.finditer(folded)
    )
