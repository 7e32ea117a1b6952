"""What is told to differ is of one thing: one quantity, one date, not a price per unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.answers import Answer
from bot.disagreement import Difference, difference
from bot.per_unit import asks_per_unit, without_unit_prices
from bot.quoting import answer_by_quoting
from retrieval.models import Passage
from tests.bot.test_differences import COST, FIRST, asked, quoted, told
from tests.fakes import FakeEmbedder

LATEST = datetime(2026, 11, 12, tzinfo=UTC)
OPENING = asked("When will the Porto Cedro plant open?")
IN_2029 = told("The Porto Cedro plant is to open in March 2029, engineers say.", by="Ledger")
IN_2030 = told(
    "La planta de Porto Cedro no abrirá hasta enero de 2030, según la empresa.",
    by="Veleta",
    on=LATEST,
    language="es",
)
SILENT = told(
    "The Porto Cedro plant will open one day, the mayor of Porto Cedro said.", by="Gazeta"
)


def answered(*passages: Passage) -> Answer:
    answer = answer_by_quoting(OPENING, passages, FakeEmbedder())
    assert answer.answered, answer.confidence
    return answer


class TestDates:
    def test_that_differ_are_said_to(self) -> None:
        assert difference(OPENING, quoted(OPENING, IN_2029, IN_2030)) is Difference.DATES
        answer = answered(IN_2029, IN_2030)
        assert answer.text.startswith("The coverage gives different dates.")
        assert [one.source for one in answer.citations] == ["Veleta", "Ledger"]

    def test_come_along_where_what_is_quoted_of_their_article_has_none(self) -> None:
        lead = "The Porto Cedro plant will open and supply all of the city of Porto Cedro."
        later = f"{lead} It was long in the making, people in town say, and it is not cheap at all."
        dated = replace(IN_2029, text=f"{later} Completion is scheduled for March 2029.")
        answer = answered(dated, IN_2030)
        assert "March 2029" in answer.text
        assert "enero de 2030" in answer.text
        assert answer.text.startswith("The coverage gives different dates.")

    def test_come_along_also_where_nothing_quoted_has_one(self) -> None:
        answer = answered(SILENT, replace(IN_2030, similarity=0.2, coverage=0.2, score=0.2))
        assert "enero de 2030" in answer.text

    @pytest.mark.parametrize(
        "text",
        [
            "The loan of Porto Cedro runs until December 2041, lenders say.",
            "The Porto Cedro plant is to open in March 2029, papers show.",
            "The Porto Cedro plant was to open in March 2021 at first.",
        ],
        ids=["another event", "the same month", "a date gone by"],
    )
    def test_of_something_else_do_not_differ(self, text: str) -> None:
        other = told(text, by="Vale", on=LATEST)
        assert difference(OPENING, quoted(OPENING, IN_2029, other)) is None


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "How many people are missing on Maui?",
            "At least 96 people have been killed on Maui.",
            "Crews search for about 1,000 people reported missing on Maui.",
        ),
        (
            "Quantas polonaises de Chopin foram publicadas?",
            "Depois, 17 canções polonesas de Chopin foram publicadas.",
            "As sete polonaises de Chopin foram publicadas em vida.",
        ),
        (
            "How much does it cost to sue at Vale Court?",
            "At Vale Court you may sue for more than 2,500 dollars twice.",
            "At Vale Court a claim is for at most 10,000 dollars.",
        ),
        (
            "How much does it cost to sue at Vale Court?",
            "At Vale Court you may sue for 12,500 dollars or less.",
            "At Vale Court you may sue for up to 10,000 dollars.",
        ),
        (
            "How many workers did Quelvar hire?",
            "Quelvar hired more than 1,000 workers this year.",
            "Quelvar hired 1,150 workers this year.",
        ),
        (
            "How much will the Porto Cedro plant cost?",
            "The Porto Cedro plant will cost 1.2 billion reais.",
            "The pumps of Porto Cedro take in 4.1 billion reais; nobody knows why.",
        ),
    ],
    ids=[
        "killed and missing",
        "songs and polonaises",
        "two limits",
        "limits after and before",
        "at least",
        "far apart",
    ],
)
def test_figures_of_different_things_do_not_disagree(question: str, one: str, other: str) -> None:
    about = asked(question)
    passages = [
        told(text, by=by, title="News", language="pt" if "Chopin" in text else "en")
        for text, by in ((one, "Tribuna"), (other, "Ledger"))
    ]
    assert difference(about, quoted(about, *passages)) is None


@pytest.mark.parametrize(
    ("question", "one", "other", "languages"),
    [
        (
            "How many workers joined the Almenar strike?",
            "Some 3,600 workers joined the strike, the Almenar union said.",
            "Only 3,000 workers joined the Almenar strike, the port said.",
            ("en", "en"),
        ),
        (
            "How much will the Porto Cedro plant cost?",
            "The Porto Cedro plant is a work of 1.2 billion reais.",
            "A usina de Porto Cedro vai custar R$ 1,4 bilhão.",
            ("en", "pt"),
        ),
    ],
    ids=["the same clause", "another language, near"],
)
def test_figures_of_one_thing_do(
    question: str, one: str, other: str, languages: tuple[str, str]
) -> None:
    about = asked(question)
    passages = [
        told(text, by=by, language=language)
        for text, by, language in zip((one, other), ("Tribuna", "Ledger"), languages, strict=True)
    ]
    assert difference(about, quoted(about, *passages)) is Difference.FIGURES


class TestAPricePerUnit:
    water = told("The water of Porto Cedro will cost R$ 4,10/m³, the company said.", by="Ledger")

    def test_is_no_part_of_what_the_whole_costs(self) -> None:
        (total,), (price,) = (quoted(COST, one) for one in (FIRST, self.water))
        assert without_unit_prices(COST, [total, price]) == [total]
        assert difference(COST, [total, price]) is None

    def test_answers_where_it_answers_best(self) -> None:
        (total,), (price,) = (quoted(COST, one) for one in (FIRST, self.water))
        assert without_unit_prices(COST, [price, total]) == [price, total]

    @pytest.mark.parametrize(
        ("question", "is_so"),
        [
            ("What is the price of water in Porto Cedro?", True),
            ("Qual a tarifa da água?", True),
            ("¿Cuánto cuesta por metro cúbico?", True),
            ("How much will the plant cost?", False),
            ("Quanto vai custar a usina?", False),
        ],
    )
    def test_is_told_where_it_is_asked_for(self, question: str, is_so: bool) -> None:
        assert asks_per_unit(asked(question)) is is_so


@pytest.mark.parametrize(
    ("question", "language", "one", "other"),
    [
        (
            "quantos mortos em Porto Cedro?",
            "pt",
            "As chuvas em Porto Cedro deixaram 12 mortos no domingo.",
            "O número de mortos pelas chuvas em Porto Cedro subiu para 19 na segunda.",
        ),
        (
            "¿cuántos muertos hay en Porto Cedro?",
            "es",
            "La tormenta dejó 12 muertos en Porto Cedro.",
            "El número de muertos por la tormenta en Porto Cedro ascendió a 19.",
        ),
        (
            "how many people died in Porto Cedro?",
            "en",
            "The storm killed 12 people in Porto Cedro.",
            "The number of people killed by the storm in Porto Cedro rose to 19.",
        ),
    ],
)
def test_a_number_that_was_raised_differs_from_the_one_before(
    question: str, language: str, one: str, other: str
) -> None:
    asking = asked(question, language)
    both = (told(one, language=language), told(other, by="Gazeta", on=LATEST, language=language))

    assert difference(asking, quoted(asking, *both)) is Difference.FIGURES


@pytest.mark.parametrize(
    "other",
    [
        "O número de feridos pelas chuvas em Porto Cedro subiu para 19 na segunda.",
        "O número de mortos pelas chuvas em Porto Cedro subiu, e 19 casas caíram.",
    ],
)
def test_the_number_of_something_else_does_not(other: str) -> None:
    asking = asked("quantos mortos em Porto Cedro?", "pt")
    one = told("As chuvas em Porto Cedro deixaram 12 mortos no domingo.", language="pt")
    both = (one, told(other, by="Gazeta", on=LATEST, language="pt"))

    assert difference(asking, quoted(asking, *both)) is None
