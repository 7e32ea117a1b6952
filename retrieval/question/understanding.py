"""What a question asks beside its topic: a time, outlets, the latest.  (pure)

What it asks for strictly becomes a filter of the search; what it only hints at becomes a
bonus in the ranking. A filter that leaves nothing is given up, and that is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from retrieval.folding import folded_words
from retrieval.models import Passage, Query
from retrieval.question.named_sources import source_spans, sources_hinted, sources_named
from retrieval.question.when import (
    Strictness,
    TimeMentioned,
    read_time,
    wants_latest,
    without_spans,
)
from retrieval.recency import period_boost, recency_boost
from retrieval.terms import Terms

MOST_SOURCES = 50
"""Outlets of a filter that a question may name; hosts and sections of one name are many."""

SHARE_OF_HINTED = 0.2
"""In spreads: the bonus of a passage of an outlet that the question may mean."""


_MOMENT = timedelta(seconds=1)


class Filter(StrEnum):
    TIME = "time"
    SOURCES = "sources"


@dataclass(frozen=True, slots=True)
class Understood:
    """What was read from a question, for the search and for whoever wants to know."""

    text: str
    """What is looked for: the question without the words that became a filter."""
    time: TimeMentioned | None = None
    sources: tuple[str, ...] = ()
    """Outlets it asks to hear; a filter."""
    hinted: tuple[str, ...] = ()
    """Outlets it may mean; a bonus."""
    wants_latest: bool = False
    given_up: frozenset[Filter] = frozenset()
    """Filters nothing in the archive passed; the time is a preference then."""
    absent_names: tuple[str, ...] = ()
    """Names and figures of the question that occur nowhere in the archive, as it writes them."""
    source_spans: tuple[tuple[int, int], ...] = ()
    """Where in the question its `sources` are named."""

    @property
    def filters(self) -> frozenset[Filter]:
        """Those the passages found have passed."""
        asked = {Filter.SOURCES} if self.sources else set()
        if self.time and self.time.strictness is Strictness.FILTER:
            asked.add(Filter.TIME)
        return frozenset(asked) - self.given_up

    def in_words(self, timezone: tzinfo) -> str:
        """`counted: last week, 2025-01-13 to 2025-01-19; outlet: Folha`, in English."""
        said = []
        if self.time:
            kind = "counted" if Filter.TIME in self.filters else "preferred"
            said.append(f"{kind}: {self.time.words}, {_days(self.time, timezone)}")
        if self.sources:
            said.append("outlet: " + ", ".join(self.sources))
        if self.hinted:
            said.append("perhaps meant, and preferred: " + ", ".join(self.hinted))
        if self.wants_latest:
            said.append("the latest preferred")
        said += [
            f"no coverage passed the filter by {name}, given up" for name in sorted(self.given_up)
        ]
        if self.absent_names:
            said.append("nowhere in the coverage: " + ", ".join(self.absent_names))
        return "; ".join(said)


def understand(query: Query, known_sources: frozenset[str]) -> Understood:
    """Read a query's text; only its own filters count where it has them, or has no `now`."""
    if query.now is None:
        return Understood(query.text)
    time = None
    if query.since is None and query.until is None:
        time = read_time(query.text, query.now, query.timezone)
    sources: tuple[str, ...] = ()
    hinted: tuple[str, ...] = ()
    if not query.sources:
        sources = sources_named(query.text, known_sources)[:MOST_SOURCES]
        hinted = sources_hinted(query.text, known_sources)[:MOST_SOURCES]
    spans = source_spans(query.text, known_sources) if sources else ()
    latest = wants_latest(query.text)
    read = Understood("", time, sources, hinted, latest, source_spans=spans)
    return replace(read, text=_looked_for(query.text, read))


def _looked_for(question: str, read: Understood) -> str:
    """The question without the words that are a filter, where any others are left."""
    spans = read.source_spans if Filter.SOURCES in read.filters else ()
    if Filter.TIME in read.filters and read.time:
        spans += read.time.spans
    rest = without_spans(question, spans)
    return rest if folded_words(rest) else question


def attempts(query: Query, read: Understood) -> Iterator[tuple[Query, Understood]]:
    """The searches to make until one finds something: with all filters, then with fewer."""
    asked = sorted(read.filters)
    for given_up in [set(), *({name} for name in reversed(asked)), set(asked)]:
        tried = replace(read, given_up=frozenset(given_up))
        tried = replace(tried, text=_looked_for(query.text, tried))
        yield _filtered(query, tried), tried
        if given_up == set(asked):
            return


def _filtered(query: Query, read: Understood) -> Query:
    filtered = replace(query, text=read.text)
    if Filter.TIME in read.filters and read.time:
        filtered = replace(filtered, since=read.time.since, until=read.time.until)
    if Filter.SOURCES in read.filters:
        filtered = replace(filtered, sources=read.sources)
    return filtered


def boosts(
    passage: Passage, read: Understood, now: datetime | None, spread: float
) -> dict[str, float]:
    """What is added to a passage's relevance for what the question hints at, by reason."""
    found = {}
    if read.time and Filter.TIME not in read.filters:
        time = read.time
        found["period"] = period_boost(passage.published_at, time.since, time.until, spread=spread)
    if read.wants_latest and now is not None:
        found["latest"] = recency_boost(passage.published_at, now, spread=spread)
    if read.hinted and not {passage.source, *(one.source for one in passage.also_in)}.isdisjoint(
        read.hinted
    ):
        found["outlet"] = SHARE_OF_HINTED * spread
    return {reason: value for reason, value in found.items() if value}


_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w’'-]*\w|\b\d[\d.,]*\d|\b\d")
_SENTENCE_START = ".?!¿¡"
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")


def names_nowhere(read: Understood, terms: Terms) -> tuple[str, ...]:
    """Names and figures of `read.text` no chunk of the archive holds, in its order, without
    those of a time or outlet: `2025` need not be written in an article of that year.

    A word counts as a name when it has a capital that does not just begin a sentence.
    """
    question = read.text
    absent = {word for term in terms.absent for form in term.forms for word in form}
    for understood in (*read.sources, *read.hinted, read.time.words if read.time else ""):
        absent -= set(folded_words(understood))
    found: list[str] = []
    end = len(question)
    for match in _NAME.finditer(_without_possessives(question)):
        before = question[: match.start()].rstrip()
        starts = not before or before[-1] in _SENTENCE_START
        words = folded_words(match.group())
        if words and not starts and all(word in absent for word in words):
            if question[end : match.start()] == " ":
                found[-1] += f" {match.group()}"
            else:
                found.append(match.group())
            end = match.end()
    return tuple(dict.fromkeys(found))


def _without_possessives(question: str) -> str:
    """As long as it was: places in it stay."""
    return _POSSESSIVE.sub("  ", question)


def _days(time: TimeMentioned, timezone: tzinfo) -> str:
    first = time.since.astimezone(timezone).date().isoformat() if time.since else ""
    # The end is exclusive: the last day counted is the one a moment before it.
    last = ""
    if time.until:
        last = (time.until - _MOMENT).astimezone(timezone).date().isoformat()
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"from {first}" if first else f"until {last}"
