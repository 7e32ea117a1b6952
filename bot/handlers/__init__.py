"""Every handler, in the order they are asked.

access (group -1) -> edited questions -> groups themselves -> commands -> links -> questions
  -> anything else
access (group -1) -> buttons of the team, of feeds, of links, of answers, the one that stops an
  answer -> buttons of former times
"""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    MessageHandler,
    TypeHandler,
)
from telegram.ext.filters import TEXT, StatusUpdate, UpdateType

from bot.context import Data, PautaBot, PautaContext
from bot.handlers.access import Gate
from bot.handlers.answers import on_answer_button
from bot.handlers.ask import answer_question, redo_answer
from bot.handlers.buttons import expired
from bot.handlers.errors import on_error
from bot.handlers.feeds import feeds_command, on_feed_button
from bot.handlers.filters import AnyCommand, ForUs
from bot.handlers.groups import GroupChanges, on_migrated
from bot.handlers.links import ONLY_LINKS, on_link_button, on_links
from bot.handlers.start import help_command, new, only_text, welcome
from bot.handlers.stopping import on_stop
from bot.handlers.team import invite_command, leave_command, on_team_button, team_command

PautaApplication = Application[PautaBot, PautaContext, Data, Data, Data, Any]


def register(application: PautaApplication) -> None:
    """Add all handlers to `application`."""
    application.add_handler(TypeHandler(Update, Gate()), group=-1)
    application.add_handlers(
        [
            MessageHandler(UpdateType.EDITED_MESSAGE, redo_answer),
            ChatMemberHandler(GroupChanges(), ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(UpdateType.MESSAGE & StatusUpdate.MIGRATE, on_migrated),
            MessageHandler(ForUs("start"), welcome),
            MessageHandler(ForUs("help"), help_command),
            MessageHandler(ForUs("new"), new),
            MessageHandler(ForUs("ask", text=True), answer_question),
            MessageHandler(ForUs("feeds", private=True), feeds_command),
            MessageHandler(ForUs("team", private=True), team_command),
            MessageHandler(ForUs("invite", private=True), invite_command),
            MessageHandler(ForUs("leave", private=True), leave_command),
            # A command we do not have is a person who looks for help.
            MessageHandler(AnyCommand(), welcome),
            MessageHandler(ForUs(private=True) & TEXT & ONLY_LINKS, on_links),
            MessageHandler(ForUs(text=True), answer_question),
            # In a group, our name and nothing else.
            MessageHandler(ForUs() & TEXT, welcome),
            MessageHandler(ForUs() & ~StatusUpdate.ALL, only_text),
            CallbackQueryHandler(on_team_button, pattern=r"^t:"),
            CallbackQueryHandler(on_feed_button, pattern=r"^f:"),
            CallbackQueryHandler(on_link_button, pattern=r"^u:"),
            CallbackQueryHandler(on_answer_button, pattern=r"^a:"),
            CallbackQueryHandler(on_stop, pattern=r"^s:stop$"),
            CallbackQueryHandler(expired),
        ]
    )
    application.add_error_handler(on_error)
