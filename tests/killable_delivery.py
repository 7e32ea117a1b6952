"""A delivery on its own, to be killed at any moment.

python -m tests.killable_delivery ADDRESS PEOPLE_DB TIMES_TELEGRAMS_LIMITS

Once all is sent it prints how long that took and its greatest memory, before it and in all.
"""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.conversation_key import ConversationKey
from bot.database import open_people, outbox
from bot.delivery import Deliverer
from bot.handlers.rate_limits import MessagesFirst
from bot.offload import Offload
from bot.outbox import Outbox
from bot.outgoing import Delivery, Kind, PartState, ToldStory
from bot.pacing import Limits, Pace
from bot.render import Rendered
from bot.richtext import Part
from bot.sender import Chats
from tests.telegram_server import TOKEN


def a_delivery(key: str, chat_id: int, *parts: str) -> Delivery:
    """Of one part that says the key, unless others are given."""
    shown = tuple(Part(f"<b>{one}</b>", one) for one in parts or (key,))
    return Delivery(
        key=key,
        kind=Kind.DIGEST,
        where=ConversationKey(chat_id),
        screen=Rendered(shown),
        due_at=datetime.now(UTC),
        told=(ToldStory(1, "story", "A headline", ("article",), "5 origins"),),
    )


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def a_deliverer(
    url: str, file: Path, times: float
) -> AsyncIterator[tuple[Deliverer, Outbox, Offload]]:
    engine, offload = open_people(file), Offload()
    book = Outbox(engine, offload, now)

    async def move(_old: int, _new: int) -> None:
        raise AssertionError("nobody moves here")

    request = HTTPXRequest(connection_pool_size=64, read_timeout=20)
    bot = ExtBot(TOKEN, base_url=f"{url}/bot", request=request, rate_limiter=MessagesFirst())
    chats = Chats(book.gone, lambda _where: True, lambda _where: UTC, move)
    pace = Pace(Limits(round(30 * times), times, round(20 * times)))
    try:
        async with bot:
            yield Deliverer(bot, book, chats, now, pace), book, offload
    finally:
        offload.close()
        engine.dispose()


async def deliver_all(
    url: str, file: Path, times: float, on_ready: Callable[[], None] = lambda: None
) -> None:
    """Until nothing waits any more."""
    async with a_deliverer(url, file, times) as (deliverer, book, _):
        on_ready()
        left = select(func.count()).where(outbox.c.state == PartState.WAITING.value)
        while True:
            await deliverer.drain()
            with book.engine.connect() as connection:
                if not connection.scalar(left):
                    return
            await asyncio.sleep(0.2)


def main(url: str, file: Path, times: float, on_ready: Callable[[], None] = lambda: None) -> None:
    asyncio.run(deliver_all(url, file, times, on_ready))


def megabytes() -> int:
    """The most this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    began = time.monotonic()
    at_first: list[int] = []
    main(
        sys.argv[1],
        Path(sys.argv[2]),
        float(sys.argv[3]),
        lambda: at_first.append(megabytes()),
    )
    print(
        f"{time.monotonic() - began:.2f} s, {megabytes()} MB at most, {at_first[0]} MB at first",
        flush=True,
    )
