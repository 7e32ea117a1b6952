"""Pauta installed on the archive of news, as one process or two, with people let in."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.app import build
from bot.eval_archive import folder_for
from bot.places import people_place
from bot.settings import Settings
from tests.bench.corpus import NEWS
from tests.bench.finding import CACHE
from tests.bench.newsroom import environment, let_in
from tests.bench.processes import TICKS, Bot, a_postgres_server, child, chroma_pid, cpu_seconds
from tests.chroma_server import a_chroma_server
from tests.telegram_server import TelegramServer

ENGINES = ("files", "servers", "replicas")
MEMBERS = 2_000


@dataclass(slots=True)
class Installation:
    """What runs, and what its processors are used for."""

    server: TelegramServer
    bots: list[Bot]
    groups: dict[str, Callable[[], float]]


def news_archive(home: Path) -> None:
    """A copy of the kept archive of news."""
    settings = Settings.model_validate({"home": CACHE.absolute()})
    kept = folder_for(NEWS / "articles.jsonl.gz", settings)
    assert kept.exists(), "make it first: python -m tests.bench.finding --help"
    shutil.copytree(kept, home, ignore=shutil.ignore_patterns("lock*", "people.db*"))
    # What a first round would do beside the first questions.
    with build(Settings.model_validate({"home": home}), purpose="bench", lasting=True) as made:
        made.ingest.tell_stories()


def pauta(home: Path, *arguments: str, **more: str) -> str:
    """A command that ends by itself; returns what it says."""
    with tempfile.TemporaryFile() as output:
        process = child(("bot", *arguments), {"PAUTA_HOME": str(home), **more}, output)
        code = process.wait()
        output.seek(0)
        said = output.read().decode()
    assert code == 0, said
    return said


@asynccontextmanager
async def installed(engines: str, folder: Path) -> AsyncIterator[Installation]:
    """On the archive of news, with `MEMBERS` people let in, and everything up."""
    home = folder / "home"
    news_archive(home)
    with ExitStack() as stack:
        more: dict[str, str] = {}
        groups: dict[str, Callable[[], float]] = {}
        if engines != "files":
            postgres = stack.enter_context(a_postgres_server())
            chroma = stack.enter_context(a_chroma_server(folder / "vectors"))
            more["PAUTA_DATABASE_URL"] = postgres.make()
            pauta(home, "migrate-data", "--to", more["PAUTA_DATABASE_URL"])
            more["PAUTA_CHROMA_URL"] = chroma.url
            # Writes the vectors, which the database keeps as well, to the server.
            pauta(home, "search", "anything", **more)
            pid = chroma_pid(chroma)
            groups["postgres"] = lambda: cpu_seconds(postgres.group)
            groups["chroma"] = lambda: cpu_seconds_of_one(pid)
        settings = Settings.model_validate(
            {"home": home, "database_url": more.get("PAUTA_DATABASE_URL")}
        )
        let_in(people_place(settings), MEMBERS)
        async with TelegramServer() as server:
            count = 2 if engines == "replicas" else 1
            env = environment(server, home, **more)
            bots = [Bot(env, folder / f"bot{at}.log") for at in range(count)]
            try:
                for bot in bots:
                    bot.start()
                for bot in bots:
                    await asyncio.to_thread(bot.wait_until_it_listens)
                groups["pauta"] = lambda: sum(cpu_seconds(bot.pid) for bot in bots)
                groups["telegram and the askers"] = time.process_time
                yield Installation(server, bots, groups)
            finally:
                for bot in bots:
                    bot.stop()


def cpu_seconds_of_one(pid: int) -> float:
    """Of a process that shares its group with others."""
    fields = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
