"""What every handler is given: the services, and a typed context to reach them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from telegram.ext import CallbackContext, ExtBot

from bot.answers import Turn
from bot.settings import Settings
from retrieval.protocols import Clock

if TYPE_CHECKING:  # the handlers need no search engine to load
    from bot.assistant import Assistant


class Conversations(Protocol):
    """The turns of each chat, kept across restarts."""

    async def recent(self, chat_id: int) -> tuple[Turn, ...]:
        """The latest turns, oldest first; as many as a follow-up may refer to."""
        ...

    async def append(self, chat_id: int, *turns: Turn) -> None: ...

    async def forget(self, chat_id: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the handlers use; built once in `bot.app`."""

    settings: Settings
    assistant: Assistant
    conversations: Conversations
    clock: Clock


SERVICES_KEY = "services"

Data = dict[Any, Any]


PautaBot = ExtBot[int]
"""A bot whose rate limiter takes a number of retries."""


class PautaContext(CallbackContext[PautaBot, Data, Data, Data]):
    """The context of every handler."""

    @property
    def services(self) -> Services:
        found = self.application.bot_data[SERVICES_KEY]
        assert isinstance(found, Services)  # noqa: S101 - narrows the untyped bot_data
        return found
