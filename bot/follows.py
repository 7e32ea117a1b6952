"""What a chat follows, and whether an article is that.  (pure)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bot.conversation_key import ConversationKey
from bot.follow_words import Wish, read_wish
from bot.grounding.amount import Amount
from bot.grounding.figures import amounts
from retrieval.folding import folded_words
from retrieval.gazetteer import Phrase
from retrieval.models import Matrix, Vector

MOST_READ = 30_000
"""Characters of an article that are searched for words."""
AMOUNTS_READ = 1_500
"""Characters in which an amount must be told: further down it is of something else."""
LEAD_WORDS = 60

IN_TITLE, IN_LEAD, OFTEN, ANYWHERE = 1.0, 0.7, 0.5, 0.2
"""How much an article is about a phrase, by where it stands."""
OFTEN_TIMES = 3

FEW = 40
"""Articles from which what they have in common counts for half."""
UNRELATED = 0.3
"""Where the cosine of a topic and an unrelated article is, in spreads above the floor."""
MISSING = 0.2
"""Spreads that an article without any of a topic's names is further away."""

Cosines = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Follow:
    """What one chat or topic follows."""

    id: int
    where: ConversationKey
    words: str
    language: str
    threshold: float
    """Of `Match.score`, which means something else with and without a topic."""
    vector: Vector
    """Of the topic, normalised; of any follow's words where there is none."""
    created_at: int
    """Seconds since 1970 UTC: what arrived before is not told."""

    @cached_property
    def wish(self) -> Wish:
        return read_wish(self.words, self.language)

    def is_same_as(self, other: Follow) -> bool:
        """In all, not in its number alone: that may be given again, to another chat's."""
        return np.array_equal(self.vector, other.vector) and all(
            getattr(self, one.name) == getattr(other, one.name)
            for one in fields(self)
            if one.name != "vector"
        )


@dataclass(frozen=True, slots=True)
class Match:
    """An article is what a follow wants."""

    follow_id: int
    score: float
    """With a topic: how far the cosine lies above that of any article, in the model's spreads.
    Without: where the phrase stands that matters least to the article, 0.2 to 1."""
    found: tuple[str, ...] = ()
    """The phrases, in the folded form that was found."""
    amounts: tuple[str, ...] = ()
    """As the article writes them."""
    is_by_meaning: bool = False


@dataclass(frozen=True)
class Arrived:
    """An article as it is matched."""

    article_id: str
    title: str
    text: str
    language: str
    vectors: Matrix
    """Of its first chunks, shape (n, dimension); none where it has none yet."""

    @cached_property
    def words(self) -> list[str]:
        # Between title and text nothing is adjacent.
        return [*folded_words(self.title), "", *folded_words(self.text[:MOST_READ])]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            found.setdefault(word, []).append(place)
        return found

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        return amounts(f"{self.title}\n{self.text[:AMOUNTS_READ]}", self.language)


@dataclass(frozen=True, slots=True)
class Scale:
    """How the cosines of an embedding model are read.

    What all articles of a language have in common is taken off: see `retrieval.story_means`.
    """

    floor: float
    spread: float
    """See `Embedder`."""
    means: Mapping[str, Vector] = field(default_factory=dict)
    """Of articles, by language; at '' of all."""
    count: int = 0
    """Articles that `means` are of."""

    def common(self, language: str, vectors: Matrix) -> Cosines:
        """The cosine that each of the vectors has with any article, about."""
        guess = np.full(len(vectors), self.floor + UNRELATED * self.spread, dtype=np.float32)
        mean = self.means.get(language, self.means.get(""))
        if mean is None:
            return guess
        share = self.count / (self.count + FEW)
        told: Cosines = (share * (vectors @ mean) + (1 - share) * guess).astype(np.float32)
        return told


def match_one(follow: Follow, article: Arrived, scale: Scale) -> Match | None:
    wish = follow.wish
    if wish.is_empty:
        return None
    if not wish.is_topical:
        return by_words(follow, wish, article)
    if not len(article.vectors):
        return None
    cosine = float(np.max(article.vectors @ follow.vector))
    common = float(scale.common(article.language, follow.vector[np.newaxis, :])[0])
    return by_meaning(follow, wish, article, (cosine - common) / scale.spread)


def held_by(follow: Follow, article: Arrived) -> Match:
    """What of a follow stands in an article that matched; the score is that of words alone."""
    wish = follow.wish
    found = _phrases(wish, article) or _Found(0.0)
    named = filter(None, (_first_form(forms, article) for forms in wish.names))
    match = Match(follow.id, found.score, (*found.forms, *named), (), wish.is_topical)
    return _with_amounts(match, wish, article) or match


def by_words(follow: Follow, wish: Wish, article: Arrived) -> Match | None:
    """Of a wish without a topic, that is not empty."""
    found = _phrases(wish, article)
    if found is None or found.score < follow.threshold:
        return None
    return _with_amounts(Match(follow.id, found.score, found.forms), wish, article)


def by_meaning(follow: Follow, wish: Wish, article: Arrived, score: float) -> Match | None:
    """Of a topic; `score` is that of the vectors alone."""
    if score < follow.threshold or (found := _phrases(wish, article)) is None:
        return None
    named = [form for forms in wish.names if (form := _first_form(forms, article))]
    if wish.names:
        score -= MISSING * (1 - len(named) / len(wish.names))
    if score < follow.threshold:
        return None
    return _with_amounts(Match(follow.id, score, (*found.forms, *named), (), True), wish, article)


def _first_form(forms: frozenset[Phrase], article: Arrived) -> str:
    return next((" ".join(form) for form in sorted(forms) if _places(form, article)), "")


def _with_amounts(match: Match, wish: Wish, article: Arrived) -> Match | None:
    told: list[str] = []
    for condition in wish.conditions:
        fitting = next((one for one in article.amounts if condition.fits(one)), None)
        if fitting is None:
            return None
        told.append(fitting.text)
    return Match(match.follow_id, match.score, match.found, tuple(told), match.is_by_meaning)


@dataclass(frozen=True, slots=True)
class _Found:
    score: float = 1.0
    forms: tuple[str, ...] = field(default=())


def _phrases(wish: Wish, article: Arrived) -> _Found | None:
    """None where one is missing; the score is of that which matters least to the article."""
    score, shown = IN_TITLE, []
    for forms in wish.phrases:
        held = {form: places for form in sorted(forms) if (places := _places(form, article))}
        if not held:
            return None
        best = min(held, key=lambda form: held[form][0])
        score = min(score, _weight([one for places in held.values() for one in places], article))
        shown.append(" ".join(best))
    return _Found(score, tuple(shown))


def _places(form: Phrase, article: Arrived) -> list[int]:
    words, length = article.words, len(form)
    return [
        place
        for place in article.places.get(form[0], ())
        if length == 1 or tuple(words[place : place + length]) == form
    ]


def _weight(places: Sequence[int], article: Arrived) -> float:
    of_title = article.places[""][0]
    first = min(places)
    if first < of_title:
        return IN_TITLE
    if first <= of_title + LEAD_WORDS:
        return IN_LEAD
    return OFTEN if len(places) >= OFTEN_TIMES else ANYWHERE
