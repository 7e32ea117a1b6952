"""What was said stays, in order, with the chat it was said in, also across restarts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.answers import Citation, Turn
from bot.conversation_key import ConversationKey
from bot.conversations import RECENT_TURNS, StoredConversations
from bot.database import open_people
from bot.offload import Offload
from tests.archive import NOW, clock
from tests.people import ENGINES, people_database_of


@pytest_asyncio.fixture(params=ENGINES)
async def conversations(request: pytest.FixtureRequest) -> AsyncIterator[StoredConversations]:
    engine, offload = people_database_of(request.param), Offload()
    yield StoredConversations(engine, offload, clock)
    offload.close()
    engine.dispose()


def chat(number: int, topic: int | None = None) -> ConversationKey:
    return ConversationKey(number, topic)


def said(*texts: str) -> list[Turn]:
    return [Turn("user" if at % 2 == 0 else "assistant", text) for at, text in enumerate(texts)]


async def test_a_chat_nobody_spoke_in_is_empty(conversations: StoredConversations) -> None:
    assert await conversations.recent(chat(1)) == ()


async def test_turns_come_back_oldest_first(conversations: StoredConversations) -> None:
    await conversations.append(chat(1), *said("a question", "an answer"))
    await conversations.append(chat(1), *said("another", "its answer"))

    assert await conversations.recent(chat(1)) == tuple(
        said("a question", "an answer", "another", "its answer")
    )


async def test_only_the_latest_turns_are_recalled(conversations: StoredConversations) -> None:
    texts = [f"turn {number}" for number in range(2 * RECENT_TURNS)]
    await conversations.append(chat(1), *said(*texts))

    assert [turn.text for turn in await conversations.recent(chat(1))] == texts[-RECENT_TURNS:]


async def test_chats_do_not_hear_each_other(conversations: StoredConversations) -> None:
    await conversations.append(chat(1), *said("one"))
    await conversations.append(chat(-100123), *said("a group"))

    assert [turn.text for turn in await conversations.recent(chat(1))] == ["one"]
    assert [turn.text for turn in await conversations.recent(chat(-100123))] == ["a group"]
    assert await conversations.recent(chat(11)) == ()


async def test_topics_of_one_chat_do_not_hear_each_other(
    conversations: StoredConversations,
) -> None:
    await conversations.append(chat(-1, 5), *said("energy"))
    await conversations.append(chat(-1, 50), *said("sports"))

    assert [turn.text for turn in await conversations.recent(chat(-1, 5))] == ["energy"]
    assert [turn.text for turn in await conversations.recent(chat(-1, 50))] == ["sports"]
    assert await conversations.recent(chat(-1)) == ()


async def test_starting_afresh_concerns_one_chat(conversations: StoredConversations) -> None:
    await conversations.append(chat(1), *said("one"))
    await conversations.append(chat(2), *said("two"))

    await conversations.start_afresh(chat(1))
    await conversations.start_afresh(chat(3))

    assert await conversations.recent(chat(1)) == ()
    assert [turn.text for turn in await conversations.recent(chat(2))] == ["two"]


async def test_the_article_talked_about_is_known_until_the_conversation_begins_anew(
    conversations: StoredConversations,
) -> None:
    assert await conversations.article(chat(1)) == ""
    await conversations.start_afresh(chat(1), about="a" * 24)
    await conversations.append(chat(1), *said("one"), *said("two"))
    assert await conversations.article(chat(1)) == "a" * 24
    assert await conversations.article(chat(2)) == ""
    assert [turn.text for turn in await conversations.recent(chat(1))] == ["one", "two"]
    await conversations.start_afresh(chat(1))
    assert await conversations.article(chat(1)) == ""


def cites(article_id: str, quote: str) -> Citation:
    return Citation(
        1, "A title", "https://folha.example/1", "Folha", NOW, quote, article_id=article_id
    )


async def test_the_answers_that_rested_on_an_article_are_found(
    conversations: StoredConversations,
) -> None:
    await conversations.append(chat(1), Turn("user", "how much?"))
    await conversations.append(chat(1), Turn("assistant", "Much [1].", (cites("a1", "Much."),)))
    await conversations.append(chat(2), Turn("assistant", "Little [1].", (cites("a2", "Little."),)))

    found = conversations.relying_on("a1")

    assert [(one.where, one.answer, one.quote) for one in found] == [
        (chat(1), "Much [1].", "Much.")
    ]
    assert conversations.relying_on("a3") == []
    assert conversations.relying_on("a1", since=NOW + timedelta(seconds=1)) == []


async def test_the_last_answer_comes_back_with_what_it_cited(
    conversations: StoredConversations,
) -> None:
    first, last = cites("a1", "Much."), cites("a2", "More.")
    await conversations.append(chat(1), Turn("assistant", "Much [1].", (first,)))
    await conversations.append(chat(1), Turn("user", "and?"))
    await conversations.append(chat(1), Turn("assistant", "More [1].", (last,)))

    assert [turn.citations for turn in await conversations.recent(chat(1))] == [(), (), (last,)]


async def test_they_are_found_also_after_the_chat_started_afresh(
    conversations: StoredConversations,
) -> None:
    await conversations.append(chat(1), Turn("assistant", "Much [1].", (cites("a1", "Much."),)))
    await conversations.start_afresh(chat(1))

    assert await conversations.recent(chat(1)) == ()
    assert len(conversations.relying_on("a1")) == 1


@pytest.mark.parametrize("text", ["", "a\x00b", "🙂", "'; DROP TABLE turns --", "x" * 100_000])
async def test_any_text_is_kept_as_it_was(conversations: StoredConversations, text: str) -> None:
    await conversations.append(chat(1), Turn("user", text))

    (kept,) = await conversations.recent(chat(1))
    # A server takes no NUL: what is lost is told by the sign for that.
    assert kept.text in (text, text.replace("\x00", "\ufffd"))
    assert len(kept.text) == len(text)


async def test_saying_nothing_is_nothing(conversations: StoredConversations) -> None:
    await conversations.append(chat(1))

    assert await conversations.recent(chat(1)) == ()


async def test_many_chats_at_once_keep_their_order(conversations: StoredConversations) -> None:
    async def speak(speaker: int) -> None:
        for number in range(4):
            await conversations.append(chat(speaker), Turn("user", f"{speaker}-{number}"))

    await asyncio.gather(*(speak(speaker) for speaker in range(12)))

    for speaker in range(12):
        assert [turn.text for turn in await conversations.recent(chat(speaker))] == [
            f"{speaker}-{number}" for number in range(4)
        ]


async def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    for expected in ((), tuple(said("before"))):
        engine, offload = open_people(tmp_path / "people.db"), Offload()
        conversations = StoredConversations(engine, offload, clock)
        assert await conversations.recent(chat(1)) == expected
        if not expected:
            await conversations.append(chat(1), *said("before"))
        offload.close()
        engine.dispose()
