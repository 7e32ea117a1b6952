"""The key a backup is encrypted with: age's own (https://age-encryption.org/v1), X25519.

Whoever has the public half can make backups and read none; restoring takes the secret half.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519  # type: ignore[import-untyped]

from retrieval.errors import RetrievalError

_LARGEST = 65_536
_SECRET, _PUBLIC = "AGE-SECRET-KEY-1", "age1"


class BackupError(RetrievalError):
    """A backup cannot be made or restored; nothing has changed."""


@dataclass(frozen=True, slots=True)
class Key:
    recipient: x25519.Recipient
    identity: x25519.Identity | None = None
    """None where the file holds the public half alone."""

    def __repr__(self) -> str:
        return f"Key({self.recipient})"


def read_key(file: Path) -> Key:
    """Of a file as `age-keygen` and `make_key` write it, or with one `age1...` line alone.

    Raises BackupError when there is none in it.
    """
    try:
        with file.open("rb") as source:
            text = source.read(_LARGEST + 1).decode("ascii", errors="replace")
    except OSError as error:
        raise BackupError(
            f"{file} cannot be read: {error.strerror}. Make a key with: pauta backup-key {file}"
        ) from None
    for line in text[:_LARGEST].splitlines():
        try:
            if line.startswith(_SECRET):
                identity = x25519.Identity.from_str(line.strip())
                return Key(identity.to_public(), identity)
            if line.startswith(_PUBLIC):
                return Key(x25519.Recipient.from_str(line.strip()))
        except (IdentityError, RecipientError):
            break
    raise BackupError(f"{file} holds no key of age. Make one with: pauta backup-key {file}.new")


def make_key(file: Path) -> Key:
    """A new one, written for its owner alone. Raises BackupError where there is a file already."""
    identity = x25519.Identity.generate()
    public = identity.to_public()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupError(f"{file} exists already; a key is never overwritten.") from None
    with open(handle, "w", encoding="ascii") as out:  # noqa: PTH123
        out.write(f"# public key: {public}\n{identity}\n")
        out.flush()
        os.fsync(handle)
    return Key(public, identity)
