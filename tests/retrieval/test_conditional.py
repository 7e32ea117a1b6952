"""What HTTP headers say about versions, freshness and waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.conditional import (
    LONGEST_FRESH,
    LONGEST_WAIT,
    CacheHints,
    Validators,
    cache_hints,
    http_date,
    retry_after,
    validators_of,
)

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def test_validators_come_back_word_for_word() -> None:
    found = validators_of({"etag": 'W/"a b"', "last-modified": "Mon, 04 May 2026 10:00:00 GMT"})
    assert found == Validators('W/"a b"', "Mon, 04 May 2026 10:00:00 GMT")
    assert found.headers() == {
        "If-None-Match": 'W/"a b"',
        "If-Modified-Since": "Mon, 04 May 2026 10:00:00 GMT",
    }


@pytest.mark.parametrize(
    "value", ['"a"\r\nHost: evil', "a\nb", "\x00", "é", " ", "", "a" * 501, "\x7f", '"a"\n']
)
def test_a_validator_that_cannot_stand_in_a_header_is_not_kept_and_not_sent(value: str) -> None:
    assert validators_of({"etag": value, "last-modified": value}) == Validators()
    assert Validators(value, value).headers() == {}


@given(st.text(), st.text())
def test_no_validator_breaks_out_of_its_header(etag: str, last_modified: str) -> None:
    for value in Validators(etag, last_modified).headers().values():
        assert value.isascii()
        assert value.isprintable()
        assert value == value.strip()


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta(0)),
        ("99999999999999", LONGEST_WAIT),
        ("Mon, 04 May 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Mon, 04 May 2026 14:30:00 +0200", timedelta(minutes=30)),
        ("Mon, 04 May 2020 12:30:00 GMT", timedelta(0)),
        ("Mon, 04 May 2099 12:30:00 GMT", LONGEST_WAIT),
        ("-5", None),
        ("1e9", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, wait: timedelta | None) -> None:
    assert retry_after(value, NOW) == wait


@given(st.one_of(st.none(), st.text(), st.from_regex(r"[A-Z][a-z]{2}, \d\d \w{3} \d{1,9} [\d:]+")))
def test_no_retry_after_is_negative_or_longer_than_a_week(value: str | None) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) <= wait <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("headers", "fresh_for"),
    [
        ({}, None),
        ({"cache-control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"cache-control": 'MAX-AGE="600"'}, timedelta(minutes=10)),
        ({"cache-control": "max-age=600", "age": "60"}, timedelta(minutes=9)),
        ({"cache-control": "max-age=600", "age": "900"}, timedelta(0)),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "max-age=600, no-cache"}, timedelta(0)),
        ({"cache-control": "no-store"}, timedelta(0)),
        ({"cache-control": 'private="no-cache", max-age=600'}, timedelta(minutes=10)),
        ({"cache-control": "max-age=abc"}, None),
        ({"cache-control": "max-age=9" + "9" * 15}, LONGEST_FRESH),
        ({"expires": "Mon, 04 May 2026 13:00:00 GMT"}, timedelta(hours=1)),
        ({"expires": "0"}, timedelta(0)),
        ({"expires": "Mon, 04 May 2020 13:00:00 GMT"}, timedelta(0)),
        (
            {"cache-control": "max-age=60", "expires": "Mon, 04 May 2026 13:00:00 GMT"},
            timedelta(minutes=1),
        ),
        (  # a server whose clock is a day ahead
            {
                "expires": "Tue, 05 May 2026 13:00:00 GMT",
                "date": "Tue, 05 May 2026 12:00:00 GMT",
            },
            timedelta(hours=1),
        ),
    ],
)
def test_how_long_an_answer_stays_fresh(
    headers: dict[str, str], fresh_for: timedelta | None
) -> None:
    assert cache_hints(headers, NOW).fresh_for(NOW) == fresh_for


def test_an_expiry_is_counted_from_when_it_is_asked_about() -> None:
    hints = CacheHints(expires=NOW + DAY)
    assert hints.fresh_for(NOW + DAY / 2) == DAY / 2
    assert hints.fresh_for(NOW + 2 * DAY) == timedelta(0)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("cache-control", "expires", "age", "date"), st.text()
)))  # fmt: skip
def test_no_headers_escape_the_bounds(headers: dict[str, str]) -> None:
    fresh_for = cache_hints(headers, NOW).fresh_for(NOW)
    assert fresh_for is None or timedelta(0) <= fresh_for <= LONGEST_FRESH


@given(st.text(max_size=200))
def test_dates_are_in_utc_or_none(value: str) -> None:
    moment = http_date(value)
    assert moment is None or moment.tzinfo is UTC
