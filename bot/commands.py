"""What each command of `pauta` does; returns its exit code.

0 done, or answered    1 failure    2 wrong use    3 nothing found    130 interrupted
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bot import console, ingest_report
from bot.answers import Answer, Turn
from bot.app import Pauta, build, load_sample, remove_sample
from bot.asker import terminal_asker
from bot.assistant import LONGEST_QUESTION, query_of
from bot.explanation import explanation_json, print_explanation
from bot.logs import read_settings
from bot.progress import progress
from bot.settings import Settings
from bot.terminal.chat import chat as chat_here
from bot.terminal.streaming import answered
from bot.wire import answer_json, passages_json
from retrieval.clean import clean_text
from retrieval.models import PER_ARTICLE, IngestReport

DONE, FAILED, WRONG_USE, NOTHING_FOUND, INTERRUPTED = 0, 1, 2, 3, 130

_HISTORY_BYTES = 1_000_000

_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


class WrongUse(Exception):
    """The person gave something that cannot be used; the message says what and why."""


def run() -> int:
    settings = read_settings()
    if settings.telegram_bot_token is None:
        return _chat(settings, say_how_to_go_live=True)
    from bot.live import serve  # noqa: PLC0415 - python-telegram-bot, only needed here

    with build(settings, purpose="run", lasting=True) as pauta:
        load_first_sample(pauta)
        return serve(pauta)


def chat() -> int:
    return _chat(read_settings(), say_how_to_go_live=False)


def _chat(settings: Settings, *, say_how_to_go_live: bool) -> int:
    with build(settings, purpose="chat", lasting=True) as pauta:
        load_first_sample(pauta)
        return chat_here(pauta, say_how_to_go_live=say_how_to_go_live)


def ask(question: str, *, as_json: bool, history: Path | None) -> int:
    try:
        question, turns = _checked_question(question), _read_history(history)
    except WrongUse as error:
        return wrong_use(str(error))
    with build(read_settings(), purpose="ask") as pauta:
        show = sys.stderr.isatty() and not as_json
        answer = asyncio.run(_answered(pauta, question, turns, show_progress=show))
    if as_json:
        print(json_text(answer_json(answer)))  # noqa: T201
    else:
        console.print_answer(answer)
    return DONE if answer.answered else NOTHING_FOUND


async def _answered(
    pauta: Pauta, question: str, turns: tuple[Turn, ...], *, show_progress: bool
) -> Answer:
    try:
        return await answered(
            pauta.assistant,
            question,
            turns,
            terminal_asker(pauta.settings),
            progress=_err if show_progress else None,
        )
    finally:
        await pauta.assistant.close()


def search(
    question: str,
    *,
    limit: int,
    as_json: bool,
    history: Path | None,
    per_article: int = PER_ARTICLE,
    explained: bool = False,
) -> int:
    try:
        question, turns = _checked_question(question), _read_history(history)
    except WrongUse as error:
        return wrong_use(str(error))
    with build(read_settings(), purpose="search") as pauta:
        asker = terminal_asker(pauta.settings)
        query = query_of(question, turns, asker, pauta.clock(), limit=limit)
        found = pauta.retriever.find(replace(query, per_article=per_article))
    if as_json:
        shown = explanation_json(found) if explained else passages_json(found.passages)
        print(json_text(shown))  # noqa: T201
    elif explained:
        print_explanation(found)
    else:
        console.print_passages(found.passages)
    return DONE if found.passages else NOTHING_FOUND


def sample_add() -> int:
    from bot import sample  # noqa: PLC0415

    with (
        build(read_settings(), purpose="sample add") as pauta,
        progress(None, "Loading the sample") as advance,
    ):
        report = pauta.ingest.add(sample.articles(), advance)
    ingest_report.print_report(report)
    return exit_code(report)


def sample_remove() -> int:
    with build(read_settings(), purpose="sample remove") as pauta:
        count = remove_sample(pauta)
    _err.print(
        f"Removed {count} sample articles." if count else "There is no sample in this archive."
    )
    return DONE


def load_first_sample(pauta: Pauta) -> None:
    """The sample, where there is no coverage and it was not removed."""
    if pauta.store.article_count():
        return
    with progress(None, "First start: loading a sample of coverage") as advance:
        report = load_sample(pauta, advance)
    if report is not None and report.interrupted:
        raise KeyboardInterrupt
    if report is not None and report.new:
        _err.print(
            f"Loaded {report.new} sample articles (invented outlets) to try Pauta with; "
            "`pauta sample remove` takes them out."
        )


def json_text(value: object) -> str:
    """Readable where the terminal can show every character, escaped where it cannot."""
    can_show_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not can_show_all, indent=2)


def exit_code(report: IngestReport, *, strict: bool = False) -> int:
    """1 when nothing could be taken, or when `strict` and anything failed."""
    if report.interrupted:
        return INTERRUPTED
    taken = report.new + report.changed + report.unchanged
    return FAILED if report.failed and (strict or not taken) else DONE


def _checked_question(question: str) -> str:
    question = clean_text(question)
    if not question:
        raise WrongUse("The question is empty.")
    if len(question) > LONGEST_QUESTION:
        raise WrongUse(
            f"The question has {len(question):,} characters; {LONGEST_QUESTION:,} at most. "
            "To add a text to the coverage, use `pauta ingest`."
        )
    return question


def _read_history(file: Path | None) -> tuple[Turn, ...]:
    if file is None:
        return ()
    shape = 'a JSON array of {"role": "user" or "assistant", "text": "..."}'
    try:
        if file.stat().st_size > _HISTORY_BYTES:
            raise WrongUse(f"{file} is too large for a history; it must be {shape}.")
        turns = json.loads(file.read_text(encoding="utf-8"))
        return tuple(Turn(_role(turn["role"]), _text(turn["text"])) for turn in turns)
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WrongUse(f"{file} is not a history; it must be {shape}.") from error


def _role(value: object) -> str:
    if value not in {"user", "assistant"}:
        raise ValueError(value)
    return str(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return clean_text(value)


def wrong_use(message: str) -> int:
    """Say it, and return the exit code for it."""
    print(f"pauta: {message}", file=sys.stderr)  # noqa: T201
    return WRONG_USE
