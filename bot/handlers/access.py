"""Who is let in, and who may change what: the one place that knows.

The gate runs before every other handler. Through it go messages for us and buttons, from
people who are let in, in their private chats, and from whoever speaks in a group that is let
in; what people who are let in type or ask elsewhere, inline and as guests; and what Telegram
tells of groups themselves. Anybody else in a private chat is told their
own number, once a day, so that an administrator can add it; everything else is dropped without
a word.
"""

from __future__ import annotations

import structlog
from telegram import CallbackQuery, InlineQuery, Message, Update, User
from telegram.constants import ChatType
from telegram.error import TelegramError
from telegram.ext import ApplicationHandlerStop

from bot import texts
from bot.access import Outcome, Role, is_token, role_of
from bot.asker import Asker
from bot.context import PautaContext, Services
from bot.conversation_key import ConversationKey
from bot.handlers.addressing import (
    GROUPS,
    LET_IN,
    Addressed,
    addressed,
    addressed_guest,
    addressed_message,
    place_of,
)
from bot.handlers.sending import cosmetic, send_text
from bot.people import LONGEST_NAME
from bot.screens import cut
from bot.strangers import Line

log = structlog.get_logger(__name__)

EMPTY_FOR_SECONDS = 60
"""How long Telegram itself tells a stranger that we offer nothing."""


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


def may_change_settings(services: Services, where: ConversationKey, user_id: int) -> bool:
    """Whether a person may choose how we speak in a place: in private everyone who is let in,
    in a group only members of the newsroom."""
    if where.is_private:
        return where.chat_id == user_id and is_let_in(services, user_id)
    return role_here(services, user_id) in (Role.ADMIN, Role.MEMBER)


def may_follow(services: Services, where: ConversationKey, user_id: int) -> bool:
    """Whether a person may choose what a place is told of as it happens."""
    return may_change_settings(services, where, user_id)


def may_change_digests(services: Services, where: ConversationKey, user_id: int) -> bool:
    """Whether a person may choose which digests a place gets."""
    return may_change_settings(services, where, user_id)


def may_forget(services: Services, where: ConversationKey, user_id: int) -> bool:
    """Whether a person may have us forget: in private what is kept of them, in a group what was
    said there, which is for administrators."""
    if where.is_private:
        return where.chat_id == user_id and is_let_in(services, user_id)
    return is_served(services, where) and is_admin(services, user_id)


def may_write_to_channel(services: Services, channel_id: int, user_id: int) -> bool:
    """Whether a person may choose which digests a channel gets."""
    channel = services.people.group(channel_id)
    return channel is not None and channel.is_channel and is_admin(services, user_id)


def is_served(services: Services, where: ConversationKey) -> bool:
    """Whether anything may be said in a chat."""
    if where.is_private:
        return is_let_in(services, where.chat_id)
    return services.people.group(where.chat_id) is not None


def is_sent_news(services: Services, where: ConversationKey) -> bool:
    """Whether digests and alerts are to be composed for a chat: it is served, and takes what it
    is sent."""
    return is_served(services, where) and not services.outbox.gone.is_paused(where.chat_id)


class Gate:
    """The handler of group -2."""

    async def __call__(self, update: Update, context: PautaContext) -> None:
        services = context.services
        if is_about_a_group(update, services) or is_served_edit(update, context):
            return
        if update.inline_query is not None:
            await self._inline(update.inline_query, services)
            return
        if is_a_guests(update, context):
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
            elif query is not None:
                await _say_it_moved(query, where, services)
            raise ApplicationHandlerStop
        # Whoever has blocked us and writes again wants to hear of us again.
        await services.outbox.gone.back(where.chat_id)

    async def _inline(self, query: InlineQuery, services: Services) -> None:
        """A stranger is offered nothing; without an answer their Telegram would wait for one."""
        who = query.from_user
        if not who.is_bot and is_let_in(services, who.id):
            return
        nothing = query.answer([], cache_time=EMPTY_FOR_SECONDS, is_personal=True)
        await cosmetic("inline refusal", nothing)
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
        elif await services.people.strangers.is_due(Line.LINK, user.id, services.clock()):
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
        services = context.services
        if not await services.people.strangers.is_due(Line.REFUSED, user.id, services.clock()):
            return
        log.info("a stranger was refused", user_id=user.id)
        language = texts.supported(user.language_code)
        if query is not None:
            line = texts.say(language, "stranger_button")
            await cosmetic("refusal", query.answer(line))
        else:
            await _tell(context, where, texts.say(language, "stranger", user_id=user.id))


