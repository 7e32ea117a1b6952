"""`pauta preview`: a page that shows the main screens as Telegram would lay them out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from bot import commands
from bot.app import Pauta, build
from bot.assistant import LONGEST_QUESTION
from bot.logs import read_settings
from bot.preview_markup import Reader
from bot.preview_page import Screen, page
from bot.preview_tour import tour, words_of
from bot.texts import LANGUAGES
from retrieval.clean import clean_text

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def preview(file: Path, *, language: str, question: str) -> int:
    """Write the page over the coverage of this archive; returns the exit code.

    Raises OSError where the file cannot be written.
    """
    question = clean_text(question)
    if language not in LANGUAGES:
        return commands.wrong_use(f"--language is one of {', '.join(LANGUAGES)}.")
    if len(question) > LONGEST_QUESTION:
        return commands.wrong_use(f"A question has {LONGEST_QUESTION:,} characters at most.")
    if not file.parent.is_dir():
        return commands.wrong_use(f"There is no folder {file.parent}.")
    settings = read_settings()
    with build(settings, purpose="preview") as pauta:
        commands.load_first_sample(pauta)
        screens = asyncio.run(_toured(pauta, language, question))
    reader = Reader(language, ZoneInfo(settings.timezone))
    file.write_text(page(screens, words_of(language), reader), encoding="utf-8")
    _err.print(f"Wrote {len(screens)} screens to {file}; open it in a browser.")
    return commands.DONE


async def _toured(pauta: Pauta, language: str, question: str) -> tuple[Screen, ...]:
    try:
        return await tour(pauta, language, question)
    finally:
        await pauta.browsing.close()
        await pauta.assistant.close()
