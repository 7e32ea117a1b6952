"""Strangers hear once a day that they are not let in, whatever happens to the process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from bot import once_a_day, strangers
from bot.database import strangers_told
from bot.forgetting import prune
from bot.offload import Offload
from bot.strangers import Line, Strangers
from tests.people import people_database

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def engine() -> Iterator[Engine]:
    found = people_database()
    yield found
    found.dispose()


@pytest.fixture
def offload() -> Iterator[Offload]:
    found = Offload()
    yield found
    found.close()


def kept(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(strangers_told)) or 0


async def test_a_restart_does_not_repeat_what_was_said_within_the_day(
    engine: Engine, offload: Offload
) -> None:
    assert await Strangers(engine, offload).is_due(Line.REFUSED, 99, NOW)
    restarted = Strangers(engine, offload)
    assert not await restarted.is_due(Line.REFUSED, 99, NOW + timedelta(hours=23))
    assert await restarted.is_due(Line.LINK, 99, NOW + timedelta(hours=23))
    assert await restarted.is_due(Line.REFUSED, 99, NOW + timedelta(hours=24))


async def test_no_more_is_kept_than_is_needed(
    engine: Engine, offload: Offload, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (once_a_day, strangers):
        monkeypatch.setattr(module, "MOST_REMEMBERED", 3)
    told = Strangers(engine, offload)
    for second, stranger in enumerate(range(1, 6)):
        assert await told.is_due(Line.REFUSED, stranger, NOW + timedelta(seconds=second))
    assert kept(engine) == 3
    restarted = Strangers(engine, offload)
    assert not await restarted.is_due(Line.REFUSED, 5, NOW + timedelta(hours=1))
    assert await restarted.is_due(Line.REFUSED, 1, NOW + timedelta(hours=1))
    assert prune(engine, NOW + timedelta(days=2), keep_days=0) == 0
    assert kept(engine) == 0


async def test_they_are_told_also_where_it_cannot_be_noted(
    engine: Engine, offload: Offload
) -> None:
    told = Strangers(engine, offload)
    strangers_told.drop(engine)
    assert await told.is_due(Line.REFUSED, 99, NOW)
    assert not await told.is_due(Line.REFUSED, 99, NOW)
