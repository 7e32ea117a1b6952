"""Every error the library raises on purpose.

    RetrievalError
    ├── ModelError              an embedding model cannot be loaded or used
    ├── IndexModelMismatch      the index was made with another embedding model
    ├── ArchiveInUse            another process holds the data folder
    ├── ArchiveCorrupt          the data on disk cannot be read
    ├── DatabaseUnreachable     the database server does not answer, or refuses
    └── Unavailable             another server does not answer, or refuses
        ├── VectorsUnavailable      Chroma's
        └── EmbedderUnavailable     the one that embeds; a ModelError too

Each message is written for the person who runs Pauta and says what to do next.
An input that cannot be ingested is not an error but a value: `models.Rejected`.
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of all; its message can be shown to a person as it is."""


class ModelError(RetrievalError):
    pass


class IndexModelMismatch(RetrievalError):
    pass


class ArchiveInUse(RetrievalError):
    pass


class ArchiveCorrupt(RetrievalError):
    pass


class DatabaseUnreachable(RetrievalError):
    pass


class Unavailable(RetrievalError):
    """`passing` says whether to try again may help: nothing answers, or it is too busy. What is
    refused, as with a wrong key, is refused the next time too."""

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing


class VectorsUnavailable(Unavailable):
    pass


class EmbedderUnavailable(Unavailable, ModelError):
    pass


_PASSING = frozenset({408, 409, 425, 429})


def is_passing(status: int) -> bool:
    """Whether a server that answers with this HTTP status may do what is asked the next time."""
    return status >= 500 or status in _PASSING
