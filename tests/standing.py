"""Where texts stand in an archive, for the tests to look at."""

from __future__ import annotations

from retrieval.models import Passage
from tests.archive import Archive


def stands(archive: Archive) -> dict[str, set[str]]:
    """The outlets of each article by the article's own."""
    found = {outlet: {outlet} for (outlet,) in archive.rows("SELECT source FROM articles")}
    for article, other in archive.rows(
        "SELECT articles.source, appearances.source FROM appearances "
        "JOIN articles ON articles.id = appearances.article_id"
    ):
        found[article].add(other)
    return found


def groups(archive: Archive) -> dict[str, str | None]:
    return dict(archive.rows("SELECT source, copy_group FROM articles"))


def passages(archive: Archive) -> dict[str, Passage]:
    found = archive.store.passages(archive.store.chunk_ids()).values()
    return {passage.source: passage for passage in found}
