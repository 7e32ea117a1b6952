"""One article of an entry and its page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.entries import ParsedEntry
from retrieval.feeds.feed import Feed
from retrieval.feeds.results import Failed, Fetched
from retrieval.feeds.taking import article_of
from retrieval.models import Article, Rejected
from tests.local_web import a_page, a_text

NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
URL = "https://folha.example.com/dam"
FEED = Feed("f", "https://folha.example.com/feed", "Folha", None, NOW)
ENTRY = ParsedEntry("k", URL, "The dam of Lindoia", "", NOW - timedelta(days=1), None, "Ana")
WALLED = "The dam of Lindoia is to be repaired at last. Subscribe to read on about its gates."
WALL = Failed(URL, "the server answered 403 (forbidden)", retryable=False, status=403)


def fetched(body: bytes, *, final_url: str = URL, content_type: str = "text/html") -> Fetched:
    return Fetched(URL, final_url, 200, body, content_type, None)


def article(found: Article | Rejected) -> Article:
    assert isinstance(found, Article), found
    return found


def reason(found: Article | Rejected) -> str:
    assert isinstance(found, Rejected), found
    return found.reason


def told(seed: str) -> ParsedEntry:
    paragraphs = "".join(f"<p>{part}</p>" for part in a_text(seed).split("\n\n"))
    return replace(ENTRY, html=paragraphs)


def lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def test_the_text_is_the_pages_and_title_outlet_and_date_are_the_feeds() -> None:
    found = article(article_of(FEED, ENTRY, fetched(a_page("Another title", a_text("x"))), NOW))
    assert lines(found.text) == lines(a_text("x"))
    assert (found.url, found.title, found.source) == (URL, ENTRY.title, "Folha")
    assert found.published_at == ENTRY.published_at


def test_what_the_feed_does_not_tell_comes_from_the_page() -> None:
    page = a_page("The page's title", a_text("x")).replace(
        b"<head>",
        b"<head><meta property='article:published_time' content='2025-05-20T10:00:00Z'>",
    )
    entry = replace(ENTRY, title="", published_at=None)
    found = article(article_of(replace(FEED, title=""), entry, fetched(page), NOW))
    assert found.title == "The page's title"
    assert found.source == "folha.example.com"
    assert found.published_at == datetime(2025, 5, 20, 10, tzinfo=UTC)


def test_a_date_from_tomorrow_is_left_out() -> None:
    entry = replace(ENTRY, published_at=NOW + timedelta(days=3))
    assert (
        article(article_of(FEED, entry, fetched(a_page("t", a_text("x"))), NOW)).published_at
        is None
    )


def test_the_address_is_where_the_page_was_found() -> None:
    page = fetched(a_page("t", a_text("x")), final_url="https://folha.example.com/moved")
    assert article(article_of(FEED, ENTRY, page, NOW)).url == "https://folha.example.com/moved"


def test_a_page_that_cannot_be_read_gives_way_to_the_feeds_content() -> None:
    found = article(article_of(FEED, told("feed"), WALL, NOW))
    assert lines(found.text) == lines(a_text("feed"))
    assert found.url == URL


def test_a_page_with_much_less_than_the_feed_gives_way_but_keeps_its_address() -> None:
    page = fetched(a_page("t", WALLED), final_url="https://folha.example.com/moved")
    found = article(article_of(FEED, told("feed"), page, NOW))
    assert lines(found.text) == lines(a_text("feed"))
    assert found.url == "https://folha.example.com/moved"


def test_a_page_about_as_long_as_the_feeds_content_is_preferred() -> None:
    found = article(article_of(FEED, told("feed"), fetched(a_page("t", a_text("page"))), NOW))
    assert lines(found.text) == lines(a_text("page"))


STUB = (
    "The dam of Lindoia is to be repaired at last, the ministry said on Friday. Work begins in "
    "the autumn and takes two years, and the valley gets a road of its own for the lorries."
)


def walled(text: str) -> Fetched:
    flag = b'<head><script type="application/ld+json">{"@type":"NewsArticle",'
    flag += b'"isAccessibleForFree":false}</script>'
    return fetched(a_page("t", f"{text}\n\nSubscribe to continue reading").replace(b"<head>", flag))


def test_a_page_behind_a_wall_is_marked_as_a_beginning() -> None:
    found = article(article_of(FEED, replace(ENTRY, html=f"<p>{STUB[:90]}</p>"), walled(STUB), NOW))
    assert found.partial
    assert found.text == STUB


def test_what_the_feed_tells_in_full_is_no_beginning() -> None:
    found = article(article_of(FEED, told("feed"), walled(STUB), NOW))
    assert lines(found.text) == lines(a_text("feed"))
    assert not found.partial


def test_of_two_beginnings_the_longer_one_is_taken_and_marked() -> None:
    longer = replace(ENTRY, html=f"<p>{STUB}</p><p>The mayor was pleased. [&#8230;]</p>")
    found = article(article_of(FEED, longer, walled(STUB), NOW))
    assert found.text.startswith(STUB)
    assert "The mayor was pleased" in found.text
    assert found.partial


def test_a_page_that_repeats_the_feeds_broken_off_summary_is_a_beginning() -> None:
    entry = replace(ENTRY, html=f"<p>{STUB} [&#8230;]</p>")
    assert article(article_of(FEED, entry, fetched(a_page("t", STUB)), NOW)).partial
    assert not article(article_of(FEED, entry, fetched(a_page("t", a_text("x"))), NOW)).partial


def test_a_summary_of_a_page_that_refuses_readers_is_a_beginning_and_it_is_said_why() -> None:
    found = article(article_of(FEED, replace(ENTRY, html=f"<p>{STUB}</p>"), WALL, NOW))
    assert found.partial
    assert found.notes == (f"only what the feed holds of it was read: {WALL.reason}",)
    away = Failed(URL, "no answer in time", retryable=True)
    assert not article(article_of(FEED, replace(ENTRY, html=f"<p>{STUB}</p>"), away, NOW)).partial


def test_the_author_is_the_pages_or_else_the_feeds() -> None:
    page = a_page("t", a_text("x"))
    assert article(article_of(FEED, ENTRY, fetched(page), NOW)).author == "Ana"
    signed = page.replace(b"<head>", b"<head><meta name='author' content='By Maud Ferris'>")
    assert article(article_of(FEED, ENTRY, fetched(signed), NOW)).author == "Maud Ferris"
    assert article(article_of(FEED, told("feed"), WALL, NOW)).author == "Ana"


def test_the_feeds_update_tells_when_it_changed() -> None:
    entry = replace(ENTRY, updated_at=NOW - timedelta(hours=2))
    found = article(article_of(FEED, entry, fetched(a_page("t", a_text("x"))), NOW))
    assert found.published_at == ENTRY.published_at
    assert found.modified_at == entry.updated_at


def test_a_feed_that_stamps_old_articles_anew_is_not_believed() -> None:
    page = a_page("t", a_text("x")).replace(
        b"<head>", b"<head><meta property='article:published_time' content='2024-01-05T10:00:00Z'>"
    )
    found = article(article_of(FEED, ENTRY, fetched(page), NOW))
    assert found.published_at == datetime(2024, 1, 5, 10, tzinfo=UTC)
    assert "page and feed give different dates" in found.notes[0]


def test_the_pleas_and_tails_of_a_feeds_content_are_left_out() -> None:
    html = told("feed").html + (
        "<p>Photo: Maud Ferris / Post</p><p>Continue reading</p><p style='display:none'>Evil.</p>"
        "<p>The post Dam appeared first on <a href='/'>Folha</a>.</p><img src='a.png' alt='x'>"
    )
    found = article(article_of(FEED, replace(ENTRY, html=html), WALL, NOW))
    assert lines(found.text) == lines(a_text("feed"))


def test_without_text_anywhere_it_is_said_why_of_the_page() -> None:
    assert reason(article_of(FEED, ENTRY, WALL, NOW)) == WALL.reason
    assert "no article text" in reason(article_of(FEED, ENTRY, fetched(b"<html></html>"), NOW))
    assert "binary" in reason(article_of(FEED, ENTRY, fetched(bytes(range(256)) * 9), NOW))


def test_an_entry_without_a_link_is_rejected_under_its_key() -> None:
    found = article_of(FEED, replace(ENTRY, url=None, html="<p>Text</p>"), None, NOW)
    assert isinstance(found, Rejected)
    assert (found.name, found.reason) == ("k", "the entry has no link")


@given(html=st.text(max_size=300), body=st.binary(max_size=300), title=st.text(max_size=50))
def test_nothing_in_a_page_or_a_feed_raises(html: str, body: bytes, title: str) -> None:
    entry = replace(ENTRY, html=html, title=title)
    for page in (fetched(body), fetched(html.encode("utf-8", "replace")), WALL, None):
        found = article_of(FEED, entry, page, NOW)
        assert isinstance(found, Article | Rejected)
        assert not isinstance(found, Article) or found.text
