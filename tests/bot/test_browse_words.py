"""What people write after a command, and the keys that ask for it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.browse_press import BrowseAct, BrowsePress, parse_browse_press
from bot.browse_words import (
    LONGEST_KEY,
    LONGEST_WORDS,
    MOST_SHELVED,
    Shelf,
    article_of_key,
    is_address,
    key_of_article,
    read_latest,
    read_spec,
    read_words,
    sources_called,
    spec_of,
)
from bot.browsed import LatestAsked

SOURCES = ["Folha de S.Paulo", "El País", "BBC News", "BBC News Brasil"]
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
YESTERDAY = datetime(2025, 5, 31, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def asked(words: str) -> LatestAsked:
    return read_latest(words, SOURCES, NOW, SAO_PAULO)


class TestTheWordsAfterLatest:
    def test_the_first_word_of_an_outlets_name_means_all_that_begin_so(self) -> None:
        known = ["Gazeta da Serra", "Gazeta de Vale Pomar", "Kestrel Review", "World News"]

        def sources(words: str) -> tuple[str, ...]:
            return read_latest(words, known, NOW, SAO_PAULO).sources

        assert sources("gazeta") == ("Gazeta da Serra", "Gazeta de Vale Pomar")
        assert sources("energy kestrel") == ("Kestrel Review",)
        assert sources("pomar") == sources("world") == ()

    @pytest.mark.parametrize(
        "words",
        [
            "folha energia ontem",
            "ontem folha energia",
            "energia da Folha, ontem",
            "ayer folha energia",
        ],
    )
    def test_name_topic_outlet_and_day_in_any_order(self, words: str) -> None:
        read = asked(words)
        assert (read.topic, read.sources) == ("energia", ("Folha de S.Paulo",))
        assert (read.since, read.until) == (YESTERDAY, YESTERDAY + DAY)

    @pytest.mark.parametrize(
        ("words", "day"),
        [
            ("yesterday", YESTERDAY),
            ("2025-05-20", YESTERDAY - 11 * DAY),
            ("20/05", YESTERDAY - 11 * DAY),
            ("20 de maio", YESTERDAY - 11 * DAY),
            ("hoje", YESTERDAY + DAY),
        ],
    )
    def test_name_a_day_in_the_readers_time_zone(self, words: str, day: datetime) -> None:
        assert asked(words) == LatestAsked(since=day, until=day + DAY)

    def test_mean_the_last_day_of_that_name(self) -> None:
        assert asked("31/12").since == datetime(2024, 12, 31, 3, tzinfo=UTC)

    def test_that_name_no_day_of_the_calendar_are_a_topic(self) -> None:
        assert asked("31/02") == LatestAsked("31/02")

    def test_name_every_outlet_they_may_mean(self) -> None:
        assert asked("bbc").sources == ("BBC News", "BBC News Brasil")
        assert asked("el pais").sources == ("El País",)

    def test_of_nothing_but_small_words_are_no_topic(self) -> None:
        assert asked("news of yesterday").topic == ""
        assert asked("last week on stargate").topic == "stargate"
        assert asked("") == LatestAsked()

    @given(st.text(max_size=500))
    def test_can_be_anything(self, words: str) -> None:
        read = asked(words)
        assert len(read.topic) <= LONGEST_WORDS
        assert read_words(words) == read_words(read_words(words))


MOMENTS = st.none() | st.datetimes(
    datetime(1980, 1, 1),  # noqa: DTZ001 - hypothesis adds it
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda moment: moment.replace(minute=15 * (moment.minute // 15), second=0, microsecond=0))


class TestAKey:
    @given(st.text(max_size=60), st.text(max_size=60), MOMENTS, MOMENTS)
    def test_says_what_was_asked(
        self, topic: str, outlet: str, since: datetime | None, until: datetime | None
    ) -> None:
        said = LatestAsked(topic, outlet.replace("|", " "), (), since, until)
        assert read_spec(spec_of(said)) == said

    @given(st.text(max_size=70))
    def test_from_a_stranger_is_read_or_refused(self, text: str) -> None:
        read = read_spec(text)
        assert read is None or read_spec(spec_of(read)) == read

    @pytest.mark.parametrize("text", ["", "|", "x||", "1||", "zzzzzzz.1||", "1.2", "-1.||"])
    def test_that_is_none_is_refused(self, text: str) -> None:
        assert read_spec(text) is None

    def test_names_the_same_outlets_again(self) -> None:
        read = asked("bbc ontem")
        assert sources_called(read.outlet, SOURCES) == read.sources

    @given(st.text(max_size=400))
    def test_fits_into_a_button_and_leads_back_to_the_text(self, text: str) -> None:
        shelf = Shelf()
        key = shelf.key(text)
        assert len(key.encode("utf-8", "replace")) <= LONGEST_KEY
        assert shelf.text(key) == text

    def test_that_is_not_kept_any_more_leads_nowhere(self) -> None:
        shelf = Shelf()
        first = shelf.key("x" * 100)
        for number in range(MOST_SHELVED):
            shelf.key(f"{number} {'x' * 100}")
        assert shelf.text(first) is None
        assert Shelf().text(first) is None

    def test_of_an_article_is_told_from_words(self) -> None:
        assert article_of_key(key_of_article("0" * 24)) == "0" * 24
        assert article_of_key("stargate") is None


class TestAButton:
    @given(st.sampled_from(sorted(BrowseAct)), st.integers(0, 9999), st.text(max_size=400))
    def test_is_read_back_and_fits(self, act: BrowseAct, page: int, text: str) -> None:
        is_of_list = act in (BrowseAct.LATEST, BrowseAct.SEARCH, BrowseAct.STORY)
        press = BrowsePress(act, Shelf().key(text) if is_of_list else "0" * 24, page)
        assert len(press.data.encode("utf-8", "replace")) <= 64
        assert parse_browse_press(press.data) == press

    @given(st.text(max_size=80).map(lambda text: f"b:{text}"))
    def test_with_anything_else_is_refused_or_bounded(self, data: str) -> None:
        press = parse_browse_press(data)
        assert press is None or press.page <= 9999

    @pytest.mark.parametrize("data", ["b:a:0:../../x", "b:q:0:", "b:z:0:x", "b:l:-1:x", "a:l:0:x"])
    def test_of_no_article_is_none(self, data: str) -> None:
        assert parse_browse_press(data) is None


def test_a_link_is_told_from_words() -> None:
    assert is_address("https://folha.example.com/a")
    assert not is_address("https: the protocol")
    assert not is_address("http://[")
