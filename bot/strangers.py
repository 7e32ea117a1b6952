"""Which strangers were told, once a day, that they are not let in: kept across restarts."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import structlog
from sqlalchemy import Connection, Engine, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from bot.database import strangers_told
from bot.offload import Offload
from bot.once_a_day import AGAIN_AFTER, MOST_REMEMBERED, OnceADay
from retrieval.dates import seconds_of
from retrieval.upserts import upsert
from retrieval.writing import is_shared, writing

log = structlog.get_logger(__name__)


class Line(StrEnum):
    """What a stranger may hear, each once a day."""

    REFUSED = "refused"
    LINK = "link"
    """That an invitation is no longer good."""


class Strangers:
    """Kept in the people database `engine`, whose tables exist; asked about with every update
    of a stranger, so held in memory and written through."""

    def __init__(self, engine: Engine, offload: Offload) -> None:
        self._engine = engine
        self._offload = offload
        self._is_shared = is_shared(engine)
        self._told = {line: OnceADay() for line in Line}
        latest_last = select(strangers_told).order_by(strangers_told.c.at)
        with engine.connect() as connection:
            for row in connection.execute(latest_last):
                if row.line in self._told:
                    self._told[Line(row.line)].said(row.person, datetime.fromtimestamp(row.at, UTC))

    async def is_due(self, line: Line, person: int, now: datetime) -> bool:
        """Whether to tell somebody; then it counts as told, also after a restart."""
        if not self._told[line].is_due(person, now):
            return False
        try:
            return await self._offload.note(self._write, line, person, now)
        except SQLAlchemyError as error:
            log.warning("a refusal could not be noted", cause=type(error).__name__)
        return True

    def _write(self, line: Line, person: int, now: datetime) -> bool:
        """False when another replica has told them."""
        at = {"at": seconds_of(now)}
        with writing(self._engine) as connection:
            drop_told_long_ago(connection, now)
            statement = (
                upsert(connection, strangers_told)
                .values(line=line.value, person=person, **at)
                .on_conflict_do_nothing()
            )
            told = connection.execute(statement.returning(strangers_told.c.person)).first()
            if told is None and not self._is_shared:
                its_own = (strangers_told.c.line == line.value, strangers_told.c.person == person)
                connection.execute(update(strangers_told).where(*its_own).values(at))
            _drop_excess(connection, line)
        return told is not None or not self._is_shared


def drop_told_long_ago(connection: Connection, now: datetime) -> None:
    """Nothing is known of a stranger longer than it is needed."""
    ended = seconds_of(now - AGAIN_AFTER)
    connection.execute(delete(strangers_told).where(strangers_told.c.at <= ended))


def _drop_excess(connection: Connection, line: Line) -> None:
    of_line = strangers_told.c.line == line.value
    there = connection.scalar(select(func.count()).select_from(strangers_told).where(of_line)) or 0
    if there <= MOST_REMEMBERED:
        return
    oldest = (
        select(strangers_told.c.person)
        .where(of_line)
        .order_by(strangers_told.c.at)
        .limit(there - MOST_REMEMBERED)
    )
    connection.execute(delete(strangers_told).where(of_line, strangers_told.c.person.in_(oldest)))
