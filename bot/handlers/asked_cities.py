"""Who was asked for a city, and which messages are the reply."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from telegram import Update
from telegram.ext.filters import UpdateFilter

from bot.conversation_key import ConversationKey
from bot.handlers.addressing import addressed

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

    def ask(self, where: ConversationKey, person: int, message_id: int) -> None:
        """From now on, what `person` says there is a city."""
        known = self._asked.pop((where, person), None)
        ids = {message_id, *(known.message_ids if known else ())}
        while len(self._asked) >= MOST_ASKED:
            self._asked.pop(next(iter(self._asked)))
        self._asked[where, person] = _Asked(frozenset(ids), self._clock() + ASKED_SECONDS)

    def settle(self, where: ConversationKey, person: int) -> None:
        """No city is asked for any more."""
        self._asked.pop((where, person), None)

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
