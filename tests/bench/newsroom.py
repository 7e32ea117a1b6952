"""Telegram's side of a bench: it sends updates to one or several replicas behind one address,
as a proxy spreads them, and knows when each question was asked and answered.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from sqlalchemy import insert

from bot.answer_buttons import STOP
from bot.database import open_people, people
from bot.handlers.webhook import SECRET_HEADER
from tests.bench.processes import Bot, machine_busy
from tests.telegram_rules import Json, Sent
from tests.telegram_server import TOKEN, TelegramServer
from tests.telegram_webhook import AGAIN_AFTER

ADMIN = 7
FIRST_MEMBER = 1_000
WEBHOOK_SECRET = "a-secret-of-the-bench"
PATIENCE_SECONDS = 30.0
"""For a replica to acknowledge an update; Telegram waits longer."""


def environment(server: TelegramServer, home: Path, **more: str) -> dict[str, str]:
    """What a replica is started with."""
    return {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "PAUTA_TELEGRAM_API_URL": server.url,
        "PAUTA_HOME": str(home),
        "PAUTA_ADMINS": str(ADMIN),
        "PAUTA_WEBHOOK_URL": f"http://127.0.0.1:{server.port}/hook",
        "PAUTA_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "PAUTA_LOG_FORMAT": "json",
        "PAUTA_LOG_LEVEL": "info",
        **more,
    }


def let_in(place: Path | str, count: int) -> None:
    """So many members, before Pauta runs: each may ask 20 questions a minute."""
    rows = [
        {"user_id": FIRST_MEMBER + at, "name": "Ana", "role": "member", "invited_by": ADMIN,
         "since": 0}
        for at in range(count)
    ]  # fmt: skip
    engine = open_people(place)
    with engine.begin() as connection:
        connection.execute(insert(people), rows)
    engine.dispose()


Ports = Callable[[], Sequence[int]]


def ports_of(bots: Iterable[Bot]) -> Ports:
    """Of all of them, dead or not: a proxy learns only by trying."""
    found = [bot.webhook_port for bot in bots]
    return lambda: found


@asynccontextmanager
async def updates_delivered(server: TelegramServer, ports: Ports) -> AsyncIterator[None]:
    """Those of one chat in order, chats side by side, again until acknowledged; each try goes to
    the next replica."""
    task = asyncio.create_task(_deliver_all(server, ports))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _deliver_all(server: TelegramServer, ports: Ports) -> None:
    locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
    tries = 0
    timeout = aiohttp.ClientTimeout(PATIENCE_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):

        async def send(update: Json) -> None:
            nonlocal tries
            async with locks[int(update["message"]["chat"]["id"])]:
                while True:
                    tries += 1
                    there = ports()
                    if await _is_taken(session, there[tries % len(there)], update):
                        return
                    await asyncio.sleep(AGAIN_AFTER)

        while True:
            while server._updates:
                group.create_task(send(server._updates.pop(0)))
            await server._changed.wait()


async def _is_taken(session: aiohttp.ClientSession, port: int, update: Json) -> bool:
    headers = {SECRET_HEADER: WEBHOOK_SECRET}
    url = f"http://127.0.0.1:{port}/hook"
    try:
        async with session.post(url, json=update, headers=headers) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def is_final(parameters: Json) -> bool:
    """Whether a message, sent or edited, no longer says that an answer is under way."""
    return STOP not in str(parameters.get("reply_markup", ""))


def in_chat(server: TelegramServer, chat_id: int) -> list[Sent]:
    """What stands there."""
    there = [one for one in server.sent if one.chat_id == chat_id]
    return [one for one in there if one.message_id not in server.deleted]


@dataclass(slots=True)
class Asking:
    """Questions at a rate, each of a person who has no other one under way."""

    server: TelegramServer
    questions: Sequence[str]
    members: int
    asked: dict[int, float] = field(default_factory=dict)
    """When by whom; seconds of the server's steady clock."""
    took: list[float] = field(default_factory=list)
    quoted: int = 0
    turned_away: int = 0
    """Questions that nobody was free to ask."""
    _next: int = 0
    _person: int = 0
    _read: int = 0

    async def at_rate(self, a_second: float, seconds: float) -> None:
        """Ask evenly for so long, and note what is answered meanwhile."""
        began = time.monotonic()
        for at in range(int(a_second * seconds)):
            await asyncio.sleep(max(0.0, began + at / a_second - time.monotonic()))
            self.note()
            self.ask(began + at / a_second)
        await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        self.note()

    def ask(self, wanted_at: float) -> None:
        """`wanted_at` is when it should have been: a generator that lags hides no delay."""
        for _ in range(self.members):
            self._person = (self._person + 1) % self.members
            if self._person not in self.asked:
                break
        else:
            self.turned_away += 1
            return
        self.asked[self._person] = wanted_at
        question = self.questions[self._next % len(self.questions)]
        self._next += 1
        self.server.user_says(FIRST_MEMBER + self._person, question)

    def note(self) -> None:
        """What was answered since the last time."""
        for call in self.server.calls[self._read :]:
            if call.method not in {"sendMessage", "editMessageText"}:
                continue
            person = int(call.parameters.get("chat_id", 0)) - FIRST_MEMBER
            if person in self.asked and is_final(call.parameters):
                self.took.append(call.at - self.asked.pop(person))
                self.quoted += "“" in str(call.parameters.get("text", ""))
        self._read = len(self.server.calls)

    async def all_answered(self, within: float) -> bool:
        """Whether nothing is under way any more, at the latest after so many seconds."""
        deadline = time.monotonic() + within
        while self.asked and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
            self.note()
        return not self.asked

    def forget(self) -> None:
        """Begin counting anew; what is under way goes on."""
        self.took.clear()
        self.quoted = self.turned_away = 0
        self.server.calls.clear()
        self.server.sent.clear()
        self._read = 0


@dataclass(slots=True)
class BusyMeter:
    """Share of one processor, of groups of processes and of all else, since it was made."""

    groups: dict[str, Callable[[], float]]
    """Name, and seconds of processor time so far."""
    _at: float = field(default_factory=time.monotonic)
    _before: dict[str, float] = field(default_factory=dict)
    _machine: float = field(default_factory=machine_busy)

    def __post_init__(self) -> None:
        self._before = {name: used() for name, used in self.groups.items()}

    def shares(self) -> dict[str, float]:
        seconds = time.monotonic() - self._at
        mine = {name: used() - self._before[name] for name, used in self.groups.items()}
        everything = machine_busy() - self._machine
        others = max(0.0, everything - sum(mine.values()))
        return {name: one / seconds for name, one in {**mine, "others": others}.items()}
