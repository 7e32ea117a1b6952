"""Every handler, in the order they are asked.

access (group -1) -> /start, /help, /new, /feeds -> links -> questions -> anything else
access (group -1) -> buttons of feeds, of links -> buttons of former times
"""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
)
from telegram.ext.filters import COMMAND, TEXT, ChatType, StatusUpdate, UpdateType

from bot.context import Data, PautaBot, PautaContext
from bot.handlers.access import Gate
from bot.handlers.ask import answer_question
from bot.handlers.buttons import expired
from bot.handlers.errors import on_error
from bot.handlers.feeds import feeds_command, on_feed_button
from bot.handlers.links import ONLY_LINKS, on_link_button, on_links
from bot.handlers.start import new, only_text, welcome

PautaApplication = Application[PautaBot, PautaContext, Data, Data, Data, Any]

_NEW_PRIVATE = ChatType.PRIVATE & UpdateType.MESSAGE


def register(application: PautaApplication) -> None:
    """Add all handlers to `application`."""
    application.add_handler(TypeHandler(Update, Gate()), group=-1)
    application.add_handlers(
        [
            CommandHandler(("start", "help"), welcome, filters=_NEW_PRIVATE),
            CommandHandler("new", new, filters=_NEW_PRIVATE),
            CommandHandler("feeds", feeds_command, filters=_NEW_PRIVATE),
            # A command we do not have is a person who looks for help.
            MessageHandler(_NEW_PRIVATE & COMMAND, welcome),
            MessageHandler(_NEW_PRIVATE & TEXT & ONLY_LINKS, on_links),
            MessageHandler(_NEW_PRIVATE & TEXT, answer_question),
            MessageHandler(_NEW_PRIVATE & ~StatusUpdate.ALL, only_text),
            CallbackQueryHandler(on_feed_button, pattern=r"^f:"),
            CallbackQueryHandler(on_link_button, pattern=r"^u:"),
            CallbackQueryHandler(expired),
        ]
    )
    application.add_error_handler(on_error)
