"""Web addresses to bytes, within limits: `Fetcher.fetch(url) -> Fetched | Failed`."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpcore
import httpx

from retrieval.feeds.body import BodyError, read_body
from retrieval.feeds.guard import (
    NameNotFoundError,
    PrivateAddressError,
    PrivateHosts,
    Resolver,
    check_host,
    resolve,
)
from retrieval.feeds.transport import DeadlineError, GuardedTransport, time_limit

MAX_BYTES = 10_000_000
"""Of a body, as sent and again as expanded."""
MAX_REDIRECTS = 5
MAX_URL = 2_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost."""

    max_bytes: int = MAX_BYTES
    connect_seconds: float = 10.0
    read_seconds: float = 15.0
    """Between two pieces of the answer."""
    total_seconds: float = 45.0
    """From the first look-up to the last byte, redirects included."""


DEFAULT_LIMITS = Limits()

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_NO_ADDRESS = "this is not a valid web address"
_HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?")
"""A name in ASCII (httpx has written other scripts in punycode), or an address."""
_ACCEPT = "text/html,application/xhtml+xml,text/markdown;q=0.9,text/plain;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A body that arrived whole."""

    url: str
    final_url: str
    """Where the redirects ended; `url` itself when there were none."""
    status: int
    content: bytes
    """Expanded."""
    content_type: str
    """Lower case, without parameters; empty when not declared."""
    charset: str | None
    """As declared in the header."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing usable arrived, and why, in words."""

    url: str
    reason: str
    retryable: bool
    """Whether the same request may well succeed later."""


class Fetcher:
    """Reads web pages. Safe to use from several threads; close it or use `with`.

    `allow_private_hosts`: host names, addresses or `host:port` exempt from the private
    network guard. `transport` replaces the network, guard of resolved addresses included.
    """

    def __init__(
        self,
        *,
        allow_private_hosts: Collection[str] = (),
        transport: httpx.BaseTransport | None = None,
        resolver: Resolver = resolve,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._allowed = PrivateHosts(allow_private_hosts)
        self._limits = limits
        self._client = httpx.Client(
            transport=transport or GuardedTransport(self._allowed, resolver),
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none are kept
            trust_env=False,  # a proxy from the environment would make the connections itself
            headers={
                "User-Agent": f"Pauta/{version('pauta')} (news archive bot)",
                "Accept": _ACCEPT,
                "Accept-Encoding": "gzip, deflate",
            },
        )

    def fetch(self, url: str) -> Fetched | Failed:
        """GET `url`, following redirects. Never raises for what the network does."""
        try:
            with time_limit(self._limits.total_seconds):
                return self._follow(url)
        except _EXPECTED as error:
            reason, retryable = _explained(error)
            return Failed(url, reason, retryable)

    def _follow(self, url: str) -> Fetched | Failed:
        current = httpx.URL(url)
        for _ in range(MAX_REDIRECTS + 1):
            problem = self._url_problem(current)
            if problem:
                return Failed(url, problem, retryable=False)
            response = self._client.send(self._client.build_request("GET", current), stream=True)
            try:
                if not response.has_redirect_location:
                    return self._received(url, response)
                current = current.join(response.headers["location"])
            finally:
                response.close()
        reason = f"the address redirects more than {MAX_REDIRECTS} times"
        return Failed(url, reason, retryable=False)

    def _url_problem(self, url: httpx.URL) -> str | None:
        """Why an address is not asked for; raises PrivateAddressError for one spelled privately."""
        if url.scheme not in ("http", "https"):
            return f"only http and https addresses are read, not {url.scheme or 'relative'} ones"
        if not url.host:
            return "the address names no host"
        if not _HOST.fullmatch(url.raw_host) or (url.port or 0) > 65_535:
            return _NO_ADDRESS
        if url.userinfo:
            return "the address contains a user name or password; remove it"
        if len(str(url)) > MAX_URL:
            return f"the address is longer than {MAX_URL} characters"
        check_host(url.host, url.port or (443 if url.scheme == "https" else 80), self._allowed)
        return None

    def _received(self, url: str, response: httpx.Response) -> Fetched | Failed:
        status = response.status_code
        if not response.is_success:
            reason = f"the server answered {status}{_phrase(status)}"
            return Failed(url, reason, retryable=status in _PASSING)
        content = read_body(response, self._limits.max_bytes)
        if not content:
            return Failed(url, "the server sent an empty page", retryable=True)
        content_type, charset = _content_type(response.headers.get("content-type", ""))
        return Fetched(url, str(response.url), status, content, content_type, charset)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _content_type(header: str) -> tuple[str, str | None]:
    """`Text/HTML; charset="UTF-8"` to (`text/html`, `UTF-8`)."""
    if not header:
        return "", None
    message = Message()
    message["content-type"] = header[:500].replace("\r", " ").replace("\n", " ")
    charset = message.get_param("charset")
    return message.get_content_type(), charset if isinstance(charset, str) else None


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        return ""


_EXPECTED = (
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
            return _NO_ADDRESS, False
        case DeadlineError() | httpx.TimeoutException() | httpcore.TimeoutException():
            return "the server took too long to answer", True
        case httpx.RemoteProtocolError() | httpcore.RemoteProtocolError():
            return "the server broke off or answered with something that is not HTTP", True
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "no secure connection could be made (TLS failed)", True
        if isinstance(cause, ConnectionRefusedError):
            return "the server refused the connection", True
        cause = cause.__cause__ or cause.__context__
    return "the server could not be reached", True
