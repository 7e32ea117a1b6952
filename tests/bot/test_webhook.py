"""Where Telegram sends messages to: which addresses can be used, and what the doctor says."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import Settings
from bot.settings_reading import SettingsError, load_settings
from bot.webhook_address import PORTS, split_listen, webhook_path, webhook_problem
from bot.webhook_check import WebhookState, check_webhook
from retrieval.findings import Verdict

NOW = datetime(2025, 3, 1, 9, tzinfo=UTC)
URL = "https://bot.paper.example/telegram"
CERTIFICATE = {"PAUTA_WEBHOOK_CERT": "cert.pem", "PAUTA_WEBHOOK_KEY": "key.pem"}


def read(**environ: str) -> Settings:
    return load_settings(environ, dotenv=None)


class TestAnAddress:
    @pytest.mark.parametrize(
        "url", [URL, "https://paper.example", *(f"https://a.example:{port}/x" for port in PORTS)]
    )
    def test_that_telegram_sends_to_can_be_used(self, url: str) -> None:
        assert read(PAUTA_WEBHOOK_URL=url).webhook_url == url

    @pytest.mark.parametrize(
        ("url", "why"),
        [
            ("http://bot.paper.example/telegram", "https"),
            ("bot.paper.example", "https"),
            ("https://bot.paper.example:8081/telegram", "443, 80, 88 and 8443"),
            ("https://bot.paper.example:99999/telegram", "no address"),
            ("https://", "such as"),
            ("https://ana:word@paper.example", "PAUTA_WEBHOOK_SECRET"),
            ("https://paper.example/?a=1", "PAUTA_WEBHOOK_SECRET"),
            ("https://paper.example/(.*)", "plain path"),
            ("https://paper.example/a b", "such as"),
            ("https://[::1", "no address"),
        ],
    )
    def test_that_it_does_not_is_refused_with_the_reason(self, url: str, why: str) -> None:
        with pytest.raises(SettingsError, match="PAUTA_WEBHOOK_URL") as refused:
            read(PAUTA_WEBHOOK_URL=url)
        assert why in str(refused.value)

    def test_for_a_bot_api_server_of_ones_own_may_be_near(self) -> None:
        own = read(
            PAUTA_TELEGRAM_API_URL="http://10.0.0.5:8081",
            PAUTA_WEBHOOK_URL="http://10.0.0.6:9000/x",
        )
        assert own.webhook_url == "http://10.0.0.6:9000/x"

    @given(st.text(max_size=60).map(lambda rest: f"https://paper.example{rest}"))
    def test_that_can_be_used_has_a_path_that_matches_itself_alone(self, url: str) -> None:
        if webhook_problem(url) is None:
            assert not set(webhook_path(url)) & set("()[]*+?^$|\\{} ")

    @given(st.text(max_size=30))
    def test_to_listen_at_is_a_host_and_a_port_or_refused(self, listen: str) -> None:
        with suppress(ValueError):
            host, port = split_listen(listen)
            assert 1 <= port <= 65_535
            assert ":" not in host or listen.strip().startswith("[")

    @pytest.mark.parametrize(
        ("listen", "parts"),
        [
            ("127.0.0.1:8080", ("127.0.0.1", 8080)),
            ("[::1]:80", ("::1", 80)),
            (":8443", ("", 8443)),
        ],
    )
    def test_to_listen_at_is_taken_apart(self, listen: str, parts: tuple[str, int]) -> None:
        assert split_listen(listen) == parts


class TestTheOtherSettings:
    @pytest.mark.parametrize("secret", ["short", "has spaces in it ....", "ç" * 20, "x" * 257])
    def test_a_secret_telegram_cannot_send_is_refused_and_not_shown(self, secret: str) -> None:
        with pytest.raises(SettingsError, match="PAUTA_WEBHOOK_SECRET") as refused:
            read(PAUTA_WEBHOOK_SECRET=secret)
        assert secret not in str(refused.value)

    def test_a_secret_is_shown_nowhere(self) -> None:
        settings = read(PAUTA_WEBHOOK_SECRET="0123456789abcdef")
        assert "0123456789abcdef" not in repr(settings) + settings.model_dump_json()

    @pytest.mark.parametrize("alone", sorted(CERTIFICATE))
    def test_a_certificate_and_its_key_come_together(self, alone: str) -> None:
        assert read(**CERTIFICATE).webhook_key is not None
        with pytest.raises(SettingsError, match="together"):
            read(**{alone: CERTIFICATE[alone]})


class TestTheDoctor:
    def test_says_that_messages_are_fetched(self) -> None:
        (one,) = check_webhook("", WebhookState("", pending=2), NOW)
        assert one.verdict is Verdict.OK
        assert "polling" in one.message
        assert "2 messages wait" in one.message

    def test_warns_of_a_webhook_nobody_set_here_without_its_path(self) -> None:
        (one,) = check_webhook("", WebhookState(URL), NOW)
        assert one.verdict is Verdict.WARNING
        assert "bot.paper.example" in one.message
        assert "/telegram" not in one.message

    def test_says_that_the_webhook_is_not_set_yet(self) -> None:
        for url in ("", "https://other.example/x"):
            (one,) = check_webhook(URL, WebhookState(url), NOW)
            assert one.verdict is Verdict.WARNING
            assert "pauta run" in (one.advice or "")

    @pytest.mark.parametrize(
        ("ago", "verdict"),
        [(timedelta(minutes=5), Verdict.WARNING), (timedelta(hours=5), Verdict.OK)],
    )
    def test_tells_the_last_error_and_worries_of_a_recent_one(
        self, ago: timedelta, verdict: Verdict
    ) -> None:
        state = WebhookState(URL, 7, "Connection refused" + "\x1b" * 500, NOW - ago)
        messages, error = check_webhook(URL, state, NOW)
        assert messages.verdict is Verdict.OK
        assert error.verdict is verdict
        assert "Connection refused" in error.message
        assert "\x1b" not in error.message
