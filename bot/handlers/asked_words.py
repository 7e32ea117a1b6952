"""Who was asked for the time, the topics, the name of a digest, and which messages answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram import Update

from bot.conversation_key import ConversationKey
from bot.handlers.asked_cities import MOST_ASKED, AskedCities
from bot.subscription_buttons import SubscriptionAct


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What somebody was asked to write."""

    act: SubscriptionAct
    number: int
    """Of the subscription."""
    elsewhere: int = 0
    """The channel it is of; 0 for the place itself."""


class AskedWords(AskedCities):
    """As a filter, like AskedCities: the next text of who was asked, in a group a reply to us."""

    def __init__(self) -> None:
        super().__init__()
        self._what: dict[tuple[ConversationKey, int], AskedFor] = {}

    def ask_for(self, what: AskedFor, where: ConversationKey, person: int, message_id: int) -> None:
        if self._what.get((where, person)) != what:
            self.settle(where, person)
        self.ask(where, person, message_id)
        self._what.pop((where, person), None)
        while len(self._what) >= MOST_ASKED:
            self._what.pop(next(iter(self._what)))
        self._what[where, person] = what
        self.tell(where, person, self._state(where, person))

    def what(self, where: ConversationKey, person: int) -> AskedFor | None:
        return self._what.get((where, person))

    def settle(self, where: ConversationKey, person: int) -> None:
        # First: what is told of it must not name it any more.
        self._what.pop((where, person), None)
        super().settle(where, person)

    def hear(self, where: ConversationKey, person: int, said: dict[str, Any]) -> None:
        super().hear(where, person, said)
        self._what.pop((where, person), None)
        if said["what"]:
            act, number, elsewhere = said["what"]
            self._what[where, person] = AskedFor(SubscriptionAct(act), number, elsewhere)

    def _state(self, where: ConversationKey, person: int) -> dict[str, Any]:
        what = self._what.get((where, person))
        told = [what.act.value, what.number, what.elsewhere] if what else None
        return {**super()._state(where, person), "what": told}

    def filter(self, update: Update) -> bool:
        return super().filter(update) and bool(update.message and update.message.text)
