"""How many questions a person and a chat may ask, so that nobody takes it all.  (pure)

Token buckets: each holds as many tokens as its rate allows at once, a question takes one, and
they come back evenly. Refused questions take none. Administrators are people, too.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_REMEMBERED = 10_000
"""Buckets; the one longest unused is forgotten first, and is full again then."""
TOLD_EVERY = timedelta(minutes=1)
"""A chat that goes on asking is told no more often than this."""
_NOTHING = 1e-6
"""Of a token: what adding up fractions may lose."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many questions, over so long a time."""

    count: int
    per: timedelta

    @property
    def one(self) -> timedelta:
        """The time in which one token comes back."""
        return self.per / self.count


A_PERSON = (Rate(20, timedelta(minutes=1)), Rate(200, timedelta(hours=1)))
A_CHAT = (Rate(60, timedelta(minutes=1)), Rate(600, timedelta(hours=1)))


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens as they were at a moment."""

    tokens: float
    at: datetime

    def filled(self, rate: Rate, now: datetime) -> Bucket:
        """As it is `now`; a clock that was set back fills nothing."""
        passed = max(now - self.at, timedelta())
        return Bucket(min(float(rate.count), self.tokens + passed / rate.one), now)

    def wait(self, rate: Rate) -> timedelta:
        """How long until it holds a token."""
        missing = 1.0 - self.tokens
        return missing * rate.one if missing > _NOTHING else timedelta()


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody has asked too much; they are told so once until they may go on."""

    wait: timedelta
    is_first: bool


Key = tuple[str, int, int]
"""`person` or `chat`, whose number, and which of its rates; `told`, a chat, 0."""


class FairUse:
    """Who has asked how much lately; one process keeps nothing of it on disk."""

    def __init__(self, person: Sequence[Rate] = A_PERSON, chat: Sequence[Rate] = A_CHAT) -> None:
        self._rates = {"person": tuple(person), "chat": tuple(chat)}
        self._buckets: OrderedDict[Key, Bucket] = OrderedDict()
        self._told: OrderedDict[int, datetime] = OrderedDict()

    def ask(self, person: int, chat: int, now: datetime) -> Refused | None:
        """None when the question may be answered, which then counts."""
        wanted: dict[Key, tuple[Rate, Bucket]] = {}
        for kind, number in (("person", person), ("chat", chat)):
            for place, rate in enumerate(self._rates[kind]):
                key = (kind, number, place)
                old = self._buckets.get(key, Bucket(float(rate.count), now))
                wanted[key] = (rate, old.filled(rate, now))
        wait = max((bucket.wait(rate) for rate, bucket in wanted.values()), default=timedelta())
        if wait > timedelta():
            return Refused(wait, self._is_first(chat, now, wait))
        for key, (_, bucket) in wanted.items():
            self._buckets[key] = Bucket(bucket.tokens - 1.0, now)
            self._buckets.move_to_end(key)
        while len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return None

    def emptied(self) -> FairUse:
        """By the same rates, with nothing asked yet."""
        return FairUse(self._rates["person"], self._rates["chat"])

    def keys_of(self, person: int, chat: int) -> tuple[Key, ...]:
        """What one question of theirs reads and writes."""
        numbers = {"person": person, "chat": chat}
        buckets = [
            (kind, number, place)
            for kind, number in numbers.items()
            for place in range(len(self._rates[kind]))
        ]
        return (*buckets, ("told", chat, 0))

    def restore(self, state: Mapping[Key, Bucket]) -> None:
        """As another one was; see `state`."""
        for key, bucket in state.items():
            if key[0] == "told":
                self._told[key[1]] = bucket.at
            else:
                self._buckets[key] = bucket

    def state(self, keys: Iterable[Key]) -> dict[Key, Bucket]:
        """What is known of those; of a chat that was told, until when it is not told again."""
        found = {key: self._buckets[key] for key in keys if key in self._buckets}
        told = [key for key in keys if key[0] == "told" and key[1] in self._told]
        return found | {key: Bucket(0.0, self._told[key[1]]) for key in told}

    def _is_first(self, chat: int, now: datetime, wait: timedelta) -> bool:
        """In a chat one line does for everybody."""
        until = self._told.get(chat)
        if until is not None and now < until:
            return False
        self._told[chat] = now + max(wait, TOLD_EVERY)
        self._told.move_to_end(chat)
        if len(self._told) > MOST_REMEMBERED:
            self._told.popitem(last=False)
        return True
