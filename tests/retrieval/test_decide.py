"""Which entries of a feed are taken."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.decide import (
    FINGERPRINTS_KEPT,
    MOST_A_ROUND,
    MOST_AT_FIRST,
    PASSED_OVER,
    EntryDecision,
    What,
    decide_entries,
)
from retrieval.feeds.memory import KnownEntry
from retrieval.feeds.sameness import address_of, fingerprint_of

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Item:
    key: str
    url: str | None = None
    title: str | None = "A headline"
    html: str | None = "<p>What happened.</p>"
    published_at: datetime | None = NOW - HOUR
    updated_at: datetime | None = None
    author: str | None = None


def item(number: int, **changes: object) -> Item:
    made = Item(
        f"guid-{number}",
        f"https://example.org/{number}",
        f"Headline {number}",
        f"<p>What happened, part {number}.</p>",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@dataclass
class Reader:
    """Keeps what a store would keep between two looks at a feed."""

    known: dict[str, KnownEntry] = field(default_factory=dict)
    now: datetime = NOW
    looked: bool = False

    def look(
        self, *entries: Item, later: timedelta = 20 * MINUTE
    ) -> tuple[EntryDecision[Item], ...]:
        decisions = decide_entries(entries, self.known, self.now, first_look=not self.looked)
        for one in decisions:
            if one.remember:
                article = None if one.what is What.SKIP else f"article of {one.key}"
                self.known[one.key] = KnownEntry(
                    one.key, one.entry.url, one.fingerprints, article, self.now
                )
        self.now += later
        self.looked = True
        return decisions

    def whats(self, *entries: Item, later: timedelta = 20 * MINUTE) -> list[What]:
        return [one.what for one in self.look(*entries, later=later)]

    def reason(self, entry: Item) -> str:
        (one,) = self.look(entry)
        return f"{one.what}: {one.reason}"


@pytest.fixture
def reader() -> Reader:
    return Reader()


# What is new, and what is not


def test_an_entry_is_taken_once(reader: Reader) -> None:
    assert reader.whats(item(2), item(1)) == [What.NEW, What.NEW]
    assert reader.whats(item(2), item(1)) == [What.SKIP, What.SKIP]


def test_a_new_entry_among_known_ones_is_taken(reader: Reader) -> None:
    reader.look(item(1))

    assert reader.whats(item(2), item(1)) == [What.NEW, What.SKIP]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": "Another headline"}, "changed: the title changed"),
        ({"html": "<p>What really happened.</p>"}, "changed: the text changed"),
        ({"updated_at": NOW}, "changed: the time of update changed"),
        (
            {"title": "Another", "html": "Other", "updated_at": NOW},
            "changed: the title, the text and the time of update changed",
        ),
        ({"url": "https://example.org/moved"}, "changed: the address changed"),
    ],
)
def test_a_change_is_told_by_what_changed(
    reader: Reader, change: dict[str, object], reason: str
) -> None:
    reader.look(item(1))

    assert reader.reason(item(1, **change)) == reason
    assert reader.reason(item(1, **change)) == "skip: unchanged"


@pytest.mark.parametrize(
    "change",
    [
        {"html": "<div><p class=x>What happened, part 1.</p><!-- 7 --></div>"},
        {"html": "<p>What happened, part 1.<img src='https://t.example/7'></p><script>7</script>"},
        {"html": "<p>What &#104;appened, part 1.</p>\n"},
        {"published_at": NOW},
        {"author": "Someone"},
        {"url": "http://www.example.org/1/?utm_source=rss&fbclid=7#top"},
    ],
)
def test_what_a_reader_would_not_see_is_no_change(
    reader: Reader, change: dict[str, object]
) -> None:
    reader.look(item(1))

    assert reader.reason(item(1, **change)) == "skip: unchanged"


def test_a_feed_that_stamps_every_entry_anew_is_not_read_anew(reader: Reader) -> None:
    reader.look(*(item(n, updated_at=NOW) for n in range(5)))

    entries = [item(n, updated_at=NOW + HOUR) for n in range(5)]

    assert reader.whats(*entries) == [What.SKIP] * 5
    assert reader.whats(replace(entries[0], html="<p>New.</p>"), *entries[1:])[0] is What.CHANGED


def test_one_entry_stamped_anew_among_others_is_taken(reader: Reader) -> None:
    reader.look(*(item(n, updated_at=NOW) for n in range(5)))

    whats = reader.whats(
        item(0, updated_at=NOW + HOUR), *(item(n, updated_at=NOW) for n in range(1, 5))
    )

    assert whats == [What.CHANGED] + [What.SKIP] * 4


def test_a_few_entries_stamped_anew_are_taken_since_most_are_not(reader: Reader) -> None:
    reader.look(*(item(n, updated_at=NOW) for n in range(7)))

    whats = reader.whats(*(item(n, updated_at=NOW + (n < 3) * HOUR) for n in range(7)))

    assert whats == [What.CHANGED] * 3 + [What.SKIP] * 4


# Guids and addresses


def test_the_same_guid_twice_in_a_document_is_one_entry(reader: Reader) -> None:
    assert reader.whats(item(1), item(1)) == [What.NEW, What.SKIP]


def test_of_two_versions_in_a_document_the_newer_is_taken(reader: Reader) -> None:
    old, new = item(1), item(1, title="Corrected", updated_at=NOW)

    assert reader.whats(old, new) == [What.SKIP, What.NEW]
    assert reader.whats(new, old) == [What.SKIP, What.SKIP]


def test_one_guid_for_all_entries_does_not_hide_them(reader: Reader) -> None:
    entries = [item(number, key="article") for number in range(4)]

    assert reader.whats(*entries) == [What.NEW] * 4
    assert reader.whats(*reversed(entries)) == [What.SKIP] * 4
    assert reader.whats(item(9, key="article"), *entries) == [What.NEW] + [What.SKIP] * 4


def test_guids_that_change_at_every_fetch_do_not_make_new_entries(reader: Reader) -> None:
    reader.look(item(1), item(2))

    for time_of_day in range(3):
        entries = [item(number, key=f"{number}@{time_of_day}") for number in (1, 2)]
        assert reader.whats(*entries) == [What.SKIP, What.SKIP]
    assert reader.whats(item(1, key="1@9", title="Corrected")) == [What.CHANGED]
    assert len(reader.known) == 2


def test_guids_that_number_the_entries_of_the_document_are_seen_through(reader: Reader) -> None:
    for newest in range(3, 9):
        document = [item(newest - at, key=str(at)) for at in range(3)]
        whats = reader.whats(*document)
        assert whats == ([What.NEW] * 3 if newest == 3 else [What.NEW, What.SKIP, What.SKIP])
        assert reader.whats(*document) == [What.SKIP] * 3


def test_a_guid_at_a_new_address_is_the_same_entry_moved(reader: Reader) -> None:
    reader.look(item(1))

    (moved,) = reader.look(item(1, url="https://example.org/2024/1"))

    assert (moved.what, moved.key) == (What.CHANGED, "guid-1")
    assert reader.whats(item(1, url="https://example.org/2024/1")) == [What.SKIP]


def test_a_guid_at_a_new_address_with_another_story_is_a_new_entry(reader: Reader) -> None:
    reader.look(item(1))

    (other,) = reader.look(item(2, key="guid-1", html="<p>Quite another thing.</p>"))

    assert other.what is What.NEW
    assert other.key != "guid-1"


def test_two_bare_addresses_under_one_guid_have_nothing_in_common(reader: Reader) -> None:
    reader.look(item(1, title="", html=""))

    assert reader.whats(item(2, key="guid-1", title="", html="")) == [What.NEW]


def test_entries_that_all_name_the_front_page_are_told_apart_by_their_guids(
    reader: Reader,
) -> None:
    entries = [item(number, url="https://example.org/") for number in range(3)]

    assert reader.whats(*entries) == [What.NEW] * 3
    assert reader.whats(*entries) == [What.SKIP] * 3


def test_entries_without_an_address_are_told_apart_by_their_guids(reader: Reader) -> None:
    assert reader.whats(item(1, url=None), item(2, url=None)) == [What.NEW] * 2
    assert reader.whats(item(1, url=None), item(2, url=None)) == [What.SKIP] * 2


# Restless entries


def test_a_feed_that_alternates_between_two_versions_is_not_read_each_time(
    reader: Reader,
) -> None:
    versions = [item(1), item(1, title="The other headline")]

    whats = [reader.whats(versions[at % 2])[0] for at in range(14)]

    assert whats[:3] == [What.NEW, What.CHANGED, What.CHANGED]
    assert whats[3:] == [What.SKIP] * 11


def test_a_third_version_of_an_alternating_entry_is_taken(reader: Reader) -> None:
    for at in range(6):
        reader.look(item(1, title=f"Headline {at % 2}"))

    assert reader.reason(item(1, title="Third headline")) == "changed: the title changed"


def test_an_alternating_entry_that_settles_is_taken_hours_later(reader: Reader) -> None:
    for at in range(4):
        reader.look(item(1, title=f"Headline {at % 2}"))
    reader.now += 6 * HOUR

    assert reader.whats(item(1, title="Headline 1")) == [What.CHANGED]


def test_a_correction_taken_back_is_taken(reader: Reader) -> None:
    reader.look(item(1))
    reader.look(item(1, html="<p>Wrong.</p>"))

    assert reader.whats(item(1)) == [What.CHANGED]


def test_an_entry_that_changes_all_the_time_is_taken_once_an_hour(reader: Reader) -> None:
    whats = [
        reader.whats(item(1, html=f"<p>Read {at} times.</p>"), later=10 * MINUTE)[0]
        for at in range(6 * 24)
    ]

    assert whats[:6] == [What.NEW] + [What.CHANGED] * 5
    assert 20 <= whats[6:].count(What.CHANGED) <= 24
    assert len(reader.known["guid-1"].fingerprints) == FINGERPRINTS_KEPT


# Dates and sizes


def test_missing_dates_are_no_obstacle(reader: Reader) -> None:
    assert reader.whats(item(2, published_at=None), item(1, published_at=None)) == [What.NEW] * 2


def test_of_a_feed_seen_first_only_the_newest_entries_are_taken(reader: Reader) -> None:
    entries = [item(n, published_at=NOW - n * HOUR) for n in range(250)]

    decisions = reader.look(*reversed(entries))

    assert {one.entry for one in decisions if one.what is What.NEW} == set(entries[:100])
    assert {one.reason for one in decisions if one.what is What.SKIP} == {PASSED_OVER}
    assert reader.whats(*entries) == [What.SKIP] * 250


def test_what_the_first_look_passed_over_is_not_taken_when_it_changes(reader: Reader) -> None:
    reader.look(*(item(n, published_at=NOW - n * HOUR) for n in range(101)))

    assert reader.reason(item(100, title="Archive page redone")).startswith("skip: passed over")


def test_an_interrupted_first_look_is_not_taken_for_a_later_one() -> None:
    entries = [item(n, published_at=NOW - n * HOUR) for n in range(1000)]
    before = decide_entries(entries, {}, NOW)
    stored = {
        one.key: KnownEntry(one.key, one.entry.url, one.fingerprints, article, NOW)
        for one, article in [(one, None) for one in before if one.what is What.SKIP]
        + [(one, "taken") for one in before[:30]]
        if one.remember
    }

    again = decide_entries(entries, stored, NOW, first_look=True)

    assert [one.entry for one in again if one.what is What.NEW] == entries[30:100]


def test_without_dates_the_first_of_the_document_count_as_the_newest() -> None:
    entries = [item(n, published_at=None) for n in range(150)]

    decisions = decide_entries(entries, {}, NOW)

    assert [one.what for one in decisions] == [What.NEW] * MOST_AT_FIRST + [What.SKIP] * 50


def test_a_date_in_the_future_does_not_push_real_news_out() -> None:
    entries = [item(n, published_at=NOW) for n in range(100)]
    entries.append(item(100, published_at=NOW + 4000 * DAY))

    assert decide_entries(entries, {}, NOW)[100].what is What.SKIP


def test_a_feed_that_renames_all_its_entries_is_read_in_portions(reader: Reader) -> None:
    reader.look(item(1))
    renamed = [item(n, key=f"new-{n}", url=f"https://example.org/new/{n}") for n in range(700)]

    rounds = [reader.whats(*renamed).count(What.NEW) for _ in range(4)]

    assert rounds == [MOST_A_ROUND, MOST_A_ROUND, 100, 0]


def test_what_the_archive_would_not_keep_is_not_taken() -> None:
    entries = [
        item(1, published_at=NOW - 31 * DAY),
        item(2, published_at=NOW - 29 * DAY),
        item(3, published_at=NOW - 31 * DAY, updated_at=NOW),
        item(4, published_at=None),
    ]

    decisions = decide_entries(entries, {}, NOW, keep=30 * DAY)

    assert [one.what for one in decisions] == [What.SKIP, What.NEW, What.NEW, What.NEW]
    assert not decisions[0].remember


def test_ten_thousand_entries_take_a_moment() -> None:
    entries = [
        item(n, html="<p>word </p>" * 80, published_at=NOW - n * HOUR) for n in range(10_000)
    ]
    start = time.process_time()

    decisions = decide_entries(entries, {}, NOW)

    assert time.process_time() - start < 3
    assert sum(one.what is What.NEW for one in decisions) == 100


def test_a_long_memory_is_no_burden() -> None:
    known = {
        str(n): KnownEntry(str(n), f"https://x.org/{n}?utm_source=rss&id={n}", (), "a", NOW)
        for n in range(10_000)
    }
    start = time.process_time()

    decisions = decide_entries([item(1)], known, NOW)

    assert time.process_time() - start < 1
    assert decisions[0].what is What.NEW


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<", "<a ", "&", "&#", "</", "<style><!--"])
def test_hostile_markup_takes_no_longer(piece: str) -> None:
    start = time.process_time()

    fingerprint_of("t", piece * 100_000, None, None)

    assert time.process_time() - start < 1


# Whatever a feed says

KEYS = st.sampled_from(["a", "b", "c", ""])
URLS = st.sampled_from(
    [None, "", "https://x.org/", "https://x.org/1", "https://x.org/2", "http://["]
)
DATES = st.none() | st.sampled_from([NOW + DAY, NOW, NOW - HOUR, NOW - 900 * DAY])
ITEMS = st.builds(
    Item,
    KEYS,
    URLS,
    st.sampled_from([None, "", "One", "Two"]),
    st.sampled_from([None, "", "<p>x", "<!--"]),
    DATES,
    DATES,
)


@given(st.lists(st.lists(ITEMS, max_size=6), max_size=5), st.booleans())
def test_every_entry_gets_one_decision_and_no_entry_is_taken_twice(
    documents: list[list[Item]], hurried: bool
) -> None:
    reader = Reader()
    for document in documents:
        decisions = reader.look(*document, later=MINUTE if hurried else DAY)

        assert [one.entry for one in decisions] == document
        taken = [one.key for one in decisions if one.what is not What.SKIP]
        assert len(taken) == len(set(taken))
        assert all(bool(one.fingerprints) is one.remember for one in decisions)


@given(st.lists(ITEMS, max_size=8))
def test_the_same_document_again_brings_nothing_new(document: list[Item]) -> None:
    reader = Reader()
    reader.look(*document)

    assert What.NEW not in reader.whats(*document)


@given(st.text(max_size=80) | st.text(max_size=60).map(lambda rest: f"https://x.org/{rest}"))
def test_any_string_has_an_address_or_none(url: str) -> None:
    assert isinstance(address_of(url), str)
    assert fingerprint_of(url, url, NOW, url).count(".") == 3


def addresses(*urls: str) -> Sequence[str]:
    return [address_of(url) for url in urls]


def test_parameters_that_name_the_article_are_kept() -> None:
    one, other, tracked = addresses(
        "https://x.org/?p=1", "https://x.org/?p=2", "https://x.org/?p=1&utm_medium=rss"
    )

    assert one != other
    assert one == tracked


@pytest.mark.parametrize("url", ["https://x.org", "https://x.org/", "http://www.x.org/#news", ""])
def test_a_front_page_is_no_entry_s_address(url: str) -> None:
    assert address_of(url) == ""


def test_a_skip_for_now_says_so_and_a_skip_for_good_does_not() -> None:
    def put_off(known: dict[str, KnownEntry], *items: Item, **limits: int) -> list[bool]:
        decisions = decide_entries(items, known, NOW, **limits)  # type: ignore[arg-type]
        return [one.put_off for one in decisions]

    assert put_off({}, item(1), item(2), most_a_round=1) == [False, True]
    assert put_off({}, item(1), item(2), most_at_first=1) == [False, False]
    said = [
        fingerprint_of(title, item(1).html, None, item(1).url)
        for title in ("A", "B", "A", "B", "C", "D")
    ]
    seen = KnownEntry("guid-1", item(1).url, tuple(said[:3]), "a", NOW - MINUTE)
    assert put_off({"guid-1": seen}, item(1, title="B")) == [True]
    endless = replace(seen, fingerprints=tuple(said))
    assert put_off({"guid-1": endless}, item(1, title="E")) == [True]
    assert put_off({"guid-1": seen}, item(1, title="A")) == [False]
