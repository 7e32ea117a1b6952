"""Whether an article is worth a place of its own, or is another's text once more.  (pure)

    not a copy                                   an article
    a copy with other facts or more text         an article, in one group with the other
    a copy that says nothing the other does not  an appearance of the other

Copies with other facts stay apart because that sources differ is what a reader must see.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from retrieval.copies import (
    LEAST_WORDS,
    Likeness,
    Signature,
    compare,
    signature,
    similarity,
)
from retrieval.figures import written_figures
from retrieval.folding import folded_words
from retrieval.models import Article
from retrieval.outlets import Coverage, publisher
from retrieval.wording import own_share, title_says_else, wording

MOST_OF_ITS_OWN = 0.15
"""Share of a copy's runs of five words that may stand in it alone: a byline, another outlet's
name, words an editor replaced. Its own paragraph is more. So its text is at most 1.18 times as
long as the other's."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An article, and what its copies are told by."""

    article: Article
    signature: Signature
    copy_group: str | None = None
    """Of an article in the archive, if it has copies there."""
    added_at: int = 0
    """Seconds since 1970 when the archive took it; 0 for one it has not."""

    @property
    def id(self) -> str:
        return self.article.id

    @property
    def order(self) -> tuple[float, int, str]:
        """Sorts the earliest first; by the time it was taken where it is undated."""
        published = self.article.published_at
        return (published.timestamp() if published else self.added_at, self.added_at, self.id)


@dataclass(frozen=True, slots=True)
class Placement:
    """Articles of one text: who gets a place, and who appears in whose."""

    article: Reading
    appearing: tuple[Reading, ...]


def read(article: Article) -> Reading:
    return Reading(article, signature(article.text))


def is_copy_of(one: Reading, other: Reading) -> bool:
    """Whether two articles are one text. Symmetric.

    A short text (a caption, a weather line) and a second one of the same outlet (the same
    notice in place of every article) are that only under the same title. The sample and a
    person's own coverage are kept apart, since the sample is to be removed as a whole.
    """
    if one.article.sample != other.article.sample:
        return False
    match compare(one.signature, other.signature):
        case Likeness.IDENTICAL:
            short = one.signature.words < LEAST_WORDS
            if not short and not _same_outlet(one.article, other.article):
                return True
            return folded_words(one.article.title) == folded_words(other.article.title)
        case Likeness.COPY:
            return not _same_outlet(one.article, other.article)
        case _:
            return False


def adds_nothing_to(copy: Reading, other: Reading) -> bool:
    """Whether the text and title of a copy state no fact and hardly a word the other lacks."""
    mine, theirs = wording(copy.article.text), wording(other.article.text)
    if title_says_else(copy.article.title, other.article.title, theirs):
        return False
    credited = frozenset(
        word
        for one in (copy.article, other.article)
        for word in folded_words(f"{one.source} {one.author}")
    )
    return own_share(mine, theirs, credited) <= MOST_OF_ITS_OWN


def appears_in(copy: Reading, other: Reading) -> bool:
    return is_copy_of(copy, other) and adds_nothing_to(copy, other)


def same_figures(one: Article, other: Article) -> bool:
    return set(_figures(one)) == set(_figures(other))


def nearest_first(of: Reading, others: Iterable[Reading]) -> list[Reading]:
    """The copies among `others`: identical ones, then by similarity, then the earliest."""
    copies = [other for other in others if other.id != of.id and is_copy_of(of, other)]
    return sorted(
        copies,
        key=lambda other: (
            other.signature.exact != of.signature.exact,
            -similarity(of.signature, other.signature),
            other.order,
        ),
    )


def placed(readings: Sequence[Reading]) -> list[Placement]:
    """Articles that appeared in one that goes, on their own: the earliest takes its place, and
    those that say no more than it appear there; with those that do, the same again."""
    left = sorted(readings, key=lambda reading: reading.order)
    placements = []
    while left:
        first, *others = left
        appearing = [other for other in others if appears_in(other, first)]
        placements.append(Placement(first, tuple(appearing)))
        gone = {first.id, *(other.id for other in appearing)}
        left = [reading for reading in left if reading.id not in gone]
    return placements


def _same_outlet(one: Article, other: Article) -> bool:
    if folded_words(one.source) == folded_words(other.source):
        return True
    return publisher(_coverage(one)) == publisher(_coverage(other))


def _coverage(article: Article) -> Coverage:
    return Coverage(article.source, article.url, text_head="")


def _figures(article: Article) -> tuple[str, ...]:
    return written_figures(f"{article.title}\n{article.text}")
