"""Fits the weights of `bot/sentence_scores.py` and `bot/confidence.py`, half against half.

`nice python -m tests.bench.fitting`, with the archives of `tests.bench.finding`. A question is
of one half or the other by a hash of its article's address (its own id where it has none), so
that translations of one question are on one side; what is fitted on a half is judged on the
other. Sentences are embedded anew: half an hour on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bot.answers import Turn
from bot.app import Pauta
from bot.assistant import asked_before
from bot.confidence import Evidence, gather
from bot.conversations import RECENT_TURNS
from bot.eval_archive import archive_of
from bot.eval_run import asker_of, query_for
from bot.questions import Question, wanted_by
from bot.quoting import PASSAGES_READ
from bot.sentence_choice import Ranking, rank
from bot.sentence_scores import Signs, expected_of, signs_of
from bot.settings import Settings
from bot.texts import LANGUAGES
from retrieval.bootstrap import Bools, Floats, auroc_estimate
from retrieval.evaluate import holds
from retrieval.followups import refers_back
from retrieval.highlight import Highlight, sentences_of
from retrieval.language import detect_among
from retrieval.models import Passage, Query
from retrieval.protocols import Embedder
from retrieval.questions_file import KnownQuestion, read_questions
from tests.bench.corpus import SHARED
from tests.bench.finding import CACHE, SETS
from tests.bench.regression import Group, fit_listwise, fit_logistic, likelihood, sureness

COUNTS = {"news": 1.0, "languages": 0.3, "followups": 0.5}
"""What a question of a set counts: paragraphs of an encyclopedia are many, and no news."""

COUNTS_BESIDE = 0.7
"""Times that, for an answerable question whose articles were taken away."""

LOOKED_THROUGH = 40
"""Passages among which eight are left once those of the right articles are taken away."""

SIGNS = tuple(field.name for field in fields(Signs))
QUICK = tuple(name for name in SIGNS if name != "similarity")
EVIDENCE = tuple(field.name for field in fields(Evidence) if field.name != "absent")
"""Without what is too rare here to be fitted."""
EARLIER = {
    "similarity": 2.93, "similarity_across": 2.99, "across": 1.48, "passage_similarity": 0.18,
    "passage_coverage": 4.0, "follows_up": 1.5, "fits": 1.14, "missing": -0.37, "margin": 1.0,
}  # fmt: skip
"""What the weights are drawn to where the questions tell little: those of the first fit. Without
it a sentence that has all of the question's words counts for nothing, since on these large
archives the margin tells as much; a small archive has no margin."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question with passages: those found, or those found without the right articles."""

    known: KnownQuestion
    question: Question
    passages: Sequence[Passage]
    answerable: bool
    counts: float
    half: int


def half_of(known: KnownQuestion) -> int:
    key = min(known.relevant_urls, default="") or known.id
    return hashlib.sha1(key.encode(), usedforsecurity=False).digest()[0] % 2


def cases_of(pauta: Pauta, questions: Sequence[KnownQuestion], counts: float) -> Iterator[Case]:
    """One of what is found; of an answerable question another of what is found beside it."""
    for known in questions:
        turns = tuple(Turn(role, text) for role, text in known.history)[-RECENT_TURNS:]
        asker, asked = asker_of(known), asked_before(turns)
        query = query_for(known, turns, asker)
        found = pauta.retriever.find(_limited(query, PASSAGES_READ))
        question = Question(
            text=known.text,
            previous=asked[-1] if asked and refers_back(known.text) else None,
            language=detect_among(known.text, LANGUAGES),
            wanted=wanted_by(known.text),
            terms=pauta.retriever.terms(found.understood.text),
            asked_at=query.now or datetime.now(UTC),
        )
        half = half_of(known)
        yield Case(known, question, found.passages, known.answerable, counts, half)
        if known.answerable and (known.relevant_urls or known.answers):
            many = pauta.retriever.find(_limited(query, LOOKED_THROUGH)).passages
            beside = [one for one in many if not _answers(known, one)][:PASSAGES_READ]
            yield Case(known, question, beside, False, counts, half)


def _limited(query: Query, limit: int) -> Query:
    return replace(query, limit=limit)


