"""The answer without an LLM: the one to three sentences that answer best, exact and cited."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Sequence
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
from bot.how_long import lasting_first
from bot.other_dates import telling_when_first, those_telling_when
from bot.per_unit import without_unit_prices
from bot.questions import Kind, Question
from bot.quotable_titles import TITLE, quoted_text
from bot.quote_context import in_their_context
from bot.same_figure import companion, subject_first, tells_otherwise, those_with_a_figure
from bot.sentence_choice import DISSENT, MOST_QUOTES, rank, worth_quoting
from bot.spoken_of import of_what_was_spoken_of
from retrieval.folding import fold
from retrieval.highlight import Highlight
from retrieval.models import Passage
from retrieval.protocols import Embedder

PASSAGES_READ = 8
"""Passages whose sentences compete to be quoted."""

MOST_HEADLINES = 3

MOST_COMPANIONS = 2
"""Where nothing quoted gives the date asked for: the latest that does, and one that differs."""

CONFIDENT = 0.35
"""Confidence from which sentences are quoted as an answer; what others would give is in
`tests/bench/README.md`."""

_GOES_ON = re.compile(r"\W*(?:and|e|y)\b")

_INTRODUCTION = {
    None: "quoted_intro",
    Difference.FIGURES: "quoted_intro_different_figures",
    Difference.DATES: "quoted_intro_different_dates",
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
    read = passages[:PASSAGES_READ]
    passages = of_what_was_spoken_of(question, read)
    ranking = rank(question, passages, embedder)
    ranked = telling_when_first(question, lasting_first(question, ranking.best_first))
    sureness = 0.0
    if ranked and not says_too_little(question):
        # How far the first passage leads is told by all that were found.
        sureness = confidence(gather(question, read, ranked, embedder))
    timings = {"quoting": (time.perf_counter() - started) * 1000}
    if sureness < CONFIDENT:
        return replace(nothing_found(language, passages, timings), confidence=sureness)
    ranked = subject_first(question, ranked)
    chosen = without_unit_prices(question, worth_quoting(question, ranked, length))
    best = ranking.best_first[0].score
    close = [one.sentence for one in ranked if one.score >= best - DISSENT]
    chosen, differing = with_companions(question, chosen, close, passages, length)
    quoted = in_their_context(chosen, ranking.worth)
    if differing is not None:
        by_date = earliest_first if differing is Difference.CORRECTION else latest_first
        quoted.sort(key=lambda one: by_date(one[0]))
    citations = [
        citation(label, passage, quoted_text(passage, span))
        for label, (passage, span) in enumerate(quoted, start=1)
    ]
    titles = {at for at, (_, span) in enumerate(quoted, start=1) if span == TITLE}
    figures_asked_for = [
        figure
        for one, (passage, _) in zip(citations, quoted, strict=True)
        for figure in answering_figures(wanted, one.quote, passage.language)
    ]
    return Answer(
        text=_text(citations, titles, differing, language, timezone),
        answered=True,
        language=language,
        citations=tuple(citations),
        timings_ms=timings,
        confidence=sureness,
        emphasis=tuple(dict.fromkeys(figures_asked_for))[:MOST_MARKED],
    )


def with_companions(
    question: Question,
    chosen: Sequence[Highlight],
    close: Sequence[Highlight],
    passages: Sequence[Passage],
    length: Length,
) -> tuple[list[Highlight], Difference | None]:
    """The sentences with what else must be read beside them, and what a reader must be told of
    all of them.  (pure)"""
    quoted, differing = list(chosen), difference(question, chosen)
    for _ in range(MOST_COMPANIONS):
        other = companion(question, quoted, close, passages)
        if other is None or (differing is not None and not corrects(other.text)):
            break
        # Of its article, it is what tells: a sentence that does not need not stand beside it.
        kept = [one for one in quoted if one.passage.article_id != other.passage.article_id]
        kept = kept[: max(1, MOST_QUOTES[length] - 1)]
        quoted, differing = [*kept, other], difference(question, [*kept, other])
        if differing is None and tells_otherwise(question, kept, other):
            is_date = question.wanted.kind is Kind.TIME
            differing = Difference.DATES if is_date else Difference.FIGURES
    if differing is Difference.DATES:
        quoted = those_telling_when(question, quoted)
    elif differing is Difference.FIGURES:
        quoted = those_with_a_figure(question, quoted)
    return quoted, differing


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
    citations: Sequence[Citation],
    titles: Collection[int],
    differing: Difference | None,
    language: str,
    timezone: tzinfo,
) -> str:
    """The introduction and the quotes; where they differ, each with its date. `titles` are the
    labels of those that are titles, which is said."""
    paragraphs = [texts.say(language, _INTRODUCTION[differing])]
    for one in citations:
        date = f"{day(one.published_at, language, timezone)}: " if differing else ""
        mark = f" ({texts.say(language, 'quoted_title')})" if one.label in titles else ""
        paragraphs.append(f"{date}{in_quotes(one.quote)}{mark} [{one.label}]")
    return "\n\n".join(paragraphs)


def in_quotes(quote: str) -> str:
    """On one line; a sentence that is someone's words already has its quotation marks."""
    line = " ".join(quote.split())
    return line if line[0] in '“"«„' else f"“{line}”"
