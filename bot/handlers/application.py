"""The Telegram side as a whole: built from the services, run until told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    Update,
)
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ContextTypes
from telegram.request import BaseRequest, HTTPXRequest

from bot import texts
from bot.context import ERRANDS_KEY, SERVICES_KEY, STREAMS_KEY, PautaContext, Services
from bot.handlers import PautaApplication, register
from bot.handlers.errands import Errands
from bot.handlers.errors import PollingErrors
from bot.handlers.ordering import ChatOrder
from bot.handlers.rate_limits import MessagesFirst
from bot.handlers.secrecy import guard_library_loggers, scrub
from bot.handlers.sending import cosmetic
from bot.handlers.start import ADMIN_COMMANDS, COMMANDS, GROUP_COMMANDS
from bot.handlers.stopping import Streams
from bot.handlers.streaming import tidy_up
from bot.redaction import redacted, shown_address
from bot.settings import TOKEN_VARIABLE, variable_name
from retrieval.errors import RetrievalError

log = structlog.get_logger(__name__)

ALLOWED_UPDATES = (
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
)
LONG_POLL_SECONDS = 30
BOOTSTRAP_RETRIES = 2
FINISH_SECONDS = 20.0
"""How long answers in progress may take once told to stop."""
ERRAND_SECONDS = 5.0
"""How long what people have set going beside their chats may then still take."""
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
    url = services.settings.telegram_api_url
    application = (
        Application.builder()
        .token(token)
        .base_url(lambda token: f"{url}/bot{token}")
        .base_file_url(lambda token: f"{url}/file/bot{token}")
        .request(
            request
            or HTTPXRequest(read_timeout=20, write_timeout=20, connect_timeout=10, pool_timeout=10)
        )
        .get_updates_request(
            get_updates_request
            or HTTPXRequest(connection_pool_size=2, connect_timeout=10, pool_timeout=10)
        )
        .rate_limiter(MessagesFirst())
        .context_types(ContextTypes(context=PautaContext))
        .concurrent_updates(ChatOrder())
        .build()
    )
    application.bot_data[SERVICES_KEY] = services
    application.bot_data[ERRANDS_KEY] = Errands()
    application.bot_data[STREAMS_KEY] = Streams()
    register(application)
    return application


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
    answers = application.bot_data[SERVICES_KEY].answers
    try:
        await _start(application)
        # Before any of this run's own can be among them.
        left = await answers.unfinished()
        polling = _polling_tasks()
        await updater.start_polling(
            timeout=LONG_POLL_SECONDS,
            bootstrap_retries=BOOTSTRAP_RETRIES,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=PollingErrors(application.bot.token),
        )
    except TelegramError as error:
        await _shut_down(application)
        raise _start_error(error, application) from None
    except BaseException:
        await _shut_down(application)
        raise
    menu = asyncio.create_task(_set_menu(application), name="command menu")
    tidying = asyncio.create_task(tidy_up(application.bot, answers, left), name="tidying")
    on_live(application.bot.username)
    try:
        await _until(stop, _polling_tasks() - polling)
    finally:
        menu.cancel()
        tidying.cancel()
        await _shut_down(application)


async def _start(application: PautaApplication) -> None:
    await application.initialize()
    await application.start()


async def _until(stop: asyncio.Event, polling: Iterable[asyncio.Task[object]]) -> None:
    """Until told to stop, or until polling died: it ends by itself only for a bad token."""
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopped, *polling}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    if not stop.is_set():
        raise TelegramStartError(
            "Telegram stopped accepting the bot token: it was revoked or replaced. Set "
            f"{TOKEN_VARIABLE} to the current one from @BotFather and start Pauta again."
        )


def _polling_tasks() -> set[asyncio.Task[object]]:
    return {task for task in asyncio.all_tasks() if task.get_name() == _POLLING_TASK}


async def _shut_down(application: PautaApplication) -> None:
    """Stop fetching, finish what was fetched within FINISH_SECONDS, close connections."""
    updater, order = application.updater, application.update_processor
    if updater is not None and updater.running:
        # Raises what ended polling early; that has been reported already.
        with suppress(TelegramError):
            await updater.stop()
    if application.running:
        try:
            await asyncio.wait_for(application.update_queue.join(), FINISH_SECONDS)
        except TimeoutError:
            given_up = order.give_up() if isinstance(order, ChatOrder) else 0
            log.warning("stopped before every answer was finished", unanswered=given_up)
        await application.bot_data[ERRANDS_KEY].finish(ERRAND_SECONDS)
        await application.stop()
    await application.shutdown()
    # When initialising failed, the above has left the connections open.
    await application.bot.shutdown()


async def _set_menu(application: PautaApplication) -> None:
    """What each kind of chat is offered; an administrator's is set once they have started us."""
    bot, admins = application.bot, application.bot_data[SERVICES_KEY].settings.admins
    menus: list[tuple[BotCommandScope, tuple[str, ...]]] = [
        (BotCommandScopeDefault(), COMMANDS),
        (BotCommandScopeAllGroupChats(), GROUP_COMMANDS),
        *((BotCommandScopeChat(admin), ADMIN_COMMANDS) for admin in sorted(admins)),
    ]
    for scope, names in menus:
        for language in texts.LANGUAGES:
            commands = [BotCommand(name, texts.say(language, f"command_{name}")) for name in names]
            code = None if language == texts.DEFAULT_LANGUAGE else language
            call = bot.set_my_commands(commands, scope=scope, language_code=code)
            await cosmetic("command menu", call)


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
