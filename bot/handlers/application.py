"""The Telegram side as a whole: built from the services, run until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial

import structlog
from telegram import (
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
    Update,
)
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ContextTypes
from telegram.request import BaseRequest

from bot.context import (
    DELIVERER_KEY,
    ERRANDS_KEY,
    SERVICES_KEY,
    STREAMS_KEY,
    PautaBot,
    PautaContext,
    Services,
)
from bot.conversation_key import ConversationKey
from bot.delivery import Deliverer
from bot.fair_use import FairUse
from bot.handlers import PautaApplication, register
from bot.handlers.access import is_served
from bot.handlers.arrivals import Arrivals
from bot.handlers.errands import Errands
from bot.handlers.errors import PollingErrors
from bot.handlers.manners import FAIR_USE_KEY
from bot.handlers.menus import commands_of, language_codes, set_menu_of
from bot.handlers.ordering import ChatOrder
from bot.handlers.rate_limits import MessagesFirst
from bot.handlers.replica_care import (
    goes_on_polling,
    join,
    keep_looking,
    leave,
    only_poller,
    with_replicas,
)
from bot.handlers.secrecy import guard_library_loggers, scrub
from bot.handlers.sending import cosmetic
from bot.handlers.start import COMMANDS, GROUP_COMMANDS
from bot.handlers.stopping import Streams
from bot.handlers.streaming import tidy_up
from bot.handlers.watching import REACH_KEY, Reach, WatchedRequest
from bot.handlers.webhook import Webhook
from bot.redaction import redacted, shown_address
from bot.sender import Chats
from bot.settings import TOKEN_VARIABLE, Settings, variable_name
from retrieval.errors import RetrievalError

log = structlog.get_logger(__name__)

ALLOWED_UPDATES = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.GUEST_MESSAGE,
    Update.MY_CHAT_MEMBER,
)
LONG_POLL_SECONDS = 30
BOOTSTRAP_RETRIES = 2
FINISH_SECONDS = 20.0
"""How long answers in progress may take once told to stop."""
ERRAND_SECONDS = 5.0
"""How long what people have set going beside their chats may then still take."""
DELIVERY_SECONDS = 10.0
"""How long what a delivery has on its way may then take."""
_TAKEN_TASK = "still the only one that polls"
_POLLING_TASK = "Updater:start_polling:polling_task"


class TelegramStartError(RetrievalError):
    """Telegram refuses the token, or cannot be reached; the message says what to do."""


def build_application(
    services: Services,
    *,
    request: BaseRequest | None = None,
    get_updates_request: BaseRequest | None = None,
) -> PautaApplication:
    """An application with every handler, not yet started.

    Raises TelegramStartError when there is no token, or none that could be one.
    """
    secret = services.settings.telegram_bot_token
    token = secret.get_secret_value().strip() if secret else ""
    if not token or not token.isascii() or not token.isprintable() or " " in token or "/" in token:
        raise TelegramStartError(
            f"{TOKEN_VARIABLE} is not a bot token: ask @BotFather for one and set it."
        )
    guard_library_loggers(token)
    reach = Reach()
    url, arrivals = services.settings.telegram_api_url, Arrivals(services)
    application = (
        Application.builder()
        .token(token)
        .base_url(lambda token: f"{url}/bot{token}")
        .base_file_url(lambda token: f"{url}/file/bot{token}")
        .request(
            request
            or WatchedRequest(
                reach, read_timeout=20, write_timeout=20, connect_timeout=10, pool_timeout=10
            )
        )
        .get_updates_request(
            get_updates_request
            or WatchedRequest(reach, connection_pool_size=2, connect_timeout=10, pool_timeout=10)
        )
        .rate_limiter(limits := MessagesFirst())
        .context_types(ContextTypes(context=PautaContext))
        .concurrent_updates(ChatOrder(arrivals))
        .update_queue(arrivals)
        .build()
    )
    application.bot_data[SERVICES_KEY] = services
    application.bot_data[REACH_KEY] = reach
    application.bot_data[ERRANDS_KEY] = Errands()
    application.bot_data[STREAMS_KEY] = Streams()
    application.bot_data[FAIR_USE_KEY] = FairUse()
    application.bot_data[DELIVERER_KEY] = _deliverer(application.bot, services, limits)
    register(application)
    if services.replica is not None:
        with_replicas(application, services.replica)
    return application


def _deliverer(bot: PautaBot, services: Services, limits: MessagesFirst) -> Deliverer:
    chats = Chats(
        gone=services.outbox.gone,
        hears=partial(is_served, services),
        zone=services.chat_settings.zone,
        move=services.people.move_chat,
    )
    return Deliverer(bot, services.outbox, chats, services.clock, limits.pace)


async def run(
    application: PautaApplication,
    stop: asyncio.Event,
    on_live: Callable[[str], None] = lambda _username: None,
) -> None:
    """`run_polling`, or `run_webhook` where an address for it is set."""
    by_webhook = application.bot_data[SERVICES_KEY].settings.webhook_url
    await (run_webhook if by_webhook else run_polling)(application, stop, on_live)


async def run_webhook(
    application: PautaApplication,
    stop: asyncio.Event,
    on_live: Callable[[str], None] = lambda _username: None,
) -> None:
    """As `run_polling`, of messages that Telegram sends to this machine. The webhook stays set
    when it ends: Telegram keeps what comes meanwhile.

    Raises WebhookStartError when they cannot arrive here, TelegramStartError as `run_polling`.
    """
    webhook = Webhook(application.bot, _arrivals(application), _settings(application))

    async def come_in() -> set[asyncio.Task[object]]:
        webhook.open()
        await webhook.announce(ALLOWED_UPDATES, retries=BOOTSTRAP_RETRIES)
        return set()

    await _run(application, stop, on_live, come_in, webhook.close)


async def run_polling(
    application: PautaApplication,
    stop: asyncio.Event,
    on_live: Callable[[str], None] = lambda _username: None,
) -> None:
    """Answer people until `stop` is set; then finish the answers in progress.

    `on_live` is told the bot's user name once it is connected.

    Raises TelegramStartError when Telegram cannot be reached at the start, or refuses
    the token then or later.
    """
    updater = application.updater
    assert updater is not None  # noqa: S101 - build_application always makes one

    replica = application.bot_data[SERVICES_KEY].replica
    ended: list[asyncio.Task[None]] = []

    async def come_in() -> set[asyncio.Task[object]]:
        if replica is not None and not await only_poller(application, replica):
            raise TelegramStartError(
                "Another process fetches this bot's messages, and only one may: stop it, or set "
                f"{variable_name('webhook_url')} for all of them, so that Telegram sends messages "
                "to whichever is free."
            )
        before = _polling_tasks()
        await updater.start_polling(
            timeout=LONG_POLL_SECONDS,
            bootstrap_retries=BOOTSTRAP_RETRIES,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=PollingErrors(application.bot.token),
        )
        fetching: set[asyncio.Task[object]] = _polling_tasks() - before
        if replica is not None:
            ended.append(
                asyncio.create_task(goes_on_polling(application, replica), name=_TAKEN_TASK)
            )
        return fetching | set(ended)

    async def stay_out() -> None:
        for task in ended:
            task.cancel()
        if updater.running:
            # Raises what ended polling early; that has been reported already.
            with suppress(TelegramError):
                await updater.stop()

    await _run(application, stop, on_live, come_in, stay_out)


async def _run(
    application: PautaApplication,
    stop: asyncio.Event,
    on_live: Callable[[str], None],
    come_in: Callable[[], Awaitable[set[asyncio.Task[object]]]],
    stay_out: Callable[[], Awaitable[None]],
) -> None:
    """`come_in` lets updates in, and returns the tasks whose end ends the run."""
    answers, replica = (services := application.bot_data[SERVICES_KEY]).answers, services.replica
    looking: list[asyncio.Task[None]] = []
    try:
        if replica is not None:
            await join(application, replica)
        await _start(application)
        # Before any of this run's own can be among them.
        left = await answers.unfinished()
        left = await _arrivals(application).take_up(application.bot, left)
        if replica is not None:
            looking.append(asyncio.create_task(keep_looking(application, replica)))
        fetching = await come_in()
    except TelegramError as error:
        await _shut_down(application, stay_out, looking)
        raise _start_error(error, application) from None
    except BaseException:
        await _shut_down(application, stay_out, looking)
        raise
    menu = asyncio.create_task(_set_menu(application), name="command menu")
    tidying = asyncio.create_task(tidy_up(application.bot, answers, left), name="tidying")
    on_live(application.bot.username)
    try:
        await _until(stop, fetching)
    finally:
        menu.cancel()
        tidying.cancel()
        await _shut_down(application, stay_out, looking)


def _settings(application: PautaApplication) -> Settings:
    services = application.bot_data[SERVICES_KEY]
    assert isinstance(services, Services)  # noqa: S101 - narrows the untyped bot_data
    return services.settings


def _arrivals(application: PautaApplication) -> Arrivals:
    queue = application.update_queue
    assert isinstance(queue, Arrivals)  # noqa: S101 - build_application always makes one
    return queue


async def _start(application: PautaApplication) -> None:
    await application.initialize()
    await application.start()


async def _until(stop: asyncio.Event, polling: Iterable[asyncio.Task[object]]) -> None:
    """Until told to stop, or until polling died: it ends by itself only for a bad token."""
    stopped = asyncio.create_task(stop.wait())
    try:
        done, _ = await asyncio.wait({stopped, *polling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    if not stop.is_set() and any(task.get_name() == _TAKEN_TASK for task in done):
        raise TelegramStartError(
            "Another process fetches this bot's messages now: this one was away for too long."
        )
    if not stop.is_set():
        raise TelegramStartError(
            "Telegram stopped accepting the bot token: it was revoked or replaced. Set "
            f"{TOKEN_VARIABLE} to the current one from @BotFather and start Pauta again."
        )


def _polling_tasks() -> set[asyncio.Task[object]]:
    return {task for task in asyncio.all_tasks() if task.get_name() == _POLLING_TASK}


async def _shut_down(
    application: PautaApplication,
    stay_out: Callable[[], Awaitable[None]],
    looking: Iterable[asyncio.Task[None]],
) -> None:
    """Let nothing more in, finish what came within FINISH_SECONDS, close connections."""
    order = application.update_processor
    deliverer: Deliverer = application.bot_data[DELIVERER_KEY]
    deliverer.stop()
    await stay_out()
    if application.running:
        try:
            await asyncio.wait_for(application.update_queue.join(), FINISH_SECONDS)
        except TimeoutError:
            given_up = order.give_up() if isinstance(order, ChatOrder) else 0
            log.warning("stopped before every answer was finished", unanswered=given_up)
        await application.bot_data[ERRANDS_KEY].finish(ERRAND_SECONDS)
        await deliverer.finish(DELIVERY_SECONDS)
        await application.stop()
    await application.shutdown()
    # When initialising failed, the above has left the connections open.
    await application.bot.shutdown()
    for task in looking:
        task.cancel()
    if (replica := application.bot_data[SERVICES_KEY].replica) is not None:
        await leave(application, replica)


async def _set_menu(application: PautaApplication) -> None:
    """What each kind of chat is offered; an administrator's is set once they have started us."""
    bot, services = application.bot, application.bot_data[SERVICES_KEY]
    menus: list[tuple[BotCommandScope, tuple[str, ...]]] = [
        (BotCommandScopeDefault(), COMMANDS),
        (BotCommandScopeAllGroupChats(), GROUP_COMMANDS),
    ]
    for scope, names in menus:
        for language, code in language_codes():
            commands = commands_of(names, language)
            call = bot.set_my_commands(commands, scope=scope, language_code=code)
            await cosmetic("command menu", call)
    for admin in sorted(services.settings.admins):
        await set_menu_of(bot, services, ConversationKey(admin))


def _start_error(error: TelegramError, application: PautaApplication) -> TelegramStartError:
    """`error` in words for the person who starts Pauta; never with the token."""
    url = shown_address(application.bot_data[SERVICES_KEY].settings.telegram_api_url)
    if isinstance(error, InvalidToken):
        return TelegramStartError(
            f"{url} refused the bot token: check {TOKEN_VARIABLE} (@BotFather shows the current "
            f"one), and that {variable_name('telegram_api_url')} is a Telegram Bot API server."
        )
    reason = redacted(scrub(str(error), application.bot.token))
    return TelegramStartError(
        f"{url} cannot be reached ({reason}): check this machine's connection, proxy and "
        f"{variable_name('telegram_api_url')}, then start Pauta again."
    )
