"""Every handler, in the order they are asked.

access (group -2) -> inline mode -> guests elsewhere -> edited questions -> groups themselves
  -> commands -> what was asked for -> what is passed on -> links -> recordings -> questions
  -> anything else
access (group -2) -> buttons of long ago (group -1)
  -> buttons of the team, of feeds, of links, of answers, of lists, the one that stops an
  answer -> buttons of former times
"""

from __future__ import annotations

from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
)
from telegram.ext.filters import AUDIO, TEXT, VOICE, StatusUpdate, UpdateType

from bot.context import ASKED_KEY, Data, PautaBot, PautaContext
from bot.handlers.access import Gate
from bot.handlers.answers import on_answer_button
from bot.handlers.ask import answer_question, redo_answer
from bot.handlers.browse import (
    article_command,
    latest_command,
    on_browse_button,
    search_command,
    sources_command,
    story_command,
)
from bot.handlers.buttons import expired
from bot.handlers.digest import DigestScreens
from bot.handlers.digest_buttons import on_digest_button
from bot.handlers.errors import on_error
from bot.handlers.feeds import feeds_command, on_feed_button
from bot.handlers.filters import AnyCommand, ForUs
from bot.handlers.follow import follow_command, on_follow_button, unfollow_command
from bot.handlers.forwards import PASSED_ON, on_forwarded
from bot.handlers.groups import GroupChanges, on_migrated
from bot.handlers.guest import GuestQuestions
from bot.handlers.inline import on_inline_query
from bot.handlers.links import ONLY_LINKS, on_link_button, on_links
from bot.handlers.manners import drop_old_press
from bot.handlers.privacy import forget_command, mydata_command, on_privacy_button
from bot.handlers.settings import SettingsDesk
from bot.handlers.start import help_command, new, only_text, unknown_command, welcome
from bot.handlers.stopping import on_stop, stop_command
from bot.handlers.team import invite_command, leave_command, on_team_button, team_command
from bot.handlers.voice import on_recording

PautaApplication = Application[PautaBot, PautaContext, Data, Data, Data, Any]


def register(application: PautaApplication) -> None:
    """Add all handlers to `application`."""
    application.add_handler(TypeHandler(Update, Gate()), group=-2)
    application.add_handler(CallbackQueryHandler(drop_old_press), group=-1)
    settings = SettingsDesk()
    digests = DigestScreens(settings.asked)
    application.bot_data[ASKED_KEY] = {"city": settings.asked, "words": digests.asked}
    application.add_handlers(
        [
            InlineQueryHandler(on_inline_query),
            MessageHandler(UpdateType.GUEST_MESSAGE, GuestQuestions()),
            MessageHandler(UpdateType.EDITED_MESSAGE, redo_answer),
            ChatMemberHandler(GroupChanges(), ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(UpdateType.MESSAGE & StatusUpdate.MIGRATE, on_migrated),
            MessageHandler(ForUs("start"), welcome),
            MessageHandler(ForUs("help"), help_command),
            MessageHandler(ForUs("stop"), stop_command),
            MessageHandler(ForUs("new"), new),
            MessageHandler(ForUs("ask", text=True), answer_question),
            MessageHandler(ForUs("latest"), latest_command),
            MessageHandler(ForUs("search"), search_command),
            MessageHandler(ForUs("story"), story_command),
            MessageHandler(ForUs("article"), article_command),
            MessageHandler(ForUs("sources"), sources_command),
            MessageHandler(ForUs("follow"), follow_command),
            MessageHandler(ForUs("unfollow"), unfollow_command),
            MessageHandler(ForUs("feeds", private=True), feeds_command),
            MessageHandler(ForUs("team", private=True), team_command),
            MessageHandler(ForUs("invite", private=True), invite_command),
            MessageHandler(ForUs("leave", private=True), leave_command),
            MessageHandler(ForUs("forget"), forget_command),
            MessageHandler(ForUs("mydata", private=True), mydata_command),
            MessageHandler(ForUs("settings"), settings.command),
            MessageHandler(ForUs("digest"), digests.command),
            MessageHandler(AnyCommand(), unknown_command),
            MessageHandler(settings.asked, settings.city),
            MessageHandler(digests.asked, digests.written),
            MessageHandler(ForUs(private=True) & PASSED_ON, on_forwarded),
            MessageHandler(ForUs(private=True) & TEXT & ONLY_LINKS, on_links),
            MessageHandler(ForUs(private=True) & (VOICE | AUDIO), on_recording),
            MessageHandler(ForUs(text=True), answer_question),
            # In a group, our name and nothing else.
            MessageHandler(ForUs() & TEXT, welcome),
            MessageHandler(ForUs() & ~StatusUpdate.ALL, only_text),
            CallbackQueryHandler(on_team_button, pattern=r"^t:"),
            CallbackQueryHandler(on_feed_button, pattern=r"^f:"),
            CallbackQueryHandler(on_link_button, pattern=r"^u:"),
            CallbackQueryHandler(on_answer_button, pattern=r"^a:"),
            CallbackQueryHandler(on_browse_button, pattern=r"^b:"),
            CallbackQueryHandler(on_digest_button, pattern=r"^d:"),
            CallbackQueryHandler(on_follow_button, pattern=r"^n:"),
            CallbackQueryHandler(digests.button, pattern=r"^e:"),
            CallbackQueryHandler(on_privacy_button, pattern=r"^y:"),
            CallbackQueryHandler(on_stop, pattern=r"^s:stop$"),
            CallbackQueryHandler(settings.button, pattern=r"^g:"),
            CallbackQueryHandler(expired),
        ]
    )
    application.add_error_handler(on_error)
