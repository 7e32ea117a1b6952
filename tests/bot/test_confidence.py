"""What speaks for it that the coverage holds an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.confidence import Evidence, gather
from bot.sentence_choice import rank
from retrieval.models import Passage
from tests.bot.test_differences import asked, told
from tests.fakes import FakeEmbedder

QUESTION = asked("What was the Selic rate in May 2025?")


def published(on: datetime | None, text: str = "The Selic rate rose to 14.75%.") -> Passage:
    return replace(told(text, on=on, title="Central bank"), coverage=0.4)


def evidence(*passages: Passage) -> Evidence:
    embedder = FakeEmbedder()
    ranked = rank(QUESTION, passages, embedder).best_first
    return gather(QUESTION, passages, ranked, embedder)


def test_a_month_and_a_year_are_those_an_article_was_published_in() -> None:
    then = evidence(published(datetime(2025, 5, 7, tzinfo=UTC)))

    assert then.missing == 0
    assert then.passage_coverage == pytest.approx(1.0)


@pytest.mark.parametrize("on", [datetime(2026, 5, 7, tzinfo=UTC), None], ids=["later", "unknown"])
def test_of_another_time_they_are_not(on: datetime | None) -> None:
    found = evidence(published(on))

    assert found.missing > 0
    assert found.passage_coverage == pytest.approx(0.4)


def test_the_time_alone_covers_nothing() -> None:
    other = published(datetime(2025, 5, 7, tzinfo=UTC), "The choir sang in the old church.")

    assert evidence(replace(other, coverage=0.0)).passage_coverage == 0
