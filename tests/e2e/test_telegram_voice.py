"""Voice notes: heard by a server of the newsroom's choice, shown and answered; over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.fair_use import FairUse, Rate
from bot.handlers.manners import FAIR_USE_KEY
from bot.offload import Offload
from bot.transcription import LONGEST_TEXT, Heard, NotHeard, Recording, Transcriber, read_reply
from tests.screens import say
from tests.telegram_bot import ADMIN, QUOTE, STRANGER, World, live_bot
from tests.telegram_server import TelegramServer
from tests.transcription_server import TranscriptionServer

QUESTION = "How much did Stargate commit?"
SOUND = b"OggS" + bytes(range(256))
KEY = "secret-of-the-tests"


@pytest_asyncio.fixture
async def ears() -> AsyncIterator[TranscriptionServer]:
    async with TranscriptionServer() as server:
        server.says(QUESTION)
        yield server


@pytest_asyncio.fixture
async def world(ears: TranscriptionServer) -> AsyncIterator[World]:
    async with (
        TelegramServer() as server,
        live_bot(server, transcription_url=ears.url, transcription_key=SecretStr(KEY)) as live,
    ):
        yield live


def speaks(world: World, who: int = ADMIN, kind: str = "voice", **changes: Any) -> int:
    """Somebody sends a recording; returns the message's id."""
    server = world.server
    server.files.setdefault("sound", SOUND)
    recording = {"file_id": "sound", "file_unique_id": "s", "duration": 4, "file_size": 260}
    recording |= {"mime_type": "audio/ogg", **changes}
    message = server.message(who, {kind: recording})
    server.push({"message": message})
    return int(message["message_id"])


async def told(world: World, who: int = ADMIN) -> str:
    return (await world.server.next_message(who)).text


def fetched(world: World) -> int:
    return sum(one.method in ("getFile", "download") for one in world.server.calls)


