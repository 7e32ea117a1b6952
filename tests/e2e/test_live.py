"""`pauta run` as a real process: live, answering, and gone when told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.telegram_bot import ADMIN
from tests.telegram_server import TOKEN, TelegramServer


async def test_the_bot_says_it_is_live_answers_from_the_sample_and_stops_when_told(
    tmp_path: Path,
) -> None:
    async with TelegramServer() as server:
        environment = {
            **os.environ,
            "PAUTA_HOME": str(tmp_path / "home"),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "PAUTA_ADMINS": str(ADMIN),
            "PAUTA_TELEGRAM_API_URL": server.url,
        }
        bot = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            env=environment,
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            server.user_says(ADMIN, "how much did Stargate commit?")
            message = await server.next_answer(ADMIN, within=60)
            bot.send_signal(signal.SIGTERM)
            output, log = await asyncio.wait_for(bot.communicate(), 30)
        finally:
            if bot.returncode is None:
                bot.kill()
    assert "US$500 billion" in message.text
    assert bot.returncode == 0
    assert b"Live in Telegram as @" in log
    assert b"1 person let in" in log
    assert TOKEN.encode() not in output + log
