"""The archive an evaluation searches: of an articles file, made once and kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.app import Pauta, build
from bot.ingest_report import print_report
from bot.progress import progress
from bot.settings import Settings
from retrieval.chunk import chunk_article
from retrieval.errors import RetrievalError

FOLDER = "eval"
"""Under PAUTA_HOME. Each folder in it can be deleted at any time: it is made again."""

_BULK = (".jsonl", ".json", ".gz")


def folder_for(articles: Path, settings: Settings) -> Path:
    """Where the archive of an articles file is kept: named after what is in the file and the
    embedding model, so that a second run embeds nothing. A document's address is its path,
    which then counts too.

    Raises OSError when the file cannot be read.
    """
    with articles.open("rb") as stream:
        hasher = hashlib.file_digest(stream, "sha256")
    hasher.update(settings.embedding_model.encode())
    if not _is_bulk(articles):
        hasher.update(os.fsencode(articles.resolve()))
    return settings.home / FOLDER / hasher.hexdigest()[:16]


def _is_bulk(articles: Path) -> bool:
    return articles.suffix in _BULK


@contextmanager
def archive_of(articles: Path, settings: Settings) -> Iterator[Pauta]:
    """Open the archive that holds the articles of a file, JSON Lines or a document, and no
    others; made or completed first.

    Interrupted, it keeps what it has embedded and raises KeyboardInterrupt; the next run
    continues. Raises RetrievalError when the file holds no article, OSError when it cannot
    be read.
    """
    from bot.intake import Intake  # noqa: PLC0415 - trafilatura, only needed here

    folder = folder_for(articles, settings)
    settings = settings.model_copy(update={"home": folder})
    with build(settings, purpose="eval", lasting=True) as pauta:
        file, bulk = [str(articles)], _is_bulk(articles)
        intake = Intake([] if bulk else file, file if bulk else [], pauta.fetcher)
        with progress(intake.count(), "Reading the articles") as advance:
            report = pauta.ingest.add(intake.items(), advance)
        if report.new or report.changed or report.failed or report.interrupted:
            print_report(report)
        if report.interrupted:
            raise KeyboardInterrupt
        _chunk_as_now(pauta)
        if not pauta.store.article_count():
            raise RetrievalError(f"{articles} holds no article that can be read.")
        yield pauta


def _chunk_as_now(pauta: Pauta) -> None:
    """A kept archive may be of an earlier Pauta that cut articles otherwise."""
    wanted = {
        chunk.id for article in pauta.store.all_articles() for chunk in chunk_article(article)
    }
    if wanted == set(pauta.store.chunk_ids()):
        return
    with progress(pauta.store.article_count(), "Indexing anew") as advance:
        pauta.ingest.reindex(advance)
