"""Which sentences are quoted: the best, those about as good, and one that dissents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.asker import Length
from bot.questions import WITH_FIGURES, Kind, Question, figures, fits
from bot.quotable_titles import quotable_titles
from bot.sentence_scores import Signs, expected_of, quick_score, score, signs_of
from retrieval.highlight import Highlight, sentences_of, with_similarity
from retrieval.models import Passage
from retrieval.protocols import Embedder
from retrieval.sentences import Span

SENTENCES_COMPARED = 10
"""Sentences compared by meaning, the likeliest by all else; each costs about 15 ms."""

FITTING_COMPARED = 3
"""Sentences compared beside these where a duration is asked for, as they tell one."""

MOST_QUOTES = {Length.SHORT: 1, Length.NORMAL: 3, Length.DETAILED: 5}

# In scores, which are logarithms of odds.
CLOSE = 1.4
"""A further sentence is quoted when it scores within this of the best."""
CLOSE_IN_DETAIL = 2.4
"""The same for who wants more."""
DISSENT = 2.4
"""Another article's sentence with another figure is quoted within this. A reader must see that
sources differ, or that a figure was corrected."""

Worth = Mapping[tuple[str, Span], float]
"""Of each sentence of the passages, by its passage's chunk and its span: its score."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A sentence, compared by meaning, and how likely it answers."""

    sentence: Highlight
    signs: Signs
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """What came of the sentences of the passages."""

    best_first: tuple[Scored, ...]
    """Those compared by meaning; empty where the passages hold no sentence."""
    worth: Worth
    """Of those not compared it is an estimate."""


def rank(question: Question, passages: Sequence[Passage], embedder: Embedder) -> Ranking:
    """Compare the likeliest sentences by meaning, and rank them. Blocking."""
    scale = {"floor": embedder.floor, "spread": embedder.spread}
    expected = expected_of(question)
    sentences = sentences_of(passages, question.terms)
    sentences += quotable_titles(question, passages, sentences)
    signs = signs_of(expected, sentences, **scale)
    quick = [quick_score(one) for one in signs]
    by_quick = sorted(range(len(sentences)), key=lambda at: -quick[at])
    likeliest = by_quick[:SENTENCES_COMPARED]
    if question.wanted.kind is Kind.DURATION:
        # What tells it in another language looks unlikely before meanings are compared.
        fitting = [at for at in by_quick[SENTENCES_COMPARED:] if signs[at].fits >= 1]
        likeliest += fitting[:FITTING_COMPARED]
    compared = with_similarity(
        embedder, question.text, question.previous, [sentences[at] for at in likeliest]
    )
    scored = []
    for at, sentence in zip(likeliest, compared, strict=True):
        similarity = (sentence.similarity - embedder.floor) / embedder.spread
        seen = replace(signs[at], similarity=similarity)
        scored.append(Scored(sentence, seen, score(seen)))
    worth = _worth(sentences, quick, likeliest, scored)
    return Ranking(tuple(sorted(scored, key=lambda one: -one.score)), worth)


def _worth(
    sentences: Sequence[Highlight],
    quick: Sequence[float],
    likeliest: Sequence[int],
    scored: Sequence[Scored],
) -> Worth:
    """On the scale of the scores: what was not compared goes on where what was leaves off."""
    if not scored:
        return {}
    gap = min(one.score for one in scored) - quick[likeliest[-1]]
    worth = {
        (one.passage.chunk_id, one.span): value + gap
        for one, value in zip(sentences, quick, strict=True)
    }
    for one in scored:
        worth[one.sentence.passage.chunk_id, one.sentence.span] = one.score
    return worth


def worth_quoting(
    question: Question, ranked: Sequence[Scored], length: Length = Length.NORMAL
) -> list[Highlight]:
    """The best sentence, those about as good, and one that gives another figure, best first.
    Who wants it short hears of another figure all the same.  (pure)"""
    most, best = MOST_QUOTES[length], ranked[0].score
    close = CLOSE_IN_DETAIL if length is Length.DETAILED else CLOSE
    chosen = [one.sentence for one in ranked if one.score >= best - close][:most]
    other = _dissenting(question, chosen, ranked, best - DISSENT)
    return chosen if other is None else [*chosen[: max(1, most - 1)], other]


def _dissenting(
    question: Question, chosen: Sequence[Highlight], ranked: Sequence[Scored], least: float
) -> Highlight | None:
    if question.wanted.kind not in WITH_FIGURES:
        return None
    told = frozenset().union(*(figures(one.text) for one in chosen))
    articles = {one.passage.article_id for one in chosen}
    for one in ranked:
        sentence = one.sentence
        if (
            one.score >= least
            and sentence.passage.article_id not in articles
            and fits(question.wanted, sentence.text) >= 1
            and not figures(sentence.text) <= told
        ):
            return sentence
    return None
