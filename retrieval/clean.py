"""Text as people meant it: what outside text is passed through before anything reads it.  (pure)"""

from __future__ import annotations

import re
import unicodedata

LONGEST_RUN = 100
"""Characters without white space an embedder is given; see `break_long_runs`."""

LONGEST_MARK_RUN = 8
"""Combining marks in a row. No script needs more, and normalising is quadratic in the run."""

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028]")

# Controls, soft hyphen, zero-width and direction characters, tags, surrogates, noncharacters.
# The joiners U+200C and U+200D are treated apart: Persian and Indian words need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\ufffc"
    "\ufffe\uffff\U000e0000-\U000e0fff]"
)
_JOINER_RUN = re.compile("([\u200c\u200d])[\u200c\u200d]+")
_STRAY_JOINER = re.compile(
    "(?<![\u0590-\u10ff\u1200-\u1cff\u2600-\u27bf\ufe0f\U0001f000-\U0001ffff])[\u200c\u200d]"
    r"|[\u200c\u200d](?=\s|\Z)"
)


def _mark_run(last: int) -> re.Pattern[str]:
    """Runs of combining marks up to code point `last` that are longer than any script needs."""
    codes = (code for code in range(0x300, last + 1) if unicodedata.combining(chr(code)))
    marks = "".join(re.escape(chr(code)) for code in codes)
    return re.compile(f"([{marks}]{{{LONGEST_MARK_RUN}}})[{marks}]+")


# A class with characters beyond the basic plane matches fifty times slower.
_BASIC_MARK_RUN = _mark_run(0xFFFF)
_MARK_RUN = _mark_run(0x1FFFF)
_BEYOND_BASIC = re.compile("[\U00010000-\U0010ffff]")

_SPACES = re.compile(r"[^\S\n]+")
_AROUND_LINE_END = re.compile(r" ?\n ?")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(raw: str) -> str:
    """Plain text in NFC without control, invisible or broken characters.

    Lines end in a newline, paragraphs are parted by at most one blank line, other white space
    is single spaces. Cleaning clean text changes nothing.
    """
    # What one rule takes out can bring together what another looks for; a second pass
    # almost always finds nothing.
    while (text := _cleaned_once(raw)) != raw:
        raw = text
    return text


def _cleaned_once(raw: str) -> str:
    text = _LINE_ENDS.sub("\n", raw).replace("\u2029", "\n\n")
    text = _JOINER_RUN.sub(r"\1", _INVISIBLE.sub("", text))
    text = _STRAY_JOINER.sub("", text)
    mark_run = _MARK_RUN if _BEYOND_BASIC.search(text) else _BASIC_MARK_RUN
    text = unicodedata.normalize("NFC", mark_run.sub(r"\1", text))
    text = _AROUND_LINE_END.sub("\n", _SPACES.sub(" ", text))
    return _BLANK_LINES.sub("\n\n", text).strip()


def one_line(raw: str) -> str:
    """`clean_text` on a single line: for titles and names."""
    return clean_text(raw).replace("\n\n", " ").replace("\n", " ")


def without_edge_marks(text: str) -> str:
    """Clean text without lines at its start and end that hold no letter or digit (`.`, `***`)."""
    lines = text.split("\n")
    full = [number for number, line in enumerate(lines) if any(map(str.isalnum, line))]
    return "\n".join(lines[full[0] : full[-1] + 1]) if full else ""


def break_long_runs(text: str, limit: int) -> str:
    """The text with a space put into every run of more than `limit` characters without one.

    An embedder takes time quadratic in such a run: 200,000 characters never come back.
    Raises ValueError when `limit` is below 1.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    return re.sub(rf"(\S{{{limit}}})(?=\S)", r"\1 ", text)


def cut_at_word(text: str, limit: int) -> str:
    """At most `limit` characters; when something is cut off it ends at a word, with `…`."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    head, space, _ = kept.rpartition(" ")
    if space and len(head) >= limit // 2:
        kept = head
    return kept.rstrip(" ,;:–—-([{«“\"'") + "…"
