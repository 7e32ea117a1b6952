"""The file of a backup: a gzipped tar, inside age's encryption when there is a key.

    manifest.json, corpus.db, people.db, ...     `tar xzf` opens it, also without Pauta

Read as if it came from an enemy: no name but the known ones, no member but plain files, in the
manifest's order and of its sizes, and never more bytes than these.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import pyrage  # type: ignore[import-untyped]
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from bot.backup_keys import BackupError, Key

FORMAT = 1
CORPUS, PEOPLE, BACKFILL, SECRET = "corpus.db", "people.db", "backfill.db", "webhook-secret"
DATABASES = (CORPUS, PEOPLE, BACKFILL)
ON_SERVER = (CORPUS, PEOPLE)
"""Those that are schemas of a PostgreSQL database where there is one."""
Name = Literal["corpus.db", "people.db", "backfill.db", "webhook-secret"]

_MANIFEST = "manifest.json"
_LARGEST_MANIFEST = 1_000_000
_ENCRYPTED = b"age-encryption.org/v1"
_BLOCK = 512
_CHUNK = 1 << 20
_GZIP = 31
"""zlib's `wbits` for a gzip header and 32 kB of window."""
_LEVEL = 3
"""Half of the archive is vectors, which no level makes smaller."""
_MOST_TIMES_SMALLER = 100
_NEVER_A_BOMB = 64 << 20
"""Bytes; what unpacks to no more than this needs no such look."""

OnBytes = Callable[[int], None]
"""Called with the number of bytes that were dealt with since the last call."""


class Member(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    size: int = Field(ge=0, lt=1 << 50)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What a backup holds, and what it was made of."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int
    pauta: str = Field(max_length=60)
    made_at: AwareDatetime
    schemas: dict[Name, Annotated[str, Field(pattern=r"^\d{4}$")]]
    """The revision of each database."""
    members: tuple[Member, ...] = Field(min_length=1, max_length=8)
    counts: dict[str, dict[str, int]]
    """Rows by table of each database."""

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(one.size for one in self.members)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.members)


def digest(file: Path, on_bytes: OnBytes) -> Member:
    """`file`, whose name is a known one, as a member."""
    sha, size = hashlib.sha256(), 0
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            sha.update(chunk)
            size += len(chunk)
            on_bytes(len(chunk))
    return Member.model_validate({"name": file.name, "size": size, "sha256": sha.hexdigest()})


def write(
    manifest: Manifest, folder: Path, out: BinaryIO, key: Key | None, on_bytes: OnBytes
) -> None:
    """The members, which are in `folder`, to `out`. Raises OSError."""
    packed = _Pull(_packed(manifest, folder, on_bytes))
    if key is None:
        while chunk := packed.read(_CHUNK):
            out.write(chunk)
        return
    try:
        pyrage.encrypt_io(packed, out, [key.recipient])
    except (pyrage.EncryptError, OSError):
        # It tells of a Ctrl-C, too, as of a failure of its own.
        if packed.failure is not None:
            raise packed.failure from None
        raise


def is_encrypted(file: Path) -> bool:
    with file.open("rb") as source:
        return source.read(len(_ENCRYPTED)) == _ENCRYPTED


def decrypt(file: Path, key: Key, out: BinaryIO) -> None:
    """Raises BackupError for the wrong key and for a file that is cut or was changed."""
    if key.identity is None:
        raise BackupError(
            "This key file holds the public half alone, which cannot decrypt: give the file with "
            "the secret half."
        )
    with file.open("rb") as source:
        try:
            pyrage.decrypt_io(source, out, [key.identity])
        except pyrage.DecryptError as error:
            raise BackupError(f"{file} cannot be decrypted with this key ({error}).") from None
        except OSError as error:
            if error.errno is not None:
                raise
            raise BackupError(f"{file} is damaged or incomplete ({error}).") from None


