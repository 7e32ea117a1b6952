"""A site's past into the archive: what its sitemaps list of a span of days.

    SitemapWalk.pages         sitemaps -> pages that may be of the span
      -> decide_page          read it, or is all known that matters?              (pure)
      -> PoliteFetcher        newest first, as robots.txt allows
      -> documents            page -> Article
      -> Ingest.add           chunk, embed, write
      -> Visits.remember      last: what was taken is not read again

Interrupted or killed at any moment, the next run goes on: a page is remembered once its
article is safe.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import Engine, select

from retrieval.documents import article_of_page
from retrieval.feeds.discover import registrable
from retrieval.feeds.politeness import PoliteFetcher, Request
from retrieval.feeds.results import Failed, Fetched
from retrieval.feeds.sitemap import SitemapPage
from retrieval.feeds.sitemap_walk import DEFAULT_WALK_LIMITS, SitemapWalk, Walk, WalkLimits
from retrieval.feeds.window import Window, days_in
from retrieval.identity import article_id
from retrieval.ingest import Ingest
from retrieval.models import Article, IngestReport, Outcome, Rejected
from retrieval.protocols import Clock
from retrieval.schema import appearances, articles
from retrieval.visited import Visits
from retrieval.visits import Fate, Visit, What, decide_page, newest_first

AT_ONCE = 20
"""Pages under way together: read, and held until they are chunked."""
_IN_LIMIT = 500
_WRITTEN = ((articles, articles.c.updated_at), (appearances, appearances.c.added_at))
"""An article stands in one of them, and when it was written there."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a backfill has to do, before it does any of it."""

    pages: tuple[SitemapPage, ...]
    """To be read, newest first."""
    unchanged: int
    """Taken before, and not changed since as far as the sitemap says."""
    undated: int
    failed_lately: tuple[Rejected, ...]
    walk: Walk


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """What became of a plan; `ingest.unchanged` and its failures include what the plan knew."""

    ingest: IngestReport
    outside: int
    """Read, but published on other days."""
    undated: int
    """Left out because neither page nor sitemap nor address names a date."""
    notes: Counter[str] = field(default_factory=Counter)
    """Remarks on articles that were taken, and on how many."""


OnPage = Callable[[str], None]
"""Called once a page with what became of it, in a word."""


class Backfill:
    """Backfills of one archive; one at a time, from one thread."""

    def __init__(
        self, engine: Engine, ingest: Ingest, visits: Visits, fetcher: PoliteFetcher, clock: Clock
    ) -> None:
        """`engine`: of the corpus database."""
        self._engine = engine
        self._ingest = ingest
        self._visits = visits
        self._fetcher = fetcher
        self._clock = clock

    def plan(
        self,
        start: str,
        window: Window,
        *,
        undated: bool = False,
        on_listed: Callable[[Walk], None] = lambda _walk: None,
        limits: WalkLimits = DEFAULT_WALK_LIMITS,
    ) -> Plan:
        """Read the sitemaps from `start` and decide about every page; fetches no page.

        `undated`: pages without any date are wanted too.
        """
        now = self._clock()
        walk = SitemapWalk(self._fetcher, window, now, limits)
        listed = []
        for page in walk.pages(start):
            listed.append(page)
            on_listed(walk.so_far)
        visits = self._visits.of([page.url for page in listed])
        held = self._held([page.url for page in listed], visits)
        by_what: dict[What, list[SitemapPage]] = {what: [] for what in What}
        for page in listed:
            visit = visits.get(page.url)
            known_id = visit.article_id if visit else article_id(page.url)
            what = decide_page(page, visit, held.get(known_id or ""), window, now, undated=undated)
            by_what[what].append(page)
        return Plan(
            pages=newest_first(by_what[What.READ]),
            unchanged=len(by_what[What.SETTLED]),
            undated=len(by_what[What.UNDATED]),
            failed_lately=tuple(
                Rejected(page.url, visits[page.url].reason) for page in by_what[What.FAILED_LATELY]
            ),
            walk=walk.so_far,
        )

    def run(
        self,
        plan: Plan,
        window: Window,
        *,
        outlet: str = "",
        undated: bool = False,
        on_page: OnPage = lambda _fate: None,
    ) -> BackfillReport:
        """Read and take what the plan names; stops cleanly on Ctrl-C.

        `outlet`: the name its articles carry; their own where empty.
        """
        reading = _Reading(self, window, outlet, undated, on_page)
        report = self._ingest.add(reading.items(plan.pages), reading.settle)
        return BackfillReport(
            ingest=replace(
                report,
                unchanged=report.unchanged + plan.unchanged,
                failures=(*report.failures, *plan.failed_lately),
            ),
            outside=reading.left_out[Fate.OUTSIDE],
            undated=reading.left_out[Fate.UNDATED] + plan.undated,
            notes=reading.notes,
        )

    def fetch(self, pages: Sequence[SitemapPage]) -> Iterator[tuple[SitemapPage, Fetched | Failed]]:
        """Each page with what its address answered, a few at a time."""
        for at in range(0, len(pages), AT_ONCE):
            batch = {page.url: page for page in pages[at : at + AT_ONCE]}
            requests = [Request(url, is_page=True) for url in batch]
            for request, result in self._fetcher.fetch_all(requests):
                if isinstance(result, Fetched | Failed):
                    yield batch[request.url], result

    def remember(
        self,
        page: SitemapPage,
        fate: Fate,
        *,
        article: Article | None = None,
        reason: str = "",
    ) -> None:
        visit = Visit(
            url=page.url,
            lastmod=page.lastmod,
            fate=fate,
            at=self._clock(),
            article_id=article.id if article else None,
            published_at=article.published_at if article else None,
            reason=reason,
        )
        self._visits.remember(visit)

    def _held(self, urls: Sequence[str], visits: dict[str, Visit]) -> dict[str, datetime]:
        """When the archive's articles at these addresses were last written, by article id."""
        ids = [visit.article_id for visit in visits.values() if visit.article_id]
        ids += [article_id(url) for url in urls if url not in visits]
        moments: dict[str, datetime] = {}
        with self._engine.connect() as connection:
            for at in range(0, len(ids), _IN_LIMIT):
                part = ids[at : at + _IN_LIMIT]
                for table, written in _WRITTEN:
                    found = select(table.c.id, written).where(table.c.id.in_(part))
                    for key, seconds in connection.execute(found):
                        moments[key] = datetime.fromtimestamp(seconds, UTC)
        return moments


