"""/team, /invite and /leave, and the buttons under their screens."""

from __future__ import annotations

import asyncio

from telegram import Update

from bot import texts
from bot.access import GUEST_DAYS, INVITE_LASTS, Role
from bot.context import PautaContext, Services
from bot.conversation_key import ConversationKey
from bot.handlers import access
from bot.handlers.access import heard, language_in
from bot.handlers.addressing import Addressed
from bot.handlers.buttons import Press, expired, pressed
from bot.handlers.groups import leave_group, let_group_in
from bot.handlers.sending import edit_rendered, send_rendered, send_text
from bot.render import Rendered
from bot.render_team import (
    group_view,
    invite_choice,
    invite_link,
    leave_question,
    person_view,
    team_list,
    team_note,
)
from bot.screens import sentence
from bot.team import FOR_ONESELF, TeamAct, TeamPress, parse_team_press


async def team_command(update: Update, context: PautaContext) -> None:
    """Who is in."""
    if said := await _from_admin(update, context):
        screen = _list(context.services, said.where, 0, language_in(update, context))
        await send_rendered(context.bot, said.where, screen)


async def invite_command(update: Update, context: PautaContext) -> None:
    """For whom the link is to be; the press makes it."""
    if said := await _from_admin(update, context):
        await send_rendered(context.bot, said.where, invite_choice(language_in(update, context)))


async def leave_command(update: Update, context: PautaContext) -> None:
    """Administrators are in the settings: nobody leaves those by a message."""
    said, language = heard(update, context), language_in(update, context)
    if said is None:
        return
    if access.is_admin(context.services, said.who.id):
        await send_text(context.bot, said.where, texts.say(language, "leave_not_admins"))
    else:
        await send_rendered(context.bot, said.where, leave_question(language))


async def on_team_button(update: Update, context: PautaContext) -> None:
    """Everything happens in the message the button stands under."""
    press = pressed(update, context)
    wanted = parse_team_press(press.data) if press else None
    if press is None or wanted is None:
        return await expired(update, context)
    services = context.services
    if wanted.act not in FOR_ONESELF and not access.is_admin(services, press.user_id):
        return await press.answer("team_not_yours")
    shown = await _done(context, press, wanted)
    place = press.place
    await asyncio.gather(
        press.answer(), edit_rendered(context.bot, place.chat_id, place.message_id, shown)
    )
    return None


async def _done(context: PautaContext, press: Press, wanted: TeamPress) -> Rendered:
    """Do it; the screen that shows what became of it."""
    services, language = context.services, press.language
    match wanted.act:
        case TeamAct.LEAVE | TeamAct.STAY:
            return await _left(services, press, wanted)
        case TeamAct.INVITE:
            return await _invited(context, press, wanted.subject)
        case TeamAct.LET_GROUP_IN:
            return await let_group_in(context, wanted.subject, press.user_id, language)
        case TeamAct.LEAVE_GROUP:
            return await leave_group(context, wanted.subject, language)
        case TeamAct.OPEN_GROUP:
            group = services.people.group(wanted.subject)
            if group is None:
                return team_note("group_gone", language, wanted.page)
            return group_view(group, language, wanted.page)
        case TeamAct.LIST:
            return _list(services, press.place.where, wanted.page, language)
        case TeamAct.OPEN | TeamAct.MAKE_MEMBER | TeamAct.REMOVE:
            return await _about_person(services, press, wanted)


async def _about_person(services: Services, press: Press, wanted: TeamPress) -> Rendered:
    people, language = services.people, press.language
    zone = services.chat_settings.zone(press.place.where)
    person = people.person(wanted.subject)
    if person is not None and wanted.act is TeamAct.MAKE_MEMBER:
        person = await people.make_member(person.user_id)
    if person is None:
        return team_note("person_gone", language, wanted.page)
    if wanted.act is TeamAct.REMOVE:
        await people.remove(person.user_id)
        return team_note("person_removed", language, wanted.page, name=person.name)
    return person_view(person, language, services.clock(), zone, wanted.page)


async def _left(services: Services, press: Press, wanted: TeamPress) -> Rendered:
    if wanted.act is TeamAct.STAY:
        return sentence("leave_stayed", press.language)
    await services.people.remove(press.user_id)
    return sentence("leave_done", press.language)


async def _invited(context: PautaContext, press: Press, days: int) -> Rendered:
    services = context.services
    if days not in (0, *GUEST_DAYS):
        return sentence("button_expired_team", press.language)
    role = Role.GUEST if days else Role.MEMBER
    token = await services.people.invite(role, days or None, press.user_id)
    link = f"https://t.me/{context.bot.username}?start={token}"
    ends = services.clock() + INVITE_LASTS
    zone = services.chat_settings.zone(press.place.where)
    return invite_link(link, days, ends, press.language, zone)


def _list(services: Services, where: ConversationKey, page: int, language: str) -> Rendered:
    people = services.people
    return team_list(
        people.everybody(),
        people.groups(),
        len(services.settings.admins),
        page,
        language,
        services.clock(),
        services.chat_settings.zone(where),
    )


async def _from_admin(update: Update, context: PautaContext) -> Addressed | None:
    """What was said if an administrator said it; all others are told that they may not."""
    said = heard(update, context)
    if said is None or access.is_admin(context.services, said.who.id):
        return said
    line = texts.say(language_in(update, context), "team_not_yours")
    await send_text(context.bot, said.where, line)
    return None
