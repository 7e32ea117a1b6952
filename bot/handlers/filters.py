"""Which messages a handler takes: those meant for us, by command and by kind of chat."""

from __future__ import annotations

from telegram import MessageEntity, Update
from telegram.ext.filters import UpdateFilter

from bot.handlers.addressing import Addressed, addressed


class ForUs(UpdateFilter):
    """New messages meant for us: with one of `commands`, or with none when none is named.

    `text` asks for words beside our name and the command, `private` for a private chat.
    """

    def __init__(self, *commands: str, private: bool = False, text: bool = False) -> None:
        super().__init__(name=f"for us: {' '.join(commands) or 'no command'}")
        self._commands = frozenset(commands or ("",))
        self._private = private
        self._text = text

    def filter(self, update: Update) -> bool:
        said = _said(update)
        if said is None or (self._private and not said.where.is_private):
            return False
        return said.command in self._commands and (bool(said.text) or not self._text)


class AnyCommand(UpdateFilter):
    """New messages meant for us that begin with a command, even one we do not have."""

    def filter(self, update: Update) -> bool:
        said = _said(update)
        return said is not None and any(
            one.type == MessageEntity.BOT_COMMAND and one.offset == 0
            for one in said.message.entities
        )


def _said(update: Update) -> Addressed | None:
    if update.message is None:
        return None
    bot = update.message.get_bot()
    return addressed(update, bot.username, bot.id)
