"""What HTTP says about time: validators, freshness, when to come back.  (pure)

After RFC 9110 (ETag, Last-Modified, Retry-After) and RFC 9111 (Cache-Control, Age, Expires).
A server whose validators lie (the same ETag for changing content, or 304 for ever) cannot be
found out from one answer: who stores validators should ask without them now and then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_ETAG = 500
LONGEST_DATE = 100
LONGEST_WAIT = timedelta(days=7)
"""More than this no Retry-After is believed."""
LONGEST_FRESH = timedelta(days=365)

_PRINTABLE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_SECONDS = re.compile(r"[0-9]{1,18}")
_DIRECTIVE = re.compile(r'([a-z-]{1,40})(?:="?([0-9]{1,18})"?)?(?:="[^"]*"|=[^,\s]*)?', re.I)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to recognise a version by, word for word; weak ETags stay weak."""

    etag: str | None = None
    last_modified: str | None = None

    def __bool__(self) -> bool:
        return bool(self.etag or self.last_modified)

    def headers(self) -> dict[str, str]:
        """The conditions of a request. A value that cannot stand in a header is left out."""
        etag = _header_value(self.etag, LONGEST_ETAG)
        last_modified = _header_value(self.last_modified, LONGEST_DATE)
        found = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        return {name: value for name, value in found.items() if value}


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class CacheHints:
    """How long the server says its answer stays fresh; None where it says nothing."""

    max_age: timedelta | None = None
    """From the origin server's answer on; 0 for `no-cache` and `no-store`. At most a year."""
    expires: datetime | None = None
    """In UTC and by the reader's own clock; at most a year away."""
    age: timedelta = timedelta(0)
    """What the answer spent in caches on its way."""

    def fresh_for(self, now: datetime) -> timedelta | None:
        """From `now`, the moment of the answer; never negative. `max_age` precedes `expires`."""
        if self.max_age is not None:
            return max(self.max_age - self.age, timedelta(0))
        return max(self.expires - now, timedelta(0)) if self.expires else None


NO_HINTS = CacheHints()


def validators_of(headers: Mapping[str, str]) -> Validators:
    """Of a response; what is too long, or has control or non-ASCII characters, is not kept."""
    return Validators(
        _header_value(headers.get("etag"), LONGEST_ETAG),
        _header_value(headers.get("last-modified"), LONGEST_DATE),
    )


def cache_hints(headers: Mapping[str, str], now: datetime) -> CacheHints:
    """Of a response that arrived at `now`. `Expires` is read against the server's own `Date`.

    An `Expires` that is no date (`0` is common) means: has expired.
    """
    expires = None
    if "expires" in headers:
        claimed = http_date(headers["expires"]) or now
        sent = http_date(headers.get("date")) or now
        expires = now + min(max(claimed - sent, timedelta(0)), LONGEST_FRESH)
    age = _seconds(headers.get("age"), LONGEST_FRESH) or timedelta(0)
    return CacheHints(_max_age(headers.get("cache-control", "")), expires, age)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or an HTTP date, as a wait from `now` between 0 and 7 days; None for neither."""
    wait = _seconds(value, LONGEST_WAIT)
    if wait is not None:
        return wait
    moment = http_date(value)
    return min(max(moment - now, timedelta(0)), LONGEST_WAIT) if moment else None


def http_date(value: str | None) -> datetime | None:
    """A date as HTTP writes it, in UTC; None for what is not one."""
    if not value or len(value) > LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _max_age(cache_control: str) -> timedelta | None:
    max_age = None
    for match in _DIRECTIVE.finditer(cache_control[:1_000]):
        name = match.group(1).lower()
        if name in ("no-cache", "no-store"):
            return timedelta(0)
        if name == "max-age" and max_age is None:
            max_age = _seconds(match.group(2), LONGEST_FRESH)
    return max_age


def _seconds(value: str | None, most: timedelta) -> timedelta | None:
    value = (value or "")[:LONGEST_DATE].strip()
    if not _SECONDS.fullmatch(value):
        return None
    return timedelta(seconds=min(int(value), int(most.total_seconds())))


def _header_value(value: str | None, longest: int) -> str | None:
    if not value or len(value) > longest or not _PRINTABLE.fullmatch(value):
        return None
    return value
