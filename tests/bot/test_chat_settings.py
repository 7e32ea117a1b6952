"""What a chat or topic chooses, how it is kept, and which cities are meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from bot import texts
from bot.asker import Length
from bot.chat_settings import (
    MINUTES_A_DAY,
    MOST_CHOSEN,
    NEVER_QUIET,
    NOTHING_CHOSEN,
    ChatSettings,
    QuietHours,
)
from bot.cities import MOST_CITIES, City, cities_called, city_at
from bot.conversation_key import ConversationKey
from bot.database import chat_settings
from bot.offload import Offload
from bot.people import People
from bot.settings_book import Choosable, SettingsBook
from tests.archive import NOW
from tests.people import people_database

CHAT, TOPIC = ConversationKey(-100200), ConversationKey(-100200, 5)
NIGHT = QuietHours(22 * 60, 7 * 60)
RECIFE = "America/Recife"

minutes = st.integers(0, MINUTES_A_DAY - 1)
names = st.lists(st.text(min_size=1, max_size=20), max_size=5, unique=True).map(sorted).map(tuple)
some_settings = st.builds(
    ChatSettings,
    language=st.none() | st.sampled_from(texts.LANGUAGES),
    timezone=st.none() | st.sampled_from([RECIFE, "UTC", "Europe/Lisbon"]),
    length=st.none() | st.sampled_from(Length),
    preferred_sources=names,
    preferred_feeds=names,
    hidden_sources=names,
    quiet=st.none() | st.builds(QuietHours, minutes, minutes),
)


class TestQuietHours:
    def at(self, hour: int, minute: int = 0) -> datetime:
        return datetime(2025, 6, 1, hour, minute, tzinfo=ZoneInfo(RECIFE)).astimezone(UTC)

    @pytest.mark.parametrize(
        ("hour", "minute", "quiet"),
        [(21, 59, False), (22, 0, True), (3, 0, True), (6, 59, True), (7, 0, False)],
    )
    def test_over_midnight_are_counted_in_the_chats_own_zone(
        self, hour: int, minute: int, quiet: bool
    ) -> None:
        chosen = ChatSettings(timezone=RECIFE, quiet=NIGHT)
        assert chosen.is_quiet(self.at(hour, minute), chosen.zone("UTC")) is quiet

    @pytest.mark.parametrize(("hour", "quiet"), [(12, False), (13, True), (14, True), (15, False)])
    def test_by_day_end_when_they_say(self, hour: int, quiet: bool) -> None:
        chosen = ChatSettings(quiet=QuietHours(13 * 60, 15 * 60))
        assert chosen.is_quiet(self.at(hour), ZoneInfo(RECIFE)) is quiet

    @given(minutes, minutes, st.datetimes(timezones=st.just(UTC)))
    def test_and_the_other_hours_make_a_day(self, start: int, until: int, now: datetime) -> None:
        here, there = QuietHours(start, until), QuietHours(until, start)
        if start == until:
            assert here.are_none
            assert not here.hold(now)
        else:
            assert here.hold(now) is not there.hold(now)

    def test_that_nobody_chose_are_none(self) -> None:
        assert not NOTHING_CHOSEN.is_quiet(NOW, UTC)


class TestATopic:
    def test_takes_what_its_chat_has_chosen_until_it_chooses_itself(self) -> None:
        chat = ChatSettings("pt", RECIFE, Length.SHORT, quiet=NIGHT)
        assert NOTHING_CHOSEN.or_else(chat) == chat
        topic = ChatSettings("es", "Europe/Lisbon", Length.DETAILED, quiet=NEVER_QUIET)
        assert topic.or_else(chat) == topic

    def test_prefers_what_its_chat_hides_and_hides_what_it_prefers(self) -> None:
        chat = ChatSettings(preferred_sources=("A",), hidden_sources=("B", "C"))
        topic = ChatSettings(preferred_sources=("B",), hidden_sources=("A",))
        holds = topic.or_else(chat)
        assert (holds.preferred_sources, holds.hidden_sources) == (("B",), ("A", "C"))

    @given(some_settings, some_settings)
    def test_never_has_an_outlet_both_ways(self, topic: ChatSettings, chat: ChatSettings) -> None:
        holds = topic.or_else(chat)
        assert not {*holds.preferred_sources} & {*holds.hidden_sources}


class TestAnOutletTurned:
    def test_is_preferred_then_hidden_then_like_any_other(self) -> None:
        one = NOTHING_CHOSEN.with_source_turned("Folha")
        assert one.preferred_sources == ("Folha",)
        two = one.with_source_turned("Folha")
        assert (two.preferred_sources, two.hidden_sources) == ((), ("Folha",))
        assert two.with_source_turned("Folha") == NOTHING_CHOSEN

    def test_beyond_what_can_be_chosen_changes_nothing(self) -> None:
        full = ChatSettings(preferred_sources=tuple(f"{at:02}" for at in range(MOST_CHOSEN)))
        assert full.with_source_turned("more") == full
        feeds = ChatSettings(preferred_feeds=tuple(f"{at:02}" for at in range(MOST_CHOSEN)))
        assert feeds.with_feed_turned("more") == feeds
        assert len(feeds.with_feed_turned("03").preferred_feeds) == MOST_CHOSEN - 1


def test_who_asks_brings_what_their_chat_has_chosen() -> None:
    chosen = ChatSettings(None, RECIFE, Length.SHORT, ("A",), ("f",), ("B",))
    asker = chosen.asker(7, chosen.zone("UTC"))
    assert (asker.person, asker.timezone, asker.length) == (7, ZoneInfo(RECIFE), Length.SHORT)
    assert asker.preferred_sources == ("A",)
    assert asker.preferred_feeds == ("f",)
    assert asker.hidden_sources == ("B",)
    assert NOTHING_CHOSEN.asker(7, UTC).length is Length.NORMAL


@dataclass
class Shelf:
    """The store and its file."""

    engine: Any = field(default_factory=people_database)
    offload: Offload = field(default_factory=Offload)

    @property
    def book(self) -> SettingsBook:
        """As after a restart."""
        choosable = Choosable(lambda: ["b", "A"], tuple)
        return SettingsBook(self.engine, self.offload, lambda: NOW, choosable, "Europe/Lisbon")


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    yield made
    made.offload.close()
    made.engine.dispose()


class TestTheBook:
    async def test_keeps_whatever_was_chosen_also_after_a_restart(self, shelf: Shelf) -> None:
        chosen = ChatSettings("pt", RECIFE, Length.SHORT, ("A", '"'), ("f",), ("B",), NIGHT)
        book = shelf.book
        await book.choose(TOPIC, chosen)
        assert book.own(TOPIC) == chosen == shelf.book.own(TOPIC)
        assert book.own(CHAT) == NOTHING_CHOSEN

    async def test_forgets_who_has_taken_all_back(self, shelf: Shelf) -> None:
        book = shelf.book
        await book.choose(CHAT, ChatSettings("pt"))
        await book.choose(CHAT, NOTHING_CHOSEN)
        with shelf.engine.connect() as connection:
            assert connection.execute(select(chat_settings)).all() == []

    async def test_gives_a_topic_what_its_chat_has_and_no_other_topic_has(
        self, shelf: Shelf
    ) -> None:
        book = shelf.book
        await book.choose(CHAT, ChatSettings("pt", quiet=NIGHT))
        await book.choose(TOPIC, ChatSettings(timezone=RECIFE))
        assert book.of(TOPIC) == ChatSettings("pt", RECIFE, quiet=NIGHT)
        assert book.of(ConversationKey(CHAT.chat_id, 6)) == ChatSettings("pt", quiet=NIGHT)
        assert str(book.zone(CHAT)) == "Europe/Lisbon"
        assert book.is_quiet(CHAT, NOW.replace(hour=23))
        assert not book.is_quiet(CHAT, NOW.replace(hour=12))

    async def test_goes_along_when_a_group_becomes_a_supergroup(self, shelf: Shelf) -> None:
        book, people = shelf.book, People(shelf.engine, shelf.offload, lambda: NOW)
        people.when_moved(book.reload)
        old, new = ConversationKey(-77), ConversationKey(-100777)
        await book.choose(old, ChatSettings("pt"))
        await book.choose(replace(old, thread_id=5), ChatSettings("es"))
        await people.move_chat(old.chat_id, new.chat_id)
        assert book.of(new).language == "pt"
        assert book.of(replace(new, thread_id=5)).language == "es"
        assert book.of(old) == NOTHING_CHOSEN

    def test_takes_what_it_cannot_read_for_not_chosen(self, shelf: Shelf) -> None:
        with shelf.engine.begin() as connection:
            connection.execute(
                insert(chat_settings).values(
                    conversation=str(CHAT),
                    language="tlh",
                    timezone="../../etc/passwd",
                    length="endless",
                    preferred_sources='{"not": "a list"}',
                    hidden_sources="[1, null, {}, broken",
                    quiet_from=99_999,
                    quiet_until=-1,
                    changed_at=0,
                )
            )
        assert shelf.book.own(CHAT) == NOTHING_CHOSEN

    async def test_lists_outlets_as_people_do(self, shelf: Shelf) -> None:
        assert await shelf.book.outlets() == ("A", "b")


class TestACity:
    def test_is_known_by_its_name_in_other_languages(self) -> None:
        assert cities_called(" SÃO paulo ") == (City("São Paulo", "BR", "America/Sao_Paulo"),)

    def test_of_several_names_each_zone_once_the_largest_first(self) -> None:
        found = cities_called("Springfield")
        assert 1 < len(found) <= MOST_CITIES
        assert len({(one.country, one.timezone) for one in found}) == len(found)
        assert found[0] == City("Springfield", "US", "America/Chicago")

    @pytest.mark.parametrize("written", ["america/recife", "America/Recife", " America/Recife"])
    def test_may_be_a_time_zone(self, written: str) -> None:
        assert cities_called(written) == (City("Recife", "", RECIFE),)

    @pytest.mark.parametrize("written", ["", " ", "?!", "…", "\x00"])
    def test_is_not_without_a_name(self, written: str) -> None:
        assert cities_called(written) == ()

    def test_is_not_what_nobody_calls_so(self) -> None:
        assert cities_called("xyzzy" * 1000) == ()

    def test_is_found_by_a_place_on_the_map(self) -> None:
        assert city_at(-8.05, -34.9) == City("Recife", "", RECIFE)

    @given(st.floats(), st.floats())
    def test_of_any_place_is_a_zone_or_nothing(self, latitude: float, longitude: float) -> None:
        found = city_at(latitude, longitude)
        assert found is None or ZoneInfo(found.timezone).key == found.timezone
