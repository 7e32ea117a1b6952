"""Who is let in, and who may change what: the one place that knows.

The gate runs before every other handler. Through it go messages for us and buttons, from
people who are let in, in their private chats, and from whoever speaks in a group that is let
in; and what Telegram tells of groups themselves. Anybody else in a private chat is told their
own number, once a day, so that an administrator can add it; everything else is dropped without
a word.
"""

from __future__ import annotations

import structlog
from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop

from bot import texts
from bot.access import Outcome, Role, is_token, role_of
from bot.context import PautaContext, Services
from bot.conversation_key import ConversationKey
from bot.handlers.addressing import GROUPS, Addressed, addressed, addressed_message, place_of
from bot.handlers.sending import cosmetic, send_text
from bot.once_a_day import OnceADay
from bot.people import LONGEST_NAME
from bot.screens import cut

log = structlog.get_logger(__name__)


def role_here(services: Services, user_id: int) -> Role | None:
    """What somebody is to the newsroom now; None is a stranger."""
    person = services.people.person(user_id)
    return role_of(user_id, person, services.settings.admins, services.clock())


def is_let_in(services: Services, user_id: int) -> bool:
    """Whether a person may ask and look, in private."""
    return role_here(services, user_id) is not None


def is_admin(services: Services, user_id: int) -> bool:
    """Whether a person may let others in."""
    return role_here(services, user_id) is Role.ADMIN


def may_change_feeds(services: Services, user_id: int) -> bool:
    """Whether a person may add, pause and remove feeds, and add pages to the coverage."""
    return role_here(services, user_id) is Role.ADMIN


def is_served(services: Services, where: ConversationKey) -> bool:
    """Whether anything may be said in a chat."""
    if where.is_private:
        return is_let_in(services, where.chat_id)
    return services.people.group(where.chat_id) is not None


class Gate:
    """The handler of group -1; remembers which strangers were answered."""

    def __init__(self) -> None:
        self._refused = OnceADay()
        self._told_of_links = OnceADay()

    async def __call__(self, update: Update, context: PautaContext) -> None:
        services = context.services
        if is_about_a_group(update, services) or is_served_edit(update, context):
            return
        user, said, query = update.effective_user, heard(update, context), update.callback_query
        where = said.where if said else pressed_in(query)
        if user is None or user.is_bot or where is None:
            raise ApplicationHandlerStop
        if where.is_private and said is not None and is_invitation(said):
            await self._by_invitation(said, context)
        elif not is_served(services, where):
            if where.is_private:
                await self._refuse(user, where, query, context)
            raise ApplicationHandlerStop

    async def _by_invitation(self, said: Addressed, context: PautaContext) -> None:
        services, user = context.services, said.who
        admins, name = services.settings.admins, cut(user.full_name, LONGEST_NAME)
        outcome = await services.people.redeem(said.text, user.id, name, admins)
        if outcome is Outcome.WELCOME:
            log.info("somebody was let in by an invitation", user_id=user.id)
        if is_let_in(services, user.id):
            return
        if outcome is Outcome.UNKNOWN:
            await self._refuse(user, said.where, None, context)
        elif self._told_of_links.is_due(user.id, services.clock()):
            line = texts.say(texts.supported(user.language_code), f"invite_{outcome.value}")
            await _tell(context, said.where, line)
        raise ApplicationHandlerStop

    async def _refuse(
        self,
        user: User,
        where: ConversationKey,
        query: CallbackQuery | None,
        context: PautaContext,
    ) -> None:
        if not self._refused.is_due(user.id, context.services.clock()):
            return
        log.info("a stranger was refused", user_id=user.id)
        language = texts.supported(user.language_code)
        if query is not None:
            line = texts.say(language, "stranger_button")
            await cosmetic("refusal", query.answer(line))
        else:
            await _tell(context, where, texts.say(language, "stranger", user_id=user.id))


async def _tell(context: PautaContext, where: ConversationKey, line: str) -> None:
    try:
        await send_text(context.bot, where, line)
    except TelegramError as error:
        log.info("a stranger could not be told", error=type(error).__name__)


def heard(update: Update, context: PautaContext) -> Addressed | None:
    """The update's message if it is a new one and meant for us."""
    return addressed(update, context.bot.username, context.bot.id)


def is_served_edit(update: Update, context: PautaContext) -> bool:
    """Whether a message for us was edited where we answer; elsewhere nothing is said of it."""
    message = update.edited_message
    if message is None:
        return False
    said = addressed_message(message, context.bot.username, context.bot.id)
    return said is not None and is_served(context.services, said.where)


def is_invitation(said: Addressed) -> bool:
    """Whether somebody pressed start on a link with a secret."""
    return said.command == "start" and is_token(said.text)


def is_about_a_group(update: Update, services: Services) -> bool:
    """Whether Telegram tells of a group, not a person of anything: that we were added or
    removed, or that a group which is let in has a new id."""
    change = update.my_chat_member
    if change is not None:
        return change.chat.type in GROUPS
    message = update.message
    if message is None or message.migrate_to_chat_id is None:
        return False
    return services.people.group(message.chat.id) is not None


def pressed_in(query: CallbackQuery | None) -> ConversationKey | None:
    """Where the message of a pressed button stands."""
    if query is None or query.message is None:
        return None
    chat = query.message.chat
    if chat.type != ChatType.PRIVATE and chat.type not in GROUPS:
        return None
    if isinstance(query.message, Message):
        return place_of(query.message)
    return ConversationKey(chat.id)


def private_message(update: Update) -> Message | None:
    """The update's message if it is a new one in a private chat."""
    message = update.message
    return message if message is not None and message.chat.type == ChatType.PRIVATE else None


def private_place(update: Update) -> ConversationKey | None:
    """The private chat, or its topic, that a new message or a pressed button is from."""
    if message := private_message(update):
        return place_of(message)
    where = pressed_in(update.callback_query)
    return where if where is not None and where.is_private else None


def private_chat(update: Update) -> int | None:
    """The id of the private chat a new message or a pressed button is from."""
    where = private_place(update)
    return where.chat_id if where else None


def client_language(update: Update) -> str:
    """The language of ours closest to the one the person's Telegram speaks."""
    user = update.effective_user
    return texts.supported(user.language_code if user else None)
