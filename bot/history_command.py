"""`pauta history`: what an article said over time, and who was told what it no longer says.

Reads the two databases only, beside whatever process holds the archive.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.text import Text
from sqlalchemy import inspect

from bot import commands
from bot.answers import Reliance
from bot.bylines import day
from bot.conversation_key import TERMINAL, ConversationKey
from bot.conversations import relying_on
from bot.logs import read_settings
from bot.places import look, reading_corpus, reading_people
from bot.settings import Settings
from retrieval.article_history import ArticleHistory, Version
from retrieval.clean import clean_text, one_line
from retrieval.errors import ArchiveCorrupt
from retrieval.revisions import Changes, changes
from retrieval.versions import article_named, history_of

MOST_SHOWN = 8
"""Sentences of each side, and answers; `--json` gives all."""

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that cited the article."""

    reliance: Reliance
    still_stands: bool
    """Whether its quote stands in the article as it is now."""


def history(name: str, *, as_json: bool) -> int:
    settings = read_settings()
    article_id, found = _find(settings, name)
    if found is None or article_id is None:
        _err.print(
            f"There is no article {one_line(name)!r}. Give its address as an answer shows it."
        )
        return commands.NOTHING_FOUND
    told = _told(settings, article_id, found)
    if as_json:
        print(commands.json_text(_as_json(article_id, found, told)))  # noqa: T201
    else:
        _print(found, told)
    return commands.DONE


def _find(settings: Settings, name: str) -> tuple[str | None, ArticleHistory | None]:
    """Raises ArchiveCorrupt for an archive that cannot be read as it is."""
    state = look(settings, check_seconds=0.0)
    if state is None:
        return None, None
    if state.problem:
        raise ArchiveCorrupt(f"The archive cannot be read: {state.problem}.")
    if not state.is_current:
        raise ArchiveCorrupt(
            "The archive is of another version of Pauta. Any command that opens it, such as "
            "`pauta search`, brings it up to date."
        )
    with reading_corpus(settings) as engine:
        article_id = article_named(engine, name)
        return article_id, history_of(engine, article_id) if article_id else None


def _told(settings: Settings, article_id: str, found: ArticleHistory) -> list[Told]:
    now = " ".join(found.article.text.split())
    with reading_people(settings) as engine:
        if engine is None or not inspect(engine).has_table("cited"):
            return []
        return [
            Told(one, " ".join(one.quote.split()) in now) for one in relying_on(engine, article_id)
        ]


def _print(found: ArticleHistory, told: Sequence[Told]) -> None:
    article = found.article
    who = ", ".join(filter(None, (article.source, article.author, day(article.published_at, "en"))))
    _line(article.title, style="bold")
    _line(who + (" (only the beginning was read)" if article.partial else ""))
    _line(article.url, style="dim")
    if found.stands_in:
        _line(f"The same text as {found.stands_in.source}: {found.stands_in.url}")
    if found.also_in:
        outlets = dict.fromkeys(one.source for one in found.also_in)
        _line(f"Also in: {', '.join(outlets)}")
    if not found.is_corrected:
        _line(f"\nUnchanged since {_moment(found.versions[0].since)}.")
    for before, after, changed in _corrections(found):
        _print_correction(before, after, changed)
    _print_told(told)


def _corrections(found: ArticleHistory) -> Iterator[tuple[Version, Version, Changes]]:
    """The latest first."""
    for before, after in reversed(list(pairwise(found.versions))):
        yield before, after, changes(before.text, after.text, found.article.language)


def _print_correction(before: Version, after: Version, changed: Changes) -> None:
    _line(
        f"\nCorrected {_moment(after.since)}; the text before stood since {_moment(before.since)}"
    )
    if before.title != after.title:
        _line(f"  title: {before.title} → {after.title}")
    if changed.figures_removed or changed.figures_added:
        was, now = (", ".join(one) for one in (changed.figures_removed, changed.figures_added))
        _line(f"  figures: {was or 'none'} → {now or 'none'}", style="bold")
    for mark, sentences, style in (("−", changed.removed, "red"), ("+", changed.added, "green")):
        for sentence in sentences[:MOST_SHOWN]:
            _line(f"  {mark} {one_line(sentence)}", style=style)
        if len(sentences) > MOST_SHOWN or not changed.complete:
            _line(f"  {mark} … and more; --json shows them")


def _print_told(told: Sequence[Told]) -> None:
    outdated = [one.reliance for one in told if not one.still_stands]
    current = len(told) - len(outdated)
    if not told:
        _line("\nNo answer in a chat has cited it.")
    if current:
        _line(f"\nAnswers whose quotes still stand there: {current}")
    if outdated:
        _line(f"\nAnswers that rest on an earlier text: {len(outdated)}", style="bold")
    for one in outdated[:MOST_SHOWN]:
        _line(f"  {_chat(one.where)}, {_moment(one.at)}: “{one_line(one.quote)}”")
    if len(outdated) > MOST_SHOWN:
        _line(f"  … and {len(outdated) - MOST_SHOWN} more; --json shows them")


def _as_json(article_id: str, found: ArticleHistory, told: Sequence[Told]) -> dict[str, Any]:
    article, first = found.article, found.versions[0]
    return {
        "article_id": article_id,
        "url": article.url,
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published_at": _iso(article.published_at),
        "partial": article.partial,
        "first_version_since": _iso(first.since),
        "stands_in": found.stands_in.url if found.stands_in else None,
        "also_in": [{"source": one.source, "url": one.url} for one in found.also_in],
        "corrections": [
            {
                "at": _iso(after.since),
                "title_before": before.title,
                "title_after": after.title,
                "figures_removed": list(changed.figures_removed),
                "figures_added": list(changed.figures_added),
                "removed": list(changed.removed),
                "added": list(changed.added),
                "complete": changed.complete,
            }
            for before, after, changed in _corrections(found)
        ],
        "answers": [
            {
                "chat": one.reliance.where.chat_id,
                "topic": one.reliance.where.thread_id,
                "at": _iso(one.reliance.at),
                "quote": one.reliance.quote,
                "still_stands": one.still_stands,
            }
            for one in told
        ],
    }


def _chat(where: ConversationKey) -> str:
    if where == TERMINAL:
        return "the terminal"
    topic = "" if where.thread_id is None else f", topic {where.thread_id}"
    return f"chat {where.chat_id}{topic}"


def _moment(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "earlier than is kept"


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _line(line: str, style: str = "") -> None:
    start = "\n" if line.startswith("\n") else ""
    _out.print(Text(start + _clean(line.removeprefix("\n")), style=style))


def _clean(line: str) -> str:
    """Without what an article could do to a terminal."""
    body = line.lstrip(" ")
    return " " * (len(line) - len(body)) + clean_text(body)
