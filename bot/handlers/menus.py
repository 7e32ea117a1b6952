"""The menu of commands: by kind of chat and language, and in the language a chat has chosen."""

from __future__ import annotations

from collections.abc import Iterator

from telegram import BotCommand, BotCommandScopeChat

from bot import texts
from bot.access import Role
from bot.context import PautaBot, Services
from bot.conversation_key import ConversationKey
from bot.handlers.access import role_here
from bot.handlers.sending import cosmetic
from bot.handlers.start import ADMIN_COMMANDS, COMMANDS, GROUP_COMMANDS


def commands_of(names: tuple[str, ...], language: str) -> list[BotCommand]:
    return [BotCommand(name, texts.say(language, f"command_{name}")) for name in names]


def language_codes() -> Iterator[tuple[str, str | None]]:
    """Each of our languages, and the code of the Telegrams it is for; the default is for all
    that speak none of them."""
    for language in texts.LANGUAGES:
        yield language, None if language == texts.DEFAULT_LANGUAGE else language


async def set_menu_of(bot: PautaBot, services: Services, where: ConversationKey) -> None:
    """The menu of one whole chat, as its language is now; topics have none of their own."""
    if where.thread_id is not None:
        return
    chosen = services.chat_settings.own(where).language
    scope = BotCommandScopeChat(where.chat_id)
    names = _names_in(services, where)
    for language, code in language_codes():
        if chosen is None and names is not ADMIN_COMMANDS:
            # What holds for all chats of the kind shows through.
            call = bot.delete_my_commands(scope=scope, language_code=code)
            await cosmetic("command menu", call)
            continue
        commands = commands_of(names, chosen or language)
        call_set = bot.set_my_commands(commands, scope=scope, language_code=code)
        await cosmetic("command menu", call_set)


def _names_in(services: Services, where: ConversationKey) -> tuple[str, ...]:
    if not where.is_private:
        return GROUP_COMMANDS
    is_admin = role_here(services, where.chat_id) is Role.ADMIN
    return ADMIN_COMMANDS if is_admin else COMMANDS
