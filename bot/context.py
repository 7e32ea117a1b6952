"""What every handler is given: the services, and a typed context to reach them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from telegram.ext import CallbackContext, ExtBot

from bot.answers import Turn
from bot.conversation_key import ConversationKey
from bot.settings import Settings
from retrieval.protocols import Clock

if TYPE_CHECKING:  # the handlers need no search engine to load
    from bot.asker import Asker
    from bot.assistant import Assistant
    from bot.browsed import ArticleView, LatestPage, SearchPage, SourcesPage, StoryPage
    from bot.digest_page import StoryView
    from bot.digest_taste import Wish
    from bot.feeds import AddedFeed, FeedPage, FeedRow, TakenPage
    from bot.follow_book import FollowBook
    from bot.forgetting import PrivacyDesk
    from bot.handlers.errands import Errands
    from bot.handlers.stopping import Streams
    from bot.inline import Offer
    from bot.outbox import Outbox
    from bot.outgoing import Delivery, ToldStory
    from bot.people import People
    from bot.replica import Replica
    from bot.settings_book import SettingsBook
    from bot.shown_answers import Reason, ShownAnswer, Unfinished
    from bot.subscription_book import SubscriptionBook
    from bot.subscriptions import Due, Subscription
    from bot.transcription import Transcriber
    from bot.update_book import LeftOver
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

    async def start_afresh(self, where: ConversationKey, about: str = "") -> None:
        """`about` is the id of the article that is talked about from now on."""
        ...

    async def article(self, where: ConversationKey) -> str:
        """The one that is talked about; empty for none."""
        ...


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

    async def to_question(self, where: ConversationKey, question_id: int) -> ShownAnswer | None: ...

    async def begin(self, unfinished: Unfinished) -> None: ...

    async def end(self, chat_id: int, message_id: int) -> None: ...

    async def unfinished(self) -> tuple[Unfinished, ...]: ...

    async def complain(self, shown: ShownAnswer, person: int, reason: Reason) -> None: ...


class Updates(Protocol):
    """What became of each update; see `bot.update_book`."""

    async def record(self, update_id: int, body: str, queue: str | None = None) -> bool: ...

    async def turn(self, update_id: int) -> None: ...

    async def is_under_way_elsewhere(self, queue: str) -> bool: ...

    async def apologised(self, update_id: int) -> None: ...

    async def speaks(self, update_id: int) -> bool: ...

    async def shows(self, update_id: int, placeholder: int) -> None: ...

    async def posts(self, update_id: int, inline_message_id: str) -> None: ...

    async def handled(self, update_id: int) -> None: ...

    async def note_again(self) -> None: ...

    async def left_over(self) -> tuple[LeftOver, ...]: ...

    async def last_seen(self) -> datetime | None: ...


class Inline(Protocol):
    """What is offered to who types `@bot words` in any chat; see `bot.inline_desk`."""

    async def offer(self, asker: Asker, typed: str) -> Offer | None:
        """None once the person has typed on."""
        ...


class Browsing(Protocol):
    """Looking through the coverage without a question; see `bot.browsing`."""

    async def latest(self, words: str, asker: Asker) -> LatestPage: ...

    async def latest_again(self, key: str, number: int, asker: Asker) -> LatestPage | None: ...

    async def search(self, words: str, asker: Asker) -> SearchPage: ...

    async def search_again(self, key: str, number: int, asker: Asker) -> SearchPage | None: ...

    async def story(self, words: str, asker: Asker) -> StoryPage: ...

    async def story_of(self, article_id: str, asker: Asker) -> StoryPage | None: ...

    async def story_again(self, key: str, number: int, asker: Asker) -> StoryPage | None: ...

    async def article(
        self, article_id: str, hidden: Collection[str] = ()
    ) -> ArticleView | None: ...

    async def article_named(
        self, words: str, hidden: Collection[str] = ()
    ) -> ArticleView | None: ...

    async def about(self, article_id: str, language: str) -> tuple[Turn, ...]: ...

    async def is_about(self, article_id: str, question: str) -> bool: ...

    async def sources(self, number: int, hidden: Collection[str] = ()) -> SourcesPage: ...

    async def examples(self, language: str) -> tuple[str, ...]: ...

    def remember(self, where: ConversationKey, numbers: Mapping[int, str]) -> None: ...

    def numbered(self, where: ConversationKey, number: int) -> str | None: ...


class Told(Protocol):
    """The stories that messages told; see `bot.told_stories`."""

    async def view(
        self, story_id: str, language: str, hidden: Collection[str] = ()
    ) -> StoryView | None: ...

    async def about(
        self, told: Sequence[ToldStory], language: str, hidden: Collection[str] = ()
    ) -> tuple[Turn, ...]: ...

    async def names(self, told: ToldStory) -> str: ...

    async def told(
        self, story_id: str, language: str, hidden: Collection[str] = ()
    ) -> ToldStory | None: ...

    async def followed_name(self, story_id: str) -> str: ...

    async def wish(self, where: ConversationKey, story_id: str, wish: Wish) -> bool: ...


class Digests(Protocol):
    """Composes what is due; see `bot.digest`."""

    async def compose(self, subscription: Subscription, due: Due, /) -> Delivery | None: ...


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
    updates: Updates
    inline: Inline
    chat_settings: SettingsBook
    browsing: Browsing
    subscriptions: SubscriptionBook
    outbox: Outbox = field(kw_only=True)
    follows: FollowBook = field(kw_only=True)
    told: Told = field(kw_only=True)
    digests: Digests = field(kw_only=True)
    privacy: PrivacyDesk = field(kw_only=True)
    transcriber: Transcriber | None = field(default=None, kw_only=True)
    """None where voice notes are not understood."""
    replica: Replica | None = field(default=None, kw_only=True)
    """None where this process is the only one."""


SERVICES_KEY = "services"
ERRANDS_KEY = "errands"
STREAMS_KEY = "streams"
DELIVERER_KEY = "deliverer"
ASKED_KEY = "asked"
"""By name, what tells the messages that answer what somebody was asked for."""

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
