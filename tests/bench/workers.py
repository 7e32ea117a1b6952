"""Several `pauta ingest --due` on one PostgreSQL and one Chroma server, one of them killed.

python -m tests.bench.workers
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.app import utc_now
from retrieval.chroma_server import ChromaAddress, look_at_server
from retrieval.embed import BundledEmbedder
from retrieval.feed_lease import LEASE
from retrieval.feed_store import FeedStore
from retrieval.store import Store, open_corpus
from tests.chroma_server import a_chroma_server
from tests.local_web import Outlet, hosts, outlets, stories
from tests.postgres import fresh_database

FEEDS, ARTICLES = 12, 8
"""Articles of each feed."""
KILLED_AFTER = 6.0
PATIENCE = 300.0
Worker = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Newsroom:
    folder: Path
    database: str
    chroma: str
    web: list[Outlet]

    def worker(self, number: int) -> Worker:
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "ingest", "--due"],
            env={
                **os.environ,
                "PAUTA_HOME": str(self.folder / f"home{number}"),
                "PAUTA_DATABASE_URL": self.database,
                "PAUTA_CHROMA_URL": self.chroma,
                "PAUTA_ALLOW_PRIVATE_HOSTS": ",".join(hosts(*self.web)),
                "OMP_NUM_THREADS": "1",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def counts(self) -> tuple[int, int, int]:
        """Articles, chunks without a vector on the server, feeds that are still due."""
        engine = open_corpus(self.database)
        store, feeds = Store(engine), FeedStore(engine)
        try:
            model = BundledEmbedder.model_id
            missing = store.chunk_count() - look_at_server(ChromaAddress(self.chroma), model)
            due = feeds.due(utc_now() + 2 * LEASE)
            return store.article_count(), missing, len(due)
        finally:
            store.close()


@contextmanager
def a_newsroom(web: list[Outlet]) -> Iterator[Newsroom]:
    with (
        tempfile.TemporaryDirectory() as folder,
        fresh_database() as database,
        a_chroma_server(Path(folder) / "chroma") as chroma,
    ):
        engine = open_corpus(database)
        feeds, moment = FeedStore(engine), utc_now() - timedelta(minutes=1)
        for outlet in web:
            feeds.add(outlet.url("feed.xml"), "", None, moment)
        engine.dispose()
        yield Newsroom(Path(folder), database, chroma.url, web)


def timed(newsroom: Newsroom, workers: int) -> float:
    started = time.monotonic()
    running = [newsroom.worker(number) for number in range(workers)]
    for one in running:
        assert one.wait(PATIENCE) == 0
    return time.monotonic() - started


def killed(newsroom: Newsroom) -> float:
    """Seconds from the kill until all is taken, by the worker that is left and the next ones."""
    first, second = newsroom.worker(0), newsroom.worker(1)
    time.sleep(KILLED_AFTER)
    first.send_signal(signal.SIGKILL)
    first.wait()
    at, number = time.monotonic(), 2
    assert second.wait(PATIENCE) == 0
    while newsroom.counts()[2]:
        assert newsroom.worker(number).wait(PATIENCE) == 0
        number += 1
    return time.monotonic() - at


def main() -> None:
    with outlets(FEEDS) as web:
        for number, outlet in enumerate(web):
            outlet.publish(*stories(ARTICLES, f"outlet{number}story"))
        for workers in (1, 2):
            with a_newsroom(web) as newsroom:
                seconds = timed(newsroom, workers)
                print(f"{workers} worker(s): {seconds:.1f} s, {newsroom.counts()}")
        with a_newsroom(web) as newsroom:
            seconds = killed(newsroom)
            print(f"one of two killed: taken over in {seconds:.1f} s, {newsroom.counts()}")


if __name__ == "__main__":
    main()
