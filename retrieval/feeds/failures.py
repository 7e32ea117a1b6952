"""Why a fetch failed: every expected error and status in words, and whether it may pass."""

from __future__ import annotations

import ssl
from http import HTTPStatus

import httpcore
import httpx

from retrieval.feeds.body import BodyError
from retrieval.feeds.guard import NameNotFoundError, PrivateAddressError
from retrieval.feeds.results import Failed
from retrieval.feeds.transport import DeadlineError

NO_ADDRESS = "this is not a valid web address"

PASSING_STATUSES = frozenset(
    {
        *(408, 425, 429, 500, 502, 503, 504),
        *(509, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530),  # hosting and proxy services
    }
)
"""The server's own trouble, or too many requests. All other statuses are about the address
and the request: the same request is not expected to succeed later."""


EXPECTED_ERRORS = (
    PrivateAddressError,
    NameNotFoundError,
    BodyError,
    DeadlineError,
    httpx.InvalidURL,
    httpx.HTTPError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    UnicodeError,
    OSError,
)


def failure(url: str, error: Exception, status: int | None = None) -> Failed:
    """Of one of EXPECTED_ERRORS; `status` if an answer had begun."""
    reason, retryable = _explained(error)
    unreachable = retryable and not isinstance(error, BodyError)
    return Failed(url, reason, retryable, status, unreachable=unreachable)


def told(status: int) -> str:
    """A status in words: `the server answered 404 (not found)`."""
    try:
        phrase = f" ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        phrase = ""
    return f"the server answered {status}{phrase}"


def _explained(error: Exception) -> tuple[str, bool]:
    """The reason in words, and whether it may pass."""
    match error:
        case PrivateAddressError():
            return str(error), False
        case BodyError():
            return str(error), error.retryable
        case NameNotFoundError():
            return f"no address was found for {error}", True
        case httpx.InvalidURL() | UnicodeError():
            return NO_ADDRESS, False
        case DeadlineError() | httpx.TimeoutException() | httpcore.TimeoutException():
            return "the server took too long to answer", True
        case httpx.ProtocolError() | httpcore.ProtocolError():
            return "the server broke off or answered with something that is not HTTP", True
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "no secure connection could be made (TLS failed)", True
        if isinstance(cause, ConnectionRefusedError):
            return "the server refused the connection", True
        cause = cause.__cause__ or cause.__context__
    return "the server could not be reached", True
