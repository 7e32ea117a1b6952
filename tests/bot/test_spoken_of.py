"""A follow-up that names nothing is answered from what the question before was about."""

from __future__ import annotations

from dataclasses import replace

from bot.spoken_of import of_what_was_spoken_of
from tests.bot.test_differences import asked, told

STARGATE = told("Stargate committed 500 billion over four years.", title="What was promised")
TAX = told("A prefeitura concedeu isenção por dez anos.", by="Gazeta", title="Data center")
GOES_ON = replace(asked("e por quantos anos?"), previous="quanto o Stargate prometeu investir?")


def test_only_articles_with_the_name_spoken_of_are_read() -> None:
    assert of_what_was_spoken_of(GOES_ON, [TAX, STARGATE]) == [STARGATE]


def test_all_are_read_where_nothing_tells_of_it_or_the_question_stands_alone() -> None:
    assert of_what_was_spoken_of(GOES_ON, [TAX]) == [TAX]
    both = [TAX, STARGATE]
    assert of_what_was_spoken_of(replace(GOES_ON, previous=None), both) == both
    assert of_what_was_spoken_of(replace(GOES_ON, previous="e depois?"), both) == both
    assert of_what_was_spoken_of(replace(GOES_ON, text="e a França?"), both) == both
