"""What Telegram accepts, refuses and gives back, apart from how it is reached."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from tests.telegram_html import CannotParseError, Entity, parse, utf16

BOT = {"id": 123456, "is_bot": True, "first_name": "Pauta", "username": "pauta_test_bot"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the person would see it."""

    message_id: int
    chat_id: int
    text: str
    entities: list[Entity]
    parameters: Json

    @property
    def thread_id(self) -> int | None:
        """The topic it is in."""
        thread = self.parameters.get("message_thread_id")
        return int(thread) if thread is not None else None

    @property
    def buttons(self) -> list[list[tuple[str, str]]]:
        markup = self.parameters.get("reply_markup") or {}
        rows = markup.get("inline_keyboard", [])
        return [
            [
                (
                    one["text"],
                    one.get("url") or one.get("callback_data") or one["copy_text"]["text"],
                )
                for one in row
            ]
            for row in rows
        ]

    @property
    def labels(self) -> list[str]:
        return [label for row in self.buttons for label, _ in row]


class ApiError(Exception):
    def __init__(
        self,
        status: int,
        description: str,
        retry_after: int | None = None,
        migrate_to: int | None = None,
    ) -> None:
        super().__init__(description)
        self.status, self.description = status, description
        self.retry_after, self.migrate_to = retry_after, migrate_to


def bad_request(description: str) -> ApiError:
    return ApiError(400, f"Bad Request: {description}")


UPLOADS = {"certificate", "document"}


async def parameters_of(request: web.Request) -> Json:
    """Of a query, a form or a JSON body; as Telegram takes them all."""
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        return found | dict(await request.json())
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            assert name in UPLOADS, "no uploads here"
            found[name] = value.file.read().decode()
            continue
        assert isinstance(value, str)
        found[name] = value
    for name in (
        "reaction",
        "reply_parameters",
        "reply_markup",
        "allowed_updates",
        "commands",
        "link_preview_options",
        "results",
        "result",
        "button",
    ):
        if name in found:
            found[name] = json.loads(found[name])
    return found


def text_of(parameters: Json) -> tuple[str, list[Entity]]:
    text, entities = str(parameters.get("text", "")), list[Entity]()
    if str(parameters.get("parse_mode", "")).upper() == "HTML":
        try:
            text, entities = parse(text)
        except CannotParseError as error:
            raise bad_request(f"can't parse entities: {error}") from None
    if not text.strip():
        raise bad_request("message text is empty")
    if utf16(text) > 4096:
        raise bad_request("message is too long")
    return text.strip(), entities


def check_keyboard(markup: Json | None) -> None:
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            if not button["text"].strip():
                raise bad_request("inline keyboard button text must be non-empty")
            if button.get("style", "primary") not in ("primary", "success", "danger"):
                raise bad_request("BUTTON_STYLE_INVALID")
            if "callback_data" in button:
                if not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise bad_request("BUTTON_DATA_INVALID")
            elif "url" in button:
                if "." not in (urlsplit(button["url"]).hostname or ""):
                    raise bad_request(
                        f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL"
                    )
            elif "copy_text" in button:
                if not 1 <= utf16(button["copy_text"]["text"]) <= 256:
                    raise bad_request("BUTTON_COPY_TEXT_INVALID")
            else:
                raise bad_request("Text buttons are unallowed in the inline keyboard")


def check_toast(parameters: Json) -> str:
    text = str(parameters.get("text", ""))
    if utf16(text) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    return text


def as_message(sent: Sent, chat: Json | None = None) -> Json:
    entities = [
        {"type": one.type, "offset": one.offset, "length": one.length}
        | ({"url": one.url} if one.url else {})
        | ({"unix_time": one.unix, "date_time_format": one.format} if one.unix else {})
        for one in sent.entities
    ]
    message: Json = {
        "message_id": sent.message_id,
        "date": int(time.time()),
        "chat": chat or {"id": sent.chat_id, "type": "private", "first_name": "Ana"},
        "from": BOT,
        "text": sent.text,
        "entities": entities,
    }
    if sent.thread_id is not None:
        message |= {"message_thread_id": sent.thread_id, "is_topic_message": True}
    if markup := sent.parameters.get("reply_markup"):
        message["reply_markup"] = markup
    return message


def sender(user_id: int, language: str = "en") -> Json:
    """A person, as an update tells of them."""
    return {"id": user_id, "is_bot": False, "first_name": "Ana", "language_code": language}


def entities_in(text: str) -> list[Json]:
    """What Telegram marks in a person's message: a command at its start, names, addresses."""
    found = [
        {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match[0])}
        for kind, pattern in (
            ("bot_command", r"\A/\w+(?:@\w+)?"),
            ("mention", r"(?<![\w/])@\w{4,}"),
        )
        for match in re.finditer(pattern, text)
    ]
    return [*found, *links_in(text)]


def links_in(text: str) -> list[Json]:
    """The entities Telegram adds to a person's message for addresses in it."""
    return [
        {"type": "url", "offset": utf16(text[: match.start()]), "length": utf16(match[0])}
        for match in re.finditer(r"https?://\S+|(?<!\S)[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?!\S)", text)
    ]


def check_commands(parameters: Json) -> None:
    for command in parameters["commands"]:
        name, described = command["command"], command["description"]
        if not name.isascii() or not name.islower() or len(name) > 32:
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(described) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
