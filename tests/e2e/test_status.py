"""/healthz, /readyz, /metrics and the log of a whole running bot, over HTTP."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot import logs
from bot.app import Pauta, build
from bot.database import open_people
from bot.handlers import watching
from bot.live import serve_until_stopped
from bot.settings import Settings
from bot.status_server import StatusServer, StatusStartError, is_loopback
from tests.bot.test_handlers import free_port
from tests.builders import articles
from tests.fakes import FakeEmbedder
from tests.telegram_bot import ADMIN, STRANGER, live_bot
from tests.telegram_server import TOKEN, TelegramServer

QUESTION = "What was said about the harbour, quietly-asked?"


class Status:
    """The pages of a running bot."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    async def get(self, path: str, method: str = "GET", **more: Any) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self.url + path, **more) as answer,
        ):
            assert "Server" not in answer.headers
            return answer.status, await answer.text()

    async def until(self, path: str, status: int) -> str:
        async with asyncio.timeout(10):
            while True:
                with suppress(aiohttp.ClientError):
                    found, body = await self.get(path)
                    if found == status:
                        return body
                await asyncio.sleep(0.02)

    async def figures(self) -> dict[str, float]:
        _, body = await self.get("/metrics")
        return {
            sample.name + "".join(f" {one}" for one in sample.labels.values()): sample.value
            for family in text_string_to_metric_families(body)
            for sample in family.samples
        }


@asynccontextmanager
async def running(
    server: TelegramServer, home: Path, **more: Any
) -> AsyncIterator[tuple[Pauta, Status]]:
    """The real program, with an embedder that costs nothing."""
    port = free_port()
    settings = Settings(
        telegram_bot_token=SecretStr(TOKEN),
        telegram_api_url=server.url,
        admins=frozenset({ADMIN}),
        home=home,
        **{"status_listen": f"127.0.0.1:{port}", **more},
    )
    with build(settings, purpose="run", lasting=True, embedder=FakeEmbedder()) as pauta:
        pauta.ingest.add(articles(3))
        task = asyncio.create_task(serve_until_stopped(pauta))
        try:
            yield pauta, Status(port)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.status_server.FRESH_SECONDS", 0.0)


async def test_a_running_bot_is_healthy_ready_and_counts_what_it_does(tmp_path: Path) -> None:
    async with TelegramServer() as server, running(server, tmp_path) as (_, status):
        assert await status.until("/readyz", 200) == "database: ok\narchive: ok\ntelegram: ok\n"
        assert await status.get("/healthz") == (200, "ok\n")
        before = await status.figures()
        server.user_says(ADMIN, QUESTION)
        await server.next_answer(ADMIN)
        server.user_says(STRANGER, "Let me in, I am Eve!")
        await server.next_message(STRANGER)
        async with asyncio.timeout(5):
            while (after := await status.figures())["pauta_answers_under_way"]:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

        def more(name: str) -> float:
            return after[name] - before[name]

        assert more("pauta_updates_total message") == 2
        answered = more("pauta_answers_total answered") + more("pauta_answers_total refused")
        assert answered == 1
        for stage in ("search", "answer", "whole"):
            assert more(f"pauta_stage_seconds_count {stage}") >= 1
        assert after["pauta_articles"] == 3
        assert after["pauta_feeds well"] == 0
        assert after["pauta_telegram_reached_timestamp_seconds"] > 1_700_000_000
        _, page = await status.get("/metrics")
    body = "\n".join(line for line in page.splitlines() if "pauta_" in line)
    for private in (TOKEN, "quietly", "Eve", f'"{STRANGER}"', f'"{ADMIN}"', str(tmp_path)):
        assert private not in body


async def test_before_telegram_is_reached_it_is_healthy_but_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with TelegramServer() as server:
        server.slow_down("getMe", 2.0)
        async with running(server, tmp_path) as (_, status):
            assert await status.until("/healthz", 200)
            found, body = await status.get("/readyz")
            assert found == 503
            assert "telegram: not connected" in body
            assert "database: ok" in body


async def test_a_telegram_that_is_gone_makes_it_unready_and_one_that_is_back_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with TelegramServer() as server, running(server, tmp_path) as (_, status):
        await status.until("/readyz", 200)
        before = await status.figures()
        monkeypatch.setattr(watching, "LATELY", -1.0)
        server.fail("getMe", 502, "Bad Gateway")
        assert "telegram: not reached (NetworkError)" in await status.until("/readyz", 503)
        await status.until("/readyz", 200)
        after = await status.figures()
        errors = "pauta_telegram_errors_total server"
        assert after[errors] == before[errors] + 1


async def test_a_database_that_cannot_be_read_is_told_by_its_kind_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_engines: object) -> str:
        raise OperationalError("SELECT secret", {}, Exception("disk I/O error"))

    monkeypatch.setattr("bot.status.database_problem", broken)
    async with TelegramServer() as server, running(server, tmp_path) as (_, status):
        body = await status.until("/readyz", 503)
        assert "database: failed (OperationalError)" in body
        assert "secret" not in body
        assert (await status.get("/healthz"))[0] == 200


async def test_an_archive_that_another_process_took_is_not_ready(tmp_path: Path) -> None:
    async with TelegramServer() as server, running(server, tmp_path) as (_, status):
        await status.until("/readyz", 200)
        (tmp_path / "lock.holder").write_text('{"pid": 1, "purpose": "run"}')
        assert "archive: not held by this process" in await status.until("/readyz", 503)


