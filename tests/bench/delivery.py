"""A delivery against the tests' Bot API server, which keeps Telegram's limits by the letter.

python -m tests.bench.delivery --chats 10000 [--times 1]     seconds beside the least there can be
python -m tests.bench.delivery --kills 100 [--chats 1000]    kill -9 at random moments

The sender is a process of its own over a SQLite file. `--times 5` has server and sender both
take five times Telegram's limits, so that it is over sooner. In an episode one delivery is
killed up to ten times, each time over what the last kill left; then it is let finish, and the
messages of each chat are counted.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import func, select

from bot.database import open_people, outbox
from bot.offload import Offload
from bot.outbox import Outbox
from bot.outgoing import PartState
from tests import killable_delivery
from tests.bench.figures import Figure
from tests.killable_delivery import a_delivery, now
from tests.telegram_limits import StrictLimits
from tests.telegram_server import TelegramServer

MOST_KILLS_OF_ONE = 10
_processes = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Speed:
    chats: int
    seconds: float
    """From the first message accepted to the last."""
    least: float
    """With the first second's worth at once, and then as many a second as are allowed."""
    refused: int
    memory: int
    """Megabytes, the sender's most."""
    at_first: int
    """The same, before the first message."""

    @property
    def share(self) -> float:
        return self.least / self.seconds

    def figure(self) -> Figure:
        what = f"a delivery to {self.chats} chats"
        return Figure(what, self.seconds, "s", self.least, "the limits allow no less",
                      "ratio <= 1.05")  # fmt: skip


@dataclass(slots=True)
class Kills:
    """What came of deliveries that were killed."""

    kills: int = 0
    """Of senders that were under way."""
    chats: int = 0
    none: int = 0
    one: int = 0
    two: int = 0
    """Chats that got so many messages; none and two are to be explained."""
    in_doubt: int = 0
    """Messages of which the outbox says that nobody knows."""
    most_at_once: int = 0
    """Of those, after one kill."""
    unexplained: list[int] = field(default_factory=list)
    """Chats that got nothing, of which the outbox knows no doubt."""
    seconds: float = 0.0

    def figures(self) -> list[Figure]:
        after = f"after {self.kills} kill -9 of deliveries to {self.chats} chats in all"
        return [
            Figure(f"chats that got it twice, {after}", self.two, "", wanted="0"),
            Figure("chats that got nothing and are not in doubt", len(self.unexplained), "",
                   wanted="0"),
            Figure("messages in doubt", self.in_doubt, "", self.kills, "kills", "ratio <= 1"),
            Figure("messages in doubt after one kill, at most", self.most_at_once, "", 1,
                   "on its way", "1 where Telegram is quick"),
        ]  # fmt: skip


def figures() -> list[Figure]:
    """In a minute; the whole proof is `--chats 10000` and `--kills 100`."""
    sent = asyncio.run(speed(900, 1.0))
    killed = asyncio.run(kills(10, 100, 1.0, seed=7))
    return [sent.figure(), *killed.figures()]


def stored(file: Path, chats: int) -> None:
    """A delivery of one message to each of so many chats."""
    engine, offload = open_people(file), Offload()
    book = Outbox(engine, offload, now)
    with engine.begin() as connection:
        for chat_id in range(1, chats + 1):
            book.put(connection, a_delivery(f"digest:{chat_id}", chat_id))
    offload.close()
    engine.dispose()


@asynccontextmanager
async def _telegram(chats: int, times: float) -> AsyncIterator[tuple[TelegramServer, StrictLimits]]:
    limits = StrictLimits(round(30 * times), times, round(20 * times))
    async with TelegramServer(limits=limits) as server:
        server._chats.update(range(1, chats + 1))
        yield server, limits


async def speed(chats: int, times: float) -> Speed:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.db"
        stored(file, chats)
        async with _telegram(chats, times) as (server, limits):
            sender = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.killable_delivery", server.url, str(file), str(times),
                stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            said, _ = await sender.communicate()
        counted = Counter(sent.chat_id for sent in server.sent)
        assert counted == Counter(range(1, chats + 1)), "not one message a chat"
        found = re.search(r"(\d+) MB at most, (\d+) MB", said.decode())
        assert found is not None, said
        return Speed(
            chats,
            limits.accepted[-1] - limits.accepted[0],
            (chats - limits.a_second) / limits.a_second,
            limits.refused,
            int(found[1]),
            int(found[2]),
        )


