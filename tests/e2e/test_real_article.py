"""From a real, rough article in a file, through Chroma, to what Telegram would deliver."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.answers import Turn
from bot.app import Pauta, build
from bot.handlers.application import build_application, run_polling
from bot.intake import Intake
from bot.live import feed_desk, services_of
from bot.settings import Settings
from retrieval.folding import folded_words
from tests.telegram_bot import ADMIN, settings_for
from tests.telegram_server import TelegramServer

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the shared articles are not here")


def _questions() -> list[dict[str, Any]]:
    file = SHARED / "eval" / "stargate" / "questions.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _ingested(pauta: Pauta) -> None:
    report = pauta.ingest.add(Intake([str(SHARED / "articles")], [], pauta.fetcher).items())
    assert (report.new, report.failed) == (1, 0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("stargate")
    with build(Settings.model_validate({"home": home}), purpose="test") as pauta:
        _ingested(pauta)
    return home


@pytest.mark.parametrize("question", _questions(), ids=lambda question: question["id"])
async def test_the_real_article_answers(home: Path, question: dict[str, Any]) -> None:
    history = [Turn(turn["role"], turn["text"]) for turn in question["history"]]
    with build(Settings.model_validate({"home": home}), purpose="test") as pauta:
        answer = await pauta.assistant.answer(question["question"], history)
    assert answer.answered == question["answerable"]
    assert answer.language == question["language"]
    quoted = " ".join(folded_words(" ".join(item.quote for item in answer.citations)))
    found = [" ".join(folded_words(wanted)) in quoted for wanted in question["answers"]]
    assert all(found) if question.get("all_answers") else any(found) or not found


async def test_a_question_in_telegram_gets_the_sentence_of_the_article(home: Path) -> None:
    stop = asyncio.Event()
    async with TelegramServer() as server:
        settings = settings_for(server.url).model_copy(update={"home": home})
        with build(settings, purpose="test") as pauta:
            services = services_of(pauta, feed_desk(pauta))
            running = asyncio.create_task(run_polling(build_application(services), stop))
            server.user_says(ADMIN, "how much did Stargate commit?")
            message = await server.next_answer(ADMIN)
            stop.set()
            await running
    assert "This is what the coverage says:" in message.text
    assert "US $ 500 bilhões em quatro anos" in message.text
