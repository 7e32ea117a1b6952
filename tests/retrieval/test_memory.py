"""What is remembered of entries, for how long, and whose outlet an article keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.decide import What, decide_entries
from retrieval.feeds.memory import (
    MEMORY,
    KnownEntry,
    horizon,
    may_be_forgotten,
    outlet_of,
    page_of,
)
from retrieval.feeds.sameness import address_of, fingerprint_of

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ADDED = NOW - 3 * MEMORY


@dataclass(frozen=True)
class Item:
    key: str
    url: str | None
    published_at: datetime | None
    updated_at: datetime | None = None
    title: str | None = "A headline"
    html: str | None = "<p>What happened.</p>"


def known(item: Item, article_id: str | None = "a", seen_at: datetime = NOW - DAY) -> KnownEntry:
    said = fingerprint_of(item.title, item.html, item.updated_at, item.url)
    return KnownEntry(item.key, item.url, (said,), article_id, seen_at)


# Forgetting


def test_an_old_entry_without_an_article_is_forgotten() -> None:
    old = NOW - MEMORY - 3 * DAY
    assert may_be_forgotten(old, old, NOW, has_article=False)


@pytest.mark.parametrize(
    ("published_at", "seen_at", "has_article"),
    [
        (NOW - 9 * MEMORY, NOW - 9 * MEMORY, True),
        (NOW - 9 * MEMORY, NOW - MEMORY, False),
        (NOW - MEMORY, NOW - 9 * MEMORY, False),
        (None, NOW - 9 * MEMORY, False),
    ],
)
def test_one_with_an_article_or_recent_or_without_a_date_is_not(
    published_at: datetime | None, seen_at: datetime, has_article: bool
) -> None:
    assert not may_be_forgotten(published_at, seen_at, NOW, has_article=has_article)


@given(
    published=st.integers(0, 900),
    updated=st.none() | st.integers(0, 900),
    seen=st.integers(0, 900),
    later=st.integers(0, 900),
)
def test_what_is_forgotten_is_never_taken_for_new_when_the_feed_shows_it_again(
    published: int, updated: int | None, seen: int, later: int
) -> None:
    seen_at = ADDED + seen * DAY
    item = Item(
        "k", "https://a.example/1", ADDED + published * DAY,
        # An update may lie a day ahead of the moment it was read, and no more.
        None if updated is None else min(ADDED + updated * DAY, seen_at + DAY),
    )  # fmt: skip
    now = seen_at + later * DAY
    if may_be_forgotten(item.published_at, seen_at, now, has_article=False):
        (decision,) = decide_entries([item], {}, now, first_look=False, horizon=horizon(ADDED, now))
        assert decision.what is What.SKIP


def test_a_feed_added_lately_has_forgotten_nothing_and_its_old_entries_are_taken() -> None:
    item = Item("k", "https://a.example/1", NOW - 9 * MEMORY)
    young = horizon(NOW - DAY, NOW)
    (decision,) = decide_entries([item], {}, NOW, first_look=False, horizon=young)
    assert decision.what is What.NEW


def test_an_unknown_entry_without_a_date_is_new_however_old_the_feed() -> None:
    item = Item("k", "https://a.example/1", None)
    (decision,) = decide_entries([item], {}, NOW, first_look=False, horizon=horizon(ADDED, NOW))
    assert decision.what is What.NEW


def test_an_old_entry_stamped_with_today_is_no_new_one() -> None:
    item = Item("k", "https://a.example/1", NOW - 9 * MEMORY, NOW)
    (decision,) = decide_entries([item], {}, NOW, first_look=False, horizon=horizon(ADDED, NOW))
    assert decision.what is What.SKIP


def test_an_entry_that_tells_its_update_alone_is_as_old_as_that() -> None:
    item = Item("k", "https://a.example/1", None, NOW)
    (decision,) = decide_entries([item], {}, NOW, first_look=False, horizon=horizon(ADDED, NOW))
    assert decision.what is What.NEW


def test_a_known_old_entry_that_changes_is_still_taken() -> None:
    item = Item("k", "https://a.example/1", NOW - 9 * MEMORY)
    changed = Item("k", "https://a.example/1", NOW - 9 * MEMORY, title="Corrected")
    (decision,) = decide_entries(
        [changed], {"k": known(item)}, NOW, first_look=False, horizon=horizon(ADDED, NOW)
    )
    assert decision.what is What.CHANGED


# Loading only what a document may speak of

items = st.builds(
    Item,
    key=st.sampled_from(["k1", "k2", "k3"]),
    url=st.none()
    | st.sampled_from(
        [f"{scheme}a.example/{page}" for scheme in ("http://", "https://www.")
         for page in ("", "1", "1/?utm_source=x", "2", "3#top")]
    ),
    published_at=st.just(NOW - DAY),
    title=st.sampled_from(["One", "Two"]),
)  # fmt: skip


@given(shown=st.lists(items, max_size=4), remembered=st.lists(items, max_size=8))
def test_entries_with_neither_key_nor_address_of_the_document_change_no_decision(
    shown: list[Item], remembered: list[Item]
) -> None:
    everything = {
        f"{item.key}{'' if at < 3 else f' {at}'}": KnownEntry(
            f"{item.key}{'' if at < 3 else f' {at}'}", page_of(item.url),
            known(item).fingerprints, "a", NOW - at * DAY,
        )
        for at, item in enumerate(remembered)
    }  # fmt: skip
    keys, pages = {item.key for item in shown}, {page_of(item.url) for item in shown} - {None}
    some = {key: entry for key, entry in everything.items() if key in keys or entry.url in pages}
    assert decide_entries(shown, some, NOW, first_look=False) == decide_entries(
        shown, everything, NOW, first_look=False
    )


@given(st.from_regex(r"https?://(www\.)?[a-z.:\[\]0-9]{1,12}(/[a-z/?&=%_]{0,20})?", fullmatch=True))
def test_an_address_in_its_one_spelling_is_still_that_address(url: str) -> None:
    assert address_of(page_of(url)) == address_of(url)
    assert page_of(page_of(url)) == page_of(url)


def test_ways_to_write_one_address_are_one_page() -> None:
    assert (
        page_of("http://www.a.example/1/?utm_source=feed#top")
        == page_of("https://a.example/1")
        == "https://a.example/1"
    )


def test_what_tells_no_entry_from_another_stays_as_it_is() -> None:
    assert page_of(None) is None
    assert page_of("https://a.example/") == "https://a.example/"


# Outlets


def test_an_article_keeps_the_outlet_of_the_feed_that_first_brought_it() -> None:
    assert outlet_of("Second", "First", {"First"}) == "First"


def test_once_no_feed_of_that_name_has_it_the_next_one_gives_its_own() -> None:
    assert outlet_of("Second", "First", set()) == "Second"
    assert outlet_of("Second", "First", {"Third"}) == "Second"


@given(st.permutations(["A", "B", "C"]), st.lists(st.sampled_from(["A", "B", "C"]), max_size=9))
def test_however_often_feeds_bring_it_again_the_outlet_stays(
    order: list[str], again: list[str]
) -> None:
    present = order[0]
    for title in (*order[1:], *again):
        present = outlet_of(title, present, set(order) - {title})
    assert present == order[0]