class _Reading:
    """The pages of one plan on their way to articles, and what became of each."""

    def __init__(
        self, backfill: Backfill, window: Window, outlet: str, undated: bool, on_page: OnPage
    ) -> None:
        self._backfill = backfill
        self._window = window
        self._outlet = outlet
        self._undated = undated
        self._on_page = on_page
        self._on_their_way: dict[str, deque[tuple[Article, SitemapPage]]] = {}
        """By the address of the article: several pages may name one as theirs."""
        self._unreadable: Rejected | None = None
        self.left_out: Counter[Fate] = Counter()
        self.notes: Counter[str] = Counter()

    def items(self, pages: Sequence[SitemapPage]) -> Iterator[Article | Rejected]:
        for page, result in self._backfill.fetch(pages):
            item = self._read(page, result)
            if isinstance(item, Article):
                self._on_their_way.setdefault(item.url, deque()).append((item, page))
                self.notes.update(item.notes)
                yield item
            elif isinstance(item, Rejected):
                if not (isinstance(result, Failed) and result.retryable):
                    self._backfill.remember(page, Fate.FAILED, reason=item.reason)
                self._unreadable = item
                yield item

    def settle(self, outcome: Outcome, item: Article | Rejected) -> None:
        """What `Ingest.add` says of an item: it is safe now, or was not taken, so its page can
        be remembered. An article's twins are settled after it, in the order they were read."""
        self._on_page(outcome.value)
        if item is self._unreadable:
            return
        waiting = self._on_their_way.get(item.url if isinstance(item, Article) else item.name)
        if not waiting:
            return
        place = next((at for at, (article, _) in enumerate(waiting) if article is item), 0)
        _, page = waiting[place]
        del waiting[place]
        if isinstance(item, Article):
            self._backfill.remember(page, Fate.TAKEN, article=item)
        else:
            self._backfill.remember(page, Fate.FAILED, reason=item.reason)

    def _read(self, page: SitemapPage, result: Fetched | Failed) -> Article | Rejected | None:
        """None for a page that is left out for its date."""
        if isinstance(result, Failed):
            return Rejected(page.url, result.reason)
        astray = _astray(page.url, result.final_url)
        article = Rejected(page.url, astray) if astray else article_of_page(result, page.url)
        if isinstance(article, Rejected):
            return article
        article = replace(
            article,
            source=self._outlet or article.source,
            published_at=article.published_at or page.published_at,
        )
        fate = self._fate(article)
        if fate is Fate.TAKEN:
            return article
        self._backfill.remember(page, fate, article=article)
        self.left_out[fate] += 1
        self._on_page(fate.value)
        return None

    def _fate(self, article: Article) -> Fate:
        if article.published_at is not None:
            return Fate.TAKEN if self._window.holds(article.published_at) else Fate.OUTSIDE
        # An address with a date was let in for it.
        return Fate.TAKEN if self._undated or days_in(article.url) else Fate.UNDATED


def _astray(url: str, final_url: str) -> str | None:
    """Where a page's address has led instead, as a clause; outlets send what is gone home."""
    if registrable(final_url) != registrable(url):
        return f"the page leads to another site, {urlsplit(final_url).hostname}"
    if urlsplit(final_url).path in ("", "/") and url != final_url:
        return "the page leads to the front page: it is gone"
    return None
