"""What a person asked to ingest, as one stream of articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from retrieval.documents import count_targets, load_paths
from retrieval.feeds.fetch import Fetcher
from retrieval.jsonl import STANDARD_INPUT, count_lines, read_jsonl
from retrieval.models import Article, Rejected
from retrieval.telegram_export import read_export


class Intake:
    """Files, folders, pages and JSON Lines, read one after the other as they are needed."""

    def __init__(
        self,
        targets: Sequence[str],
        jsonl: Sequence[str],
        fetcher: Fetcher,
        exports: Sequence[str] = (),
    ) -> None:
        """`exports` are channels as Telegram Desktop exports them (`result.json`)."""
        self._targets = targets
        self._exports = exports
        self._jsonl = jsonl
        self._fetcher = fetcher
        self.notes: Counter[str] = Counter()
        """Remarks on what was read so far, each with the number of articles it holds for."""

    def count(self) -> int | None:
        """How many inputs there are, None when that cannot be told beforehand."""
        counts = [count_lines(file) for file in self._jsonl if file != STANDARD_INPUT]
        if STANDARD_INPUT in self._jsonl or None in counts or self._exports:
            return None
        return count_targets(self._targets) + sum(count or 0 for count in counts)

    def items(self) -> Iterator[Article | Rejected]:
        for item in self._items():
            if isinstance(item, Article):
                self.notes.update(item.notes)
            yield item

    def _items(self) -> Iterator[Article | Rejected]:
        yield from load_paths(self._targets, self._fetcher)
        for export in self._exports:
            yield from read_export(export)
        for file in self._jsonl:
            found = False
            for item in read_jsonl(file):
                found = True
                yield item
            if not found:
                yield Rejected(file, "the file holds no articles")
