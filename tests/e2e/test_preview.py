"""The preview page: of what was sent over HTTP, and of an archive by `pauta preview`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import app, commands, preview_command, texts
from bot.app import Pauta, build
from bot.asker import TERMINAL
from bot.database import metadata
from bot.preview_command import preview
from bot.preview_markup import Reader
from bot.preview_page import Chat, Screen, Sender, page
from bot.preview_tour import ME, tour, words_of
from bot.settings import Settings
from tests.builders import a_long_text, an_article
from tests.fakes import FakeEmbedder
from tests.recorder import Recorder, offered_lines, posted_line
from tests.screens import say
from tests.telegram_bot import ADMIN, QUOTE, STRANGER, live_bot, settings_for
from tests.telegram_inline import offered, types
from tests.telegram_rules import Json
from tests.telegram_server import TelegramServer

GROUP: Json = {"id": -100200, "type": "supergroup", "title": "Desk", "is_forum": True}
TOPIC = 5
READER = Reader("en", UTC)
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
FACT = "The harbour of Porto Cedro cost 412 million euros and opened on Monday."
QUESTION = "How much did the harbour of Porto Cedro cost?"


@contextmanager
def an_archive(folder: Path) -> Iterator[Pauta]:
    """With some news of a harbour."""
    articles = [
        an_article(
            f"{FACT} {a_long_text(1, first=number)}",
            url=f"https://news{number}-example.com/a",
            title=f"Porto Cedro opens its harbour, part {number}",
            published_at=NOW - timedelta(days=number),
        )
        for number in (1, 2)
    ]
    settings = settings_in(folder)
    with build(settings, purpose="test", embedder=FakeEmbedder(), clock=lambda: NOW) as pauta:
        pauta.ingest.add(articles)
        pauta.ingest.tell_stories(100)
        yield pauta


def settings_in(folder: Path) -> Settings:
    return settings_for("").model_copy(update={"home": folder / "home"})


async def toured(pauta: Pauta, language: str) -> tuple[Screen, ...]:
    try:
        return await tour(pauta, language)
    finally:
        await pauta.browsing.close()


def people_rows(pauta: Pauta) -> int:
    """In all tables of people's data."""
    with pauta.outbox.engine.connect() as connection:
        counts = [select(func.count()).select_from(one) for one in metadata.sorted_tables]
        return sum(connection.execute(count).scalar_one() for count in counts)


async def test_what_a_run_sent_is_what_the_page_shows() -> None:
    async with TelegramServer() as server, live_bot(server) as world:
        await world.people.let_group_in(GROUP["id"], "Desk", by=ADMIN)
        recorder = Recorder(server, {ADMIN: ME, STRANGER: Sender("Bruno")})
        server.group_hears(GROUP, STRANGER, "@pauta_test_bot how much?", thread=TOPIC)
        asked = server.last_said()
        answer = await server.next_answer(GROUP["id"])
        said, sent = recorder.said(asked), recorder.sent(answer)
        assert (said.sender.name, said.reaction) == ("Bruno", "👀")
        assert sent.is_html
        assert sent.replies_to == said
        assert [[key.label for key in row] for row in sent.keys] == [
            [label for label, _ in row] for row in answer.buttons
        ]
        chat = Chat("Topic", "Desk", is_group=True, is_topic=True)
        document = page([Screen("A topic", chat, (said, sent))], words_of("en"), READER)
        assert QUOTE in document
        assert say("button_not_right") in document
        assert "<b>Bruno</b>" in document


async def test_a_reply_of_a_person_shows_what_it_replies_to_and_keys_have_their_kind() -> None:
    async with TelegramServer() as server, live_bot(server):
        recorder = Recorder(server, {ADMIN: ME})
        server.user_says(ADMIN, "How much?")
        answer = await server.next_answer(ADMIN)
        seen = server.as_seen(answer)
        reply = recorder.said(server.message(ADMIN, {"text": "And?", "reply_to_message": seen}))
        assert reply.replies_to is not None
        assert reply.replies_to.text == answer.text
        sources = recorder.sent(answer).keys[0][0]
        assert (sources.style, sources.is_link, sources.copies) == ("primary", False, False)


async def test_an_inline_list_shows_its_lines_and_what_the_first_posts(tmp_path: Path) -> None:
    async with TelegramServer() as server, live_bot(server) as world:
        with an_archive(tmp_path) as pauta:
            offer = await pauta.offload.search(pauta.inline_search, "harbour", TERMINAL)
        world.inline.offers["harbour"] = offer
        shown = await offered(server, types(server, ADMIN, "harbour"))
        assert offered_lines(shown, most=3)[0].description.startswith(FACT)
        first = posted_line(shown, ME, NOW)
        assert first.is_html
        assert "412 million" in first.text


class TestTheCommand:
    def test_writes_a_page_of_the_archives_own_answers_and_stores_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with an_archive(tmp_path):
            pass
        monkeypatch.setattr(preview_command, "read_settings", lambda: settings_in(tmp_path))
        monkeypatch.setattr(app, "load_embedder", lambda _: FakeEmbedder())
        file = tmp_path / "page.html"
        assert preview(file, language="en", question=QUESTION) == commands.DONE
        document = file.read_text(encoding="utf-8")
        assert QUESTION in document
        assert "412 million euros" in document
        for key in ("answer", "source", "wrong", "topic", "inline", "latest", "story", "article",
                    "digest", "settings", "feeds", "team", "help"):  # fmt: skip
            assert say(f"preview_shows_{key}") in document
        assert str(file) in capsys.readouterr().err
        with build(settings_in(tmp_path), purpose="test", embedder=FakeEmbedder()) as pauta:
            assert people_rows(pauta) == 0

    @pytest.mark.parametrize("language", ["pt", "es"])
    async def test_speaks_the_language_wanted(self, tmp_path: Path, language: str) -> None:
        with an_archive(tmp_path) as pauta:
            screens = await toured(pauta, language)
        document = page(screens, words_of(language), Reader(language, UTC))
        assert texts.say(language, "preview_shows_topic") in document
        assert texts.say(language, "settings_line_hidden", value="")[:8] in document

    async def test_over_an_archive_without_anything_shows_what_there_is(
        self, tmp_path: Path
    ) -> None:
        with build(settings_in(tmp_path), purpose="test", embedder=FakeEmbedder()) as pauta:
            screens = await toured(pauta, "en")
        captions = [one.caption for one in screens]
        assert say("preview_shows_help") in captions
        assert say("preview_shows_article") not in captions

    def test_takes_no_unknown_language_no_endless_question_and_no_missing_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(preview_command, "read_settings", lambda: pytest.fail("opened"))
        file = tmp_path / "page.html"
        for given in (
            (file, "de", ""),
            (file, "en", "why " * 2_000),
            (tmp_path / "nowhere" / "page.html", "en", ""),
        ):
            code = preview(given[0], language=given[1], question=given[2])
            assert code == commands.WRONG_USE
        assert not file.exists()
