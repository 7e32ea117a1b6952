"""The log: one line per event, to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from pydantic import SecretStr
from structlog.typing import Processor

from bot.redaction import keep_secret, redacted
from bot.settings import Settings
from bot.settings_reading import load_settings, old_names


def read_settings() -> Settings:
    """The settings, with the log set to their level and format. Raises SettingsError."""
    settings = load_settings()
    configure_for(settings)
    for line in old_names():
        structlog.get_logger(__name__).warning(line)
    return settings


def configure_for(settings: Settings) -> None:
    """As the settings say; none of their secrets is logged from now on."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            secret = value.get_secret_value()
            keep_secret(secret)
            if name == "telegram_bot_token":
                keep_secret(secret.partition(":")[2])
    configure(level=settings.log_level, json=settings.log_format == "json")


def configure(stream: TextIO = sys.stderr, level: str = "warning", *, json: bool = False) -> None:
    """One line per event, from Pauta and from the libraries; with `json`, one object a line."""
    number = logging.getLevelNamesMapping()[level.upper()]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _without_keys,
    ]
    if json:
        shown: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    else:
        shown = structlog.dev.ConsoleRenderer(colors=stream.isatty())
    structlog.configure(
        processors=[*before, shown],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shown],
        )
        if json
        else logging.Formatter("%(asctime)s [%(levelname)s] %(name)s: %(message)s")
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def _without_keys(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {
        key: redacted(value) if isinstance(value, str) else value for key, value in event.items()
    }
