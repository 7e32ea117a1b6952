"""A site's past from its sitemaps: what is read, what is not read again, what is left out."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from retrieval.backfill import Backfill, BackfillReport, Plan
from retrieval.feeds.fetch import Fetcher
from retrieval.feeds.politeness import PoliteFetcher
from retrieval.feeds.sitemap import SitemapPage
from retrieval.feeds.window import Window
from retrieval.models import IngestReport
from retrieval.visited import Visits
from retrieval.visits import Fate, Visit, What, decide_page, newest_first
from tests.archive import NOW, Archive, an_archive, assert_consistent
from tests.local_web import ROOMY, a_page, a_text
from tests.retrieval.small_web import SmallWeb, small_web

MAY = Window(datetime(2025, 5, 1, tzinfo=UTC))
"""The tests' now is 1 June 2025."""


def day(month: int, number: int, hour: int = 12) -> datetime:
    return datetime(2025, month, number, hour, tzinfo=UTC)


def a_dated_page(name: str, published: datetime | None) -> bytes:
    page = a_page(f"The story called {name}", a_text(name))
    if published is None:
        return page
    meta = f"<meta property='article:published_time' content='{published.isoformat()}'></head>"
    return page.replace(b"</head>", meta.encode())


@dataclass
class Site:
    """A site with pages and one sitemap of them at /sitemap.xml."""

    web: SmallWeb
    lastmods: dict[str, str] = field(default_factory=dict)

    def publish(
        self, name: str, published: datetime | None = None, lastmod: str = "2025-05-20"
    ) -> str:
        url = self.page(name, a_dated_page(name, published))
        self.lastmods[url] = lastmod
        self.sitemap("/sitemap.xml", self.lastmods)
        return url

    def page(self, name: str, body: bytes, status: str = "200 OK") -> str:
        return self.web.page(f"/{name}", body, "Content-Type: text/html", status=status)

    def sitemap(self, path: str, urls: dict[str, str], *, packed: bool = False) -> str:
        return self._xml(path, "urlset", "url", urls, packed=packed)

    def index(self, path: str, urls: dict[str, str]) -> str:
        return self._xml(path, "sitemapindex", "sitemap", urls)

    def _xml(
        self, path: str, root: str, item: str, urls: dict[str, str], *, packed: bool = False
    ) -> str:
        items = "".join(
            f"<{item}><loc>{url}</loc>{f'<lastmod>{mod}</lastmod>' * bool(mod)}</{item}>"
            for url, mod in urls.items()
        )
        schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
        body = f"<?xml version='1.0'?><{root} xmlns='{schema}'>{items}</{root}>".encode()
        return self.web.page(path, gzip.compress(body) if packed else body)

    def asked(self) -> list[str]:
        """Paths asked for since the last time, but for robots.txt."""
        paths = [path for path in self.web.paths() if path != "/robots.txt"]
        self.web.requests.clear()
        return paths


@contextmanager
def a_site(address: str = "127.0.0.31") -> Iterator[Site]:
    with small_web(address) as web:
        yield Site(web)


@contextmanager
def polite(*sites: Site) -> Iterator[PoliteFetcher]:
    hosts = [site.web.host for site in sites]
    with (
        Fetcher(allow_private_hosts=hosts, limits=ROOMY) as fetcher,
        PoliteFetcher(fetcher, delay=0.0) as found,
    ):
        yield found


@dataclass
class Desk:
    archive: Archive
    folder: Path
    now: datetime = NOW

    def backfill(
        self,
        site: Site,
        window: Window = MAY,
        *,
        start: str = "/sitemap.xml",
        outlet: str = "",
        undated: bool = False,
        stop_after: int | None = None,
    ) -> tuple[Plan, BackfillReport]:
        pages = 0

        def stop(_fate: str) -> None:
            nonlocal pages
            pages += 1
            if pages == stop_after:
                raise KeyboardInterrupt

        with Visits(self.folder / "backfill.db") as visits, polite(site) as fetcher:
            backfill = Backfill(
                self.archive.store.engine, self.archive.ingest, visits, fetcher, lambda: self.now
            )
            plan = backfill.plan(site.web.url(start), window, undated=undated)
            return plan, backfill.run(plan, window, outlet=outlet, undated=undated, on_page=stop)

    def urls(self) -> list[str]:
        return [row[0] for row in self.archive.rows("SELECT url FROM articles")]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_archive(tmp_path) as archive:
        yield Desk(archive, tmp_path)


# What is taken


def test_pages_of_the_span_are_taken_with_their_dates(desk: Desk) -> None:
    with a_site() as site:
        urls = [site.publish(f"story{number}", day(5, number)) for number in (2, 3)]
        _, report = desk.backfill(site, outlet="Jornal do Vale")

    assert report.ingest == IngestReport(new=2, chunks_embedded=report.ingest.chunks_embedded)
    assert desk.urls() == urls
    assert_consistent(desk.archive)
    rows = desk.archive.rows("SELECT source, published_at FROM articles")
    assert rows == [("Jornal do Vale", int(day(5, n).timestamp())) for n in (2, 3)]


