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
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def folded_words(value: str) -> list[str]:
    """Every word of `value`, folded, in order, repetitions kept."""
    return _WORD.findall(fold(value))


def stem(folded: str) -> str:
    """The first letters of a folded word; all of one with a digit, since figures are exact."""
    if len(folded) <= STEM_LETTERS or any(char.isdigit() for char in folded):
        return folded
    return folded[:STEM_LETTERS]
