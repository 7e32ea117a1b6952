"""What is done again and again beside the answering, on python-telegram-bot's JobQueue."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from bot.context import PautaContext
from bot.handlers import PautaApplication


def every(
    interval: timedelta,
    application: PautaApplication,
    tick: Callable[[PautaContext], Coroutine[Any, Any, None]],
    *,
    first: float | timedelta,
    name: str,
) -> None:
    """Run `tick` each `interval`, at `first` in seconds after the start; never two at once."""
    queue = application.job_queue
    assert queue is not None  # noqa: S101 - the job-queue extra is installed
    queue.run_repeating(
        tick,
        interval,
        first=first,
        name=name,
        # Asleep for an hour: one tick, late, instead of none or sixty.
        job_kwargs={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
    )
