"""`make preview`: the page of `bot.preview_page` from what a real run sent over HTTP.

The real application over the sample, against the tests' Bot API server: questions, a group's
topic, buttons, inline mode. Writes preview.html and, where a chromium is found, pictures of it;
telegram.png is the README's, kept in tests/preview.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, timedelta
from pathlib import Path

from PIL import Image, ImageChops

from bot import logs, sample, schedule, texts
from bot.app import Pauta, build
from bot.handlers.application import build_application, run_polling
from bot.live import feed_desk, services_of
from bot.preview_markup import Reader
from bot.preview_page import Bubble, Chat, Screen, Sender, page
from bot.preview_tour import COLLEAGUE, ME, PAUTA, words_of
from bot.schedule import alert_followers, deliver_what_waits
from retrieval.models import Article
from tests.builders import an_article
from tests.recorder import Recorder, offered_lines, posted_line
from tests.telegram_bot import ADMIN, settings_for, utc_now
from tests.telegram_inline import offered, types
from tests.telegram_rules import BOT, Json, Sent
from tests.telegram_server import TelegramServer

BRUNO, CARLA = 20, 21
PEOPLE: dict[int, Sender] = {
    ADMIN: ME,
    BRUNO: COLLEAGUE,
    CARLA: Sender("Carla Prado"),
    int(str(BOT["id"])): PAUTA,
}
GROUP: Json = {"id": -100200, "type": "supergroup", "title": "The newsroom", "is_forum": True}
TOPIC = 5
NAME = f"@{BOT['username']}"
LANGUAGE = "en"
SLOW = 90.0
"""Seconds: the sample is asked with the real embedder, beside whatever else runs."""
WIDE, NARROW = (1680, 6000), (390, 9000)
MARGIN = 20
FOR_THE_README = ("answer", "inline", "topic")


def say(key: str, **values: object) -> str:
    return texts.say(LANGUAGE, key, **values)


@asynccontextmanager
async def a_desk(home: Path, server: TelegramServer) -> AsyncIterator[Pauta]:
    settings = settings_for(server.url).model_copy(
        update={"home": home, "admins": frozenset({ADMIN})}
    )
    with build(settings, purpose="preview") as pauta:
        pauta.ingest.add(sample.articles())
        application = build_application(services_of(pauta, feed_desk(pauta)))
        # Nobody waits a minute for the one alert.
        schedule.TICK = timedelta(seconds=1)
        alert_followers(application, pauta.alerts, pauta.offload, pauta.clock)
        deliver_what_waits(application)
        stop = asyncio.Event()
        running = asyncio.create_task(run_polling(application, stop))
        try:
            yield pauta
        finally:
            stop.set()
            await running
            await pauta.browsing.close()
            await pauta.assistant.close()


class Tour:
    """Somebody uses the bot; every screen on the way is kept."""

    def __init__(self, pauta: Pauta, server: TelegramServer) -> None:
        self._pauta, self._server = pauta, server
        self._recorder = Recorder(server, PEOPLE)
        self._private = Chat("Pauta", say("preview_bot"))

    async def screens(self) -> list[Screen]:
        question, answer = await self._asks("How much did Stargate commit?")
        first = self._screen("answer", question, self._recorder.sent(answer))
        topic = await self._a_topic()
        sources = next(label for row in answer.buttons for label, _ in row)
        source = await self._pressed("source", answer, sources)
        await self._turned(answer, say("button_back"))
        wrong = await self._pressed("wrong", answer, say("button_not_right"))
        inline = await self._inline("stargate")
        return [
            first,
            topic,
            source,
            inline,
            await self._command("latest", "/latest"),
            await self._command("story", "/story Stargate"),
            await self._command("article", "/article desalination plant"),
            wrong,
            await self._command("follow", "/follow Stargate"),
            await self._alert(),
            await self._command("settings", "/settings"),
            await self._command("help", "/help"),
        ]

    async def _asks(self, text: str) -> tuple[Bubble, Sent]:
        self._server.user_says(ADMIN, text)
        said = self._server.last_said()
        sent = await self._server.next_answer(ADMIN, SLOW)
        return self._recorder.said(said), sent

    async def _command(self, key: str, text: str) -> Screen:
        said, sent = await self._asks(text)
        return self._screen(key, said, self._recorder.sent(sent))

    async def _pressed(self, key: str, message: Sent, label: str) -> Screen:
        return self._screen(key, self._recorder.sent(await self._turned(message, label)))

    async def _turned(self, message: Sent, label: str) -> Sent:
        """The message once it has become another, by that button."""

        def now() -> Sent:
            return next(one for one in self._server.sent if one.message_id == message.message_id)

        before = now()
        self._server.user_presses(ADMIN, message, label)
        async with asyncio.timeout(SLOW):
            while now() == before:
                await self._server.something_happens()
        return now()

    async def _a_topic(self) -> Screen:
        """Two people, one conversation; the group was let in by a tap."""
        self._server.bot_becomes(GROUP, "member", by=ADMIN)
        asked = await self._server.next_message(ADMIN, SLOW)
        await self._turned(asked, say("button_let_group_in"))
        there = GROUP["id"]
        question = f"{NAME} how much will the Porto Cedro desalination plant cost?"
        self._server.group_hears(GROUP, BRUNO, question, thread=TOPIC)
        said = self._server.last_said()
        answer = await self._server.next_answer(there, SLOW)
        seen = self._server.as_seen(answer)
        self._server.group_hears(
            GROUP, CARLA, "and how many people will it supply?", thread=TOPIC, reply_to=seen
        )
        follow_up = self._server.last_said()
        second = await self._server.next_answer(there, SLOW)
        chat = Chat(say("preview_topic"), GROUP["title"], is_group=True, is_topic=True)
        return Screen(
            say("preview_shows_topic"),
            chat,
            (
                self._recorder.said(said),
                self._recorder.sent(answer),
                self._recorder.said(follow_up),
                self._recorder.sent(second),
            ),
        )

    async def _inline(self, words: str) -> Screen:
        shown = await offered(self._server, types(self._server, ADMIN, words), SLOW)
        lines = offered_lines(shown, most=5)
        chosen = (posted_line(shown, ME, self._pauta.clock()),)
        chat = Chat(COLLEAGUE.name)
        return Screen(say("preview_shows_inline"), chat, chosen, lines, f"{NAME} {words}")

    async def _alert(self) -> Screen:
        """An article arrives that somebody has just said they follow."""

        def arrives() -> None:
            self._pauta.ingest.add([fresh_news()])
            self._pauta.ingest.tell_stories(100)

        await self._pauta.offload.ingest(arrives)
        sent = await self._server.next_message(ADMIN, SLOW)
        return self._screen("alert", self._recorder.sent(sent))

    def _screen(self, key: str, *bubbles: Bubble) -> Screen:
        return Screen(say(f"preview_shows_{key}"), self._private, bubbles)


def fresh_news() -> Article:
    return an_article(
        "Stargate will build a second campus for US$40 billion near Abilene, the partners said on "
        "Tuesday. Work is to begin in spring. The first campus there opened last year.",
        url="https://kestrel-review.example/second-campus",
        title="Stargate announces a second Texas campus",
        source="Kestrel Review",
        published_at=utc_now(),
    )


async def recorded(home: Path) -> list[Screen]:
    async with TelegramServer() as server, a_desk(home, server) as pauta:
        return await Tour(pauta, server).screens()


def picture(browser: str, document: Path, to: Path, size: tuple[int, int]) -> None:
    """What the browser shows of it, cut where the page ends, in few enough colours for a README."""
    width, height = size
    asked = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    to_take = (f"--window-size={width},{height}", f"--screenshot={to}", document.as_uri())
    command = [browser, *asked, *to_take]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with Image.open(to) as taken:
        shown = taken.convert("RGB")
    ground = Image.new("RGB", shown.size, shown.getpixel((0, 0)))
    box = ImageChops.difference(shown, ground).getbbox()
    if box is not None:
        shown = shown.crop((0, 0, width, min(height, box[3] + MARGIN)))
    shown.quantize(colors=256, dither=Image.Dither.NONE).save(to, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make preview", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("bench-results"))
    folder: Path = parser.parse_args().folder.resolve()
    logs.configure(level="warning")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        screens = asyncio.run(recorded(Path(home)))
    words, reader = words_of(LANGUAGE), Reader(LANGUAGE, UTC)
    captions = [say(f"preview_shows_{key}") for key in FOR_THE_README]
    few = sorted(
        (one for one in screens if one.caption in captions),
        key=lambda one: captions.index(one.caption),
    )
    pages = {"preview": screens, "telegram": few}
    for name, shown in pages.items():
        (folder / f"{name}.html").write_text(page(shown, words, reader), encoding="utf-8")
        print(f"{len(shown)} screens: {folder / name}.html")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    for name in pages if browser else ():
        picture(str(browser), folder / f"{name}.html", folder / f"{name}.png", WIDE)
        picture(str(browser), folder / f"{name}.html", folder / f"{name}-narrow.png", NARROW)
        print(f"pictures: {folder / name}.png, {folder / name}-narrow.png")


if __name__ == "__main__":
    main()
