"""What replicas tell each other of a conversation: that an answer is to stop, what somebody was
asked for. Each keeps it in memory as ever; a note makes the others do the same within a second.
"""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import BigInteger, Engine, cast, delete, func, insert, select

from bot.conversation_key import ConversationKey, key_of
from bot.database import replica_notes
from retrieval.writing import writing

log = structlog.get_logger(__name__)

KEPT_SECONDS = 900
"""What somebody was asked for counts ten minutes, also at a replica that has just started."""
OVERLAP_SECONDS = 30
"""Looked at again each time: a transaction may end later than one that began after it."""
MOST_AT_ONCE = 2_000
MOST_REMEMBERED = 20_000

Heard = Callable[[ConversationKey, int, dict[str, Any]], None]
"""The conversation, the person, and what is said of them."""
Tell = Heard
"""The same, to be told to others."""


NOWHERE = ConversationKey(0)
"""Of what belongs to no conversation."""


def to_nobody(_where: ConversationKey, _person: int, _said: dict[str, Any]) -> None:
    """`Tell` where there are no others."""


class ReplicaNotes:
    """Kept in the people database `engine`, on a server. Raises SQLAlchemyError. `tell`, `send`
    and `read` block."""

    def __init__(self, engine: Engine, who: str) -> None:
        self._engine, self._who = engine, who
        self._heard: dict[str, Heard] = {}
        self._seen: OrderedDict[int, None] = OrderedDict()
        self._span = KEPT_SECONDS
        self._waiting: deque[tuple[str, ConversationKey, int, dict[str, Any]]] = deque(
            maxlen=MOST_AT_ONCE
        )

    def when_heard(self, kind: str, call: Heard) -> None:
        """`call` is made on the event loop's thread, by whoever runs what `read` returns."""
        self._heard[kind] = call

    def tell(self, kind: str, where: ConversationKey, person: int, said: dict[str, Any]) -> None:
        now = int(_epoch(self._engine))
        row = {
            "replica": self._who,
            "kind": kind,
            "conversation": str(where),
            "person": person,
            "said": json.dumps(said),
            "at": now,
        }
        with writing(self._engine) as connection:
            old = replica_notes.c.at < now - KEPT_SECONDS
            connection.execute(delete(replica_notes).where(old))
            connection.execute(insert(replica_notes).values(row))

    def tell_soon(
        self, kind: str, where: ConversationKey, person: int, said: dict[str, Any]
    ) -> None:
        """With the next `send`, which is within a second; does not block."""
        self._waiting.append((kind, where, person, said))

    def send(self) -> None:
        """What was to be told soon."""
        while self._waiting:
            self.tell(*self._waiting[0])
            self._waiting.popleft()

    def read(self) -> list[Callable[[], None]]:
        """What others have told since the last time, in order; to be run on the loop's thread."""
        of = replica_notes.c
        now = cast(func.floor(func.extract("epoch", func.clock_timestamp())), BigInteger)
        new = (
            select(replica_notes)
            .where(of.replica != self._who, of.at >= now - self._span)
            .order_by(of.id)
            .limit(MOST_AT_ONCE)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(new).all()
        self._span = OVERLAP_SECONDS
        found: list[Callable[[], None]] = []
        for row in rows:
            if row.id in self._seen or row.kind not in self._heard:
                continue
            self._seen[row.id] = None
            if len(self._seen) > MOST_REMEMBERED:
                self._seen.popitem(last=False)
            found.append(self._call(row.kind, row.conversation, row.person, row.said))
        return found

    def _call(self, kind: str, conversation: str, person: int, said: str) -> Callable[[], None]:
        def call() -> None:
            try:
                self._heard[kind](key_of(conversation), person, json.loads(said))
            except (KeyError, TypeError, ValueError) as error:
                # Another version's; this one does without.
                log.warning(
                    "a replica's note cannot be read", kind=kind, cause=type(error).__name__
                )

        return call


def _epoch(engine: Engine) -> float:
    with engine.connect() as connection:
        return float(connection.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0)
