"""Titles, also for texts that come without one.  (pure)"""

from __future__ import annotations

import re

from retrieval.clean import cut_at_word, one_line

LONGEST_TITLE = 300
_LONGEST_LINE_AS_TITLE = 120
_LONGEST_CUT = 100
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s")
_CLOSING = (".", ",", ";", ":", "…", "!", "”", '"')


def tidy_title(title: str) -> str:
    """One clean line of at most 300 characters; empty when there is nothing to read in it."""
    line = one_line(title[: LONGEST_TITLE * 10])
    return cut_at_word(line, LONGEST_TITLE) if _has_words(line) else ""


def title_from_text(text: str) -> str:
    """The first line if it looks like a title, else the first sentence, cut at 100 characters.

    `text` is clean; lines without a letter or digit (`.`, `***`) are passed over. Empty only
    when no line has any.
    """
    line = next((line for line in text.split("\n") if _has_words(line)), "")
    if looks_like_title(line):
        return line
    sentence = _SENTENCE_END.split(line[: _LONGEST_CUT * 10], maxsplit=1)[0].strip()
    return cut_at_word(sentence if _has_words(sentence) else line, _LONGEST_CUT)


def looks_like_title(line: str) -> bool:
    """Short, and not punctuated like a sentence."""
    return _has_words(line) and len(line) <= _LONGEST_LINE_AS_TITLE and not line.endswith(_CLOSING)


def without_leading_title(text: str, title: str) -> str:
    """The text without a first line that only repeats the title, if more follows."""
    head, _, rest = text.partition("\n")
    return rest.lstrip("\n") if head.strip() == title and rest.strip() else text


def _has_words(line: str) -> bool:
    return any(map(str.isalnum, line))
