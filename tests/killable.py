"""Ingests into a real archive, a little slowed down, to be killed at any moment.

python -m tests.killable FOLDER SECONDS_A_TEXT
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from retrieval import ingest
from tests.archive import Archive, an_archive
from tests.builders import a_long_text, articles
from tests.fakes import FakeEmbedder

READY = "ready"


def run(archive: Archive) -> None:
    """Take in a first state, then correct a part of it and remove another."""
    archive.ingest.reconcile()
    found = articles(60, paragraphs=4)
    archive.ingest.add(found)
    archive.ingest.add(
        replace(article, text=a_long_text(4, first=1000 + 4 * number))
        for number, article in enumerate(found[:12])
    )


def main(folder: Path, seconds_a_text: float) -> None:
    ingest.COMMIT_CHUNKS = 6
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    with an_archive(folder, FakeEmbedder(seconds_a_text=seconds_a_text)) as archive:
        run(archive)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
