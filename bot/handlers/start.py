"""/start, /help and /new, and what is neither a question nor a command of ours."""

from __future__ import annotations

from telegram import Update

from bot import texts
from bot.access import Role
from bot.context import PautaContext
from bot.handlers.access import client_language, heard, is_invitation, role_here
from bot.handlers.sending import send_text
from bot.handlers.team import zone_of
from bot.render_team import arrival

COMMANDS = ("start", "help", "new", "feeds", "leave")
"""Of everyone, in private chats."""
ADMIN_COMMANDS = ("start", "help", "new", "feeds", "team", "invite")
GROUP_COMMANDS = ("ask", "new", "help")
_ALBUM = "last_album"


async def welcome(update: Update, context: PautaContext) -> None:
    """What to ask; to who came by an invitation, first that they are in."""
    said, language = heard(update, context), client_language(update)
    if said is None:
        return
    if not said.where.is_private:
        await _how_to_ask(update, context)
        return
    line = texts.say(language, "welcome")
    if is_invitation(said) and role_here(context.services, said.who.id) is not Role.ADMIN:
        person = context.services.people.person(said.who.id)
        line = f"{arrival(person, language, zone_of(context.services))}\n\n{line}"
    await send_text(context.bot, said.where, line)


async def help_command(update: Update, context: PautaContext) -> None:
    """What to ask, and the commands of who asks."""
    said, language = heard(update, context), client_language(update)
    if said is None:
        return
    if not said.where.is_private:
        await _how_to_ask(update, context)
        return
    is_admin = role_here(context.services, said.who.id) is Role.ADMIN
    commands = [
        f"/{name}: {texts.say(language, f'command_{name}')}"
        for name in (ADMIN_COMMANDS if is_admin else COMMANDS)
    ]
    lines = [texts.say(language, "welcome"), "\n".join(commands)]
    await send_text(context.bot, said.where, "\n\n".join(lines))


async def _how_to_ask(update: Update, context: PautaContext) -> None:
    """In a group that said no more than our name."""
    if said := heard(update, context):
        name = f"@{context.bot.username}"
        line = texts.say(client_language(update), "group_how", name=name)
        await send_text(context.bot, said.where, line)


async def new(update: Update, context: PautaContext) -> None:
    """Later questions no longer refer to what came before."""
    if said := heard(update, context):
        await context.services.conversations.start_afresh(said.where)
        line = texts.say(client_language(update), "new_conversation")
        await send_text(context.bot, said.where, line)


async def only_text(update: Update, context: PautaContext) -> None:
    """One kind line for what cannot be read yet; one for a whole album, too."""
    said = heard(update, context)
    if said is None:
        return
    album = said.message.media_group_id
    if album and context.chat_data is not None:
        if context.chat_data.get(_ALBUM) == album:
            return
        context.chat_data[_ALBUM] = album
    await send_text(context.bot, said.where, texts.say(client_language(update), "only_text"))
