"""A running bot for tests: the real application, a scripted assistant, a test server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from pydantic import SecretStr
from sqlalchemy import Engine

from bot.answer_book import StoredAnswers
from bot.answers import Answer, Citation, Turn
from bot.asker import TERMINAL, Asker
from bot.assistant import Assistant
from bot.context import Services, Told
from bot.conversation_key import ConversationKey
from bot.events import Event, Finished
from bot.feeds import ROWS_A_PAGE, AddedFeed, FeedPage, FeedRow, TakenPage
from bot.follow_book import FollowBook
from bot.follow_examples import Examples
from bot.follows import Follow
from bot.forgetting import PrivacyDesk
from bot.handlers import PautaApplication
from bot.handlers.application import build_application, run
from bot.inline import Offer
from bot.inline_desk import InlineDesk
from bot.offload import Offload
from bot.outbox import Outbox
from bot.people import People
from bot.replica import Replica
from bot.schedule import deliver_what_waits
from bot.settings import Settings
from bot.settings_book import Choosable, SettingsBook
from bot.subscription_book import SubscriptionBook
from bot.transcription import transcriber_of
from bot.update_book import UpdateBook
from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.feed import Feed, FeedReport, feed_id
from retrieval.feeds.find import NO_FEED, FoundFeed
from retrieval.feeds.rhythm import CheckOutcome
from retrieval.models import Outcome, Rejected
from tests.browsing import ScriptedBrowsing
from tests.digests import ScriptedDigests
from tests.fakes import FakeEmbedder
from tests.people import people_database
from tests.telegram_server import TOKEN, TelegramServer
from tests.told import ScriptedTold

ADMIN, OTHER_ADMIN, STRANGER = 7, 8, 99

QUOTE = "The group committed US$ 500 billion over four years."
CITATION = Citation(
    label=1,
    title="Stargate, in figures",
    url="https://folha.example.com/stargate?a=1&b=2",
    source="Folha",
    published_at=datetime(2025, 1, 21, 12, tzinfo=UTC),
    quote=QUOTE,
    context=f"It was announced on Tuesday. {QUOTE} Work starts in Texas.",
)
ANSWER = Answer(
    text=f"This is what the coverage says:\n\n“{QUOTE}” [1]",
    answered=True,
    language="en",
    citations=(CITATION,),
)


def plain_answer(text: str) -> Answer:
    return Answer(text=text, answered=True, language="en")


Reply = Answer | Exception


@dataclass
class ScriptedAssistant:
    """Answers with what the test says; waits while `hold` is clear."""

    reply: Callable[[str], Reply] = lambda _: ANSWER
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    held: Callable[[str], bool] = lambda _: True
    events: tuple[Event, ...] = ()
    """What happens before each answer; they come while it is held."""
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    askers: list[Asker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hold.set()

    async def answer(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> Answer:
        self.askers.append(asker)
        self.asked.append((question, tuple(history)))
        if self.held(question):
            await self.hold.wait()
        reply = self.reply(question)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def stream(
        self, question: str, history: Sequence[Turn] = (), asker: Asker = TERMINAL
    ) -> AsyncIterator[Event]:
        for event in self.events:
            yield event
        yield Finished(await self.answer(question, history, asker))

    async def close(self) -> None:
        pass


@dataclass
class ScriptedLookUp:
    """Offers what the test says for words typed inline; blocking, as the real one."""

    offers: dict[str, Offer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    askers: list[Asker] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None

    def __call__(self, asked: str, asker: Asker) -> Offer:
        self.askers.append(asker)
        self.asked.append(asked)
        self.before(asked)
        return self.offers.get(asked, Offer())


@dataclass
class RememberedConversations:
    turns: dict[ConversationKey, list[Turn]] = field(default_factory=dict)
    articles: dict[ConversationKey, str] = field(default_factory=dict)

    async def recent(self, where: ConversationKey) -> tuple[Turn, ...]:
        return tuple(self.turns.get(where, []))

    async def append(self, where: ConversationKey, *turns: Turn) -> None:
        self.turns.setdefault(where, []).extend(turns)

    async def start_afresh(self, where: ConversationKey, about: str = "") -> None:
        self.turns.pop(where, None)
        self.articles[where] = about

    async def article(self, where: ConversationKey) -> str:
        return self.articles.get(where, "")


@dataclass
class RememberedFeeds:
    """Feeds in memory; whatever writes waits while `hold` is clear, as it would for a round."""

    known: dict[str, Feed] = field(default_factory=dict)
    sites: dict[str, Sequence[FoundFeed] | NotAFeed] = field(default_factory=dict)
    articles: dict[str, TakenPage | Rejected] = field(default_factory=dict)
    articles_of_each: int = 0
    report: Callable[[Feed], FeedReport] = lambda feed: FeedReport(feed, CheckOutcome.UNCHANGED)
    done: list[str] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.hold.set()

    def follow(self, *feeds: Feed) -> None:
        self.known.update({feed.id: feed for feed in feeds})

    async def page(self, number: int) -> FeedPage:
        feeds = list(self.known.values())
        pages = max(1, -(-len(feeds) // ROWS_A_PAGE))
        number = min(number, pages - 1)
        shown = feeds[number * ROWS_A_PAGE : (number + 1) * ROWS_A_PAGE]
        return FeedPage(tuple(FeedRow(one, 12.0) for one in shown), number, pages, len(feeds))

    async def row(self, feed_id: str) -> FeedRow | None:
        feed = self.known.get(feed_id)
        return FeedRow(feed, 12.0) if feed else None

    async def articles_only_of(self, feed_id: str) -> int:
        return self.articles_of_each

    async def find(self, address: str) -> Sequence[FoundFeed] | NotAFeed:
        return self.sites.get(address, NO_FEED)

    async def add(self, found: FoundFeed) -> AddedFeed:
        await self.hold.wait()
        feed = a_feed(found.feed.title, found.url)
        is_new = feed.id not in self.known
        self.follow(feed)
        return AddedFeed(feed, len(found.feed.entries), is_new)

    async def set_paused(self, feed_id: str, paused: bool) -> FeedRow | None:
        await self.hold.wait()
        if feed_id in self.known:
            self.follow(replace(self.known[feed_id], paused=paused))
        return await self.row(feed_id)

    async def check(self, feed_id: str) -> FeedReport | None:
        await self.hold.wait()
        self.done.append(f"check {feed_id}")
        return self.report(self.known[feed_id]) if feed_id in self.known else None

    async def remove(self, feed_id: str, *, keep_articles: bool) -> tuple[Feed, int] | None:
        await self.hold.wait()
        self.done.append(f"remove {feed_id}{' keeping' * keep_articles}")
        feed = self.known.pop(feed_id, None)
        return (feed, 0 if keep_articles else self.articles_of_each) if feed else None

    async def add_page(self, url: str) -> TakenPage | Rejected:
        await self.hold.wait()
        self.done.append(f"page {url}")
        return self.articles.get(url, TakenPage("A page", "Folha", Outcome.NEW))


def a_feed(title: str = "Folha", url: str = "https://folha.example.com/feed.xml") -> Feed:
    added_at = datetime(2025, 2, 1, tzinfo=UTC)
    return Feed(feed_id(url), url, title, "https://folha.example.com/", added_at)


def some_feeds(count: int) -> Iterable[Feed]:
    return [
        a_feed(f"Outlet {number}", f"https://outlet{number}.example.com/feed")
        for number in range(1, count + 1)
    ]


@dataclass
class World:
    """What a test holds of a bot that is live."""

    server: TelegramServer
    assistant: ScriptedAssistant
    conversations: RememberedConversations
    feeds: RememberedFeeds
    inline: ScriptedLookUp
    people: People
    chat_settings: SettingsBook
    outbox: Outbox
    subscriptions: SubscriptionBook
    browsing: ScriptedBrowsing
    told: ScriptedTold
    digests: ScriptedDigests
    database: Engine
    application: PautaApplication
    stop: asyncio.Event
    running: asyncio.Task[None]
    now: datetime
    outlets: tuple[str, ...] = ()
    """Of the coverage, as far as settings choose from it."""

    async def settled(self) -> None:
        """Everything pushed was handled."""
        await self.server.fetched()
        await asyncio.wait_for(self.application.update_queue.join(), 5)

    async def stopped(self, within: float = 10.0) -> None:
        """Tell the bot to stop, and wait until it has."""
        self.stop.set()
        async with asyncio.timeout(within):
            await asyncio.shield(self.running)


NOTHING_TO_CHOOSE = Choosable(tuple, tuple)


def no_examples(_follow: Follow, _now: datetime) -> Examples:
    return Examples()


def settings_for(url: str, token: str | None = TOKEN) -> Settings:
    return Settings(
        telegram_bot_token=SecretStr(token) if token is not None else None,
        telegram_api_url=url,
        admins=frozenset({ADMIN, OTHER_ADMIN}),
    )


def services_for(url: str, token: str | None = TOKEN) -> Services:
    engine, offload = people_database(), Offload()
    chat_settings = SettingsBook(engine, offload, utc_now, NOTHING_TO_CHOOSE)
    return Services(
        settings=settings_for(url, token),
        assistant=ScriptedAssistant(),
        conversations=RememberedConversations(),
        clock=utc_now,
        feeds=RememberedFeeds(),
        people=People(engine, offload, utc_now),
        answers=StoredAnswers(engine, offload, utc_now),
        updates=UpdateBook(engine, offload, utc_now),
        inline=InlineDesk(ScriptedLookUp(), offload),
        chat_settings=chat_settings,
        subscriptions=SubscriptionBook(engine, offload, utc_now, chat_settings.zone),
        browsing=ScriptedBrowsing(),
        outbox=Outbox(engine, offload, utc_now),
        follows=FollowBook(engine, offload, utc_now, FakeEmbedder(), no_examples),
        told=ScriptedTold(),
        digests=ScriptedDigests(),
        privacy=PrivacyDesk(engine, offload, utc_now),
    )


def utc_now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def live_bot(
    server: TelegramServer,
    database: Engine | None = None,
    *,
    llm: str = "",
    answering: Assistant | None = None,
    told: Told | None = None,
    replica: Replica | None = None,
    **settings: Any,
) -> AsyncIterator[World]:
    """The bot, polling `server` unless the settings say otherwise; stopped at the end whatever
    happened. `answering` answers instead of the scripted assistant. `replica` is what it is among
    several on one database."""
    assistant, conversations = ScriptedAssistant(), RememberedConversations()
    feeds, inline, browsing = RememberedFeeds(), ScriptedLookUp(), ScriptedBrowsing()
    digests = ScriptedDigests()
    scripted_told = ScriptedTold()
    stop = asyncio.Event()
    world: World
    engine, offload = database or people_database(), Offload()

    def clock() -> datetime:
        return world.now

    who = replica.who if replica else None
    people, answers = People(engine, offload, clock), StoredAnswers(engine, offload, clock, who)
    chosen_from = Choosable(
        lambda: world.outlets, lambda: [(one.id, one.title) for one in feeds.known.values()]
    )
    chat_settings = SettingsBook(engine, offload, clock, chosen_from)
    people.when_moved(chat_settings.reload)
    privacy = PrivacyDesk(engine, offload, clock)
    privacy.when_forgotten(chat_settings.reload)
    outbox = Outbox(engine, offload, clock)
    outbox.who = who or outbox.who
    subscriptions = SubscriptionBook(engine, offload, clock, chat_settings.zone)
    chat_settings.when_chosen(subscriptions.follow_zone)
    chosen = settings_for(server.url).model_copy(update={"llm": llm, **settings})
    # Loopback is plain HTTP; reading the authorities' certificates is half of a start.
    with patch.object(ssl.SSLContext, "load_verify_locations"):
        application = build_application(
            Services(
                chosen,
                answering or assistant,
                conversations,
                clock,
                feeds,
                people,
                answers,
                UpdateBook(engine, offload, clock, who),
                inline=InlineDesk(inline, offload),
                chat_settings=chat_settings,
                subscriptions=subscriptions,
                browsing=browsing,
                outbox=outbox,
                follows=FollowBook(engine, offload, clock, FakeEmbedder(), no_examples),
                told=told or scripted_told,
                digests=digests,
                privacy=privacy,
                replica=replica,
                transcriber=transcriber_of(chosen, offload),
            )
        )
    deliver_what_waits(application)
    running = asyncio.create_task(run(application, stop))
    now = datetime(2025, 3, 1, 9, tzinfo=UTC)
    world = World(
        server=server,
        assistant=assistant,
        conversations=conversations,
        feeds=feeds,
        inline=inline,
        people=people,
        chat_settings=chat_settings,
        outbox=outbox,
        subscriptions=subscriptions,
        browsing=browsing,
        told=scripted_told,
        digests=digests,
        database=engine,
        application=application,
        stop=stop,
        running=running,
        now=now,
    )
    try:
        yield world
    finally:
        assistant.hold.set()
        feeds.hold.set()
        if not running.done():
            await world.stopped()
        offload.close()
        if database is None:
            engine.dispose()
