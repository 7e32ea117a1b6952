"""Groups and channels: added, let in by an administrator, removed, turned into a supergroup."""

from __future__ import annotations

import asyncio

import structlog
from telegram import (
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Update,
)
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.handlers.access import group_moved, is_admin, language_in
from bot.handlers.addressing import LET_IN
from bot.handlers.menus import set_menu_of
from bot.handlers.sending import send_rendered
from bot.once_a_day import OnceADay
from bot.people import LONGEST_NAME
from bot.render import Rendered
from bot.render_team import group_question, team_note
from bot.screens import cut

log = structlog.get_logger(__name__)

MOST_QUESTIONS = 10
"""A day: strangers who add the bot to groups make administrators hear no more often."""
_THERE = frozenset({ChatMember.MEMBER, ChatMember.ADMINISTRATOR, ChatMember.OWNER})


class GroupChanges:
    """Handles that the bot was added to a group or removed; asks once a day of each, and
    whenever an administrator adds it."""

    def __init__(self) -> None:
        self._asked = OnceADay()
        self._slots = OnceADay()

    async def __call__(self, update: Update, context: PautaContext) -> None:
        change = update.my_chat_member
        if change is None or change.chat.type not in LET_IN:
            return
        people, chat = context.services.people, change.chat
        is_there_as = _may_write if chat.type == ChatType.CHANNEL else _is_there
        was_there, is_there = map(is_there_as, (change.old_chat_member, change.new_chat_member))
        if not is_there:
            if people.group(chat.id) is not None:
                await people.group_left(chat.id)
                log.info("removed from a group", chat_id=chat.id)
        elif not was_there:
            await context.services.outbox.gone.back(chat.id)
            if people.group(chat.id) is None and self._may_ask(change, context):
                await _ask_admins(change, context, language_in(update, context))

    def _may_ask(self, change: ChatMemberUpdated, context: PautaContext) -> bool:
        if is_admin(context.services, change.from_user.id):
            return True
        now = context.services.clock()
        if not self._asked.is_due(change.chat.id, now):
            return False
        # Any slot that is free: ten of them, each good for one question a day.
        return any(self._slots.is_due(slot, now) for slot in range(MOST_QUESTIONS))


def _is_there(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in _THERE


def _may_write(member: ChatMember) -> bool:
    """Whether the bot, a member of a channel, can send anything there."""
    return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)


async def _ask_admins(change: ChatMemberUpdated, context: PautaContext, language: str) -> None:
    """All that have started the bot; whoever taps first decides. Who has chosen no language is
    asked in `language`."""
    by, title = cut(change.from_user.full_name, LONGEST_NAME), change.chat.title or ""
    is_channel = change.chat.type == ChatType.CHANNEL
    book = context.services.chat_settings

    async def ask(admin: int) -> int:
        chosen = book.of(ConversationKey(admin)).language or language
        question = group_question(change.chat.id, title, by, chosen, is_channel=is_channel)
        return await send_rendered(context.bot, admin, question)

    admins = sorted(context.services.settings.admins)
    told = await asyncio.gather(*map(ask, admins), return_exceptions=True)
    for outcome in told:
        if isinstance(outcome, BaseException) and not isinstance(outcome, TelegramError):
            raise outcome
    if not any(isinstance(one, int) for one in told):
        log.warning("no administrator could be asked about a group", chat_id=change.chat.id)


async def let_group_in(context: PautaContext, chat_id: int, by: int, language: str) -> Rendered:
    """By the tap of an administrator; the screen that says so."""
    people = context.services.people
    try:
        try:
            chat = await context.bot.get_chat(chat_id)
        except ChatMigrated as moved:
            chat = await context.bot.get_chat(moved.new_chat_id)
    except (BadRequest, Forbidden):
        return team_note("group_gone", language)
    if chat.type not in LET_IN:
        return team_note("group_gone", language)
    title = cut(chat.title or "", LONGEST_NAME)
    if chat.type == ChatType.CHANNEL:
        await people.let_group_in(chat.id, title, by, is_channel=True)
        return team_note("channel_in", language, title=title)
    await people.let_group_in(chat.id, title, by)
    return team_note("group_in", language, title=title, name=f"@{context.bot.username}")


async def leave_group(context: PautaContext, chat_id: int, language: str) -> Rendered:
    """Quiet at once, also where leaving fails."""
    await context.services.people.group_left(chat_id)
    try:
        await context.bot.leave_chat(chat_id)
    except (BadRequest, Forbidden):
        return team_note("group_gone", language)
    return team_note("group_left", language)


async def on_migrated(update: Update, context: PautaContext) -> None:
    """A group that is let in has become a supergroup, under a new id."""
    moved = group_moved(update.message) if update.message else None
    if moved is None:
        return
    old, new = moved
    await context.services.people.move_chat(old, new)
    log.info("a group became a supergroup", chat_id=new)
    await set_menu_of(context.bot, context.services, ConversationKey(new))
