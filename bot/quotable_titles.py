"""Titles that hold an answer which the article's own sentences, as far as found, do not.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence

from bot.questions import WITH_FIGURES, Question, figures, fits
from retrieval.highlight import Highlight
from retrieval.models import Passage
from retrieval.sentences import Span

TITLE: Span = (0, 0)
"""The span of a title: it stands in no passage."""
_SHORTEST = 15
_LONGEST = 300
_BESIDE = 300
"""Characters of the article beside it, that tell what it is about."""


def quotable_titles(
    question: Question, passages: Sequence[Passage], sentences: Sequence[Highlight]
) -> list[Highlight]:
    """Where a figure is asked for: the titles with one that is in none of `sentences` of their
    article, each once, as if they were sentences."""
    if question.wanted.kind not in WITH_FIGURES:
        return []
    found: dict[str, Highlight] = {}
    for rank, passage in enumerate(passages):
        title = passage.title
        if passage.article_id in found or not _SHORTEST <= len(title) <= _LONGEST:
            continue
        if fits(question.wanted, title) < 1:
            continue
        told = [one.text for one in sentences if one.passage.article_id == passage.article_id]
        if figures(title) <= frozenset().union(*map(figures, told)):
            continue
        terms, beside = question.terms, f"{title} {passage.text[:_BESIDE]}"
        found[passage.article_id] = Highlight(
            passage, rank, TITLE, title, terms.coverage(title), terms.coverage(beside)
        )
    return list(found.values())


def quoted_text(passage: Passage, span: Span) -> str:
    """What is quoted: words of the passage, or its article's title."""
    return passage.title if span == TITLE else passage.text[slice(*span)]
