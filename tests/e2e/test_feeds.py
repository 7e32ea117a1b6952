"""Feeds end to end: rounds that are disturbed in every way, and the commands as processes."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import feed_commands
from retrieval.errors import RetrievalError
from retrieval.feed_store import FeedStore
from retrieval.feeds.extract import extract_html
from retrieval.feeds.fetch import Limits
from retrieval.feeds.rhythm import CheckOutcome
from retrieval.lock import ArchiveLock
from retrieval.models import Document
from retrieval.store import Store, open_corpus
from tests import killable_round
from tests.archive import NOW, an_archive, assert_consistent
from tests.commands import in_a_process, pauta
from tests.fakes import FakeEmbedder
from tests.local_web import Desk, Outlet, Story, a_page, a_text, hosts, outlets, stories
from tests.retrieval.small_web import SmallWeb, small_web

# The open web as it really is

GOOD = 40
LIMITS = Limits(max_bytes=1_000_000, connect_seconds=2, read_seconds=2.5, total_seconds=2.5)

BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
<!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;"><!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;">]>
<rss version="2.0"><channel><title>&g;</title></channel></rss>"""


def never_answer(connection: socket.socket) -> None:
    connection.settimeout(20)
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
    while True:
        connection.sendall(b" ")
        time.sleep(0.1)


