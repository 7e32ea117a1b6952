"""Every error the library raises on purpose.

    RetrievalError
    ├── ModelError              an embedding model cannot be loaded or used
    ├── IndexModelMismatch      the index was made with another embedding model
    ├── ArchiveInUse            another process holds the data folder
    └── ArchiveCorrupt          the data on disk cannot be read

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
