"""Words as PostgreSQL takes them: whatever was written, nothing of it is syntax."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from retrieval import lexemes
from retrieval.terms import read_terms

_LEXEME = r"'[^'\\\s]+'"
_VECTOR = re.compile(rf"(?:{_LEXEME}:\d+A?(?: |\Z))*")
_QUERY = re.compile(rf"(?:{_LEXEME}(?::\*)?|[()]| & | \| | <-> )*")
ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)


@given(ANYTHING, ANYTHING)
def test_a_vector_is_of_quoted_words_alone(title: str, body: str) -> None:
    assert _VECTOR.fullmatch(lexemes.vector(title, body))


@given(ANYTHING)
def test_a_query_is_of_quoted_words_and_operators_alone(value: str) -> None:
    terms = read_terms(value)
    assert _QUERY.fullmatch(lexemes.all_terms(terms))
    assert _QUERY.fullmatch(lexemes.any_of(lexemes.phrase(f) for t in terms for f in t.forms))
    assert _QUERY.fullmatch(lexemes.beginning(value))


def test_no_phrase_runs_from_the_title_into_the_text() -> None:
    assert lexemes.vector("New port", "Opens today") == "'new':1A 'port':2A 'opens':4 'today':5"


def test_a_position_or_a_word_is_never_more_than_the_server_takes() -> None:
    vector = lexemes.vector("", "x " * 20_000 + "ﷺ" * 4_000)
    assert max(int(at) for at in re.findall(r":(\d+)", vector)) == 16_383
    assert max(len(word.encode()) for word in re.findall(_LEXEME, vector)) < 2_046


def test_a_stem_that_was_cut_matches_what_begins_with_it_and_a_figure_does_not() -> None:
    assert lexemes.beginning("commi") == "'commi':*"
    assert lexemes.beginning("port") == "'port'"
    assert lexemes.beginning("12345") == "'12345'"
    assert lexemes.beginning("a b") == lexemes.beginning("…") == ""
