"""/start and /help, and what is neither a question nor a command of ours."""

from __future__ import annotations

from telegram import Update

from bot import texts
from bot.context import PautaContext
from bot.handlers.access import client_language, private_message
from bot.handlers.sending import send_text

COMMANDS = ("start", "help", "new", "feeds")
_ALBUM = "last_album"


async def welcome(update: Update, context: PautaContext) -> None:
    if message := private_message(update):
        await send_text(context.bot, message.chat_id, texts.say(client_language(update), "welcome"))


async def new(update: Update, context: PautaContext) -> None:
    """Later questions no longer refer to what came before."""
    if message := private_message(update):
        await context.services.conversations.start_afresh(message.chat_id)
        line = texts.say(client_language(update), "new_conversation")
        await send_text(context.bot, message.chat_id, line)


async def only_text(update: Update, context: PautaContext) -> None:
    """One kind line for what cannot be read yet; one for a whole album, too."""
    message = private_message(update)
    if message is None:
        return
    if message.media_group_id and context.chat_data is not None:
        if context.chat_data.get(_ALBUM) == message.media_group_id:
            return
        context.chat_data[_ALBUM] = message.media_group_id
    await send_text(context.bot, message.chat_id, texts.say(client_language(update), "only_text"))
