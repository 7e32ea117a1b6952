"""What is asked of the whole archive at every search, counted once a minute."""

from __future__ import annotations

import time

from retrieval.store import Store

_KEPT_SECONDS = 60.0
"""For which the archive's size and its outlets are not counted again."""


class ArchiveFacts:
    """Safe to call from several threads: at worst both count."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._chunks: tuple[float, int] | None = None
        self._sources: tuple[float, frozenset[str]] | None = None

    def chunks(self) -> int:
        now = time.monotonic()
        if self._chunks is None or now - self._chunks[0] > _KEPT_SECONDS:
            self._chunks = now, self._store.chunk_count()
        return self._chunks[1]

    def sources(self) -> frozenset[str]:
        now = time.monotonic()
        if self._sources is None or now - self._sources[0] > _KEPT_SECONDS:
            self._sources = now, frozenset(self._store.sources())
        return self._sources[1]
