"""The log: one line per event, to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from bot.redaction import redacted
from bot.settings import Settings, load_settings


def read_settings() -> Settings:
    """The settings, with the log set to their level. Raises SettingsError."""
    settings = load_settings()
    configure(level=settings.log_level)
    return settings


def configure(stream: TextIO = sys.stderr, level: str = "warning") -> None:
    """One line per event, from Pauta and from the libraries."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _without_keys,
            structlog.dev.ConsoleRenderer(colors=stream.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        stream=stream,
        level=max(number, logging.WARNING),
        format="%(asctime)s [%(levelname)s] %(name)s: %(message)s",
        force=True,
    )


def _without_keys(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {
        key: redacted(value) if isinstance(value, str) else value for key, value in event.items()
    }
