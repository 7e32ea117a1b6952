"""The answer without an LLM: the one to three sentences that answer best, exact and cited."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.bylines import day
from bot.citing import citation
from bot.confidence import confidence, gather
from bot.disagreement import Difference, difference, earliest_first, latest_first
from bot.emphasis import MOST_MARKED, answering_figures
from bot.questions import Kind, Question, Wanted, figures, fits
from retrieval.highlight import Highlight, in_context, sentences_of, with_similarity
from retrieval.models import Passage
from retrieval.protocols import Embedder
from retrieval.sentences import Span

PASSAGES_READ = 8
"""Passages whose sentences compete to be quoted."""

SENTENCES_COMPARED = 12
"""Sentences compared by meaning, the likeliest by words and rank; each costs about 20 ms."""

MOST_QUOTES = 3
MOST_HEADLINES = 3

CONFIDENT = 0.4
"""Confidence from which sentences are quoted as an answer; see `confidence`."""

CONFIDENT_FOLLOWING_UP = 0.3
"""The same for a question after another: its own few words tell less than they mean."""

# Weights of a sentence's score, fitted on the development questions (tests/bench/README.md).
# Those of words and kind are in units of the embedder's spread.
PASSAGE_WEIGHT = 0.9
COVERAGE_WEIGHT = 0.3
SURROUNDINGS_WEIGHT = 0.45
KIND_WEIGHT = 0.7

CLOSE = 0.3
"""In spreads: a further sentence is quoted when it scores within this of the best."""

DISSENT = 0.8
"""In spreads: another article's sentence with another figure is quoted within this. A reader
must see that sources differ, or that a figure was corrected."""

_INTRODUCTION = {
    None: "quoted_intro",
    Difference.FIGURES: "quoted_intro_different_figures",
    Difference.CORRECTION: "quoted_intro_correction",
}

_WITH_FIGURES = frozenset({Kind.MONEY, Kind.COUNT, Kind.AMOUNT, Kind.DURATION, Kind.TIME})


def answer_by_quoting(
    question: Question, passages: Sequence[Passage], embedder: Embedder
) -> Answer:
    """Choose sentences of the passages (best first) and cite them. Blocking."""
    started = time.perf_counter()
    wanted, language = question.wanted, question.language
    passages = passages[:PASSAGES_READ]
    candidates = likeliest(wanted, sentences_of(passages, question.terms))
    compared = with_similarity(embedder, question.text, question.previous, candidates)
    ranked = rank(wanted, compared, embedder.spread)
    enough = CONFIDENT_FOLLOWING_UP if question.previous else CONFIDENT
    sureness = 0.0
    if ranked and not says_too_little(question):
        sureness = confidence(gather(question, passages, ranked[0], embedder))
    timings = {"quoting": (time.perf_counter() - started) * 1000}
    if sureness < enough:
        return replace(nothing_found(language, passages, timings), confidence=sureness)
    chosen = worth_quoting(wanted, ranked, embedder.spread)
    differing = difference(question, chosen)
    quoted = in_their_context(chosen)
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
        text=_text(citations, differing, language),
        answered=True,
        language=language,
        citations=tuple(citations),
        timings_ms=timings,
        confidence=sureness,
        emphasis=tuple(dict.fromkeys(figures_asked_for))[:MOST_MARKED],
    )


def says_too_little(question: Question) -> bool:
    """Whether one word that the coverage does not know is all there is to go by.  (pure)"""
    terms = question.terms
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


def likeliest(wanted: Wanted, sentences: Sequence[Highlight]) -> list[Highlight]:
    """The sentences worth comparing by meaning, by what costs nothing.  (pure)"""

    def cheap(sentence: Highlight) -> float:
        return sentence.coverage + 0.5 * fits(wanted, sentence.text) - 0.15 * sentence.rank

    return sorted(sentences, key=cheap, reverse=True)[:SENTENCES_COMPARED]


def rank(wanted: Wanted, sentences: Sequence[Highlight], spread: float) -> list[Highlight]:
    """Best answer first.  (pure)"""
    return sorted(sentences, key=lambda item: score(wanted, item, spread), reverse=True)


def score(wanted: Wanted, sentence: Highlight, spread: float) -> float:
    """How well a sentence answers, on the scale of a cosine.  (pure)"""
    return (
        sentence.similarity
        + PASSAGE_WEIGHT * sentence.passage.score
        + spread
        * (
            COVERAGE_WEIGHT * sentence.coverage
            + SURROUNDINGS_WEIGHT * sentence.surroundings
            + KIND_WEIGHT * fits(wanted, sentence.text)
        )
    )


def worth_quoting(wanted: Wanted, ranked: Sequence[Highlight], spread: float) -> list[Highlight]:
    """The best sentence, those about as good, and one that gives another figure, in reading
    order.  (pure)"""
    best = ranked[0]
    floor = score(wanted, best, spread)
    chosen = [item for item in ranked if score(wanted, item, spread) >= floor - CLOSE * spread]
    chosen = chosen[:MOST_QUOTES]
    other = _dissenting(wanted, chosen, ranked, floor - DISSENT * spread, spread)
    if other is not None:
        chosen = [*chosen[: MOST_QUOTES - 1], other]
    return sorted(chosen, key=lambda item: (item.rank, item.span))


def _dissenting(
    wanted: Wanted,
    chosen: Sequence[Highlight],
    ranked: Sequence[Highlight],
    least: float,
    spread: float,
) -> Highlight | None:
    if wanted.kind not in _WITH_FIGURES:
        return None
    told = frozenset().union(*(figures(item.text) for item in chosen))
    articles = {item.passage.article_id for item in chosen}
    for item in ranked:
        if (
            item.passage.article_id not in articles
            and score(wanted, item, spread) >= least
            and fits(wanted, item.text) >= 1
            and not figures(item.text) <= told
        ):
            return item
    return None


def in_their_context(chosen: Sequence[Highlight]) -> list[tuple[Passage, Span]]:
    """What is quoted of which passage; sentences that meet become one quote.  (pure)"""
    quoted: list[tuple[Passage, Span]] = []
    for sentence in chosen:
        start, end = in_context(sentence)
        if quoted and quoted[-1][0].chunk_id == sentence.passage.chunk_id:
            before = quoted[-1][1]
            if start <= before[1] + 1:
                quoted[-1] = (sentence.passage, (before[0], max(before[1], end)))
                continue
        quoted.append((sentence.passage, (start, end)))
    return quoted


def _text(citations: Sequence[Citation], differing: Difference | None, language: str) -> str:
    """The introduction and the quotes; where they differ, each with its date."""
    paragraphs = [texts.say(language, _INTRODUCTION[differing])]
    for one in citations:
        date = f"{day(one.published_at, language)}: " if differing else ""
        paragraphs.append(f"{date}{in_quotes(one.quote)} [{one.label}]")
    return "\n\n".join(paragraphs)


def in_quotes(quote: str) -> str:
    """On one line; a sentence that is someone's words already has its quotation marks."""
    line = " ".join(quote.split())
    return line if line[0] in '“"«„' else f"“{line}”"
