"""`pauta doctor`: findings one a line, or as JSON; exit code 1 when something is broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from bot import logs
from bot.app import utc_now
from bot.doctor import checks
from bot.feed_check import FeedState, check_feed
from bot.places import look, reading_corpus
from bot.settings import Settings
from bot.settings_reading import old_names, usable_settings
from retrieval.addresses import is_web, url_problem
from retrieval.clean import clean_text
from retrieval.feed_store import FeedStore
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.findings import Finding, Verdict, broken, warning

_STYLE = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.BROKEN: "bold red"}
_WIDTH = max(len(verdict) for verdict in Verdict)

_out = Console(highlight=False, soft_wrap=True, markup=False)


def doctor(name: str | None, *, as_json: bool) -> int:
    settings, problems = usable_settings()
    logs.configure(level=settings.log_level)
    findings = []
    for finding in _one(name, settings) if name is not None else _all(settings, problems):
        findings.append(finding)
        if not as_json:
            _print(finding)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))  # noqa: T201
    return int(any(finding.verdict is Verdict.BROKEN for finding in findings))


def _all(settings: Settings, problems: tuple[str, ...]) -> Iterator[Finding]:
    for line in old_names():
        yield warning("settings", line)
    for check in checks(settings, problems, utc_now()):
        yield from check()


def _one(name: str, settings: Settings) -> Iterator[Finding]:
    """One feed, as the archive remembers it and as it is now; or any address."""
    from retrieval.feeds.examine import examine  # noqa: PLC0415 - brings the extraction

    now = utc_now()
    state = _known(name, settings)
    url = state.feed.url if state else _address(name)
    if state:
        yield check_feed(state, now)
    if url is None:
        yield broken(
            "feed",
            f"there is no feed {name!r}, and it is not a web address",
            "`pauta feeds list` shows them all.",
        )
        return
    allowed = settings.allow_private_hosts
    with (
        Fetcher(allow_private_hosts=allowed, contact=settings.contact) as fetcher,
        PoliteFetcher(fetcher) as polite,
    ):
        yield from examine(url, fetcher, polite, now, allow_private_hosts=allowed)


def _known(name: str, settings: Settings) -> FeedState | None:
    archive = look(settings, check_seconds=0.0)
    if archive is None or archive.problem or not archive.is_current:
        return None
    with reading_corpus(settings) as engine:
        store = FeedStore(engine)
        feed = store.find(name)
        return FeedState(feed, tuple(store.recent_dates(feed))) if feed else None


def _address(name: str) -> str | None:
    url = name if "://" in name else f"https://{name}"
    plausible = is_web(url) and not url_problem(url) and ("://" in name or "." in name)
    return url if plausible else None


def _print(finding: Finding) -> None:
    line = Text(f"{finding.verdict:<{_WIDTH}}  ", style=_STYLE[finding.verdict])
    line.append(clean_text(f"{finding.subject}: {finding.message}"), style="default")
    if finding.advice:
        line.append(f"\n{'':<{_WIDTH}}  → {clean_text(finding.advice)}", style="default")
    _out.print(line)
