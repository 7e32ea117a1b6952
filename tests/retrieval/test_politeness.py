"""Many fetches at once: no host is pressed, and none holds up the others."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.fetch import Failed, Fetched, Fetcher, Limits, Result
from retrieval.feeds.hosts import PATIENCE, REST, STRIKES, HostSchedule, Turn, host_key
from retrieval.feeds.politeness import PoliteFetcher, Request, fetch_all
from tests.retrieval.small_web import SmallWeb, small_web

QUICK = Limits(max_bytes=100_000, connect_seconds=2, read_seconds=1.5, total_seconds=2)


class Time:
    """A clock that is moved by waiting for it. Waits without a limit are real, but short."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        if seconds is None:
            condition.wait(0.01)
        else:
            self.now += seconds


class Site:
    """A scripted web: remembers when it was asked for what."""

    def __init__(self, clock: Time) -> None:
        self._clock = clock
        self.answers: dict[str, Callable[[], httpx.Response]] = {}
        self.log: list[tuple[float, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        url = str(request.url)
        self.log.append((self._clock(), url))
        answer = self.answers.get(url) or self.answers.get(request.url.path)
        if answer:
            return answer()
        missing = request.url.path == "/robots.txt"
        return httpx.Response(404) if missing else httpx.Response(200, text="hello")

    def asked(self) -> list[str]:
        return [url for _, url in self.log]

    def pauses(self) -> list[float]:
        times = [moment for moment, _ in self.log]
        return [after - before for before, after in itertools.pairwise(times)]


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def site(clock: Time) -> Site:
    return Site(clock)


@pytest.fixture
def polite(clock: Time, site: Site) -> Iterator[PoliteFetcher]:
    fetcher = Fetcher(transport=httpx.MockTransport(site))
    with fetcher, PoliteFetcher(fetcher, workers=1, clock=clock, wait=clock.wait) as polite:
        yield polite


def results(polite: PoliteFetcher, *requests: Request) -> dict[str, Result]:
    return {request.url: result for request, result in polite.fetch_all(requests)}


def page(url: str) -> Request:
    return Request(url, is_page=True)


# The schedule, by the clock


def turn(schedule: HostSchedule[str], now: float) -> Turn[str]:
    found = schedule.next(now)
    assert isinstance(found, Turn)
    return found


def test_a_host_has_one_item_out_at_a_time_and_a_pause_between_two() -> None:
    schedule = HostSchedule[str](delay=1.0)
    for item in ("a", "b"):
        schedule.add("h", item)
    assert turn(schedule, 0).item == "a"
    assert schedule.next(50) is None
    schedule.finished("h", 50)
    assert schedule.next(50.25) == 0.75
    assert turn(schedule, 51).item == "b"


def test_hosts_take_turns() -> None:
    schedule = HostSchedule[str](delay=0.0)
    for item in ("a1", "a2", "a3", "b1", "b2", "c1"):
        schedule.add(item[0], item)
    order = []
    for now in range(6):
        found = turn(schedule, now)
        order.append(found.item)
        schedule.finished(found.host, now)
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_a_crawl_delay_is_kept_within_bounds() -> None:
    schedule = HostSchedule[str](delay=1.0)
    for asked, kept in ((5.0, 5.0), (0.1, 1.0), (9_999.0, 30.0), (None, 1.0)):
        schedule.set_delay("h", asked)
        schedule.add("h", "a")
        turn(schedule, 1_000)
        schedule.add("h", "b")
        schedule.finished("h", 1_000)
        assert schedule.next(1_000) == kept
        turn(schedule, 1_030)
        schedule.finished("h", 900)


def test_a_host_that_is_unreachable_again_and_again_is_shut_and_then_tried_once() -> None:
    schedule = HostSchedule[str](delay=0.0)
    for number in range(STRIKES + 5):
        schedule.add("h", str(number))
    for now in range(STRIKES):
        assert turn(schedule, now).shut_for is None
        schedule.finished("h", now, answered=False)
    shut = STRIKES - 1
    assert turn(schedule, shut).shut_for == REST
    assert turn(schedule, shut + REST).shut_for is None
    schedule.finished("h", shut + REST, answered=False)
    assert turn(schedule, shut + REST).shut_for == REST
    assert turn(schedule, shut + 2 * REST).shut_for is None
    schedule.finished("h", shut + 2 * REST, answered=True)
    assert turn(schedule, shut + 2 * REST).shut_for is None


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["add", "next", "end"]),
                          st.floats(0, 3)), max_size=60))  # fmt: skip
