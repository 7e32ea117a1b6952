"""One thing after the other breaks while people ask and articles come; then it is counted.

    python -m tests.bench.faults [--seconds 20] [--telegram 60] [--replicas 2] [--only NAME]

Real processes on loopback: two replicas of Pauta on PostgreSQL and a Chroma server, which write
to a small file system where this user may mount one (`--telegram 600` is the full form of ten
minutes). Questions and articles are spread evenly over the faults.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench.fault_counts import Counted, articles_lacking, count, is_answered
from tests.bench.fault_world import World, a_world
from tests.bench.newsroom import ports_of, updates_delivered

CALM_SECONDS = 5.0
CLOCK_STEP = 3 * 3600.0
SETTLING_SECONDS = 420.0
STILL_SECONDS = 75.0
"""After all is answered: long enough for another tick to say something twice."""
TELEGRAM_METHODS = (
    "sendMessage", "editMessageText", "sendChatAction", "setMessageReaction", "deleteMessage",
)  # fmt: skip
_FOR_EVER = 10**9

Fault = Callable[[World, float], Awaitable[None]]


async def postgres_restarts(world: World, seconds: float) -> None:
    world.left_alone.add("postgres")
    await asyncio.to_thread(world.postgres.stop)
    await asyncio.sleep(seconds / 2)
    await asyncio.to_thread(world.postgres.start)
    world.left_alone.discard("postgres")
    await asyncio.sleep(seconds / 2)


async def postgres_crashes(world: World, seconds: float) -> None:
    world.left_alone.add("postgres")
    await asyncio.to_thread(world.postgres.stop, signal.SIGQUIT)
    await asyncio.to_thread(world.postgres.start)
    world.left_alone.discard("postgres")
    await asyncio.sleep(seconds / 2)


async def chroma_dies(world: World, seconds: float) -> None:
    world.left_alone.add("chroma")
    world.chroma.kill()
    await asyncio.sleep(seconds)
    await asyncio.to_thread(world.chroma.start)
    world.left_alone.discard("chroma")


async def a_replica_is_killed(world: World, seconds: float) -> None:
    """Each in its turn."""
    for at, bot in enumerate(world.bots):
        world.left_alone.add(f"replica {at}")
        await asyncio.to_thread(bot.kill)
        await asyncio.sleep(seconds / 2)
        bot.start()
        await asyncio.to_thread(bot.wait_until_it_listens)
        world.left_alone.discard(f"replica {at}")


async def the_model_hangs(world: World, seconds: float) -> None:
    world.model.hangs = True
    await asyncio.sleep(seconds)
    world.model.hangs = False


async def telegram_fails(world: World, seconds: float) -> None:
    """Half the time with an error, half the time without an answer."""
    faults = world.server._faults
    for method in TELEGRAM_METHODS:
        world.server.fail(method, 502, "Bad Gateway", times=_FOR_EVER)
    await asyncio.sleep(seconds / 2)
    faults.clear()
    for method in TELEGRAM_METHODS:
        world.server.drop(method, times=_FOR_EVER)
    await asyncio.sleep(seconds / 2)
    faults.clear()


async def the_disk_is_full(world: World, seconds: float) -> None:
    if world.disk is None:
        print("  skipped: this user may mount no small file system", flush=True)
        return
    filler = world.disk / "filler"
    await asyncio.to_thread(_fill, filler)
    await asyncio.sleep(seconds)
    filler.unlink()


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as out:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    out.write(b"x" * size)
            except OSError:
                continue


async def the_clock_steps(world: World, seconds: float) -> None:
    """Three hours ahead, and back."""
    world.clock.write_text(str(CLOCK_STEP))
    await asyncio.sleep(max(seconds, 65))
    world.clock.write_text("0")
    await asyncio.sleep(seconds / 2)


FAULTS: dict[str, Fault] = {
    "PostgreSQL restarted": postgres_restarts,
    "PostgreSQL crashed": postgres_crashes,
    "Chroma killed and restarted": chroma_dies,
    "replicas killed -9": a_replica_is_killed,
    "the language model hangs": the_model_hangs,
    "Telegram fails": telegram_fails,
    "the disk is full": the_disk_is_full,
    "the clock steps three hours": the_clock_steps,
}


def expected_seconds(names: list[str], seconds: float, telegram: float) -> float:
    """About; what the faults do is spread over it."""
    own = {"Telegram fails": telegram, "the clock steps three hours": max(seconds, 65.0)}
    return sum(own.get(name, seconds) + CALM_SECONDS + 3 for name in names)


async def evenly(number: int, seconds: float, act: Callable[[int], None]) -> None:
    began = time.monotonic()
    for at in range(number):
        await asyncio.sleep(max(0.0, began + at * seconds / number - time.monotonic()))
        act(at)


async def run(
    names: list[str], replicas: int, questions: int, articles: int, seconds: float, telegram: float,
    keep: Path,
) -> Counted:  # fmt: skip
    whole = expected_seconds(names, seconds, telegram)
    with tempfile.TemporaryDirectory() as folder:
        async with a_world(Path(folder), replicas, questions, whole) as world:
            async with updates_delivered(world.server, ports_of(world.bots)):
                watch = asyncio.create_task(world.watch())
                flow = asyncio.gather(
                    evenly(questions, whole, world.ask), evenly(articles, whole, world.publish)
                )
                for name in names:
                    await asyncio.sleep(CALM_SECONDS)
                    print(f"{time.strftime('%H:%M:%S')} {name}", flush=True)
                    await FAULTS[name](world, telegram if name == "Telegram fails" else seconds)
                await flow
                print(f"{time.strftime('%H:%M:%S')} all is well again", flush=True)
                took = await _settled(world)
                await asyncio.sleep(STILL_SECONDS)
                counted = await asyncio.to_thread(count, world)
                counted.also["seconds until all was answered and taken"] = round(took)
                watch.cancel()
            for bot in world.bots:
                (keep / bot.log.name).write_bytes(bot.log.read_bytes())
    return counted


async def _settled(world: World) -> float:
    """Seconds until every question was answered and every article taken; at most 420."""
    began = time.monotonic()
    while (took := time.monotonic() - began) < SETTLING_SECONDS:
        unanswered = [number for number in world.asked if not is_answered(world, number)]
        lacking = await asyncio.to_thread(articles_lacking, world)
        if not unanswered and not lacking:
            return took
        if took > SETTLING_SECONDS / 4 and not lacking:
            return took  # an answer that has not come by now does not come
        await asyncio.sleep(3)
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="of each fault")
    parser.add_argument("--telegram", type=float, default=60, help="seconds that Telegram fails")
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--only", action="append", choices=tuple(FAULTS), help="of the faults")
    parser.add_argument("--out", type=Path, default=Path("bench-results/faults.md"))
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    # Clients that give up on the hung model are what is wanted.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    names = arguments.only or list(FAULTS)
    counted = asyncio.run(
        run(
            names, arguments.replicas, arguments.questions, arguments.articles,
            arguments.seconds, arguments.telegram, arguments.out.parent,
        )
    )  # fmt: skip
    head = (
        f"{arguments.replicas} replicas; {', '.join(names)}; {arguments.seconds:g} s each, "
        f"Telegram {arguments.telegram:g} s\n\n"
    )
    print(counted.table())
    arguments.out.write_text(head + counted.table() + "\n")
    return 0 if counted.is_well else 1


if __name__ == "__main__":
    raise SystemExit(main())
