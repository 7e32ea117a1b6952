"""The answer without an LLM: the one to three sentences that answer best, exact and cited."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.confidence import confidence, gather
from bot.questions import Kind, Question, Wanted, figures, fits
from retrieval.highlight import Highlight, sentences_of, with_similarity
from retrieval.models import Passage
from retrieval.protocols import Embedder

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
COVERAGE_WEIGHT = 0.65
KIND_WEIGHT = 0.7

CLOSE = 0.3
"""In spreads: a further sentence is quoted when it scores within this of the best."""

DISSENT = 0.8
"""In spreads: another article's sentence with another figure is quoted within this. A reader
must see that sources differ, or that a figure was corrected."""

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
    sure = (
        bool(ranked)
        and not says_too_little(question)
        and confidence(gather(question, passages, ranked[0], embedder)) >= enough
    )
    timings = {"quoting": (time.perf_counter() - started) * 1000}
    if not sure:
        return nothing_found(language, passages, timings)
    quoted = worth_quoting(wanted, ranked, embedder.spread)
    citations = [_citation(label, item) for label, item in enumerate(quoted, start=1)]
    quotes = "\n\n".join(f"{_in_quotes(one.quote)} [{one.label}]" for one in citations)
    return Answer(
        text=f"{texts.say(language, 'quoted_intro')}\n\n{quotes}",
        answered=True,
        language=language,
        citations=tuple(citations),
        timings_ms=timings,
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
        + spread * (COVERAGE_WEIGHT * sentence.coverage + KIND_WEIGHT * fits(wanted, sentence.text))
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


def _in_quotes(quote: str) -> str:
    """A sentence that is someone's words already has its quotation marks."""
    return quote if quote[0] in '“"«„' else f"“{quote}”"


def _citation(label: int, sentence: Highlight) -> Citation:
    passage = sentence.passage
    return Citation(
        label=label,
        title=passage.title,
        url=passage.url,
        source=passage.source,
        published_at=passage.published_at,
        quote=sentence.text,
        context=passage.text,
        chunk_id=passage.chunk_id,
        sample=passage.sample,
    )
