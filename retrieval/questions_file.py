"""Questions with known answers: JSON Lines, one question a line.

{"question", "id"?, "language"?, "answers"?: [...], "all_answers"?, "relevant_urls"?: [...],
 "answerable"?, "asked_on"?: "2024-05-31", "kind"?, "history"?: [{"role", "text"}, ...]}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from retrieval.clean import clean_text, one_line
from retrieval.evaluate import normalised
from retrieval.language import declared_code, detect
from retrieval.models import Rejected

MOST_QUESTIONS = 100_000
MOST_REJECTED = 20
"""Lines reported before reading stops: the file is then something else."""
MAX_LINE = 1_000_000
"""Bytes."""
LONGEST_QUESTION = 4_096
LONGEST_TURN = 20_000
LONGEST_ANSWER = 2_000
"""Characters."""
MOST_ITEMS = 1_000
"""Answers, addresses or turns of one question."""
_ROLES = ("user", "assistant")
_LONGEST_NAME = 200
_LONGEST_URL = 4_000


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """A question, and what is known of its answer."""

    id: str
    text: str
    language: str
    """ISO 639-1."""
    answers: tuple[str, ...] = ()
    """Wordings; any one counts, unless `all_answers`. Empty when the file does not say."""
    all_answers: bool = False
    relevant_urls: frozenset[str] = frozenset()
    answerable: bool = True
    asked_on: date | None = None
    history: tuple[tuple[str, str], ...] = ()
    """`(role, text)` of the turns before it, oldest first; a role is `user` or `assistant`."""
    label: str = ""
    """The field `kind`, for the report to tell kinds apart."""


class _LineError(Exception):
    """What is wrong with one line, as a clause."""


def read_questions(path: Path) -> Iterator[KnownQuestion | Rejected]:
    """One question or rejection for each line that is not blank; `id` defaults to its number.

    Never more than a line of 1 MB is held. Nothing the file holds raises.
    """
    rejected = count = number = 0
    ids: dict[str, int] = {}
    try:
        with path.open("rb") as stream:
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if not line.strip():
                    continue
                try:
                    question = _parsed(line, number)
                    _check_is_new(question, number, ids)
                except _LineError as error:
                    rejected += 1
                    yield Rejected(f"{path}:{number}", str(error))
                    if rejected == MOST_REJECTED or len(line) > MAX_LINE:
                        return
                else:
                    count += 1
                    yield question
                if count == MOST_QUESTIONS and stream.read(1):
                    yield Rejected(str(path), f"there are more than {MOST_QUESTIONS:,} questions")
                    return
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or "not a valid path"
        yield Rejected(str(path), f"the file cannot be read ({detail})")
        return
    if not count and not rejected:
        yield Rejected(str(path), "the file holds no questions")


def _check_is_new(question: KnownQuestion, number: int, ids: dict[str, int]) -> None:
    earlier = ids.setdefault(question.id, number)
    if earlier != number:
        raise _LineError(f'the "id" {question.id!r} stands in line {earlier} already')


def _parsed(line: bytes, number: int) -> KnownQuestion:
    if len(line) > MAX_LINE:
        raise _LineError(f"the line is longer than {MAX_LINE / 1_000_000:g} MB")
    try:
        record = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise _LineError("the line is not valid JSON") from error
    if not isinstance(record, dict):
        raise _LineError("the line is not a JSON object")
    text = clean_text(_string(record, "question", LONGEST_QUESTION))
    if not text:
        raise _LineError('the field "question" is missing or empty')
    return KnownQuestion(
        id=one_line(_string(record, "id", _LONGEST_NAME)) or str(number),
        text=text,
        language=declared_code(_string(record, "language", _LONGEST_NAME)) or detect(text),
        answers=_answers(record),
        all_answers=_flag(record, "all_answers", default=False),
        relevant_urls=frozenset(_strings(record, "relevant_urls", _LONGEST_URL)),
        answerable=_flag(record, "answerable", default=True),
        asked_on=_date(record),
        history=_history(record),
        label=one_line(_string(record, "kind", _LONGEST_NAME)),
    )


def _answers(record: dict[str, object]) -> tuple[str, ...]:
    answers = _strings(record, "answers", LONGEST_ANSWER)
    if not all(normalised(answer).strip() for answer in answers):
        raise _LineError("an answer has no letter and no digit, so it cannot be looked for")
    return answers


def _history(record: dict[str, object]) -> tuple[tuple[str, str], ...]:
    turns = []
    for turn in _list(record, "history"):
        if not isinstance(turn, dict) or turn.get("role") not in _ROLES:
            raise _LineError(
                'the field "history" is not a list of {"role": "user" or "assistant", "text"}'
            )
        turns.append((str(turn["role"]), clean_text(_string(turn, "text", LONGEST_TURN))))
    return tuple(turns)


def _date(record: dict[str, object]) -> date | None:
    written = _string(record, "asked_on", _LONGEST_NAME)
    try:
        return date.fromisoformat(written[:10]) if written else None
    except ValueError as error:
        raise _LineError('the field "asked_on" is not a date such as 2024-05-31') from error


def _flag(record: dict[str, object], field: str, *, default: bool) -> bool:
    value = record.get(field)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise _LineError(f'the field "{field}" is not true or false')
    return value


def _strings(record: dict[str, object], field: str, longest: int) -> tuple[str, ...]:
    items = _list(record, field)
    if not all(isinstance(item, str) for item in items):
        raise _LineError(f'the field "{field}" is not a list of strings')
    if any(len(str(item)) > longest for item in items):
        raise _LineError(f'the field "{field}" holds more than {longest:,} characters at once')
    return tuple(str(item) for item in items)


def _list(record: dict[str, object], field: str) -> list[object]:
    value = record.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _LineError(f'the field "{field}" is not a list')
    if len(value) > MOST_ITEMS:
        raise _LineError(f'the field "{field}" has more than {MOST_ITEMS:,} items')
    return value


def _string(record: dict[str, object], field: str, longest: int) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _LineError(f'the field "{field}" is not a string')
    if len(value) > longest:
        raise _LineError(f'the field "{field}" has more than {longest:,} characters')
    return value
