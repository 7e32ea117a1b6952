"""One round over the feeds of a web on loopback, to be killed at any moment.

python -m tests.killable_round FOLDER SECONDS_A_TEXT HOST...
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from retrieval import ingest, vectors
from tests.archive import NOW, Contents, an_archive, assert_consistent
from tests.fakes import FakeEmbedder
from tests.local_web import Desk, Outlet, Story, stories

READY = "ready"


_WORDS = """
river council bridge harvest minister railway orchard verdict turbine festival archive vaccine
harbour election tunnel drought museum satellite budget strike school hospital glacier airport
opened closed measured painted promised delayed rebuilt counted refused signed tested crossed
slowly today again beyond under against without before quietly nearly narrow wooden northern
second empty bright costly public the a of and in for with from
"""


def unlike_others(name: str) -> str:
    """Three paragraphs that share no run of words with those of another name: copies of one
    text would be placed by who came first, which a crash may change."""
    dice, words = random.Random(name), _WORDS.split()
    return "\n\n".join(
        " ".join(" ".join(dice.choices(words, k=14)).capitalize() + "." for _ in range(4))
        for _ in range(3)
    )


def unlike_stories(count: int, prefix: str) -> list[Story]:
    return [replace(one, text=unlike_others(one.name)) for one in stories(count, prefix)]


def prepared(folder: Path, found: Sequence[Outlet]) -> Path:
    """An archive that has read the outlets once; then they publish, correct and move things."""
    with an_archive(folder) as archive:
        desk = Desk(archive)
        desk.follow(*found)
        desk.now = NOW - timedelta(days=1)
        for feed in desk.feeds.all():
            desk.feeds.save(replace(feed, next_check_at=desk.now))
        desk.round()
    for outlet in found:
        corrected = replace(
            outlet.stories[0], text=unlike_others(f"{outlet.name} corrected"), updated=NOW
        )
        later = unlike_stories(9, prefix=f"later-{outlet.name[-1]}-")
        outlet.publish(corrected, *later)
        outlet.web.redirect(f"/{later[1].name}", outlet.url(later[0].name))
    return folder


def started(folder: Path, hosts: Sequence[str], seconds_a_text: float) -> subprocess.Popen[str]:
    """A round in a process of its own, about to begin."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.killable_round", str(folder), str(seconds_a_text), *hosts],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline().strip() == READY
    return child


def killed(folder: Path, hosts: Sequence[str], seconds_a_text: float, after: float) -> bool:
    """Kill -9 a round `after` seconds; whether it was still under way."""
    child = started(folder, hosts, seconds_a_text)
    time.sleep(after)
    alive = child.poll() is None
    child.kill()
    child.communicate(timeout=10)
    return alive


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


def say_ready() -> None:
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()


def main(
    folder: Path,
    seconds_a_text: float,
    hosts: Sequence[str],
    ready: Callable[[], None] = say_ready,
) -> None:
    ingest.COMMIT_CHUNKS = 3
    write_often()
    ready()
    one_round(folder, hosts, NOW, seconds_a_text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
