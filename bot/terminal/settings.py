"""/settings in the terminal: what is chosen here, and choosing it by words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from rich.text import Text

from bot import texts
from bot.asker import Length
from bot.browse_words import sources_called
from bot.chat_settings import ChatSettings
from bot.cities import City
from bot.conversation_key import TERMINAL
from bot.render_settings import OWN_NAMES, Desk, which_city
from bot.screens import cut
from bot.settings_buttons import NOT_CHOSEN
from bot.terminal.seat import Choices, Seat
from retrieval.folding import fold

OUTLETS_SHOWN = 20
"""At a time."""
LONGEST_NAME = 60
_PREFERRED, _HIDDEN, _NEITHER = "⭐", "🚫", "  "
_LISTS = ("prefer", "hide", "neither")


class SettingsDesk:
    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._book = seat.pauta.chat_settings

    async def carry_out(self, words: str) -> Choices | None:
        """`""`, `language pt`, `timezone Recife`, `length short`, `hide Folha`, `sources`."""
        what, _, value = words.partition(" ")
        what, value = what.lower(), value.strip()
        own = self._book.own(TERMINAL)
        match what:
            case "" | "timezone" | "language" | "length" if not value:
                self._show()
            case "language":
                await self._one_of(texts.LANGUAGES, value, partial(_with_language, own))
            case "length":
                await self._one_of([*Length], value, partial(_with_length, own))
            case "timezone":
                return await self._timezone(own, value)
            case "sources":
                return await self._sources(0)
            case _ if what in _LISTS and value:
                await self._outlet(own, what, value)
            case _:
                self._seat.say(
                    "terminal_settings_choices",
                    choices=", ".join(("language", "timezone", "length", *_LISTS, "sources")),
                )
        return None

    def _show(self) -> None:
        seat, holds = self._seat, self._book.of(TERMINAL)
        language = OWN_NAMES[holds.language] if holds.language else None
        lines = (
            ("language", language or seat.text("terminal_language_unchosen")),
            ("timezone", f"{seat.now.tzinfo} ({seat.now:%H:%M})"),
            ("length", seat.text(f"length_{holds.length or Length.NORMAL}")),
            ("preferred", _named(holds.preferred_sources) or seat.text("settings_none")),
            ("hidden", _named(holds.hidden_sources) or seat.text("settings_none")),
        )
        seat.out.print(Text(seat.text("terminal_settings"), "bold"))
        for name, value in lines:
            seat.out.print(Text(seat.text(f"settings_line_{name}", value=value)))
        seat.say("terminal_settings_how")

    async def _one_of(
        self, known: Sequence[str], value: str, chosen: partial[ChatSettings]
    ) -> None:
        if value == NOT_CHOSEN or value.lower() in known:
            await self._choose(chosen(None if value == NOT_CHOSEN else value.lower()))
        else:
            self._seat.say("terminal_settings_choices", choices=", ".join([*known, NOT_CHOSEN]))

    async def _timezone(self, own: ChatSettings, name: str) -> Choices | None:
        if name == NOT_CHOSEN:
            await self._choose(replace(own, timezone=None))
            return None
        cities = await self._book.cities(name)
        if not cities:
            self._seat.say("settings_city_unknown", name=cut(name, LONGEST_NAME))
        elif len(cities) == 1:
            await self._take_city(cities, 1)
        else:
            self._seat.say("settings_which_city")
            rows = which_city(self._desk(), cities).buttons
            for number, row in enumerate(rows[: len(cities)], start=1):
                self._seat.aside.print(Text(f"{number}. {row[0].label}"))
            return Choices(partial(self._take_city, cities))
        return None

    async def _take_city(self, cities: Sequence[City], number: int) -> Choices | None:
        if 1 <= number <= len(cities):
            own = self._book.own(TERMINAL)
            await self._choose(replace(own, timezone=cities[number - 1].timezone))
        else:
            self._seat.say("terminal_no_number", number=number)
        return None

    async def _outlet(self, own: ChatSettings, what: str, name: str) -> None:
        chosen = {*own.preferred_sources, *own.hidden_sources}
        outlets = (*await self._book.outlets(), *sorted(chosen))
        exact = tuple(one for one in outlets if fold(one) == fold(name))
        meant = dict.fromkeys(exact or sources_called(name, outlets))
        if not meant:
            self._seat.say("terminal_no_outlet", name=cut(name, LONGEST_NAME))
            return
        after = own
        for outlet in meant:
            # It goes round: like any other, preferred, hidden.
            while _standing(after, outlet) != what:
                turned = after.with_source_turned(outlet)
                if turned == after:
                    self._seat.say("settings_enough")
                    return
                after = turned
        await self._choose(after)

    async def _sources(self, first: int) -> Choices | None:
        outlets = await self._book.outlets()
        own = self._book.own(TERMINAL)
        # What was chosen and has left the coverage can still be taken back.
        gone = {*own.preferred_sources, *own.hidden_sources} - {*outlets}
        outlets = (*outlets, *sorted(gone))
        if not outlets:
            self._seat.say("settings_no_outlets")
            return None
        signs = {"prefer": _PREFERRED, "hide": _HIDDEN, "neither": _NEITHER}
        for number, one in list(enumerate(outlets, start=1))[first : first + OUTLETS_SHOWN]:
            sign = signs[_standing(own, one)]
            self._seat.out.print(Text(f"{number:>3}. {sign} {cut(one, LONGEST_NAME)}"))
        self._seat.say("terminal_settings_sources")
        following = first + OUTLETS_SHOWN
        more = partial(self._sources, following) if following < len(outlets) else None
        if more:
            self._seat.hint("terminal_hint_more")
        return Choices(partial(self._turn, outlets, first), more, is_list=True)

    async def _turn(self, outlets: Sequence[str], first: int, number: int) -> Choices | None:
        if not 1 <= number <= len(outlets):
            self._seat.say("terminal_no_number", number=number)
            return None
        own = self._book.own(TERMINAL)
        after = own.with_source_turned(outlets[number - 1])
        if after == own:
            self._seat.say("settings_enough")
            return None
        await self._book.choose(TERMINAL, after)
        return await self._sources(first)

    async def _choose(self, chosen: ChatSettings) -> None:
        await self._book.choose(TERMINAL, chosen)
        self._seat.say("terminal_settings_done")

    def _desk(self) -> Desk:
        own, holds = self._book.own(TERMINAL), self._book.of(TERMINAL)
        return Desk(TERMINAL, own, holds, self._seat.language, self._seat.now)


def _with_language(own: ChatSettings, value: str | None) -> ChatSettings:
    return replace(own, language=value)


def _with_length(own: ChatSettings, value: str | None) -> ChatSettings:
    return replace(own, length=Length(value) if value else None)


def _standing(own: ChatSettings, outlet: str) -> str:
    if outlet in own.preferred_sources:
        return "prefer"
    return "hide" if outlet in own.hidden_sources else "neither"


def _named(outlets: Sequence[str]) -> str:
    return ", ".join(cut(one, LONGEST_NAME) for one in outlets)
