"""Between rows of the corpus database and the nouns of `models`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row

from retrieval.appearances import Reading
from retrieval.copies import Signature, signature
from retrieval.dates import moment_of, seconds_of
from retrieval.identity import digest
from retrieval.models import Article

_IN_LIMIT = 500
"""Values in one `IN (...)`; SQLite's default limit is higher, other databases' are not."""


def content_hash(article: Article) -> str:
    """Differs when anything a reader sees of the article differs."""
    parts = [
        article.title,
        article.text,
        article.source,
        article.language,
        article.published_at.isoformat() if article.published_at else "",
        "sample" if article.sample else "",
    ]
    # Only where there are any: hashes of archives that knew neither still hold.
    if article.author:
        parts += ["author", article.author]
    if article.partial:
        parts += ["partial"]
    return digest(*parts, length=32)


def article_values(article: Article) -> dict[str, Any]:
    """The columns that `articles` and `appearances` have in common, but for id and times."""
    return {
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "source": article.source,
        "language": article.language,
        "published_at": seconds_of(article.published_at),
        "content_hash": content_hash(article),
        "sample": article.sample,
        "author": article.author,
        "modified_at": seconds_of(article.modified_at),
        "partial": article.partial,
        "notes": "\n".join(" ".join(note.split()) for note in article.notes),
    }


def article_of(row: Row[Any]) -> Article:
    """Of a whole row of `articles` or `appearances`."""
    return Article(
        url=row.url,
        title=row.title,
        text=row.text,
        source=row.source,
        language=row.language,
        published_at=moment_of(row.published_at),
        sample=row.sample,
        author=row.author,
        modified_at=moment_of(row.modified_at),
        partial=row.partial,
        notes=tuple(row.notes.split("\n")) if row.notes else (),
    )


def reading_of(row: Row[Any]) -> Reading:
    """Of a whole row of `articles`."""
    marks = signature(row.text) if row.signature is None else Signature.from_bytes(row.signature)
    return Reading(article_of(row), marks, row.copy_group, row.added_at)


def appearance_of(row: Row[Any]) -> Reading:
    """Of a whole row of `appearances`."""
    return Reading(article_of(row), signature(row.text), None, row.added_at)


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Values in portions that fit into one `IN (...)`."""
    for at in range(0, len(values), _IN_LIMIT):
        yield values[at : at + _IN_LIMIT]
