"""Amounts in Portuguese, English and Spanish text, however they are written."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.grounding.amount import Amount, Bound
from bot.grounding.figures import amounts
from bot.grounding.units import Kind

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
BILLION, TRILLION = Decimal(10) ** 9, Decimal(10) ** 12


def only(text: str, language: str) -> Amount:
    (found,) = amounts(text, language)
    return found


@pytest.mark.parametrize(
    ("language", "text", "value", "currency"),
    [
        ("pt", "US$ 500 bilhões", 500 * BILLION, "USD"),
        ("en", "$500 billion", 500 * BILLION, "USD"),
        ("es", "500.000 millones de dólares", 500 * BILLION, "USD"),
        ("pt", "500 000 milhões de dólares", 500 * BILLION, "USD"),
        ("pt", "500 mil milhões de euros", 500 * BILLION, "EUR"),
        ("pt", "meio trilhão de dólares", 500 * BILLION, "USD"),
        ("en", "half a trillion dollars", 500 * BILLION, "USD"),
        ("pt", "R$ 1,5 mi", 1_500_000, "BRL"),
        ("pt", "R$ 98,3 bi", 98_300_000_000, "BRL"),
        ("en", "R$1.5bn", 1_500_000_000, "BRL"),
        ("en", "€2.3m", 2_300_000, "EUR"),
        ("es", "2,3 M€", 2_300_000, "EUR"),
        ("en", "12 million kroner", 12_000_000, "NOK"),
        ("en", "410 pence", Decimal("4.10"), "GBP"),
        ("es", "640 millones de pesos argentinos", 640_000_000, "ARS"),
        ("pt", "18 reais", 18, "BRL"),
        ("pt", "R$ 1.200,50", Decimal("1200.50"), "BRL"),
        ("en", "£85,000", 85_000, "GBP"),
        ("es", "1,3 billones de pesos chilenos", Decimal("1.3") * TRILLION, "CLP"),
    ],
)
def test_money_has_its_value_and_currency(
    language: str, text: str, value: Decimal | int, currency: str
) -> None:
    amount = only(text, language)

    assert amount.kind is Kind.MONEY
    assert amount.value == value
    assert currency in amount.readings[0].unit.currencies


def test_a_billion_is_as_long_as_its_language_says() -> None:
    assert only("um bilhão", "pt").value == BILLION
    assert only("one billion", "en").value == BILLION
    assert only("mil millones", "es").value == BILLION
    assert only("um bilião", "pt").value == TRILLION
    assert only("un billón", "es").value == TRILLION


@pytest.mark.parametrize(
    ("language", "text", "values"),
    [
        ("en", "1,200", [1200]),
        ("pt", "1.200", [1200]),
        ("en", "1.200", [Decimal("1.2"), 1200]),
        ("pt", "1,200", [Decimal("1.2"), 1200]),
        ("", "1.200", [1200, Decimal("1.2")]),
        ("pt", "0,125", [Decimal("0.125")]),
        ("en", "1,234,567.89", [Decimal("1234567.89")]),
        ("es", "1.234.567,89", [Decimal("1234567.89")]),
        ("es", "45 000", [45_000]),
    ],
)
def test_a_separator_the_language_does_not_decide_is_read_both_ways(
    language: str, text: str, values: list[Decimal | int]
) -> None:
    assert [reading.value for reading in only(text, language).readings] == values


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("pt", "duas mil pessoas", 2000),
        ("es", "dos mil personas", 2000),
        ("es", "once personas", 11),
        ("en", "twenty-three people", 23),
        ("pt", "cinco mil e duzentas pessoas", 5200),
        ("pt", "1 milhão e 200 mil pessoas", 1_200_000),
        ("en", "two and a half million people", 2_500_000),
        ("pt", "dois milhões e meio", 2_500_000),
        ("pt", "uma dúzia de ovos", 12),
        ("pt", "meia dúzia de ovos", 6),
        ("en", "3.5m people", 3_500_000),
        ("es", "treinta y cinco casas", 35),
        ("en", "one hundred and five ships", 105),
    ],
)
def test_numbers_are_read_in_words(language: str, text: str, value: int) -> None:
    amount = only(text, language)
    assert amount.kind is Kind.COUNT
    assert amount.value == value


def test_two_numbers_beside_each_other_are_two() -> None:
    assert [a.value for a in amounts("two and three", "en")] == [2, 3]
    assert [a.value for a in amounts("entre vinte e trinta", "pt")] == [20, 30]


def test_a_word_of_another_language_is_no_number() -> None:
    assert amounts("once upon a time", "en") == ()
    assert amounts("o salário dos professores", "pt") == ()
    assert amounts("um doce de leite", "pt")[0].weak


@pytest.mark.parametrize(
    ("language", "text", "percent"),
    [
        ("pt", "12,5%", "12.5"),
        ("en", "12.5 per cent", "12.5"),
        ("es", "40 por ciento", "40"),
        ("en", "half of the fleet", "50"),
        ("pt", "metade da frota", "50"),
        ("es", "la cuarta parte", "25"),
        ("es", "tres cuartas partes", "75"),
        ("en", "one in five jobs", "20"),
    ],
)
def test_shares_are_percent(language: str, text: str, percent: str) -> None:
    amount = only(text, language)
    assert (amount.kind, amount.value) == (Kind.PERCENT, Decimal(percent))


@pytest.mark.parametrize(
    ("language", "text"), [("en", "two thirds"), ("pt", "dois terços"), ("es", "dos tercios")]
)
def test_two_thirds_are_the_same_in_every_language(language: str, text: str) -> None:
    assert round(only(text, language).value, 2) == Decimal("66.67")


def test_percentage_points_are_not_percent() -> None:
    for language, text in (
        ("en", "2 percentage points"), ("pt", "2 pontos percentuais"), ("pt", "2 p.p."),
        ("es", "2 puntos porcentuales"), ("en", "200 basis points"),
    ):  # fmt: skip
        amount = only(text, language)
        assert (amount.kind, amount.value) == (Kind.POINTS, Decimal(2)), text


@pytest.mark.parametrize(
    ("language", "text"),
    [("pt", "quatro anos"), ("en", "four years"), ("en", "a 4-year deal"), ("es", "48 meses")],
)
def test_four_years_are_four_years(language: str, text: str) -> None:
    assert [(a.kind, a.value) for a in amounts(text, language)] == [(Kind.DURATION, Decimal(48))]


def test_measures_compare_within_their_dimension() -> None:
    giga, mega = only("1.5 GW", "en").readings[0], only("1.500 megavatios", "es").readings[0]
    assert (giga.value, giga.unit.name) == (mega.value, mega.unit.name)
    assert only("60 km/h", "pt").value == 60
    assert only("2 square kilometres", "en").value == 2_000_000
    assert only("14,5 °C", "pt").readings[0].unit.name == "celsius"


@pytest.mark.parametrize(
    ("language", "text", "ends", "currency"),
    [
        ("pt", "US$ 5–7 bilhões", (5, 7), "USD"),
        ("en", "$5 to $7 billion", (5, 7), "USD"),
        ("pt", "entre US$ 5 e 7 bilhões", (5, 7), "USD"),
        ("en", "between 5 and 7 billion euros", (5, 7), "EUR"),
    ],
)
def test_both_ends_of_a_range_have_its_unit(
    language: str, text: str, ends: tuple[int, int], currency: str
) -> None:
    found = amounts(text, language)

    assert tuple(int(amount.value / BILLION) for amount in found) == ends
    assert all(currency in amount.readings[0].unit.currencies for amount in found)


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("about 500 people", Bound.ABOUT),
        ("cerca de 500 pessoas", Bound.ABOUT),
        ("more than 500 people", Bound.ABOVE),
        ("más de 500 personas", Bound.ABOVE),
        ("up to 500 people", Bound.BELOW),
        ("quase 500 pessoas", Bound.ABOUT),
        ("500 people", Bound.EXACT),
        ("thousands of people", Bound.MAGNITUDE),
        ("milhares de pessoas", Bound.MAGNITUDE),
    ],
)
def test_how_exactly_an_amount_is_meant_is_told(text: str, bound: Bound) -> None:
    assert only(text, "").bound is bound


@pytest.mark.parametrize(
    "text",
    [
        "GPT-4 and G20", "open 24/7", "on 21 January 2025", "https://example.com/2/300", "[12]",
        "version 1.2.3", "COVID-19", "5G", "a@b9.example",
    ],
)  # fmt: skip
def test_what_only_holds_digits_is_no_amount(text: str) -> None:
    assert amounts(text, "en") == ()


def test_a_score_a_time_and_a_telephone_number_are_told_apart() -> None:
    found = amounts("They won 3-1 at 2:40 p.m., call +55 11 98888-7777", "en")
    assert [a.kind for a in found] == [Kind.COUNT, Kind.COUNT, Kind.CLOCK, Kind.IDENTIFIER]
    assert [a.value for a in found[:3]] == [3, 1, 14 * 60 + 40]


def test_ranks_and_multiples_are_kinds_of_their_own() -> None:
    assert only("the third plant", "en").kind is Kind.ORDINAL
    assert only("o 3º lugar", "pt").kind is Kind.ORDINAL
    assert only("o dobro", "pt") .readings == only("doubled", "en").readings  # fmt: skip
    assert only("three times", "en").readings == only("três vezes", "pt").readings


def test_a_number_like_a_year_may_be_either() -> None:
    assert [r.kind for r in only("2025", "en").readings] == [Kind.YEAR, Kind.COUNT]
    assert only("2,025", "en").kind is Kind.COUNT


@given(ANYTHING, st.sampled_from(["", "pt", "en", "es"]))
def test_any_text_is_read_and_spans_are_exact(text: str, language: str) -> None:
    for amount in amounts(text, language):
        assert text[slice(*amount.span)] == amount.text
        assert amount.readings
        assert all(reading.value.is_finite() for reading in amount.readings)


@given(st.integers(min_value=1, max_value=10**12))
def test_a_whole_number_reads_the_same_in_every_format(number: int) -> None:
    english = f"{number:,}"
    for language, text in (
        ("en", english), ("pt", english.replace(",", ".")), ("es", english.replace(",", " ")),
    ):  # fmt: skip
        (found,) = amounts(f"US$ {text}", language)
        assert found.value == number


@pytest.mark.parametrize(
    "hostile",
    ["1" * 50_000, "1,1." * 9_000, "five million " * 3_000, "de 1 a " * 5_000, "$" * 30_000],
)
def test_hostile_text_takes_no_longer_than_its_length_allows(hostile: str) -> None:
    started = time.perf_counter()
    assert len(amounts(hostile, "en")) <= 201
    assert time.perf_counter() - started < 2
