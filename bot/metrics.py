"""What Pauta counts and measures of itself, for Prometheus.

One registry for the process. No label holds a name, a text or an id: each takes its values from
a list that is written here or in an enumeration, so that the number of series has an end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from types import TracebackType
from typing import Self

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from bot.tracing import span

log = structlog.get_logger(__name__)

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)


class Outcome(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """The coverage does not say."""
    FAILED = "failed"
    STOPPED = "stopped"
    """By a person, or because Pauta was."""


class Stage(StrEnum):
    SEARCH = "search"
    """One search of the archive."""
    ANSWER = "answer"
    """From the turn of a question until its answer is composed."""
    WHOLE = "whole"
    """From the arrival of a question until its answer stands in the chat."""


class FeedHealth(StrEnum):
    WELL = "well"
    FAILING = "failing"
    SILENT = "silent"
    PAUSED = "paused"
    GONE = "gone"


class TelegramTrouble(StrEnum):
    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    TOO_MANY = "too_many_requests"
    SERVER = "server"
    TIMED_OUT = "timed_out"
    NETWORK = "network"
    OTHER = "other"


UPDATE_KINDS = (
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "guest_message",
    "my_chat_member",
)
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 180)

UPDATES = Counter("pauta_updates", "Updates taken up.", ["kind"], registry=REGISTRY)
ANSWERS = Counter("pauta_answers", "Questions, by what became of them.", ["outcome"],
                  registry=REGISTRY)  # fmt: skip
UNDER_WAY = Gauge("pauta_answers_under_way", "Answers being made.", registry=REGISTRY)
SECONDS = Histogram("pauta_stage_seconds", "How long things take.", ["stage"], buckets=_SECONDS,
                    registry=REGISTRY)  # fmt: skip
TELEGRAM_ERRORS = Counter("pauta_telegram_errors", "Calls that Telegram refused, or that failed.",
                          ["kind"], registry=REGISTRY)  # fmt: skip
TELEGRAM_REACHED = Gauge("pauta_telegram_reached_timestamp_seconds",
                         "When Telegram last answered.", registry=REGISTRY)  # fmt: skip
LLM_TOKENS = Counter("pauta_llm_tokens", "Tokens of the language model.", ["direction"],
                     registry=REGISTRY)  # fmt: skip
LLM_COST = Counter("pauta_llm_cost", "What they cost, in the currency of the two prices.",
                   registry=REGISTRY)  # fmt: skip
FEED_CHECKS = Counter("pauta_feed_checks", "Feeds asked.", ["outcome"], registry=REGISTRY)
INGESTED = Counter("pauta_ingested_entries", "Entries of feeds taken, or not.", ["outcome"],
                   registry=REGISTRY)  # fmt: skip

ARTICLES = Gauge("pauta_articles", "Articles in the archive.", registry=REGISTRY)
FEEDS = Gauge("pauta_feeds", "Feeds by health.", ["state"], registry=REGISTRY)
FEED_LAG = Gauge("pauta_feed_lag_seconds", "How long the feed that is due longest has waited.",
                 registry=REGISTRY)  # fmt: skip
OUTBOX_WAITING = Gauge("pauta_outbox_waiting", "Messages that wait to be sent.",
                       registry=REGISTRY)  # fmt: skip
OUTBOX_LAG = Gauge("pauta_outbox_lag_seconds",
                   "How long the message has waited that may be sent longest.",
                   registry=REGISTRY)  # fmt: skip
OUTBOX_UNKNOWN = Gauge("pauta_outbox_unknown",
                       "Messages of which nobody knows whether they arrived.",
                       registry=REGISTRY)  # fmt: skip
CHATS_PAUSED = Gauge("pauta_chats_paused", "Chats that refuse messages and get none any more.",
                     registry=REGISTRY)  # fmt: skip
DIGESTS_DUE = Gauge("pauta_digests_due", "Digests that are to be composed now.", registry=REGISTRY)
DIGEST_LAG = Gauge("pauta_digest_lag_seconds", "How long the oldest of them has waited.",
                   registry=REGISTRY)  # fmt: skip


def _begin_at_zero() -> None:
    """A series that begins with its first event hides that event from a rate."""
    for kind in (*UPDATE_KINDS, "other"):
        UPDATES.labels(kind)
    for outcome in Outcome:
        ANSWERS.labels(outcome.value)
    for stage in Stage:
        SECONDS.labels(stage.value)
    for trouble in TelegramTrouble:
        TELEGRAM_ERRORS.labels(trouble.value)
    for direction in ("input", "output"):
        LLM_TOKENS.labels(direction)
    for result in ("new", "unchanged", "failed", "gone"):
        FEED_CHECKS.labels(result)
    for result in ("new", "changed", "failed"):
        INGESTED.labels(result)


_begin_at_zero()


def exposition() -> bytes:
    """All of it, in Prometheus' text format."""
    return generate_latest(REGISTRY)


def kind_of(update: object) -> str:
    """Which of UPDATE_KINDS, or `other`."""
    return next((kind for kind in UPDATE_KINDS if getattr(update, kind, None) is not None), "other")


@contextmanager
def timed(stage: Stage) -> Iterator[None]:
    """How long the block took, if it did not raise."""
    started = time.perf_counter()
    with span(stage.value):
        yield
    SECONDS.labels(stage.value).observe(time.perf_counter() - started)


def llm_used(input_tokens: int, output_tokens: int, cost: float) -> None:
    LLM_TOKENS.labels("input").inc(max(0, input_tokens))
    LLM_TOKENS.labels("output").inc(max(0, output_tokens))
    LLM_COST.inc(max(0.0, cost))


def feed_checked(outcome: str, *, new: int, changed: int, failed: int) -> None:
    """`outcome` is a `retrieval.feeds.rhythm.CheckOutcome`."""
    FEED_CHECKS.labels(outcome).inc()
    for result, count in (("new", new), ("changed", changed), ("failed", failed)):
        INGESTED.labels(result).inc(count)


class AnswerWatch:
    """Around the making of one answer: counts what became of it, and how long it took.

    `came_at`: when the question arrived, in seconds of `time.monotonic`; None is now.
    """

    def __init__(self, came_at: float | None = None) -> None:
        self._began_at = time.monotonic()
        self._came_at = self._began_at if came_at is None else came_at
        self._outcome = Outcome.STOPPED
        self._span = ExitStack()

    def composed(self, *, answered: bool) -> None:
        """The answer is there. If this is never called, it was stopped."""
        SECONDS.labels(Stage.ANSWER.value).observe(time.monotonic() - self._began_at)
        self._outcome = Outcome.ANSWERED if answered else Outcome.REFUSED

    async def __aenter__(self) -> Self:
        UNDER_WAY.inc()
        self._shown = self._span.enter_context(span("question"))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        UNDER_WAY.dec()
        seconds = time.monotonic() - self._came_at
        if kind is not None:
            self._outcome = Outcome.FAILED if issubclass(kind, Exception) else Outcome.STOPPED
        if self._outcome in {Outcome.ANSWERED, Outcome.REFUSED}:
            SECONDS.labels(Stage.WHOLE.value).observe(seconds)
        ANSWERS.labels(self._outcome.value).inc()
        self._shown.set_attribute("outcome", self._outcome.value)
        self._span.__exit__(kind, error, trace)
        log.info(
            "a question was dealt with", outcome=self._outcome.value, seconds=round(seconds, 3)
        )
