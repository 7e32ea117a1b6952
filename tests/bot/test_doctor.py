"""The doctor: what is wrong is told in words, with what to do, and nothing is touched."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections import namedtuple
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import doctor
from bot.doctor import (
    check_archive,
    check_coverage,
    check_home,
    check_llm,
    check_model,
    check_packages,
    check_settings,
    check_telegram,
    checks,
)
from bot.feed_check import FeedState, check_feed, check_feeds
from bot.settings import Settings
from retrieval.checkup import look_at
from retrieval.errors import ModelError
from retrieval.feed_store import FeedStore
from retrieval.feeds.feed import Feed
from retrieval.feeds.rhythm import FeedClock
from retrieval.findings import Finding, Verdict
from retrieval.protocols import Embedder
from tests.archive import NOW, an_archive
from tests.builders import articles
from tests.fakes import FakeEmbedder
from tests.llm_server import LlmServer, Reply, fails, says, stalls
from tests.telegram_server import TOKEN, TelegramServer


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found


# The archive


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive") / "home"
    folder.mkdir()
    with an_archive(folder) as archive:
        archive.store.set_value("embedding_model", "fake-model")
        archive.ingest.add(articles(3))
    return folder


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """With three articles."""
    return Path(shutil.copytree(made, tmp_path / "copy"))


def test_a_well_archive_has_as_many_chunks_everywhere(home: Path) -> None:
    archive, indexes = check_archive(look_at(home))
    assert archive.message.startswith("3 articles in 6 chunks")
    assert {archive.verdict, indexes.verdict} == {Verdict.OK}


def test_no_archive_is_no_fault(tmp_path: Path) -> None:
    assert only(check_archive(look_at(tmp_path))).verdict is Verdict.OK


def test_a_corpus_that_is_no_database_is_broken(tmp_path: Path) -> None:
    (tmp_path / "corpus.db").write_bytes(b"nonsense" * 1000)
    found = only(check_archive(look_at(tmp_path)))
    assert found.verdict is Verdict.BROKEN
    assert "backup" in found.advice


def test_a_damaged_page_of_the_corpus_is_found(home: Path) -> None:
    file = home / "corpus.db"
    with sqlite3.connect(file) as database:
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'chunks_of_article'"
        ).fetchone()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(os.urandom(size))
    verdicts = [found.verdict for found in check_archive(look_at(home))]
    assert Verdict.BROKEN in verdicts


def test_a_vector_index_that_lags_is_mended_by_the_next_start(home: Path) -> None:
    with sqlite3.connect(home / "chroma" / "chroma.sqlite3") as index:
        index.execute("DELETE FROM embeddings WHERE id IN (SELECT id FROM embeddings LIMIT 2)")
    index.close()
    indexes = list(check_archive(look_at(home)))[-1]
    assert indexes.verdict is Verdict.WARNING
    assert "in the vector index 4" in indexes.message
    assert "next start" in indexes.advice


def test_a_keyword_index_that_lacks_chunks_is_broken(home: Path) -> None:
    with sqlite3.connect(home / "corpus.db") as corpus:
        corpus.execute("DELETE FROM chunk_words WHERE rowid = (SELECT max(number) FROM chunks)")
    corpus.close()
    assert list(check_archive(look_at(home)))[-1].verdict is Verdict.BROKEN


def test_looking_changes_nothing_and_keeps_the_mark_of_a_crash(home: Path) -> None:
    (home / "lock.holder").write_text("{}")
    before = {path: path.read_bytes() for path in home.rglob("*.db")}
    state = look_at(home)
    assert state is not None
    assert state.crashed
    assert (home / "lock.holder").exists()
    assert {path: path.read_bytes() for path in home.rglob("*.db")} == before


def test_a_check_that_takes_too_long_is_given_up(home: Path) -> None:
    state = look_at(home)
    assert state is not None
    first, *_ = check_archive(replace(state, integrity=None))
    assert first.verdict is Verdict.OK
    assert "too long" in first.message


# The model


def test_a_model_that_works_is_timed(home: Path) -> None:
    found = only(check_model("any", look_at(home), lambda _name: FakeEmbedder()))
    assert found.verdict is Verdict.OK
    assert "fake-model, 64 dimensions" in found.message


def test_another_model_than_the_archives_is_broken_and_says_how_to_go_on(home: Path) -> None:
    found = only(check_model("any", look_at(home), lambda _name: FakeEmbedder("other")))
    assert found.verdict is Verdict.BROKEN
    assert "fake-model" in found.message
    assert "pauta reindex" in found.advice


def test_a_model_that_cannot_be_loaded_is_broken() -> None:
    def load(_name: str) -> Embedder:
        raise ModelError("there is no such model")

    found = only(check_model("any", None, load))
    assert found.verdict is Verdict.BROKEN
    assert "no such model" in found.message


# The machine and the settings


def test_a_little_disk_is_a_warning_and_none_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    verdicts = []
    for free in (2e9, 5e8, 5e7):
        monkeypatch.setattr(shutil, "disk_usage", lambda _place, free=free: usage(0, 0, free))
        verdicts.append(only(check_home(tmp_path / "not" / "yet")).verdict)
    assert verdicts == [Verdict.OK, Verdict.WARNING, Verdict.BROKEN]
    assert list(tmp_path.iterdir()) == []


def test_a_data_folder_that_is_a_file_is_broken(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    assert only(check_home(tmp_path / "home")).verdict is Verdict.BROKEN


def test_a_missing_package_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("pauta", "no-such-package"))
    broken, rest = check_packages()
    assert "no-such-package" in broken.message
    assert "pauta 0" in rest.message


def test_each_problem_of_the_settings_is_a_finding(tmp_path: Path) -> None:
    found = list(check_settings(["PAUTA_A is no setting", "PAUTA_B: must be"], tmp_path / ".env"))
    assert [one.verdict for one in found] == [Verdict.BROKEN] * 2


def test_a_settings_file_others_may_read_is_a_warning(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TELEGRAM_BOT_TOKEN=1:x\n")
    file.chmod(0o644)
    assert next(check_settings([], file)).verdict is Verdict.WARNING
    file.chmod(0o600)
    assert only(check_settings([], file)).verdict is Verdict.OK


def test_everything_is_looked_at_also_where_settings_are_wrong(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    every = checks(
        settings, ["PAUTA_X is no setting"], NOW,
        load=lambda _name: FakeEmbedder(), dotenv=tmp_path / ".env",
    )  # fmt: skip
    subjects = [finding.subject for check in every for finding in check()]
    assert subjects == [
        "packages", "settings", "data folder", "database", "archive", "embedding model",
        "language model", "telegram",
    ]  # fmt: skip


# The language model


async def probed(server: LlmServer, **given: object) -> list[Finding]:
    values = {"llm": "some-model", "llm_base_url": server.url, "llm_timeout_seconds": 1, **given}
    settings = Settings.model_validate(values)
    return await asyncio.to_thread(lambda: list(check_llm(settings)))


async def test_a_model_that_answers_is_well() -> None:
    async with LlmServer() as server:
        server.will(says("ready"))
        (finding,) = await probed(server)
    assert finding.verdict is Verdict.OK
    assert "some-model answered in" in finding.message


@pytest.mark.parametrize(
    ("reply", "says_what", "advice"),
    [
        (fails(401), "does not accept the key", "PAUTA_LLM_API_KEY"),
        (fails(404), "does not know this model", "PAUTA_LLM"),
        (fails(429), "limit is reached", "raise the limit"),
        (stalls(4), "did not answer in time", "PAUTA_LLM_TIMEOUT_SECONDS"),
    ],
)
async def test_a_model_that_does_not_is_told_with_what_to_do(
    reply: Reply, says_what: str, advice: str
) -> None:
    async with LlmServer(otherwise=reply) as server:
        (finding,) = await probed(server, llm_api_key="a secret key")
    assert finding.verdict is Verdict.BROKEN
    assert says_what in finding.message
    assert advice in finding.advice
    assert "a secret key" not in str(finding)


async def test_a_key_the_provider_echoes_is_not_shown() -> None:
    echo = fails(401, message="Invalid key Bearer my-own-key-7")
    async with LlmServer(otherwise=echo) as server:
        (finding,) = await probed(server, llm_api_key="my-own-key-7")
    assert "Invalid key" in finding.message
    assert "my-own-key-7" not in str(finding)


async def test_a_fallback_is_asked_too() -> None:
    async with LlmServer(otherwise=says("ready")) as server:
        found = await probed(server, llm_fallback="another-model")
        assert [request.body["model"] for request in server.requests] == [
            "some-model", "another-model",
        ]  # fmt: skip
    assert [finding.verdict for finding in found] == [Verdict.OK, Verdict.OK]


# Telegram


async def asked(
    url: str, token: str = TOKEN, admins: frozenset[int] = frozenset({7})
) -> list[Finding]:
    settings = Settings(telegram_bot_token=SecretStr(token), telegram_api_url=url, admins=admins)
    return await asyncio.to_thread(lambda: list(check_telegram(settings, NOW)))


async def test_a_token_telegram_knows_is_well() -> None:
    async with TelegramServer() as server:
        telegram, messages, admins = await asked(server.url)
    assert {telegram.verdict, messages.verdict, admins.verdict} == {Verdict.OK}
    assert "polling" in messages.message
    assert "the bot is @" in telegram.message


async def test_what_telegram_says_of_the_webhook_is_told() -> None:
    async with TelegramServer() as server:
        server.webhook = {"url": "https://elsewhere.example/secret-path"}
        server.webhook_info = {"pending_update_count": 3}
        _, messages, _ = await asked(server.url)
    assert messages.verdict is Verdict.WARNING
    assert "elsewhere.example" in messages.message
    assert "secret-path" not in str(messages)


async def test_a_token_telegram_refuses_is_broken_and_not_shown() -> None:
    async with TelegramServer() as server:
        telegram, _ = await asked(server.url, token="999:another-token-entirely")
    assert telegram.verdict is Verdict.BROKEN
    assert "refused the token" in telegram.message
    assert "another-token" not in str(telegram)


@pytest.mark.parametrize("token", ["a b", "1/../2", "çã:o", "?"])
async def test_what_can_be_no_token_is_not_even_sent(token: str) -> None:
    async with TelegramServer() as server:
        telegram, _ = await asked(server.url, token=token)
        assert server.calls == []
    assert telegram.verdict is Verdict.BROKEN


async def test_a_server_that_does_not_answer_is_broken_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "TELEGRAM_SECONDS", 0.2)
    async with TelegramServer() as server:
        server.slow_down("getMe", 5)
        telegram, _ = await asked(server.url)
    assert telegram.verdict is Verdict.BROKEN
    assert "did not answer in 0.2 s" in telegram.message


async def test_an_address_is_shown_without_its_password() -> None:
    for url in ("http://ana:hidden@127.0.0.1:9/x?key=hidden", "http://hidden@127.0.0.1:9"):
        telegram, _ = await asked(url)
        assert telegram.verdict is Verdict.BROKEN
        assert "http://127.0.0.1:9" in telegram.message
        assert "hidden" not in str(telegram)


async def test_a_bot_without_admins_is_a_warning() -> None:
    async with TelegramServer() as server:
        *_, admins = await asked(server.url, admins=frozenset())
    assert admins.verdict is Verdict.WARNING


# The feeds


def a_feed(**changes: object) -> Feed:
    feed = Feed(
        "abc123def456", "https://a.example/feed", "Folha", None, NOW - timedelta(days=90),
        last_success_at=NOW, last_new_at=NOW, next_check_at=NOW + timedelta(hours=1),
    )  # fmt: skip
    return replace(feed, **changes)  # type: ignore[arg-type]


def state(feed: Feed, dates: tuple[datetime, ...] = ()) -> FeedState:
    return FeedState(feed, dates)


DAILY = tuple(NOW - timedelta(days=30 + number) for number in range(30))


@pytest.mark.parametrize(
    ("feed", "dates", "verdict", "says"),
    [
        (a_feed(), (), Verdict.OK, "well"),
        (a_feed(last_success_at=None), (), Verdict.OK, "not read yet"),
        (a_feed(paused=True), (), Verdict.OK, "pauta feeds resume abc123def456"),
        (a_feed(clock=FeedClock(paused=True)), (), Verdict.BROKEN, "gone"),
        (
            a_feed(failing_since=NOW - timedelta(hours=2), last_error="the server answered 500"),
            (),
            Verdict.WARNING,
            "the server answered 500",
        ),
        (
            a_feed(failing_since=NOW - timedelta(days=2), last_error="no address was found"),
            (),
            Verdict.BROKEN,
            "spelling of the host",
        ),
        (a_feed(last_new_at=NOW - timedelta(days=30)), DAILY, Verdict.WARNING, "nothing new"),
    ],
)
def test_a_feed_is_told_with_what_to_do(
    feed: Feed, dates: tuple[datetime, ...], verdict: Verdict, says: str
) -> None:
    found = check_feed(state(feed, dates), NOW)
    assert found.verdict is verdict
    assert says in f"{found.message} {found.advice}"


def test_feeds_that_are_well_are_one_line() -> None:
    ill = a_feed(failing_since=NOW, last_error="timed out")
    first, rest = check_feeds([state(a_feed()), state(ill), state(a_feed())], NOW)
    assert "timed out" in first.message
    assert rest.message == "2 of 3 are well"


def test_checks_that_nobody_makes_are_noticed() -> None:
    late = a_feed(next_check_at=NOW - timedelta(days=1))
    assert [found.subject for found in check_feeds([state(late)], NOW)] == ["feeds", "schedule"]


def test_feeds_are_read_from_the_archive_as_it_is(home: Path) -> None:
    with an_archive(home) as archive:
        feeds = FeedStore(archive.store.engine)
        feed = feeds.add("https://a.example/feed", "Folha", None, NOW)
        feeds.save(replace(feed, failing_since=NOW - timedelta(days=3), last_error="TLS failed"))
    found = next(iter(check_coverage(Settings(home=home), look_at(home), NOW)))
    assert found.subject == "feed Folha"
    assert found.verdict is Verdict.BROKEN
