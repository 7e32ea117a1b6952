"""What in a chat is meant for the bot, and what becomes of a group's data when it moves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from telegram import Update

from bot.answers import Citation, Turn
from bot.conversation_key import ConversationKey
from bot.conversations import StoredConversations
from bot.database import corrections_told
from bot.handlers.addressing import Addressed, addressed
from bot.offload import Offload
from bot.people import People
from tests.archive import NOW, clock
from tests.people import ENGINES, people_database_of
from tests.telegram_html import utf16
from tests.telegram_rules import BOT, Json, entities_in

NAME, BOT_ID = str(BOT["username"]), 123456
GROUP: Json = {"id": -100200, "type": "supergroup", "title": "Desk"}
PRIVATE: Json = {"id": 7, "type": "private", "first_name": "Ana"}
ANA: Json = {"id": 7, "is_bot": False, "first_name": "Ana"}


def meant(text: str, chat: Json = GROUP, **more: Any) -> Addressed | None:
    message = {
        "message_id": 5, "date": 1, "chat": chat, "from": ANA, "text": text,
        "entities": entities_in(text), **more,
    }  # fmt: skip
    update = Update.de_json({"update_id": 1, "message": message}, None)
    return addressed(update, NAME, BOT_ID)


def heard_as(text: str, chat: Json = GROUP, **more: Any) -> str | None:
    said = meant(text, chat, **more)
    return said.text if said else None


def ours(**more: Any) -> Json:
    return {"message_id": 4, "date": 1, "chat": GROUP, "from": BOT, "text": "An answer", **more}


class TestInAGroup:
    @pytest.mark.parametrize(
        ("text", "question"),
        [
            (f"@{NAME} how much?", "how much?"),
            (f"@{NAME}, how much?", "how much?"),
            (f"@{NAME.upper()}: how much?", "how much?"),
            (f"how much, @{NAME}?", "how much, ?"),
            (f"how much @{NAME}", "how much"),
            (f"how @{NAME} much?", "how much?"),
            (f"🙂🙂 @{NAME} quanto é ação?", "🙂🙂 quanto é ação?"),
            (f"@{NAME} @{NAME} how much?", "how much?"),
            (f"@{NAME}", ""),
            ("/ask how much?", "how much?"),
            ("/ASK how much?", "how much?"),
            (f"/ask@{NAME} how much?", "how much?"),
            (f"/ask@{NAME.upper()}\nhow much?", "how much?"),
            (f"/ask @{NAME} how much?", "how much?"),
            ("/ask", ""),
        ],
    )
    def test_a_mention_and_ask_are_for_us_and_are_no_part_of_the_question(
        self, text: str, question: str
    ) -> None:
        assert heard_as(text) == question

    @pytest.mark.parametrize(
        "text",
        [
            "how much?", "", "/start", "/help", "/new", "/ask@another_bot how much?",
            f"/start@{NAME}x", f"@{NAME}x how much?", f"mail@{NAME} how much?", "@another_bot hi",
        ],
    )  # fmt: skip
    def test_anything_else_is_not(self, text: str) -> None:
        assert meant(text) is None

    def test_another_command_is_for_us_when_it_says_so(self) -> None:
        said = meant(f"/New@{NAME}")
        assert said is not None
        assert said.command == "new"

    def test_a_mention_of_our_account_by_another_name_is_for_us(self) -> None:
        entity = {"type": "text_mention", "offset": 0, "length": 5, "user": BOT}
        assert heard_as("Pauta how much?", entities=[entity]) == "how much?"
        assert heard_as("Pauta how much?", entities=[{**entity, "user": ANA}]) is None

    def test_a_reply_to_us_is_for_us(self) -> None:
        assert heard_as("and when?", reply_to_message=ours()) == "and when?"
        assert heard_as("and when?", reply_to_message={**ours(), "from": ANA}) is None

    def test_the_opening_of_a_topic_is_no_message_one_replies_to(self) -> None:
        opening = ours(forum_topic_created={"name": "Energy", "icon_color": 1})
        topic: Json = {"message_thread_id": 4, "is_topic_message": True}
        assert meant("and when?", reply_to_message=opening, **topic) is None

    @pytest.mark.parametrize(
        "more",
        [
            {"sender_chat": GROUP},
            {"from": {**ANA, "is_bot": True}},
            {"from": None},
            {"via_bot": {"id": 5, "is_bot": True, "first_name": "x"}},
        ],
    )
    def test_nobody_but_a_person_is_heard(self, more: Json) -> None:
        assert meant(f"@{NAME} how much?", **more) is None

    @pytest.mark.parametrize("kind", ["edited_message", "channel_post", "business_message"])
    def test_nothing_but_a_new_message_is_heard(self, kind: str) -> None:
        text = f"@{NAME} how much?"
        message = {"message_id": 5, "date": 1, "chat": GROUP, "from": ANA, "text": text,
                   "entities": entities_in(text)}  # fmt: skip
        update = Update.de_json({"update_id": 1, kind: message}, None)
        assert addressed(update, NAME, BOT_ID) is None

    def test_a_channels_direct_messages_are_not_a_group(self) -> None:
        assert meant(f"@{NAME} hi", {**GROUP, "is_direct_messages": True}) is None

    @given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 90), st.integers(0, 90))
    def test_odd_text_and_odd_entities_break_nothing(
        self, before: str, after: str, offset: int, length: int
    ) -> None:
        text = f"{before}@{NAME}{after}"
        mention = {"type": "mention", "offset": utf16(before), "length": len(NAME) + 1}
        odd = {"type": "mention", "offset": offset, "length": length}
        said = heard_as(text, entities=[mention, odd])
        assert said is not None
        assert set(said) <= set(text)


class TestInAPrivateChat:
    @pytest.mark.parametrize("text", ["how much?", f"@{NAME} how much?", "@someone_else said so"])
    def test_everything_is_for_us_as_it_is(self, text: str) -> None:
        assert heard_as(text, PRIVATE) == text

    def test_a_command_is_told_from_its_words(self) -> None:
        said = meant("/Start abc", PRIVATE)
        assert said is not None
        assert (said.command, said.text) == ("start", "abc")

    def test_what_somebody_picked_of_our_own_inline_list_asks_nothing(self) -> None:
        assert meant("“It cost US$ 500 billion.”", PRIVATE, via_bot=BOT) is None
        another = {"id": 5, "is_bot": True, "first_name": "Other", "username": "other_bot"}
        assert heard_as("how much?", PRIVATE, via_bot=another) == "how much?"

    def test_another_bots_command_is_none_of_ours(self) -> None:
        said = meant("/start@another_bot", PRIVATE)
        assert said is not None
        assert said.command == ""


class TestWhere:
    @pytest.mark.parametrize("chat", [GROUP, PRIVATE])
    def test_a_topic_is_a_place_of_its_own(self, chat: Json) -> None:
        said = meant("/ask x", chat, message_thread_id=9, is_topic_message=True)
        assert said is not None
        assert said.where == ConversationKey(chat["id"], 9)

    def test_a_thread_of_replies_is_not(self) -> None:
        said = meant("/ask x", message_thread_id=9)
        assert said is not None
        assert said.where == ConversationKey(GROUP["id"])


@pytest.mark.parametrize("kind", ENGINES)
async def test_a_group_that_becomes_a_supergroup_takes_all_of_its_own_along(kind: str) -> None:
    engine, offload = people_database_of(kind), Offload()
    people, said = People(engine, offload, clock), StoredConversations(engine, offload, clock)
    old, new, neighbour = -200, -100200, ConversationKey(-2001)
    cited = Citation(1, "T", "https://x.example/1", "X", NOW, "Much.", article_id="a1")
    await people.let_group_in(old, "Desk", 7)
    await said.append(ConversationKey(old), Turn("assistant", "Much [1].", (cited,)))
    await said.append(ConversationKey(old, 5), Turn("user", "in a topic"))
    await said.append(neighbour, Turn("user", "not theirs"))
    with engine.begin() as connection:
        told = {"article_id": "a1", "replaced_at": 1, "conversation": str(old)}
        connection.execute(corrections_told.insert().values(told))

    await people.move_chat(old, new)

    assert people.group(old) is None
    assert [(one.chat_id, one.title) for one in people.groups()] == [(new, "Desk")]
    assert await said.recent(ConversationKey(old)) == ()
    assert [turn.text for turn in await said.recent(ConversationKey(new))] == ["Much [1]."]
    assert [turn.text for turn in await said.recent(ConversationKey(new, 5))] == ["in a topic"]
    assert [turn.text for turn in await said.recent(neighbour)] == ["not theirs"]
    assert [one.where for one in said.relying_on("a1")] == [ConversationKey(new)]
    with engine.connect() as connection:
        assert connection.scalars(select(corrections_told.c.conversation)).all() == [str(new)]
    offload.close()
    engine.dispose()
