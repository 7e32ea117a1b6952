"""One pair of dates out of what page, feed and templates claim."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.page_dates import FIRST_FEED, FIRST_PAGE, Claim, Dates, agreed_dates

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def dates(
    *published: str,
    modified: tuple[str, ...] = (),
    feed: str = "",
    hints: tuple[str, ...] = (),
    earliest: datetime = FIRST_PAGE,
) -> Dates:
    return agreed_dates(
        [Claim(f"source {number}", value) for number, value in enumerate(published)],
        [Claim(f"change {number}", value) for number, value in enumerate(modified)],
        hints=[Claim("time", value) for value in hints],
        of_feed=[Claim("feed", feed)] if feed else [],
        now=NOW,
        earliest=earliest,
    )


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-03-14T22:15:00-03:00", datetime(2025, 3, 15, 1, 15, tzinfo=UTC)),
        ("2025-03-14T22:15:00Z", datetime(2025, 3, 14, 22, 15, tzinfo=UTC)),
        ("2025-03-14 22:15:00 -0300", datetime(2025, 3, 15, 1, 15, tzinfo=UTC)),
        ("2025-03-14T22:15:00.123456789Z", datetime(2025, 3, 14, 22, 15, 0, 123456, UTC)),
        ("2025-03-14 22:15 UTC", datetime(2025, 3, 14, 22, 15, tzinfo=UTC)),
        ("Fri, 14 Mar 2025 22:15:00 -0300", datetime(2025, 3, 15, 1, 15, tzinfo=UTC)),
        ("2025-03-14", datetime(2025, 3, 14, tzinfo=UTC)),
        ("20250314", datetime(2025, 3, 14, tzinfo=UTC)),
        ("1741990500", datetime(2025, 3, 14, 22, 15, tzinfo=UTC)),
        ("1741990500000", datetime(2025, 3, 14, 22, 15, tzinfo=UTC)),
        ("1969-07-21T02:56:15Z", datetime(1969, 7, 21, 2, 56, 15, tzinfo=UTC)),
        ("soon", None),
        ("", None),
        ("2025-03-14T25:00:00Z", None),
        ("9" * 61, None),
    ],
)
def test_a_date_is_read_as_pages_write_it(written: str, moment: datetime | None) -> None:
    assert dates(written).published_at == moment


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("2999-01-01T00:00:00Z", "in the future, 2999-01-01"),
        ("2025-06-03T00:00:01Z", "in the future, 2025-06-03"),
        ("1970-01-01T00:00:00Z", "cannot be true, 1970-01-01"),
        ("0001-01-01T00:00:00", "cannot be true, 0001-01-01"),
        ("1900-01-01", "cannot be true, 1900-01-01"),
    ],
)
def test_what_cannot_be_true_gives_way_to_the_next_source_and_is_noted(
    wrong: str, words: str
) -> None:
    found = dates(wrong, "2025-03-14T10:00:00Z")
    assert found.published_at == datetime(2025, 3, 14, 10, tzinfo=UTC)
    assert any(words in note for note in found.notes)
    assert dates(wrong).published_at is None


def test_a_clock_a_few_hours_ahead_is_believed() -> None:
    assert dates("2025-06-01T20:00:00Z") == Dates(datetime(2025, 6, 1, 20, tzinfo=UTC))


def test_news_of_a_feed_is_not_older_than_the_web() -> None:
    assert dates("1969-07-21", earliest=FIRST_FEED).published_at is None


def test_the_day_most_sources_name_wins_and_the_others_are_noted() -> None:
    found = dates("2025-05-20T08:00:00Z", "2025-03-14", "2025-03-14T10:00:00Z")
    assert found.published_at == datetime(2025, 3, 14, 10, tzinfo=UTC)
    assert found.notes == ("the page gives several dates; 2025-03-14 was taken, not 2025-05-20",)


def test_the_first_source_decides_a_draw() -> None:
    assert dates("2025-05-20", "2025-03-14").published_at == datetime(2025, 5, 20, tzinfo=UTC)


def test_a_time_of_day_is_better_than_a_day_and_midnight_is_a_day() -> None:
    moment = datetime(2025, 3, 14, 10, tzinfo=UTC)
    assert dates("2025-03-14", "2025-03-14T10:00:00Z") == Dates(moment)
    assert dates("2025-03-14T00:00:00Z", "2025-03-14T10:00:00Z") == Dates(moment)
    assert dates("2025-03-14", hints=("2025-03-14T10:00:00Z",)) == Dates(moment)


def test_a_hint_alone_dates_nothing() -> None:
    assert dates(hints=("2025-03-14T10:00:00Z",)) == Dates()
    hinted = dates("2025-03-14", hints=("2025-05-01T10:00:00Z",))
    assert hinted == Dates(datetime(2025, 3, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    ("local", "others"),
    [
        ("2025-03-14T22:15:00", {"published": "2025-03-14T22:15:00-03:00"}),
        ("2025-03-14T22:15:00", {"published": "2025-03-15T01:15:00Z"}),
        ("2025-03-14T22:15:00", {"feed": "Sat, 15 Mar 2025 01:15:20 GMT"}),
        ("2025-03-14T22:15:00", {"modified": "2025-03-15T10:02:00-03:00"}),
    ],
)
def test_a_local_time_gets_the_timezone_another_source_tells(
    local: str, others: dict[str, str]
) -> None:
    published = [local, *([others["published"]] if "published" in others else [])]
    modified = (others["modified"],) if "modified" in others else ()
    found = dates(*published, modified=modified, feed=others.get("feed", ""))
    assert found.published_at is not None
    assert abs(found.published_at - datetime(2025, 3, 15, 1, 15, tzinfo=UTC)) < timedelta(minutes=1)
    assert found.notes == ()


def test_the_timezone_is_not_taken_from_a_change_some_minutes_later() -> None:
    found = dates("2025-03-14T20:15:00", modified=("2025-03-14T21:30:00+01:00",))
    assert found.published_at == datetime(2025, 3, 14, 19, 15, tzinfo=UTC)
    assert found.modified_at == datetime(2025, 3, 14, 20, 30, tzinfo=UTC)


def test_a_local_time_nobody_places_is_read_as_utc_and_noted() -> None:
    found = dates("2025-03-14T22:15:00")
    assert found.published_at == datetime(2025, 3, 14, 22, 15, tzinfo=UTC)
    assert found.notes == ("its time is given without a timezone and was read as UTC",)


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("2025-03-14T10:00:00Z", "2025-05-20T08:00:00Z"),
        ("2025-05-20T08:00:00Z", "2025-03-14T10:00:00Z"),
    ],
)
def test_of_page_and_feed_the_earlier_one_is_the_publication(page: str, feed: str) -> None:
    found = dates(page, feed=feed)
    assert found.published_at == datetime(2025, 3, 14, 10, tzinfo=UTC)
    assert found.notes == (
        "page and feed give different dates; 2025-03-14 was taken, not 2025-05-20",
    )


def test_the_feed_tells_the_minute_where_both_name_the_day() -> None:
    assert dates("2025-03-14T10:00:00Z", feed="2025-03-14T10:02:00Z") == Dates(
        datetime(2025, 3, 14, 10, 2, tzinfo=UTC)
    )
    assert dates("2025-03-14T10:00:00Z", feed="2025-03-14") == Dates(
        datetime(2025, 3, 14, 10, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("modified", "taken", "noted"),
    [
        ("2025-03-15T09:00:00Z", datetime(2025, 3, 15, 9, tzinfo=UTC), False),
        ("2025-03-14T10:00:30Z", None, False),
        ("2025-03-14", None, False),
        ("2025-03-15", datetime(2025, 3, 15, tzinfo=UTC), False),
        ("2025-03-14T09:55:00Z", None, False),
        ("2025-03-13T10:00:00Z", None, True),
        ("2025-03-13", None, True),
        ("2999-01-01T00:00:00Z", None, True),
    ],
)
def test_a_change_comes_after_the_publication(
    modified: str, taken: datetime | None, noted: bool
) -> None:
    found = dates("2025-03-14T10:00:00Z", modified=(modified,))
    assert found.published_at == datetime(2025, 3, 14, 10, tzinfo=UTC)
    assert found.modified_at == taken
    assert bool(found.notes) == noted


def test_a_change_is_known_even_where_the_publication_is_not() -> None:
    assert dates(modified=("2025-03-14T10:00:00Z",)) == Dates(
        None, datetime(2025, 3, 14, 10, tzinfo=UTC)
    )


moments = st.datetimes(datetime.min, datetime.max)  # noqa: DTZ901 - zones are added below
zones = st.one_of(st.none(), st.integers(-14, 14).map(lambda h: timezone(timedelta(hours=h))))
claims = st.lists(
    st.one_of(
        st.text(max_size=30),
        st.builds(lambda moment, zone: moment.replace(tzinfo=zone).isoformat(), moments, zones),
        st.builds(lambda moment, zone: moment.replace(tzinfo=zone), moments, zones),
    ).map(lambda value: Claim("somewhere", value)),
    max_size=4,
)


@given(published=claims, modified=claims, hints=claims, feed=claims)
def test_whatever_is_claimed_the_dates_are_credible_and_in_order(
    published: list[Claim], modified: list[Claim], hints: list[Claim], feed: list[Claim]
) -> None:
    found = agreed_dates(published, modified, hints=hints, of_feed=feed, now=NOW)
    slack = timedelta(hours=15)
    for moment in (found.published_at, found.modified_at):
        if moment is not None:
            assert moment.utcoffset() == timedelta()
            assert FIRST_PAGE - slack <= moment <= NOW + timedelta(days=1) + slack
    if found.published_at and found.modified_at:
        assert found.modified_at >= found.published_at.replace(hour=0, minute=0)
