"""Whoever sits at the terminal: how they are spoken to, and where that is printed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.text import Text

from bot import texts
from bot.app import Pauta
from bot.asker import Asker
from bot.console import print_wrapped
from bot.conversation_key import TERMINAL
from bot.render import Rendered
from bot.richtext import clean
from bot.terminal.screens import lines_of

PERSON = 0
"""Telegram gives nobody this id."""


class Seat:
    """One person at one terminal. What was asked for goes to `out`, words about it to `aside`."""

    def __init__(self, pauta: Pauta, *, interactive: bool) -> None:
        self.pauta = pauta
        self.interactive = interactive
        self.out = Console(highlight=False, soft_wrap=True, markup=False)
        self.aside = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
        self.last_spoken: str | None = None
        """Language of the last question."""

    @property
    def language(self) -> str:
        """The one chosen, else that of the last question."""
        chosen = self.pauta.chat_settings.of(TERMINAL).language
        return texts.supported(chosen or self.last_spoken)

    @property
    def asker(self) -> Asker:
        book = self.pauta.chat_settings
        return book.of(TERMINAL).asker(PERSON, book.zone(TERMINAL))

    @property
    def now(self) -> datetime:
        """In the terminal's time zone."""
        return self.pauta.clock().astimezone(self.pauta.chat_settings.zone(TERMINAL))

    def text(self, key: str, **values: object) -> str:
        return texts.say(self.language, key, **values)

    def say(self, key: str, **values: object) -> None:
        """A word about what was typed."""
        self.aside.print(Text(clean(self.text(key, **values))))

    def show(self, screen: Rendered) -> None:
        for line in lines_of(screen):
            print_wrapped(self.out, line)
        self.out.print()

    def hint(self, *keys: str) -> None:
        """What can be typed next, for who types."""
        if self.interactive:
            self.aside.print(Text(" · ".join(map(self.text, keys)), "dim"))


@dataclass(frozen=True, slots=True)
class Choices:
    """What a number or `more` means after what was shown last."""

    pick: Callable[[int], Awaitable[Choices | None]]
    """Carries it out. What stays to be chosen from then; None where that is the same as before."""
    more: Callable[[], Awaitable[Choices | None]] | None = None
    """Shows the next ones; None where there are none."""
    is_list: bool = False
    """Whether `more` means its next ones; after an answer, it is a question."""
