"""What tells one event from another of its kind: the names and figures of an article.  (pure)

Vectors say what an article is about; two earthquakes are about the same. The names of places
and people and the figures are not, and read alike in Portuguese, English and Spanish once
they are folded.
"""

from __future__ import annotations

import re
from decimal import Decimal

from retrieval.figures import find_figures, is_fact_word
from retrieval.folding import fold, folded_words
from retrieval.gazetteer import find_names
from retrieval.stopwords import STOPWORDS

LEAD = 1_500
"""Characters of a text that are read: an event is named where its article begins."""

MOST_NAMES = 40
MOST_FIGURES = 20

_LONGEST_NAME = 24
_LEAST_FIGURE = 100
"""A smaller bare number (three men, 12 hours) is in every other article."""

_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_SENTENCE_ENDS = re.compile(r"[.!?:;|\n“\"«—–]\s*$")
_POSSESSIVE = re.compile(r"[’']s?$")
_YEARS = range(1900, 2100)


def names_of(title: str, text: str) -> tuple[str, ...]:
    """The capitalised words of a title and the beginning of its text, each once, as they are
    compared: folded, countries and large cities in one form for all three languages.

    What begins a sentence counts only if it stands capitalised inside one too, or begins both
    the title and a sentence.
    """
    inside, at_start = _capitalised(text[:LEAD])
    of_title, first = _capitalised(title[:LEAD])
    if not _is_headline_case(title):
        inside += of_title
    words = [*inside, *(word for word in first if word in at_start)]
    return tuple(_canonical(list(dict.fromkeys(words)))[:MOST_NAMES])


def figures_of(title: str, text: str) -> tuple[str, ...]:
    """The values of the figures that tell something, each once; years are none."""
    found: dict[str, None] = {}
    for figure in find_figures(f"{title}\n{text[:LEAD]}"):
        value = min(figure.values)
        bare = not figure.unit and value == value.to_integral_value()
        if bare and int(value) in _YEARS:
            continue
        if figure.is_telling or value >= _LEAST_FIGURE:
            found[_written(value)] = None
    return tuple(found)[:MOST_FIGURES]


def _capitalised(text: str) -> tuple[list[str], list[str]]:
    """Capitalised words, folded, in order: those inside a sentence, and those that begin one."""
    inside: list[str] = []
    at_start: list[str] = []
    for match in _WORD.finditer(text):
        word = match.group()
        if not word[0].isupper():
            continue
        folded = _POSSESSIVE.sub("", fold(word)).strip("-'’")
        if not 2 <= len(folded) <= _LONGEST_NAME or folded in STOPWORDS or is_fact_word(folded):
            continue
        before = text[max(0, match.start() - 3) : match.start()]
        starts = not match.start() or _SENTENCE_ENDS.search(before) is not None
        (at_start if starts else inside).append(folded)
    return inside, at_start


def _is_headline_case(title: str) -> bool:
    """`Every Word Like This`: there a capital says nothing."""
    longer = [word for word in _WORD.findall(title) if len(word) > 3]
    return len([word for word in longer if word[0].isupper()]) > 0.75 * len(longer)


def _canonical(words: list[str]) -> list[str]:
    """Names the gazetteer knows in the form that sorts first, so that Alemanha is Germany."""
    parts = [part for word in words for part in folded_words(word)]
    taken: set[int] = set()
    names: dict[str, None] = {}
    for start, end, forms in find_names(parts):
        names[" ".join(min(forms))] = None
        taken.update(range(start, end))
    for at, word in enumerate(parts):
        if at not in taken and len(word) > 1:
            names[word] = None
    return list(names)


def _written(value: Decimal) -> str:
    return f"{value.normalize():f}"
