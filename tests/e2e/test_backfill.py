"""`pauta ingest --sitemap` and `pauta doctor` as a person runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.command_line import app
from retrieval.feeds import politeness
from retrieval.lock import ArchiveLock
from tests.commands import in_a_process
from tests.fakes import FakeEmbedder
from tests.local_web import Story, outlets
from tests.retrieval.test_backfill import a_site, day


def heed_ctrl_c() -> None:
    """As in a terminal; what runs in the background of a script is started deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def without_pauses_and_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hasty = partial(politeness.PoliteFetcher, delay=0.0)
    monkeypatch.setattr(politeness, "PoliteFetcher", hasty)
    monkeypatch.setattr("bot.doctor_command.PoliteFetcher", hasty)
    monkeypatch.setattr("bot.app.PoliteFetcher", hasty)
    monkeypatch.setattr("bot.app.load_embedder", lambda _name: FakeEmbedder())
    monkeypatch.chdir(tmp_path)


def pauta(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(app, arguments, env=environment)


def test_a_sites_past_is_taken_once_and_failures_are_told_by_reason() -> None:
    with a_site("127.0.0.41") as site:
        site.web.page("/robots.txt", f"Sitemap: {site.web.url('/sitemap.xml')}\n".encode())
        site.publish("one", day(5, 2))
        site.publish("two", day(5, 3))
        for name in ("gone", "lost"):
            site.publish(name)
            site.page(name, b"", status="404 Not Found")
        command = ["ingest", "--sitemap", site.web.url("/"), "--since", "2025-05-01"]
        allowed = {"PAUTA_ALLOW_PRIVATE_HOSTS": site.web.host, "PAUTA_CONTACT": "desk@a.example"}
        done = pauta(*command, **allowed)
        again = pauta(*command, "--strict", **allowed)

    assert done.exit_code == 0, done.output
    assert "4 to read" in done.stderr
    assert "2 new, 0 changed, 0 unchanged, 2 failed" in done.stdout
    assert "Failed, 2 times: the server answered 404 (not found)" in done.stderr
    assert "0 new, 0 changed, 2 unchanged, 2 failed" in again.stdout
    assert again.exit_code == 1
    assert b"(news archive bot; desk@a.example)" in site.web.requests[0]


def test_a_site_without_a_sitemap_is_a_failure_with_what_to_do() -> None:
    with a_site("127.0.0.43") as site:
        done = pauta(
            "ingest", "--sitemap", site.web.host.join(["http://", ""]), "--since", "2025-05-01",
            PAUTA_ALLOW_PRIVATE_HOSTS=site.web.host,
        )  # fmt: skip
    assert done.exit_code == 1
    assert "No sitemap could be read there" in done.stderr


def test_ctrl_c_keeps_what_is_stored_and_says_how_to_go_on(tmp_path: Path) -> None:
    with a_site("127.0.0.42") as site:
        for number in range(1, 29):
            site.publish(f"story{number}", day(5, number))
        environment = {**os.environ, "PAUTA_ALLOW_PRIVATE_HOSTS": site.web.host}
        address = site.web.url("/sitemap.xml")
        with subprocess.Popen(
            [sys.executable, "-m", "bot", "ingest", "--sitemap", address, "--since", "2025-05-01"],
            env=environment, cwd=tmp_path, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            preexec_fn=heed_ctrl_c,  # noqa: PLW1509 - it only sets a signal
        ) as process:  # fmt: skip
            deadline = time.monotonic() + 60
            while len(site.web.requests) < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            output, log = process.communicate(timeout=30)
    assert process.returncode == 130, log
    assert "goes on from here" in log
    assert "Traceback" not in log
    assert "new" in output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--sitemap", "https://a.example"], "--since 2026-11-01"),
        (["--sitemap", "https://a.example", "--since", "yesterday"], "2026-11-01"),
        (["--sitemap", "https://a.example", "--since", "2025-02-30"], "2026-11-01"),
        (["--sitemap", "https://a.example", "--since", "9000-01-01"], "lies ahead"),
        (
            ["--sitemap", "a.example", "--since", "2025-02-02", "--until", "2025-02-01"],
            "comes before",
        ),
        (["--sitemap", "ftp://a.example", "--since", "2025-01-01"], "Example:"),
        (["--since", "2025-01-01", "x.txt"], "go with --sitemap"),
        (["--sitemap", "https://a.example", "x.txt"], "goes alone"),
    ],
)
def test_wrong_use_of_a_backfill_is_explained(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = pauta("ingest", *arguments)
    assert done.exit_code == 2
    assert says in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_date_of_bulk_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    lines = [
        {"url": f"https://a.example/{n}", "text": f"Story {n}. It is about the port.",
         "published_at": date}
        for n, date in enumerate(["2025-05-01", "last Tuesday", 1746057600])
    ]  # fmt: skip
    (tmp_path / "bulk.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    done = pauta("ingest", "--jsonl", "bulk.jsonl")
    assert done.exit_code == 0
    assert "3 new" in done.stdout
    assert 'Note, 2 articles: the field "published_at" is not an ISO 8601 date' in done.stderr


def test_ctrl_c_while_the_command_is_loading_is_quiet(tmp_path: Path) -> None:
    begin = "print(flush=True); from bot.__main__ import main; main()"
    for wait in (0.05, 0.2, 0.4):
        process = subprocess.Popen(
            [sys.executable, "-c", begin, "chat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=heed_ctrl_c,  # noqa: PLW1509 - it only sets a signal
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
        assert b"Traceback" not in log
        assert process.returncode == 130


# The doctor


def test_the_doctor_looks_at_an_archive_another_process_holds(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The mayor of Ostby resigned on Friday.", encoding="utf-8")
    assert pauta("ingest", "a.txt").exit_code == 0
    lock = ArchiveLock(tmp_path / "home", "run", lasting=True)
    lock.acquire()
    try:
        done = in_a_process(tmp_path / "home", "doctor", "--json")
    finally:
        lock.release()

    told = {finding["subject"]: finding for finding in json.loads(done.stdout)}
    assert "open in `pauta run`" in told["archive"]["message"]
    assert told["indexes"]["verdict"] == "ok"
    # The archive was made with a fake one.
    assert "384 dimensions" in told["embedding model"]["message"]
    assert told["embedding model"]["verdict"] == "broken"
    assert done.returncode == 1


def test_the_doctor_examines_one_address_and_makes_no_archive(tmp_path: Path) -> None:
    with outlets() as (folha,):
        folha.publish(Story("one"))
        allowed = {"PAUTA_ALLOW_PRIVATE_HOSTS": folha.web.host}
        well = pauta("doctor", folha.feed_url, **allowed)
        ill = pauta("doctor", folha.url("absent"), **allowed)
    assert well.exit_code == 0, well.stdout
    assert "“The story called one”" in well.stdout
    assert ill.exit_code == 1
    assert "404" in ill.stdout
    assert "→" in ill.stdout
    assert not (tmp_path / "home").exists()


def test_the_doctor_explains_a_feed_it_knows_by_its_state_and_by_looking() -> None:
    with outlets() as (folha,):
        folha.publish(Story("one"))
        allowed = {"PAUTA_ALLOW_PRIVATE_HOSTS": folha.web.host}
        assert pauta("feeds", "add", folha.feed_url, "--title", "Folha", **allowed).exit_code == 0
        folha.web.page("/feed.xml", b"", status="403 Forbidden")
        done = pauta("doctor", "folha", **allowed)
    assert done.exit_code == 1
    assert "feed Folha: well" in done.stdout
    assert "403" in done.stdout
    assert "refuses Pauta" in done.stdout


def test_a_name_that_is_neither_feed_nor_address_is_said_to_be_none() -> None:
    done = pauta("doctor", "folha")
    assert done.exit_code == 1
    assert "pauta feeds list" in done.stdout
