"""Which of the known outlets a question asks to hear, in en, pt and es.  (pure)

An outlet's name is often a word (`Time`, `O Globo`, `El Mundo`, `Valor`), so it counts only
where the question speaks of reporting: "segundo a Folha", "what did the BBC report", "en El
País". A name without that, or one that several outlets share, is a hint for the ranking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from retrieval.folding import fold
from retrieval.question.reporting_words import (
    ABOUT_READING,
    ACCORDING,
    AND,
    ASKED,
    ASKS,
    COMMON,
    FROM,
    IN,
    JUST_AFTER,
    JUST_BEFORE,
    OFTEN_CAPITAL,
    SAID_BY,
    SECOND,
    SHORT,
    THE,
    THEN_OWNS,
    THEN_SAYS,
)
from retrieval.question.source_names import (
    ARTICLES,
    GENERIC,
    LONGEST_NAME,
    Called,
    Name,
    is_host,
    names_of,
)
from retrieval.stopwords import STOPWORDS

LONGEST_READ = 1_000
"""Characters of a question that are read for outlets."""

_FAR = 60
"""Letters around a name that may speak of reporting."""

_WORD = re.compile(r"\w+")


def sources_named(question: str, known_sources: Collection[str]) -> tuple[str, ...]:
    """The known outlets a question asks to hear, in its order: a filter.

    `known_sources` are as `Article.source` has them, names or hosts, and are given back so.
    Pass the same frozenset each time: what is read from it is kept.
    """
    return _meant(question, known_sources, is_asked=True)


def sources_hinted(question: str, known_sources: Collection[str]) -> tuple[str, ...]:
    """Known outlets a question may mean, those of `sources_named` left out: a preference.

    Names of several words that stand without a word of reporting, and names that may be
    somebody else's.
    """
    named = sources_named(question, known_sources)
    hinted = _meant(question, known_sources, is_asked=False)
    return tuple(source for source in hinted if source not in named)


def source_spans(question: str, known_sources: Collection[str]) -> tuple[tuple[int, int], ...]:
    """Where a question names the outlets of `sources_named`, with what leads up to each:
    `segundo a Folha,`. Start and exclusive end, in order; empty where the places of its
    letters are not those of NFC."""
    text = question[:LONGEST_READ]
    if not unicodedata.is_normalized("NFC", text):
        return ()
    spans: list[tuple[int, int]] = []
    for found, weight in _weighed(text, known_sources):
        if weight is not _Weight.ASKED:
            continue
        before = text[max(0, found.start - _FAR) : found.start]
        led = ACCORDING.search(found.before) or JUST_BEFORE.search(fold(before))
        start = found.start
        if led and len(fold(before)) == len(before):
            start -= len(before) - led.start()
        if spans and AND.fullmatch(found.follows):
            start = spans.pop()[0]
        after = JUST_AFTER.match(text, found.end)
        spans.append((start, after.end() if after else found.end))
    return tuple(spans)


class _Weight(IntEnum):
    NONE = 0
    HINT = 1
    ASKED = 2


@dataclass(frozen=True, slots=True)
class _Found:
    """A name where it stands in a question."""

    start: int
    end: int
    called: Called
    words: Name
    follows: str
    """What stands between it and the name before."""
    before: str
    """Folded, without an article at its end."""
    has_article: bool
    is_capital: bool
    """Whether a word of it, other than an article, begins with one or has a digit."""
    has_capital_article: bool
    after: str
    goes_on: bool
    """A capital follows, as in `The World Bank`."""

    @property
    def is_common(self) -> bool:
        own = [word for word in self.words if word not in ARTICLES]
        return len(own) == 1 and own[0] in COMMON

    @property
    def is_one_word(self) -> bool:
        return sum(word not in ARTICLES for word in self.words) == 1


def _meant(question: str, known: Collection[str], *, is_asked: bool) -> tuple[str, ...]:
    wanted = _Weight.ASKED if is_asked else _Weight.HINT
    meant: dict[str, None] = {}
    for found, weight in _weighed(unicodedata.normalize("NFC", question[:LONGEST_READ]), known):
        if weight is wanted:
            meant.update(dict.fromkeys(found.called.sources))
    return tuple(meant)


def _weighed(text: str, known: Collection[str]) -> Iterator[tuple[_Found, _Weight]]:
    folded = fold(text)
    weight = _Weight.NONE
    for found in _with_common_verb(list(_find(text, names_of(frozenset(known))))):
        is_listed = weight is _Weight.ASKED and _is_listed(found)
        weight = _Weight.ASKED if is_listed and found.called.is_sure else _weigh(found, folded)
        yield found, weight


def _is_listed(found: _Found) -> bool:
    """Whether it goes on a list with the name before."""
    return found.is_capital and bool(AND.fullmatch(found.follows))


def _with_common_verb(found: list[_Found]) -> list[_Found]:
    """Of names in a list, each with what stands after the last: `a Folha e o Estadão disseram`."""
    for at in range(len(found) - 2, -1, -1):
        if _is_listed(found[at + 1]):
            found[at] = replace(found[at], after=found[at + 1].after)
    return found


def _find(text: str, names: dict[Name, Called]) -> Iterator[_Found]:
    """The longest name at each place."""
    tokens = list(_WORD.finditer(text))
    words = [fold(token.group()) for token in tokens]
    at = last_end = 0
    while at < len(words):
        for size in range(min(LONGEST_NAME, len(words) - at), 0, -1):
            name = tuple(words[at : at + size])
            called = names.get(name) or (names.get(("".join(name),)) if size in (2, 3) else None)
            if called and not (
                size == 1 and words[at] in STOPWORDS and text[tokens[at].start()].islower()
            ):
                yield _found(text, tokens, at, name, called, last_end)
                last_end = tokens[at + size - 1].end()
                at += size - 1
                break
        at += 1


def _found(
    text: str,
    tokens: list[re.Match[str]],
    at: int,
    name: Name,
    called: Called,
    last_end: int,
) -> _Found:
    start, end = tokens[at].start(), tokens[at + len(name) - 1].end()
    before = fold(text[max(0, start - _FAR) : start])
    article = THE.search(before)
    following = tokens[at + len(name)] if at + len(name) < len(tokens) else None
    goes_on = (
        following is not None
        and text[end : following.start()] in (" ", "-")
        and following.group()[0].isupper()
        and fold(following.group()) not in GENERIC
    )
    own = [token.group() for token in tokens[at : at + len(name)]]
    return _Found(
        start,
        end,
        called,
        name,
        fold(text[max(last_end, start - _FAR) : start]) if last_end else "",
        before[: article.start()] if article else before,
        bool(article) or name[0] in ARTICLES,
        any(
            word[0].isupper() or any(char.isdigit() for char in word)
            for word in own
            if fold(word) not in ARTICLES
        ),
        name[0] in ARTICLES and own[0][0].isupper(),
        fold(text[end : end + _FAR]),
        goes_on,
    )


def _weigh(found: _Found, folded: str) -> _Weight:
    if found.is_one_word and found.goes_on:
        return _Weight.NONE
    according, of_news = ACCORDING.search(found.before), FROM.search(found.before)
    said_by = SAID_BY.search(found.before)
    says = said_by or THEN_SAYS.match(found.after)
    publishes = bool(says and says["publish"]) or bool(THEN_OWNS.match(found.after))
    is_asked = bool(said_by or ASKED.search(found.before))
    if not found.is_capital and found.is_common:
        # `according to the world`, `o que o mundo diz`: a word, unless it publishes.
        ends = re.match(r"\s*(?:[,.;:?!]|$)", found.after)
        cued = (according and ends and found.has_article) or (publishes and is_asked)
        return _Weight.ASKED if cued and found.called.is_sure else _Weight.NONE
    if found.is_common and according and not found.has_article and SECOND.search(found.before):
        return _Weight.NONE
    return _of_a_name(found, folded, bool(according or of_news), bool(says), publishes, is_asked)


def _of_a_name(
    found: _Found, folded: str, is_cued: bool, says: bool, publishes: bool, is_asked: bool
) -> _Weight:
    """What a name that is no common word, or has a capital, weighs."""
    is_doubtful = not found.called.is_sure
    if says and not publishes and all(is_host(source) for source in found.called.sources):
        # What did Google say: the company, of whose site alone we know.
        is_doubtful = True
    if found.is_capital or is_asked or is_cued:
        is_cued = is_cued or publishes or (says and is_asked)
    if not is_cued and IN.search(found.before) and found.is_capital:
        word = found.words[-1]
        is_place = word in OFTEN_CAPITAL and not found.has_capital_article
        reads = ABOUT_READING.search(folded)
        is_short = len(folded.split()) <= SHORT and not ASKS.search(folded)
        is_cued = not is_place and bool(reads or is_short)
        is_doubtful = is_doubtful or is_place
    if is_cued:
        return _Weight.HINT if is_doubtful else _Weight.ASKED
    return _Weight.HINT if says or not found.is_one_word else _Weight.NONE
