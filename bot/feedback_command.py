"""`pauta eval --from-feedback`: what people said was not right, as a questions file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect

from bot.answer_book import complaints
from bot.feedback import question_lines
from bot.places import reading_people
from bot.settings import Settings


def write_questions(settings: Settings, out: Path) -> int:
    """Returns how many questions were written; with none, there is no file.

    Only reads the people database, also while a bot runs. Raises OSError when `out` cannot be
    written, ArchiveCorrupt when the database cannot be read.
    """
    with reading_people(settings) as engine:
        if engine is None or not inspect(engine).has_table("feedback"):
            return 0
        lines = list(question_lines(complaints(engine)))
    if lines:
        out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(lines)
