"""One round over the feeds of a web on loopback, to be killed at any moment.

python -m tests.killable_round FOLDER SECONDS_A_TEXT HOST...
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from retrieval import ingest, vectors
from tests.archive import NOW, Contents, an_archive, assert_consistent
from tests.fakes import FakeEmbedder
from tests.local_web import Desk

READY = "ready"


def one_round(folder: Path, hosts: Sequence[str], now: datetime, seconds_a_text: float) -> None:
    """As `pauta ingest --due` does it after a crash."""
    with an_archive(folder, FakeEmbedder(seconds_a_text=seconds_a_text)) as archive:
        archive.ingest.reconcile(thorough=True)
        with ExitStack() as stack:
            Desk(archive, hosts, now).rounds(stack).run(now)


def everything(folder: Path) -> tuple[Contents, list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The archive, what is remembered of the entries, and of the feeds."""
    with an_archive(folder) as archive:
        found = assert_consistent(archive)
        feeds = archive.rows(
            "SELECT id, url, title, etag, last_modified, first_look_done, failures, gone, "
            "last_error FROM feeds"
        )
        return found, Desk(archive).remembered(), feeds


def write_often() -> None:
    """Chroma rewrites its files at every few vectors instead of every thousand."""
    original = vectors.ChromaIndex._open

    def opened(self: vectors.ChromaIndex, client: Any) -> Any:
        return client.get_or_create_collection(
            self._name,
            metadata=dict(self._metadata),
            configuration={"hnsw": {"space": "cosine", "sync_threshold": 5, "batch_size": 4}},
            embedding_function=None,
        )

    assert original is not opened
    vectors.ChromaIndex._open = opened  # type: ignore[method-assign]


def main(folder: Path, seconds_a_text: float, hosts: Sequence[str]) -> None:
    ingest.COMMIT_CHUNKS = 3
    write_often()
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    one_round(folder, hosts, NOW, seconds_a_text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
