"""/start, /help and /new, and what is neither a question nor a command of ours."""

from __future__ import annotations

from difflib import get_close_matches

from telegram import Update

from bot import texts
from bot.access import Role
from bot.context import PautaContext
from bot.greeting import described, greeting
from bot.handlers.access import heard, is_invitation, language_in, role_here
from bot.handlers.sending import send_text
from bot.render_team import arrival

BROWSING = ("latest", "search", "story", "article", "sources")
COMMANDS = (
    "start",
    "help",
    *BROWSING,
    "digest",
    "follow",
    "new",
    "settings",
    "stop",
    "feeds",
    "mydata",
    "forget",
    "leave",
)
"""Of everyone, in private chats."""
ADMIN_COMMANDS = (
    *("start", "help", *BROWSING, "digest", "follow", "new", "settings", "stop", "feeds"),
    *("team", "invite", "mydata", "forget"),
)
GROUP_COMMANDS = ("ask", *BROWSING, "digest", "follow", "new", "settings", "stop", "help")
LONGEST_COMMAND = 32
_ALBUM = "last_album"


async def welcome(update: Update, context: PautaContext) -> None:
    """What to ask; to who came by an invitation, first that they are in."""
    said, language = heard(update, context), language_in(update, context)
    if said is None:
        return
    if not said.where.is_private:
        await _how_to_ask(update, context)
        return
    line = await _greeting(context, language)
    if is_invitation(said) and role_here(context.services, said.who.id) is not Role.ADMIN:
        person = context.services.people.person(said.who.id)
        zone = context.services.chat_settings.zone(said.where)
        line = f"{arrival(person, language, zone)}\n\n{line}"
    await send_text(context.bot, said.where, line)


async def help_command(update: Update, context: PautaContext) -> None:
    """What to ask, and the commands of who asks."""
    said, language = heard(update, context), language_in(update, context)
    if said is None:
        return
    if not said.where.is_private:
        await _how_to_ask(update, context, with_commands=True)
        return
    is_admin = role_here(context.services, said.who.id) is Role.ADMIN
    commands = described(ADMIN_COMMANDS if is_admin else COMMANDS, language)
    greeting = await _greeting(context, language)
    await send_text(context.bot, said.where, f"{greeting}\n\n{commands}")


async def unknown_command(update: Update, context: PautaContext) -> None:
    """That it is none of ours, the nearest that is, and where all are told."""
    said, language = heard(update, context), language_in(update, context)
    if said is None:
        return
    if not said.where.is_private:
        await _how_to_ask(update, context)
        return
    written = (said.message.text or "").split(maxsplit=1)[0][1:].partition("@")[0][:LONGEST_COMMAND]
    if written in GROUP_COMMANDS:  # /ask with nothing asked
        await welcome(update, context)
        return
    is_admin = role_here(context.services, said.who.id) is Role.ADMIN
    known = ADMIN_COMMANDS if is_admin else COMMANDS
    near = get_close_matches(written.lower(), known, n=1)
    key = "command_unknown_near" if near else "command_unknown"
    line = texts.say(language, key, written=written, near=near[0] if near else "")
    await send_text(context.bot, said.where, line)


async def _greeting(context: PautaContext, language: str) -> str:
    return greeting(await context.services.browsing.examples(language), language)


async def _how_to_ask(
    update: Update, context: PautaContext, *, with_commands: bool = False
) -> None:
    """In a group that said no more than our name."""
    if said := heard(update, context):
        name = f"@{context.bot.username}"
        language = language_in(update, context)
        line = texts.say(language, "group_how", name=name)
        if with_commands:
            line = f"{line}\n\n{described(GROUP_COMMANDS, language)}"
        await send_text(context.bot, said.where, line)


async def new(update: Update, context: PautaContext) -> None:
    """Later questions no longer refer to what came before."""
    if said := heard(update, context):
        await context.services.conversations.start_afresh(said.where)
        line = texts.say(language_in(update, context), "new_conversation")
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
    await send_text(context.bot, said.where, texts.say(language_in(update, context), "only_text"))
