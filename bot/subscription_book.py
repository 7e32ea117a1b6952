"""The digests that chats asked for, in the people database.

Every change names the version it was made of, so that of two processes, or of a person and the
tick, only one changes a subscription at a time. A digest is stored in the same transaction as
its subscription moves on: whatever dies in between, there is either both or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, or_, select, update

from bot import due_times, subscription_claims
from bot.conversation_key import ConversationKey
from bot.database import subscriptions
from bot.offload import Offload
from bot.outgoing import Kind
from bot.replicas import replica_name, wait_for_turn
from bot.retired_keys import retire_keys
from bot.subscription_rows import read, written
from bot.subscriptions import (
    LONGEST_NAME,
    MOST_SUBSCRIPTIONS,
    Dropped,
    Due,
    Subscription,
    Wishes,
)
from retrieval.dates import seconds_of
from retrieval.protocols import Clock
from retrieval.writing import writing

log = structlog.get_logger(__name__)

_TRIES = 5
"""Of a change that another one crosses."""
_MOST_ASTRAY = 1_000

_of = subscriptions.c
Store = Callable[[Connection], object]
Change = Callable[[Subscription], Subscription]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A subscription, and what is to be done about it."""

    subscription: Subscription
    what: Due | Dropped

    @property
    def cursor(self) -> tuple[int, int]:
        """For the batch after the one that ends with it."""
        return seconds_of(self.subscription.next_due_at) or 0, self.subscription.id


