"""Dates in text, as intervals; and which supports which."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.grounding.date_mention import day_of, supported_date
from bot.grounding.dates_in_text import dates

PUBLISHED = datetime(2025, 1, 23, 12, tzinfo=UTC)
"""A Thursday."""


def intervals(text: str, language: str = "en") -> list[tuple[str, str]]:
    found = dates(text, language, PUBLISHED)
    return [(str(i.start), str(i.end)) for mention in found for i in mention.intervals]


@pytest.mark.parametrize(
    ("language", "text", "start", "end"),
    [
        ("en", "21 January 2025", "2025-01-21", "2025-01-22"),
        ("en", "January 21, 2025", "2025-01-21", "2025-01-22"),
        ("en", "Jan. 21st, 2025", "2025-01-21", "2025-01-22"),
        ("pt", "21 de janeiro de 2025", "2025-01-21", "2025-01-22"),
        ("pt", "1º de maio de 2024", "2024-05-01", "2024-05-02"),
        ("es", "21 de enero del 2025", "2025-01-21", "2025-01-22"),
        ("pt", "21/01/2025", "2025-01-21", "2025-01-22"),
        ("en", "2025-01-21", "2025-01-21", "2025-01-22"),
        ("pt", "janeiro de 2024", "2024-01-01", "2024-02-01"),
        ("en", "in 2019", "2019-01-01", "2020-01-01"),
        ("en", "in 1897", "1897-01-01", "1898-01-01"),
        ("en", "the 1990s", "1990-01-01", "2000-01-01"),
        ("pt", "segundo trimestre de 2024", "2024-04-01", "2024-07-01"),
        ("en", "Q1 2025", "2025-01-01", "2025-04-01"),
        ("en", "on Tuesday", "2025-01-21", "2025-01-22"),
        ("pt", "na terça-feira (21)", "2025-01-21", "2025-01-22"),
        ("en", "yesterday", "2025-01-22", "2025-01-23"),
        ("es", "el año pasado", "2024-01-01", "2025-01-01"),
        ("pt", "no mês passado", "2024-12-01", "2025-01-01"),
        ("en", "in April", "2025-04-01", "2025-05-01"),
        ("pt", "em dezembro", "2024-12-01", "2025-01-01"),
    ],
)
def test_a_date_is_an_interval_at_its_precision(
    language: str, text: str, start: str, end: str
) -> None:
    assert (start, end) in intervals(text, language)


def test_a_numeric_date_in_english_may_be_read_two_ways() -> None:
    assert intervals("on 03/04/2025") == [
        ("2025-04-03", "2025-04-04"),
        ("2025-03-04", "2025-03-05"),
    ]
    assert intervals("03/04/2025", "pt") == [("2025-04-03", "2025-04-04")]


def test_the_first_of_two_dates_has_the_year_of_the_second() -> None:
    assert intervals("between 3 March and 19 June 2023")[0] == ("2023-03-03", "2023-03-04")


@pytest.mark.parametrize(
    "text",
    ["they may march on", "Marco said", "2000 people", "about 1990 workers", "$2025", "2025.5"],
)
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert intervals(text) == []


@pytest.mark.parametrize(
    ("answer", "passage", "supported"),
    [
        ("in January 2025", "on 21 January 2025", True),
        ("in 2025", "on 21 January 2025", True),
        ("on 21 January 2025", "in January 2025", False),
        ("on 21 January", "on 21 January 2025", True),
        ("on 22 January", "on 21 January 2025", False),
        ("in 2024", "on 21 January 2025", False),
        ("on Tuesday", "on 21 January 2025", True),
        ("on Friday", "on 21 January 2025", False),
        ("in the 1990s", "in 1995", True),
        ("in 1995", "in the 1990s", False),
    ],
)
def test_a_date_supports_what_is_no_more_precise(
    answer: str, passage: str, supported: bool
) -> None:
    (claim,) = dates(answer, "en")
    assert supported_date(claim, dates(passage, "en", PUBLISHED)) is supported


def test_the_day_of_publication_supports_its_year() -> None:
    (claim,) = dates("em 2025", "pt")
    assert supported_date(claim, [day_of(PUBLISHED)])


def test_yesterday_without_a_today_is_left_out() -> None:
    assert dates("yesterday", "en") == ()
    (claim,) = dates("yesterday", "en", today=datetime(2025, 3, 2, tzinfo=UTC))
    assert claim.intervals[0].start == date(2025, 3, 1)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=200))
def test_any_text_is_read_and_spans_are_exact(text: str) -> None:
    for mention in dates(text, "pt", PUBLISHED):
        assert text[slice(*mention.span)] == mention.text
        assert all(i.start < i.end for i in mention.intervals)


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2059, 12, 31)))
@settings(max_examples=25, deadline=None)
def test_a_day_written_in_three_languages_is_one_day(day: date) -> None:
    from babel.dates import format_date

    for language in ("en", "pt", "es"):
        (found,) = dates(format_date(day, "long", locale=language), language)
        assert [i.start for i in found.intervals] == [day]
