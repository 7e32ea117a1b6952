"""What the fault runs run on: two replicas, their servers, outlets, people who ask, and a language
model. What breaks is broken in `tests.bench.faults`, and counted in `tests.bench.fault_counts`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bot.app import utc_now
from bot.conversation_key import ConversationKey
from bot.database import open_people, people
from bot.offload import Offload
from bot.subscription_book import SubscriptionBook
from bot.subscriptions import EVERY_DAY, Wishes
from tests.bench.installed import pauta
from tests.bench.newsroom import ADMIN, FIRST_MEMBER, environment, let_in
from tests.bench.processes import Bot, PostgresServer, a_postgres_server
from tests.bench.soak import follow
from tests.builders import a_paragraph
from tests.chroma_server import ChromaServer, a_chroma_server
from tests.llm_server import LlmServer, Reply, Request, calls, says, stalls
from tests.local_web import Outlet, Story, hosts, outlets
from tests.telegram_server import TelegramServer

OUTLETS = 20
SHOWN_IN_A_FEED = 100
DIGESTS = 24
FIRST_READER = 5_000
"""Chats that are sent digests and ask nothing."""
_ASKED = re.compile(r"works of (\w+)")
_SYLLABLES = ("bal", "cor", "dun", "fer", "gal", "hol", "kel", "lam", "mor", "nav", "pol", "ras")


def town(number: int) -> str:
    """A name of its own for each of 1,728."""
    parts = (_SYLLABLES[number // 12**place % 12] for place in range(3))
    return "".join(parts).capitalize()


def cost(number: int) -> int:
    return 101 + 7 * number


def question(number: int) -> str:
    return f"How much did the harbour works of {town(number)} cost?"


def known_story(number: int) -> dict[str, str]:
    """An article that answers question `number`, a line of a bulk file."""
    name = town(number)
    return {
        "url": f"https://news.example.com/harbour-{name.lower()}",
        "title": f"Harbour of {name} opens",
        "text": f"The harbour works of {name} cost {cost(number)} million euros. They took "
        f"{2 + number % 7} years. {a_paragraph(number, sentences=2)}",
        "published_at": "2026-11-20T09:00:00Z",
        "source": "Harbour News",
        "language": "en",
    }


@dataclass
class Model:
    """A language model that looks up what is asked and says the sum; or hangs."""

    hangs: bool = False

    def __call__(self, request: Request) -> Reply:
        if self.hangs:
            return stalls(600)
        asked = _ASKED.findall(request.texts)
        if not asked:
            return says("I do not know.")
        if not any(one.get("role") == "tool" for one in request.body["messages"]):
            return calls("search_news", query=f"harbour works of {asked[0]} cost")
        told = re.search(rf"works of {asked[0]} cost (\d+) million", request.texts)
        if told is None:
            return says("The coverage does not say.")
        return says(f"The harbour works of {asked[0]} cost {told[1]} million euros [1].")


@dataclass
class World:
    server: TelegramServer
    bots: list[Bot]
    postgres: PostgresServer
    chroma: ChromaServer
    model: Model
    outlets: list[Outlet]
    database_url: str
    home: Path
    clock: Path
    disk: Path | None
    """A small file system that both servers write to; None where none can be mounted."""
    published: list[str] = field(default_factory=list)
    """Addresses."""
    asked: dict[int, float] = field(default_factory=dict)
    """Question, and when it was asked; seconds of the server's steady clock."""
    ended_by_themselves: list[str] = field(default_factory=list)
    left_alone: set[str] = field(default_factory=set)
    """What the watch must not start again: it is down on purpose."""

    async def watch(self) -> None:
        """Start again what ended by itself, as a service manager does."""
        while True:
            await asyncio.sleep(1)
            for at, bot in enumerate(self.bots):
                if not bot.is_alive and f"replica {at}" not in self.left_alone:
                    self.ended_by_themselves.append(f"replica {at}")
                    bot.start()
            if not self.postgres.is_alive and "postgres" not in self.left_alone:
                self.ended_by_themselves.append("postgres")
                await asyncio.to_thread(self.postgres.start)
            process = self.chroma._process
            is_dead = process is None or process.poll() is not None
            if is_dead and "chroma" not in self.left_alone:
                self.ended_by_themselves.append("chroma")
                self.chroma.kill()
                await asyncio.to_thread(self.chroma.start)

    def ask(self, number: int) -> None:
        self.asked[number] = time.monotonic()
        self.server.user_says(FIRST_MEMBER + number, question(number))

    def publish(self, number: int) -> None:
        outlet = self.outlets[number % len(self.outlets)]
        story = Story(f"news{number}", text=a_paragraph(10_000 + number, sentences=3))
        outlet.publish(replace(story, published=datetime.now(UTC)))
        outlet.stories = outlet.stories[:SHOWN_IN_A_FEED]
        self.published.append(outlet.url(story.name))


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path | None]:
    """None where this user may mount nothing."""
    with tempfile.TemporaryDirectory(prefix="pauta-disk-", dir="/tmp") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=False)


