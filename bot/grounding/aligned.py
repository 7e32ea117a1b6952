"""Folded text in which every character still knows its place in the original.  (pure)"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

Span = tuple[int, int]
"""Start and exclusive end offsets in a text."""

LONGEST = 20_000
"""Characters read of any text; an answer has 4,096, a passage about 1,000."""

_HALVES = {"½": ".5", "¼": ".25", "¾": ".75"}


@dataclass(frozen=True, slots=True)
class Aligned:
    """`folded` is lower case without diacritics, every white space a plain space."""

    original: str
    folded: str
    places: tuple[int, ...]
    """Of each folded character, and one past the end."""

    def span(self, start: int, end: int) -> Span:
        """Of a part of `folded`, in the original."""
        return self.places[start], self.places[end]

    def is_capital(self, at: int) -> bool:
        """Whether the folded character at `at` was written as a capital."""
        return self.original[self.places[at]].isupper()


def align(text: str) -> Aligned:
    """Of the first 20,000 characters."""
    text = text[:LONGEST]
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in _fold_one(char, folded[-1] if folded else ""):
            folded.append(part)
            places.append(place)
    return Aligned(text, "".join(folded), (*places, len(text)))


def _fold_one(char: str, before: str) -> str:
    if char.isspace():
        return " "
    if char.isascii():
        return char.lower()
    if char in _HALVES:
        return _HALVES[char] if before.isdigit() else f"0{_HALVES[char]}"
    decomposed = unicodedata.normalize("NFKD", char).lower()
    return "".join(part for part in decomposed if not unicodedata.combining(part))
