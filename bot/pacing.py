"""When the next message may leave: Telegram's limits, as a plan over moments.  (pure)

30 messages a second in all, one a second to a chat, 20 a minute to a group or channel
(https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). Moments are
seconds of one steady clock. What is delivered waits for its moment; answers never do: they are
only counted, and while people are being answered deliveries leave them room.

What counts for Telegram is when a message arrives there: one that is acknowledged late is taken
to have arrived late, and those behind it wait for that.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

SLACK = 0.02
"""Seconds; a request takes a little longer or shorter than the one before it."""
FORGOTTEN_QUICKNESS = 0.0001
"""Seconds by which the quickest request counts as slower with each later one."""
CHAT_SLACK = 0.05
CATCH_UP = 0.2
"""Seconds a delivery that was held up may run ahead of an even pace, within the limits."""
ANSWERING_FOR = 5.0
"""Seconds after an answer, or a part of one, in which more of them are to be expected."""
ROOM_FOR_ANSWERS = 3
"""One in so many messages is then left to them."""
MINUTE = 60.0
LATELY = 5.0
"""Seconds in which more than one message to a person is a lot."""
MANY_CHATS = 4_096
MOST_SIDE_BY_SIDE = 8
"""Messages without an outcome, and so the most that a crash leaves in doubt."""
BUSY_AT_MOST = 0.75
"""Share of the time that one of them may take up, that none falls behind."""
STALLED_AFTER = 0.5
"""Seconds; behind a message that takes longer another one may leave."""
LOOKED_BACK = 16
"""Messages whose time is reckoned with."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What Telegram takes."""

    a_second: int = 30
    a_second_per_chat: float = 1.0
    a_minute_per_group: int = 20


@dataclass(slots=True, eq=False)
class OnItsWay:
    """A message, and when it can have arrived at the latest."""

    left_at: float
    arrived_by: float = field(init=False)
    is_there: bool = False

    def __post_init__(self) -> None:
        self.arrived_by = self.left_at


@dataclass(slots=True)
class _Chat:
    said: deque[float]
    held_until: float = 0.0

    @property
    def last(self) -> float:
        return self.said[-1] if self.said else float("-inf")