def test_what_was_published_on_other_days_is_read_once_and_left_out(desk: Desk) -> None:
    with a_site() as site:
        site.publish("old", day(3, 1))
        first = desk.backfill(site)[1]
        site.asked()
        plan, second = desk.backfill(site)

        assert (first.outside, first.ingest.new) == (1, 0)
        assert (plan.pages, second.outside, site.asked()) == ((), 0, ["/sitemap.xml"])
        wider = desk.backfill(site, Window(day(2, 1)))[1]
    assert wider.ingest.new == 1


def test_pages_without_any_date_are_left_out_unless_wanted(desk: Desk) -> None:
    with a_site() as site:
        site.publish("about-us")
        assert desk.backfill(site)[1].undated == 1
        site.asked()
        plan, report = desk.backfill(site)
        assert (report.undated, plan.pages) == (1, ())
        wanted = desk.backfill(site, undated=True)[1]
    assert (wanted.undated, wanted.ingest.new) == (0, 1)


def test_a_page_that_leads_to_the_front_page_is_gone(desk: Desk) -> None:
    with a_site() as site:
        home = site.page("", a_dated_page("home", day(5, 30)))
        gone = site.publish("gone", day(5, 3))
        site.web.redirect("/gone", home)
        _, report = desk.backfill(site)

    (failure,) = report.ingest.failures
    assert failure.name == gone
    assert "front page" in failure.reason
    assert desk.urls() == []


def test_the_front_page_itself_is_no_article(desk: Desk) -> None:
    with a_site() as site:
        site.publish("", day(5, 30))
        plan, _ = desk.backfill(site)
    assert plan.pages == ()


def test_what_robots_txt_forbids_is_not_read(desk: Desk) -> None:
    with a_site() as site:
        site.web.page("/robots.txt", b"User-agent: *\nDisallow: /secret")
        site.publish("secret", day(5, 3))
        site.publish("open", day(5, 4))
        _, report = desk.backfill(site)

        assert "/secret" not in site.asked()
    assert report.ingest.new == 1
    assert "robots.txt" in report.ingest.failures[0].reason


# Going on


def test_what_was_taken_is_not_read_again_until_it_changes(desk: Desk) -> None:
    with a_site() as site:
        site.publish("one", day(5, 2))
        site.publish("two", day(5, 3))
        desk.backfill(site)
        site.asked()
        _, again = desk.backfill(site)
        assert (again.ingest.unchanged, site.asked()) == (2, ["/sitemap.xml"])

        site.publish("two", day(5, 3), lastmod="2025-05-28")
        site.page("two", a_dated_page("other", day(5, 3)))
        _, changed = desk.backfill(site)
        assert site.asked() == ["/sitemap.xml", "/two"]
    assert (changed.ingest.changed, changed.ingest.unchanged) == (1, 1)


def test_interrupted_it_keeps_what_is_safe_and_goes_on_from_there(desk: Desk) -> None:
    with a_site() as site:
        for number in range(1, 31):
            site.publish(f"story{number}", day(5, number), lastmod=f"2025-05-{number:02}")
        _, stopped = desk.backfill(site, stop_after=5)
        safe = len(desk.urls())
        assert stopped.ingest.interrupted
        assert 0 < safe < 30
        site.asked()

        plan, rest = desk.backfill(site)
        read = site.asked()
    assert rest.ingest.new == 30 - safe
    assert len(read) - 1 == len(plan.pages) <= 30 - safe + 1
    assert len(desk.urls()) == 30
    assert_consistent(desk.archive)


def test_an_article_that_was_removed_meanwhile_is_read_again(desk: Desk) -> None:
    with a_site() as site:
        site.publish("one", day(5, 2))
        desk.backfill(site)
        ids = [row[0] for row in desk.archive.rows("SELECT id FROM articles")]
        desk.archive.ingest.remove(ids)
        _, again = desk.backfill(site)
    assert again.ingest.new == 1


def test_a_page_known_under_another_address_is_not_read_again(desk: Desk) -> None:
    with a_site() as site:
        plain = site.web.url("/story")
        site.publish("story?ref=map", day(5, 2))
        body = a_dated_page("story", day(5, 2)).replace(
            b"</head>", f"<link rel='canonical' href='{plain}'></head>".encode()
        )
        site.page("story?ref=map", body)
        desk.backfill(site)
        site.asked()
        desk.backfill(site)
        assert site.asked() == ["/sitemap.xml"]
    assert desk.urls() == [plain]


def naming(canonical: str, text: str) -> bytes:
    return a_page("One story", a_text(text)).replace(
        b"</head>",
        f"<meta property='article:published_time' content='{day(5, 2).isoformat()}'>"
        f"<link rel='canonical' href='{canonical}'></head>".encode(),
    )


