"""What a bot with other replicas beside it does every second: shows that it is alive, takes over
from one that is not, hears what the others did, and takes its share of Telegram's limits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.context import ASKED_KEY, SERVICES_KEY, STREAMS_KEY, Services
from bot.conversation_key import ConversationKey
from bot.handlers import PautaApplication, links
from bot.handlers.arrivals import Arrivals
from bot.handlers.rate_limits import MessagesFirst
from bot.handlers.secrecy import describe
from bot.handlers.stopping import STOP_NOTE, Streams
from bot.handlers.streaming import tidy_up
from bot.replica import Pulse, Replica

log = structlog.get_logger(__name__)

LOOK_EVERY = 1.0
"""Seconds."""
POLLING_AGAIN = 1.0
"""Seconds between two attempts to be the one that fetches updates."""


def with_replicas(application: PautaApplication, replica: Replica) -> None:
    """What others write and tell is heard, once `keep_looking` runs."""
    _listen(application, replica)
    _stay_fresh(application.bot_data[SERVICES_KEY], replica)


async def keep_looking(application: PautaApplication, replica: Replica) -> None:
    """Every second or so, until it is cancelled: when the last answer is finished."""
    token = application.bot.token
    while True:
        await asyncio.sleep(LOOK_EVERY)
        try:
            await _look_once(application, replica)
        except SQLAlchemyError as error:
            log.warning("the other replicas cannot be seen", cause=type(error).__name__)
        # The boundary of a task that nobody awaits: if it ended, this replica would look dead.
        except Exception as error:  # noqa: BLE001
            log.error("a look at the other replicas failed", cause=describe(error, token))  # noqa: TRY400 - with the traceback, without the token


async def _look_once(application: PautaApplication, replica: Replica) -> None:
    services: Services = application.bot_data[SERVICES_KEY]
    pulse, heard = await services.outbox.offload.tend(_look, replica)
    limits = application.bot.rate_limiter
    if isinstance(limits, MessagesFirst):
        limits.share(pulse.alive)
    for call in heard:
        call()
    if pulse.has_taken_over:
        await take_up(application)
    await services.updates.note_again()


async def join(application: PautaApplication, replica: Replica) -> None:
    """Be one of them, before anything is taken up. Raises SQLAlchemyError."""
    services: Services = application.bot_data[SERVICES_KEY]
    await services.outbox.offload.tend(replica.look)


async def leave(application: PautaApplication, replica: Replica) -> None:
    """What is left is the others' at once."""
    services: Services = application.bot_data[SERVICES_KEY]
    try:
        await services.outbox.offload.tend(replica.leave)
    except SQLAlchemyError as error:
        log.warning("the others learn late that this one is gone", cause=type(error).__name__)


async def take_up(application: PautaApplication) -> None:
    """Go on with what this replica has taken over."""
    services: Services = application.bot_data[SERVICES_KEY]
    arrivals = application.update_queue
    assert isinstance(arrivals, Arrivals)  # noqa: S101 - build_application always makes one
    left = await services.answers.unfinished()
    left = await arrivals.take_up(application.bot, left)
    await tidy_up(application.bot, services.answers, left)


async def only_poller(application: PautaApplication, replica: Replica) -> bool:
    """Whether this is the one that fetches updates; of one that died, its lease is waited for."""
    services: Services = application.bot_data[SERVICES_KEY]
    offload, loop = services.outbox.offload, asyncio.get_running_loop()
    until = loop.time() + replica.alive_for.total_seconds() + 2 * POLLING_AGAIN
    while not await offload.tend(replica.may_poll):
        if loop.time() > until:
            return False
        log.warning("another process fetches this bot's messages: waiting whether it is alive")
        await asyncio.sleep(POLLING_AGAIN)
    return True


async def goes_on_polling(application: PautaApplication, replica: Replica) -> None:
    """Returns once another process fetches the updates."""
    services: Services = application.bot_data[SERVICES_KEY]
    while True:
        await asyncio.sleep(replica.alive_for.total_seconds() / 4)
        try:
            if not await services.outbox.offload.tend(replica.may_poll):
                return
        except SQLAlchemyError as error:
            log.warning("who fetches updates cannot be told", cause=type(error).__name__)


def _look(replica: Replica) -> tuple[Pulse, list[Callable[[], None]]]:
    pulse = replica.look()
    replica.notes.send()
    return pulse, replica.notes.read()


def _listen(application: PautaApplication, replica: Replica) -> None:
    streams = application.bot_data[STREAMS_KEY]
    assert isinstance(streams, Streams)  # noqa: S101 - narrows the untyped bot_data
    replica.notes.when_heard(STOP_NOTE, streams.hear)
    services: Services = application.bot_data[SERVICES_KEY]

    def address(where: ConversationKey, _person: int, said: dict[str, Any]) -> None:
        links.hear(application.chat_data[where.chat_id], services.clock(), said)

    replica.notes.when_heard(links.ADDRESS_NOTE, address)
    for name, asked in application.bot_data[ASKED_KEY].items():
        kind = f"asked {name}"
        asked.tell = partial(replica.notes.tell_soon, kind)
        replica.notes.when_heard(kind, asked.hear)


def _stay_fresh(services: Services, replica: Replica) -> None:
    """What is asked with every update is held in memory: who is let in, what was chosen."""
    replica.when_changed("people", services.people.reload)
    replica.when_changed("groups", services.people.reload)
    replica.when_changed("settings", services.chat_settings.reload)
    replica.when_changed("follows", services.follows.forget_index)
    replica.when_changed("gone", services.outbox.gone.refresh)
