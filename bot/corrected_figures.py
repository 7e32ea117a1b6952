"""What became of a quoted sentence in an article's later versions, and of its figures.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.figure_changes import (
    Figure,
    FigureChange,
    collapsed,
    figure_changes,
    standing_figures,
    stands,
    without_figures,
)
from retrieval.article_history import ArticleHistory
from retrieval.folding import fold, folded_words, stem
from retrieval.revisions import SentenceChanges, sentence_changes
from retrieval.sentences import sentence_spans
from retrieval.stopwords import STOPWORDS

SAME_SENTENCE = 0.7
"""Share of the words, figures aside, two sentences have in common that are one, corrected."""

STILL_THE_ARTICLE = 0.8
"""A version shorter than this share of the earlier lost its text (a wall, a broken page): what
is missing in it was not taken back."""

MOST_TAKEN_OUT = 10
"""Sentences; with more gone it was written anew, or a live page dropped what is old."""

LONGEST_SEARCHED = 200_000
"""Characters; of a longer text it is not said that a figure stands nowhere in it."""

MOST_COMPARED = 40
"""Pairs of versions compared of one article, at up to about 50 ms each; of further ones nothing
is told."""

MOST_LOOKED_FOR = 200
"""Sentences looked for among what changed in one article; of further ones nothing is told."""

MOST_NEAR = 50
"""Sentences nearly alike; among more, as in a table, none is told from the others."""


class Versions:
    """An article's texts in order; what changed between two is found out once."""

    def __init__(self, history: ArticleHistory) -> None:
        self._history = history
        self._language = history.article.language
        self._texts = [collapsed(one.text) for one in history.versions]
        self._looked_for = 0
        self._compared: dict[tuple[int, int], SentenceChanges] = {}
        self._bare: dict[str, str] = {}
        self._words_of: dict[str, frozenset[str]] = {}
        self._standing: dict[int, list[Figure]] = {}

    @property
    def last(self) -> int:
        return len(self._texts) - 1

    def seen_at(self, moment: datetime, sentence: str) -> int | None:
        """The version an answer of that moment quoted the sentence from; None for none.

        An answer takes a while: it may have read the version before.
        """
        known = range(self.at(moment) + 1)
        for at in reversed(known[-2:]):
            if self._stands(sentence, at):
                return at
        return None

    def at(self, moment: datetime) -> int:
        """The version that stood then; -1 for none."""
        versions = self._history.versions
        known = [at for at, one in enumerate(versions) if one.since is None or one.since <= moment]
        return max(known, default=-1)

    def became(self, sentence: str, start: int, end: int) -> str | None:
        """How version `end` words a sentence of version `start`: empty where it was taken out,
        None where that cannot be told."""
        if self._stands(sentence, end):
            return sentence
        if self._looked_for >= MOST_LOOKED_FOR:
            return None
        self._looked_for += 1
        changed = self._changes(start, end)
        if changed is None or not changed.complete:
            return None
        # Part of what is one sentence there: its figures could be taken for its neighbour's.
        others = [one for one in changed.removed if collapsed(one) != collapsed(sentence)]
        if len(others) == len(changed.removed):
            return None
        after = self._alone_most_like(sentence, changed.added)
        if after:
            back = self._alone_most_like(after, [sentence, *others])
            return after if back == sentence else None
        if after is None or len(changed.removed) > MOST_TAKEN_OUT or not self._is_whole(start, end):
            return None
        return ""

    def corrections(self, was: str, now: str) -> tuple[FigureChange, ...] | None:
        """Of the figures of a sentence that the last version words `now`, or has not where that
        is empty; as `figure_changes` finds them, less what stands elsewhere in that version."""
        found = figure_changes(was, now, self._language)
        if found is None:
            return None
        return tuple(one for one in found if one.now or not self._may_stand(one.was))

    def _stands(self, sentence: str, at: int) -> bool:
        return collapsed(sentence) in self._texts[at]

    def _may_stand(self, figure: str) -> bool:
        text = self._texts[self.last]
        if len(text) > LONGEST_SEARCHED or fold(figure) in fold(text):
            return True
        if self.last not in self._standing:
            self._standing[self.last] = standing_figures(text, self._language)
        return stands(figure, self._standing[self.last], self._language)

    def _changes(self, start: int, end: int) -> SentenceChanges | None:
        if (start, end) not in self._compared:
            if len(self._compared) >= MOST_COMPARED:
                return None
            before, after = (self._history.versions[at].text for at in (start, end))
            self._compared[start, end] = sentence_changes(before, after, self._language)
        return self._compared[start, end]

    def _alone_most_like(self, sentence: str, among: Iterable[str]) -> str | None:
        """The one that may be the same sentence; empty for none, None where that
        cannot be told."""
        words, bare = self._words(sentence), self._without_figures(sentence)
        # Cheap first: thousands may be compared.
        near = [one for one in among if _share(words, self._words(one)) >= SAME_SENTENCE / 2]
        if len(near) > MOST_NEAR:
            return None
        likeness = {
            other: _share(self._words(bare), self._words(self._without_figures(other)))
            for other in near
            if _names_agree(bare, self._without_figures(other))
        }
        best = max(likeness.values(), default=0.0)
        if best < SAME_SENTENCE:
            return ""
        first, *others = (other for other, found in likeness.items() if found == best)
        return None if others else first

    def _words(self, sentence: str) -> frozenset[str]:
        if sentence not in self._words_of:
            words = folded_words(sentence)
            without = frozenset(stem(word) for word in words if not any(map(str.isdigit, word)))
            self._words_of[sentence] = without
        return self._words_of[sentence]

    def _without_figures(self, sentence: str) -> str:
        if sentence not in self._bare:
            self._bare[sentence] = without_figures(sentence, self._language)
        return self._bare[sentence]

    def _is_whole(self, start: int, end: int) -> bool:
        if end == self.last and self._history.article.partial:
            return False
        longest = max(map(len, self._texts[start:end]))
        return len(self._texts[end]) >= STILL_THE_ARTICLE * longest


def sentences_of(quote: str, language: str) -> list[str]:
    return [quote[start:end] for start, end in sentence_spans(quote, language)]


def _names_agree(one: str, other: str) -> bool:
    """Whether each has the names of the other: another place or person is another fact."""
    mine, theirs = set(folded_words(one)), set(folded_words(other))
    return _names(one) <= theirs and _names(other) <= mine


def _names(sentence: str) -> set[str]:

    words = "".join(char if char.isalnum() else " " for char in sentence).split()
    return {part for word in words if word[0].isupper() for part in folded_words(word)} - STOPWORDS


def _share(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return len(mine & theirs) / max(1, len(mine | theirs))
