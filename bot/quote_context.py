"""What is quoted around the sentences chosen.  (pure)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.quotable_titles import TITLE
from retrieval.highlight import LONGEST_QUOTE, Highlight, begins_by_referring_back, statements
from retrieval.models import Passage
from retrieval.sentences import Span

MOST_SENTENCES = 4
"""Of one quote, before those that meet are joined."""

BACKWARDS = 1.0
"""By how much, in scores, a sentence before must be the better answer than the one after."""

Worth = Mapping[tuple[str, Span], float]
_NOTHING = -9.0


def in_their_context(chosen: Sequence[Highlight], worth: Worth) -> list[tuple[Passage, Span]]:
    """What is quoted of which passage, in the order of `chosen`; sentences that meet become
    one quote. `worth` tells the score of sentences, by chunk and span."""
    quoted: list[tuple[Passage, Span]] = []
    for sentence in chosen:
        if sentence.span == TITLE:
            quoted.append((sentence.passage, TITLE))
            continue
        passage, (start, end) = sentence.passage, widened(sentence, worth)
        for at, (other, (first, last)) in enumerate(quoted):
            meets = start <= last + 1 and first <= end + 1 and (first, last) != TITLE
            if other.chunk_id == passage.chunk_id and meets:
                quoted[at] = (passage, (min(first, start), max(last, end)))
                break
        else:
            quoted.append((passage, (start, end)))
    return quoted


def widened(sentence: Highlight, worth: Worth) -> Span:
    """The sentence's span with its likeliest neighbours, at most 360 characters.

    A sentence that begins by referring back ("He said ...") is quoted with the one before it.
    """
    passage = sentence.passage
    spans = statements(passage)
    if sentence.span not in spans:
        return sentence.span
    first = last = spans.index(sentence.span)
    if first and begins_by_referring_back(sentence.text):
        first -= _fits_in(spans, first - 1, last)
    while last - first + 1 < MOST_SENTENCES:
        before, after = _fits_in(spans, first - 1, last), _fits_in(spans, first, last + 1)
        if not (before or after):
            break
        if after and not (before and _before_is_better(passage, spans, first, last, worth)):
            last += 1
        else:
            first -= 1
    return spans[first][0], spans[last][1]


def _fits_in(spans: Sequence[Span], first: int, last: int) -> bool:
    return first >= 0 and last < len(spans) and spans[last][1] - spans[first][0] <= LONGEST_QUOTE


def _before_is_better(
    passage: Passage, spans: Sequence[Span], first: int, last: int, worth: Worth
) -> bool:
    before = worth.get((passage.chunk_id, spans[first - 1]), _NOTHING)
    after = worth.get((passage.chunk_id, spans[last + 1]), _NOTHING)
    return before - BACKWARDS > after
