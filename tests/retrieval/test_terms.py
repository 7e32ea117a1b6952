"""The words of a question worth looking for, and what share of them a text holds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.folding import fold, folded_words, stem
from retrieval.terms import MOST_TERMS, Terms, read_terms

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)


def words(question: str) -> set[str]:
    return {" ".join(form) for term in read_terms(question) for form in term.forms}


def weighed(question: str, frequencies: dict[str, int], chunks: int = 1000) -> Terms:
    return Terms(read_terms(question), frequencies, chunks)


# Folding


@given(ANYTHING)
def test_folding_twice_is_the_same_as_once(value: str) -> None:
    assert fold(fold(value)) == fold(value)


@pytest.mark.parametrize(("value", "folded"), [("№ 5", "no 5"), ("Pauta™", "pautatm"), ("İ", "i")])
def test_compatibility_letters_are_lower_case_too(value: str, folded: str) -> None:
    assert fold(value) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("committed", "commits"), ("fábrica", "fabricas"), ("Brasil", "brasileiro")],
)
def test_words_of_one_family_share_a_stem(one: str, other: str) -> None:
    assert stem(fold(one)) == stem(fold(other))


def test_a_figure_is_its_own_stem() -> None:
    assert stem("1234567") != stem("1234568")


# Reading


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How much did Stargate commit?", {"stargate", "commit"}),
        ("Quanto o Stargate vai investir?", {"stargate", "investir"}),
        ("¿Cuánto costó la gigafábrica?", {"costo", "gigafabrica"}),
        ("Stargate, STARGATE and stargate", {"stargate"}),
    ],
)
def test_only_the_content_words_count(question: str, expected: set[str]) -> None:
    assert words(question) == expected


def test_a_question_of_common_words_alone_is_those_words() -> None:
    assert words("Who is it?") == {"who", "is", "it"}


@pytest.mark.parametrize("asked", ["Germany", "Alemanha", "Alemania"])
def test_a_country_is_looked_for_in_all_three_languages(asked: str) -> None:
    assert {"germany", "alemanha", "alemania"} <= words(f"economy of {asked}")


@given(ANYTHING)
def test_any_question_can_be_read_and_has_not_too_many_terms(question: str) -> None:
    terms = read_terms(question)

    assert len(terms) <= MOST_TERMS
    assert len(set(terms)) == len(terms)
    assert bool(terms) == any(len(word) <= 60 for word in folded_words(question))


# Weighing


@given(
    ANYTHING,
    st.dictionaries(st.text(max_size=5), st.integers(min_value=0, max_value=10**6)),
    st.integers(min_value=0, max_value=10**6),
    ANYTHING,
)
def test_weights_are_positive_and_add_up_to_one(
    question: str, frequencies: dict[str, int], chunks: int, text: str
) -> None:
    terms = weighed(question, frequencies, chunks)

    assert all(weight > 0 for weight in terms.weights.values())
    if terms.weights:
        assert sum(terms.weights.values()) == pytest.approx(1)
    assert 0 <= terms.coverage(text) <= 1 + 1e-9
    # "0.0A" is a figure to whoever reads figures, and no word ends where it does.
    if read_terms(question) and not re.search(r"\d[.,]\d+[^\W\d_]", question):
        assert terms.coverage(question) == pytest.approx(1)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    terms = weighed("harbour stargate", {"harbo": 600, "starg": 2})

    assert terms.coverage("Stargate grows.") > 0.8
    assert terms.coverage("The harbour grows.") < 0.2


def test_a_word_counts_in_any_form_and_a_figure_only_exactly() -> None:
    terms = weighed("committed 500", {})

    assert terms.coverage("They commit 500.") == pytest.approx(1)
    assert terms.coverage("They commit 5000.") == pytest.approx(0.5)


def test_a_word_the_archive_lacks_is_absent() -> None:
    terms = weighed("harbour stargate", {"harbo": 3})

    assert {form for term in terms.absent for form in term.forms} == {("stargate",)}