@asynccontextmanager
async def a_world(
    folder: Path, replicas: int, questions: int, seconds: float
) -> AsyncIterator[World]:
    """Everything up, `questions` people let in, and digests due within so many seconds."""
    home, clock = folder / "home", folder / "clock"
    home.mkdir()
    model = Model()
    with ExitStack() as stack:
        disk = stack.enter_context(small_disk(600))
        postgres = stack.enter_context(a_postgres_server(disk))
        chroma = stack.enter_context(a_chroma_server((disk or folder) / "vectors"))
        found = stack.enter_context(outlets(OUTLETS))
        url = postgres.make()
        servers = {"PAUTA_DATABASE_URL": url, "PAUTA_CHROMA_URL": chroma.url}
        bulk = folder / "known.jsonl"
        bulk.write_text("".join(f"{json.dumps(known_story(at))}\n" for at in range(questions)))
        pauta(home, "ingest", "--jsonl", str(bulk), **servers)
        let_in(url, questions)
        _let_readers_in(url, seconds)
        follow(url, found)
        async with TelegramServer() as server, LlmServer(answering=model) as llm:
            server._chats.update(range(FIRST_READER, FIRST_READER + DIGESTS))
            env = environment(
                server, home, **servers,
                PAUTA_ALLOW_PRIVATE_HOSTS=",".join(hosts(*found)),
                PAUTA_FEED_INTERVAL_MIN_MINUTES="1", PAUTA_FEED_INTERVAL_MAX_MINUTES="1",
                PAUTA_LLM="openai:bench", PAUTA_LLM_BASE_URL=llm.url, PAUTA_LLM_API_KEY="none",
                PAUTA_LLM_TIMEOUT_SECONDS="5", PAUTA_LLM_SECONDS_PER_QUESTION="15",
            )  # fmt: skip
            program = ("tests.clocked_bot", str(clock))
            bots = [Bot(env, folder / f"bot{at}.log", program) for at in range(replicas)]
            world = World(server, bots, postgres, chroma, model, found, url, home, clock, disk)
            try:
                for bot in bots:
                    bot.start()
                for bot in bots:
                    await asyncio.to_thread(bot.wait_until_it_listens)
                yield world
            finally:
                for bot in bots:
                    if bot.is_alive:
                        os.kill(bot.pid, signal.SIGTERM)
                for bot in bots:
                    await asyncio.to_thread(bot.stop)


def _let_readers_in(url: str, seconds: float) -> None:
    """Each with a digest of every day, due in turn while the faults last."""
    engine, offload = open_people(url), Offload()
    book = SubscriptionBook(engine, offload, utc_now, lambda _where: UTC)
    rows = [
        {"user_id": FIRST_READER + at, "name": "Rui", "role": "member", "invited_by": ADMIN,
         "since": 0}
        for at in range(DIGESTS)
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(people), rows)
    for at in range(DIGESTS):
        due = datetime.now(UTC) + timedelta(seconds=60 + at * seconds / DIGESTS)
        wishes = Wishes(at=due.hour * 60 + due.minute, days=EVERY_DAY)
        book._add(ConversationKey(FIRST_READER + at), "", wishes, FIRST_READER + at)
    offload.close()
    engine.dispose()
