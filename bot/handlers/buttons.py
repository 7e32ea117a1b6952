"""A pressed button: where it stands, what it says, and a short word to who pressed it."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import CallbackQuery, Message, MessageEntity, Update

from bot import texts
from bot.context import PautaContext
from bot.handlers.access import language_in, pressed_in
from bot.handlers.errands import Place
from bot.handlers.sending import cosmetic


@dataclass(frozen=True, slots=True)
class Press:
    """A button under one of our messages, and the person who pressed it."""

    place: Place
    user_id: int
    data: str
    language: str
    query: CallbackQuery

    async def answer(self, key: str | None = None) -> None:
        """End the button's waiting; with a text of ours, at most 200 characters, if given."""
        await self.answer_in_words(texts.say(self.language, key) if key else None)

    async def answer_in_words(self, line: str | None) -> None:
        """As `answer`, in the language of the press already."""
        await cosmetic("button", self.query.answer(line))

    def links(self) -> tuple[str, ...]:
        """The addresses we linked in the message, in order; () when it is too old to be read."""
        message = self.query.message
        if not isinstance(message, Message):
            return ()
        # Not addresses that Telegram itself has found, in a title for example.
        linked = [one for one in message.entities if one.type == MessageEntity.TEXT_LINK]
        linked.sort(key=lambda entity: entity.offset)
        return tuple(entity.url for entity in linked if entity.url)


def pressed(update: Update, context: PautaContext) -> Press | None:
    """A button of a private chat: what shows more than one desk's answers stays there."""
    press = pressed_anywhere(update, context)
    return press if press is not None and press.place.where.is_private else None


def pressed_anywhere(update: Update, context: PautaContext) -> Press | None:
    """A button in any chat that the gate let through."""
    query = update.callback_query
    where = pressed_in(query)
    if query is None or query.message is None or where is None:
        return None
    return Press(
        place=Place(where.chat_id, query.message.message_id, where.thread_id),
        user_id=query.from_user.id,
        data=query.data or "",
        language=language_in(update, context),
        query=query,
    )


async def expired(update: Update, context: PautaContext) -> None:
    """Any button nobody knows any more."""
    if press := pressed_anywhere(update, context):
        await press.answer("button_expired")
