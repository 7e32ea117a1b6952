"""Keeps the bot token out of the logs.

The token is part of every Bot API address: httpx prints addresses at INFO, and both
python-telegram-bot and httpx put them, or the token itself, into exceptions.
"""

from __future__ import annotations

import logging
import traceback

HIDDEN = "[token]"
_LIBRARIES = ("telegram", "httpx", "httpcore", "apscheduler")
_TALKATIVE = ("httpx", "httpcore")


def scrub(text: str, token: str) -> str:
    """`text` with the token replaced; also its secret half alone."""
    secret = token.partition(":")[2]
    for form in (token, secret):
        if len(form) >= 8:
            text = text.replace(form, HIDDEN)
    return text


def describe(error: BaseException, token: str) -> str:
    """The traceback of `error` with its causes, without the token."""
    return scrub("".join(traceback.format_exception(error)), token)


class _Scrubber(logging.Filter):
    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        scrubbed = scrub(message, self.token)
        if scrubbed != message:
            record.msg, record.args = scrubbed, ()
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            trace = "".join(traceback.format_exception(error))
            if (safe := scrub(trace, self.token)) != trace:
                record.msg, record.args = f"{record.getMessage()}\n{safe}", ()
                record.exc_info = record.exc_text = None
        return True


def guard_library_loggers(token: str) -> None:
    """Scrub what the libraries log, and silence httpx and httpcore below WARNING."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A filter holds for the very logger it is on, not for the loggers below it.
    for name in [*_LIBRARIES, *logging.root.manager.loggerDict]:
        if name.partition(".")[0] not in _LIBRARIES:
            continue
        logger = logging.getLogger(name)
        if not any(isinstance(one, _Scrubber) and one.token == token for one in logger.filters):
            logger.addFilter(_Scrubber(token))
