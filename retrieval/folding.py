"""Text as words are compared in it.  (pure)"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+")

STEM_LETTERS = 5
"""Letters two words share to count as one: `committed` and `commits`, `fábrica` and
`fábricas`, `Brasil` and `brasileiro`. Across pt, en and es no one stemmer does that."""


def fold(value: str) -> str:
    """Lower case without diacritics: `Gigafábrica` -> `gigafabrica`."""
    # Decomposing brings capitals back (`™` becomes `TM`), so it goes first.
    decomposed = unicodedata.normalize("NFKD", value).lower()
    return decomposed if decomposed.isascii() else decomposed.translate(_WITHOUT_MARKS)


def folded_words(value: str) -> list[str]:
    """Every word of `value`, folded, in order, repetitions kept."""
    return _WORD.findall(fold(value))


def stem(folded: str) -> str:
    """The first letters of a folded word; all of one with a digit, since figures are exact."""
    if len(folded) <= STEM_LETTERS:
        return folded
    if not folded.isalpha() and any(char.isdigit() for char in folded):
        return folded
    return folded[:STEM_LETTERS]


class _Marks(dict[int, int | None]):
    """What each character becomes without its marks, looked up once each."""

    def __missing__(self, code: int) -> int | None:
        kept = None if unicodedata.combining(chr(code)) else code
        if code < _OFTEN:
            self[code] = kept
        return kept


_OFTEN = 0x3000
"""Characters below are remembered; one text cannot fill memory with all the others."""
_WITHOUT_MARKS = _Marks()
