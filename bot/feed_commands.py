"""`pauta feeds ...`: the feeds coverage comes from."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.app import Pauta, build, utc_now
from bot.logs import read_settings
from retrieval.errors import RetrievalError
from retrieval.feeds.entries import NotAFeed
from retrieval.feeds.feed import Feed, FeedReport
from retrieval.feeds.find import FoundFeed, find_feed
from retrieval.feeds.health import articles_a_week, explain
from retrieval.feeds.opml import OpmlFeed, read_opml, write_opml
from retrieval.feeds.rhythm import CheckOutcome

app = typer.Typer(
    help="The feeds coverage comes from. A feed is named by its address, id or title.",
    no_args_is_help=True,
)

_out = Console(highlight=False, soft_wrap=True, markup=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

_OPML_BYTES = 10_000_000

Name = Annotated[str, typer.Argument(help="Address, id or title of the feed.")]


class UnknownFeedError(RetrievalError):
    """There is no such feed."""


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="A feed (RSS, Atom, JSON Feed), or a site's address.")],
    title: Annotated[str, typer.Option(help="What to call it; its own title if not given.")] = "",
) -> None:
    """Add a feed, or find the feed of a site and add that; its newest articles are read now."""
    with build(read_settings(), purpose="feeds add", lasting=True) as pauta:
        found = find_feed(url, pauta.fetcher, utc_now())
        if isinstance(found, NotAFeed):
            raise RetrievalError(f"{url}: {found.reason}")
        if pauta.feeds.find(found.url):
            _err.print(f"{found.url} is in the list already.")
            raise typer.Exit(0)
        name = title or found.feed.title or found.url
        feed = pauta.feeds.add(found.url, name, found.feed.site_url, utc_now())
        _err.print(f"Added {name} ({found.url}). Reading its newest articles ...")
        for report in pauta.rounds.run(utc_now(), only=[feed]):
            print_report(report)


@app.command("list")
def list_feeds(
    json: Annotated[bool, typer.Option("--json", help="Print a JSON array.")] = False,
) -> None:
    """All feeds: how they are, how much they bring, when they are asked next."""
    with build(read_settings(), purpose="feeds list") as pauta:
        rows = [(feed, pauta.feeds.recent_dates(feed)) for feed in pauta.feeds.all()]
    now = utc_now()
    if json:
        print(json_format.dumps([_as_json(feed, dates, now) for feed, dates in rows], indent=2))  # noqa: T201
        return
    if not rows:
        _err.print("No feeds yet. Add one with: pauta feeds add URL")
        return
    table = Table()
    table.add_column("id", no_wrap=True)
    table.add_column("title", min_width=16)
    for name in ("a week", "last new", "next check"):
        table.add_column(name)
    table.add_column("state", overflow="fold")
    for feed, dates in rows:
        table.add_row(
            feed.id,
            Text(feed.title),
            f"{articles_a_week(dates, now):.1f}",
            _when(feed.last_new_at),
            "–" if feed.paused or feed.clock.paused else _when(feed.next_check_at),
            Text(_state(feed)),
        )
    _out.print(table)


@app.command()
def remove(
    name: Name,
    keep_articles: Annotated[
        bool, typer.Option("--keep-articles", help="Leave its articles in the archive.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a feed, and its articles unless told to keep them. Asks first in a terminal."""
    with build(read_settings(), purpose="feeds remove", lasting=True) as pauta:
        feed = _named(pauta, name)
        ids = pauta.feeds.articles_only_of(feed)
        if ids and not (keep_articles or yes) and sys.stdin.isatty():
            typer.confirm(f"Remove {feed.title} and {len(ids)} articles?", abort=True, err=True)
        if not keep_articles:
            pauta.ingest.remove(ids)
        pauta.feeds.remove(feed)
    _err.print(
        f"Removed {feed.title}; "
        + ("its articles stay." if keep_articles else f"{len(ids)} articles went with it.")
    )


@app.command()
def pause(name: Name) -> None:
    """Stop asking a feed; its articles stay."""
    _change(name, lambda feed: replace(feed, paused=True), "is paused")


@app.command()
def resume(name: Name) -> None:
    """Ask a paused feed again, with the next round."""
    _change(
        name,
        lambda feed: replace(
            feed,
            paused=False,
            clock=replace(feed.clock, paused=False, failures=0),
            next_check_at=utc_now(),
        ),
        "is asked again",
    )


@app.command()
def rename(name: Name, title: Annotated[str, typer.Argument(help="The new title.")]) -> None:
    """Call a feed something else; new articles carry that as their outlet."""
    if not title.strip():
        raise typer.BadParameter("the new title is empty")
    _change(name, lambda feed: replace(feed, title=title.strip()[:200]), "has a new title")


@app.command()
def keep(
    name: Name,
    days: Annotated[int, typer.Argument(min=0, max=36500, help="Days; 0 keeps for ever.")],
) -> None:
    """Delete a feed's articles a number of days after they were added."""
    _change(name, lambda feed: replace(feed, keep_days=days or None), "is set")


