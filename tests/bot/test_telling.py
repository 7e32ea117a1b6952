from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers import Answer
from bot.events import Event, Finished, Reading, Searching, Writing
from bot.telling import LONGEST_SHOWN_QUERY, told
from bot.texts import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("event", [Searching("Stargate"), Reading(1), Reading(3), Writing("It")])
def test_each_step_is_told_in_one_line(event: Event, language: str) -> None:
    line = told(event, language)
    assert line
    assert "\n" not in line
    assert "{" not in line


def test_what_is_searched_and_how_much_is_read_is_named() -> None:
    assert "Stargate" in told(Searching("Stargate"), "pt")
    assert "3" in told(Reading(3), "es")


def test_the_end_speaks_for_itself() -> None:
    assert told(Finished(Answer("So.", answered=True, language="en")), "en") == ""


@given(st.text(), st.sampled_from(LANGUAGES))
def test_a_long_query_is_cut(query: str, language: str) -> None:
    assert len(told(Searching(query), language)) < LONGEST_SHOWN_QUERY + 40
