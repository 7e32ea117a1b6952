"""What must be found to the letter, and whether a text holds it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.figures import find_figures
from retrieval.folding import folded_words
from retrieval.question.literals import (
    LONGEST_LITERAL,
    MOST_LITERALS,
    holds_literally,
    literals,
    phrases,
)

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=200)
FIGURED = st.text(alphabet="0123456789.,  $%€-/MWGPTbimln“”\"'«»\u00b2\u0663", max_size=60)


# Reading


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ('What does "carbon neutral" mean in the “green deal”?', ("carbon neutral", "green deal")),
        ("¿Qué es «la casa»?", ("la casa",)),
        ("What does 'plastid' mean?", ("plastid",)),
        ("the ‘unprecedented’ number", ("unprecedented",)),
        ("the union said 'we won't go' again", ("we won't go",)),
        ("Breakfast at Tiffany's and the players' union", ()),
        ('an unclosed "quote', ()),
    ],
)
def test_what_stands_in_quotation_marks(question: str, expected: tuple[str, ...]) -> None:
    assert literals(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("$AAPL today", ("AAPL",)),
        ("quanto caiu PETR4?", ("PETR4",)),
        ("How much did NVDA shares rise?", ("NVDA",)),
        ("What did NATO say?", ()),
        ("HOW MUCH DID THE SHARES RISE", ()),
    ],
)
def test_tickers(question: str, expected: tuple[str, ...]) -> None:
    assert literals(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("os US$ 500 bilhões do Stargate", ("US$ 500 bilhões",)),
        ("why 3.5%?", ("3.5%",)),
        ("the 1,200 MW plant", ("1,200 MW",)),
        ("R$ 1,5 mi", ("R$ 1,5 mi",)),
        ("500 mil millones de dólares", ("500 mil millones de dólares",)),
        ("47 votes in 2023", ()),
        ("at 10:30", ()),
        ("the 215-pound title", ()),
    ],
)
def test_figures_with_their_unit(question: str, expected: tuple[str, ...]) -> None:
    assert literals(question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("PL 2630/2020 e Lei nº 14.790/2023", ("PL 2630/2020", "Lei nº 14.790/2023")),
        ("GPT-5, A320neo, F-35, H5N1 and gpt-4",
         ("GPT-5", "A320neo", "F-35", "H5N1", "gpt-4")),
        ("the S&P 500", ("S&P 500",)),
        ("Q3, 3T25, the 1960s, 30min, 20th", ()),
        ("https://a.example/b-2 and user1@x.example", ()),
    ],
)  # fmt: skip
def test_codes_of_letters_and_digits(question: str, expected: tuple[str, ...]) -> None:
    assert literals(question) == expected


@given(ANYTHING | FIGURED)
def test_any_question_has_few_short_literals_and_each_is_held_by_itself(question: str) -> None:
    found = literals(question)

    assert len(found) <= MOST_LITERALS
    assert len(set(found)) == len(found)
    for literal in found:
        assert len(literal) <= LONGEST_LITERAL
        assert literal in question
        assert holds_literally(literal, literal)
        assert phrases(literal)


# Holding


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("carbon neutral", "A Carbon-Neutral plan."),
        ("gigafábrica", "A GIGAFABRICA abriu."),
        ("US$ 500 bilhões", "worth $500 billion"),
        ("US$ 500 bilhões", "500.000 millones de dólares"),
        ("US$ 500 bilhões", "500 mil millones de dólares"),
        ("US$ 500 bilhões", "a US$500bn plan"),
        ("1,200 MW", "1.200 MW"),
        ("1,200 MW", "1200 megawatts"),
        ("1,200 MW", "1\u00a0200 MW"),
        ("3.5%", "subiu 3,5 por cento."),
        ("R$ 1,5 mi", "R$ 1.500.000"),
        ("R$ 3.500,00", "R$ 3500"),
        ("GPT-5", "o GPT 5 saiu"),
        ("A320neo", "the A320 neo"),
        ("PL 2630/2020", "o Projeto de Lei 2.630, de 2020,"),
        ("PETR4", "(PETR4)"),
    ],
)
def test_the_same_in_another_writing_is_held(literal: str, text: str) -> None:
    assert holds_literally(text, literal)


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("carbon neutral", "carbon and neutral"),
        ("art", "party"),
        ("US$ 500 bilhões", "R$ 500 bilhões"),
        ("US$ 500 bilhões", "US$ 500 milhões"),
        ("500 billones", "500 billion"),
        ("1,200 MW", "1,200 GW"),
        ("1,200 MW", "12.00 MW"),
        ("3.5%", "35%"),
        ("GPT-5", "GPT-50"),
        ("PL 2630/2020", "PL 12630/2020"),
        ("PETR4", "PETR40"),
        ("x", ""),
    ],
)
def test_something_else_is_not_held(literal: str, text: str) -> None:
    assert not holds_literally(text, literal)


@given(st.integers(min_value=1_000, max_value=10**9))
def test_thousands_are_the_same_however_they_are_parted(number: int) -> None:
    with_commas = f"{number:,} MW"
    for mark in (".", "\u00a0", ""):
        assert holds_literally(f"a {with_commas.replace(',', mark)} plant", with_commas)


@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=0, max_value=10**6))
def test_different_numbers_are_never_the_same(one: int, other: int) -> None:
    assert holds_literally(f"{one} MW", f"{other} MW") == (one == other)


@given(ANYTHING | FIGURED, ANYTHING | FIGURED)
def test_any_text_holds_any_literal_or_not(text: str, literal: str) -> None:
    assert holds_literally(text, literal) in {True, False}
    assert all(figure.values for figure in find_figures(text))


# Looking up


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("GPT-5", "o GPT5 saiu"),
        ("GPT-5", "o GPT 5 saiu"),
        ("1,200 MW", "1200 MW"),
        ("1200 MW", "1.200 MW"),
        ("PL 2630/2020", "PL 2.630/2020"),
        ("carbon neutral", "Carbon-neutral"),
    ],
)
def test_an_index_of_words_finds_it_by_one_of_its_phrases(literal: str, text: str) -> None:
    words = f" {' '.join(folded_words(text))} "

    assert any(f" {' '.join(phrase)} " in words for phrase in phrases(literal))
