"""Whether two articles are one text: the same wire story in several outlets.  (pure)

MinHash over runs of five folded words (A. Broder, "On the resemblance and containment of
documents", 1997): of each of 128 hash functions the least value over all runs; the share of
functions in which two texts agree estimates the Jaccard similarity of their runs. The
functions are multiply-shift, h(x) = (a*x + b mod 2^64) >> 32 (M. Dietzfelbinger, "Universal
hashing and k-wise independent random variables via integer arithmetic without primes",
1996), with a and b from SHA-256, so that signatures made anywhere, ever, compare.

Copies are looked up by bands: texts that agree in all values of one band are candidates
(J. Leskovec, A. Rajaraman, J. Ullman, "Mining of Massive Datasets", ch. 3).

The thresholds were measured on 1,255 news articles of three outlets and rewrites of 200 of
them. Two articles of different outlets had a similarity of at most 0.04; two of one outlet (a
series, a running story) up to 0.7, which is why an outlet's own near-copies are told apart.
Taken for copies were all texts with another headline, byline or agency line, 99% of those
with every figure changed, 98% of those without their last half, 96% of those with all of this
and a third cut, 28% of those with every twelfth word replaced.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from retrieval.folding import folded_words

PERMUTATIONS = 128
SHINGLE = 5
ROWS = 3
BANDS = PERMUTATIONS // ROWS

SAME_TEXT = 0.45
"""Jaccard similarity from which two texts are one."""
SAME_CORE = 0.65
"""Share of the shorter text's runs that stand in the longer one, from which it is a cut of it."""
LEAST_SIMILARITY = 0.25
"""A cut of less than about a third of a text is not looked for: the bands would miss it."""
LEAST_WORDS = 60
"""Shorter texts are copies only word for word: a caption, a weather line, a list of results."""

_MOST_CHARACTERS = 200_000
_BLOCK = 4_096
_LAYOUT = struct.Struct(f">BII16s{4 * PERMUTATIONS}s")
_VERSION = 1

_Hashes = npt.NDArray[np.uint32]


def _constants(name: str) -> npt.NDArray[np.uint64]:
    digests = [hashlib.sha256(f"pauta {name} {at}".encode()) for at in range(PERMUTATIONS)]
    return np.array([[int.from_bytes(d.digest()[:8], "big")] for d in digests], dtype=np.uint64)


_ONE, _HALF = np.uint64(1), np.uint64(32)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio, odd (D. Knuth, TAOCP vol. 3, 6.4)."""
_A = _constants("a") | _ONE
_B = _constants("b")


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text to find its copies; 537 bytes as stored."""

    words: int
    runs: int
    """Different runs of five words."""
    exact: bytes
    """Digest of all words in order; 16 bytes."""
    values: bytes
    """The 128 least values, unsigned 32 bits each, big-endian."""

    def to_bytes(self) -> bytes:
        return _LAYOUT.pack(_VERSION, self.words, self.runs, self.exact, self.values)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Signature:
        """Raises ValueError for what `to_bytes` of this version did not make."""
        if len(stored) != _LAYOUT.size or stored[0] != _VERSION:
            raise ValueError("these bytes are not a signature of this version")
        _, words, runs, exact, values = _LAYOUT.unpack(stored)
        return cls(words, runs, exact, values)


class Likeness(StrEnum):
    IDENTICAL = "identical"
    """Word for word, whatever the case, accents and punctuation."""
    COPY = "copy"
    """One text in two outlets, perhaps with another headline, cut, or with figures corrected."""
    VERSION = "version"
    """Nearly one text at two addresses of one outlet: an update, or the next of a series (the
    weather, the lottery). Not to be merged: the figures that differ are the news."""
    DIFFERENT = "different"


