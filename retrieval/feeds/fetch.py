"""Web addresses to bytes, within limits: `Fetcher.fetch(url) -> Fetched | Failed`."""

from __future__ import annotations

import re
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.message import Message
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpx

from retrieval.feeds.body import discard, read_body
from retrieval.feeds.conditional import Validators, cache_hints, retry_after, validators_of
from retrieval.feeds.failures import EXPECTED_ERRORS, NO_ADDRESS, PASSING_STATUSES, failure, told
from retrieval.feeds.guard import PrivateHosts, Resolver, check_host, resolve
from retrieval.feeds.results import (
    ACCEPT_FEEDS,
    ACCEPT_PAGES,
    Failed,
    Fetched,
    Hop,
    NotModified,
    Result,
)
from retrieval.feeds.transport import GuardedTransport, time_limit
from retrieval.protocols import Clock

__all__ = [
    "ACCEPT_FEEDS",
    "ACCEPT_PAGES",
    "Failed",
    "Fetched",
    "Fetcher",
    "Hop",
    "Limits",
    "NotModified",
    "Result",
]

MAX_BYTES = 10_000_000
"""Of a body, as sent and again as expanded."""
MAX_REDIRECTS = 5
MAX_URL = 2_000
USER_AGENT = "Pauta"
"""The name robots.txt knows this robot by."""

_PERMANENT = frozenset({301, 308})
_HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?")
"""A name in ASCII (httpx has written other scripts in punycode), or an address."""


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


