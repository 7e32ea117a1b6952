"""Lines of a page that are not its article: pleas, notices, links, captions.  (pure)

without_boilerplate(text) -> text
is_boilerplate(line) -> bool

A line goes only when the whole of it is such a thing, in Portuguese, English or Spanish;
what a sentence is about never matters. A credit to a news agency stays: it tells who
reported (see `agencies`).
"""

from __future__ import annotations

import re

from retrieval.agencies import agency_of
from retrieval.clean import clean_text
from retrieval.feeds.boilerplate_news import begins_with_a_figure, reports
from retrieval.feeds.boilerplate_patterns import (
    CAPTIONS,
    CREDITED,
    LABELLED,
    LINES,
    LONG_LINES,
    LONGEST_LINE,
    LONGEST_LONG_LINE,
    RELATED_HEADERS,
    SHARE_VERBS,
    SHARE_WORDS,
)
from retrieval.folding import fold
from retrieval.titles import looks_like_title

LONGEST_CAPTION = 400
_LONGEST_SHARE_BAR = 120
_MOST_RELATED = 25
"""Lines of a list of links at the end; a longer one may be the article."""

_EDGE_MARKS = " \t-–—•·*►▶»›→←↓|>#_[]¿¡"
_LABEL = re.compile(r"\A[^:|–—-]{0,60}[:|–—-]\W*")
_WORD = re.compile(r"[\w'’-]+")
_ITEM = re.compile(r"[-–—•·*►▶»›→]\s*\S")


def without_boilerplate(text: str) -> str:
    """The text without such lines, nor the list items right below a header of related links,
    nor a last list of nothing but titles below one.

    A text without boilerplate comes back as `clean_text` gives it.
    """
    lines = text.split("\n")
    verdicts: dict[str, bool] = {}
    kept: list[str] = []
    below_header = False
    for raw in lines[: _end_of_article(lines)]:
        line = raw.strip()
        if line and line not in verdicts:
            verdicts[line] = is_boilerplate(line)
        if not line:
            kept.append(raw)
        elif _is_related_header(line):
            below_header = True
        elif not (below_header and _ITEM.match(line) and looks_like_title(line)):
            below_header = False
            if not verdicts[line]:
                kept.append(raw)
    return clean_text("\n".join(kept))


def is_boilerplate(line: str) -> bool:
    """Whether a line, whole and by itself, is no part of any article."""
    line = line.strip()
    if len(line) > LONGEST_CAPTION:
        return False
    if CAPTIONS.fullmatch(line):
        return True
    if len(line) > LONGEST_LONG_LINE:
        return False
    plain = _plain(line)
    if not plain:
        return False
    return not agency_of(line) and _is_no_article(line, plain)


def _is_no_article(line: str, plain: str) -> bool:
    if CREDITED.fullmatch(plain):
        return True
    if begins_with_a_figure(plain):
        return False
    is_short = len(plain) <= LONGEST_LINE
    if is_short and (_is_share_bar(plain) or _is_labelled_title(line, plain)):
        return True
    asks = LONG_LINES.fullmatch(plain) or (is_short and LINES.fullmatch(plain))
    return bool(asks) and not reports(plain)


def _is_labelled_title(line: str, plain: str) -> bool:
    title = _LABEL.sub("", line)
    return not title[:1].islower() and LABELLED.fullmatch(plain) is not None


def _plain(line: str) -> str:
    return " ".join(fold(line).replace("’", "'").split()).strip(_EDGE_MARKS)


def _is_share_bar(plain: str) -> bool:
    """`Facebook Twitter WhatsApp`, `Compartilhar no Facebook`: names of networks, no sentence."""
    if len(plain) > _LONGEST_SHARE_BAR:
        return False
    words = _WORD.findall(plain)
    networks = [word for word in words if word in SHARE_WORDS]
    verbs = [word for word in words if word in SHARE_VERBS]
    if len(words) > 15 or len(networks) + len(verbs) < len(words):
        return False
    return len(networks) >= 3 or bool(verbs and (networks or len(verbs) == len(words) == 1))


def _is_related_header(line: str) -> bool:
    return len(line) <= 60 and RELATED_HEADERS.fullmatch(_plain(line)) is not None


def _end_of_article(lines: list[str]) -> int:
    """Where a last list begins that has a header (`Leia também`) and only titles in it."""
    full = [number for number, line in enumerate(lines) if line.strip()]
    for number in reversed(full[-_MOST_RELATED:]):
        line = lines[number].strip()
        if _is_related_header(line):
            return number
        if not (looks_like_title(line) or is_boilerplate(line)):
            break
    return len(lines)