def pour(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n\r\n<rss>")
    while True:
        connection.sendall(b"<item/>" * 10_000)


def a_closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port: int = server.getsockname()[1]
        return port


def misbehave(web: SmallWeb) -> dict[str, str]:
    """Addresses of feeds, each with words its report must hold."""
    page, xml = web.page, "Content-Type: application/rss+xml"
    squeezed = gzip.compress(b"<rss>" + b" " * 200_000_000)
    return {
        page("/html", b"<html><body><p>Welcome</p></body></html>"): "web page, not a feed",
        page("/broken", b"this is <no XML & <<never> was", xml): "",
        page("/other", b"<invoice><total>3</total></invoice>", xml): "not a feed",
        page("/gzip", squeezed, xml, "Content-Encoding: gzip"): "MB",
        page("/empty", b"", xml): "empty",
        page("/binary", bytes(range(256)) * 50, xml): "",
        page("/500", b"", status="500 Internal Server Error"): "500",
        page("/404", b"", status="404 Not Found"): "404",
        page("/never-changed", b"", status="304 Not Modified"): "304",
        page("/missing", b"", "Location:", status="302 Found"): "",
        web.redirect("/loop", web.url("/loop")): "redirects more than",
        web.redirect("/private", "http://127.0.0.99:9/feed"): "private network",
        web.redirect("/metadata", "http://169.254.169.254/latest"): "private network",
        f"https://{web.host}/tls": "TLS",
        web.behave("/endless", pour): "MB",
    }


@pytest.fixture(scope="module")
def reader_is_warm() -> None:
    """The first page of a process waits a second or two for the model that tells languages."""
    extract_html(Document("https://a.example/1", a_page("One", a_text("1")), "text/html", "utf-8"))


@pytest.mark.usefixtures("reader_is_warm")
@pytest.mark.timeout(60)
def test_bad_feeds_are_reported_in_words_and_good_ones_do_not_wait_for_them(
    tmp_path: Path,
) -> None:
    with an_archive(tmp_path) as archive, outlets(GOOD) as good, ExitStack() as stack:
        bad = stack.enter_context(small_web("127.0.1.1"))
        slow = [stack.enter_context(small_web(f"127.0.1.{10 + number}")) for number in range(12)]
        refusing = f"127.0.0.1:{a_closed_port()}"
        desk = Desk(archive, [bad.host, refusing, *(web.host for web in slow)], limits=LIMITS)
        wrong = misbehave(bad) | {f"http://{refusing}/": "refused the connection"}
        hanging = [
            web.behave("/feed", drip if number % 2 else never_answer)
            for number, web in enumerate(slow)
        ]
        bomb = bad.page("/entities", BOMB)
        for url in (*hanging, *wrong, bomb):  # asked first
            desk.feeds.add(url, url, None, NOW - timedelta(days=1))
        for outlet in good:
            outlet.publish(Story("one", text=killable_round.unlike_others(outlet.name)))
        desk.follow(*good)

        started = time.monotonic()
        order: list[str] = []
        reports = desk.round(on_report=lambda report: order.append(report.feed.url))
        took = time.monotonic() - started

        by_url = {report.feed.url: report for report in reports}
        assert len(by_url) == GOOD + len(wrong) + len(hanging) + 1
        assert by_url[bomb].new == 0
        assert [by_url[one.feed_url].new for one in good] == [1] * GOOD
        for url, words in {**wrong, **dict.fromkeys(hanging, "took too long")}.items():
            report = by_url[url]
            assert report.outcome is CheckOutcome.FAILED, url
            assert words in report.feed.last_error, (url, report.feed.last_error)
            assert report.feed.last_error, url
            assert report.feed.next_check_at
            assert report.feed.next_check_at > NOW
        last_good = max(order.index(one.feed_url) for one in good)
        assert last_good < min(order.index(url) for url in hanging)
        assert took < 2 * LIMITS.total_seconds + 5
        assert len(assert_consistent(archive).articles) == GOOD


# Stopped in the middle


@pytest.fixture
def two() -> Iterator[list[Outlet]]:
    with outlets(2) as found:
        for outlet in found:
            outlet.publish(*stories(4, prefix=f"{outlet.name.split()[-1]}-"))
        yield found


def undisturbed(folder: Path, found: list[Outlet]) -> list[str]:
    with an_archive(folder) as archive:
        desk = Desk(archive)
        desk.follow(*found)
        desk.round()
        return assert_consistent(archive).chunk_ids


class Interruption:
    """Does something before the text with a number is embedded, once."""

    def __init__(self, number: int, act: Callable[[], None]) -> None:
        self._left = number
        self._act = act

    def __call__(self, _text: str) -> None:
        self._left -= 1
        if self._left == 0:
            self._act()


def press_ctrl_c() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("number", [1, 6])
def test_after_ctrl_c_the_next_round_completes_what_was_begun(
    tmp_path: Path, two: list[Outlet], number: int
) -> None:
    with an_archive(tmp_path / "stopped") as archive:
        desk = Desk(archive)
        desk.follow(*two)
        archive.embedder._before_text = Interruption(number, press_ctrl_c)  # type: ignore[attr-defined]
        with pytest.raises(KeyboardInterrupt):
            desk.round()
        assert_consistent(archive)
        desk.round()
        assert desk.round()
        found = assert_consistent(archive)
    assert found.chunk_ids == undisturbed(tmp_path / "calm", two)


@pytest.mark.parametrize("number", [1, 6])
def test_a_stopped_round_ends_soon_and_the_next_one_completes_it(
    tmp_path: Path, two: list[Outlet], number: int
) -> None:
    with an_archive(tmp_path / "stopped") as archive:
        desk = Desk(archive)
        desk.follow(*two)
        with ExitStack() as stack:
            rounds = desk.rounds(stack)
            archive.embedder._before_text = Interruption(number, rounds.stop)  # type: ignore[attr-defined]
            assert len(rounds.run(NOW)) < 2
        assert_consistent(archive)
        desk.round()
        found = assert_consistent(archive)
    assert found.chunk_ids == undisturbed(tmp_path / "calm", two)


def test_stop_does_not_wait_for_a_host_that_never_answers(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive, small_web() as web, ExitStack() as stack:
        desk = Desk(archive, [web.host], limits=Limits(read_seconds=30, total_seconds=30))
        desk.feeds.add(web.behave("/feed", never_answer), "Silent", None, NOW)
        rounds = desk.rounds(stack)
        threading.Timer(0.3, rounds.stop).start()
        started = time.monotonic()
        assert rounds.run(NOW) == ()
        assert time.monotonic() - started < 3
        (feed,) = desk.feeds.all()
        assert feed.last_checked_at is None


def test_pages_that_drip_are_given_up_and_the_rest_is_left_for_the_next_round(
    tmp_path: Path, two: list[Outlet]
) -> None:
    outlet = two[0]
    with an_archive(tmp_path) as archive, ExitStack() as stack:
        desk = Desk(archive)
        desk.follow(outlet)
        rounds = desk.rounds(stack)
        rounds._harvester._patience = 0.0
        (report,) = rounds.run(NOW)
        assert report.new == 1
        desk.now += timedelta(days=1)
        (report,) = desk.round()
        assert report.new == 3


# kill -9

KILLS = 3
SECONDS_A_TEXT = 0.05
LONGEST_LIFE = 2.0


def killed_rounds(folder: Path, found: list[Outlet], kills: int, seed: int) -> int:
    """Starts rounds in processes of their own and kills them; returns how many were alive."""
    moments = random.Random(seed)
    return sum(
        killable_round.killed(
            folder, hosts(*found), SECONDS_A_TEXT, moments.uniform(0.05, LONGEST_LIFE)
        )
        for _ in range(kills)
    )


@pytest.mark.timeout(90)
def test_killed_at_random_moments_one_more_round_gives_the_undisturbed_archive(
    tmp_path: Path,
) -> None:
    with outlets(4) as found:
        for outlet in found:
            outlet.publish(*killable_round.unlike_stories(3, f"first-{outlet.name[-1]}-"))
        start = killable_round.prepared(tmp_path / "start", found)
        for name in ("calm", "killed"):
            shutil.copytree(start, tmp_path / name)
        killed = killed_rounds(tmp_path / "killed", found, KILLS, seed=20250121)
        assert killed >= 2
        for name in ("calm", "killed"):
            killable_round.one_round(tmp_path / name, hosts(*found), NOW + timedelta(hours=12), 0)
        calm = killable_round.everything(tmp_path / "calm")
        assert killable_round.everything(tmp_path / "killed") == calm
        assert len(calm[0].articles) == 4 * 11


# The commands, as a person runs them


@pytest.mark.timeout(120)
def test_a_site_is_added_read_again_when_due_and_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with outlets() as (outlet,):
        allowed = {"PAUTA_ALLOW_PRIVATE_HOSTS": outlet.web.host}
        site = outlet.page("", b"<html><body><p>Welcome</p></body></html>")
        outlet.publish(Story("dam", text="The dam of Lindoia gets new gates for R$ 340. " * 5))

        added = pauta(home, "feeds", "add", site, **allowed)
        assert added.returncode == 0, added.stderr
        assert "Added Outlet 1" in added.stderr
        assert "Outlet 1: 1 new, 0 changed" in added.stdout

        outlet.publish(Story("ferry", text="The ferry to Skarvik carried 1,900 people. " * 5))
        with corpus(home) as store:
            (feed,) = FeedStore(store.engine).all()
            FeedStore(store.engine).save(replace(feed, next_check_at=NOW))
        due = in_a_process(home, "ingest", "--due", **allowed)
        assert due.returncode == 0, due.stderr
        assert "1 feeds were due: 1 articles new, 0 changed, 0 feeds failed." in due.stdout

        with corpus(home) as store:
            urls = {article.url for article in store.all_articles()}
        assert urls == {outlet.url("dam"), outlet.url("ferry")}

        removed = pauta(home, "feeds", "remove", "outlet 1", **allowed)
        assert "2 articles went with it" in removed.stderr
        with corpus(home) as store:
            assert (store.chunk_ids(), store.article_count()) == ([], 0)


@contextmanager
def corpus(home: Path) -> Iterator[Store]:
    store = Store(open_corpus(home / "corpus.db"))
    try:
        yield store
    finally:
        store.close()


@pytest.mark.timeout(60)
def test_a_round_beside_a_running_bot_is_refused_in_words(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    lock = ArchiveLock(home, "run", lasting=True)
    lock.acquire()
    try:
        refused = pauta(home, "ingest", "--due")
    finally:
        lock.release()
    assert refused.returncode == 1
    assert f"in use by `pauta run` (process {os.getpid()})" in refused.stderr
    assert "Traceback" not in refused.stderr


class Terminal:
    """The commands in this process, with an embedder that costs nothing."""

    def __init__(self, embedder: FakeEmbedder) -> None:
        self._embedder = embedder

    def __call__(self, *arguments: str) -> str:
        """What is printed; fails the test when the command does."""
        result = CliRunner().invoke(feed_commands.app, list(arguments))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    embedder = FakeEmbedder()
    monkeypatch.setattr("bot.app.load_embedder", lambda _name: embedder)
    monkeypatch.setattr("retrieval.feeds.politeness.DELAY", 0.0)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(tmp_path)
    return Terminal(embedder)


@pytest.fixture
def outlet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outlet]:
    with outlets() as (only,):
        monkeypatch.setenv("PAUTA_ALLOW_PRIVATE_HOSTS", only.web.host)
        yield only


def state(terminal: Terminal) -> dict[str, object]:
    (feed,) = json.loads(terminal("list", "--json"))
    assert isinstance(feed, dict)
    return feed


def test_a_feed_is_paused_resumed_renamed_and_kept_for_some_days(
    terminal: Terminal, outlet: Outlet, tmp_path: Path
) -> None:
    opml = tmp_path / "feeds.opml"
    opml.write_text(
        f'<opml version="2.0"><body><outline type="rss" text="Folha" xmlUrl="{outlet.feed_url}"/>'
        "</body></opml>",
        encoding="utf-8",
    )
    terminal("import", str(opml))
    terminal("import", str(opml))
    assert state(terminal)["state"] == "not read yet"

    terminal("pause", "folha")
    assert state(terminal)["state"] == "paused"
    terminal("resume", outlet.feed_url)
    assert state(terminal)["state"] == "not read yet"
    terminal("rename", "folha", "  Folha de S.Paulo ")
    terminal("keep", "Folha de S.Paulo", "30")
    assert (state(terminal)["title"], state(terminal)["keep_days"]) == ("Folha de S.Paulo", 30)
    terminal("keep", "Folha de S.Paulo", "0")
    assert state(terminal)["keep_days"] is None
    assert "Folha de S.Paulo" in terminal("list")

    copy = tmp_path / "copy.opml"
    terminal("export", str(copy))
    assert outlet.feed_url in copy.read_text(encoding="utf-8")


def test_a_dry_run_shows_the_newest_entry_as_it_would_be_read_and_keeps_nothing(
    terminal: Terminal, outlet: Outlet
) -> None:
    outlet.publish(Story("dam", text="The dam of Lindoia gets new gates. " * 5))
    shown = terminal("check", outlet.feed_url)
    assert "The dam of Lindoia gets new gates." in shown
    assert "1 entries" in shown
    assert json.loads(terminal("list", "--json")) == []


def test_what_cannot_be_added_is_said(terminal: Terminal, outlet: Outlet, tmp_path: Path) -> None:
    with pytest.raises(RetrievalError, match="404"):
        terminal("add", outlet.url("nothing"))
    with pytest.raises(RetrievalError, match="private network"):
        terminal("add", "http://127.0.0.99:9/feed")
    with pytest.raises(RetrievalError, match="There is no feed 'nothing'"):
        terminal("remove", "nothing")
    broken = tmp_path / "feeds.opml"
    broken.write_bytes(b"nothing of the kind")
    with pytest.raises(RetrievalError):
        terminal("import", str(broken))
    assert json.loads(terminal("list", "--json")) == []


def test_removing_a_feed_may_leave_its_articles(terminal: Terminal, outlet: Outlet) -> None:
    outlet.publish(Story("dam"))
    assert "1 new" in terminal("add", outlet.feed_url)
    assert "in the list already" in terminal("add", outlet.feed_url)
    assert "its articles stay" in terminal("remove", "Outlet 1", "--keep-articles")
    assert json.loads(terminal("list", "--json")) == []
