"""Where Telegram's messages arrive when it sends them itself: a small HTTP server of one path.

Whoever does not know the path and the secret gets a number and nothing else. An update is
acknowledged once it is written down; until then Telegram sends it again.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog
from telegram import Bot, Update
from telegram.error import BadRequest, NetworkError
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

from bot.handlers.arrivals import Arrivals
from bot.settings import Settings, variable_name
from bot.webhook_address import SECRET, split_listen, webhook_path
from retrieval.errors import RetrievalError

log = structlog.get_logger(__name__)

LARGEST_BODY = 1_000_000
"""Bytes; an update is a few thousand."""
LARGEST_HEADERS = 16_384
BODY_SECONDS = 10.0
IDLE_SECONDS = 75.0
ROOM_SECONDS = 5.0
"""How long a message waits for room; then Telegram is asked to send it later."""
CLOSING_SECONDS = 2.0
"""For what is being taken when the server closes."""
RETRY_SECONDS = 1.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, not a secret
SECRET_FILE = "webhook-secret"  # noqa: S105 - the same


class WebhookStartError(RetrievalError):
    """Telegram's messages cannot arrive here; the message says what to do."""


class Webhook:
    """The server, and what Telegram is told of it."""

    def __init__(self, bot: Bot, arrivals: Arrivals, settings: Settings) -> None:
        self.bot, self.arrivals = bot, arrivals
        self.busy = 0
        self.secret = ""
        self._settings = settings
        self._server: HTTPServer | None = None

    def open(self) -> None:
        """Raises WebhookStartError."""
        self.secret = webhook_secret(self._settings)
        path = webhook_path(self._settings.webhook_url)
        app = Application(
            [(f"{path.replace('.', '[.]')}", _Receiver, {"webhook": self})],
            default_handler_class=_Nobody,
            log_function=lambda _handler: None,
        )
        self._server = HTTPServer(
            app,
            ssl_options=_own_certificate(self._settings),
            max_body_size=LARGEST_BODY,
            max_buffer_size=2 * LARGEST_BODY,
            max_header_size=LARGEST_HEADERS,
            body_timeout=BODY_SECONDS,
            idle_connection_timeout=IDLE_SECONDS,
        )
        host, port = split_listen(self._settings.webhook_listen)
        try:
            self._server.listen(port, host)
        except OSError as error:
            raise WebhookStartError(
                f"{self._settings.webhook_listen} cannot be listened at ({error.strerror}): "
                "another program may have the port, or it may be for the system's "
                f"administrator alone. Set {variable_name('webhook_listen')} to a free one."
            ) from None

    async def announce(self, allowed_updates: Sequence[str], *, retries: int) -> None:
        """Tell Telegram where to send. Raises WebhookStartError, or TelegramError."""
        certificate = self._settings.webhook_cert
        for left in range(retries, -1, -1):
            try:
                await self.bot.set_webhook(
                    self._settings.webhook_url,
                    certificate=certificate.read_bytes() if certificate else None,
                    allowed_updates=allowed_updates,
                    secret_token=self.secret,
                )
            except BadRequest as error:
                raise WebhookStartError(
                    f"Telegram refuses the address in {variable_name('webhook_url')} "
                    f"({error.message}): it must be one that the whole internet reaches by https."
                ) from None
            except NetworkError:
                if not left:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def close(self) -> None:
        """Take nothing more; what is being taken is taken."""
        if self._server is None:
            return
        self._server.stop()
        for _ in range(int(CLOSING_SECONDS / 0.02)):
            if not self.busy:
                break
            await asyncio.sleep(0.02)
        await self._server.close_all_connections()
        self._server = None


class _Plain(RequestHandler):
    """Answers with a number alone, and says nothing of what runs here."""

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.clear_header("Content-Type")

    def write_error(self, status_code: int, **_kwargs: Any) -> None:
        self.finish()

    def log_exception(self, *_error: Any) -> None:
        log.debug("a request to the webhook was refused", status=self.get_status())

    def data_received(self, chunk: bytes) -> None:
        pass


@stream_request_body
class _Nobody(_Plain):
    """Every path but one; what is sent there is not even read."""

    def prepare(self) -> None:
        raise HTTPError(404)


@stream_request_body
class _Receiver(_Plain):
    def initialize(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._body = bytearray()

    def prepare(self) -> None:
        if self.request.method != "POST":
            raise HTTPError(405)
        shown = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(shown.encode(), self._webhook.secret.encode()):
            raise HTTPError(403)

    def data_received(self, chunk: bytes) -> None:
        self._body += chunk

    async def post(self) -> None:
        self._webhook.busy += 1
        try:
            await self._take()
        finally:
            self._webhook.busy -= 1

    async def _take(self) -> None:
        sent = _update_in(bytes(self._body))
        if sent is None:
            raise HTTPError(400)
        if not await self._webhook.arrivals.has_room(ROOM_SECONDS):
            raise HTTPError(503)
        try:
            update = Update.de_json(sent, self._webhook.bot)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            # Acknowledged all the same: sent again for a day, it would be no better.
            log.warning("an update could not be read", cause=type(error).__name__)
            return
        await self._webhook.arrivals.put(update)


def _update_in(body: bytes) -> dict[str, Any] | None:
    """The JSON of an update; None for anything else."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return None
    number = sent.get("update_id") if isinstance(sent, dict) else None
    is_one = isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63
    return sent if is_one else None


def webhook_secret(settings: Settings) -> str:
    """The secret that is set, or else one made at the first start and kept in the home folder.
    Several replicas, which share a database and no folder, reckon the same from the bot's token.

    Raises WebhookStartError when it can be neither read nor kept.
    """
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    if settings.database_url is not None and settings.telegram_bot_token is not None:
        token = settings.telegram_bot_token.get_secret_value().strip()
        return hmac.new(token.encode(), b"the webhook's secret", "sha256").hexdigest()
    file = settings.home / SECRET_FILE
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            kept = file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            kept = ""
        if SECRET.fullmatch(kept):
            file.chmod(0o600)
            return kept
        made = secrets.token_urlsafe(32)
        _write_privately(file, made)
    except (OSError, UnicodeDecodeError) as error:
        raise WebhookStartError(
            f"{file} can be neither read nor written ({type(error).__name__}): give this user "
            f"the right to, or set {variable_name('webhook_secret')}."
        ) from None
    return made


def _write_privately(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:  # noqa: PTH123
        out.write(text)


def _own_certificate(settings: Settings) -> ssl.SSLContext | None:
    """None where a proxy does the TLS."""
    cert, key = settings.webhook_cert, settings.webhook_key
    if cert is None or key is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key, password="")
    except (OSError, ssl.SSLError) as error:
        raise WebhookStartError(
            f"{cert} and {key} are no certificate and key that can be used "
            f"({type(error).__name__}): both must be readable PEM files that belong together, "
            f"the key without a password. See {variable_name('webhook_cert')} and "
            f"{variable_name('webhook_key')}."
        ) from None
    return context