def test_of_pages_that_name_one_address_each_is_remembered_for_what_became_of_it(
    desk: Desk,
) -> None:
    with a_site() as site:
        plain = site.web.url("/plain")
        texts = {"first": "one", "same": "one", "other": "two", "plain": "three"}
        for name, text in texts.items():
            site.publish(name, day(5, 2), lastmod="2025-05-20")
            site.page(name, naming(plain, text))
        _, report = desk.backfill(site)
        assert (report.ingest.new, report.ingest.failed) == (1, 2)
        with Visits(desk.folder / "backfill.db") as visits:
            found = visits.of([site.web.url(f"/{name}") for name in texts])
        assert {url.rpartition("/")[2]: visit.fate for url, visit in found.items()} == {
            "first": Fate.TAKEN,
            "same": Fate.TAKEN,
            "other": Fate.FAILED,
            "plain": Fate.FAILED,
        }
        site.asked()
        _, again = desk.backfill(site)
        assert site.asked() == ["/sitemap.xml"]
        assert again.ingest.changed == 0


def test_a_page_that_cannot_be_read_is_not_taken_for_one_that_names_its_address(
    desk: Desk,
) -> None:
    with a_site() as site:
        site.publish("story", day(5, 2), lastmod="2025-05-21")
        site.publish("plain", day(5, 2), lastmod="2025-05-20")
        site.page("story", naming(site.web.url("/plain"), "one"))
        site.page("plain", b"", status="404 Not Found")
        desk.backfill(site)
        with Visits(desk.folder / "backfill.db") as visits:
            found = visits.of([site.web.url("/story"), site.web.url("/plain")])
    assert {url[-5:]: visit.fate for url, visit in found.items()} == {
        "story": Fate.TAKEN,
        "plain": Fate.FAILED,
    }


def test_a_lasting_failure_is_tried_again_a_day_later_a_passing_one_at_once(desk: Desk) -> None:
    with a_site() as site:
        for name, status in (("missing", "404 Not Found"), ("broken", "500 Internal Server Error")):
            site.publish(name, day(5, 2))
            site.page(name, b"", status=status)
        desk.backfill(site)
        site.asked()
        _, soon = desk.backfill(site)
        assert site.asked() == ["/sitemap.xml", "/broken"]
        assert len(soon.ingest.failures) == 2

        desk.now += timedelta(days=1)
        desk.backfill(site)
        assert {"/missing", "/broken"} <= set(site.asked())


def test_a_damaged_memory_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "backfill.db").write_bytes(b"no database" * 1000)
    with Visits(tmp_path / "backfill.db") as visits:
        visit = Visit("https://a.example/1", None, Fate.TAKEN, NOW, "id", NOW)
        visits.remember(visit)
        assert visits.of(["https://a.example/1", "https://a.example/2"]) == {visit.url: visit}


# What to do about a page


def a_listed(
    url: str = "https://a.example/story",
    lastmod: datetime | None = None,
    published: datetime | None = None,
) -> SitemapPage:
    return SitemapPage(url, lastmod, "", published, None)


def visited(fate: Fate, **changes: object) -> Visit:
    values: dict[str, object] = {
        "url": "https://a.example/story", "lastmod": None, "fate": fate, "at": NOW,
    }  # fmt: skip
    return Visit(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("page", "visit", "held", "what"),
    [
        (a_listed(), None, None, What.READ),
        (a_listed(), None, day(5, 9), What.SETTLED),  # from a feed
        (a_listed(lastmod=day(5, 8)), None, day(5, 9), What.SETTLED),
        (a_listed(lastmod=day(5, 10)), None, day(5, 9), What.READ),
        (a_listed(), visited(Fate.TAKEN), day(5, 9), What.SETTLED),
        (a_listed(), visited(Fate.TAKEN), None, What.READ),
        (a_listed(lastmod=day(5, 10)), visited(Fate.TAKEN), day(5, 9), What.READ),
        (a_listed(), visited(Fate.OUTSIDE, published_at=day(3, 1)), None, What.OUTSIDE),
        (a_listed(), visited(Fate.OUTSIDE, published_at=day(5, 3)), None, What.READ),
        (a_listed(), visited(Fate.FAILED), None, What.FAILED_LATELY),
        (a_listed(), visited(Fate.FAILED, at=NOW - timedelta(days=2)), None, What.READ),
    ],
)
def test_a_page_is_read_unless_all_that_matters_is_known(
    page: SitemapPage, visit: Visit | None, held: datetime | None, what: What
) -> None:
    assert decide_page(page, visit, held, MAY, NOW) is what


def test_the_newest_are_read_first() -> None:
    pages = [
        a_listed("https://a.example/1"),
        a_listed("https://a.example/2", lastmod=day(5, 3)),
        a_listed("https://a.example/2025/05/20/3", lastmod=day(5, 2)),
    ]
    assert [page.url[-1] for page in newest_first(pages)] == ["3", "2", "1"]
