"""Feeds for Telegram in small: button data, addresses, and screens that always fit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.feeds import (
    Act,
    AddedFeed,
    FeedPage,
    FeedPress,
    FeedRow,
    LinkAct,
    LinkPress,
    TakenPage,
    address_of,
    addresses_in,
    parse_feed_press,
    parse_link_press,
)
from bot.render import Rendered
from bot.render_feeds import feed_added, feed_list, feed_note, feed_view, removal_question
from bot.render_links import about_address, feed_choice, link_offer, page_taken
from retrieval.addresses import is_web, url_problem
from retrieval.feeds.entries import ParsedFeed
from retrieval.feeds.feed import Feed, feed_id
from retrieval.feeds.find import FoundFeed
from retrieval.feeds.rhythm import FeedClock
from retrieval.models import Outcome
from tests.telegram_html import parse, utf16

NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
FEED_IDS = st.one_of(st.just(""), st.text().map(feed_id))
PRESSES = st.builds(FeedPress, st.sampled_from(Act), FEED_IDS, st.integers(0, 9999))


class TestButtonData:
    @given(PRESSES)
    def test_of_a_feed_fits_telegram_and_is_read_back(self, press: FeedPress) -> None:
        assert 1 <= len(press.data.encode()) <= 64
        assert parse_feed_press(press.data) == press

    @given(st.builds(LinkPress, st.sampled_from(LinkAct), st.integers(0, 99)))
    def test_of_a_link_fits_telegram_and_is_read_back(self, press: LinkPress) -> None:
        assert 1 <= len(press.data.encode()) <= 64
        assert parse_link_press(press.data) == press

    @given(st.text(max_size=70))
    def test_of_any_other_kind_is_nothing_or_exactly_itself(self, data: str) -> None:
        feed, link = parse_feed_press(f"f:{data}"), parse_link_press(f"u:{data}")
        assert feed is None or parse_feed_press(feed.data) == feed
        assert link is None or parse_link_press(link.data) == link


class TestAddresses:
    @pytest.mark.parametrize(
        ("word", "address"),
        [
            ("https://folha.example/feed?a=1", "https://folha.example/feed?a=1"),
            ("HTTP://folha.example", "HTTP://folha.example"),
            ("folha.example", "https://folha.example"),
            ("notícias.example/rss", "https://notícias.example/rss"),
            ("folha.example:8080/x", "https://folha.example:8080/x"),
            ("folha", None),
            ("/etc/passwd", None),
            ("file:///etc/passwd", None),
            ("../x.example", None),
            ("ana@folha.example", None),
            ("https://", None),
            ("3.5", None),
            ("", None),
        ],
    )
    def test_are_what_a_person_means(self, word: str, address: str | None) -> None:
        assert address_of(word) == address

    def test_make_a_message_only_when_there_is_nothing_else(self) -> None:
        assert addresses_in(" https://a.example/x\nhttp://b.example ") == (
            "https://a.example/x",
            "http://b.example",
        )
        assert addresses_in("see https://a.example/x") == ()
        assert addresses_in("") == ()

    def test_without_a_scheme_count_when_telegram_shows_them_as_links(self) -> None:
        assert addresses_in("a.example") == ()
        assert addresses_in("a.example", {"a.example"}) == ("https://a.example",)

    def test_sent_twice_count_once(self) -> None:
        assert addresses_in("https://a.example https://a.example") == ("https://a.example",)

    @given(st.text(max_size=300), st.lists(st.text(max_size=20)))
    def test_of_any_text_are_web_addresses(self, text: str, marked: list[str]) -> None:
        for address in addresses_in(text, marked):
            assert is_web(address)
            assert url_problem(address) is None

    def test_of_a_very_long_text_take_no_time(self) -> None:
        assert addresses_in("a." * 100_000, {"a." * 100_000}) == ()
        assert addresses_in("https://a.example " * 100_000) == ()


HOSTILE = st.one_of(
    st.text(max_size=400),
    st.sampled_from(["&" * 300, "<b>" * 200, "\x00", "\ud800", "😀" * 300, "\u202e", "{a}"]),
)
URLS = st.one_of(
    HOSTILE.map(lambda text: f"https://a.example/{text}"),
    st.just("https://a.example/" + "&" * 1900),
    st.just("http://intranet/feed"),
)
MOMENTS = st.one_of(
    st.none(), st.integers(-(10**8), 10**8).map(lambda s: NOW + timedelta(seconds=s))
)
FEEDS = st.builds(
    Feed,
    id=st.just("0123456789ab"),
    url=URLS,
    title=HOSTILE,
    site_url=st.one_of(st.none(), URLS),
    added_at=st.just(NOW),
    paused=st.booleans(),
    clock=st.builds(FeedClock, paused=st.booleans()),
    next_check_at=MOMENTS,
    last_success_at=MOMENTS,
    last_new_at=MOMENTS,
    failing_since=MOMENTS,
    last_error=HOSTILE,
)
ROWS = st.builds(FeedRow, FEEDS, st.one_of(st.none(), st.floats(0, 1e6)))
FOUND = st.builds(
    FoundFeed,
    URLS,
    HOSTILE.map(lambda title: ParsedFeed("rss", title, None, None, None, (), ())),
)
LANGUAGES = st.sampled_from(texts.LANGUAGES)


def holds(screen: Rendered) -> None:
    (part,) = screen.parts
    text, _ = parse(part.html)
    assert text.strip()
    assert utf16(part.html) <= 4096
    assert utf16(part.plain) <= 4096
    for row in screen.buttons:
        assert 1 <= len(row) <= 8
        for button in row:
            assert button.label.strip()
            assert 1 <= len(button.data.encode()) <= 64


class TestScreens:
    @given(st.lists(ROWS, max_size=8), LANGUAGES, st.booleans(), st.integers(1, 200))
    def test_of_any_feeds_fit_one_message_of_valid_html(
        self, rows: list[FeedRow], language: str, may_change: bool, pages: int
    ) -> None:
        page = FeedPage(tuple(rows), pages - 1, pages, len(rows))
        holds(feed_list(page, language, NOW, may_change=may_change))
        for row in rows[:1]:
            holds(feed_view(row, language, NOW, may_change=may_change, note="Read."))
            holds(removal_question(row.feed, 3, language, 0))
            holds(feed_note("feed_removed", row.feed, language, count=3))
            holds(feed_added(AddedFeed(row.feed, 3, True), language))

    @given(URLS, st.lists(FOUND, min_size=1, max_size=6), HOSTILE, LANGUAGES)
    def test_of_any_address_fit_one_message_of_valid_html(
        self, url: str, found: list[FoundFeed], title: str, language: str
    ) -> None:
        holds(link_offer(url, language, may_add=True))
        holds(about_address("address_failed", url, language, reason="no"))
        holds(page_taken(TakenPage(title, title, Outcome.NEW), url, language))
        choice = feed_choice(url, found, language)
        holds(choice)
        _, entities = parse(choice.parts[0].html)
        links = [one.url for one in entities if one.type == "text_link"]
        buttons = [button.data for row in choice.buttons for button in row]
        assert buttons == [LinkPress(LinkAct.FEED, index).data for index in range(len(links))]
        assert set(links) <= {one.url.strip() for one in found}

    @pytest.mark.parametrize("language", texts.LANGUAGES)
    def test_short_answers_to_a_button_fit_their_200_characters(self, language: str) -> None:
        for key in ("feeds_not_yours", "one_moment", "too_many_errands", "button_expired",
                    "stranger_button"):  # fmt: skip
            assert utf16(texts.say(language, key)) <= 200

    def test_only_who_may_change_gets_buttons_that_do(self) -> None:
        row = FeedRow(Feed("0123456789ab", "https://a.example/f", "A", None, NOW))
        buttons = feed_view(row, "en", NOW, may_change=False).buttons
        assert [button.data for line in buttons for button in line] == ["f:l::0"]
