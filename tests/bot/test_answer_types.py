"""What a question wants named, and which sentence names one; en, pt, es."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer_types import Named, focus, has_new_name, named_by, names_one, stems_of
from bot.questions import Kind, wanted_by

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=400)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("Which professional golfer won the tournament?", Named.PERSON),
        ("Who opened the harbour?", Named.PERSON),
        ("Qual ministro anunciou o plano?", Named.PERSON),
        ("¿Qué jugadora ganó el torneo?", Named.PERSON),
        ("The ticket was sold in which state?", Named.STATE),
        ("Em que estado fica a represa?", Named.STATE),
        ("Which North African country was flooded?", Named.COUNTRY),
        ("¿En qué país está el puerto?", Named.COUNTRY),
        ("Which island suffered most?", Named.PLACE),
        ("Onde fica o porto?", Named.PLACE),
        ("Which movie won seven awards?", Named.WORK),
        ("¿Qué película ganó?", Named.WORK),
        ("Which pharmacy chain closed?", Named.OTHER),
        ("Qual empresa comprou o estaleiro?", Named.OTHER),
        ("What was the dog show called?", Named.WORK),
        ("What is the new plan called?", Named.OTHER),
        ("Which color are the oceans changing to?", Named.COLOUR),
        ("What happened at the harbour?", None),
        ("How many states joined?", None),
        ("Why did the state close the dam?", None),
        ("", None),
    ],
)
def test_the_words_of_a_question_tell_what_it_wants_named(
    question: str, named: Named | None
) -> None:
    assert named_by(question, wanted_by(question)) is named


def test_what_is_told_before_the_question_only_sets_the_scene() -> None:
    question = "A singer cancelled a show in Texas. Which country is she from?"

    assert focus(question) == "Which country is she from?"
    assert named_by(question, wanted_by(question)) is Named.COUNTRY


@pytest.mark.parametrize(
    ("question", "names", "retells"),
    [
        (
            "Which golfer won the Cedro Masters?",
            "It was Ana Lima who won by four strokes.",
            "A golfer had a chance to win the Cedro Masters.",
        ),
        (
            "Who gave the speech in Paris?",
            "The president, Ursula von der Leyen, spoke of factories.",
            "The speech was given on Monday in Paris.",
        ),
        (
            "The winning ticket was sold in which state?",
            "A player in California won.",
            "The winning ticket was sold on Monday.",
        ),
        (
            "Em que estado fica a represa de Lindoia?",
            "A represa fica em São Paulo.",
            "A represa de Lindoia fica longe.",
        ),
        (
            "Which country was flooded?",
            "The floods in Libya began on Sunday.",
            "The country was flooded in May.",
        ),
        (
            "¿En qué ciudad está el puerto de Cedro?",
            "El puerto está en Almenar.",
            "El puerto de Cedro está cerrado.",
        ),
        (
            "Which movie won seven awards?",
            "It was “Quiet Water” that won most.",
            "The movie won seven awards.",
        ),
        (
            "Which company bought the yard?",
            "The yard went to Solanera for little money.",
            "The company bought the yard.",
        ),
        (
            "Which color are the oceans changing to?",
            "They are turning green.",
            "They are changing their color.",
        ),
    ],
)
def test_a_sentence_with_the_name_is_told_from_one_that_retells_the_question(
    question: str, names: str, retells: str
) -> None:
    named = named_by(question, wanted_by(question))
    assert named is not None

    known = stems_of(question)

    assert names_one(named, known, names) == 1
    assert names_one(named, known, retells) == 0


def test_a_name_where_a_place_is_asked_for_counts_a_little() -> None:
    known = stems_of("Where did it happen?")

    assert 0 < names_one(Named.PLACE, known, "The town of old, Almenar, was hit.") < 1


def test_a_word_that_only_begins_the_sentence_is_no_name() -> None:
    assert not has_new_name("Dredgers came.", frozenset())
    assert has_new_name("Then Solanera came.", frozenset())


@given(ANYTHING, ANYTHING, st.sampled_from(sorted(Named)))
def test_any_text_is_read(question: str, sentence: str, named: Named) -> None:
    named_by(question, wanted_by(question))

    assert 0 <= names_one(named, stems_of(question), sentence) <= 1


@pytest.mark.parametrize(
    "text", ["A" * 4_000, "Aa " * 1_400, "in A. " * 700, "“" * 4_000, "A b" * 9]
)
def test_reading_takes_no_time_whatever_stands_there(text: str) -> None:
    started = time.perf_counter()
    for named in Named:
        names_one(named, frozenset(), text)
    named_by(text, wanted_by("which"))

    assert time.perf_counter() - started < 0.5


def test_figures_and_reasons_want_no_name() -> None:
    for question in ("How many states?", "When did which state vote?", "Why that country?"):
        assert wanted_by(question).kind is not Kind.OTHER
        assert named_by(question, wanted_by(question)) is None