def test_whatever_happens_no_host_is_asked_twice_at_once_or_too_soon(
    events: list[tuple[int, str, float]],
) -> None:
    schedule = HostSchedule[int](delay=1.0)
    now, added, taken = 0.0, 0, 0
    out: set[str] = set()
    ended: dict[str, float] = {}
    for number, event, passed in events:
        now += passed
        host = str(number)
        if event == "add":
            schedule.add(host, number)
            added += 1
        elif event == "next":
            found = schedule.next(now)
            if isinstance(found, Turn):
                assert found.host not in out
                assert now - ended.get(found.host, -1.0) >= 1.0
                out.add(found.host)
                taken += 1
            elif found is not None:
                assert 0 < found <= 1.0
        elif host in out:
            schedule.finished(host, now)
            out.discard(host)
            ended[host] = now
    for host in out:
        schedule.finished(host, now)
    while isinstance(found := schedule.next(now + 1e6), Turn):
        schedule.finished(found.host, now)
        taken += 1
    assert taken == added


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://News.example/a", "news.example"),
        ("http://news.example:80/a", "news.example"),
        ("https://news.example.:443/", "news.example"),
        ("http://news.example:443/", "news.example:443"),
        ("https://news.example:8443/", "news.example:8443"),
        ("http://[::1]:8080/", "::1:8080"),
    ],
)
def test_what_counts_as_one_host(url: str, key: str) -> None:
    assert host_key(url) == key


# Fetching, by a clock that waiting moves


def test_requests_to_one_host_are_a_second_apart(polite: PoliteFetcher, site: Site) -> None:
    urls = [f"https://a.example/{n}" for n in range(4)]
    found = results(polite, *map(Request, urls))
    assert all(isinstance(result, Fetched) for result in found.values())
    assert site.asked() == urls
    assert site.pauses() == [1.0, 1.0, 1.0]


def test_other_hosts_are_asked_during_the_pause(polite: PoliteFetcher, site: Site) -> None:
    urls = ["https://a.example/1", "https://a.example/2", "https://b.example/1"]
    results(polite, *map(Request, urls))
    assert site.asked() == [urls[0], urls[2], urls[1]]
    assert site.pauses() == [0.0, 1.0]


def test_the_pause_outlasts_a_round(polite: PoliteFetcher, site: Site) -> None:
    for number in range(2):
        results(polite, Request(f"https://a.example/{number}"))
    assert site.pauses() == [1.0]


def test_a_redirect_waits_for_its_turn_at_the_host_it_leads_to(
    polite: PoliteFetcher, site: Site
) -> None:
    site.answers["https://a.example/old"] = lambda: httpx.Response(
        301, headers={"Location": "https://b.example/new"}
    )
    urls = ["https://b.example/1", "https://a.example/old"]
    found = results(polite, *map(Request, urls))["https://a.example/old"]
    assert isinstance(found, Fetched)
    assert found.moved_to == "https://b.example/new"
    assert site.asked() == [*urls, "https://b.example/new"]
    assert site.pauses() == [0.0, 1.0]


def test_robots_txt_is_asked_once_for_the_pages_of_a_site_and_its_delay_kept(
    polite: PoliteFetcher, site: Site
) -> None:
    site.answers["/robots.txt"] = lambda: httpx.Response(
        200, text="User-agent: *\nDisallow: /private\nCrawl-delay: 5"
    )
    urls = [f"https://a.example/{path}" for path in ("1", "private", "2")]
    found = results(polite, *map(page, urls))
    assert site.asked() == ["https://a.example/robots.txt", urls[0], urls[2]]
    assert site.pauses() == [5.0, 5.0]
    refused = found[urls[1]]
    assert isinstance(refused, Failed)
    assert "robots.txt" in refused.reason
    assert not refused.retryable


def test_robots_txt_is_not_asked_for_feeds(polite: PoliteFetcher, site: Site) -> None:
    results(polite, Request("https://a.example/feed"))
    assert site.asked() == ["https://a.example/feed"]


def test_a_redirect_may_not_lead_around_robots_txt(polite: PoliteFetcher, site: Site) -> None:
    site.answers["https://a.example/1"] = lambda: httpx.Response(
        302, headers={"Location": "https://b.example/1"}
    )
    site.answers["https://b.example/robots.txt"] = lambda: httpx.Response(
        200, text="User-agent: *\nDisallow: /"
    )
    found = results(polite, page("https://a.example/1"))["https://a.example/1"]
    assert isinstance(found, Failed)
    assert "https://b.example/1" not in site.asked()


