"""`pauta digest` beside a process that holds the archive: what would be sent, was sent, and why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from bot import digest_command
from bot.app import build
from bot.command_line import app
from bot.conversation_key import ConversationKey
from bot.live import digest_tick
from bot.outbox_check import check_outbox
from bot.settings import Settings
from bot.subscriptions import EVERY_DAY, Wishes
from retrieval.errors import ArchiveCorrupt
from retrieval.findings import Verdict
from tests.builders import an_article
from tests.screens import MovedClock
from tests.stories import wire_text

EARLY = datetime(2025, 6, 2, 6, tzinfo=UTC)
HALF_PAST_SEVEN = EARLY + timedelta(minutes=90)
WHERE = ConversationKey(-100200, 5)
TITLE, LATER = "Porto Cedro opens its harbour", "Ferry line to Skarvik reopens"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A digest was composed there in the morning; more was heard of since. It is held open."""
    folder, clock = tmp_path_factory.mktemp("home"), MovedClock(EARLY)
    settings = Settings(telegram_bot_token=SecretStr("1:x"), home=folder)
    with build(settings, purpose="run", lasting=True, clock=clock) as pauta:
        wishes = Wishes(days=EVERY_DAY, language="en")
        for number, title in enumerate((TITLE, LATER), start=1):
            article = an_article(
                wire_text(number, 2), url=f"https://n{number}-example.com/a", title=title,
                source="Folha", published_at=clock.now,
            )  # fmt: skip
            pauta.ingest.add([article])
            pauta.ingest.tell_stories(100)
            if number == 1:
                asyncio.run(pauta.subscriptions.add(WHERE, "Morning", wishes, 7))
                clock.now = HALF_PAST_SEVEN
                asyncio.run(digest_tick(pauta).run(lambda _where: True))
                clock.now += timedelta(hours=2)
        yield folder


@pytest.fixture(autouse=True)
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAUTA_HOME", str(home))
    monkeypatch.setattr(digest_command, "utc_now", lambda: HALF_PAST_SEVEN + timedelta(hours=3))


def pauta(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["digest", *arguments])


def in_json(*arguments: str) -> Any:
    done = pauta(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_log_says_what_was_sent_to_whom_in_which_state_and_why() -> None:
    (entry,) = in_json("--log", "--chat", str(WHERE))
    assert entry["key"] == "digest:1:2025-06-02"
    assert (entry["chat"], entry["topic"]) == (-100200, 5)
    assert {part["state"] for part in entry["parts"]} == {"waiting"}
    (told,) = entry["told"]
    assert told["headline"] == TITLE
    assert "new" in told["why"]


def test_the_log_begins_on_the_day_that_is_given_and_is_empty_for_another_chat() -> None:
    assert pauta("--log", "--since", "2025-06-02").exit_code == 0
    assert pauta("--log", "--since", "2025-06-03").exit_code == 3
    assert pauta("--log", "--chat", "99").exit_code == 3


def test_a_preview_tells_what_would_be_sent_now_and_stores_nothing() -> None:
    (shown,) = in_json("--chat", str(WHERE), "--preview")
    assert {one["headline"] for one in shown["told"]} == {TITLE, LATER}
    assert TITLE in "".join(shown["text"])
    assert len(in_json("--log")) == 1


def test_a_preview_is_a_page_that_fetches_nothing(tmp_path: Path) -> None:
    page = tmp_path / "digest.html"
    done = pauta("--chat", str(WHERE), "--preview", "--html", str(page))
    assert done.exit_code == 0, done.output
    text = page.read_text(encoding="utf-8")
    assert TITLE in text
    assert "<h1>Morning</h1>" in text
    assert "default-src 'none'" in text


def test_a_chat_without_a_digest_is_shown_what_one_would_be() -> None:
    (shown,) = in_json("--chat", "12345", "--preview")
    assert shown["subscription"] == 0
    assert len(shown["told"]) == 2


def test_a_day_is_composed_again_from_what_was_known_then_beside_what_was_sent() -> None:
    (found,) = in_json("--replay", "2025-06-02")
    assert [one["headline"] for one in found["again"]] == [TITLE]
    assert [one["headline"] for one in found["sent"]["told"]] == [TITLE]
    printed = pauta("--replay", "2025-06-02").stdout
    assert f"= 1. {TITLE}" in printed
    assert "Sent: 1 waiting" in printed


def test_a_day_on_which_nothing_was_sent_shows_what_would_have_been() -> None:
    (found,) = in_json("--replay", "2025-06-03")
    assert found["sent"] is None
    assert [one["headline"] for one in found["again"]] == [LATER]


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["--preview"], ["--preview", "--log", "--chat", "1"], ["--chat", "x", "--log"],
        ["--replay", "yesterday"], ["--log", "--since", "2025-13-01"], ["--log", "--html", "x"],
        ["--chat", "1", "--preview", "--since", "2025-01-01"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_does_not_go_together_is_wrong_use(arguments: list[str]) -> None:
    assert pauta(*arguments).exit_code == 2


def test_where_there_is_nothing_yet_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAUTA_HOME", str(tmp_path / "none"))
    for arguments in (["--log"], ["--replay", "2025-06-02"], ["--preview", "--chat", "1"]):
        assert pauta(*arguments).exit_code == 3
    assert not (tmp_path / "none").exists()


def test_people_of_an_older_version_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "people.db").touch()
    monkeypatch.setenv("PAUTA_HOME", str(tmp_path))
    assert isinstance(pauta("--log").exception, ArchiveCorrupt)
    assert (tmp_path / "people.db").stat().st_size == 0


def test_the_doctor_tells_of_what_has_waited_too_long(home: Path) -> None:
    def verdicts(now: datetime) -> list[Verdict]:
        return [one.verdict for one in check_outbox(Settings(home=home), now)]

    assert verdicts(HALF_PAST_SEVEN) == [Verdict.OK]
    assert verdicts(HALF_PAST_SEVEN + timedelta(hours=2)) == [Verdict.WARNING]
    assert list(check_outbox(Settings(home=home / "nowhere"), EARLY)) == []
