"""This process among the replicas on one PostgreSQL database: that it is alive, how many are, who
has died, and whether what it holds in memory is still so. Blocking.

    beat every 5 s -> a lease of 20 s -> ended: another replica takes over what the dead one held

Moments are the server's: no replica's clock can make another one look dead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    cast,
    delete,
    func,
    or_,
    select,
    text,
    update,
)

from bot.database import leases, outbox, placeholders, subscriptions, updates_handled
from bot.replica_notes import ReplicaNotes
from bot.replicas import THE_ONLY_ONE, replica_name, taken_over_by, wait_for_turn
from retrieval.upserts import upsert
from retrieval.writing import is_shared, writing

log = structlog.get_logger(__name__)

ALIVE_FOR = timedelta(seconds=20)
"""Without a beat; then it is taken for dead."""
BEATS_A_LEASE = 4
_ALIVE = "replica/"
_POLLING = "polling"
_TAKING_OVER = "taking over"

_FINGERPRINTS = {
    "people": "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM people t",
    "groups": "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM groups t",
    "settings": "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM chat_settings t",
    "follows": "SELECT count(*), sum(hashtextextended((id, conversation, words, threshold, active)"
    "::text, 0)) FROM follows",
    "gone": "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM chats_gone t",
}
"""Computed by the server: whoever wrote, through whatever, it is noticed, and little is sent."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What one look told."""

    alive: int
    """Replicas, this one included."""
    has_taken_over: bool
    """What a dead one held is this one's now, and waits to be taken up."""


@dataclass(slots=True)
class Replica:
    """Kept in the people database `engine`, on a server. Raises SQLAlchemyError when it cannot be
    used. For one thread at a time."""

    engine: Engine
    who: str = ""
    alive_for: timedelta = ALIVE_FOR
    notes: ReplicaNotes = field(init=False)
    _beaten_at: float = field(default=float("-inf"))
    _seen: dict[str, tuple[object, ...]] = field(default_factory=dict)
    _when_changed: dict[str, list[Callable[[], None]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.who = self.who or replica_name(self.engine)
        self.notes = ReplicaNotes(self.engine, self.who)

    def when_changed(self, what: str, call: Callable[[], None]) -> None:
        """Have `call` made when rows of `what`, a name of `_FINGERPRINTS`, are others than at the
        last look."""
        assert what in _FINGERPRINTS  # noqa: S101 - a slip of whoever wires it
        self._when_changed.setdefault(what, []).append(call)

    def look(self) -> Pulse:
        """To be called every second or so."""
        with writing(self.engine) as connection:
            every = self.alive_for.total_seconds() / BEATS_A_LEASE
            if time.monotonic() - self._beaten_at >= every:
                self._beat(connection)
            has_taken_over = _take_over(connection, self.who)
            here = leases.c.name.startswith(_ALIVE, autoescape=True)
            count = select(func.count()).select_from(leases).where(here, leases.c.until > _now())
            alive = connection.scalar(count) or 1
        self._refresh()
        return Pulse(max(alive, 1), has_taken_over)

    def leave(self) -> None:
        """Others take over at once what is left."""
        with writing(self.engine) as connection:
            mine = update(leases).where(leases.c.holder == self.who)
            connection.execute(mine.values(until=0))

    def may_poll(self) -> bool:
        """Only one replica fetches updates: whether this is the one. It holds that for as long as
        it asks again and again."""
        with writing(self.engine) as connection:
            until = self._lease_end()
            row = {"name": _POLLING, "holder": self.who, "until": until}
            free = or_(leases.c.holder == self.who, leases.c.until <= _now())
            taken = (
                upsert(connection, leases)
                .values(row)
                .on_conflict_do_update(
                    index_elements=["name"],
                    set_={"holder": self.who, "until": until},
                    where=free,
                )
                .returning(leases.c.name)
            )
            return connection.execute(taken).first() is not None

    def _lease_end(self) -> ColumnElement[int]:
        # Whole seconds: no lease is shorter than it is said to be.
        return _now() + int(self.alive_for.total_seconds()) + 1

    def _beat(self, connection: Connection) -> None:
        until = self._lease_end()
        row = {"name": f"{_ALIVE}{self.who}", "holder": self.who, "until": until}
        connection.execute(
            upsert(connection, leases)
            .values(row)
            .on_conflict_do_update(index_elements=["name"], set_={"until": until})
        )
        self._beaten_at = time.monotonic()

    def _refresh(self) -> None:
        for what, calls in self._when_changed.items():
            with self.engine.connect() as connection:
                found = tuple(connection.execute(text(_FINGERPRINTS[what])).one())
            if self._seen.get(what) == found:
                continue
            for call in calls:
                call()
            # After: a call that failed is made again.
            self._seen[what] = found


def _take_over(connection: Connection, who: str) -> bool:
    """All that dead replicas held, at once: an update and the message that announces its answer
    must not come to two."""
    is_one = leases.c.name.startswith(_ALIVE, autoescape=True)
    left = updates_handled.c.body.is_not(None) & _held_by_nobody(updates_handled.c.claimed_by)
    ended = select(leases.c.name).where(is_one, leases.c.until <= _now())
    nobodys = select(updates_handled.c.update_id).where(left).limit(1)
    announced = select(placeholders.c.chat_id).where(_held_by_nobody(placeholders.c.claimed_by))
    if not any(connection.execute(one).first() for one in (ended, nobodys, announced.limit(1))):
        return False
    wait_for_turn(connection, _TAKING_OVER)
    rows = connection.execute(
        delete(leases).where(is_one, leases.c.until <= _now()).returning(leases.c.holder)
    )
    dead = [row.holder for row in rows]
    for one in dead:
        log.warning("a replica is gone: another takes over", replica=one)
    mine, gone = taken_over_by(who), [*dead, *map(taken_over_by, dead)]
    found = 0
    for table in (placeholders, updates_handled):
        of_them = or_(table.c.claimed_by.in_(gone), _held_by_nobody(table.c.claimed_by))
        if table is updates_handled:
            of_them &= updates_handled.c.body.is_not(None)
        found += connection.execute(update(table).where(of_them).values(claimed_by=mine)).rowcount
    _free(connection, dead)
    return found > 0


def _held_by_nobody(claimed_by: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Also what came from a file, or was written before there were replicas."""
    return or_(claimed_by.is_(None), claimed_by.in_((THE_ONLY_ONE, taken_over_by(THE_ONLY_ONE))))


def _free(connection: Connection, dead: Sequence[str]) -> None:
    """Digests to be composed, messages to be sent, and what only one does at a time."""
    for table in (outbox, subscriptions):
        theirs = update(table).where(table.c.claimed_by.in_(dead))
        connection.execute(theirs.values(claimed_until=0))
    connection.execute(update(leases).where(leases.c.holder.in_(dead)).values(until=0))


def _now() -> ColumnElement[int]:
    return cast(func.floor(func.extract("epoch", func.clock_timestamp())), BigInteger)


def replica_of(engine: Engine) -> Replica | None:
    """None where a file has but one process."""
    return Replica(engine) if is_shared(engine) else None
