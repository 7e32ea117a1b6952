"""What every handler is given: the services, and a typed context to reach them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from telegram.ext import CallbackContext, ExtBot

from bot.answers import Turn
from bot.settings import Settings
from retrieval.protocols import Clock

if TYPE_CHECKING:  # the handlers need no search engine to load
    from bot.assistant import Assistant
    from bot.feeds import AddedFeed, FeedPage, FeedRow, TakenPage
    from bot.handlers.errands import Errands
    from retrieval.feeds.entries import NotAFeed
    from retrieval.feeds.feed import Feed, FeedReport
    from retrieval.feeds.find import FoundFeed
    from retrieval.models import Rejected


class Conversations(Protocol):
    """The turns of each chat, kept across restarts."""

    async def recent(self, chat_id: int) -> tuple[Turn, ...]:
        """The latest turns, oldest first; as many as a follow-up may refer to."""
        ...

    async def append(self, chat_id: int, *turns: Turn) -> None: ...

    async def start_afresh(self, chat_id: int) -> None: ...


class Feeds(Protocol):
    """The feeds and pages the coverage comes from; see `bot.feed_desk`."""

    async def page(self, number: int) -> FeedPage: ...

    async def row(self, feed_id: str) -> FeedRow | None: ...

    async def articles_only_of(self, feed_id: str) -> int: ...

    async def find(self, address: str) -> Sequence[FoundFeed] | NotAFeed: ...

    async def add(self, found: FoundFeed) -> AddedFeed: ...

    async def set_paused(self, feed_id: str, paused: bool) -> FeedRow | None: ...

    async def check(self, feed_id: str) -> FeedReport | None: ...

    async def remove(self, feed_id: str, *, keep_articles: bool) -> tuple[Feed, int] | None: ...

    async def add_page(self, url: str) -> TakenPage | Rejected: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the handlers use; built once in `bot.app`."""

    settings: Settings
    assistant: Assistant
    conversations: Conversations
    clock: Clock
    feeds: Feeds


SERVICES_KEY = "services"
ERRANDS_KEY = "errands"

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

    @property
    def errands(self) -> Errands:
        found: Errands = self.application.bot_data[ERRANDS_KEY]
        return found
