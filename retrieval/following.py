"""The vector index follows the store, at once or as soon as it can be reached."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from retrieval.errors import VectorsUnavailable
from retrieval.models import Article
from retrieval.protocols import Embedder, VectorIndex
from retrieval.store import Store

log = structlog.get_logger(__name__)

REPAIR_BATCH = 500

WriteAnew = Callable[[Article], None]
"""Cuts, embeds and writes an article as if it had just come."""


class Following:
    """From one thread, and while no other process writes."""

    def __init__(self, store: Store, vectors: VectorIndex, embedder: Embedder) -> None:
        self._store = store
        self._vectors = vectors
        self._embedder = embedder
        self._is_lost = self._owes_thoroughness = False

    def keep_up(self) -> bool:
        """`catch_up`, where the index can be reached; what it has yet to do stays noted."""
        return self._reaching(self.catch_up)

    def keep_whole(self, write_anew: WriteAnew, *, thorough: bool = False) -> bool:
        """`reconcile` likewise; a thorough one that could not be made is made the next time."""
        self._owes_thoroughness |= thorough
        whole = self._reaching(lambda: self.reconcile(write_anew, thorough=self._owes_thoroughness))
        self._owes_thoroughness &= not whole
        return whole

    def catch_up(self) -> int:
        """Bring the vector index up to the store; returns how many chunks it was behind.

        Raises VectorsUnavailable.
        """
        settled = 0
        while True:
            pending = self._store.pending(self._embedder.model_id)
            size = len(pending.upserts) + len(pending.deletions)
            if not size:
                return settled
            self._vectors.upsert(pending.upserts)
            self._vectors.delete(pending.deletions)
            self._store.settle(pending)
            settled += size

    def reconcile(self, write_anew: WriteAnew, *, thorough: bool = False) -> int:
        """Make the vector index hold exactly the store's chunks; returns how many it lacked.

        Counts are compared first, so that this costs nothing when nothing is wrong; unless
        `thorough`, as after a crash. The vectors come from the store: no text is embedded
        again that ever was with this model. Raises VectorsUnavailable.
        """
        repaired = self.catch_up()
        if not thorough and self._vectors.count() == self._store.chunk_count():
            return repaired
        for article in self._store.articles_lacking_vectors(self._embedder.model_id):
            write_anew(article)
        wanted, present = set(self._store.chunk_ids()), set(self._vectors.ids())
        self._vectors.delete(present - wanted)
        missing = sorted(wanted - present)
        for at in range(0, len(missing), REPAIR_BATCH):
            batch = missing[at : at + REPAIR_BATCH]
            self._vectors.upsert(self._store.embedded(self._embedder.model_id, batch))
        return repaired + len(missing)

    def _reaching(self, bring_up: Callable[[], int]) -> bool:
        """Whether the vector index could be reached; what it has yet to do stays noted."""
        try:
            bring_up()
        except VectorsUnavailable as error:
            if not self._is_lost:
                log.warning("new articles are found by words only for now", cause=str(error))
            self._is_lost = True
            return False
        if self._is_lost:
            log.warning("the vector index is back, and has caught up")
        self._is_lost = False
        return True
