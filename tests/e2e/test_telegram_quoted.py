"""What was once missing from quoted answers, asked over HTTP of articles of the sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import sample, texts
from bot.app import build
from bot.settings import Settings
from retrieval.models import Article
from tests.telegram_bot import ADMIN, live_bot
from tests.telegram_server import TelegramServer

ASKED_FOR = ("assina contrato", "seawater", "dockworkers", "estivadores")


@pytest.mark.asyncio
async def test_a_duration_and_a_total_are_answered_in_full(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with build(settings, purpose="run") as pauta:
        # Embedding is what takes time here: what each answer is chosen from, no more.
        chosen = [
            one
            for one in sample.articles()
            if isinstance(one, Article) and any(word in one.title.lower() for word in ASKED_FOR)
        ]
        assert len(chosen) == len(ASKED_FOR)
        pauta.ingest.add(chosen)
        async with TelegramServer() as server, live_bot(server, answering=pauta.assistant):

            async def answer(question: str) -> str:
                server.user_says(ADMIN, question)
                message = await server.next_message(ADMIN, within=30)
                return (await server.shows(message, "[1]", within=30)).text

            assert "greve de onze dias" in await answer("how long did the strike last?")
            costs = await answer("Quanto vai custar a usina de dessalinização de Porto Cedro?")
            assert costs.startswith(texts.say("pt", "quoted_intro_different_figures"))
            assert "1.4 billion reais" in costs
            assert "R$ 1,2 bilhão" in costs
            assert "4,10" not in costs