class SubscriptionBook:
    """Kept in the people database `engine`, whose tables exist; `zone_of` is the zone that a
    place has chosen. Raises SQLAlchemyError when the database cannot be used."""

    def __init__(
        self,
        engine: Engine,
        offload: Offload,
        clock: Clock,
        zone_of: Callable[[ConversationKey], tzinfo],
        who: str | None = None,
    ) -> None:
        self._engine = engine
        self._who = who or replica_name(engine)
        self._offload = offload
        self._clock = clock
        self._zone_of = zone_of

    def zone(self, subscription: Subscription) -> tzinfo:
        """In which it counts its days."""
        return subscription.zone(self._zone_of(subscription.where))

    async def of(self, where: ConversationKey) -> tuple[Subscription, ...]:
        """Of that very place, the oldest first."""
        return await self._offload.search(self.all_of, where)

    async def get(self, where: ConversationKey, number: int) -> Subscription | None:
        """None for one of another place, too: numbers come from buttons."""
        return await self._offload.search(self._get, where, number)

    async def add(
        self, where: ConversationKey, name: str, wishes: Wishes, by: int
    ) -> Subscription | None:
        """Due from its next time on. None where a place has as many as it may."""
        return await self._offload.search(self._add, where, name, wishes, by)

    async def change(
        self, where: ConversationKey, number: int, wishes: Wishes
    ) -> Subscription | None:
        """See `bot.due_times.rescheduled`; None when it is gone."""
        return await self._offload.search(
            self._edit, where, number, lambda one: one.wishing(wishes)
        )

    async def rename(self, where: ConversationKey, number: int, name: str) -> Subscription | None:
        short = name.strip()[:LONGEST_NAME]
        return await self._offload.search(
            self._edit, where, number, lambda one: replace(one, name=short)
        )

    async def pause(self, where: ConversationKey, number: int) -> Subscription | None:
        return await self._offload.search(self._edit, where, number, due_times.paused)

    async def resume(self, where: ConversationKey, number: int) -> Subscription | None:
        """From its next time on."""
        return await self._offload.search(self._edit, where, number, self._resumed)

    async def remove(self, where: ConversationKey, number: int) -> bool:
        """Whether there was one. What is stored to be sent of it still goes out."""
        return await self._offload.search(self._remove, where, number)

    # What follows blocks

    def all_of(self, where: ConversationKey) -> tuple[Subscription, ...]:
        chosen = select(subscriptions).where(_of.conversation == str(where)).order_by(_of.id)
        with self._engine.connect() as connection:
            rows = connection.execute(chosen.limit(MOST_SUBSCRIPTIONS)).all()
        return tuple(one for one in map(read, rows) if one is not None)

    def due_now(
        self, now: datetime, limit: int, after: tuple[int, int] = (-1, -1)
    ) -> tuple[Waiting, ...]:
        """What is to be done, the longest overdue first, behind the cursor `after`; at most
        `limit`. One that cannot be read is paused.

        They are the caller's for a minute, or as long as it keeps them."""
        waiting = []
        for row in subscription_claims.claim_due(self._engine, self._who, now, limit, after):
            one = read(row)
            if one is None:
                self._give_up(row)
            elif what := due_times.due(one, self.zone(one), now):
                waiting.append(Waiting(one, what))
        return tuple(waiting)

    def advance(self, waiting: Waiting, store: Store | None = None) -> bool:
        """Move on, and `store` what was composed in the same transaction. False when another
        one has done so, or the subscription has changed or gone: then nothing is stored."""
        before, what = waiting.subscription, waiting.what
        after = due_times.handled(before, self.zone(before), what)
        with writing(self._engine) as connection:
            if not self._save(connection, before, after):
                return False
            if store is not None:
                store(connection)
        return True

    def follow_zone(self, where: ConversationKey | None = None) -> None:
        """Reckon anew what was reckoned in a zone that a place, and the topics of it, no longer
        have; None is everywhere. To be called when a place has chosen, and at a start."""
        chosen = select(subscriptions).where(_of.active)
        if where is not None:
            topics = _of.conversation.startswith(f"{where}/", autoescape=True)
            chosen = chosen.where(or_(_of.conversation == str(where), topics))
        with self._engine.connect() as connection:
            rows = connection.execute(chosen).all()
        for row in rows:
            one = read(row)
            if one is not None and row.zone != str(self.zone(one)):
                self._edit(one.where, one.id, _unchanged)

    def put_right(self, now: datetime) -> int:
        """Those that a wrong clock has sent far into the future begin anew; how many."""
        far = seconds_of(now + due_times.FARTHEST)
        late = (now + due_times.FARTHEST_DONE).date().isoformat()
        chosen = select(subscriptions).where(
            _of.active, or_(_of.next_due_at > far, _of.done_day > late)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(chosen.limit(_MOST_ASTRAY)).all()
        count = 0
        for one in filter(None, map(read, rows)):
            right = due_times.put_right(one, self.zone(one), now)
            with writing(self._engine) as connection:
                count += self._save(connection, one, right)
            log.warning("the clock was wrong: a digest begins anew", subscription=one.id)
        return count

    def keep(self, numbers: Sequence[int], now: datetime) -> None:
        """See `bot.subscription_claims.keep`."""
        subscription_claims.keep(self._engine, self._who, numbers, now)

    def _get(self, where: ConversationKey, number: int) -> Subscription | None:
        chosen = select(subscriptions).where(_of.id == number, _of.conversation == str(where))
        with self._engine.connect() as connection:
            row = connection.execute(chosen).one_or_none()
        return None if row is None else read(row)

    def _add(
        self, where: ConversationKey, name: str, wishes: Wishes, by: int
    ) -> Subscription | None:
        now = self._clock()
        new = Subscription(id=0, where=where, name=name.strip()[:LONGEST_NAME], created_by=by)
        new = due_times.resumed(new.wishing(wishes), wishes.zone(self._zone_of(where)), now)
        count = select(func.count()).where(_of.conversation == str(where))
        with self._engine.connect() as connection, connection.begin() as transaction:
            # Written before it is counted: from here on nobody else writes, of this chat at least.
            wait_for_turn(connection, f"subscriptions of {where}")
            row = connection.execute(
                insert(subscriptions)
                .values(
                    conversation=str(where),
                    created_by=by,
                    created_at=seconds_of(now),
                    version=0,
                    **written(new, self.zone(new)),
                )
                .returning(_of.id)
            ).scalar_one()
            if connection.execute(count).scalar_one() > MOST_SUBSCRIPTIONS:
                transaction.rollback()
                return None
        return replace(new, id=row)

    def _edit(self, where: ConversationKey, number: int, change: Change) -> Subscription | None:
        for _ in range(_TRIES):
            before = self._get(where, number)
            if before is None:
                return None
            after = change(before)
            if after.active:
                after = due_times.rescheduled(after, self.zone(after), self._clock())
            with writing(self._engine) as connection:
                if self._save(connection, before, after):
                    _tell_of_passed_over(before, after)
                    return replace(after, version=before.version + 1)
        raise RuntimeError(f"subscription {number} changes all the time")

    def _remove(self, where: ConversationKey, number: int) -> bool:
        of_place = and_(_of.id == number, _of.conversation == str(where))
        with writing(self._engine) as connection:
            is_gone = connection.execute(delete(subscriptions).where(of_place)).rowcount > 0
            if is_gone:
                retire_keys(connection, number, (Kind.DIGEST,))
            return is_gone

    def _resumed(self, one: Subscription) -> Subscription:
        return due_times.resumed(one, self.zone(one), self._clock())

    def _give_up(self, row: Row[Any]) -> None:
        log.error("a digest cannot be read and is paused", subscription=row.id)
        with writing(self._engine) as connection:
            connection.execute(
                update(subscriptions)
                .where(_of.id == row.id, _of.version == row.version)
                .values(active=False, next_due_at=None, version=row.version + 1)
            )

    def _save(self, connection: Connection, before: Subscription, after: Subscription) -> bool:
        # A removed one's number may be another place's by now.
        its_own = and_(_of.id == before.id, _of.conversation == str(before.where))
        same = and_(its_own, _of.version == before.version)
        values = written(after, self.zone(after)) | {"version": before.version + 1}
        values |= subscription_claims.UNCLAIMED
        return connection.execute(update(subscriptions).where(same).values(values)).rowcount > 0


def _unchanged(one: Subscription) -> Subscription:
    return one


def _tell_of_passed_over(before: Subscription, after: Subscription) -> None:
    """A chat that has moved around the world may find its next day begun already."""
    was, now = before.next_day, after.next_day
    if was is None or now is None or now <= was or was.weekday() not in after.days:
        return
    log.info("a digest is passed over after a change", subscription=after.id, day=str(was))
