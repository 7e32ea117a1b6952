"""A bot whose every answer stays under way for ever, to be killed at any moment.

python -m tests.killable_bot ADDRESS PEOPLE_DB
"""

from __future__ import annotations

import asyncio
import sys

from sqlalchemy import create_engine

from bot.events import Searching
from tests.telegram_bot import live_bot
from tests.telegram_server import TelegramServer


async def main(url: str, file: str) -> None:
    # Of a server in another process only its address is used.
    server = TelegramServer(port=int(url.rpartition(":")[2]))
    async with live_bot(server, create_engine(f"sqlite:///{file}")) as world:
        world.assistant.events = (Searching("Stargate"),)
        world.assistant.hold.clear()
        await world.running


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
