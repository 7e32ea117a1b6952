"""What makes two tables one and the same, row by row, and what sums one up.  (pure)"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

Values = tuple[Any, ...]
"""Of a row, those of its key first; a key has no None."""


class Step(Enum):
    """What is to be done with a row of the source, or of the target."""

    SAME = auto()
    ADD = auto()
    CHANGE = auto()
    DROP = auto()


def steps(
    source: Iterable[Sequence[Any]], target: Iterable[Sequence[Any]], key: int
) -> Iterator[tuple[Step, Values]]:
    """What turns `target` into `source`, both in the order of their first `key` values.

    The row is the source's; for DROP the target's. Text is held as it can be stored on both
    sides: see `stored`.
    """
    mine, theirs = map(stored, source), map(stored, target)
    one, other = next(mine, None), next(theirs, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[:key] < other[:key]):
            assert one is not None  # noqa: S101 - narrows: one of both is there
            yield Step.ADD, one
            one = next(mine, None)
        elif one is None or other[:key] < one[:key]:
            yield Step.DROP, other
            other = next(theirs, None)
        else:
            yield (Step.SAME if one == other else Step.CHANGE), one
            one, other = next(mine, None), next(theirs, None)


def stored(row: Sequence[Any]) -> Values:
    """As PostgreSQL keeps it, whose texts take no NUL."""
    return tuple(
        value.replace("\x00", "\ufffd") if isinstance(value, str) else value for value in row
    )


@dataclass(slots=True)
class Sum:
    """Rows counted, and SHA-256 over each of them as a line of JSON, in their order."""

    rows: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, row: Sequence[Any]) -> None:
        self.rows += 1
        line = json.dumps(stored(row), ensure_ascii=False, default=_plain)
        self._hash.update(line.encode("utf-8", "surrogatepass") + b"\n")

    @property
    def sha256(self) -> str:
        """In hexadecimal digits."""
        return str(self._hash.hexdigest())


def _plain(value: object) -> str:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"no value of a table: {type(value).__name__}")