class Fetcher:
    """Reads web pages. Safe to use from several threads; close it or use `with`.

    `allow_private_hosts`: host names, addresses or `host:port` exempt from the private
    network guard. `transport` replaces the network, guard of resolved addresses included.
    `contact`: an e-mail or web address in ASCII that site owners can turn to.
    """

    def __init__(
        self,
        *,
        allow_private_hosts: Collection[str] = (),
        transport: httpx.BaseTransport | None = None,
        resolver: Resolver = resolve,
        limits: Limits = DEFAULT_LIMITS,
        clock: Clock = lambda: datetime.now(UTC),
        contact: str = "",
    ) -> None:
        self._allowed = PrivateHosts(allow_private_hosts)
        self._limits = limits
        self._clock = clock
        self._client = httpx.Client(
            transport=transport or GuardedTransport(self._allowed, resolver),
            timeout=httpx.Timeout(limits.read_seconds, connect=limits.connect_seconds),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none are kept
            trust_env=False,  # a proxy from the environment would make the connections itself
            headers={
                "User-Agent": user_agent(contact),
                "Accept-Encoding": "gzip, deflate",
            },
        )

    def fetch(
        self, url: str, *, accept: str = ACCEPT_PAGES, seconds: float | None = None
    ) -> Fetched | Failed:
        """GET `url`, following redirects. Never raises for what the network does.

        `seconds` is what it may take in all, where that is less than the fetcher's own limit.
        """
        total = self._limits.total_seconds
        spent = 0.0 if seconds is None else max(0.0, total - seconds)
        result = self._follow(Hop(url, url, accept=accept, spent=spent))
        if isinstance(result, NotModified):
            raise AssertionError("a 304 without validators is a failure")  # noqa: TRY004
        return result

    def fetch_if_changed(
        self, url: str, validators: Validators, *, accept: str = ACCEPT_FEEDS
    ) -> Result:
        """As `fetch`, but NotModified when the server has still what `validators` name.

        They are sent along redirects too.
        """
        return self._follow(Hop(url, url, validators, accept))

    def _follow(self, hop: Hop) -> Result:
        outcome: Hop | Result = hop
        while isinstance(outcome, Hop):
            outcome = self.step(outcome)
        return outcome

    def step(self, hop: Hop) -> Hop | Result:
        """One request: the result, or the hop after it when the answer is a redirect."""
        started = time.monotonic()
        status: int | None = None
        try:
            current, refusal = self._checked(hop)
            if refusal:
                return refusal
            with time_limit(self._limits.total_seconds - hop.spent):
                request = self._client.build_request(
                    "GET", current, headers={"Accept": hop.accept, **hop.validators.headers()}
                )
                response = self._client.send(request, stream=True)
                try:
                    status = response.status_code
                    if not response.has_redirect_location:
                        return self._received(hop, response)
                    return self._next(hop, response, time.monotonic() - started)
                finally:
                    response.close()
        except EXPECTED_ERRORS as error:
            return failure(hop.url, error, status)

    def refused(self, hop: Hop) -> Failed | None:
        """Why the hop's address would not be asked at all, if so."""
        try:
            return self._checked(hop)[1]
        except EXPECTED_ERRORS as error:
            return failure(hop.url, error)

    def _checked(self, hop: Hop) -> tuple[httpx.URL, Failed | None]:
        current = httpx.URL(hop.at)
        problem = self._url_problem(current)
        return current, Failed(hop.url, problem, retryable=False) if problem else None

    def _url_problem(self, url: httpx.URL) -> str | None:
        """Why an address is not asked for; raises PrivateAddressError for one spelled privately."""
        if url.scheme not in ("http", "https"):
            return f"only http and https addresses are read, not {url.scheme or 'relative'} ones"
        if not url.host:
            return "the address names no host"
        if not _HOST.fullmatch(url.raw_host) or (url.port or 0) > 65_535:
            return NO_ADDRESS
        if url.userinfo:
            return "the address contains a user name or password; remove it"
        if len(str(url)) > MAX_URL:
            return f"the address is longer than {MAX_URL} characters"
        check_host(url.host, url.port or (443 if url.scheme == "https" else 80), self._allowed)
        return None

    def _next(self, hop: Hop, response: httpx.Response, seconds: float) -> Hop | Failed:
        if hop.redirects == MAX_REDIRECTS:
            reason = f"the address redirects more than {MAX_REDIRECTS} times"
            return Failed(hop.url, reason, retryable=False, status=response.status_code)
        return replace(
            hop,
            at=str(response.url.join(response.headers["location"])),
            redirects=hop.redirects + 1,
            for_good=hop.for_good and response.status_code in _PERMANENT,
            spent=hop.spent + seconds,
        )

    def _received(self, hop: Hop, response: httpx.Response) -> Result:
        status, headers = response.status_code, response.headers
        now = self._clock()
        final_url = str(response.url) if hop.redirects else hop.url
        moved_to = final_url if hop.redirects and hop.for_good else None
        if status == 304 and hop.validators.headers():
            discard(response)
            kept = validators_of(headers) or hop.validators
            return NotModified(hop.url, final_url, kept, moved_to, cache_hints(headers, now))
        if not response.is_success or status == 206:
            return Failed(
                hop.url,
                told(status) + (" although no version was named" if status == 304 else ""),
                retryable=status in PASSING_STATUSES or status == 304,
                status=status,
                retry_after=retry_after(headers.get("retry-after"), now),
                gone=status == 410 and hop.for_good,
            )
        content = read_body(response, hop.max_bytes or self._limits.max_bytes)
        if not content and not hop.may_be_empty:
            return Failed(hop.url, "the server sent an empty page", retryable=True, status=status)
        content_type, charset = _content_type(headers.get("content-type", ""))
        return Fetched(
            hop.url,
            final_url,
            status,
            content,
            content_type,
            charset,
            validators_of(headers),
            moved_to,
            cache_hints(headers, now),
        )

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


def user_agent(contact: str = "") -> str:
    """What Pauta calls itself, with where its people can be reached: `+https://...` or e-mail."""
    where = f"; {'+' * contact.startswith('http')}{contact}" if contact else ""
    return f"{USER_AGENT}/{version('pauta')} (news archive bot{where})"


def _content_type(header: str) -> tuple[str, str | None]:
    """`Text/HTML; charset="UTF-8"` to (`text/html`, `UTF-8`)."""
    if not header:
        return "", None
    message = Message()
    message["content-type"] = header[:500].replace("\r", " ").replace("\n", " ")
    charset = message.get_param("charset")
    return message.get_content_type(), charset if isinstance(charset, str) else None