@app.command()
def check(url: Annotated[str, typer.Argument(help="A feed or a site.")]) -> None:
    """Dry run: what would be taken from an address, with the newest entry's text."""
    from retrieval.feeds.taking import article_of  # noqa: PLC0415 - trafilatura, only here

    with build(read_settings(), purpose="feeds check") as pauta:
        found = find_feed(url, pauta.fetcher, utc_now())
        if isinstance(found, NotAFeed):
            raise RetrievalError(f"{url}: {found.reason}")
        _print_found(found)
        for entry in found.feed.entries[:1]:
            page = pauta.fetcher.fetch(entry.url) if entry.url else None
            feed = Feed("", found.url, found.feed.title, None, utc_now())
            article = article_of(feed, entry, page, utc_now())
            _out.print(Text(f"\nThe newest entry as it would be read:\n\n{_shown(article)}"))


@app.command("import")
def import_opml(file: Annotated[Path, typer.Argument(help="An OPML file.")]) -> None:
    """Add all feeds of an OPML file; they are read with the next round."""
    if file.stat().st_size > _OPML_BYTES:
        raise RetrievalError(f"{file} is larger than 10 MB")
    listed = read_opml(file.read_bytes())
    if isinstance(listed, NotAFeed):
        raise RetrievalError(f"{file}: {listed.reason}")
    with build(read_settings(), purpose="feeds import", lasting=True) as pauta:
        before = len(pauta.feeds.all())
        for one in listed:
            pauta.feeds.add(one.url, one.title or one.url, one.site_url, utc_now())
        added = len(pauta.feeds.all()) - before
    _err.print(
        f"Added {added} feeds, {len(listed) - added} were in the list already. They are read "
        "by the running bot, or by: pauta ingest --due"
    )


@app.command("export")
def export_opml(
    file: Annotated[Path | None, typer.Argument(help="Where to; standard output if none.")] = None,
) -> None:
    """Write all feeds as OPML."""
    with build(read_settings(), purpose="feeds export") as pauta:
        feeds = pauta.feeds.all()
    opml = write_opml([OpmlFeed(one.title, one.url, one.site_url, "") for one in feeds], "Pauta")
    if file is None:
        sys.stdout.write(opml)
    else:
        file.write_text(opml, encoding="utf-8")
        _err.print(f"Wrote {len(feeds)} feeds to {file}.")


def print_report(report: FeedReport) -> None:
    """One feed's check, for a person."""
    name = report.feed.title or report.feed.url
    for failure in report.failures[:5]:
        _err.print(Text(f"  not taken: {failure}"))
    if report.outcome in {CheckOutcome.FAILED, CheckOutcome.GONE}:
        advice = explain(None, report.feed.last_error)
        _out.print(Text(f"{name}: {report.feed.last_error}. {advice}"))
    else:
        _out.print(Text(f"{name}: {report.new} new, {report.changed} changed"))


def _change(name: str, change: Callable[[Feed], Feed], done: str) -> None:
    with build(read_settings(), purpose="feeds") as pauta:
        feed = _named(pauta, name)
        pauta.feeds.save(change(feed))
    _err.print(f"{feed.title} {done}.")


def _named(pauta: Pauta, name: str) -> Feed:
    feed = pauta.feeds.find(name)
    if feed is None:
        raise UnknownFeedError(f"There is no feed {name!r}. `pauta feeds list` shows them all.")
    return feed


def _print_found(found: FoundFeed) -> None:
    feed = found.feed
    _out.print(Text(f"{feed.title or 'untitled'} ({feed.kind}): {found.url}"))
    _out.print(Text(f"{len(feed.entries)} entries"))
    for note in feed.notes:
        _out.print(Text(f"note: {note}"))
    for entry in feed.entries[:10]:
        _out.print(Text(f"- {_when(entry.published_at)}  {entry.title or entry.url or entry.key}"))


def _shown(article: object) -> str:
    text = getattr(article, "text", None)
    if text is None:
        return f"nothing: {getattr(article, 'reason', '')}"
    return f"{getattr(article, 'title', '')}\n\n{text[:1500]}{'…' if len(text) > 1500 else ''}"


def _state(feed: Feed) -> str:
    if feed.clock.paused:
        return "gone: the server says it is no more"
    if feed.paused:
        return "paused"
    if feed.failing_since:
        return f"failing since {_when(feed.failing_since)}: {feed.last_error}"
    return "well" if feed.last_success_at else "not read yet"


def _when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "–"


def _as_json(feed: Feed, dates: list[datetime], now: datetime) -> dict[str, object]:
    values = asdict(feed)
    values["clock"] = {
        "interval_seconds": feed.clock.interval.total_seconds(),
        "failures": feed.clock.failures,
        "gone": feed.clock.paused,
    }
    values["articles_a_week"] = round(articles_a_week(dates, now), 2)
    values["state"] = _state(feed)
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in values.items()
    }
