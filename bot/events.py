"""What happens while a question is answered, in the order a person may be shown it.  (pure)

Searching("Stargate") -> Reading(3) -> Writing("It committed") -> ... -> Finished(answer)
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.answers import Answer


@dataclass(frozen=True, slots=True)
class Searching:
    """The coverage is being searched."""

    query: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found is being read."""

    articles: int


@dataclass(frozen=True, slots=True)
class Writing:
    """The draft so far; it has not been checked, and may still be taken back."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer; always the last event, and always there."""

    answer: Answer


Event = Searching | Reading | Writing | Finished
