"""Digests composed for the operator: as they would be now, or again as of another day.

Reads the two databases only, beside whatever process holds the archive.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Engine, select

from bot.conversation_key import ConversationKey
from bot.database import subscriptions
from bot.digest import DigestDesk
from bot.digest_preview import due_for_preview
from bot.due_times import moment_on
from bot.outbox import Logged, read_log
from bot.outgoing import Delivery
from bot.settings_book import SettingsBook
from bot.subscription_rows import read
from bot.subscriptions import GRACE, Due, Subscription

_A_DAY = timedelta(days=1)
MOST = 100
"""Digests that are composed in one run."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A digest of a day: as it is composed now from what was known then, and as it was sent."""

    subscription: Subscription
    due: Due
    again: Delivery | None
    """None on a quiet day of which the chat wants no word."""
    sent: Logged | None
    """None where none was composed that day."""


class DigestReader:
    """To be used from one event loop; `close` lets go of the language model, where there is one."""

    def __init__(
        self,
        desk: DigestDesk,
        people: Engine,
        settings: SettingsBook,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._desk = desk
        self._people = people
        self._settings = settings
        self._close = close

    async def close(self) -> None:
        if self._close is not None:
            await self._close()

    def zone(self, one: Subscription) -> tzinfo:
        return one.zone(self._settings.zone(one.where))

    def of(self, where: ConversationKey | None) -> tuple[Subscription, ...]:
        """Those of a place, or of everyone, the oldest first; at most 100."""
        chosen = select(subscriptions).order_by(subscriptions.c.id).limit(MOST)
        if where is not None:
            chosen = chosen.where(subscriptions.c.conversation == str(where))
        with self._people.connect() as connection:
            rows = connection.execute(chosen).all()
        return tuple(one for one in map(read, rows) if one is not None)

    async def now(self, one: Subscription, now: datetime) -> Delivery | None:
        """None on a quiet day of which the chat wants no word."""
        return await self._desk.compose(one, due_for_preview(one, self.zone(one), now))

    async def again(self, one: Subscription, day: date) -> Replayed | None:
        """With today's wishes and feedback. None for a day that is none of the digest's."""
        sent, before = self._sent(one, day)
        at = moment_on(day, one.at, self.zone(one)) if day.weekday() in one.days else None
        if sent is None and at is None:
            return None
        until = sent.composed_at if sent else at
        assert until is not None  # noqa: S101 - one of both is known
        since = until - one.edition.usual
        if before is not None:
            since = max(before.composed_at, until - one.edition.most)
        due_at = sent.due_at if sent else until
        due = Due(one.id, day, due_at, since, until, False, until + GRACE, until + _A_DAY)
        return Replayed(one, due, await self._desk.compose(one, due), sent)

    def _sent(self, one: Subscription, day: date) -> tuple[Logged | None, Logged | None]:
        """What was composed for that day, and the latest before it."""
        found = [entry for entry in read_log(self._people, one.where) if entry.about == one.id]
        days = [(_day_of(entry), entry) for entry in found]
        before = [entry for its_day, entry in days if its_day is not None and its_day < day]
        return next((e for d, e in days if d == day), None), before[-1] if before else None


def _day_of(entry: Logged) -> date | None:
    """Of a digest's key; None for what is none, as a preview."""
    kind, _, rest = entry.key.partition(":")
    if kind != "digest":
        return None
    try:
        return date.fromisoformat(rest.rpartition(":")[2])
    except ValueError:
        return None