class Unpacked:
    """Reads a backup that is not encrypted, or no longer. Raises BackupError for all it will
    not take."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        """`size` is the number of bytes of `source`."""
        self._plain = gzip.GzipFile(fileobj=source)
        self.manifest = self._read_manifest()
        if self.manifest.size > max(_NEVER_A_BOMB, size * _MOST_TIMES_SMALLER):
            raise BackupError(
                f"It claims to hold {self.manifest.size:,} bytes in {size:,}: no backup does."
            )

    def into(self, folder: Path, on_bytes: OnBytes) -> None:
        """Write all members, each checked against its sum."""
        for member in self.manifest.members:
            self._header(member.name, member.size)
            sha, left = hashlib.sha256(), member.size
            with (folder / member.name).open("xb") as out:
                (folder / member.name).chmod(0o600)
                while left:
                    chunk = self._exactly(min(left, _CHUNK))
                    sha.update(chunk)
                    out.write(chunk)
                    left -= len(chunk)
                    on_bytes(len(chunk))
            if sha.hexdigest() != member.sha256:
                raise BackupError(f"{member.name} is not what was backed up: its sum differs.")
            self._exactly(-member.size % _BLOCK)
        # What gzip itself has summed up, and the end that a cut file lacks.
        self._exactly(2 * _BLOCK)
        if self._read(1):
            raise BackupError("It holds more than its manifest tells.")

    def _read_manifest(self) -> Manifest:
        size = self._header(_MANIFEST)
        if size > _LARGEST_MANIFEST:
            raise BackupError("Its manifest is too large to be one.")
        text = self._exactly(size)
        self._exactly(-size % _BLOCK)
        try:
            manifest = Manifest.model_validate_json(text)
        except ValidationError:
            raise BackupError("It has no manifest that can be read.") from None
        if manifest.format > FORMAT:
            raise BackupError(f"It was made by a newer Pauta ({manifest.pauta}): upgrade first.")
        names = [one.name for one in manifest.members]
        if len(set(names)) < len(names) or CORPUS not in names:
            raise BackupError("Its manifest is not that of a backup.")
        return manifest

    def _header(self, name: str, size: int | None = None) -> int:
        """The size of the next member, which must be that file."""
        try:
            found = tarfile.TarInfo.frombuf(self._exactly(_BLOCK), "utf-8", "strict")
        except (tarfile.HeaderError, UnicodeError):
            raise BackupError("It is not a backup of Pauta.") from None
        as_told = size is None or found.size == size
        if found.name != name or found.type != tarfile.REGTYPE or found.size < 0 or not as_told:
            raise BackupError(f"It is not a backup of Pauta: {name} is not where it belongs.")
        return found.size

    def _exactly(self, size: int) -> bytes:
        found = self._read(size)
        if len(found) < size:
            raise BackupError("It ends too early: the file is incomplete.")
        return found

    def _read(self, size: int) -> bytes:
        try:
            return self._plain.read(size)
        except (gzip.BadGzipFile, zlib.error):
            raise BackupError("It is not a backup of Pauta, or it is damaged.") from None
        except EOFError:
            raise BackupError("It ends too early: the file is incomplete.") from None


def _packed(manifest: Manifest, folder: Path, on_bytes: OnBytes) -> Iterator[bytes]:
    gzipped = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    at = int(manifest.made_at.timestamp())
    for piece in _tarred(manifest, folder, at, on_bytes):
        if packed := gzipped.compress(piece):
            yield packed
    yield gzipped.flush()


def _tarred(manifest: Manifest, folder: Path, at: int, on_bytes: OnBytes) -> Iterator[bytes]:
    text = manifest.model_dump_json(indent=1).encode()
    yield _tar_header(_MANIFEST, len(text), at) + text + bytes(-len(text) % _BLOCK)
    for member in manifest.members:
        yield _tar_header(member.name, member.size, at)
        with (folder / member.name).open("rb") as source:
            while chunk := source.read(_CHUNK):
                yield chunk
                on_bytes(len(chunk))
        yield bytes(-member.size % _BLOCK)
    yield bytes(2 * _BLOCK)


def _tar_header(name: str, size: int, at: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, at, 0o600
    return info.tobuf(tarfile.GNU_FORMAT)


class _Pull(io.RawIOBase):
    """A stream of what an iterator yields; keeps what that failed with."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._left = pieces, b""
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left:
                self._left = next(self._pieces)
        except StopIteration:
            return b""
        except BaseException as error:
            self.failure = error
            raise
        size = len(self._left) if size < 0 else size
        found, self._left = self._left[:size], self._left[size:]
        return found
