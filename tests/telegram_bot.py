"""A running bot for tests: the real application, a scripted assistant, a test server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr

from bot.answers import Answer, Citation, Turn
from bot.context import Services
from bot.handlers import PautaApplication
from bot.handlers.application import build_application, run_polling
from bot.settings import Settings
from tests.telegram_server import TOKEN, TelegramServer

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
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hold.set()

    async def answer(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        self.asked.append((question, tuple(history)))
        if self.held(question):
            await self.hold.wait()
        reply = self.reply(question)
        if isinstance(reply, Exception):
            raise reply
        return reply


@dataclass
class RememberedConversations:
    turns: dict[int, list[Turn]] = field(default_factory=dict)

    async def recent(self, chat_id: int) -> tuple[Turn, ...]:
        return tuple(self.turns.get(chat_id, []))

    async def append(self, chat_id: int, *turns: Turn) -> None:
        self.turns.setdefault(chat_id, []).extend(turns)

    async def forget(self, chat_id: int) -> None:
        self.turns.pop(chat_id, None)


@dataclass
class World:
    """What a test holds of a bot that is live."""

    server: TelegramServer
    assistant: ScriptedAssistant
    conversations: RememberedConversations
    application: PautaApplication
    stop: asyncio.Event
    running: asyncio.Task[None]
    now: datetime

    async def stopped(self, within: float = 10.0) -> None:
        """Tell the bot to stop, and wait until it has."""
        self.stop.set()
        async with asyncio.timeout(within):
            await asyncio.shield(self.running)


def settings_for(url: str, token: str | None = TOKEN) -> Settings:
    return Settings(
        telegram_bot_token=SecretStr(token) if token is not None else None,
        telegram_api_url=url,
        admins=frozenset({ADMIN, OTHER_ADMIN}),
    )


def services_for(url: str, token: str | None = TOKEN) -> Services:
    return Services(
        settings=settings_for(url, token),
        assistant=ScriptedAssistant(),
        conversations=RememberedConversations(),
        clock=lambda: datetime.now(UTC),
    )


@asynccontextmanager
async def live_bot(server: TelegramServer) -> AsyncIterator[World]:
    """The bot, polling `server`; stopped at the end whatever happened."""
    assistant, conversations = ScriptedAssistant(), RememberedConversations()
    stop = asyncio.Event()
    world: World

    application = build_application(
        Services(settings_for(server.url), assistant, conversations, lambda: world.now)
    )
    running = asyncio.create_task(run_polling(application, stop))
    now = datetime(2025, 3, 1, 9, tzinfo=UTC)
    world = World(server, assistant, conversations, application, stop, running, now)
    try:
        yield world
    finally:
        assistant.hold.set()
        if not running.done():
            await world.stopped()
