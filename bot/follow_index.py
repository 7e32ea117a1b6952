"""Which of all follows an arriving article matches.  (pure)

words      a follow of names and phrases is found under the rarest word of the rarest one, so
           that an article meets only those whose words it has
meaning    one product of the article's vectors with those of all topics
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from bot.follow_words import Wish
from bot.follows import Arrived, Cosines, Follow, Match, Scale, by_meaning, by_words
from retrieval.gazetteer import Phrase
from retrieval.models import Matrix
from retrieval.stopwords import STOPWORDS

MOST_LANGUAGES = 50
"""Whose common cosines are kept."""


class FollowIndex:
    """All follows; made anew when they change. Gives what `match_one` would for each."""

    def __init__(self, follows: Sequence[Follow], scale: Scale) -> None:
        self._scale = scale
        self._by_word: dict[str, list[tuple[Follow, Wish]]] = {}
        self._common: dict[str, Cosines] = {}
        wishes = [(follow, follow.wish) for follow in follows]
        self._topical = [(one, wish) for one, wish in wishes if wish.is_topical]
        vectors = [follow.vector for follow, _ in self._topical]
        self._matrix: Matrix = np.array(vectors, dtype=np.float32)
        self._least = np.array([one.threshold for one, _ in self._topical], dtype=np.float32)
        literal = [(one, wish) for one, wish in wishes if wish.phrases and not wish.is_topical]
        known = Counter(
            word
            for _, wish in literal
            for word in {word for forms in wish.phrases for form in forms for word in form}
        )
        for follow, wish in literal:
            keys = min(
                (_keys(forms, known) for forms in wish.phrases),
                key=lambda words: (sum(known[word] for word in words), sorted(words)),
            )
            for word in keys:
                self._by_word.setdefault(word, []).append((follow, wish))

    def matches(self, article: Arrived) -> list[Match]:
        """In the order of the follows' ids."""
        found = [*self._of_words(article), *self._of_meaning(article)]
        return sorted(found, key=lambda match: match.follow_id)

    def _of_words(self, article: Arrived) -> Iterator[Match]:
        # A follow of a country stands under several words.
        met = {
            follow.id: (follow, wish)
            for word in article.places
            for follow, wish in self._by_word.get(word, ())
        }
        for follow, wish in met.values():
            if match := by_words(follow, wish, article):
                yield match

    def _of_meaning(self, article: Arrived) -> Iterator[Match]:
        if not self._topical or not len(article.vectors):
            return
        common = self._common.get(article.language)
        if common is None:
            common = self._scale.common(article.language, self._matrix)
            if len(self._common) < MOST_LANGUAGES:
                self._common[article.language] = common
        cosines = (self._matrix @ article.vectors.T).max(axis=1)
        scores = (cosines - common) / np.float32(self._scale.spread)
        for at in np.nonzero(scores >= self._least)[0]:
            follow, wish = self._topical[at]
            if match := by_meaning(follow, wish, article, float(scores[at])):
                yield match


def _keys(forms: frozenset[Phrase], known: Mapping[str, int]) -> frozenset[str]:
    """Of each form the word that fewest follows have; a long one, where that is all the same."""
    return frozenset(
        min(form, key=lambda word: (word in STOPWORDS, known[word], -len(word), word))
        for form in forms
    )
