"""Who was asked for a city, and which messages are the reply."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.ext.filters import UpdateFilter

from bot.conversation_key import ConversationKey
from bot.handlers.addressing import addressed
from bot.replica_notes import Tell, to_nobody

ASKED_SECONDS = 600.0
"""After that what somebody writes is a question again."""
LONGEST_CITY = 100
"""Characters."""
MOST_ASKED = 500
"""Beyond, the one asked first is forgotten."""


@dataclass(frozen=True, slots=True)
class _Asked:
    message_ids: frozenset[int]
    """Ours that ask; in a group one of them is replied to."""
    until: float


class AskedCities(UpdateFilter):
    """As a filter: new messages that name a city, by who was asked and where they were.

    In a private chat that is the next text or location; in a group the reply to our message.
    A command is always a command, and what is long or passed on by somebody is no city.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(name="a city somebody was asked for")
        self._clock = clock
        self._asked: dict[tuple[ConversationKey, int], _Asked] = {}
        self.tell: Tell = to_nobody
        """Told of every change, for other replicas to `hear`."""

    def ask(self, where: ConversationKey, person: int, message_id: int) -> None:
        """From now on, what `person` says there is a city."""
        known = self._asked.pop((where, person), None)
        ids = {message_id, *(known.message_ids if known else ())}
        while len(self._asked) >= MOST_ASKED:
            self._asked.pop(next(iter(self._asked)))
        self._asked[where, person] = _Asked(frozenset(ids), self._clock() + ASKED_SECONDS)
        self.tell(where, person, self._state(where, person))

    def settle(self, where: ConversationKey, person: int) -> None:
        """No city is asked for any more."""
        if self._asked.pop((where, person), None) is not None:
            self.tell(where, person, self._state(where, person))

    def hear(self, where: ConversationKey, person: int, said: dict[str, Any]) -> None:
        """What another replica has asked, or settled. Raises KeyError, TypeError and ValueError
        for what no replica tells."""
        self._asked.pop((where, person), None)
        ids = frozenset(map(int, said["message_ids"]))
        if ids:
            while len(self._asked) >= MOST_ASKED:
                self._asked.pop(next(iter(self._asked)))
            self._asked[where, person] = _Asked(ids, self._clock() + ASKED_SECONDS)

    def _state(self, where: ConversationKey, person: int) -> dict[str, Any]:
        asked = self._asked.get((where, person))
        return {"message_ids": sorted(asked.message_ids) if asked else []}

    def filter(self, update: Update) -> bool:
        if update.message is None or not self._asked:
            return False
        bot = update.message.get_bot()
        said = addressed(update, bot.username, bot.id)
        asked = self._asked.get((said.where, said.who.id)) if said else None
        if said is None or asked is None or said.command or self._clock() > asked.until:
            return False
        if said.message.forward_origin is not None or len(said.text) > LONGEST_CITY:
            return False
        if said.where.is_private:
            return bool(said.text) or said.message.location is not None
        replied = said.message.reply_to_message
        is_reply = replied is not None and replied.message_id in asked.message_ids
        return is_reply and bool(said.text)
