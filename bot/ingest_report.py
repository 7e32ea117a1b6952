"""What an ingest came to, for a person: counts to standard output, the rest to stderr."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console

from retrieval.clean import clean_text
from retrieval.models import IngestReport, Rejected

if TYPE_CHECKING:  # it brings the extraction, which a question does not need
    from retrieval.backfill import BackfillReport, Plan

_EXAMPLES = 3
"""Failures that are named, of those with one reason."""
_MOST_REASONS = 20

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


def print_report(report: IngestReport) -> None:
    """Counts, and why each failure failed."""
    print_failures(report.failures)
    if report.interrupted:
        _err.print("Interrupted; what is counted here is safe. Run it again to continue.")
    _out.print(_counts(report))


def print_failures(failures: Iterable[Rejected]) -> None:
    """Those with one reason together, the most frequent reason first."""
    by_reason: dict[str, list[str]] = {}
    for failure in failures:
        # A file may be named in control characters.
        by_reason.setdefault(failure.reason, []).append(clean_text(failure.name))
    groups = sorted(by_reason.items(), key=lambda group: -len(group[1]))
    for reason, names in groups[:_MOST_REASONS]:
        if len(names) == 1:
            _err.print(f"Failed: {names[0]}: {reason}")
            continue
        _err.print(f"Failed, {len(names):,} times: {reason}")
        for name in names[:_EXAMPLES]:
            _err.print(f"    {name}")
        if len(names) > _EXAMPLES:
            _err.print(f"    ... and {len(names) - _EXAMPLES:,} more")
    more = sum(len(names) for _, names in groups[_MOST_REASONS:])
    if more:
        _err.print(f"... and {more:,} more failures, for other reasons.")


def print_notes(notes: Counter[str]) -> None:
    """Remarks on articles that were taken all the same."""
    for note, number in notes.most_common(_MOST_REASONS):
        _err.print(f"Note, {number:,} {'article' if number == 1 else 'articles'}: {note}")


def print_plan(plan: Plan) -> None:
    """What the sitemaps hold, before the pages are read."""
    walk = plan.walk
    print_failures(walk.failures)
    if walk.cut_short:
        _err.print(f"Not every sitemap was read: {walk.cut_short}. Narrow --since and --until.")
    if walk.of_other_sites:
        _err.print(f"{walk.of_other_sites:,} pages of other sites were passed over.")
    if walk.sitemaps:
        older = f", {walk.passed_over:,} of other times passed over" if walk.passed_over else ""
        _err.print(
            f"{walk.sitemaps:,} sitemaps read{older}: {walk.listed:,} pages listed, "
            f"{len(plan.pages):,} to read, {plan.unchanged:,} here already."
        )


def print_backfill(report: BackfillReport) -> None:
    """The closing report of a backfill."""
    print_notes(report.notes)
    print_failures(report.ingest.failures)
    if report.outside:
        _err.print(f"{report.outside:,} pages were published on other days and left out.")
    if report.undated:
        _err.print(
            f"{report.undated:,} pages name no date and were left out; --undated takes them."
        )
    if report.ingest.interrupted:
        _err.print(
            "Interrupted; what is counted here is safe. The same command goes on from here: "
            "pages that are stored are not read again."
        )
    _out.print(_counts(report.ingest))


def _counts(report: IngestReport) -> str:
    return (
        f"{report.new} new, {report.changed} changed, {report.unchanged} unchanged, "
        f"{report.failed} failed ({report.chunks_embedded} chunks embedded)."
    )
