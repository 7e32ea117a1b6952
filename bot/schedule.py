"""The tick, on python-telegram-bot's JobQueue (APScheduler). It knows no schedule: due times
live in the database, so a missed tick is caught up by the next one, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import structlog
from telegram.error import ChatMigrated, RetryAfter, TelegramError

from bot.alert_desk import AlertDesk
from bot.context import DELIVERER_KEY, PautaContext
from bot.conversation_key import ConversationKey
from bot.correction_desk import CorrectionDesk
from bot.coverage import Coverage
from bot.delivery import Deliverer
from bot.feedback_desk import FeedbackDesk
from bot.forgetting import PrivacyDesk
from bot.handlers import PautaApplication
from bot.handlers.access import is_sent_news, is_served
from bot.handlers.sending import never_left, send_text
from bot.metrics import feed_checked
from bot.notices import Bulletin
from bot.offload import Offload
from bot.replicas import FEEDS, hold_now
from bot.texts import DEFAULT_LANGUAGE
from bot.ticks import every
from bot.weekly_feedback import GIVEN_UP_AFTER, WeekOfFeedback
from retrieval.protocols import Clock

log = structlog.get_logger(__name__)

TICK = timedelta(minutes=1)
FEEDBACK_TICK = timedelta(minutes=10)
DELIVERY_TICK = timedelta(seconds=5)
FORGETTING_TICK = timedelta(hours=1)


def keep_coverage_up_to_date(
    application: PautaApplication,
    coverage: Coverage,
    offload: Offload,
    clock: Clock,
    corrections: CorrectionDesk | None = None,
) -> None:
    """Check due feeds every minute, beside the answering, and then tell of corrections. A round
    that takes longer delays the next one, it is not joined by it."""

    async def tick(context: PautaContext) -> None:
        reports, bulletin = await offload.ingest(coverage.update, clock())
        for one in reports:
            failed = len(one.failures)
            feed_checked(one.outcome.value, new=one.new, changed=one.changed, failed=failed)
        new = sum(report.new for report in reports)
        if reports:
            log.info("feeds checked", feeds=len(reports), new=new)
        is_ours = bool(bulletin) and await offload.ingest(_tells_of_feeds, context, clock())
        if is_ours and await _tell_admins(context, bulletin):
            await offload.ingest(coverage.told, bulletin)
        if corrections is not None:
            await _tell_of_corrections(context, corrections, offload, clock())

    every(TICK, application, tick, first=1, name="coverage")


def tell_of_feedback(
    application: PautaApplication, desk: FeedbackDesk, offload: Offload, clock: Clock
) -> None:
    """Once a week, admins hear how many answers were marked as not right."""

    async def tick(context: PautaContext) -> None:
        found = await offload.search(desk.due, clock())
        if found is None:
            return
        is_told = await _tell_admins(context, found)
        if is_told or clock() - found.week.until > GIVEN_UP_AFTER:
            await offload.search(desk.told, found)

    every(FEEDBACK_TICK, application, tick, first=FEEDBACK_TICK / 10, name="feedback")


def alert_followers(
    application: PautaApplication, desk: AlertDesk, offload: Offload, clock: Clock
) -> None:
    """What has arrived is held against what chats follow, within a minute."""

    async def tick(context: PautaContext) -> None:
        hears = partial(is_sent_news, context.services)
        told = await offload.ingest(desk.tick, clock(), hears)
        if told:
            log.info("chats are alerted", messages=told)

    every(TICK, application, tick, first=2, name="alerts")


def deliver_what_waits(application: PautaApplication) -> None:
    """Digests and alerts: sent when they are put into the outbox, and looked for besides."""
    deliverer = application.bot_data[DELIVERER_KEY]
    assert isinstance(deliverer, Deliverer)  # noqa: S101 - narrows the untyped bot_data

    async def tick(_context: PautaContext) -> None:
        await deliverer.drain()

    every(DELIVERY_TICK, application, tick, first=0.1, name="delivery")


def forget_what_is_old(
    application: PautaApplication,
    desk: PrivacyDesk,
    offload: Offload,
    clock: Clock,
    keep_days: int,
) -> None:
    """Conversations older than they are to be kept, every hour; soon after a start at first."""

    async def tick(_context: PautaContext) -> None:
        pruned = await offload.ingest(desk.prune, clock(), keep_days)
        if pruned:
            log.info("old conversations were forgotten", turns=pruned)

    every(FORGETTING_TICK, application, tick, first=FORGETTING_TICK / 60, name="forgetting")


def _tells_of_feeds(context: PautaContext, now: datetime) -> bool:
    """Whether this replica, and no other, tells admins how feeds are."""
    replica = context.services.replica
    return replica is None or hold_now(replica.engine, FEEDS, replica.who, now)


async def _tell_admins(context: PautaContext, bulletin: Bulletin | WeekOfFeedback) -> bool:
    """Whether at least one admin has been told; only if none was is it tried again, since one
    who has blocked the bot is no reason to repeat it to the others."""
    told = False
    for admin in sorted(context.services.settings.admins):
        where, book = ConversationKey(admin), context.services.chat_settings
        text = bulletin.text(book.of(where).language or DEFAULT_LANGUAGE)
        # Told once to all or to none: who wants quiet gets it too, without a sound.
        quiet = book.is_quiet(where, context.services.clock())
        try:
            await send_text(context.bot, where, text, silent=quiet)
        except TelegramError as error:
            log.warning("an admin could not be told", error=type(error).__name__)
        else:
            told = True
    return told


async def _tell_of_corrections(
    context: PautaContext, desk: CorrectionDesk, offload: Offload, now: datetime
) -> None:
    """Each chat that is still let in, once: what may have arrived is not sent again."""
    hears, book = partial(is_served, context.services), context.services.chat_settings
    quiet = partial(book.is_quiet, now=now)
    for given in await offload.ingest(desk.due, now, hears, quiet):
        text = given.text(book.of(given.where).language, book.zone(given.where))
        try:
            await send_text(context.bot, given.where, text)
        except ChatMigrated as moved:
            await context.services.people.move_chat(given.where.chat_id, moved.new_chat_id)
            continue
        except TelegramError as error:
            log.warning("a chat was not told of a correction", error=type(error).__name__)
            if isinstance(error, RetryAfter) or never_left(error):
                continue
        await offload.ingest(desk.told, given, now)
