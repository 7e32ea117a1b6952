"""What kind of answer a question asks for, in three languages, and what holds one."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions import Kind, Wanted, fits, wanted_by

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=500)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How much did Stargate commit?", Kind.MONEY),
        ("Quanto o Stargate comprometeu?", Kind.MONEY),
        ("¿Cuánto comprometió Stargate?", Kind.MONEY),
        ("What was the price of the house?", Kind.MONEY),
        ("Qual foi o valor da multa?", Kind.MONEY),
        ("How many people died?", Kind.COUNT),
        ("How many houses were sold?", Kind.COUNT),
        ("Quantas pessoas morreram?", Kind.COUNT),
        ("¿Cuántos compraron entradas?", Kind.COUNT),
        ("How old is the minister?", Kind.AMOUNT),
        ("How long did the strike last?", Kind.DURATION),
        ("Quanto tempo durou a greve?", Kind.DURATION),
        ("¿Cuánto tiempo duró la huelga?", Kind.DURATION),
        ("When did the harbour open?", Kind.TIME),
        ("Em que ano abriu o porto?", Kind.TIME),
        ("¿Cuándo abrió el puerto?", Kind.TIME),
        ("Who opened the harbour?", Kind.PERSON),
        ("Quem abriu o porto?", Kind.PERSON),
        ("¿Quiénes abrieron el puerto?", Kind.PERSON),
        ("Where is the harbour?", Kind.PLACE),
        ("Onde fica o porto?", Kind.PLACE),
        ("¿En qué ciudad está el puerto?", Kind.PLACE),
        ("Why did it close?", Kind.REASON),
        ("Por que o porto fechou?", Kind.REASON),
        ("¿Por qué cerró el puerto?", Kind.REASON),
        ("What happened at the harbour?", Kind.OTHER),
        ("Stargate", Kind.OTHER),
        ("", Kind.OTHER),
    ],
)
def test_the_words_of_a_question_tell_its_kind(question: str, kind: Kind) -> None:
    assert wanted_by(question).kind is kind


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda text: text.rstrip("?")])
@pytest.mark.parametrize("question", ["How much did it cost?", "Quando abriu?", "¿Quién lo dijo?"])
def test_case_and_the_question_mark_do_not_matter(
    question: str, change: Callable[[str], str]
) -> None:
    assert wanted_by(change(question)) == wanted_by(question)


@pytest.mark.parametrize(
    ("kind", "holds", "lacks"),
    [
        (Kind.MONEY, "They committed US$ 500 billion.", "They committed to peace."),
        (Kind.MONEY, "Comprometeram R$ 1.200,50 em obras.", "Comprometeram-se com a paz."),
        (Kind.MONEY, "Pagó 300 millones de euros.", "Pagó el precio."),
        (Kind.AMOUNT, "Some 40 people died.", "People died."),
        (Kind.AMOUNT, "Morreram duas pessoas.", "Morreram pessoas."),
        (Kind.AMOUNT, "It holds 12 percent.", "It was decided on 12 March 2024."),
        (Kind.TIME, "It opened in March.", "It opened soon."),
        (Kind.TIME, "Abriu em 1998.", "Abriu cedo."),
        (Kind.PERSON, "It was opened by Ana Costa.", "It was opened."),
        (Kind.PLACE, "It stands in Lisbon.", "It stands there."),
        (Kind.REASON, "It closed because of the rain.", "It closed."),
        (Kind.REASON, "Fechou devido à chuva.", "Fechou ontem."),
    ],
)
def test_a_sentence_that_holds_the_kind_fits_better(kind: Kind, holds: str, lacks: str) -> None:
    assert fits(Wanted(kind), holds) == 1
    assert fits(Wanted(kind), lacks) == 0


def test_a_figure_without_a_currency_fits_a_question_about_money_a_little() -> None:
    assert 0 < fits(Wanted(Kind.MONEY), "They committed 500 to it.") < 1


@pytest.mark.parametrize(
    ("question", "holds", "less"),
    [
        ("How many people died?", "Some 40 people died.", "It held 40 houses."),
        ("Quantas pessoas morreram?", "Morreram 40 pessoas.", "Havia 40 casas."),
        ("¿Cuántas personas murieron?", "Murieron 40 personas.", "Había 40 casas."),
        ("How long did it last?", "It lasted three weeks.", "It cost 3 euros."),
    ],
)
def test_a_number_of_what_was_asked_fits_better_than_another(
    question: str, holds: str, less: str
) -> None:
    wanted = wanted_by(question)

    assert fits(wanted, holds) == 1
    assert 0 < fits(wanted, less) < 1


@given(ANYTHING, ANYTHING)
def test_any_sentence_fits_any_question_between_not_and_well(question: str, sentence: str) -> None:
    assert 0 <= fits(wanted_by(question), sentence) <= 1


@given(st.sampled_from(Kind), ANYTHING)
def test_any_sentence_fits_any_kind_between_not_and_well(kind: Kind, sentence: str) -> None:
    assert 0 <= fits(Wanted(kind), sentence) <= 1


@pytest.mark.parametrize(
    "unit", ["9", "a ", "por que ", "US$ ", "1 de ", "A", "A a", "million ", "what ", "how many "]
)
def test_the_longest_hostile_question_takes_no_time(unit: str) -> None:
    text = (unit * 4_096)[:4_096]
    started = time.perf_counter()

    fits(wanted_by(text), text)
    for kind in Kind:
        fits(Wanted(kind), text)

    assert time.perf_counter() - started < 5
