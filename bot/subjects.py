"""What an article is about, by the names in its headline.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence

from bot.grounding.names_in_text import names
from retrieval.clean import cut_at_word, one_line
from retrieval.folding import folded_words
from retrieval.stopwords import STOPWORDS

LONGEST = 200
"""Characters."""
READ = 1_200
"""Characters of the text."""
MOST_NAMES, MOST_WORDS = 3, 8


def headline_names(title: str, text: str) -> tuple[str, ...]:
    """Each once, in order. The headline's first word is a name where the text has it as one."""
    known = frozenset(word for one in names(text[:READ]) for word in one.words)
    return tuple(dict.fromkeys(one.text for one in names(one_line(title), known=known)))


def subject(title: str, text: str) -> str:
    """The names of a headline, else those its text begins with, else the headline's content
    words: never a sentence of a stranger's."""
    found: Sequence[str] = headline_names(title, text)
    found = found or [one.text for one in names(text[:READ])][:MOST_NAMES]
    if not found:
        words = (word for word in folded_words(title) if word not in STOPWORDS)
        found = list(words)[:MOST_WORDS]
    return cut_at_word(", ".join(dict.fromkeys(found)), LONGEST)
