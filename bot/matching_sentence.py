"""The sentence of an article that says what a follow wants.  (pure)"""

from __future__ import annotations

from bot.follow_words import Wish
from bot.follows import Match
from retrieval.folding import folded_words, stem
from retrieval.sentences import sentence_spans
from retrieval.stopwords import STOPWORDS

READ = 8_000
"""Characters of a text."""
SHORTEST, LONGEST = 25, 320


def matching_sentence(wish: Wish, match: Match, text: str, language: str) -> str:
    """The first of those with most of what was found: phrases and amounts, then words of the
    topic. Exactly as it stands; empty where none can be shown."""
    read = text[:READ]
    found = [f" {one} " for one in match.found]
    figures = [f" {' '.join(folded_words(one))} " for one in match.amounts]
    stems = {stem(word) for word in folded_words(wish.topic) if word not in STOPWORDS}

    def worth(sentence: str) -> float:
        words = folded_words(sentence)
        line = f" {' '.join(words)} "
        told = sum(one in line for one in found) + 2 * sum(one in line for one in figures)
        return told + (len(stems & {stem(word) for word in words}) / max(1, len(stems)))

    sentences = [
        read[start:end]
        for start, end in sentence_spans(read, language)
        if SHORTEST <= end - start <= LONGEST
    ]
    return " ".join(max(sentences, key=worth, default="").split())
