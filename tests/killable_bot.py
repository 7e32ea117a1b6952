"""A bot whose every answer stays under way for ever, to be killed at any moment.

python -m tests.killable_bot ADDRESS PEOPLE_DB
python -m tests.killable_bot ADDRESS POSTGRESQL_URL PORT SECRET SECONDS

The second is one of several replicas behind a webhook, taken for dead after so many seconds.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import Engine, create_engine

from bot.database import SCHEMA
from bot.events import Searching
from bot.handlers import replica_care
from bot.replica import Replica
from retrieval.database import engine_for
from tests.telegram_bot import live_bot
from tests.telegram_server import TelegramServer


async def main(url: str, place: str, port: str = "", secret: str = "", seconds: str = "") -> None:
    # Of a server in another process only its address is used.
    server = TelegramServer(port=int(url.rpartition(":")[2]))
    engine: Engine = create_engine(f"sqlite:///{place}") if not port else engine_for(place, SCHEMA)
    replica, settings = None, dict[str, Any]()
    if port:
        replica_care.LOOK_EVERY = 0.2
        replica = Replica(engine, alive_for=timedelta(seconds=float(seconds)))
        settings = {
            "webhook_url": f"http://127.0.0.1:{port}/hook",
            "webhook_listen": f"127.0.0.1:{port}",
            "webhook_secret": SecretStr(secret),
        }
    async with live_bot(server, engine, replica=replica, **settings) as world:
        world.assistant.events = (Searching("Stargate"),)
        world.assistant.hold.clear()
        await world.running


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
