"""Manners under load: what came late, what is asked too often, what was pressed long ago."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import ApplicationHandlerStop

from bot.context import PautaContext
from bot.conversation_key import ConversationKey
from bot.fair_use import FairUse, Refused
from bot.handlers.arrivals import Arrivals
from bot.handlers.backlog import Verdict, apology, too_much, verdict
from bot.handlers.seen_updates import Handling, handling_now
from bot.handlers.sending import send_text
from bot.shared_fair_use import ask_shared

log = structlog.get_logger(__name__)

FAIR_USE_KEY = "fair_use"


async def is_left_out(context: PautaContext, where: ConversationKey, language: str) -> bool:
    """Whether a question came so late that only a newer one is answered. Apologises where the
    answer comes late, or others were left out."""
    handling, arrivals = handling_now(), context.application.update_queue
    if handling is None or not isinstance(arrivals, Arrivals):
        return False
    if handling.late is not None:
        await arrivals.settled()
    newer_waits = arrivals.newer_waits(handling)
    if handling.late is not None and newer_waits:
        arrivals.leave_out(where)
        return True
    left_out = arrivals.left_out(where)
    if verdict(handling.late, newer_waits=newer_waits, left_out=left_out) is Verdict.APOLOGISE:
        await _apologise(context, where, handling, apology(language, handling.late, left_out))
    return False


async def _apologise(
    context: PautaContext, where: ConversationKey, handling: Handling, line: str
) -> None:
    if handling.apologised:
        return
    async with handling.apologising():
        try:
            await send_text(context.bot, where, line)
        except TelegramError as error:
            log.info("an apology could not be sent", error=type(error).__name__)


async def is_too_much(
    context: PautaContext, where: ConversationKey, person: int, language: str
) -> bool:
    """Whether somebody asks more than their share; the first time, they are told until when."""
    refused = await share_of(context, person, where.chat_id)
    if refused is None:
        return False
    if refused.is_first:
        await send_text(context.bot, where, too_much(language, refused.wait))
    return True


async def share_of(context: PautaContext, person: int, chat_id: int) -> Refused | None:
    """None when somebody may ask one more question, which then counts, at every replica."""
    fair_use, services = context.application.bot_data[FAIR_USE_KEY], context.services
    assert isinstance(fair_use, FairUse)  # noqa: S101 - narrows the untyped bot_data
    now, replica = services.clock(), services.replica
    if replica is None:
        refused = fair_use.ask(person, chat_id, now)
    else:
        call, engine = services.outbox.offload.note, replica.engine
        try:
            refused = await call(ask_shared, engine, fair_use, person, chat_id, now)
        except SQLAlchemyError as error:
            log.warning("what was asked elsewhere is unknown", cause=type(error).__name__)
            refused = fair_use.ask(person, chat_id, now)
    if refused is not None:
        log.info("somebody asks too much", user_id=person)
    return refused


async def drop_old_press(update: Update, _context: PautaContext) -> None:
    """The handler of group -1: a button pressed while the bot was away does nothing any more.

    A press has no date. Only where it may be old, Telegram's own word tells: it no longer takes
    the answer to a press of long ago.
    """
    handling, query = handling_now(), update.callback_query
    if handling is None or query is None or not handling.may_be_old:
        return
    try:
        await query.answer()
    except BadRequest as error:
        if "too old" in error.message.lower():
            raise ApplicationHandlerStop from None
    except TelegramError as error:
        log.debug("cosmetic call failed", call="button", error=type(error).__name__)
