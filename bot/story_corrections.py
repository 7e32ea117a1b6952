"""Which figures an article of a story takes back of an earlier one.  (pure)

Only what is said in so many words: a sentence that corrects, or a headline that does, gives the
figure the earlier article told and, of the same unit, exactly one other in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.corrected_figures import Versions
from bot.disagreement import corrects
from bot.figure_changes import FigureChange, collapsed, figure_changes
from bot.grounding.amount import Amount
from bot.grounding.figures import amounts
from bot.grounding.matching import alike, supports
from bot.grounding.units import Kind
from retrieval.article_history import ArticleHistory
from retrieval.revisions import sentence_changes
from retrieval.sentences import sentence_spans

READ = 1_500
"""Characters of an article; a correction stands at the top, as does what it corrects."""
MOST_SENTENCES = 8
"""Of a correction."""
MOST_CHANGES = 3
"""Of one pair of articles; of one article's versions, too."""
MOST_COMPARED = 20
"""Sentences that one article's versions do not share."""
LONGEST_FIGURE = 60
_NO_FIGURES = frozenset({Kind.ORDINAL, Kind.CLOCK, Kind.IDENTIFIER})


@dataclass(frozen=True, slots=True)
class Report:
    """What is read of an article."""

    article_id: str
    at: datetime
    title: str
    text: str
    language: str


def taken_back(earlier: Report, later: Report) -> tuple[FigureChange, ...]:
    """Figures of `earlier`, as it writes them, that `later` says were wrong, with the right
    ones; at most 3."""
    sentences = list(_correcting(later)) if earlier.at < later.at else []
    if not sentences:
        return ()
    known = _amounts(f"{earlier.title}.\n{earlier.text[:READ]}", earlier.language)
    found: dict[str, FigureChange] = {}
    for sentence in sentences:
        here = _amounts(sentence, later.language)
        repeated = {at: told for at, one in enumerate(here) if (told := _same_as(one, known))}
        for at, told in repeated.items():
            others = [other for other, one in enumerate(here) if other != at and _alike(told, one)]
            if len(others) == 1 and others[0] not in repeated:
                was, now = collapsed(told.text), collapsed(here[others[0]].text)
                found.setdefault(was, FigureChange(was, now))
    return tuple(_short(found.values()))


def corrections_within(
    reports: Sequence[Report],
) -> dict[tuple[str, str], tuple[FigureChange, ...]]:
    """By the id of the article that was corrected and of the one that corrects it."""
    found: dict[tuple[str, str], tuple[FigureChange, ...]] = {}
    for later in reports:
        for earlier in reports:
            if changes := taken_back(earlier, later):
                found[earlier.article_id, later.article_id] = changes
    return found


def own_corrections(history: ArticleHistory) -> tuple[FigureChange, ...]:
    """Figures that an article itself told otherwise in the earliest version kept; at most 3."""
    if not history.is_corrected:
        return ()
    first, last, language = history.versions[0], history.versions[-1], history.article.language
    found = [*(figure_changes(first.title, last.title, language) or ())]
    versions = Versions(history)
    for sentence in sentence_changes(first.text, last.text, language).removed[:MOST_COMPARED]:
        now = versions.became(sentence, 0, versions.last)
        found += (versions.corrections(sentence, now) or ()) if now else ()
    by_figure = {one.was: one for one in reversed(found) if one.now}
    return tuple(_short(reversed(by_figure.values())))


def _correcting(report: Report) -> Iterator[str]:
    """The sentences that may take something back, the headline first."""
    by_title = corrects(report.title)
    if by_title:
        yield report.title
    read = report.text[:READ]
    for start, end in sentence_spans(read, report.language)[:MOST_SENTENCES]:
        if by_title or corrects(read[start:end]):
            yield read[start:end]


def _amounts(text: str, language: str) -> list[Amount]:
    return [one for one in amounts(text, language) if one.kind not in _NO_FIGURES]


def _same_as(one: Amount, known: Sequence[Amount]) -> Amount | None:
    like = (other for other in known if _alike(one, other))
    return next((other for other in like if supports(one, other) or supports(other, one)), None)


def _alike(one: Amount, other: Amount) -> bool:
    return alike(one.readings[0].unit, other.readings[0].unit)


def _short(changes: Iterable[FigureChange]) -> list[FigureChange]:
    kept = [one for one in changes if max(len(one.was), len(one.now)) <= LONGEST_FIGURE]
    return kept[:MOST_CHANGES]
