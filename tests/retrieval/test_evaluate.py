"""What counts as found, quoted and rightly refused."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.evaluate import (
    ALL_METRICS,
    Result,
    by_threshold,
    difference,
    estimate,
    first_true,
    groups,
    holds,
    normalised,
    quotes_needed,
    recall_at,
    reliability,
)

FOUND_FIRST = Result(
    id="q",
    question="How much?",
    language="en",
    kind="money",
    label="",
    answerable=True,
    has_answers=True,
    has_articles=True,
    answer_rank=1,
    article_rank=1,
    quote_rank=1,
    answered=True,
    confidence=0.9,
    search_ms=20.0,
    answer_ms=200.0,
)
LOST = replace(FOUND_FIRST, answer_rank=None, article_rank=None, quote_rank=None)
UNANSWERABLE = replace(LOST, answerable=False, has_answers=False, has_articles=False)
REFUSED = replace(UNANSWERABLE, answered=False, confidence=0.1)


def value(metric: str, *results: Result) -> float:
    return estimate(results, metric).value


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("O grupo vai investir US$ 500 bilhões.", "500 BILHOES"),
        ("La gigafábrica de París", "gigafabrica de paris"),
        ("worth $1,250.75 today", "1.250,75"),
        ("Jimmy\n Kimmel’s show", "jimmy kimmel s"),
        ("snake_case words", "case words"),
    ],
)
def test_an_answer_is_found_whatever_its_case_accents_and_signs(text: str, answer: str) -> None:
    assert holds(text, [answer])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It cost 1500 euros", "500"),
        ("Five of the Americans", "American"),
        ("Kimmel, Jimmy", "Jimmy Kimmel"),
        ("Jimmy said Kimmel", "Jimmy Kimmel"),
        ("", "anything"),
    ],
)
def test_parts_of_words_and_other_orders_are_no_answer(text: str, answer: str) -> None:
    assert not holds(text, [answer])


def test_any_answer_will_do_unless_all_are_asked_for() -> None:
    text = "500 billion over four years"

    assert holds(text, ["five years", "four years"])
    assert not holds(text, ["five years", "four years"], every=True)
    assert holds(text, ["500 billion", "four years"], every=True)


def test_without_answers_nothing_holds_one() -> None:
    assert not holds("anything", [])
    assert not holds("anything", [], every=True)


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_text_holds_whatever_it_is_made_of(before: str, answer: str) -> None:
    if normalised(answer).strip():
        assert holds(f"{before} {answer} {before}", [answer])


@given(st.text(max_size=80))
def test_normalised_text_stays_as_it_is(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once


def test_the_first_true_is_counted_from_one() -> None:
    assert first_true([False, True, True]) == 2
    assert first_true([False]) is None
    assert first_true([]) is None


def test_quotes_are_read_from_the_first_until_the_answer_is_told() -> None:
    quotes = ["They met in Paris.", "It costs 500 billion.", "It takes four years."]

    assert quotes_needed(quotes, ["Paris", "four years"]) == 1
    assert quotes_needed(quotes, ["500 billion"]) == 2
    assert quotes_needed(quotes, ["Madrid"]) is None
    assert quotes_needed([], ["Madrid"]) is None


def test_answers_asked_for_together_may_stand_in_different_quotes() -> None:
    quotes = ["They met in Paris.", "It costs 500 billion.", "It takes four years."]

    assert quotes_needed(quotes, ["four years", "500 billion"], every=True) == 3
    assert quotes_needed(quotes, ["four years", "Madrid"], every=True) is None


def test_recall_counts_only_what_is_near_enough_to_the_front() -> None:
    sixth = replace(FOUND_FIRST, answer_rank=6, article_rank=2)

    assert value("answer@1", FOUND_FIRST, sixth) == 0.5
    assert value("answer@5", FOUND_FIRST, sixth) == 0.5
    assert value("answer@10", FOUND_FIRST, sixth) == 1
    assert value("article@1", FOUND_FIRST, sixth) == 0.5
    assert value("article@5", FOUND_FIRST, sixth) == 1


def test_reciprocal_rank_is_of_the_answer_and_where_it_is_unknown_of_the_article() -> None:
    by_article = replace(FOUND_FIRST, has_answers=False, answer_rank=None, article_rank=4)

    assert value("mrr@10", FOUND_FIRST) == 1
    assert value("mrr@10", replace(FOUND_FIRST, answer_rank=2)) == 0.5
    assert value("mrr@10", by_article) == 0.25
    assert value("mrr@10", LOST) == 0
    assert value("mrr@10", replace(FOUND_FIRST, answer_rank=11)) == 0


def test_what_the_file_does_not_say_does_not_count() -> None:
    untold = replace(LOST, has_answers=False, has_articles=False)

    for metric in ("answer@5", "article@5", "mrr@10", "quote@3"):
        assert not estimate([untold], metric).known
        assert estimate([untold, FOUND_FIRST], metric).n == 1


def test_unanswerable_questions_do_not_count_as_not_found() -> None:
    for metric in ("answer@5", "article@5", "mrr@10", "quote@3", "recall"):
        assert value(metric, FOUND_FIRST, UNANSWERABLE, REFUSED) == 1


def test_answering_is_judged_by_what_can_be_answered() -> None:
    silent = replace(LOST, answered=False)
    results = (FOUND_FIRST, FOUND_FIRST, silent, UNANSWERABLE, REFUSED, REFUSED)

    assert value("precision", *results) == pytest.approx(2 / 3)
    assert value("recall", *results) == pytest.approx(2 / 3)
    assert value("f1", *results) == pytest.approx(2 / 3)
    assert value("refused", *results) == pytest.approx(2 / 3)
    assert value("right", *results) == pytest.approx(4 / 6)


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    silent = replace(LOST, answered=False)
    results = (FOUND_FIRST, silent, silent, UNANSWERABLE)
    precision, recall = value("precision", *results), value("recall", *results)

    assert value("f1", *results) == pytest.approx(2 * precision * recall / (precision + recall))


def test_confidence_that_tells_them_apart_has_an_auroc_of_one() -> None:
    assert value("auroc", FOUND_FIRST, FOUND_FIRST, REFUSED) == 1
    assert not estimate([FOUND_FIRST], "auroc").known


def test_a_metric_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError):
        estimate([FOUND_FIRST], "accuracy")


def test_every_metric_of_no_questions_is_unknown() -> None:
    assert not any(estimate([], metric).known for metric in ALL_METRICS)


def test_two_runs_are_compared_question_by_question() -> None:
    gained = difference([(LOST, FOUND_FIRST)] * 8 + [(FOUND_FIRST, FOUND_FIRST)] * 2, "answer@5")

    assert gained.value == pytest.approx(0.8)
    assert gained.differs_from_zero
    assert difference([(FOUND_FIRST, LOST)], "answer@5").value == -1


def test_confidences_of_two_runs_are_compared() -> None:
    confused = [(replace(FOUND_FIRST, confidence=0.1), FOUND_FIRST)] * 20
    pairs = [*confused, *[(REFUSED, REFUSED)] * 20]

    assert difference(pairs, "auroc").value == pytest.approx(0.5)


def test_questions_are_grouped_by_language_kind_and_label() -> None:
    spanish = replace(FOUND_FIRST, language="es", kind="person", label="follow-up")

    found = groups([FOUND_FIRST, spanish])

    assert {name: len(part) for name, part in found.items()} == {
        "all": 2,
        "language en": 1,
        "language es": 1,
        "kind money": 1,
        "kind person": 1,
        "label follow-up": 1,
    }


def test_recall_at_any_rank_for_a_plot() -> None:
    results = [FOUND_FIRST, replace(FOUND_FIRST, answer_rank=3, has_articles=False)]

    assert recall_at(results, 2) == (0.5, 1.0)
    assert recall_at(results, 3) == (1.0, 1.0)
    assert all(math.isnan(figure) for figure in recall_at([UNANSWERABLE], 3))


def test_a_higher_threshold_answers_less_and_is_righter() -> None:
    unsure = replace(FOUND_FIRST, confidence=0.5)
    guess = replace(UNANSWERABLE, confidence=0.4)

    table = by_threshold([FOUND_FIRST, unsure, guess], [0.0, 0.45, 0.6, 1.0])

    assert table[:3].tolist() == [[pytest.approx(2 / 3), 1.0], [1.0, 1.0], [1.0, 0.5]]
    assert math.isnan(table[3, 0])
    assert table[3, 1] == 0


def test_reliability_puts_each_question_into_one_bin() -> None:
    results = [
        replace(FOUND_FIRST, confidence=1.0),
        replace(FOUND_FIRST, confidence=0.95),
        replace(REFUSED, confidence=0.0),
        replace(REFUSED, confidence=0.15),
        replace(FOUND_FIRST, confidence=0.12),
    ]

    found = reliability(results)

    assert [count for _, _, count in found] == [1, 2, 2]
    assert [share for _, share, _ in found] == [0.0, 0.5, 1.0]
    assert found[-1][0] == pytest.approx(0.975)