def _answers(known: KnownQuestion, passage: Passage) -> bool:
    return passage.url in known.relevant_urls or (
        bool(known.answers) and holds(f"{passage.title} {passage.text}", known.answers)
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """The sentences of one answerable question: their signs, and which hold the answer."""

    quick: Floats
    compared: Floats
    """Of those compared by meaning."""
    quick_right: Bools
    compared_right: Bools
    counts: float
    half: int


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's evidence, and whether the passages hold an answer."""

    evidence: Floats
    answerable: bool
    counts: float
    half: int


def looked_at(case: Case, embedder: Embedder) -> tuple[Listed | None, Judged | None]:
    ranking = rank(case.question, case.passages, embedder)
    if not ranking.best_first:
        return None, None
    evidence = gather(case.question, case.passages, ranking.best_first, embedder)
    judged = Judged(
        _values(evidence, EVIDENCE),
        case.answerable,
        case.counts * (1.0 if case.answerable == case.known.answerable else COUNTS_BESIDE),
        case.half,
    )
    if not (case.answerable and case.known.answers):
        return None, judged
    return _listed(case, ranking, embedder), judged


def _listed(case: Case, ranking: Ranking, embedder: Embedder) -> Listed | None:
    sentences = sentences_of(case.passages, case.question.terms)
    expected = expected_of(case.question)
    signs = signs_of(expected, sentences, floor=embedder.floor, spread=embedder.spread)
    right = np.array([_is_right(case.known, one) for one in sentences])
    compared = [_is_right(case.known, one.sentence) for one in ranking.best_first]
    if not right.any():
        return None
    return Listed(
        np.array([_values(one, QUICK) for one in signs]),
        np.array([_values(one.signs, SIGNS) for one in ranking.best_first]),
        right,
        np.array(compared),
        case.counts,
        case.half,
    )


def _is_right(known: KnownQuestion, sentence: Highlight) -> bool:
    """A short answer (`Five`) stands in many an article that is about something else."""
    urls = known.relevant_urls
    is_relevant = not urls or sentence.passage.url in urls
    return is_relevant and holds(sentence.text, known.answers, every=known.all_answers)


def _values(signs: object, names: Sequence[str]) -> Floats:
    return np.array([getattr(signs, name) for name in names], dtype=float)


def report(listed: Sequence[Listed], judged: Sequence[Judged]) -> None:
    for title, names, groups in (
        ("quick_score", QUICK, [(one.quick, one.quick_right, one.counts) for one in listed]),
        ("score", SIGNS, [(one.compared, one.compared_right, one.counts) for one in listed]),
    ):
        _print_weights(title, names, fit_listwise(groups))
        for half in (0, 1):
            mine, other = _halved(listed, groups, half), _halved(listed, groups, 1 - half)
            print(
                f"  half {half}, fitted on the other: {likelihood(mine, fit_listwise(other)):.3f}"
            )
    evidence = np.array([one.evidence for one in judged])
    answerable = np.array([one.answerable for one in judged])
    counts = np.array([one.counts for one in judged])
    drawn_to = np.array([0.0, *(EARLIER.get(name, 0.0) for name in EVIDENCE)])
    halves = np.array([one.half for one in judged])
    whole = fit_logistic(evidence, answerable, counts, drawn_to)
    _print_weights("confidence", ("intercept", *EVIDENCE), whole)
    for half in (0, 1):
        mine, other_half = halves == half, halves != half
        weights = fit_logistic(
            evidence[other_half], answerable[other_half], counts[other_half], drawn_to
        )
        auroc = auroc_estimate(sureness(evidence[mine], weights), answerable[mine])
        print(f"  half {half}, fitted on the other: AUROC {auroc.value:.3f}")


def _halved(listed: Sequence[Listed], groups: Sequence[Group], half: int) -> list[Group]:
    return [group for one, group in zip(listed, groups, strict=True) if one.half == half]


def _print_weights(title: str, names: Sequence[str], weights: Floats) -> None:
    print(title)
    for name, weight in zip(names, weights, strict=True):
        print(f"  {name}={weight:.2f},")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--every", type=int, default=4, help="each how many of `languages`")
    chosen = parser.parse_args()
    listed: list[Listed] = []
    judged: list[Judged] = []
    for name, counts in COUNTS.items():
        file = SHARED / "eval" / name / "questions.jsonl"
        asked = [one for one in read_questions(file) if isinstance(one, KnownQuestion)]
        asked = asked[:: chosen.every if name == "languages" else 1]
        settings = Settings.model_validate({"home": chosen.cache})
        with archive_of(SHARED / SETS[name], settings) as pauta:
            for case in cases_of(pauta, asked, counts):
                one, other = looked_at(case, pauta.embedder)
                listed += [one] if one is not None else []
                judged += [other] if other is not None else []
    report(listed, judged)


if __name__ == "__main__":
    main()
