"""The words of a question worth looking for, and what share of them a text holds.  (pure)"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retrieval.folding import folded_words, stem
from retrieval.gazetteer import Phrase, find_names
from retrieval.question.literals import literals, phrases
from retrieval.stopwords import STOPWORDS

MOST_TERMS = 40
"""Terms of one question; one pasted with a whole article does not scan the archive."""

LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question, compared by stem, or a name with its forms in other languages,
    each compared whole: `Austria` begins as `Australia` does."""

    forms: frozenset[Phrase]
    is_name: bool = False

    @property
    def stems(self) -> frozenset[str]:
        """Of the first word of each form: what is looked up to tell how rare the term is."""
        return frozenset(stem(form[0]) for form in self.forms)


def read_terms(question: str) -> list[Term]:
    """The content words of a question, each once, in order of appearance; after them what it
    wants found as it stands, where that is more than one of the words.

    A question of nothing but common words ("who is it?") gives those.
    """
    words = folded_words(question)
    terms: dict[Term, bool] = {}
    taken: set[int] = set()
    for start, end, forms in find_names(words):
        if not (end - start == 1 and words[start] in STOPWORDS):
            terms[Term(forms, is_name=True)] = True
            taken.update(range(start, end))
    for at, word in enumerate(words):
        if at not in taken and len(word) <= LONGEST_WORD:
            terms.setdefault(Term(frozenset({(word,)})), word not in STOPWORDS)
    for literal in literals(question):
        forms = frozenset(form for form in phrases(literal) if len(form[0]) <= LONGEST_WORD)
        if any(len(form) > 1 for form in forms):
            terms.setdefault(Term(forms, is_name=True), True)
    content = [term for term, is_content in terms.items() if is_content]
    return (content or list(terms))[:MOST_TERMS]


class Terms:
    """A question's terms, each with a weight by its rarity; the weights add up to 1."""

    def __init__(self, terms: Sequence[Term], frequencies: Mapping[str, int], chunks: int) -> None:
        """`frequencies` tells by stem in how many of `chunks` it stands."""
        idf = {
            term: math.log(
                1 + (chunks + 1) / (sum(frequencies.get(stem, 0) for stem in term.stems) + 0.5)
            )
            for term in terms
        }
        total = sum(idf.values())
        self.weights = {term: value / total for term, value in idf.items()} if total else {}
        self.absent = frozenset(
            term for term in terms if not any(frequencies.get(stem, 0) for stem in term.stems)
        )
        """Terms no chunk of the archive holds, in any form."""
        self._stems = {term: stem for term in terms if (stem := _only_stem(term))}
        others = [term for term in terms if term not in self._stems]
        self._patterns = {term: _pattern(term) for term in others if term.is_name}
        self._stemmed_patterns = {term: _pattern(term) for term in others if not term.is_name}

    def coverage(self, text: str) -> float:
        """Share of the terms that stand in `text`, by weight; 0 to 1."""
        return sum(self.weights[term] for term in self.held(text))

    def held(self, text: str) -> frozenset[Term]:
        """The terms that stand in `text`, in any form, compared by stem."""
        words = folded_words(text)
        whole = f" {' '.join(words)} "
        found = [term for term, only in self._stems.items() if _has_stem(whole, only)]
        if self._patterns:
            found += [term for term, pattern in self._patterns.items() if pattern.search(whole)]
        if self._stemmed_patterns:
            stemmed = f" {' '.join(stem(word) for word in words)} "
            found += [
                term for term, pattern in self._stemmed_patterns.items() if pattern.search(stemmed)
            ]
        return frozenset(found)


def _has_stem(whole: str, only: str) -> bool:
    """Whether a word between the spaces of `whole` has this stem. Few begin so: only theirs is
    taken."""
    at = whole.find(f" {only}")
    while at >= 0:
        end = whole.index(" ", at + 1)
        if stem(whole[at + 1 : end]) == only:
            return True
        at = whole.find(f" {only}", end)
    return False


def _only_stem(term: Term) -> str:
    """What is to be looked for where that is one word; most terms are."""
    (form, *others) = term.forms
    return stem(form[0]) if not (others or term.is_name or len(form) > 1) else ""


def _pattern(term: Term) -> re.Pattern[str]:
    """Finds any form of the term between spaces; a name may have a plural's `s`."""
    if term.is_name:
        forms = "|".join(re.escape(" ".join(form)) for form in sorted(term.forms))
        return re.compile(f" (?:{forms})(?:e?s)? ")
    stems = "|".join(
        re.escape(" ".join(stem(word) for word in form)) for form in sorted(term.forms)
    )
    return re.compile(f" (?:{stems}) ")
