"""The settings of a chat or topic as Telegram screens.  (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from babel import Locale

from bot import texts
from bot.asker import Length
from bot.chat_settings import NEVER_QUIET, ChatSettings, QuietHours
from bot.conversation_key import ConversationKey
from bot.render import Button, Rendered
from bot.richtext import Span
from bot.screens import cut, in_rows, screen
from bot.settings_buttons import NOT_CHOSEN, SettingsAct, SettingsPress
from retrieval.identity import digest

if TYPE_CHECKING:  # tables of cities are opened only when somebody names one
    from bot.cities import City

OWN_NAMES = {"en": "English", "pt": "Português", "es": "Español"}
ROWS_A_PAGE = 8
LONGEST_LABEL = 40
MOST_NAMED = 4
_CHOSEN, _PREFERRED, _HIDDEN = "✅", "⭐", "🚫"


class Kind(StrEnum):
    """Of a place, as far as its texts differ."""

    PRIVATE = "private"
    GROUP = "group"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Desk:
    """A place, what was chosen in it, and what holds there."""

    where: ConversationKey
    own: ChatSettings
    holds: ChatSettings
    language: str
    now: datetime
    """In the place's own time zone."""

    @property
    def kind(self) -> Kind:
        if self.where.thread_id is not None:
            return Kind.TOPIC
        return Kind.PRIVATE if self.where.is_private else Kind.GROUP

    def say(self, key: str, **values: object) -> str:
        return texts.say(self.language, key, **values)


def settings_main(desk: Desk, feed_titles: Sequence[str]) -> Rendered:
    """All that can be chosen, and what is; `feed_titles` are of the feeds preferred here."""
    holds = desk.holds
    language = OWN_NAMES[holds.language] if holds.language else desk.say(_unchosen(desk))
    zone = f"{desk.now.tzinfo} ({desk.now:%H:%M})"
    lines = [
        desk.say("settings_line_language", value=language),
        desk.say("settings_line_timezone", value=zone),
        desk.say("settings_line_length", value=_length(desk, holds.length or Length.NORMAL)),
        desk.say(
            "settings_line_preferred", value=_named(desk, [*holds.preferred_sources, *feed_titles])
        ),
        desk.say("settings_line_hidden", value=_named(desk, holds.hidden_sources)),
        desk.say("settings_line_quiet", value=_quiet(desk, holds.quiet or NEVER_QUIET)),
    ]
    title = Span(desk.say(f"settings_of_{desk.kind}"), bold=True)
    choices = (
        ("language", SettingsAct.LANGUAGE), ("timezone", SettingsAct.TIMEZONE),
        ("length", SettingsAct.LENGTH), ("quiet", SettingsAct.QUIET),
        ("outlets", SettingsAct.OUTLETS), ("preferred_feeds", SettingsAct.FEEDS),
    )  # fmt: skip
    buttons = [_button(desk.say(f"button_{name}"), act) for name, act in choices]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    return screen([title, Span("\n\n" + "\n".join(lines))], rows)


def language_choice(desk: Desk) -> Rendered:
    chosen = desk.own.language
    options = [(OWN_NAMES[one], one, one == chosen) for one in texts.LANGUAGES]
    unchosen = (desk.say(_unchosen(desk)), NOT_CHOSEN, chosen is None)
    return _choice(desk, "settings_choose_language", SettingsAct.LANGUAGE, [*options, unchosen])


def length_choice(desk: Desk) -> Rendered:
    shown = desk.holds.length or Length.NORMAL
    options = [(_length(desk, one), one.value, one is shown) for one in Length]
    return _choice(desk, "settings_choose_length", SettingsAct.LENGTH, options)


def city_question(desk: Desk) -> Rendered:
    """Asks for a city: in a group, in a reply to this message."""
    key = "settings_ask_city" if desk.where.is_private else "settings_ask_city_by_reply"
    rows = []
    if desk.own.timezone is not None:
        key_otherwise = "settings_as_chat" if desk.kind is Kind.TOPIC else "settings_as_newsroom"
        rows.append((_button(desk.say(key_otherwise), SettingsAct.TIMEZONE, NOT_CHOSEN),))
    return screen([Span(desk.say(key))], [*rows, (_leave(desk),)])


def which_city(desk: Desk, cities: Sequence[City]) -> Rendered:
    rows = [
        (
            _button(
                f"{cut(_city(one, desk.language), LONGEST_LABEL)} · {_local(desk, one)}",
                SettingsAct.TIMEZONE,
                one.timezone,
            ),
        )
        for one in cities
    ]
    return screen([Span(desk.say("settings_which_city"))], [*rows, (_leave(desk),)])


def city_unknown(desk: Desk, name: str) -> Rendered:
    said = desk.say("settings_city_unknown", name=cut(name, LONGEST_LABEL))
    return screen([Span(said)], [(_leave(desk),)])