async def _say_it_moved(query: CallbackQuery, where: ConversationKey, services: Services) -> None:
    """A button from before a group became a supergroup: Telegram takes no edits there."""
    new_id = services.people.moved.new_id(where.chat_id)
    if new_id is None or services.people.group(new_id) is None:
        return
    chosen = services.chat_settings.of(ConversationKey(new_id)).language
    language = chosen or texts.supported(query.from_user.language_code)
    await cosmetic("button", query.answer(texts.say(language, "button_of_old_group")))


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


def is_a_guests(update: Update, context: PautaContext) -> bool:
    """Whether somebody who is let in asks us in a chat we are not in."""
    guest = addressed_guest(update, context.bot.username, context.bot.id)
    return guest is not None and is_let_in(context.services, guest.who.id)


def is_invitation(said: Addressed) -> bool:
    """Whether somebody pressed start on a link with a secret."""
    return said.command == "start" and is_token(said.text)


def asker_elsewhere(services: Services, user_id: int) -> Asker:
    """Somebody who asks outside the chats we are in: as in their private chat."""
    own, book = ConversationKey(user_id), services.chat_settings
    return book.of(own).asker(user_id, book.zone(own))


def is_about_a_group(update: Update, services: Services) -> bool:
    """Whether Telegram tells of a group or a channel, not a person of anything: that we were
    added or removed, or that a group which is let in has a new id."""
    change = update.my_chat_member
    if change is not None:
        return change.chat.type in LET_IN
    moved = group_moved(update.message) if update.message else None
    return moved is not None and services.people.group(moved[0]) is not None


def group_moved(message: Message) -> tuple[int, int] | None:
    """The old and the new id of a group that became a supergroup, which both are told of it;
    None for any other message."""
    if message.migrate_to_chat_id is not None:
        return message.chat.id, message.migrate_to_chat_id
    if message.migrate_from_chat_id is not None:
        return message.migrate_from_chat_id, message.chat.id
    return None


def is_kept(update: Update, services: Services) -> bool:
    """Whether an update may be written down until it was handled: only what people who are let
    in, and groups, say to us."""
    user, chat, bot = update.effective_user, update.effective_chat, update.get_bot()
    if update.inline_query is not None or update.chosen_inline_result is not None:
        return False
    if chat is not None and chat.type == ChatType.CHANNEL and update.my_chat_member is None:
        return False
    # A guest's message is from a chat that is none of ours; so may be one we are added to.
    elsewhere = update.guest_message is not None or update.my_chat_member is not None
    if chat is None or elsewhere:
        return user is not None and is_let_in(services, user.id)
    if not is_served(services, ConversationKey(chat.id)):
        return False
    said = update.message or update.edited_message
    if said is None or said.migrate_to_chat_id is not None:
        return True
    return addressed_message(said, bot.username, bot.id) is not None


def conversation_of(update: Update) -> ConversationKey | None:
    """Which conversation an update belongs to, whatever its kind; None for what is of no chat, or
    of one we are not in: its id may be that of another."""
    if update.guest_message is not None:
        return None
    if said := update.effective_message:
        return place_of(said)
    if (where := pressed_in(update.callback_query)) is not None:
        return where
    chat = update.effective_chat
    return ConversationKey(chat.id) if chat else None


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


def language_in(update: Update, context: PautaContext) -> str:
    """The language we speak where an update comes from: the one chosen there, or in private by
    who writes elsewhere, and else that of their Telegram."""
    where, user = conversation_of(update), update.effective_user
    if where is None and user is not None:
        where = ConversationKey(user.id)
    chosen = context.services.chat_settings.of(where).language if where else None
    return chosen or client_language(update)


def client_language(update: Update | None) -> str:
    """The language of ours closest to the one the person's Telegram speaks."""
    user = update.effective_user if update is not None else None
    return texts.supported(user.language_code if user else None)
