"""What every handler is given: the services, and a typed context to reach them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from telegram.ext import CallbackContext, ExtBot

from bot.answers import Turn
from bot.conversation_key import ConversationKey
from bot.settings import Settings
from retrieval.protocols import Clock

if TYPE_CHECKING:  # the handlers need no search engine to load
    from bot.assistant import Assistant
    from bot.feeds import AddedFeed, FeedPage, FeedRow, TakenPage
    from bot.handlers.errands import Errands
    from bot.handlers.stopping import Streams
    from bot.people import People
    from bot.shown_answers import Reason, ShownAnswer, Unfinished
    from retrieval.feeds.entries import NotAFeed
    from retrieval.feeds.feed import Feed, FeedReport
    from retrieval.feeds.find import FoundFeed
    from retrieval.models import Rejected


class Conversations(Protocol):
    """The turns of each chat and topic, kept across restarts."""

    async def recent(self, where: ConversationKey) -> tuple[Turn, ...]:
        """The latest turns, oldest first; as many as a follow-up may refer to."""
        ...

    async def append(self, where: ConversationKey, *turns: Turn) -> None: ...

    async def start_afresh(self, where: ConversationKey) -> None: ...


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


class Answers(Protocol):
    """The answers people see, and what they said of them; see `bot.answer_book`."""

    async def keep(self, shown: ShownAnswer) -> None: ...

    async def at(self, chat_id: int, message_id: int) -> ShownAnswer | None: ...

    async def to_question(self, chat_id: int, question_id: int) -> ShownAnswer | None: ...

    async def begin(self, unfinished: Unfinished) -> None: ...

    async def end(self, chat_id: int, message_id: int) -> None: ...

    async def unfinished(self) -> tuple[Unfinished, ...]: ...

    async def complain(self, shown: ShownAnswer, person: int, reason: Reason) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the handlers use; built once in `bot.app`."""

    settings: Settings
    assistant: Assistant
    conversations: Conversations
    clock: Clock
    feeds: Feeds
    people: People
    answers: Answers


SERVICES_KEY = "services"
ERRANDS_KEY = "errands"
STREAMS_KEY = "streams"

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

    @property
    def streams(self) -> Streams:
        found: Streams = self.application.bot_data[STREAMS_KEY]
        return found
