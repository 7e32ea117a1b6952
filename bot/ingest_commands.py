"""What `pauta ingest` does, by kind of input; each returns the exit code."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from rich.console import Console

from bot import feed_commands, ingest_report
from bot.app import Pauta, build, utc_now
from bot.commands import DONE, FAILED, INTERRUPTED, WrongUse, exit_code, wrong_use
from bot.coverage import Coverage
from bot.logs import read_settings
from bot.progress import counting, listing, progress
from bot.texts import DEFAULT_LANGUAGE
from retrieval.addresses import is_web, url_problem
from retrieval.feeds.rhythm import CheckOutcome
from retrieval.feeds.window import Window

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_EARLIEST = date(1990, 1, 1)


def ingest(targets: list[str], jsonl: list[str], exports: list[str], *, strict: bool) -> int:
    if not targets and not jsonl and not exports:
        return wrong_use(
            "Nothing to ingest: give files, folders, addresses, --jsonl, --telegram, --sitemap "
            "or --due."
        )
    from bot.intake import Intake  # noqa: PLC0415 - trafilatura, only needed here

    with build(read_settings(), purpose="ingest", lasting=True) as pauta:
        intake = Intake(targets, jsonl, pauta.fetcher, exports)
        with progress(intake.count(), "Reading") as advance:
            report = pauta.ingest.add(intake.items(), advance)
    ingest_report.print_notes(intake.notes)
    ingest_report.print_report(report)
    return exit_code(report, strict=strict)


def check_due_feeds(*, strict: bool) -> int:
    with build(read_settings(), purpose="ingest --due", lasting=True) as pauta:
        if not pauta.feeds.all():
            _err.print("There are no feeds yet. Add one with: pauta feeds add URL")
            return DONE
        coverage = Coverage(pauta.feeds, pauta.ingest, pauta.rounds, pauta.model_change)
        reports, bulletin = coverage.update(pauta.clock(), feed_commands.print_report)
        if bulletin:
            _out.print(bulletin.text(DEFAULT_LANGUAGE))
            coverage.told(bulletin)
    failed = sum(report.outcome in {CheckOutcome.FAILED, CheckOutcome.GONE} for report in reports)
    new = sum(report.new for report in reports)
    changed = sum(report.changed for report in reports)
    _out.print(
        f"{len(reports)} feeds were due: {new} articles new, {changed} changed, "
        f"{failed} feeds failed."
    )
    return FAILED if failed and (strict or failed == len(reports)) else DONE


def work() -> int:
    from bot.worker import work as until_stopped  # noqa: PLC0415 - tornado, only needed here

    with build(read_settings(), purpose="ingest --worker", lasting=True) as pauta:
        return until_stopped(pauta)


def backfill(
    address: str, *, since: str | None, until: str | None, outlet: str, undated: bool, strict: bool
) -> int:
    try:
        start, window = _start(address), window_of(since, until, utc_now())
    except WrongUse as error:
        return wrong_use(str(error))
    with build(read_settings(), purpose="ingest --sitemap", lasting=True) as pauta:
        try:
            return _backfill(pauta, start, window, outlet.strip()[:200], undated, strict)
        except KeyboardInterrupt:
            _err.print("Interrupted while the sitemaps were read; nothing was taken yet.")
            return INTERRUPTED


def _backfill(
    pauta: Pauta, start: str, window: Window, outlet: str, undated: bool, strict: bool
) -> int:
    from retrieval.backfill import Backfill  # noqa: PLC0415 - trafilatura, only needed here
    from retrieval.feeds.politeness import PoliteFetcher  # noqa: PLC0415
    from retrieval.visited import Visits  # noqa: PLC0415

    with (
        Visits(pauta.settings.home / "backfill.db") as visits,
        PoliteFetcher(pauta.fetcher) as polite,
    ):
        backfill = Backfill(pauta.store.engine, pauta.ingest, visits, polite, pauta.clock)
        with listing("Reading sitemaps") as show:
            plan = backfill.plan(
                start,
                window,
                undated=undated,
                on_listed=lambda walk: show(f"{walk.sitemaps} read, {walk.listed:,} pages listed"),
            )
        ingest_report.print_plan(plan)
        if not plan.walk.sitemaps:
            _err.print(
                "No sitemap could be read there. Give the address of one: the site's robots.txt "
                "or its people can tell it."
            )
            return FAILED
        with counting(len(plan.pages), "Reading pages") as count:
            report = backfill.run(plan, window, outlet=outlet, undated=undated, on_page=count)
    ingest_report.print_backfill(report)
    return exit_code(report.ingest, strict=strict)


def _start(address: str) -> str:
    """The address to begin at; a bare host is taken for a site."""
    start = address.strip()
    if start and "://" not in start:
        start = f"https://{start}"
    problem = url_problem(start)
    if problem or not is_web(start):
        raise WrongUse(
            f"--sitemap {address!r}: {problem or 'only http and https addresses are read'}. "
            "Example: --sitemap https://example.org/sitemap.xml"
        )
    return start


def window_of(since: str | None, until: str | None, now: datetime) -> Window:
    """Whole days in UTC, both included. Raises WrongUse with an example."""
    if since is None:
        raise WrongUse("--sitemap needs the first day to read: --since 2026-11-01")
    first, last = _day("--since", since), _day("--until", until) if until else None
    if first > now.date():
        raise WrongUse(f"--since {first} lies ahead; give a day that has been.")
    if last is not None and last < first:
        raise WrongUse(f"--until {last} comes before --since {first}.")
    return Window(_midnight(first), _midnight(last + timedelta(days=1)) if last else None)


def _day(option: str, value: str) -> date:
    try:
        day = date.fromisoformat(value.strip()) if _DAY.fullmatch(value.strip()) else None
    except ValueError:
        day = None
    if day is None or not _EARLIEST <= day < date.max:
        raise WrongUse(f"{option} {value!r} is not a day since 1990; write it so: 2026-11-01")
    return day


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