async def test_behind_a_webhook_the_pages_are_the_same(tmp_path: Path) -> None:
    port = free_port()
    webhook = {
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_listen": f"127.0.0.1:{port}",
    }
    async with TelegramServer() as server, running(server, tmp_path, **webhook) as (_, status):
        assert "telegram: ok" in await status.until("/readyz", 200)


class TestThePages:
    @pytest.fixture
    async def status(self) -> AsyncIterator[Status]:
        looked: list[str] = []

        async def hangs() -> str:
            looked.append("x")
            await asyncio.sleep(60)
            return ""

        async def refresh() -> None:
            raise TimeoutError

        port = free_port()
        server = StatusServer(f"127.0.0.1:{port}", {"slow": hangs}, refresh)
        server.open()
        found = Status(port)
        found.looked = looked  # type: ignore[attr-defined]
        yield found
        await server.close()

    @pytest.mark.parametrize(
        ("path", "method", "expected"),
        [
            ("/", "GET", 404),
            ("/metrics/../etc", "GET", 404),
            ("/healthz/", "GET", 404),
            ("/healthz", "POST", 405),
            ("/readyz", "DELETE", 405),
            ("/metrics", "OPTIONS", 405),
            ("/healthz", "HEAD", 200),
        ],
    )
    async def test_are_three_and_only_to_be_read(
        self, status: Status, path: str, method: str, expected: int
    ) -> None:
        found, body = await status.get(path, method)
        assert found == expected
        assert len(body) < 10

    async def test_take_nothing_large(self, status: Status) -> None:
        with suppress(aiohttp.ClientError):
            found, _ = await status.get("/healthz", "POST", data=b"x" * 100_000)
            assert found in {400, 405, 413}
        assert (await status.get("/healthz"))[0] == 200

    async def test_do_not_wait_for_what_hangs_and_look_once_for_all_who_ask(
        self, status: Status, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.status_server.CHECK_SECONDS", 0.1)
        monkeypatch.setattr("bot.status_server.FRESH_SECONDS", 60.0)
        answers = await asyncio.gather(*(status.get("/readyz") for _ in range(20)))
        assert set(answers) == {(503, "slow: no answer in time\n")}
        assert status.looked == ["x"]  # type: ignore[attr-defined]

    async def test_show_the_rest_of_the_figures_when_some_cannot_be_looked_up(
        self, status: Status
    ) -> None:
        with capture_logs() as logged:
            found, body = await status.get("/metrics")
        assert found == 200
        assert "pauta_updates_total" in body
        assert [one["cause"] for one in logged] == ["no answer in time"]


async def nothing() -> None:
    pass


async def test_a_port_that_is_taken_is_said_with_what_to_do() -> None:
    async with TelegramServer() as server:
        taken = StatusServer(f"127.0.0.1:{server.port}", {}, nothing)
        with pytest.raises(StatusStartError, match="PAUTA_STATUS_LISTEN"):
            taken.open()
        await taken.close()


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("", False), ("0.0.0.0", False),
     ("::", False), ("10.0.0.7", False), ("status.example", False)],
)  # fmt: skip
def test_who_reaches_an_address(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


async def test_an_address_that_others_reach_is_warned_of() -> None:
    server = StatusServer(f"0.0.0.0:{free_port()}", {}, nothing)
    with capture_logs() as logged:
        server.open()
    await server.close()
    assert [one["log_level"] for one in logged] == ["warning"]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logging.root.handlers[:], logging.root.level
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:], logging.root.level = before[0], before[1]


async def test_the_log_of_a_question_bears_one_id_and_neither_its_text_nor_a_secret(
    tmp_path: Path, log: io.StringIO
) -> None:
    async with TelegramServer() as server, running(server, tmp_path) as (pauta, _):
        secret = Settings(telegram_bot_token=SecretStr(TOKEN), log_level="debug")
        logs.configure_for(secret)
        logs.configure(log, "debug", json=True)
        server.fail("sendChatAction", 400, "Bad Request: no action today", times=3)
        server.user_says(ADMIN, QUESTION)
        answer = await server.next_answer(ADMIN)
        logging.getLogger("some.library").warning("it failed at /bot%s/getMe", TOKEN)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    about = [one for one in lines if "question_id" in one]
    assert {"an update is taken up", "cosmetic call failed", "a question was dealt with"} <= {
        one["event"] for one in about
    }
    assert len({one["question_id"] for one in about}) == 1
    assert re.fullmatch(r"[0-9a-f]{8}", about[0]["question_id"])
    assert {"timestamp", "level", "event"} <= about[0].keys()
    assert any(one.get("logger") == "some.library" for one in lines)
    for private in (TOKEN, TOKEN.partition(":")[2], QUESTION, "harbour", answer.text[:30]):
        assert private not in log.getvalue()
    assert pauta.settings.telegram_bot_token


async def test_an_error_of_the_database_is_logged_without_what_was_said(
    tmp_path: Path, log: io.StringIO
) -> None:
    people = open_people(tmp_path / "people.db")
    async with TelegramServer() as server, live_bot(server, people) as world:
        logs.configure(log, "debug", json=True)
        world.assistant.reply = lambda asked: _failing_to_write(asked, world.database)
        server.user_says(ADMIN, QUESTION)
        await server.next_answer(ADMIN)
    assert "OperationalError" in log.getvalue()
    assert "question_id" in log.getvalue()
    assert QUESTION not in log.getvalue()


def _failing_to_write(said: str, database: Any) -> Exception:
    from sqlalchemy import text

    try:
        with database.connect() as connection:
            connection.execute(text("INSERT INTO no_such_table VALUES (:said)"), {"said": said})
    except OperationalError as error:
        return error
    raise AssertionError("it was written")
