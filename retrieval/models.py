"""The nouns of the pipeline, in the order data meets them.

    Document -> Article -> Chunk -> EmbeddedChunk -> Hit -> Passage

All are frozen; every datetime is timezone-aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from retrieval.identity import article_id

Vector = npt.NDArray[np.float32]
"""One embedding: shape (dimension,), L2-normalised."""

Matrix = npt.NDArray[np.float32]
"""Several embeddings: shape (n, dimension), each row L2-normalised."""


@dataclass(frozen=True, slots=True)
class Document:
    """Raw bytes and where they came from, before anything is believed about them."""

    url: str
    """Address the bytes were read from: `https://...` or `file:///...`."""
    content: bytes
    content_type: str
    """`text/plain`, `text/markdown` or `text/html`, without parameters."""
    charset: str | None = None
    """Declared by the server, if it did; the bytes may disagree."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An input that was not taken, with the reason in words a person can act on."""

    name: str
    """The path, address or `file:line` the person gave."""
    reason: str


@dataclass(frozen=True, slots=True)
class Article:
    """One piece of coverage as clean text."""

    url: str
    title: str
    text: str
    source: str
    """The outlet: a name (`Folha`) or, where none is known, the host or file name."""
    language: str
    """ISO 639-1, lower case; `und` when it could not be told."""
    published_at: datetime | None
    sample: bool = False
    """Ships with Pauta to try it out; removed by `pauta sample remove`."""
    author: str = ""
    """As the page names them, `A, B`; empty where it names none."""
    modified_at: datetime | None = None
    """When the publisher says it last changed the text."""
    partial: bool = False
    """Only the beginning: the rest is for the publisher's subscribers."""
    notes: tuple[str, ...] = ()
    """What was doubtful about it and how it was read all the same, in words."""

    @property
    def id(self) -> str:
        """Derived from the address, so that a corrected article keeps its identity."""
        return article_id(self.url)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article, about 1,000 characters."""

    id: str
    article_id: str
    ordinal: int
    """Position in the article, from 0."""
    start: int
    """Offset of the chunk's first character in `Article.text`; `end` is exclusive."""
    end: int
    text: str
    """Exactly `Article.text[start:end]`."""
    embedding_text: str
    """What the embedder reads: title and date, then the text."""


@dataclass(frozen=True, slots=True)
class EmbeddedChunk:
    """A chunk with its vector and the metadata the vector index filters on."""

    id: str
    vector: Vector
    article_id: str
    url: str
    source: str
    language: str
    published_at: datetime | None
    ordinal: int


PER_ARTICLE = 3


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. Filters are conjunctive; an empty tuple does not filter."""

    text: str
    limit: int = 10
    history: tuple[str, ...] = ()
    """Earlier questions of the conversation, oldest first: what a follow-up refers to."""
    last_answer: str = ""
    """What was last answered: a follow-up may mean a name or figure of it."""
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""
    sources: tuple[str, ...] = ()
    """Outlets; an article counts as of each that carries its text."""
    hidden_sources: tuple[str, ...] = ()
    """Outlets that are not to be heard: articles of theirs are not found, wherever else their
    text stands."""
    preferred_sources: tuple[str, ...] = ()
    preferred_feeds: tuple[str, ...] = ()
    """Outlets, and feeds by id: no filter, but their articles go before others that are about
    as good."""
    languages: tuple[str, ...] = ()
    now: datetime | None = None
    """When it is asked. Given, the words of `text` about time and outlets are understood;
    without it they are words like any others, as where a model fills in the filters."""
    timezone: tzinfo = UTC
    """In which "yesterday" is counted."""
    per_article: int = PER_ARTICLE
    """Passages of one article, at most."""
    joined: bool = True
    """Neighbouring chunks that were both found come as one passage."""
    also_articles: tuple[str, ...] = ()
    """Ids of articles that pass the filter of `sources` because they appeared there too.
    `Retriever` fills it in."""

    def __post_init__(self) -> None:
        if self.limit < 0 or self.per_article < 1:
            raise ValueError("a query is for 0 passages or more, and for 1 or more of an article")


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk one index found. Scores of different indexes do not compare; ranks do."""

    chunk_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Appearance:
    """Another address under which a text stands."""

    source: str
    url: str
    title: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article said before it was replaced."""

    article_id: str
    replaced_at: datetime
    title: str
    text: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk found for a query, with the article it stands in."""

    chunk_id: str
    text: str
    score: float
    """Relevance (see `fuse`), higher is better; comparable for one embedding model."""
    article_id: str
    ordinal: int
    url: str
    title: str
    source: str
    language: str
    published_at: datetime | None
    sample: bool = False
    similarity: float = 0.0
    """Cosine between query and chunk, in [-1, 1]."""
    coverage: float = 0.0
    """Share of the query's words the chunk or its title holds, rare ones counting more."""
    author: str = ""
    partial: bool = False
    corrected_at: datetime | None = None
    """When the archive last took a new title or text of the article; None if it never did."""
    copy_group: str | None = None
    """The same for articles that are copies of each other with other figures or more text."""
    also_in: tuple[Appearance, ...] = ()
    """Where else the text stands: its article's appearances, the earliest first, at most 20; then
    the articles whose passage `fuse.collapse_copies` left out in favour of this one."""


class Outcome(StrEnum):
    """What became of one input of an ingest."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IngestReport:
    """Counts of an ingest, and why each failure failed."""

    new: int = 0
    copies: int = 0
    """Of the new ones, those whose text the archive had from another address."""
    changed: int = 0
    unchanged: int = 0
    chunks_embedded: int = 0
    failures: tuple[Rejected, ...] = field(default=())
    interrupted: bool = False
    """Stopped by the person before the end; everything counted is safely stored."""

    @property
    def failed(self) -> int:
        return len(self.failures)
