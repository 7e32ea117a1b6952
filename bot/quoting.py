"""The answer without an LLM: the one to three sentences that answer best, exact and cited."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, tzinfo

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.asker import Length
from bot.bylines import day
from bot.citing import citation
from bot.confidence import confidence, gather, names_in
from bot.disagreement import Difference, corrects, difference, earliest_first, latest_first
from bot.emphasis import MOST_MARKED, answering_figures
from bot.questions import Question
from bot.quote_context import in_their_context
from bot.same_figure import companion, subject_first, tells_otherwise
from bot.sentence_choice import DISSENT, MOST_QUOTES, rank, worth_quoting
from retrieval.folding import fold
from retrieval.models import Passage
from retrieval.protocols import Embedder

PASSAGES_READ = 8
"""Passages whose sentences compete to be quoted."""

MOST_HEADLINES = 3

CONFIDENT = 0.35
"""Confidence from which sentences are quoted as an answer; what others would give is in
`tests/bench/README.md`."""

_GOES_ON = re.compile(r"\W*(?:and|e|y)\b")

_INTRODUCTION = {
    None: "quoted_intro",
    Difference.FIGURES: "quoted_intro_different_figures",
    Difference.CORRECTION: "quoted_intro_correction",
}


def answer_by_quoting(
    question: Question,
    passages: Sequence[Passage],
    embedder: Embedder,
    length: Length = Length.NORMAL,
    timezone: tzinfo = UTC,
) -> Answer:
    """Choose sentences of the passages (best first) and cite them. Blocking."""
    started = time.perf_counter()
    wanted, language = question.wanted, question.language
    passages = passages[:PASSAGES_READ]
    ranking = rank(question, passages, embedder)
    ranked = ranking.best_first
    sureness = 0.0
    if ranked and not says_too_little(question):
        sureness = confidence(gather(question, passages, ranked, embedder))
    timings = {"quoting": (time.perf_counter() - started) * 1000}
    if sureness < CONFIDENT:
        return replace(nothing_found(language, passages, timings), confidence=sureness)
    ranked = subject_first(question, ranked)
    chosen = worth_quoting(question, ranked, length)
    differing = difference(question, chosen)
    best = ranking.best_first[0].score
    close = [one.sentence for one in ranked if one.score >= best - DISSENT]
    other = companion(question, chosen, close, passages)
    if other is not None and (differing is None or corrects(other.text)):
        kept = chosen[: max(1, MOST_QUOTES[length] - 1)]
        chosen = [*kept, other]
        differing = difference(question, chosen)
        if differing is None and tells_otherwise(question, kept, other):
            differing = Difference.FIGURES
    quoted = in_their_context(chosen, ranking.worth)
    if differing is not None:
        by_date = earliest_first if differing is Difference.CORRECTION else latest_first
        quoted.sort(key=lambda one: by_date(one[0]))
    citations = [
        citation(label, passage, passage.text[slice(*span)])
        for label, (passage, span) in enumerate(quoted, start=1)
    ]
    figures_asked_for = [
        figure
        for one, (passage, _) in zip(citations, quoted, strict=True)
        for figure in answering_figures(wanted, one.quote, passage.language)
    ]
    return Answer(
        text=_text(citations, differing, language, timezone),
        answered=True,
        language=language,
        citations=tuple(citations),
        timings_ms=timings,
        confidence=sureness,
        emphasis=tuple(dict.fromkeys(figures_asked_for))[:MOST_MARKED],
    )


def says_too_little(question: Question) -> bool:
    """Whether one word that the coverage does not know is all there is to go by, or it goes on
    from a question that is not there, naming nothing.  (pure)"""
    terms = question.terms
    names_nothing = not question.previous and not names_in(question.text, terms)
    if names_nothing and _GOES_ON.match(fold(question.text)):
        return True
    return not question.previous and len(terms.weights) < 2 and terms.weights.keys() <= terms.absent


def nothing_found(language: str, passages: Sequence[Passage], timings: dict[str, float]) -> Answer:
    """Say so, and show the nearest headlines instead of pretending."""
    nearest = {passage.article_id: passage for passage in reversed(passages)}
    by_rank = [passage for passage in passages if nearest[passage.article_id] is passage]
    return Answer(
        text=texts.say(language, "nothing_found" if passages else "archive_empty"),
        answered=False,
        language=language,
        nearest=tuple(
            Headline(
                passage.title,
                passage.url,
                passage.source,
                passage.published_at,
                passage.sample,
            )
            for passage in by_rank[:MOST_HEADLINES]
        ),
        timings_ms=timings,
    )


def _text(
    citations: Sequence[Citation], differing: Difference | None, language: str, timezone: tzinfo
) -> str:
    """The introduction and the quotes; where they differ, each with its date."""
    paragraphs = [texts.say(language, _INTRODUCTION[differing])]
    for one in citations:
        date = f"{day(one.published_at, language, timezone)}: " if differing else ""
        paragraphs.append(f"{date}{in_quotes(one.quote)} [{one.label}]")
    return "\n\n".join(paragraphs)


def in_quotes(quote: str) -> str:
    """On one line; a sentence that is someone's words already has its quotation marks."""
    line = " ".join(quote.split())
    return line if line[0] in '“"«„' else f"“{line}”"
