"""The settings' screens and buttons: what they show fits and comes back as it went out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.asker import Length
from bot.chat_settings import MINUTES_A_DAY, ChatSettings, QuietHours, known_timezones
from bot.cities import City
from bot.conversation_key import ConversationKey
from bot.handlers.asked_cities import ASKED_SECONDS, MOST_ASKED, AskedCities
from bot.handlers.settings import with_choice
from bot.render import Rendered
from bot.render_settings import (
    Desk,
    city_question,
    city_unknown,
    feeds_page,
    language_choice,
    length_choice,
    outlet_key,
    outlets_page,
    quiet_end,
    quiet_start,
    settings_main,
    which_city,
)
from bot.settings_buttons import SettingsAct, SettingsPress, hours_of, parse_settings_press
from tests.archive import NOW
from tests.telegram_html import parse, utf16

PLACES = [ConversationKey(7), ConversationKey(-5), ConversationKey(-5, 3), ConversationKey(7, 3)]
names = st.lists(st.text(max_size=300), max_size=12).map(tuple)
quiet = st.builds(QuietHours, st.integers(0, MINUTES_A_DAY - 1), st.integers(0, MINUTES_A_DAY - 1))
settings = st.builds(
    ChatSettings,
    language=st.none() | st.sampled_from(texts.LANGUAGES),
    timezone=st.none() | st.sampled_from(sorted(known_timezones())),
    length=st.none() | st.sampled_from(Length),
    preferred_sources=names,
    hidden_sources=names,
    quiet=st.none() | quiet,
)


def a_desk(
    where: ConversationKey = PLACES[0],
    own: ChatSettings | None = None,
    language: str = "en",
) -> Desk:
    own = own or ChatSettings()
    return Desk(where, own, own, language, NOW.astimezone(own.zone("UTC")))


def fits(screen: Rendered) -> None:
    (part,) = screen.parts
    shown, _ = parse(part.html)
    assert shown.strip()
    assert utf16(part.html) <= 4096
    assert len(screen.buttons) <= 12
    for row in screen.buttons:
        for button in row:
            assert button.label.strip()
            assert len(button.data.encode()) <= 64
            assert parse_settings_press(button.data) is not None


@given(
    st.sampled_from(PLACES), settings, st.sampled_from(texts.LANGUAGES), names, st.integers(0, 99)
)
def test_every_screen_is_one_message_whose_buttons_are_understood(
    where: ConversationKey, own: ChatSettings, language: str, listed: tuple[str, ...], page: int
) -> None:
    desk = a_desk(where, own, language)
    cities = [City(name, "BR", "America/Argentina/ComodRivadavia") for name in listed[:6]]
    feeds = [(f"{at:012x}", name) for at, name in enumerate(listed)]
    for screen in (
        settings_main(desk, listed),
        language_choice(desk),
        length_choice(desk),
        city_question(desk),
        which_city(desk, cities),
        city_unknown(desk, "".join(listed)),
        quiet_start(desk),
        quiet_end(desk, page % 24),
        outlets_page(desk, listed, page),
        feeds_page(desk, feeds, page),
    ):
        fits(screen)


@pytest.mark.parametrize("zone", sorted(known_timezones(), key=lambda zone: (len(zone), zone))[-5:])
def test_the_longest_time_zone_fits_into_a_button(zone: str) -> None:
    press = SettingsPress(SettingsAct.TIMEZONE, zone)
    assert parse_settings_press(press.data) == press
    chosen = with_choice(ChatSettings(), press)
    assert chosen is not None
    assert chosen.timezone == zone


@given(st.text(max_size=70))
def test_whatever_comes_back_is_a_press_or_nothing(data: str) -> None:
    for said in (data, f"g:q:0:{data}", f"g:{data}"):
        press = parse_settings_press(said)
        if press is not None:
            assert press.data.split(":")[0] == "g"
            assert with_choice(ChatSettings(), press) is None or press.value


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ("22", 22),
        ("22-7", QuietHours(22 * 60, 7 * 60)),
        ("0-0", QuietHours(0, 0)),
        ("24", None),
        ("22-24", None),
        ("", None),
        ("x", None),
        ("٢", None),
    ],
)
def test_hours_are_read_as_they_are_written(value: str, meant: object) -> None:
    assert hours_of(value) == meant


@given(st.integers(0, 23), st.integers(1, 23))
def test_the_hours_offered_lead_to_the_hours_chosen(start: int, for_hours: int) -> None:
    until = (start + for_hours) % 24
    (button,) = [
        one
        for row in quiet_end(a_desk(), start).buttons
        for one in row
        if one.label == f"{until:02}:00"
    ]
    press = parse_settings_press(button.data)
    assert press is not None
    chosen = with_choice(ChatSettings(), press)
    assert chosen is not None
    assert chosen.quiet == QuietHours(start * 60, until * 60)


def test_outlets_show_what_was_chosen_and_names_stand_for_themselves() -> None:
    own = ChatSettings(preferred_sources=("A",), hidden_sources=("B",))
    rows = outlets_page(a_desk(own=own), ["A", "B", "C"], 0).buttons
    assert [row[0].label for row in rows[:3]] == ["⭐ A", "🚫 B", "C"]
    assert len({outlet_key(name) for name in ("A", "B", "a", "")}) == 4


class TestWhoWasAskedForACity:
    def test_is_not_waited_for_forever_nor_are_too_many(self) -> None:
        now = [0.0]
        asked = AskedCities(lambda: now[0])
        for person in range(1, MOST_ASKED + 2):
            asked.ask(ConversationKey(person), person, 4)
        assert len(asked._asked) == MOST_ASKED
        assert (ConversationKey(1), 1) not in asked._asked
        last = asked._asked[ConversationKey(2), 2]
        assert last.until == timedelta(seconds=ASKED_SECONDS).total_seconds()

    def test_may_reply_to_either_message_that_asked(self) -> None:
        asked = AskedCities()
        asked.ask(ConversationKey(-5), 7, 4)
        asked.ask(ConversationKey(-5), 7, 9)
        assert asked._asked[ConversationKey(-5), 7].message_ids == {4, 9}
