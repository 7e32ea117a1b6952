"""What robots.txt asks of Pauta, also when it is written to harm."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.results import Failed, Fetched
from retrieval.feeds.robots import MAX_CHARACTERS, Robots, allowed, crawl_delay
from retrieval.feeds.robots_cache import (
    KEPT_SECONDS,
    MAX_ORIGINS,
    UNREADABLE_SECONDS,
    RobotsCache,
)

SITE = "https://news.example"


@pytest.mark.parametrize(
    ("robots_txt", "path", "may"),
    [
        (None, "/a", True),
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /private", "/a", True),
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a/b", "/a/b", False),
        ("User-agent: *\nDisallow: /?s=", "/?s=x", False),
        ("User-agent: *\nDisallow: /ol%C3%A1", "/olá", False),
        ("User-agent: GPTBot\nDisallow: /", "/a", True),
        ("User-agent: pauta\nDisallow: /", "/a", False),
        ("User-agent: Pauta/1.0 # hello\nDisallow: /", "/a", False),
        ("User-agent: PautaBot\nDisallow: /", "/a", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Pauta\nDisallow:", "/a", True),
        ("User-agent: GPTBot\nUser-agent: Pauta\nUser-agent: Other\nDisallow: /", "/a", False),
        ("User-agent: GPTBot\nUser-agent: Other\nDisallow: /\nUser-agent: *\nAllow: /", "/a", True),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", "/a", False),
        ("<!doctype html><p>Not found</p>", "/a", True),
    ],
)
def test_pages_a_site_lets_be_read(robots_txt: str | None, path: str, may: bool) -> None:
    assert allowed(robots_txt, "Pauta", SITE + path) is may


@pytest.mark.parametrize(
    ("robots_txt", "delay"),
    [
        (None, None),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 86400", 30),
        ("User-agent: *\nCrawl-delay: -1", None),
        ("User-agent: *\nCrawl-delay: nan", None),
        ("User-agent: *\nCrawl-delay: inf", None),
        ("User-agent: Bing\nCrawl-delay: 5", None),
    ],
)
def test_the_pause_a_site_asks_for(robots_txt: str | None, delay: float | None) -> None:
    assert crawl_delay(robots_txt, "Pauta") == delay


def test_sitemaps_are_told() -> None:
    assert Robots("Sitemap: https://news.example/map.xml", "Pauta").sitemaps == [
        "https://news.example/map.xml"
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "".join(f"User-agent: {n}\n" for n in range(15_000)) + "Disallow: /a\n" * 15_000,
        "User-agent: *\n" + "".join(f"Disallow: /*{n}*a*b\n" for n in range(25_000)),
        "User-agent: *\nDisallow: /" + "*a" * 1_000 + "b",
        "User-agent: *\nDisallow: /" + "a" * 400_000,
        "User  agent x\n" * 30_000 + "Allow: /b\n" * 9_000,
        "User-agent: *\n" + "Disallow: /$$$$$\n" * 20_000,
        "Sitemap: x\n" * 40_000,
        "\n" * 5_000_000,
    ],
)
def test_a_hostile_file_is_read_in_bounded_time(hostile: str) -> None:
    started = time.monotonic()
    assert allowed(hostile, "Pauta", f"{SITE}/{'a' * 1_900}") in (True, False)
    assert time.monotonic() - started < 3


def test_what_lies_beyond_the_limit_is_not_read() -> None:
    late = "#" * MAX_CHARACTERS + "\nUser-agent: *\nDisallow: /"
    assert allowed(late, "Pauta", f"{SITE}/a")


@given(st.text(), st.text())
def test_anything_can_be_asked_of_anything(robots_txt: str, url: str) -> None:
    robots = Robots(robots_txt, "Pauta")
    assert robots.allowed(url) in (True, False)
    assert robots.crawl_delay is None or 0 <= robots.crawl_delay <= 30


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def found(text: str, url: str = f"{SITE}/robots.txt") -> Fetched:
    return Fetched(url, url, 200, text.encode(), "text/plain", None)


def failed(status: int | None) -> Failed:
    return Failed(f"{SITE}/robots.txt", "why", retryable=True, status=status)


def test_robots_txt_is_asked_for_once_a_day_and_origin() -> None:
    clock = Seconds()
    cache = RobotsCache("Pauta", clock)
    question = cache.question(f"{SITE}/a?b")
    assert question
    assert question.at == f"{SITE}/robots.txt"
    cache.learn(f"{SITE}/a", found("User-agent: *\nDisallow: /a\nCrawl-delay: 7"))
    assert cache.question(f"{SITE}/b") is None
    assert cache.refusal(SITE, f"{SITE}/b") is None
    assert cache.crawl_delay(f"{SITE}/b") == 7
    refusal = cache.refusal(f"{SITE}/a", f"{SITE}/a")
    assert refusal
    assert not refusal.retryable
    assert cache.question(f"{SITE}:8443/b"), "another origin"
    clock.now = KEPT_SECONDS
    assert cache.question(f"{SITE}/b")


@pytest.mark.parametrize("status", [302, 401, 403, 404, 410])
def test_a_site_without_robots_txt_may_be_read(status: int) -> None:
    cache = RobotsCache("Pauta", Seconds())
    cache.learn(SITE, failed(status))
    assert cache.refusal(SITE, f"{SITE}/a") is None


@pytest.mark.parametrize("status", [None, 429, 500, 503])
def test_a_site_whose_robots_txt_cannot_be_read_now_is_left_for_later(status: int | None) -> None:
    clock = Seconds()
    cache = RobotsCache("Pauta", clock)
    cache.learn(SITE, failed(status))
    assert cache.question(f"{SITE}/a") is None
    refusal = cache.refusal(f"{SITE}/a", f"{SITE}/a")
    assert refusal
    assert refusal.retryable
    clock.now = UNREADABLE_SECONDS
    assert cache.question(f"{SITE}/a")


def test_no_more_origins_are_remembered_than_the_limit_and_the_longest_unused_goes() -> None:
    cache = RobotsCache("Pauta", Seconds())
    for number in range(MAX_ORIGINS):
        cache.learn(f"https://{number}.example/", found(""))
    assert cache.question("https://0.example/") is None
    cache.learn(f"{SITE}/", found(""))
    assert cache.question("https://0.example/") is None
    assert cache.question("https://1.example/")
