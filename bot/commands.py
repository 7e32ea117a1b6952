"""What each command of `pauta` does; returns its exit code.

0 done, or answered    1 failure    2 wrong use    3 nothing found
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from rich.console import Console

from bot import console, feed_commands
from bot.answers import Turn
from bot.app import Pauta, build, load_sample, remove_sample
from bot.assistant import LONGEST_QUESTION, asked_before
from bot.coverage import Coverage
from bot.logs import read_settings
from bot.settings import Settings
from bot.texts import DEFAULT_LANGUAGE
from bot.wire import answer_json, passages_json
from retrieval.clean import clean_text
from retrieval.feeds.rhythm import CheckOutcome
from retrieval.models import IngestReport, Query

DONE, FAILED, WRONG_USE, NOTHING_FOUND = 0, 1, 2, 3

_HISTORY_BYTES = 1_000_000

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


class WrongUse(Exception):
    """The person gave something that cannot be used; the message says what and why."""


def run() -> int:
    settings = read_settings()
    if settings.telegram_bot_token is None:
        return _chat(settings, say_how_to_go_live=True)
    from bot.live import serve  # noqa: PLC0415 - python-telegram-bot, only needed here

    with build(settings, purpose="run", lasting=True) as pauta:
        _first_sample(pauta)
        return serve(pauta)


def chat() -> int:
    return _chat(read_settings(), say_how_to_go_live=False)


def _chat(settings: Settings, *, say_how_to_go_live: bool) -> int:
    with build(settings, purpose="chat", lasting=True) as pauta:
        _first_sample(pauta)
        return console.chat(pauta, say_how_to_go_live=say_how_to_go_live)


def ask(question: str, *, as_json: bool, history: Path | None) -> int:
    try:
        question, turns = _checked_question(question), _read_history(history)
    except WrongUse as error:
        return _wrong(error)
    with build(read_settings(), purpose="ask") as pauta:
        answer = asyncio.run(pauta.assistant.answer(question, turns))
    if as_json:
        print(_json(answer_json(answer)))  # noqa: T201
    else:
        console.print_answer(answer)
    return DONE if answer.answered else NOTHING_FOUND


def search(question: str, *, limit: int, as_json: bool, history: Path | None) -> int:
    try:
        question, turns = _checked_question(question), _read_history(history)
    except WrongUse as error:
        return _wrong(error)
    with build(read_settings(), purpose="search") as pauta:
        passages = pauta.retriever.search(Query(question, limit, history=asked_before(turns)))
    if as_json:
        print(_json(passages_json(passages)))  # noqa: T201
    else:
        console.print_passages(passages)
    return DONE if passages else NOTHING_FOUND


def ingest(targets: list[str], jsonl: list[str], exports: list[str], *, due: bool) -> int:
    if due and (targets or jsonl or exports):
        return _wrong(WrongUse("--due checks the feeds; give files and addresses in another run."))
    if due:
        return _check_due_feeds()
    if not targets and not jsonl and not exports:
        return _wrong(
            WrongUse(
                "Nothing to ingest: give files, folders, addresses, --jsonl, --telegram, --due."
            )
        )
    from bot.intake import Intake  # noqa: PLC0415 - trafilatura, only needed here

    with build(read_settings(), purpose="ingest", lasting=True) as pauta:
        intake = Intake(targets, jsonl, pauta.fetcher, exports)
        with console.progress(intake.count(), "Reading") as advance:
            report = pauta.ingest.add(intake.items(), advance)
    console.print_report(report)
    return _code(report)


def _check_due_feeds() -> int:
    with build(read_settings(), purpose="ingest --due", lasting=True) as pauta:
        if not pauta.feeds.all():
            _err.print("There are no feeds yet. Add one with: pauta feeds add URL")
            return DONE
        coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds)
        reports, notices = coverage.update(pauta.clock(), feed_commands.print_report)
    for notice in notices:
        _out.print(notice.text(DEFAULT_LANGUAGE))
    failed = sum(report.outcome in {CheckOutcome.FAILED, CheckOutcome.GONE} for report in reports)
    new = sum(report.new for report in reports)
    changed = sum(report.changed for report in reports)
    _out.print(
        f"{len(reports)} feeds were due: {new} articles new, {changed} changed, "
        f"{failed} feeds failed."
    )
    return FAILED if reports and failed == len(reports) else DONE


def reindex() -> int:
    with build(read_settings(), purpose="reindex", lasting=True, reindexing=True) as pauta:
        total = pauta.store.article_count()
        with console.progress(total, "Indexing anew") as advance:
            count = pauta.ingest.reindex(advance)
        pauta.vectors.drop_others()
    _err.print(f"Indexed {count} chunks of {total} articles with {pauta.embedder.model_id}.")
    return DONE


def sample_add() -> int:
    from bot import sample  # noqa: PLC0415

    with (
        build(read_settings(), purpose="sample add") as pauta,
        console.progress(None, "Loading the sample") as advance,
    ):
        report = pauta.ingest.add(sample.articles(), advance)
    console.print_report(report)
    return _code(report)


def sample_remove() -> int:
    with build(read_settings(), purpose="sample remove") as pauta:
        count = remove_sample(pauta)
    _err.print(
        f"Removed {count} sample articles." if count else "There is no sample in this archive."
    )
    return DONE


def _first_sample(pauta: Pauta) -> None:
    if pauta.store.article_count():
        return
    with console.progress(None, "First start: loading a sample of coverage") as advance:
        report = load_sample(pauta, advance)
    if report is not None and report.interrupted:
        raise KeyboardInterrupt
    if report is not None and report.new:
        _err.print(
            f"Loaded {report.new} sample articles (invented outlets) to try Pauta with; "
            "`pauta sample remove` takes them out."
        )


def _json(value: object) -> str:
    """Readable where the terminal can show every character, escaped where it cannot."""
    can_show_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not can_show_all, indent=2)


def _code(report: IngestReport) -> int:
    if report.interrupted:
        return 130
    taken = report.new + report.changed + report.unchanged
    return FAILED if report.failed and not taken else DONE


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


def _wrong(error: WrongUse) -> int:
    print(f"pauta: {error}", file=sys.stderr)  # noqa: T201
    return WRONG_USE
