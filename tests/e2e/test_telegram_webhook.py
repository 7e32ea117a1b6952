"""The bot behind a webhook: the test server sends, over HTTP, as Telegram does."""

from __future__ import annotations

import asyncio
import ssl
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.handlers import webhook as webhook_module
from bot.handlers.application import TelegramStartError
from bot.handlers.webhook import (
    LARGEST_BODY,
    SECRET_FILE,
    SECRET_HEADER,
    WebhookStartError,
    webhook_secret,
)
from bot.settings import Settings
from tests.bot.test_handlers import free_port
from tests.telegram_bot import ADMIN, QUOTE, World, live_bot, plain_answer
from tests.telegram_server import TelegramServer
from tests.telegram_webhook import sending

SECRET = "a-secret-of-the-tests"


@pytest_asyncio.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


def behind(port: int, **more: Any) -> dict[str, Any]:
    return {
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_listen": f"127.0.0.1:{port}",
        "webhook_secret": SecretStr(SECRET),
        **more,
    }


@asynccontextmanager
async def by_webhook(server: TelegramServer, **more: Any) -> AsyncIterator[World]:
    async with live_bot(server, **behind(free_port(), **more)) as world:
        set_up = asyncio.create_task(server.called("setWebhook"))
        await asyncio.wait({set_up, world.running}, return_when=asyncio.FIRST_COMPLETED)
        world.assistant.reply = plain_answer
        yield world


@pytest_asyncio.fixture
async def world(server: TelegramServer) -> AsyncIterator[World]:
    async with by_webhook(server) as live:
        yield live


async def post(
    world: World, body: bytes = b"{}", *, method: str = "POST", path: str = "", **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    """What a caller gets: status, body, headers."""
    url = world.server.webhook["url"].removesuffix("/hook") + (path or "/hook")
    shown = {SECRET_HEADER: headers.get("secret", SECRET)}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, data=body, headers=shown) as answer,
    ):
        return answer.status, await answer.read(), dict(answer.headers)


class TestAQuestion:
    async def test_is_answered(self, world: World) -> None:
        async with sending(world.server) as sender:
            world.server.user_says(ADMIN, "How much?")
            assert (await world.server.next_answer(ADMIN)).text == "How much?"
        assert sender.statuses == [200]
        assert [one.method for one in world.server.calls].count("getUpdates") == 0

    async def test_that_is_sent_twice_is_answered_once(self, world: World) -> None:
        async with sending(world.server) as sender:
            sender.twice = True
            for question in ("one", "two", "three"):
                world.server.user_says(ADMIN, question)
            for question in ("one", "two", "three"):
                assert (await world.server.next_answer(ADMIN)).text == question
            async with asyncio.timeout(5):
                while len(sender.statuses) < 6:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        assert len(world.server.sent) == 3

    async def test_that_comes_while_the_bot_is_away_is_answered_once_it_is_back(
        self, server: TelegramServer
    ) -> None:
        settings = behind(free_port())
        async with live_bot(server, **settings):
            await server.called("setWebhook")
        async with sending(server) as sender:
            server.user_says(ADMIN, "How much?")
            async with asyncio.timeout(5):
                while not sender.statuses:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            assert set(sender.statuses) == {0}
            async with live_bot(server, **settings):
                assert QUOTE in (await server.next_answer(ADMIN)).text

    async def test_in_progress_is_finished_when_told_to_stop(self, world: World) -> None:
        world.assistant.hold.clear()
        async with sending(world.server):
            world.server.user_says(ADMIN, "How much?")
            await world.server.called("sendChatAction")
            world.stop.set()
            await asyncio.sleep(0.1)
            world.assistant.hold.set()
            await world.stopped()
        assert (await world.server.next_message(ADMIN)).text == "How much?"
        assert world.server.webhook, "it stays set: Telegram keeps what comes meanwhile"

    async def test_waits_at_telegram_while_there_is_no_room(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(webhook_module, "ROOM_SECONDS", 0.0)
        room = world.application.update_queue._room  # type: ignore[attr-defined]
        room.clear()
        async with sending(world.server) as sender:
            world.server.user_says(ADMIN, "How much?")
            async with asyncio.timeout(5):
                while 503 not in sender.statuses:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            room.set()
            assert (await world.server.next_answer(ADMIN)).text == "How much?"


class TestWhoeverElseSends:
    @pytest.mark.parametrize(
        ("status", "request_"),
        [
            (403, {"secret": "wrong"}),
            (403, {"secret": ""}),
            (403, {"secret": "é"}),
            (403, {"secret": f"{SECRET}x"}),
            (404, {"path": "/"}),
            (404, {"path": "/hook/"}),
            (404, {"path": "/hook/../hook/x"}),
            (404, {"path": "/else", "method": "DELETE"}),
            (405, {"method": "GET"}),
            (405, {"method": "PUT"}),
            (405, {"method": "OPTIONS"}),
            (400, {"body": b""}),
            (400, {"body": b"{"}),
            (400, {"body": b"[]"}),
            (400, {"body": b"\xff"}),
            (400, {"body": b"[" * 100_000}),
            (400, {"body": b'{"update_id": true}'}),
            (400, {"body": b'{"update_id": "5"}'}),
            (400, {"body": b'{"update_id": 99999999999999999999}'}),
            (200, {"body": b'{"update_id": 5, "message": 7}'}),
            (
                200,
                {
                    "body": b'{"update_id": 6, "message": {"message_id": 1, "date": 9e30, '
                    b'"chat": {"id": 7, "type": "private"}}}'
                },
            ),
        ],
    )
    async def test_gets_a_number_and_nothing_else(
        self, world: World, status: int, request_: dict[str, Any]
    ) -> None:
        got, body, headers = await post(world, **request_)
        assert (got, body) == (status, b"")
        assert "Server" not in headers
        assert len(world.server.sent) == 0
        async with sending(world.server):
            world.server.user_says(ADMIN, "still there?")
            assert (await world.server.next_answer(ADMIN)).text == "still there?"

    async def test_is_cut_off_when_it_sends_too_much(self, world: World) -> None:
        try:
            status, *_ = await post(world, b" " * (LARGEST_BODY + 1))
        except aiohttp.ClientError:
            status = 0
        assert status in {0, 400, 413}
        host, port = "127.0.0.1", int(world.server.webhook["url"].split(":")[2].split("/")[0])
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000 + b"\r\n\r\n")
        with suppress(ConnectionError):
            assert b" 200 " not in await asyncio.wait_for(reader.read(), 5)
        writer.close()


