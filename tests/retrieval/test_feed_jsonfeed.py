"""JSON Feed, and what publishers make of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.entries import MAX_ENTRIES, NotAFeed, ParsedFeed
from retrieval.feeds.jsonfeed import parse_json_feed

DATA = Path(__file__).parents[1] / "data/feeds"
NOW = datetime(2025, 3, 20, tzinfo=UTC)
URL = "https://ledger.example/feed.json"


def feed(*items: Any, **fields: Any) -> ParsedFeed:
    version = "https://jsonfeed.org/version/1.1"
    found = parse_json_feed(json.dumps({"version": version, "items": items, **fields}), URL, NOW)
    assert isinstance(found, ParsedFeed), found
    return found


def test_a_json_feed_is_read_in_both_versions() -> None:
    found = parse_json_feed((DATA / "feed.json").read_text(encoding="utf-8"), URL, NOW)
    assert isinstance(found, ParsedFeed)
    assert (found.title, found.site_url) == ("Ledger", "https://ledger.example/")
    assert (found.language, found.check_every, found.notes) == ("en", None, ())
    first, second = found.entries
    assert (first.key, first.url) == ("a", "https://ledger.example/a")
    assert (first.html, first.author) == ("<p>One</p>", "Jo, Mo")
    assert first.published_at == datetime(2025, 2, 10, 21, 30, tzinfo=UTC)
    assert first.updated_at == datetime(2025, 2, 11, tzinfo=UTC)
    assert (second.key, second.url) == ("2", "https://elsewhere.example/b")
    assert (second.html, second.author) == ("<p>Two &amp; three</p><p>Four</p>", "Old")


def test_plain_text_is_never_taken_for_markup() -> None:
    (entry,) = feed({"id": "1", "content_text": "<script>alert(1)</script>"}).entries
    assert entry.html == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"


def test_fields_of_the_wrong_kind_count_as_missing() -> None:
    found = feed(
        {"id": ["x"], "title": 7, "url": {}, "content_html": None, "authors": "Jo"}, "no", 3
    )
    (entry,) = found.entries
    assert (entry.title, entry.url, entry.html, entry.author) == ("7", None, "", "")
    assert found.notes == ("2 entries could not be read",)


def test_a_date_in_the_future_is_left_out() -> None:
    found = feed({"id": "1", "date_published": "2031-01-01T00:00:00Z"})
    assert found.entries[0].published_at is None
    assert found.notes == ("1 entry had a date in the future, which was left out",)


def test_only_a_thousand_items_are_taken() -> None:
    found = feed(*({"id": str(number)} for number in range(1_500)))
    assert len(found.entries) == MAX_ENTRIES
    assert found.notes == ("only the first 1,000 of 1,500 entries were taken",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=3,
)
FIELDS = st.sampled_from(
    [
        "id",
        "url",
        "external_url",
        "title",
        "content_html",
        "content_text",
        "date_published",
        "authors",
    ]
)


@given(st.lists(st.dictionaries(FIELDS, JSON) | JSON, max_size=4), st.dictionaries(FIELDS, JSON))
def test_no_json_raises_and_keys_are_distinct(items: list[Any], fields: dict[str, Any]) -> None:
    found = feed(*items, **fields)
    keys = [entry.key for entry in found.entries]
    assert len(set(keys)) == len(keys)


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    assert isinstance(parse_json_feed("{" + text, URL, NOW), NotAFeed | ParsedFeed)