def quiet_start(desk: Desk) -> Rendered:
    hours = [_button(_hour(hour), SettingsAct.QUIET, str(hour)) for hour in range(24)]
    none = _button(desk.say("quiet_off"), SettingsAct.QUIET, "0-0")
    rows = [*in_rows([*hours[12:], *hours[:12]]), (none,), (_back(desk),)]
    return screen([Span(desk.say("settings_quiet_from"))], rows)


def quiet_end(desk: Desk, start: int) -> Rendered:
    hours = [
        _button(_hour(hour % 24), SettingsAct.QUIET, f"{start}-{hour % 24}")
        for hour in range(start + 1, start + 24)
    ]
    said = desk.say("settings_quiet_until", start=_hour(start))
    return screen([Span(said)], [*in_rows(hours), (_back(desk),)])


def outlets_page(desk: Desk, outlets: Sequence[str], page: int) -> Rendered:
    """A button an outlet; one press after the other prefers it, hides it, and neither."""
    if not outlets:
        return _nothing(desk, "settings_no_outlets")
    preferred, hidden = desk.holds.preferred_sources, desk.holds.hidden_sources
    marks = {**dict.fromkeys(preferred, _PREFERRED), **dict.fromkeys(hidden, _HIDDEN)}
    rows = [(outlet_key(one), one, marks.get(one, "")) for one in outlets]
    return _list(
        desk, "settings_choose_outlets", rows, page, SettingsAct.OUTLETS, SettingsAct.TURN_OUTLET
    )


def feeds_page(desk: Desk, feeds: Sequence[tuple[str, str]], page: int) -> Rendered:
    """A button a feed, by id and title."""
    if not feeds:
        return _nothing(desk, "settings_no_feeds")
    preferred = desk.holds.preferred_feeds
    rows = [(id_, title, _PREFERRED if id_ in preferred else "") for id_, title in feeds]
    return _list(
        desk, "settings_choose_feeds", rows, page, SettingsAct.FEEDS, SettingsAct.TURN_FEED
    )


def outlet_key(outlet: str) -> str:
    """Stands for the name in a button, whose data is short."""
    return digest(outlet, length=12)


def _list(
    desk: Desk,
    key: str,
    rows: Sequence[tuple[str, str, str]],
    page: int,
    turn_page: SettingsAct,
    turn: SettingsAct,
) -> Rendered:
    pages = -(-len(rows) // ROWS_A_PAGE)
    page = min(page, pages - 1)
    buttons: list[tuple[Button, ...]] = [
        (_button(cut(f"{mark} {name}".strip(), LONGEST_LABEL) or "?", turn, value, page),)
        for value, name, mark in rows[page * ROWS_A_PAGE : (page + 1) * ROWS_A_PAGE]
    ]
    if pages > 1:
        buttons.append(
            (
                _button("«", turn_page, page=(page - 1) % pages),
                _button(f"{page + 1}/{pages}", turn_page, page=page),
                _button("»", turn_page, page=(page + 1) % pages),
            )
        )
    return screen([Span(desk.say(key))], [*buttons, (_back(desk),)])


def _choice(
    desk: Desk, key: str, act: SettingsAct, options: Iterable[tuple[str, str, bool]]
) -> Rendered:
    rows = [
        (_button(f"{_CHOSEN} {label}" if is_chosen else label, act, value),)
        for label, value, is_chosen in options
    ]
    return screen([Span(desk.say(key))], [*rows, (_back(desk),)])


def _nothing(desk: Desk, key: str) -> Rendered:
    return screen([Span(desk.say(key))], [(_back(desk),)])


def _unchosen(desk: Desk) -> str:
    return "settings_as_chat" if desk.kind is Kind.TOPIC else f"settings_as_telegram_{desk.kind}"


def _length(desk: Desk, length: Length) -> str:
    return desk.say(f"length_{length}")


def _named(desk: Desk, names: Sequence[str]) -> str:
    shown = ", ".join(cut(name, LONGEST_LABEL) for name in names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return (f"{shown} +{more}" if more > 0 else shown) or desk.say("settings_none")


def _quiet(desk: Desk, quiet: QuietHours) -> str:
    if quiet.are_none:
        return desk.say("quiet_off")
    start, until = (f"{one // 60:02}:{one % 60:02}" for one in (quiet.start, quiet.until))
    return desk.say("quiet_hours", start=start, until=until)


def _city(city: City, language: str) -> str:
    country = Locale(language).territories.get(city.country, city.country)
    return f"{city.name}, {country}" if country else city.name


def _local(desk: Desk, city: City) -> str:
    """The time there, by which people know whether it is the right one."""
    return f"{desk.now.astimezone(ChatSettings(timezone=city.timezone).zone('UTC')):%H:%M}"


def _hour(hour: int) -> str:
    return f"{hour:02}:00"


def _back(desk: Desk) -> Button:
    return _button(desk.say("button_settings"), SettingsAct.MAIN)


def _leave(desk: Desk) -> Button:
    return _button(desk.say("button_cancel"), SettingsAct.MAIN)


def _button(label: str, act: SettingsAct, value: str = "", page: int = 0) -> Button:
    return Button(label, data=SettingsPress(act, value, page).data)