def signature(text: str) -> Signature:
    """Of the first 200,000 characters of clean text. The title is better left out of it."""
    words = [word.encode("utf-8", "surrogatepass") for word in _words(text)]
    runs = _runs(words)
    exact = hashlib.blake2b(b" ".join(words), digest_size=16).digest()
    return Signature(len(words), len(runs), exact, _least(runs).astype(">u4").tobytes())


def _words(text: str) -> list[str]:
    return folded_words(text[:_MOST_CHARACTERS])


def _runs(words: list[bytes]) -> npt.NDArray[np.uint64]:
    """A 32-bit hash of each different run, sorted; a text of less than five words is one run.

    A run is a polynomial in its words' checksums, modulo 2^64, of which the upper half is
    the better mixed one.
    """
    checksums = np.array([zlib.crc32(word) for word in words], dtype=np.uint64)
    length = min(SHINGLE, len(words))
    runs = np.zeros(len(words) - length + 1 if words else 0, dtype=np.uint64)
    for at in range(length):
        runs = (runs + checksums[at : at + len(runs)] + _ONE) * _SPREAD
    runs ^= runs >> _HALF
    return np.unique((runs * _SPREAD) >> _HALF)


def _least(hashes: npt.NDArray[np.uint64]) -> _Hashes:
    """The least value of each hash function; its greatest possible for no hashes at all."""
    least = np.full(PERMUTATIONS, 0xFFFFFFFF, dtype=np.uint32)
    for start in range(0, len(hashes), _BLOCK):
        mixed = (_A * hashes[start : start + _BLOCK] + _B) >> _HALF
        least = np.minimum(least, mixed.min(axis=1).astype(np.uint32))
    return least


def bands(of: Signature) -> tuple[int, ...]:
    """42 keys, signed 64-bit; texts that share any are candidates. None for an empty text.

    With similarity s, two texts share one with probability 1 - (1 - s^3)^42: 0.99 at 0.5,
    0.94 at 0.4, 0.04 at 0.1.
    """
    if not of.words:
        return ()
    width = 4 * ROWS
    return tuple(
        int.from_bytes(
            hashlib.blake2b(
                bytes([at]) + of.values[at * width : (at + 1) * width], digest_size=8
            ).digest(),
            "big",
            signed=True,
        )
        for at in range(BANDS)
    )


def similarity(a: Signature, b: Signature) -> float:
    """Estimated Jaccard similarity of the runs, 0 to 1; standard error at most 0.045."""
    if not (a.words and b.words):
        return 0.0
    agree = np.frombuffer(a.values, dtype=">u4") == np.frombuffer(b.values, dtype=">u4")
    return float(np.count_nonzero(agree)) / PERMUTATIONS


def containment(a: Signature, b: Signature) -> float:
    """Estimated share of the shorter text's runs that stand in the longer one, 0 to 1.

    With J = |A n B| / |A u B|, |A n B| = J (|A| + |B|) / (1 + J).
    """
    jaccard = similarity(a, b)
    shorter = min(a.runs, b.runs)
    shared = jaccard * (a.runs + b.runs) / (1 + jaccard)
    return min(1.0, shared / shorter) if shorter else 0.0


def compare(a: Signature, b: Signature, *, same_outlet: bool = False) -> Likeness:
    """What two texts are to each other. Symmetric."""
    if a.words and a.exact == b.exact:
        return Likeness.IDENTICAL
    if min(a.words, b.words) < LEAST_WORDS:
        return Likeness.DIFFERENT
    alike = similarity(a, b)
    cut = alike >= LEAST_SIMILARITY and containment(a, b) >= SAME_CORE
    if alike < SAME_TEXT and not cut:
        return Likeness.DIFFERENT
    return Likeness.VERSION if same_outlet else Likeness.COPY


def is_copy(a: Signature, b: Signature, *, same_outlet: bool = False) -> bool:
    """Whether one text stands for both. Of one outlet, only an identical one does."""
    return compare(a, b, same_outlet=same_outlet) in (Likeness.IDENTICAL, Likeness.COPY)