class TestStarting:
    async def start(self, server: TelegramServer, **more: Any) -> str:
        """What is said of a start that fails."""
        async with live_bot(server, **{**behind(free_port()), **more}) as world:
            with pytest.raises((WebhookStartError, TelegramStartError)) as caught:
                await asyncio.wait_for(asyncio.shield(world.running), 5)
        return str(caught.value)

    async def test_tells_telegram_where_to_send_what_and_how_to_prove_it(
        self, world: World
    ) -> None:
        (call,) = await world.server.called("setWebhook")
        assert call.parameters["secret_token"] == SECRET
        assert "message" in str(call.parameters["allowed_updates"])
        assert not call.parameters.get("drop_pending_updates")

    async def test_at_a_port_that_is_taken_says_so(self, server: TelegramServer) -> None:
        said = await self.start(server, webhook_listen=f"127.0.0.1:{server.port}")
        assert "PAUTA_WEBHOOK_LISTEN" in said
        assert server.webhook == {}

    async def test_with_an_address_telegram_refuses_says_so(self, server: TelegramServer) -> None:
        server.fail("setWebhook", 400, "Bad Request: bad webhook: IP address is reserved")
        said = await self.start(server)
        assert "PAUTA_WEBHOOK_URL" in said
        assert "ip address is reserved" in said
        assert SECRET not in said

    async def test_tries_again_when_the_server_stumbles(
        self, server: TelegramServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(webhook_module, "RETRY_SECONDS", 0.0)
        server.fail("setWebhook", 502, "Bad Gateway")
        async with by_webhook(server), asyncio.timeout(5):
            while not server.webhook:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def test_with_files_that_are_no_certificate_says_so(
        self, server: TelegramServer, tmp_path: Path
    ) -> None:
        (tmp_path / "cert.pem").write_text("nonsense")
        said = await self.start(
            server, webhook_cert=tmp_path / "cert.pem", webhook_key=tmp_path / "none.pem"
        )
        assert "PAUTA_WEBHOOK_CERT" in said

    async def test_with_a_certificate_of_its_own_serves_tls_and_uploads_it(
        self, server: TelegramServer, tmp_path: Path
    ) -> None:
        cert, key = a_certificate(tmp_path)
        async with by_webhook(server, webhook_cert=cert, webhook_key=key) as world:
            (call,) = await server.called("setWebhook")
            assert "BEGIN CERTIFICATE" in str(call.parameters["certificate"])
            trusting = ssl.create_default_context(cafile=str(cert))
            url = server.webhook["url"].replace("http://", "https://")
            update = {"update_id": 5, "message": server.message(ADMIN, {"text": "How much?"})}
            async with (
                aiohttp.ClientSession() as session,
                session.post(
                    url, json=update, headers={SECRET_HEADER: SECRET}, ssl=trusting
                ) as answer,
            ):
                assert answer.status == 200
            assert (await server.next_answer(ADMIN)).text == "How much?"
            assert world.server.webhook

    async def test_without_a_webhook_deletes_the_one_that_is_set(
        self, server: TelegramServer
    ) -> None:
        async with by_webhook(server):
            await server.called("setWebhook")
        assert server.webhook
        async with live_bot(server):
            server.user_says(ADMIN, "How much?")
            assert QUOTE in (await server.next_answer(ADMIN)).text
        assert server.webhook == {}


class TestTheSecret:
    def test_is_made_once_and_kept_for_its_owner_alone(self, tmp_path: Path) -> None:
        settings = Settings(home=tmp_path / "home")
        made = webhook_secret(settings)
        file = tmp_path / "home" / SECRET_FILE
        assert len(made) >= 40
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o644)
        assert webhook_secret(settings) == made
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_that_was_spoilt_is_made_anew(self, tmp_path: Path) -> None:
        (tmp_path / SECRET_FILE).write_text("short")
        assert len(webhook_secret(Settings(home=tmp_path))) >= 40

    def test_that_cannot_be_kept_is_said_with_what_to_do(self, tmp_path: Path) -> None:
        (tmp_path / SECRET_FILE).mkdir()
        with pytest.raises(WebhookStartError, match="PAUTA_WEBHOOK_SECRET"):
            webhook_secret(Settings(home=tmp_path))


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """Of 127.0.0.1, signed by itself."""
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_file, key_file
