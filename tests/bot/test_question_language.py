"""A question is answered in its language; a name alone is of none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.question_language import is_a_name, language_of
from bot.texts import LANGUAGES
from tests.builders import a_passage

FOUND = [replace(a_passage(), language="pt"), replace(a_passage(), language="en")]


@pytest.mark.parametrize("name", ["PETR4", "7010.SE", "Stargate", "Angela Merkel", "Selic 2025"])
def test_a_name_alone_is_answered_in_the_language_of_what_was_found(name: str) -> None:
    assert language_of(name, [], FOUND) == "pt"
    assert language_of(name, [], FOUND[::-1]) == "en"


def test_a_name_alone_is_answered_in_the_language_of_the_conversation() -> None:
    asked = ["¿Qué hizo la Reserva Federal ayer?", "Powell"]

    assert language_of("PETR4", asked, FOUND) == "es"


@pytest.mark.parametrize(
    ("question", "language"),
    [("Why?", "en"), ("E quando?", "pt"), ("¿Quién ganó?", "es"), ("who leads the Fed", "en")],
)
def test_any_other_question_is_answered_in_its_own(question: str, language: str) -> None:
    assert language_of(question, ["What did Stargate promise?"], FOUND) == language


@given(st.text(max_size=60))
def test_any_question_has_a_language(question: str) -> None:
    assert language_of(question, [], []) in LANGUAGES
    assert not (is_a_name(question) and question.islower() and question.isalpha())
