"""What is shown of an answer under way, and how it is kept from costing anybody the answer."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.error import RetryAfter

from bot import texts
from bot.answer_buttons import STOP
from bot.events import Finished, Reading, Searching, Writing
from bot.handlers.ordering import ChatOrder, jumps_the_queue
from bot.handlers.rate_limits import PASSING, MessagesFirst
from bot.handlers.streaming import progress_text
from bot.richtext import is_blank, length
from tests.archive import NOW
from tests.telegram_bot import ADMIN, ANSWER


def press(data: str, number: int = 1) -> Update:
    message = Message(5, NOW, Chat(ADMIN, "private"))
    person = User(ADMIN, "Ana", is_bot=False)
    return Update(number, callback_query=CallbackQuery("1", person, "1", message, data))


def message(number: int = 2) -> Update:
    return Update(number, message=Message(number, NOW, Chat(ADMIN, "private")))


class TestWords:
    def test_say_what_is_searched_and_read(self) -> None:
        assert progress_text(Searching("Stargate"), "en") == "Searching “Stargate” …"
        assert progress_text(Reading(3), "pt") == texts.say("pt", "reading", count=3)

    def test_of_the_end_are_none(self) -> None:
        assert progress_text(Finished(ANSWER), "en") == ""

    def test_a_draft_is_marked_as_one(self) -> None:
        shown = progress_text(Writing("It committed US$ 500"), "es")
        assert shown == f"It committed US$ 500 …\n\n{texts.say('es', 'draft_mark')}"

    def test_before_the_first_word_of_a_draft_it_is_being_written(self) -> None:
        assert progress_text(Writing(" \n"), "en") == texts.say("en", "writing")

    @given(text=st.text(max_size=6000), language=st.sampled_from(texts.LANGUAGES))
    def test_always_fit_one_message_and_can_be_seen(self, text: str, language: str) -> None:
        shown = progress_text(Writing(text), language)
        assert not is_blank(shown)
        assert length(shown) <= 4096
        shown.encode()

    def test_of_the_longest_draft_fit_in_any_script(self) -> None:
        assert length(progress_text(Writing("🛰" * 9000), "en")) <= 4096


async def test_what_is_soon_replaced_never_waits_nor_makes_wait() -> None:
    limiter = MessagesFirst()

    async def refuse() -> bool:
        raise RetryAfter(3600)

    async def accept() -> bool:
        return True

    async with asyncio.timeout(1):
        for endpoint in ("sendMessage", "editMessageText"):
            with pytest.raises(RetryAfter):
                await limiter.process_request(refuse, (), {}, endpoint, {"chat_id": ADMIN}, PASSING)
        final = limiter.process_request(accept, (), {}, "editMessageText", {"chat_id": ADMIN}, None)
        assert await final


class TestTheStopButton:
    async def test_is_heard_while_the_chat_waits_for_its_answer(self) -> None:
        order, done, stopped = ChatOrder(), list[str](), asyncio.Event()

        async def answer() -> None:
            await stopped.wait()
            done.append("answer")

        async def stop() -> None:
            stopped.set()
            done.append("stop")

        async with asyncio.timeout(1):
            await asyncio.gather(
                order.process_update(message(), answer()),
                order.process_update(press(STOP), stop()),
            )
        assert done == ["stop", "answer"]

    def test_alone_jumps_the_queue(self) -> None:
        assert jumps_the_queue(press(STOP))
        assert not jumps_the_queue(press("a:s:0"))
        assert not jumps_the_queue(message())
        assert not jumps_the_queue(None)
