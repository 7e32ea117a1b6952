"""Feeds as Telegram screens: the list, one feed, and what was done to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from babel.dates import format_timedelta
from babel.numbers import format_decimal

from bot import texts
from bot.feeds import (
    ROWS_A_PAGE,
    Act,
    AddedFeed,
    FeedPage,
    FeedPress,
    FeedRow,
)
from bot.render import Button, Rendered, web_link
from bot.richtext import Span
from bot.screens import address_span, cut, filled, in_rows, reason_in_words, screen
from retrieval.feeds.feed import Feed
from retrieval.feeds.health import explain

LONGEST_TITLE = 60
_JUST_NOW = timedelta(minutes=1)


def feed_list(page: FeedPage, language: str, now: datetime, *, may_change: bool) -> Rendered:
    """The feeds of one page; buttons to open one and to add are for who may change them."""
    spans = [Span(texts.say(language, "feeds_title", count=page.total), bold=True)]
    if not page.total:
        key = "feeds_none_yet" if may_change else "feeds_none"
        spans = [Span(texts.say(language, key))]
    first = page.number * ROWS_A_PAGE + 1
    for number, row in enumerate(page.rows, start=first):
        spans.append(Span(f"\n\n{number}. "))
        spans.append(_title(row.feed))
        spans.append(Span("\n" + " · ".join(_facts(row, language, now))))
    buttons: list[tuple[Button, ...]] = []
    if may_change:
        buttons.extend(_numbers(page, first))
    if page.pages > 1:
        buttons.append(_turning(page))
    if may_change:
        buttons.append((_button(language, "button_add_feed", Act.ADD),))
    return screen(spans, buttons)


def feed_view(
    row: FeedRow,
    language: str,
    now: datetime,
    *,
    may_change: bool,
    page: int = 0,
    note: str = "",
) -> Rendered:
    """One feed in full; `page` of the list is where its last button leads."""
    feed = row.feed
    spans = [_title(feed, bold=True), Span("\n"), address_span(feed.url)]
    for line in _details(row, language, now):
        spans.append(Span(f"\n{line}"))
    if feed.last_error:
        spans.append(Span(f"\n{explain(None, feed.last_error)}", italic=True))
    if note:
        spans.append(Span(f"\n\n{note}", bold=True))
    buttons: list[tuple[Button, ...]] = []
    if may_change:
        resting = feed.paused or feed.clock.paused
        turn = ("button_resume", Act.RESUME) if resting else ("button_pause", Act.PAUSE)
        buttons.append(
            (
                _button(language, *turn, feed.id, page),
                _button(language, "button_check", Act.CHECK, feed.id, page),
            )
        )
        buttons.append((_button(language, "button_remove", Act.ASK_REMOVE, feed.id, page),))
    buttons.append((_button(language, "button_all_feeds", Act.LIST, "", page),))
    return screen(spans, buttons)


def removal_question(feed: Feed, articles: int, language: str, page: int) -> Rendered:
    """The last word before a feed goes, and whether its articles go with it."""
    spans = filled("feed_remove_question", language, title=_title(feed, bold=True), count=articles)
    acts = [("button_remove", Act.REMOVE)]
    if articles:
        acts = [
            ("button_remove_all", Act.REMOVE),
            ("button_remove_keeping", Act.REMOVE_KEEPING),
        ]
    buttons = [(_button(language, key, act, feed.id, page),) for key, act in acts]
    buttons.append((_button(language, "button_cancel", Act.OPEN, feed.id, page),))
    return screen(spans, buttons)


def feed_note(key: str, feed: Feed, language: str, page: int = 0, **values: object) -> Rendered:
    """A sentence about a feed, with the way back to the list."""
    spans = filled(key, language, title=_title(feed, bold=True), **values)
    return screen(spans, [(_button(language, "button_all_feeds", Act.LIST, "", page),)])


def feed_gone(language: str, page: int = 0) -> Rendered:
    text = Span(texts.say(language, "feed_no_more"))
    return screen([text], [(_button(language, "button_all_feeds", Act.LIST, "", page),)])


def feed_added(added: AddedFeed, language: str) -> Rendered:
    feed = added.feed
    key = "feed_added" if added.is_new else "feed_known"
    spans = filled(key, language, title=_title(feed, bold=True), count=added.entries)
    return screen(
        spans,
        [
            (
                _button(language, "button_open_feed", Act.OPEN, feed.id),
                _button(language, "button_all_feeds", Act.LIST),
            )
        ],
    )


def _facts(row: FeedRow, language: str, now: datetime) -> Iterator[str]:
    """What one line says: its state, how much it brings, when it was read."""
    feed = row.feed
    if feed.clock.paused:
        yield texts.say(language, "feed_state_gone")
    elif feed.paused:
        yield texts.say(language, "feed_state_paused")
    elif feed.failing_since:
        yield texts.say(
            language,
            "feed_state_failing",
            time=_span_of(now, feed.failing_since, language, direction=False),
            error=reason_in_words(feed.last_error),
        )
    if row.a_week is not None:
        yield _rate(row.a_week, language)
    if feed.last_success_at is None:
        yield texts.say(language, "feed_not_read")
    elif now - feed.last_success_at < _JUST_NOW:
        yield texts.say(language, "feed_just_read")
    else:
        yield texts.say(language, "feed_read", age=_span_of(now, feed.last_success_at, language))


def _details(row: FeedRow, language: str, now: datetime) -> Iterator[str]:
    feed = row.feed
    yield from _facts(row, language, now)
    if feed.last_new_at:
        age = _span_of(now, feed.last_new_at, language)
        yield texts.say(language, "feed_last_new", age=age)
    if feed.paused or feed.clock.paused or feed.next_check_at is None:
        return
    if feed.next_check_at <= now:
        yield texts.say(language, "feed_next_soon")
    else:
        age = _span_of(now, feed.next_check_at, language)
        yield texts.say(language, "feed_next", age=age)


def _rate(a_week: float, language: str) -> str:
    if a_week < 1:
        return texts.say(language, "feed_seldom")
    number = format_decimal(round(a_week), locale=language)
    return texts.say(language, "feed_a_week", count=number)


def _span_of(now: datetime, moment: datetime, language: str, *, direction: bool = True) -> str:
    """`5 minutes ago`, `in 2 hours`; without direction `5 minutes`."""
    delta = moment - now
    return format_timedelta(delta, add_direction=direction, locale=language, threshold=1.2)


def _numbers(page: FeedPage, first: int) -> Iterable[tuple[Button, ...]]:
    return in_rows(
        [
            Button(str(number), data=FeedPress(Act.OPEN, row.feed.id, page.number).data)
            for number, row in enumerate(page.rows, start=first)
        ]
    )


def _turning(page: FeedPage) -> tuple[Button, ...]:
    """Round and round: from the last page on to the first."""
    before, after = (page.number - 1) % page.pages, (page.number + 1) % page.pages
    return (
        Button("«", data=FeedPress(Act.LIST, page=before).data),
        Button(f"{page.number + 1}/{page.pages}", data=FeedPress(Act.LIST, page=page.number).data),
        Button("»", data=FeedPress(Act.LIST, page=after).data),
    )


def _button(language: str, key: str, act: Act, feed_id: str = "", page: int = 0) -> Button:
    return Button(texts.say(language, key), data=FeedPress(act, feed_id, page).data)


def _title(feed: Feed, *, bold: bool = False) -> Span:
    name = cut(feed.title, LONGEST_TITLE) or cut(feed.url, LONGEST_TITLE)
    href = web_link(feed.site_url or feed.url)
    return Span(name, bold=bold, href=href, shows_href=False)
