"""Memory of one process over half an hour in which people ask and articles come.

    python -m tests.bench.soak [--minutes 30] [--questions 0.3] [--articles 0.5]

SQLite and a Chroma folder, the archive of news; questions and articles a second, the articles
through the feeds of ten outlets of the tests' own, which Pauta looks at every minute. Resident
memory is read every ten seconds, and a line is fitted to it by least squares from the tenth
minute on: what the first questions and rounds load is no leak.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bot.places import people_place
from bot.settings import Settings
from retrieval.feed_store import FeedStore
from retrieval.store import open_corpus
from tests.bench.installed import MEMBERS, news_archive
from tests.bench.load import questions
from tests.bench.newsroom import Asking, environment, let_in, ports_of, updates_delivered
from tests.bench.processes import Bot, rss_mb
from tests.local_web import Outlet, Story, hosts, outlets
from tests.telegram_server import TelegramServer

OUTLETS = 10
SHOWN_IN_A_FEED = 60
EVERY_SECONDS = 10.0
SETTLED_AFTER = 600.0
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Line:
    """Of megabytes over hours."""

    slope: float
    error: float
    """Standard error of the slope, as if neighbouring readings were independent."""


def fitted(readings: Sequence[tuple[float, float]]) -> Line:
    """Least squares through at least three (seconds, megabytes)."""
    hours, megabytes = np.array(readings).T / np.array([[_HOUR], [1.0]])
    centred = hours - hours.mean()
    slope = float((centred @ megabytes) / (centred @ centred))
    left = megabytes - megabytes.mean() - slope * centred
    variance = float(left @ left) / (len(hours) - 2)
    return Line(slope, float(np.sqrt(variance / (centred @ centred))))


def follow(corpus: Path | str, found: Sequence[Outlet]) -> None:
    """Before Pauta runs."""
    engine = open_corpus(corpus)
    store = FeedStore(engine)
    for outlet in found:
        store.add(outlet.feed_url, outlet.name, None, datetime.now(UTC))
    engine.dispose()


async def publish(found: Sequence[Outlet], a_second: float, seconds: float) -> int:
    """Evenly, to one outlet after the other; returns how many."""
    began, count = time.monotonic(), int(a_second * seconds)
    for at in range(count):
        await asyncio.sleep(max(0.0, began + at / a_second - time.monotonic()))
        outlet = found[at % len(found)]
        outlet.publish(replace(Story(f"soak{at}"), published=datetime.now(UTC)))
        outlet.stories = outlet.stories[:SHOWN_IN_A_FEED]
    return count


async def read(bot: Bot, seconds: float, out: Path) -> list[tuple[float, float]]:
    began = time.monotonic()
    readings: list[tuple[float, float]] = []
    with out.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["seconds", "rss_mb"])
        while (now := time.monotonic() - began) < seconds:
            assert bot.is_alive, f"Pauta ended: {bot.log.read_text()[-2000:]}"
            readings.append((now, rss_mb(bot.pid)))
            rows.writerow([f"{value:.1f}" for value in readings[-1]])
            file.flush()
            await asyncio.sleep(EVERY_SECONDS)
    return readings


async def soak(minutes: float, asked: float, published: float, out: Path) -> str:
    seconds = minutes * 60
    with tempfile.TemporaryDirectory() as folder, outlets(OUTLETS) as found:
        home = Path(folder) / "home"
        news_archive(home)
        let_in(people_place(Settings.model_validate({"home": home})), MEMBERS)
        follow(home / "corpus.db", found)
        async with TelegramServer() as server:
            env = environment(
                server, home,
                PAUTA_ALLOW_PRIVATE_HOSTS=",".join(hosts(*found)),
                PAUTA_FEED_INTERVAL_MIN_MINUTES="1", PAUTA_FEED_INTERVAL_MAX_MINUTES="1",
            )  # fmt: skip
            bot = Bot(env, Path(folder) / "bot.log")
            try:
                bot.start()
                await asyncio.to_thread(bot.wait_until_it_listens)
                asking = Asking(server, questions(), MEMBERS)
                async with updates_delivered(server, ports_of([bot])):
                    _, came, readings = await asyncio.gather(
                        asking.at_rate(asked, seconds),
                        publish(found, published, seconds),
                        read(bot, seconds, out),
                    )
                    await asking.all_answered(30)
                answered = len(asking.took)
            finally:
                bot.stop()
        engine = open_corpus(home / "corpus.db")
        with engine.connect() as connection:
            query = "SELECT count(*) FROM articles WHERE url LIKE 'http://127.0.0.%'"
            taken = connection.exec_driver_sql(query).scalar()
        engine.dispose()
    return _told(readings, answered, came, int(taken or 0))


def _told(readings: Sequence[tuple[float, float]], answered: int, came: int, taken: int) -> str:
    settled = [one for one in readings if one[0] >= SETTLED_AFTER]
    line = fitted(settled) if len(settled) > 2 else fitted(readings)
    return (
        f"{readings[-1][0] / 60:.0f} minutes, {answered} answers, {taken} of {came} articles "
        f"taken by then: {readings[0][1]:.0f} MB at the start, {settled[0][1]:.0f} MB after ten "
        f"minutes, {readings[-1][1]:.0f} MB at the end, at most "
        f"{max(one[1] for one in readings):.0f} MB; from the tenth minute on "
        f"{line.slope:+.1f} MB an hour (standard error {line.error:.1f})."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--questions", type=float, default=0.3, help="a second")
    parser.add_argument("--articles", type=float, default=0.5, help="a second")
    parser.add_argument("--out", type=Path, default=Path("bench-results/soak.csv"))
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    told = asyncio.run(
        soak(arguments.minutes, arguments.questions, arguments.articles, arguments.out)
    )
    print(told)
    arguments.out.with_suffix(".md").write_text(told + "\n")


if __name__ == "__main__":
    main()
