"""Every handler, in the order they are asked.

access (group -1) -> /start, /help, /new -> questions -> anything else
"""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import Application, CommandHandler, MessageHandler, TypeHandler
from telegram.ext.filters import COMMAND, TEXT, ChatType, StatusUpdate, UpdateType

from bot.context import Data, PautaBot, PautaContext
from bot.handlers.access import Gate
from bot.handlers.ask import answer_question
from bot.handlers.errors import on_error
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
            # A command we do not have is a person who looks for help.
            MessageHandler(_NEW_PRIVATE & COMMAND, welcome),
            MessageHandler(_NEW_PRIVATE & TEXT, answer_question),
            MessageHandler(_NEW_PRIVATE & ~StatusUpdate.ALL, only_text),
        ]
    )
    application.add_error_handler(on_error)
