"""Words as PostgreSQL's `tsvector` and `tsquery` spell them.  (pure)

Written out here rather than made by `to_tsvector`: its parser takes `a/b` for a path and
`3-0` for a negative number, and what it takes for a letter depends on the server's locale.
These are the words SQLite's tokenizer finds too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from retrieval.folding import STEM_LETTERS, fold, stem
from retrieval.gazetteer import Phrase
from retrieval.terms import Term

_WORD = re.compile(r"[^\W_]+")

LONGEST_LEXEME = 200
"""Letters; PostgreSQL refuses more than 2,046 bytes."""

_LAST_POSITION = 16_383
"""PostgreSQL's; what stands behind counts as standing there."""


def words_of(value: str) -> list[str]:
    """Every word of `value`, folded, in order; none holds a quote or a backslash."""
    return [word[:LONGEST_LEXEME] for word in _WORD.findall(fold(value))]


def vector(title: str, body: str) -> str:
    """A `tsvector` of title (weight A) and body (weight D); no phrase runs on into the other."""
    in_title, in_body = words_of(title), words_of(body)
    begin = len(in_title) + 2
    return " ".join(
        [f"'{word}':{_position(at)}A" for at, word in enumerate(in_title, 1)]
        + [f"'{word}':{_position(at)}" for at, word in enumerate(in_body, begin)]
    )


def phrase(form: Sequence[str]) -> str:
    """A `tsquery` of words in a row; empty where they hold no letter or digit."""
    return " <-> ".join(f"'{word}'" for part in form for word in words_of(part))


def beginning(folded: str) -> str:
    """A `tsquery` of the words with this stem; empty for what is no word."""
    if words_of(folded) != [folded]:
        return ""
    return f"'{folded}':*" if is_cut(folded) else f"'{folded}'"


def is_cut(folded: str) -> bool:
    """Whether a stem may be the beginning of a longer word; a figure never is."""
    return len(folded) == STEM_LETTERS and not any(char.isdigit() for char in folded)


def all_terms(terms: Sequence[Term]) -> str:
    """A `tsquery` of what holds every term in any of its forms, words by their stem."""
    return " & ".join(filter(None, (any_of(map(_of_form, _forms(term))) for term in terms)))


def any_of(queries: Iterable[str]) -> str:
    """Empty where all are."""
    told = [f"({query})" for query in queries if query]
    return f"({' | '.join(told)})" if told else ""


def _forms(term: Term) -> list[tuple[Phrase, bool]]:
    return [(form, not term.is_name and len(form) == 1) for form in sorted(term.forms)]


def _of_form(told: tuple[Phrase, bool]) -> str:
    form, is_stem = told
    begins = beginning(stem(form[0])) if is_stem else ""
    # A shorter word is whole, and so is a figure.
    return begins if begins.endswith("*") else phrase(form)


def _position(at: int) -> int:
    return min(at, _LAST_POSITION)
