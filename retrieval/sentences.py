"""Where sentences begin and end.  (pure)

sentencex finds the boundaries; here they are kept within bounds: its time grows with the
square of unbalanced quotation marks, so it only ever sees a window, and a quotation it
keeps whole is cut again at its own sentence ends when it is too long to be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

Span = tuple[int, int]
"""Start and exclusive end offsets in a text."""

LONGEST_SENTENCE = 400
"""Characters; longer ones are cut at an inner sentence end, then at a clause, then a space."""

_WINDOW = 5_000
_PARAGRAPH = re.compile(r"[^\n]+")
_INNER_ENDS = (
    re.compile(r"(?<=[.!?…])[\"”’»)]*\s+"),
    re.compile(r"(?<=[;:—–])\s+"),
    re.compile(r"(?<=,)\s+"),
    re.compile(r"\s+"),
)


def sentence_spans(text: str, language: str) -> list[Span]:
    """Spans of the sentences of `text`, in order, without surrounding white space.

    `language` is an ISO 639-1 code; an unknown one gets general rules.
    """
    spans: list[Span] = []
    for paragraph in _PARAGRAPH.finditer(text):
        for start, end in _windows(text, paragraph.start(), paragraph.end()):
            for boundary in sentencex.get_sentence_boundaries(language, text[start:end]):
                first = start + int(boundary["start_index"])
                last = start + int(boundary["end_index"])
                spans.extend(_bounded(text, first, last))
    return spans


def _windows(text: str, start: int, end: int) -> Iterator[Span]:
    """A paragraph in parts of at most `_WINDOW`, cut after a sentence or at least a word."""
    while end - start > _WINDOW:
        cut = start + _WINDOW
        for pattern in (_INNER_ENDS[0], _INNER_ENDS[-1]):
            cuts = [match.end() for match in pattern.finditer(text, start + 1, cut)]
            if cuts:
                cut = cuts[-1]
                break
        yield start, cut
        start = cut
    yield start, end


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    start, end = _trimmed(text, start, end)
    while end - start > LONGEST_SENTENCE:
        cut = _best_cut(text, start, end)
        first, last = _trimmed(text, start, cut)
        if last > first:
            yield first, last
        start, end = _trimmed(text, cut, end)
    if end > start:
        yield start, end


def _best_cut(text: str, start: int, end: int) -> int:
    limit = min(end, start + LONGEST_SENTENCE)
    for pattern in _INNER_ENDS:
        cuts = [match.end() for match in pattern.finditer(text, start + 1, limit)]
        if cuts and cuts[-1] - start >= LONGEST_SENTENCE // 4:
            return cuts[-1]
    return limit
