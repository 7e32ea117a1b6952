"""Changes that are made to the archive together."""

from __future__ import annotations

from retrieval.appearances import Reading, is_copy_of, read
from retrieval.models import Article, Outcome, Rejected
from retrieval.transactions import Change


class Batch:
    """Each change was decided by what the store held, so none may bear on another."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.taken: list[tuple[Outcome, Article]] = []
        self.repeated: list[tuple[Outcome, Article | Rejected]] = []
        """The same addresses once more; settled after those that are written."""
        self.size = 0
        """Chunks to be written, at least one for each change."""
        self.copies = 0
        """New articles that become appearances."""
        self.embedded = 0
        """Texts embedded before it was its turn to be written."""
        self._touched: set[str] = set()
        self._relied_on: set[str] = set()
        self._written: list[Reading] = []

    def bears_on(self, article: Article, change: Change) -> bool:
        """Whether what is in here could make the change another one."""
        if self._touched & (change.touched | change.relied_on) or self._relied_on & change.touched:
            return True
        reading = _reading(article, change)
        return any(is_copy_of(reading, other) for other in self._written)

    def add(self, outcome: Outcome, article: Article, change: Change) -> None:
        self.changes.append(change)
        self.taken.append((outcome, article))
        self.size += max(1, sum(len(item.chunks) for item in change.written))
        self.copies += outcome is Outcome.NEW and not change.written
        self._touched |= change.touched
        self._relied_on |= change.relied_on
        self._written += [_reading(item.article, change) for item in change.written]


def _reading(article: Article, change: Change) -> Reading:
    marks = next((item.signature for item in change.written if item.article.id == article.id), None)
    return Reading(article, marks) if marks else read(article)