def test_pages_wait_while_robots_txt_cannot_be_read(polite: PoliteFetcher, site: Site) -> None:
    site.answers["/robots.txt"] = lambda: httpx.Response(503)
    urls = [f"https://a.example/{n}" for n in range(3)]
    for result in results(polite, *map(page, urls)).values():
        assert isinstance(result, Failed)
        assert result.retryable
    assert site.asked() == ["https://a.example/robots.txt"]


@pytest.mark.parametrize("headers", [{"Retry-After": "3600"}, {}])
def test_a_host_that_has_had_too_much_is_left_alone(
    polite: PoliteFetcher, site: Site, headers: dict[str, str]
) -> None:
    site.answers["/0"] = lambda: httpx.Response(429, headers=headers)
    urls = [f"https://a.example/{n}" for n in range(3)]
    found = results(polite, *map(Request, urls))
    assert site.asked() == urls[:1]
    later = found[urls[2]]
    assert isinstance(later, Failed)
    assert later.retryable
    assert later.retry_after == timedelta(seconds=3600 if headers else 60)


def test_a_short_pause_that_a_host_asks_for_is_waited_out(
    polite: PoliteFetcher, site: Site
) -> None:
    site.answers["/0"] = lambda: httpx.Response(503, headers={"Retry-After": str(int(PATIENCE))})
    urls = [f"https://a.example/{n}" for n in range(2)]
    assert isinstance(results(polite, *map(Request, urls))[urls[1]], Fetched)
    assert site.pauses() == [PATIENCE]


def test_a_dead_host_is_given_up_after_a_few_requests(polite: PoliteFetcher, site: Site) -> None:
    def dead() -> httpx.Response:
        raise httpx.ConnectTimeout("")

    for number in range(20):
        site.answers[f"https://dead.example/{number}"] = dead
    urls = [f"https://dead.example/{n}" for n in range(20)]
    found = results(polite, *map(Request, urls))
    assert len(found) == 20
    assert all(isinstance(result, Failed) and result.retryable for result in found.values())
    assert len(site.log) == STRIKES


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://[", "http://127.0.0.1/", "x" * 99])
def test_an_address_that_is_not_asked_waits_for_nobody(
    polite: PoliteFetcher, site: Site, clock: Time, url: str
) -> None:
    for is_page in (True, False):
        ((_, result),) = polite.fetch_all([Request(url, is_page=is_page)])
        assert isinstance(result, Failed)
        assert not result.retryable
    assert site.log == []


def test_what_nobody_expected_is_raised_to_the_reader(polite: PoliteFetcher, site: Site) -> None:
    def bug() -> httpx.Response:
        raise ZeroDivisionError

    site.answers["/a"] = bug
    with pytest.raises(ZeroDivisionError):
        results(polite, Request("https://a.example/a"))
    assert isinstance(
        results(polite, Request("https://b.example/"))["https://b.example/"], Fetched
    ), "the thread lives on"


# Real sockets, threads and time


@pytest.fixture
def webs() -> Iterator[list[SmallWeb]]:
    """40 hosts of one port, on loopback addresses of their own."""
    with ExitStack() as stack:
        first = stack.enter_context(small_web("127.0.0.2"))
        others = [stack.enter_context(small_web(f"127.0.0.{n}", first.port)) for n in range(3, 42)]
        yield [first, *others]


@pytest.fixture
def fetcher(webs: list[SmallWeb]) -> Iterator[Fetcher]:
    with Fetcher(allow_private_hosts=[web.host for web in webs], limits=QUICK) as fetcher:
        yield fetcher


def hang(connection: socket.socket) -> None:
    time.sleep(3)


def test_hosts_that_hang_do_not_hold_up_the_others(webs: list[SmallWeb], fetcher: Fetcher) -> None:
    dead = webs[:5]
    for web in webs:
        web.behave("/a", hang) if web in dead else web.page("/a")
    started = time.monotonic()
    ended = {}
    for request, result in fetch_all(fetcher, [Request(web.url("/a")) for web in webs]):
        ended[request.url] = (time.monotonic() - started, result)
    assert len(ended) == 40
    alive = [ended[web.url("/a")] for web in webs[5:]]
    assert all(isinstance(result, Fetched) for _, result in alive)
    assert max(moment for moment, _ in alive) < 1.2, "the others waited for those that hang"
    assert all(isinstance(ended[web.url("/a")][1], Failed) for web in dead)
    assert max(moment for moment, _ in ended.values()) < 3.5


