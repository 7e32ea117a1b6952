"""What to follow after an answer: the names that its question and its sources share.  (pure)"""

from __future__ import annotations

from bot.answers import Answer
from bot.follow_words import LONGEST_WORDS
from bot.grounding.names_in_text import names
from bot.subjects import headline_names, subject
from retrieval.clean import cut_at_word, one_line
from retrieval.folding import fold

MOST_NAMES = 2
"""All of them must occur in an article: of more, hardly any has them."""


def topic_words(question: str, answer: Answer) -> str:
    """Empty for an answer that cites nothing."""
    if not answer.citations:
        return ""
    best = answer.citations[0]
    told = fold(" ".join(f"{one.title} {one.quote}" for one in answer.citations))
    asked = [one.text for one in names(one_line(question)) if fold(one.text) in told]
    of_title = headline_names(best.title, best.quote)
    # A question typed without capitals names nobody; its source does.
    also = [one for one in of_title if fold(one) in fold(question)]
    chosen = list(dict.fromkeys(asked or also or of_title))[:MOST_NAMES]
    words = ", ".join(chosen) or subject(best.title, best.quote)
    return cut_at_word(words, LONGEST_WORDS)