class TestAVoiceNote:
    async def test_is_shown_as_it_was_heard_and_answered(
        self, world: World, ears: TranscriptionServer
    ) -> None:
        asked = speaks(world)
        heard = await world.server.next_message(ADMIN)
        assert heard.text == f"{say('voice_heard')} {QUESTION}"
        assert [(one.type, one.text) for one in heard.entities] == [("italic", QUESTION)]
        assert heard.parameters["reply_parameters"]["message_id"] == asked
        assert QUOTE in await told(world)
        assert [question for question, _ in world.assistant.asked] == [QUESTION]
        (given_,) = ears.given
        assert (given_.path, given_.model) == ("/v1/audio/transcriptions", "whisper-1")
        assert (given_.file_name, given_.mime_type) == ("voice.ogg", "audio/ogg")
        assert given_.data == SOUND
        assert given_.key == f"Bearer {KEY}"

    async def test_may_be_a_recording_of_another_kind(
        self, world: World, ears: TranscriptionServer
    ) -> None:
        speaks(world, kind="audio", mime_type="audio/mpeg")
        await told(world)
        assert QUOTE in await told(world)
        assert ears.given[0].file_name == "voice.mp3"

    async def test_of_who_asks_too_much_is_not_listened_to(
        self, world: World, ears: TranscriptionServer
    ) -> None:
        rate = Rate(2, timedelta(minutes=1))
        world.application.bot_data[FAIR_USE_KEY] = FairUse((rate,), (rate,))
        for _ in range(4):
            speaks(world)
        await world.settled()
        assert len(ears.given) == 1
        assert say("too_many_questions", age="in 30 seconds") in [
            one.text for one in world.server.sent
        ]

    @pytest.mark.parametrize("changes", [{"duration": 301}, {"file_size": 20 * 2**20 + 1}])
    async def test_that_is_too_long_is_not_fetched(
        self, world: World, changes: dict[str, Any]
    ) -> None:
        speaks(world, **changes)
        assert await told(world) == say("voice_too_long", minutes=5)
        assert fetched(world) == 0

    async def test_that_is_larger_than_it_says_goes_nowhere(
        self, world: World, ears: TranscriptionServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.handlers.voice.LARGEST", 200)
        speaks(world, file_size=10)
        assert await told(world) == say("voice_failed")
        assert ears.given == []

    @pytest.mark.parametrize(
        ("status", "body"),
        [(500, b"{}"), (401, b""), (200, b"not json"), (200, b"[]"), (200, b'{"text": 5}'),
         (302, b"")],
    )  # fmt: skip
    async def test_that_the_server_cannot_write_down_gets_a_kind_line(
        self, world: World, ears: TranscriptionServer, status: int, body: bytes
    ) -> None:
        ears.status, ears.body = status, body
        ears.headers = {"Location": ears.url} if status == 302 else {}
        speaks(world)
        assert await told(world) == say("voice_failed")
        assert len(ears.given) == 1
        assert world.assistant.asked == []

    async def test_that_telegram_does_not_hand_out_gets_a_kind_line(self, world: World) -> None:
        world.server.fail("getFile", 400, "Bad Request: file is too big")
        speaks(world)
        assert await told(world) == say("voice_failed")
        world.server.fail("download", 404, "Not Found")
        speaks(world)
        assert await told(world) == say("voice_failed")

    async def test_in_which_nothing_is_said_is_no_question(
        self, world: World, ears: TranscriptionServer
    ) -> None:
        ears.says(" \n ")
        speaks(world)
        assert await told(world) == say("voice_empty")
        assert world.assistant.asked == []

    async def test_of_a_stranger_is_not_listened_to(
        self, world: World, ears: TranscriptionServer
    ) -> None:
        speaks(world, STRANGER)
        assert await told(world, STRANGER) == say("stranger", user_id=STRANGER)
        await world.settled()
        assert fetched(world) == 0
        assert ears.given == []

    async def test_says_things_in_markup_without_harm(
        self, world: World, ears: TranscriptionServer
    ) -> None:
        ears.says("<b>&amp;</b> what?")
        speaks(world)
        assert await told(world) == f"{say('voice_heard')} <b>&amp;</b> what?"


async def test_without_a_server_for_it_there_is_the_kind_line() -> None:
    async with TelegramServer() as server, live_bot(server) as world:
        speaks(world)
        assert await told(world) == say("only_text")
        assert fetched(world) == 0


class TestTheServer:
    RECORDING = Recording(SOUND, "voice.ogg", "audio/ogg")

    async def test_that_is_silent_is_not_waited_for(self, ears: TranscriptionServer) -> None:
        ears.delay, offload = 5.0, Offload()
        try:
            async with asyncio.timeout(2):
                found = await Transcriber(ears.url, "m", "", offload, silence=0.1).hear(
                    self.RECORDING
                )
        finally:
            offload.close()
        assert found == NotHeard("ReadTimeout")

    @pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://[broken/v1"])
    async def test_that_is_not_there_is_an_answer_too(self, url: str) -> None:
        offload = Offload()
        try:
            found = await Transcriber(url, "m", "ключ", offload).hear(self.RECORDING)
        finally:
            offload.close()
        assert isinstance(found, NotHeard)
        assert url not in found.reason

    async def test_that_says_too_much_is_cut_off(
        self, ears: TranscriptionServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.transcription.LARGEST_REPLY", 100)
        ears.says("word " * 100)
        offload = Offload()
        try:
            found = await Transcriber(ears.url, "m", "", offload).hear(self.RECORDING)
        finally:
            offload.close()
        assert isinstance(found, NotHeard)
        assert ears.given[0].key == ""

    async def test_may_be_named_by_its_full_address(self, ears: TranscriptionServer) -> None:
        offload = Offload()
        try:
            url = f"{ears.url}/audio/transcriptions"
            assert await Transcriber(url, "m", "", offload).hear(self.RECORDING) == Heard(QUESTION)
        finally:
            offload.close()

    @given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
    def test_may_say_anything(self, body: bytes) -> None:
        assert isinstance(read_reply(body), Heard | NotHeard)

    @given(st.text(max_size=20_000))
    def test_is_believed_no_more_than_one_messages_worth(self, text: str) -> None:
        found = read_reply(json.dumps({"text": text}).encode())
        assert isinstance(found, Heard)
        assert len(found.text) <= LONGEST_TEXT
