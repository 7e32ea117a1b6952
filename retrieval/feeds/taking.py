"""An entry and its page to one article: the fuller of page and feed content."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime

from retrieval.feeds.entries import ParsedEntry
from retrieval.feeds.extract import extract_html
from retrieval.feeds.feed import Feed
from retrieval.feeds.paywall import is_cut, is_summary, shows_no_more
from retrieval.feeds.results import Failed, Fetched
from retrieval.models import Article, Document, Rejected

FULLER = 1.5
"""How many times longer the feed's content must be to be taken instead of the page's text:
a page behind a wall shows less than the feed tells."""

_WALLS = frozenset({401, 402, 403, 451})
_TAG = re.compile(r"<[^<>]{0,1000}>")


def article_of(
    feed: Feed, entry: ParsedEntry, page: Fetched | Failed | None, now: datetime
) -> Article | Rejected:
    """The article an entry stands for; rejected when neither page nor feed holds any text."""
    of_page: Article | Rejected
    if isinstance(page, Fetched):
        document = Document(page.final_url, page.content, page.content_type, page.charset)
        of_page = extract_html(document, entry=entry, now=now)
    else:
        reason = page.reason if page else "the entry has no link"
        of_page = Rejected(entry.url or entry.key, reason)
    of_feed = _from_feed(entry, now)
    chosen = _fuller(of_page, of_feed)
    if isinstance(chosen, Rejected):
        return chosen
    # What the page declares was compared with what the feed tells, see `extract_html`.
    told = of_page if isinstance(of_page, Article) else chosen
    walled = isinstance(page, Failed) and page.status in _WALLS
    return replace(
        chosen,
        url=told.url,
        title=entry.title or chosen.title,
        source=feed.title or chosen.source,
        published_at=told.published_at,
        author=told.author,
        modified_at=told.modified_at,
        partial=_is_partial(chosen, of_page, of_feed, entry, walled=walled),
        notes=told.notes + _remarks(of_page, entry),
    )


def _from_feed(entry: ParsedEntry, now: datetime) -> Article | None:
    if not entry.url or not entry.html:
        return None
    markup = f"<html><body><article>{entry.html}</article></body></html>"
    document = Document(entry.url, markup.encode("utf-8", "replace"), "text/html", "utf-8")
    found = extract_html(document, entry=entry, now=now)
    return found if isinstance(found, Article) else None


def _fuller(of_page: Article | Rejected, of_feed: Article | None) -> Article | Rejected:
    if of_feed is None:
        return of_page
    if isinstance(of_page, Rejected):
        return of_feed
    needed = len(of_page.text) * (1 if of_page.partial else FULLER)
    return of_feed if len(of_feed.text) > needed else of_page


def _is_partial(
    chosen: Article,
    of_page: Article | Rejected,
    of_feed: Article | None,
    entry: ParsedEntry,
    *,
    walled: bool,
) -> bool:
    cut = _breaks_off(entry)
    if chosen is of_page:
        if of_feed is None or not chosen.partial:
            teaser = of_feed is not None and cut and shows_no_more(chosen.text, of_feed.text)
            return chosen.partial or teaser
        return True
    stub = walled or (isinstance(of_page, Article) and of_page.partial)
    return chosen.partial or (stub and is_summary(chosen.text, cut=cut))


def _breaks_off(entry: ParsedEntry) -> bool:
    """Before extraction: the `Read more` at its end does not come through that."""
    return is_cut(html.unescape(_TAG.sub(" ", entry.html[-3_000:])).strip())


def _remarks(of_page: Article | Rejected, entry: ParsedEntry) -> tuple[str, ...]:
    if isinstance(of_page, Article) or not entry.url:
        return ()
    return (f"only what the feed holds of it was read: {of_page.reason}",)
