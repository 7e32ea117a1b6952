"""Which questions are read together with the one before them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.followups import phrasings, refers_back
from retrieval.models import Query


@pytest.mark.parametrize(
    "question",
    [
        "and France?", "e a Petrobras?", "why?", "quando foi isso?", "y por qué?", "Germany?",
        "how many in Germany?", "what did Germany do?", "over how many years?", "what is it?",
    ],
)  # fmt: skip
def test_what_means_little_by_itself_does(question: str) -> None:
    assert refers_back(question)


@pytest.mark.parametrize(
    "question",
    [
        "quanto está a Selic?", "what is the Selic rate?", "¿cuál es la tasa Selic?",
        "o que é PETR4?", "who is Magda Chambriard?", "how much did Stargate commit?",
        "how many jobs will the data centre create?",
    ],
)  # fmt: skip
def test_what_asks_in_full_after_something_it_names_does_not(question: str) -> None:
    query = Query(question, history=("how many died in Porto Alegre?",), last_answer="Ana Lima, 12")

    assert phrasings(query) == [question]


@given(st.text(max_size=300))
def test_any_question_can_be_searched_for(question: str) -> None:
    assert phrasings(Query(question, history=("before",)))[0].endswith(question)


def test_a_long_question_takes_no_time() -> None:
    began = time.perf_counter()
    for text in ("what is " * 500, "a who " * 700, "Aa " * 1_300):
        refers_back(text)

    assert time.perf_counter() - began < 0.5
