"""In which language a question is answered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.texts import LANGUAGES
from retrieval.folding import fold
from retrieval.language import detect_among
from retrieval.models import Passage
from retrieval.stopwords import STOPWORDS

MOST_WORDS = 4
"""Of a question that may be a name alone; more tell a language."""

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*")


def language_of(question: str, asked: Sequence[str], passages: Sequence[Passage]) -> str:
    """One of `LANGUAGES`. A name alone ("Stargate", "PETR4") is of none: it is answered in that
    of the last of the questions `asked` before, else in that of the passage found first."""
    if not is_a_name(question):
        return detect_among(question, LANGUAGES)
    for earlier in reversed(asked):
        if not is_a_name(earlier):
            return detect_among(earlier, LANGUAGES)
    if passages and passages[0].language in LANGUAGES:
        return passages[0].language
    return detect_among(question, LANGUAGES)


def is_a_name(question: str) -> bool:
    """Whether it is nothing but names, tickers and figures.  (pure)"""
    words = _WORD.findall(question)
    return 0 < len(words) <= MOST_WORDS and all(map(_is_of_a_name, words))


def _is_of_a_name(word: str) -> bool:
    is_written_so = word[0].isupper() or any(map(str.isdigit, word))
    return is_written_so and fold(word) not in STOPWORDS
