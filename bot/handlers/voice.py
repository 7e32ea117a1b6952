"""Voice notes and recordings: written down, shown as they were heard, and answered."""

from __future__ import annotations

import structlog
from telegram import Audio, Bot, Message, Update, Voice
from telegram.error import TelegramError

from bot.context import PautaContext
from bot.handlers.access import heard, language_in
from bot.handlers.addressing import Addressed
from bot.handlers.ask import answer_said
from bot.handlers.manners import is_left_out, is_too_much
from bot.handlers.sending import deliver, typing
from bot.handlers.start import only_text
from bot.render import Rendered
from bot.richtext import Span, clean, is_blank
from bot.screens import screen, sentence
from bot.transcription import Heard, NotHeard, Recording, Transcriber

log = structlog.get_logger(__name__)

LARGEST = 20 * 2**20
"""Bytes; a bot is given no larger file."""
LONGEST_MINUTES = 5
DOWNLOAD_SECONDS = 30.0
"""For each piece of a recording to arrive."""
_ENDINGS = {
    "audio/ogg": "ogg", "audio/opus": "ogg", "audio/mpeg": "mp3", "audio/mp3": "mp3",
    "audio/mp4": "m4a", "audio/x-m4a": "m4a", "audio/m4a": "m4a", "audio/aac": "m4a",
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/webm": "webm", "audio/flac": "flac",
    "audio/x-flac": "flac",
}  # fmt: skip


async def on_recording(update: Update, context: PautaContext) -> None:
    """Say what was heard, and answer it; without a server that hears, one kind line."""
    said, transcriber = heard(update, context), context.services.transcriber
    recording = recording_of(said.message) if said else None
    if said is None or recording is None:
        return
    if transcriber is None:
        await only_text(update, context)
        return
    language = language_in(update, context)
    if await is_left_out(context, said.where, language):
        return
    if is_too_long(recording):
        await _show(context, said, sentence("voice_too_long", language, minutes=LONGEST_MINUTES))
        return
    # To be heard is its own share; what is heard is then a question like any other.
    if await is_too_much(context, said.where, said.who.id, language):
        return
    async with typing(context.bot, said.where):
        found = await _written_down(context.bot, transcriber, recording)
    if isinstance(found, NotHeard):
        log.warning("a recording could not be written down", reason=found.reason)
        await _show(context, said, sentence("voice_failed", language))
        return
    question = clean(found.text).strip()
    if is_blank(question):
        await _show(context, said, sentence("voice_empty", language))
        return
    await _show(context, said, as_heard(question, language))
    await answer_said(update, context, said, question)


def recording_of(message: Message) -> Voice | Audio | None:
    return message.voice or message.audio


def is_too_long(recording: Voice | Audio) -> bool:
    """By what Telegram says of it, before anything is fetched.  (pure)"""
    seconds = recording.duration
    length = seconds if isinstance(seconds, int | float) else seconds.total_seconds()
    return length > 60 * LONGEST_MINUTES or (recording.file_size or 0) > LARGEST


def as_heard(question: str, language: str) -> Rendered:
    """`I heard: ...`  (pure)"""
    line = sentence("voice_heard", language).parts[0].plain
    return screen([Span(f"{line} "), Span(question, italic=True)])


async def _written_down(
    bot: Bot, transcriber: Transcriber, recording: Voice | Audio
) -> Heard | NotHeard:
    try:
        file = await bot.get_file(recording.file_id)
        if (file.file_size or 0) > LARGEST:
            return NotHeard("too large")
        data = await file.download_as_bytearray(read_timeout=DOWNLOAD_SECONDS)
    except TelegramError as error:
        return NotHeard(f"not downloaded: {type(error).__name__}")
    if len(data) > LARGEST:
        return NotHeard("larger than it was said to be")
    mime_type = (recording.mime_type or "audio/ogg").lower()
    ending = _ENDINGS.get(mime_type, "ogg")
    return await transcriber.hear(Recording(bytes(data), f"voice.{ending}", mime_type))


async def _show(context: PautaContext, said: Addressed, words: Rendered) -> None:
    await deliver(context.bot, said.where, words, reply_to=said.message.message_id)