@dataclass(slots=True)
class Pace:
    """What was said lately, and when more may be."""

    limits: Limits = field(default_factory=Limits)
    _said: deque[OnItsWay] = field(init=False)
    _planned: float = float("-inf")
    """When the latest delivery was to leave, at an even pace."""
    _quickest: float = float("inf")
    """Seconds that a request takes at least, there and back."""
    _answered_at: float = float("-inf")
    _held_until: float = float("-inf")
    _chats: dict[int, _Chat] = field(default_factory=dict)
    _most_chats: int = MANY_CHATS
    _under_way: list[OnItsWay] = field(default_factory=list)
    _took: deque[float] = field(default_factory=lambda: deque(maxlen=LOOKED_BACK))
    """Seconds from marking a message as being sent to its outcome written down."""

    def __post_init__(self) -> None:
        self._said = deque(maxlen=self.limits.a_second)

    # What happened

    def delivered(self, chat_id: int, now: float) -> OnItsWay:
        """A message of a delivery leaves now; to be called when `next_for_all` has come."""
        self._planned = max(self._planned + self._gap(now), now - CATCH_UP)
        message = self._note(chat_id, now)
        self._under_way.append(message)
        return message

    def acknowledged(self, message: OnItsWay, now: float) -> None:
        """Whatever its outcome, it is no longer on its way."""
        took = now - message.left_at
        self._quickest = min(took, self._quickest + FORGOTTEN_QUICKNESS)
        message.is_there = True
        message.arrived_by = max(message.left_at, now - self._quickest)

    def finished(self, message: OnItsWay, seconds: float) -> None:
        """Its outcome is written down, `seconds` after it was marked as being sent."""
        self._under_way.remove(message)
        # One that timed out says nothing of the others.
        self._took.append(min(seconds, MOST_SIDE_BY_SIDE / self.limits.a_second))

    def answered(self, chat_id: int, now: float) -> None:
        """Something that nobody may hold up leaves now."""
        self._answered_at = now
        self._note(chat_id, now).is_there = True

    def share(self, senders: int, of: Limits | None = None) -> None:
        """From now on there are so many senders, this one included, that keep to the same limits
        together: each has its part of them."""
        whole = of or Limits()
        self.limits = Limits(
            a_second=max(1, whole.a_second // senders),
            a_second_per_chat=whole.a_second_per_chat / senders,
            a_minute_per_group=max(1, whole.a_minute_per_group // senders),
        )

    def hold(self, until: float) -> None:
        """Nothing is delivered before that moment."""
        self._held_until = max(self._held_until, until)

    def hold_chat(self, chat_id: int, until: float) -> None:
        chat = self._chat(chat_id)
        chat.held_until = max(chat.held_until, until)

    # What may happen

    def next_for_all(self, now: float) -> float:
        """The moment at which one more message may be delivered to whomever; not after `now`
        if that is at once. It moves while it is waited for: ask again, and soon."""
        moment, most = self._held_until, self._most(now)
        if len(self._said) >= most:
            arrived = sorted(self._arrived_by(one, now) for one in self._said)
            moment = max(moment, arrived[-most] + 1.0 + SLACK)
        return max(moment, self._planned + self._gap(now))

    def has_room(self, now: float) -> bool:
        """Whether one more may be under way: of what is, a crash leaves the outcome unknown."""
        took = sum(self._took) / len(self._took) if self._took else 0.0
        stalled = sum(now - one.left_at > STALLED_AFTER for one in self._under_way)
        return len(self._under_way) < side_by_side(self._most(now), took, stalled)

    def next_for(self, chat_id: int, now: float) -> float:
        """As `next_for_all`, as far as this chat alone goes."""
        chat = self._chats.get(chat_id)
        if chat is None:
            return now
        moment = max(chat.held_until, chat.last + 1.0 / self.limits.a_second_per_chat + CHAT_SLACK)
        most = self.limits.a_minute_per_group
        if _is_group(chat_id) and len(chat.said) >= most:
            moment = max(moment, chat.said[-most] + MINUTE + CHAT_SLACK)
        return moment

    def is_held(self, now: float) -> bool:
        return now < self._held_until

    def is_busy(self, chat_id: int, now: float) -> bool:
        """Whether the chat was said something before its latest message, so lately that it is
        likely the chat that Telegram holds back, not all of us."""
        chat = self._chats.get(chat_id)
        if chat is None:
            return False
        return sum(moment > now - _span_of(chat_id) for moment in chat.said) > 1

    def _most(self, now: float) -> int:
        most = self.limits.a_second
        if now - self._answered_at < ANSWERING_FOR:
            most -= most // ROOM_FOR_ANSWERS
        return max(1, most)

    def _gap(self, now: float) -> float:
        return (1.0 + SLACK) / self._most(now)

    def _arrived_by(self, message: OnItsWay, now: float) -> float:
        if message.is_there or self._quickest == float("inf"):
            return message.arrived_by
        return max(message.left_at, now - self._quickest)

    def _note(self, chat_id: int, now: float) -> OnItsWay:
        message = OnItsWay(now)
        self._said.append(message)
        self._chat(chat_id).said.append(now)
        if len(self._chats) > self._most_chats:
            self._chats = dict(self._still_counting(now))
            self._most_chats = max(MANY_CHATS, 2 * len(self._chats))
        return message

    def _still_counting(self, now: float) -> Iterable[tuple[int, _Chat]]:
        for chat_id, chat in self._chats.items():
            if now < max(chat.held_until, chat.last + _span_of(chat_id) + 1.0):
                yield chat_id, chat

    def _chat(self, chat_id: int) -> _Chat:
        if chat_id not in self._chats:
            self._chats[chat_id] = _Chat(deque(maxlen=self.limits.a_minute_per_group))
        return self._chats[chat_id]


def side_by_side(a_second: float, seconds: float, stalled: int = 0) -> int:
    """How many messages are under way at once where `a_second` leave and each takes `seconds`
    (Little's law, L = lambda W); one more for each that is stalled. 1 to 8."""
    needed = math.ceil(a_second * seconds / BUSY_AT_MOST)
    return min(max(needed, 1) + stalled, MOST_SIDE_BY_SIDE)


def _span_of(chat_id: int) -> float:
    return MINUTE if _is_group(chat_id) else LATELY


def _is_group(chat_id: int) -> bool:
    """Or a channel: both have ids below zero."""
    return chat_id < 0