async def kills(wanted: int, chats: int, times: float, seed: int, longest: float = 1.5) -> Kills:
    """`longest` is how many seconds after its start a sender is killed at most."""
    dice, outcome, began = random.Random(seed), Kills(), time.monotonic()
    _processes.set_forkserver_preload(["tests.killable_delivery"])
    while outcome.kills < wanted:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "people.db"
            stored(file, chats)
            async with _telegram(chats, times) as (server, _):
                doubts = 0
                for _ in range(min(MOST_KILLS_OF_ONE, wanted - outcome.kills)):
                    after = dice.uniform(0, longest)
                    outcome.kills += await asyncio.to_thread(
                        _killed, server.url, file, times, after
                    )
                    before, doubts = doubts, _doubtful_or_under_way(file)
                    outcome.most_at_once = max(outcome.most_at_once, doubts - before)
                await killable_delivery.deliver_all(server.url, file, times)
            _count(outcome, server, file, chats)
    outcome.seconds = time.monotonic() - began
    return outcome


def _killed(url: str, file: Path, times: float, after: float) -> bool:
    """Kill -9 a sender `after` seconds; whether it was still under way."""
    ready = _processes.Event()
    child = _processes.Process(target=_in_silence, args=(url, file, times, ready), daemon=True)
    child.start()
    assert ready.wait(60), "a delivery did not begin"
    child.join(after)
    alive = child.is_alive()
    child.kill()
    child.join(10)
    return alive


def _in_silence(url: str, file: Path, times: float, ready: Event) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    os.dup2(2, 1)
    killable_delivery.main(url, file, times, ready.set)


def _doubtful_or_under_way(file: Path) -> int:
    return len(_chats_in(file, PartState.UNKNOWN, PartState.SENDING))


def _chats_in(file: Path, *states: PartState) -> set[int]:
    engine = open_people(file)
    with engine.connect() as connection:
        found = set(connection.scalars(select(outbox.c.chat_id).where(outbox.c.state.in_(states))))
        left = select(func.count()).where(outbox.c.state == PartState.WAITING.value)
        assert states[0] is not PartState.UNKNOWN or len(states) > 1 or not connection.scalar(left)
    engine.dispose()
    return found


def _count(outcome: Kills, server: TelegramServer, file: Path, chats: int) -> None:
    got, doubtful = (
        Counter(sent.chat_id for sent in server.sent),
        _chats_in(file, PartState.UNKNOWN),
    )
    nothing = [chat_id for chat_id in range(1, chats + 1) if got[chat_id] == 0]
    outcome.chats += chats
    outcome.none += len(nothing)
    outcome.one += sum(number == 1 for number in got.values())
    outcome.two += sum(number > 1 for number in got.values())
    outcome.in_doubt += len(doubtful)
    outcome.unexplained += [chat_id for chat_id in nothing if chat_id not in doubtful]


def main() -> int:
    from tests.bench.__main__ import show

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chats", type=int, default=0)
    parser.add_argument("--times", type=float, default=1.0, help="Telegram's limits, so many times")
    parser.add_argument("--kills", type=int, default=0)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    arguments = parser.parse_args()
    if not arguments.kills:
        found = asyncio.run(speed(arguments.chats or 10_000, arguments.times))
        show([found.figure()])
        print(
            f"{found.share:.1%} of the allowed rate, at {arguments.times:g} times Telegram's "
            f"limits; {found.refused} times told to wait; "
            f"{found.memory} MB at most, {found.at_first} MB before the first message"
        )
        return 0 if found.share >= 0.95 else 1
    print(f"seed {arguments.seed}", flush=True)
    outcome = asyncio.run(
        kills(arguments.kills, arguments.chats or 1_000, arguments.times, arguments.seed)
    )
    show(outcome.figures())
    print(
        f"none {outcome.none}, one {outcome.one}, two {outcome.two}; {outcome.in_doubt} in doubt, "
        f"at most {outcome.most_at_once} after one kill; {outcome.seconds:.0f} s"
    )
    return 1 if outcome.two or outcome.unexplained else 0


if __name__ == "__main__":
    raise SystemExit(main())
