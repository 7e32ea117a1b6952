"""What happens outside the bot's own chats: inline mode, and questions to a guest.

query = types(server, 7, "stargate")
shown = await offered(server, query)
question = summons(server, GROUP, 7, "@pauta_test_bot how much?")
message = await posted(server, question)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.telegram_html import Entity
from tests.telegram_rules import (
    ApiError,
    Json,
    bad_request,
    check_keyboard,
    entities_in,
    sender,
    text_of,
)

if TYPE_CHECKING:
    from tests.telegram_server import TelegramServer

MOST_RESULTS = 50
EXPIRED = "query is too old and response timeout expired or query ID is invalid"


@dataclass(frozen=True, slots=True)
class Result:
    """One line of an inline list, and the message it would post."""

    id: str
    title: str
    description: str
    text: str
    entities: list[Entity]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person is shown above their keyboard."""

    results: list[Result]
    button: Json | None
    parameters: Json


@dataclass(frozen=True, slots=True)
class Posted:
    """A message of the bot in a chat it is not in, as it is now."""

    text: str
    entities: list[Entity]
    parameters: Json

    @property
    def buttons(self) -> list[Json]:
        markup = self.parameters.get("reply_markup") or {}
        return [one for row in markup.get("inline_keyboard", []) for one in row]


@dataclass(slots=True)
class Elsewhere:
    """The server's part of it."""

    typed: set[str] = field(default_factory=set)
    """Inline queries, by id, not yet answered."""
    summoned: set[str] = field(default_factory=set)
    """Guest queries, by id, not yet answered."""
    shown: dict[str, Shown] = field(default_factory=dict)
    posted: dict[str, Posted] = field(default_factory=dict)
    """By the guest query that was answered."""

    def answer_inline_query(self, parameters: Json) -> bool:
        query = str(parameters.get("inline_query_id"))
        results: list[Json] = parameters.get("results") or []
        if len(results) > MOST_RESULTS:
            raise bad_request("RESULTS_TOO_MUCH")
        ids = [str(one.get("id", "")) for one in results]
        if len(set(ids)) != len(ids):
            raise bad_request("RESULT_ID_DUPLICATE")
        shown = [_result(one) for one in results]
        button = parameters.get("button")
        if button is not None:
            _check_button(button)
        if query not in self.typed:
            raise bad_request(EXPIRED)
        self.typed.remove(query)
        self.shown[query] = Shown(shown, button, parameters)
        return True

    def answer_guest_query(self, parameters: Json) -> Json:
        result: Json = parameters["result"]
        _result(result)
        message = _message_of(result)
        query = str(parameters.get("guest_query_id"))
        if query not in self.summoned:
            raise bad_request(EXPIRED)
        self.summoned.remove(query)
        self.posted[query] = _posted(message)
        return {"inline_message_id": f"posted-{query}"}

    def edit(self, parameters: Json) -> bool:
        query = str(parameters["inline_message_id"]).removeprefix("posted-")
        old = self.posted.get(query)
        if old is None:
            raise ApiError(400, "Bad Request: MESSAGE_ID_INVALID")
        new = _posted(parameters)
        if (old.text, old.entities, old.buttons) == (new.text, new.entities, new.buttons):
            raise bad_request("message is not modified")
        self.posted[query] = new
        return True


def types(server: TelegramServer, user_id: int, query: str, *, language: str = "en") -> str:
    """A person has typed `@bot query` in some chat; returns the query's id."""
    number = str(server.next_id())
    server.elsewhere.typed.add(number)
    who = sender(user_id, language)
    server.push({"inline_query": {"id": number, "from": who, "query": query, "offset": ""}})
    return number


def summons(
    server: TelegramServer,
    chat: Json,
    user_id: int,
    text: str,
    *,
    language: str = "en",
    more: Json | None = None,
) -> str:
    """A person mentions the bot in a chat it is not in, in a message that may hold `more`;
    returns the guest query's id."""
    number = server.next_id()
    query = f"guest-{number}"
    server.elsewhere.summoned.add(query)
    message: Json = {
        "message_id": number,
        "date": int(time.time()),
        "chat": chat,
        "from": sender(user_id, language),
        "text": text,
        "entities": entities_in(text),
        "guest_query_id": query,
        **(more or {}),
    }
    server.push({"guest_message": message})
    return query


async def offered(server: TelegramServer, query: str, within: float = 20.0) -> Shown:
    """What the person was shown."""
    await _until(server, lambda: query in server.elsewhere.shown, within)
    return server.elsewhere.shown[query]


async def posted(
    server: TelegramServer, query: str, words: str = "", within: float = 20.0
) -> Posted:
    """The bot's message in that chat, once it holds `words`."""
    there = server.elsewhere.posted
    await _until(server, lambda: query in there and words in there[query].text, within)
    return there[query]


async def _until(server: TelegramServer, is_so: Callable[[], bool], within: float) -> None:
    async with asyncio.timeout(within):
        while not is_so():
            await server.something_happens()


def _result(one: Json) -> Result:
    number = str(one.get("id", ""))
    if not 1 <= len(number.encode()) <= 64:
        raise bad_request("RESULT_ID_INVALID")
    if one.get("type") != "article":
        raise bad_request("unallowed inline query result type")
    if not str(one.get("title", "")).strip():
        raise bad_request("ARTICLE_TITLE_EMPTY")
    text, entities = text_of(_message_of(one))
    check_keyboard(one.get("reply_markup"))
    return Result(number, one["title"], str(one.get("description", "")), text, entities)


def _message_of(result: Json) -> Json:
    content: Json = result["input_message_content"]
    return {
        "text": content["message_text"],
        "parse_mode": content.get("parse_mode", ""),
        "reply_markup": result.get("reply_markup"),
    }


def _posted(message: Json) -> Posted:
    text, entities = text_of(message)
    check_keyboard(message.get("reply_markup"))
    return Posted(text, entities, message)


def _check_button(button: Json) -> None:
    if not button["text"].strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    start = str(button.get("start_parameter", ""))
    allowed = start.replace("_", "").replace("-", "")
    if not 1 <= len(start) <= 64 or not (allowed.isascii() and allowed.isalnum()):
        raise bad_request("START_PARAM_INVALID")