def test_more_dead_hosts_than_threads_do_not_stop_the_round(
    webs: list[SmallWeb], fetcher: Fetcher
) -> None:
    for web in webs[:6]:
        web.behave("/a", hang)
    webs[6].page("/a")
    requests = [Request(web.url("/a")) for web in webs[:7]]
    started = time.monotonic()
    ended = {
        request.url: (time.monotonic() - started, result)
        for request, result in fetch_all(fetcher, requests, workers=2)
    }
    moment, result = ended[webs[6].url("/a")]
    assert isinstance(result, Fetched)
    assert moment < 3.5, "two threads would come to it after 4.5 s"


class Counter:
    """A host that takes its time, and counts how many of its requests wait at once."""

    def __init__(self) -> None:
        self.at_once = 0
        self._waiting = 0
        self._lock = threading.Lock()

    def answering(self, answer: bytes) -> Callable[[socket.socket], None]:
        def behave(connection: socket.socket) -> None:
            with self._lock:
                self._waiting += 1
                self.at_once = max(self.at_once, self._waiting)
            time.sleep(0.02)
            with self._lock:
                self._waiting -= 1
            connection.sendall(answer)

        return behave


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def test_no_host_sees_two_requests_at_once(webs: list[SmallWeb], fetcher: Fetcher) -> None:
    some = webs[:6]
    counters = [Counter() for _ in some]
    requests = []
    for number, (web, counter) in enumerate(zip(some, counters, strict=True)):
        to = f"Location: {some[number - 1].url('/page')}\r\nContent-Length: 0\r\n\r\n"
        web.behave("/to", counter.answering(b"HTTP/1.1 302 Found\r\n" + to.encode()))
        web.behave("/page", counter.answering(OK))
        web.behave("/robots.txt", counter.answering(MISSING))
        requests += [Request(web.url("/to"), is_page=n % 2 == 0) for n in range(3)]
        requests += [Request(web.url("/page"), is_page=n % 2 == 0) for n in range(3)]
    with PoliteFetcher(fetcher, workers=8, delay=0.0) as polite:
        found = list(polite.fetch_all(requests))
    assert len(found) == 36
    assert all(isinstance(result, Fetched) for _, result in found)
    assert [counter.at_once for counter in counters] == [1] * 6
    assert [web.paths().count("/robots.txt") for web in some] == [1] * 6


def test_to_stop_reading_is_to_stop_asking(webs: list[SmallWeb], fetcher: Fetcher) -> None:
    for web in webs[:3]:
        web.behave("/hang", hang)
    webs[3].page("/a")
    requests = [Request(web.url("/hang")) for web in webs[:3]]
    requests += [Request(webs[3].url("/a")) for _ in range(5)]
    started = time.monotonic()
    for _ in (round_ := fetch_all(fetcher, requests)):
        break
    round_.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 1.0
    time.sleep(0.2)
    assert len(webs[3].requests) == 1


def test_an_interruption_is_heard_at_once(webs: list[SmallWeb], fetcher: Fetcher) -> None:
    webs[0].behave("/hang", hang)
    webs[1].page("/a")
    started = time.monotonic()

    def read() -> None:
        for _ in fetch_all(fetcher, [Request(webs[0].url("/hang")), Request(webs[1].url("/a"))]):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read()
    assert time.monotonic() - started < 1.0


def test_a_closed_fetcher_ends_the_rounds_of_others(webs: list[SmallWeb], fetcher: Fetcher) -> None:
    webs[0].behave("/hang", hang)
    with PoliteFetcher(fetcher) as polite:
        threading.Timer(0.1, polite.close).start()
        started = time.monotonic()
        assert list(polite.fetch_all([Request(webs[0].url("/hang"))])) == []
        assert time.monotonic() - started < 1.2


def test_several_rounds_may_run_at_once_and_each_gets_its_own(
    webs: list[SmallWeb], fetcher: Fetcher
) -> None:
    counters = [Counter() for _ in range(4)]
    for web, counter in zip(webs, counters, strict=False):
        for number in range(6):
            web.behave(f"/{number}", counter.answering(OK))
    found: dict[int, list[str]] = {}

    def run(number: int) -> None:
        requests = [Request(web.url(f"/{number}")) for web in webs[:4]]
        found[number] = sorted(request.url for request, _ in shared.fetch_all(requests))

    with PoliteFetcher(fetcher, delay=0.01) as shared:
        threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    for number in range(6):
        assert found[number] == sorted(web.url(f"/{number}") for web in webs[:4])
    assert [counter.at_once for counter in counters] == [1] * 4
