"""What is said in a recording, written down by a server that speaks OpenAI's protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from bot.offload import Offload
from bot.settings import Settings

PATH = "/audio/transcriptions"
CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0
"""How long the server may say nothing: it answers once it has heard all."""
LONGEST_SECONDS = 120.0
LARGEST_REPLY = 1_000_000
"""Bytes; five minutes of speech are about 6,000."""
LONGEST_TEXT = 4_096
"""Characters, as in one Telegram message."""


@dataclass(frozen=True, slots=True)
class Recording:
    data: bytes
    file_name: str
    """Its ending tells the server the format: `voice.ogg`."""
    mime_type: str


@dataclass(frozen=True, slots=True)
class Heard:
    text: str
    """Empty where nothing was said."""


@dataclass(frozen=True, slots=True)
class NotHeard:
    reason: str
    """For the log; without address or key."""


class Transcriber:
    """Safe to use from one event loop."""

    def __init__(
        self, url: str, model: str, key: str, offload: Offload, *, silence: float = SILENCE_SECONDS
    ) -> None:
        """`url` is the server's (`https://host/v1`) or already that of its transcriptions."""
        self._url = url if url.endswith(PATH) else url.rstrip("/") + PATH
        self._model, self._key = model, key
        self._offload = offload
        self._timeout = httpx.Timeout(silence, connect=CONNECT_SECONDS)

    async def hear(self, recording: Recording) -> Heard | NotHeard:
        return await self._offload.fetch(self._hear, recording)

    def _hear(self, recording: Recording) -> Heard | NotHeard:
        try:
            return self._ask(recording)
        except httpx.HTTPError as error:
            return NotHeard(type(error).__name__)
        except (httpx.InvalidURL, UnicodeError):
            return NotHeard("the address or the key is none")

    def _ask(self, recording: Recording) -> Heard | NotHeard:
        file = (recording.file_name, recording.data, recording.mime_type)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        # Redirects are not followed: the key is for this server alone.
        with (
            httpx.Client(timeout=self._timeout, headers=headers) as client,
            client.stream(
                "POST",
                self._url,
                data={"model": self._model, "response_format": "json"},
                files={"file": file},
            ) as response,
        ):
            if response.status_code != httpx.codes.OK:
                return NotHeard(f"HTTP {response.status_code}")
            body = _bounded(response.iter_bytes(), time.monotonic() + LONGEST_SECONDS)
        return read_reply(body) if body is not None else NotHeard("too much, or too slow")


def transcriber_of(settings: Settings, offload: Offload) -> Transcriber | None:
    """None where no server is set."""
    if not settings.transcription_url:
        return None
    key = settings.transcription_key
    return Transcriber(
        settings.transcription_url,
        settings.transcription_model,
        key.get_secret_value().strip() if key else "",
        offload,
    )


def read_reply(body: bytes) -> Heard | NotHeard:
    """The server's JSON: `{"text": "..."}`.  (pure)"""
    try:
        reply = json.loads(body)
    except (ValueError, RecursionError):
        return NotHeard("no JSON")
    text = reply.get("text") if isinstance(reply, dict) else None
    if not isinstance(text, str):
        return NotHeard("no text in the reply")
    return Heard(" ".join(text[: 2 * LONGEST_TEXT].split())[:LONGEST_TEXT])


def _bounded(pieces: Iterator[bytes], until: float) -> bytes | None:
    body = b""
    for piece in pieces:
        body += piece
        if len(body) > LARGEST_REPLY or time.monotonic() > until:
            return None
    return body
