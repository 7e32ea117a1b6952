"""The week's feedback, and up to when it was told of, in the people database. Blocking."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select

from bot.database import feedback, kept_values
from bot.replicas import FEEDBACK, hold_now, replica_name
from bot.shown_answers import Reason
from bot.weekly_feedback import Week, WeekOfFeedback, due
from retrieval.upserts import upsert
from retrieval.writing import writing

_TOLD_UNTIL = "feedback_told_until"


class FeedbackDesk:
    """Raises SQLAlchemyError when the database cannot be used."""

    def __init__(self, engine: Engine, zone: ZoneInfo) -> None:
        self._engine = engine
        self._zone = zone

    def due(self, now: datetime) -> WeekOfFeedback | None:
        """What admins are to be told of; a week without feedback counts as told. None while
        another replica is at it."""
        if not hold_now(self._engine, FEEDBACK, replica_name(self._engine), now):
            return None
        week = due(now, self._told_until(), self._zone)
        if week is None:
            return None
        found = WeekOfFeedback(week, self._counts(week))
        if any(found.counts.values()):
            return found
        self.told(found)
        return None

    def told(self, given: WeekOfFeedback) -> None:
        """It is not told again, also after a restart."""
        value = str(int(given.week.until.timestamp()))
        with writing(self._engine) as connection:
            connection.execute(
                upsert(connection, kept_values)
                .values(name=_TOLD_UNTIL, value=value)
                .on_conflict_do_update(index_elements=["name"], set_={"value": value})
            )

    def _told_until(self) -> datetime | None:
        chosen = select(kept_values.c.value).where(kept_values.c.name == _TOLD_UNTIL)
        with self._engine.connect() as connection:
            value = connection.scalar(chosen)
        return None if value is None else datetime.fromtimestamp(int(value), UTC)

    def _counts(self, week: Week) -> dict[Reason, int]:
        since, until = int(week.since.timestamp()), int(week.until.timestamp())
        counted = (
            select(feedback.c.reason, func.count())
            .where(feedback.c.at >= since, feedback.c.at < until)
            .group_by(feedback.c.reason)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(counted).all()
        return {Reason(reason): count for reason, count in rows if reason in set(Reason)}
