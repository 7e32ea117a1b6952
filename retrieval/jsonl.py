"""Articles in bulk: JSON Lines, one article a line, gzip or not.

{"url", "title", "text", "published_at", "source", "language"?}
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from retrieval.addresses import outlet_of, url_problem
from retrieval.clean import clean_text, one_line, without_edge_marks
from retrieval.dates import parse_published
from retrieval.feeds.extract import MAX_TEXT
from retrieval.language import declared_code, detect
from retrieval.models import Article, Rejected
from retrieval.titles import tidy_title, title_from_text

STANDARD_INPUT = "-"
MAX_LINE = 2_000_000
"""Bytes."""
UNREADABLE_DATE = (
    'the field "published_at" is not an ISO 8601 date of a possible time '
    "(2026-11-24, 2026-11-24T09:30:00Z) and was left out"
)
_LONGEST_SKIP = 200_000_000
"""Bytes without a line end after which a file is not JSON Lines but something endless."""
_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b"
_LONGEST_SOURCE = 200
_BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)


class _LineError(Exception):
    """What is wrong with one line, as a clause."""


def read_jsonl(path: str | Path, *, sample: bool = False) -> Iterator[Article | Rejected]:
    """One article or rejection for each line that is not blank; `-` is standard input.

    Streams: never more than a line of 2 MB is held. Nothing the file holds raises.
    `sample` marks the articles as Pauta's own sample.
    """
    name = "standard input" if str(path) == STANDARD_INPUT else _shown(path)
    number = 0
    try:
        with _opened(path) as stream:
            for number, line in enumerate(_lines(stream), start=1):
                if line is None:
                    reason = f"the line is longer than {MAX_LINE / 1_000_000:g} MB"
                    yield Rejected(f"{name}:{number}", reason)
                elif line.strip():
                    yield _article(line, f"{name}:{number}", sample)
    except _BROKEN:
        reason = "the compressed file is damaged or cut off here; the lines before were read"
        yield Rejected(f"{name}:{number + 1}", reason)
    except _LineError as error:
        yield Rejected(f"{name}:{number + 1}", str(error))
    except FileNotFoundError:
        yield Rejected(name, "there is no such file")
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or "not a valid path"
        yield Rejected(name, f"the file cannot be read ({detail})")


def count_lines(path: str | Path) -> int | None:
    """Lines in the file, for a progress bar; None where counting would use them up or fails."""
    try:
        if str(path) == STANDARD_INPUT or not stat.S_ISREG(Path(path).stat().st_mode):
            return None
        count, last = 0, b"\n"
        with _opened(path) as stream:
            while block := stream.read(_BLOCK):
                count += block.count(b"\n")
                last = block[-1:]
    except (*_BROKEN, OSError, ValueError):
        return None
    return count + (last != b"\n")


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[BinaryIO]:
    """The bytes of the file, expanded when they begin as gzip does."""
    with contextlib.ExitStack() as stack:
        if str(path) == STANDARD_INPUT:
            raw = cast(io.BufferedReader, sys.stdin.buffer)
        else:
            raw = stack.enter_context(Path(path).open("rb"))
        if raw.peek(2)[:2] == _GZIP:
            yield cast(BinaryIO, stack.enter_context(gzip.GzipFile(fileobj=raw)))
        else:
            yield raw


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """The lines; None in place of one that is too long. Raises _LineError for an endless one."""
    while line := stream.readline(MAX_LINE + 1):
        if len(line) <= MAX_LINE or line.endswith(b"\n"):
            yield line
            continue
        skipped = len(line)
        while not line.endswith(b"\n") and (line := stream.readline(_BLOCK)):
            skipped += len(line)
            if skipped > _LONGEST_SKIP:
                raise _LineError("there is no line end in 200 MB: this is not a JSON Lines file")
        yield None


def _article(line: bytes, name: str, sample: bool) -> Article | Rejected:
    try:
        return _parsed(line, sample)
    except _LineError as error:
        return Rejected(name, str(error))


def _parsed(line: bytes, sample: bool) -> Article:
    try:
        record = json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise _LineError("the line is not valid JSON") from error
    if not isinstance(record, dict):
        raise _LineError("the line is not a JSON object")
    url = _string(record, "url").strip()
    problem = url_problem(url) if url else 'the field "url" is missing or empty'
    if problem:
        raise _LineError(problem)
    text = without_edge_marks(clean_text(_string(record, "text")))
    if not text:
        raise _LineError('the field "text" is missing or empty')
    if len(text) > MAX_TEXT:
        raise _LineError(f"the text is longer than {MAX_TEXT:,} characters")
    published_at, notes = _published(record.get("published_at"))
    return Article(
        url=url,
        title=tidy_title(_string(record, "title")) or title_from_text(text),
        text=text,
        source=one_line(_string(record, "source")[:_LONGEST_SOURCE]) or outlet_of(url),
        language=declared_code(_string(record, "language")) or detect(text),
        published_at=published_at,
        sample=sample,
        notes=notes,
    )


def _published(value: object) -> tuple[datetime | None, tuple[str, ...]]:
    """The moment, or a note that something stood there and could not be read as one."""
    if value is None or value == "":
        return None, ()
    moment = parse_published(value) if isinstance(value, str) else None
    return moment, () if moment else (UNREADABLE_DATE,)


def _string(record: dict[str, object], field: str) -> str:
    value = record.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _LineError(f'the field "{field}" is not a string')
    return value


def _shown(path: str | Path) -> str:
    return os.fsencode(path).decode("utf-8", "replace")
