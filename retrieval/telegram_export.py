"""A Telegram channel's history, as Telegram Desktop exports it (`result.json`), to articles."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import ijson  # type: ignore[import-untyped]

from retrieval.addresses import url_problem
from retrieval.clean import clean_text, one_line, without_edge_marks
from retrieval.dates import parse_published
from retrieval.feeds.extract import MAX_TEXT
from retrieval.language import detect
from retrieval.models import Article, Rejected
from retrieval.titles import title_from_text, without_leading_title

MAX_EXPORT = 200_000_000
"""Bytes. Only one message at a time is held."""
SHORTEST = 80
"""Characters below which a message is a remark, not coverage."""
_LONGEST_SOURCE = 200
_MOST_PARTS = 10_000
_HEADER = ("name", "type", "id", "username")


class _ExportError(Exception):
    """Why the file is not taken, as a clause."""


@dataclass(frozen=True, slots=True)
class _Channel:
    source: str
    address: str
    """What a message's number is put behind."""


def read_export(path: str | Path) -> Iterator[Article | Rejected]:
    """One article for each message of 80 characters or more, oldest first as exported.

    Service messages and shorter ones are passed over. The address is the message's own on
    t.me where the export tells the channel's number or name, else the file's with the
    message's number. Streams; nothing the file holds raises.
    """
    name = os.fsencode(path).decode("utf-8", "replace")
    number = 0
    try:
        path = _readable(Path(path))
        with path.open("rb") as file:
            channel = _channel(file, path)
            file.seek(0)
            for number, message in enumerate(ijson.items(file, "messages.item"), start=1):
                item = _article(message, channel, f"{name}:message {number}")
                if item is not None:
                    yield item
    except _ExportError as error:
        yield Rejected(name, str(error))
    except ijson.JSONError:
        where = f" after message {number}; the ones before were read" if number else ""
        yield Rejected(name, f"the file is damaged or not JSON{where}")
    except FileNotFoundError:
        yield Rejected(name, "there is no such file")
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or "not a valid path or text"
        yield Rejected(name, f"the file cannot be read ({detail})")


def _readable(path: Path) -> Path:
    """Raises _ExportError for a pipe, a device, or a file that is too large."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise _ExportError("this is not a regular file")
    if status.st_size > MAX_EXPORT:
        raise _ExportError(f"it is larger than the limit of {MAX_EXPORT // 1_000_000} MB")
    return path


def _channel(file: BinaryIO, path: Path) -> _Channel:
    """From the fields before the messages. Raises _ExportError for what is no channel."""
    header: dict[str, Any] = {}
    for prefix, event, value in ijson.parse(file):
        if prefix in _HEADER and event in ("string", "number"):
            header.setdefault(prefix, value)
        if prefix == "chats":
            raise _ExportError("this is the export of an account; export the channel alone")
        if prefix == "messages":
            if event != "start_array":
                raise _ExportError("this is not a Telegram export: it has no list of messages")
            break
    else:
        raise _ExportError("this is not a Telegram export: it has no list of messages")
    kind = str(header.get("type", "channel"))
    if "channel" not in kind:
        raise _ExportError(f"this is the export of a {kind.replace('_', ' ')[:40]}, no channel")
    source = one_line(str(header.get("name", ""))[:_LONGEST_SOURCE])
    return _Channel(source or path.stem, _address(header, path))


def _address(header: dict[str, Any], path: Path) -> str:
    username = str(header.get("username", "")).removeprefix("@")
    if username.isascii() and username.replace("_", "").isalnum() and len(username) <= 40:
        return f"https://t.me/{username}/"
    # Bot-style ids carry -100 before the number that links use.
    number = str(header.get("id", "")).removeprefix("-100")
    if number.isascii() and number.isdecimal() and len(number) <= 20:
        return f"https://t.me/c/{number}/"
    return f"{path.resolve().as_uri()}#message"


def _article(message: object, channel: _Channel, name: str) -> Article | Rejected | None:
    if not isinstance(message, dict):
        return Rejected(name, "the message is not a JSON object")
    if message.get("type", "message") != "message":
        return None
    text = without_edge_marks(clean_text(_text(message.get("text"))))
    if len(text) < SHORTEST:
        return None
    if len(text) > MAX_TEXT:
        return Rejected(name, f"the text is longer than {MAX_TEXT:,} characters")
    number = message.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 63:
        return Rejected(name, "the message has no number")
    url = f"{channel.address}{number}"
    if problem := url_problem(url):
        return Rejected(name, problem)
    title = title_from_text(text)
    return Article(
        url=url,
        title=title,
        text=without_leading_title(text, title),
        source=channel.source,
        language=detect(text),
        published_at=_published(message),
    )


def _text(value: object) -> str:
    """A message's text is a string, or a list of strings and marked-up parts."""
    if isinstance(value, str):
        return value[: 2 * MAX_TEXT]
    parts = value[:_MOST_PARTS] if isinstance(value, list) else []
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
    return "".join(text for text in texts if isinstance(text, str))[: 2 * MAX_TEXT]


def _published(message: dict[str, Any]) -> datetime | None:
    """`date_unixtime` where there is one: `date` is in the exporting machine's timezone."""
    seconds = str(message.get("date_unixtime", ""))
    if seconds.isascii() and seconds.isdecimal() and len(seconds) < 12:
        return parse_published(datetime.fromtimestamp(int(seconds), UTC).isoformat())
    written = message.get("date")
    return parse_published(written) if isinstance(written, str) else None
