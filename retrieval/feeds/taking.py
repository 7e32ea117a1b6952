"""An entry and its page to one article: the fuller of page and feed content."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from retrieval.feeds.entries import ParsedEntry, believed
from retrieval.feeds.extract import extract_html
from retrieval.feeds.feed import Feed
from retrieval.feeds.results import Failed, Fetched
from retrieval.models import Article, Document, Rejected

FULLER = 1.5
"""How many times longer the feed's content must be to be taken instead of the page's text:
a page behind a wall shows less than the feed tells."""


def article_of(
    feed: Feed, entry: ParsedEntry, page: Fetched | Failed | None, now: datetime
) -> Article | Rejected:
    """The article an entry stands for; rejected when neither page nor feed holds any text."""
    of_page: Article | Rejected
    if isinstance(page, Fetched):
        document = Document(page.final_url, page.content, page.content_type, page.charset)
        of_page = extract_html(document)
    else:
        reason = page.reason if page else "the entry has no link"
        of_page = Rejected(entry.url or entry.key, reason)
    of_feed = _from_feed(entry)
    chosen = _fuller(of_page, of_feed)
    if isinstance(chosen, Rejected):
        return chosen
    return replace(
        chosen,
        url=of_page.url if isinstance(of_page, Article) else chosen.url,
        title=entry.title or chosen.title,
        source=feed.title or chosen.source,
        published_at=believed(entry.published_at or chosen.published_at, now),
    )


def _from_feed(entry: ParsedEntry) -> Article | None:
    if not entry.url or not entry.html:
        return None
    markup = f"<html><body><article>{entry.html}</article></body></html>"
    found = extract_html(Document(entry.url, markup.encode(), "text/html", "utf-8"))
    return found if isinstance(found, Article) else None


def _fuller(of_page: Article | Rejected, of_feed: Article | None) -> Article | Rejected:
    if of_feed is None:
        return of_page
    if isinstance(of_page, Rejected) or len(of_feed.text) > FULLER * len(of_page.text):
        return of_feed
    return of_page
