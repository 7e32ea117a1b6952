"""The Telegram side in small: what is logged, what is retried, how a start fails."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from telegram import Bot, Chat, Message, Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest

from bot import once_a_day
from bot.handlers import sending
from bot.handlers.application import TelegramStartError, build_application, run_polling
from bot.handlers.errors import PollingErrors, sentence_for
from bot.handlers.ordering import ChatOrder
from bot.handlers.rate_limits import MessagesFirst
from bot.handlers.secrecy import HIDDEN, guard_library_loggers, scrub
from bot.handlers.sending import never_left, send_text
from bot.once_a_day import OnceADay
from tests.telegram_bot import services_for
from tests.telegram_server import TOKEN, TelegramServer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def caused_by(error: NetworkError, cause: Exception) -> NetworkError:
    error.__cause__ = cause
    return error


class TestStarting:
    @pytest.mark.parametrize("token", [None, "", "  ", "has space", "ação", "a/b", "a\nb"])
    def test_without_a_usable_token_says_where_to_get_one(self, token: str | None) -> None:
        with pytest.raises(TelegramStartError, match="@BotFather"):
            build_application(services_for("http://127.0.0.1:1", token))

    async def test_with_a_refused_token_says_so_without_showing_it(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        wrong = "123456:a-token-nobody-gave-out"
        async with TelegramServer() as server:
            application = build_application(services_for(server.url, wrong))
            with pytest.raises(TelegramStartError, match="TELEGRAM_BOT_TOKEN") as caught:
                await run_polling(application, asyncio.Event())
        assert "a-token-nobody" not in str(caught.value) + caplog.text
        assert caught.value.__suppress_context__

    async def test_with_no_server_to_reach_says_so(self) -> None:
        url = f"http://127.0.0.1:{free_port()}"
        application = build_application(services_for(url))
        with pytest.raises(TelegramStartError, match="cannot be reached") as caught:
            await run_polling(application, asyncio.Event())
        assert url in str(caught.value)
        assert TOKEN not in str(caught.value)

    async def test_leaves_no_task_behind_when_it_fails(self) -> None:
        before = asyncio.all_tasks()
        async with TelegramServer() as server:
            server.fail("deleteWebhook", 500, "Internal Server Error", times=10)
            application = build_application(services_for(server.url))
            with pytest.raises(TelegramStartError, match="cannot be reached"):
                await run_polling(application, asyncio.Event())
        await asyncio.sleep(0)
        assert {
            task for task in asyncio.all_tasks() - before if "polling" in task.get_name()
        } == set()
        assert not application.running

    async def test_the_address_of_the_server_is_taken_as_it_is(self) -> None:
        application = build_application(services_for("http://127.0.0.1:8081/{token}"))
        assert application.bot.base_url == f"http://127.0.0.1:8081/{{token}}/bot{TOKEN}"
        assert application.bot.base_file_url == f"http://127.0.0.1:8081/{{token}}/file/bot{TOKEN}"


class TestSecrecy:
    def test_hides_the_token_and_its_secret_half(self) -> None:
        secret = TOKEN.partition(":")[2]
        assert scrub(f"{TOKEN} and {secret}", TOKEN) == f"{HIDDEN} and {HIDDEN}"

    async def test_a_whole_run_at_debug_never_prints_the_token(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        logging.getLogger("httpx").setLevel(logging.INFO)
        async with TelegramServer() as server:
            stop = asyncio.Event()
            running = asyncio.create_task(
                run_polling(build_application(services_for(server.url)), stop)
            )
            server.user_says(7, "How much?")
            await server.next_message(7)
            server.fail("getUpdates", 500, f"Internal: /bot{TOKEN}/getUpdates")
            server.user_says(7, "And again?")
            await server.next_message(7)
            stop.set()
            await running
        assert "telegram" in {record.name.partition(".")[0] for record in caplog.records}
        assert not [record for record in caplog.records if record.name.startswith("http")]
        assert TOKEN not in caplog.text

    def test_what_libraries_log_is_scrubbed_tracebacks_included(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        guard_library_loggers(TOKEN)
        guard_library_loggers(TOKEN)
        logger = logging.getLogger("telegram.ext.Application")
        error = InvalidToken(f"The token `{TOKEN}` was rejected")
        logger.error("at %s", f"https://example.com/bot{TOKEN}", exc_info=error)
        assert TOKEN not in caplog.text
        assert f"at https://example.com/bot{HIDDEN}" in caplog.text
        assert f"The token `{HIDDEN}` was rejected" in caplog.text
        assert caplog.text.count("InvalidToken: ") == 1


class _Unreachable(BaseRequest):
    """Fails with the given errors in turn, then answers as Telegram would."""

    def __init__(self, *errors: Exception) -> None:
        self.errors, self.calls = list(errors), 0

    @property
    def read_timeout(self) -> float:
        return 1.0

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        chat = b'{"id": 7, "type": "private"}'
        return 200, b'{"ok": true, "result": {"message_id": 1, "date": 1, "chat": %s}}' % chat


class TestSendingAgain:
    @pytest.fixture(autouse=True)
    def _without_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sending, "CONNECT_RETRY_DELAYS", (0.0, 0.0))

    @pytest.mark.parametrize(
        "error",
        [
            caused_by(NetworkError("x"), httpx.ConnectError("refused")),
            caused_by(TimedOut(), httpx.ConnectTimeout("slow")),
            caused_by(TimedOut(), httpx.PoolTimeout("full")),
        ],
    )
    async def test_happens_when_the_message_never_left(self, error: NetworkError) -> None:
        request = _Unreachable(error, error)
        await send_text(Bot(TOKEN, request=request), 7, "hello")
        assert request.calls == 3

    async def test_ends_after_a_few_tries(self) -> None:
        error = caused_by(NetworkError("x"), httpx.ConnectError("refused"))
        request = _Unreachable(*[error] * 10)
        with pytest.raises(NetworkError):
            await send_text(Bot(TOKEN, request=request), 7, "hello")
        assert request.calls == 3

    @pytest.mark.parametrize(
        "error",
        [
            caused_by(TimedOut(), httpx.ReadTimeout("?")),
            caused_by(TimedOut(), httpx.WriteTimeout("?")),
            caused_by(NetworkError("x"), httpx.RemoteProtocolError("closed")),
            NetworkError("Bad Gateway (502)"),
        ],
    )
    async def test_does_not_happen_when_nobody_knows(self, error: NetworkError) -> None:
        request = _Unreachable(error)
        with pytest.raises(NetworkError):
            await send_text(Bot(TOKEN, request=request), 7, "hello")
        assert request.calls == 1
        assert not never_left(error)


class TestRateLimits:
    async def test_a_cosmetic_call_told_to_wait_fails_at_once_and_holds_nothing_back(self) -> None:
        limiter = MessagesFirst()

        async def refuse() -> bool:
            raise RetryAfter(3600)

        async def accept() -> bool:
            return True

        async with asyncio.timeout(1):
            for endpoint in ("setMyCommands", "sendChatAction"):
                with pytest.raises(RetryAfter):
                    await limiter.process_request(refuse, (), {}, endpoint, {"chat_id": 7}, None)
            message = limiter.process_request(accept, (), {}, "sendMessage", {"chat_id": 7}, None)
            assert await message


def test_each_kind_of_failure_has_its_sentence() -> None:
    assert sentence_for(TimedOut()) == "unconfirmed"
    assert sentence_for(BadRequest("chat not found")) == "failed"
    assert sentence_for(TimeoutError()) == "too_slow"
    assert sentence_for(RuntimeError()) == "failed"


def test_trouble_with_polling_is_logged_once_per_kind() -> None:
    report = PollingErrors(TOKEN)
    with capture_logs() as logs:
        for _ in range(50):
            report(Conflict("terminated by other getUpdates request"))
            report(NetworkError(f"https://example.com/bot{TOKEN} unreachable"))
    assert [entry["log_level"] for entry in logs] == ["warning", "warning"]
    assert TOKEN not in str(logs)


class TestTheGate:
    def test_remembers_a_bounded_number_of_strangers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(once_a_day, "MOST_REMEMBERED", 3)
        refused, now = OnceADay(), datetime(2025, 1, 1, tzinfo=UTC)
        assert [refused.is_due(stranger, now) for stranger in range(1, 6)] == [True] * 5
        assert len(refused._said) == 3
        assert not refused.is_due(5, now + timedelta(hours=23))
        assert refused.is_due(5, now + timedelta(hours=24))


def update_in(chat_id: int) -> Update:
    chat = Chat(chat_id, "private")
    return Update(1, message=Message(1, datetime(2025, 1, 1, tzinfo=UTC), chat))


class TestOrder:
    async def test_forgets_a_chat_once_its_turn_is_over(self) -> None:
        order = ChatOrder()
        done: list[int] = []

        async def handle(number: int) -> None:
            await asyncio.sleep(0)
            done.append(number)

        await asyncio.gather(
            *(order.process_update(update_in(7), handle(number)) for number in range(20))
        )
        assert done == list(range(20))
        assert order._queues == {}

    async def test_a_turn_that_fails_lets_the_next_one_in(self) -> None:
        order = ChatOrder()
        done: list[str] = []

        async def fail() -> None:
            raise RuntimeError

        async def succeed() -> None:
            done.append("second")

        first = asyncio.create_task(order.process_update(update_in(7), fail()))
        second = asyncio.create_task(order.process_update(update_in(7), succeed()))
        with suppress(RuntimeError):
            await first
        await second
        assert done == ["second"]

    async def test_giving_up_cancels_turns_and_those_who_wait(self) -> None:
        order, started = ChatOrder(), list[int]()

        async def hang(number: int) -> None:
            started.append(number)
            await asyncio.Event().wait()

        tasks = [
            asyncio.create_task(order.process_update(update_in(7), hang(number)))
            for number in range(3)
        ]
        await asyncio.sleep(0.01)
        assert order.give_up() == 3
        await asyncio.wait(tasks, timeout=1)
        assert all(task.cancelled() for task in tasks)
        assert started == [0]
        await order.process_update(update_in(7), hang(9))
        assert started == [0]
