"""One feed examined live, step by step: what works, what does not, and why, in words.

host         the address's name and where it leads
fetch        each redirect, the answer
feed         what the document is, what was wrong with it, how fresh it is
article      the newest entry's page, as robots.txt allows, and the text found there
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Collection, Generator, Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from retrieval.feeds.entries import NotAFeed, ParsedEntry, ParsedFeed
from retrieval.feeds.feed import Feed
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.find import find_feed
from retrieval.feeds.guard import (
    NameNotFoundError,
    PrivateAddressError,
    PrivateHosts,
    Resolver,
    check_address,
    check_host,
    parse_address,
    resolve,
    resolve_in_time,
)
from retrieval.feeds.health import explain
from retrieval.feeds.parse import parse_feed
from retrieval.feeds.politeness import PoliteFetcher, Request
from retrieval.feeds.results import ACCEPT_FEEDS, Failed, Fetched, Hop
from retrieval.feeds.taking import article_of
from retrieval.findings import Finding, Verdict, broken, ok, warning
from retrieval.models import Rejected

RESOLVE_SECONDS = 5.0
STALE = timedelta(days=30)
"""A newest entry older than this is worth a look."""
_SHORT_TEXT = 400
"""Characters; an article with less is often a teaser or a wall."""
_WRITE = "%Y-%m-%d %H:%M UTC"


def examine(
    url: str,
    fetcher: Fetcher,
    polite: PoliteFetcher,
    now: datetime,
    *,
    allow_private_hosts: Collection[str] = (),
    resolver: Resolver = resolve,
) -> Iterator[Finding]:
    """Findings in the order of the steps; ends at the first step that leads no further."""
    host = _host(url, PrivateHosts(allow_private_hosts), resolver)
    yield host
    if host.verdict is Verdict.BROKEN:
        return
    result = yield from _fetch(url, fetcher)
    if result is None:
        return
    parsed = parse_feed(result.content, result.final_url, result.content_type, now=now)
    if isinstance(parsed, NotAFeed):
        yield broken("feed", parsed.reason, _where_instead(url, fetcher, now))
        return
    yield from _feed(parsed, now)
    entry = newest(parsed)
    if entry is not None:
        yield _article(Feed("", url, parsed.title, None, now), entry, polite, now)


def newest(feed: ParsedFeed) -> ParsedEntry | None:
    """The latest entry by its date; the first one where none has any."""
    dated = [(date, entry) for entry in feed.entries if (date := _date(entry))]
    if dated:
        return max(dated, key=lambda pair: pair[0])[1]
    return feed.entries[0] if feed.entries else None


def _host(url: str, allowed: PrivateHosts, resolver: Resolver) -> Finding:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    if not host:
        return broken("host", f"{url} is not a web address", "Check its spelling.")
    try:
        check_host(host, port, allowed)
        given = parse_address(host)
        found = [str(given)] if given else resolve_in_time(resolver, host, port, RESOLVE_SECONDS)
        for address in found:
            check_address(ipaddress.ip_address(address.partition("%")[0]), host, port, allowed)
    except PrivateAddressError as error:
        return broken("host", str(error), explain(None, str(error)))
    except NameNotFoundError:
        reason = f"no address was found for {host}"
        return broken("host", reason, explain(None, reason))
    return ok("host", f"{host} is at {', '.join(found[:4])}, which may be read")


def _fetch(url: str, fetcher: Fetcher) -> Generator[Finding, None, Fetched | None]:
    started = time.monotonic()
    outcome = fetcher.step(Hop(url, url, accept=ACCEPT_FEEDS))
    while isinstance(outcome, Hop):
        how = "for good" if outcome.for_good else "for now"
        yield ok("redirect", f"{how}, to {outcome.at}")
        outcome = fetcher.step(outcome)
    seconds = time.monotonic() - started
    if not isinstance(outcome, Fetched):
        reason = outcome.reason if isinstance(outcome, Failed) else "the server sent no document"
        status = outcome.status if isinstance(outcome, Failed) else None
        yield broken("fetch", reason, explain(status, reason))
        return None
    kind = outcome.content_type or "no type named"
    size = len(outcome.content) / 1000
    yield ok("fetch", f"{outcome.status}, {kind}, {size:,.1f} kB in {seconds:.1f} s")
    return outcome


def _where_instead(url: str, fetcher: Fetcher, now: datetime) -> str:
    found = find_feed(url, fetcher, now)
    if isinstance(found, NotAFeed):
        return "No feed was found from there either; ask the outlet for its address."
    return f"Its feed is at {found.url}: add that with `pauta feeds add`."


def _feed(feed: ParsedFeed, now: datetime) -> Iterator[Finding]:
    name = f"{feed.title or 'untitled'} ({feed.kind}), {len(feed.entries):,} entries"
    if not feed.entries:
        yield warning("feed", name, "It is empty now; Pauta waits for its first entry.")
        return
    yield ok("feed", name)
    for note in feed.notes:
        yield warning("feed", note, "It is read all the same; tell the outlet.")
    entry = newest(feed)
    date = _date(entry) if entry else None
    if date is None:
        yield warning(
            "freshness", "no entry has a date", "Pauta looks for dates on the pages themselves."
        )
    elif now - date > STALE:
        yield warning(
            "freshness",
            f"the newest entry is of {date:{_WRITE}}, {(now - date).days} days ago",
            "The outlet may have moved to another feed: look on its site.",
        )
    else:
        yield ok("freshness", f"the newest entry is of {date:{_WRITE}}")


def _article(feed: Feed, entry: ParsedEntry, polite: PoliteFetcher, now: datetime) -> Finding:
    name = entry.title or entry.url or entry.key
    page: Fetched | Failed | None = None
    if entry.url:
        for _, result in polite.fetch_all([Request(entry.url, is_page=True)]):
            page = result if isinstance(result, Fetched | Failed) else None
    article = article_of(feed, entry, page, now)
    if isinstance(article, Rejected):
        return broken(
            "article",
            f"nothing can be taken of the newest entry, “{name}”: {article.reason}",
            "Open its page in a browser; if there is an article, the page is built in a way "
            "Pauta cannot read.",
        )
    date = f"{article.published_at:{_WRITE}}" if article.published_at else "no date"
    told = f"“{article.title}”, {date}, {len(article.text):,} characters"
    if isinstance(page, Failed):
        advice = "Its text comes from the feed itself, often shortened."
        return warning("article", f"{told}; the page was not read: {page.reason}", advice)
    if article.partial or len(article.text) < _SHORT_TEXT:
        advice = "The page shows only the beginning, or is a short notice. Open it to see which."
        return warning("article", f"{told}: little text", advice)
    return ok("article", f"{told}; robots.txt allows its page")


def _date(entry: ParsedEntry) -> datetime | None:
    return entry.published_at or entry.updated_at
