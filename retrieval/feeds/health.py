"""Whether a feed is well, and when a person hears of it.  (pure)

    WELL -- failed for a day --> FAILING -- answers --> WELL (or SILENT)
    WELL -- nothing new for unusually long --> SILENT -- something new --> WELL

A change of state is one notice; without a change there is none. A notice carries the new
state: whoever has sent it stores that state, and asks again with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

FAILED_FOR = timedelta(days=1)
LEAST_SILENCE = timedelta(days=2)
GAPS_OF_SILENCE = 2
"""Silence is unusual beyond this many typical gaps, and at least LEAST_SILENCE."""

LEAST_DOWN = 3
"""Feeds that must fail together for it to be this machine's trouble rather than theirs."""

LEAST_GAPS = 8
LEAST_SPAN = timedelta(days=14)
"""Two weekends: a feed known from one busy day would be missed on the first Saturday."""
LONGEST_MEMORY = timedelta(days=400)
_MOST_TIMES = 50_000
_USUAL_SHARE = 0.95
_WEEK = timedelta(days=7)
_RATE_WINDOW = timedelta(days=28)


class HealthState(StrEnum):
    """What the people in charge were last told."""

    WELL = "well"
    FAILING = "failing"
    SILENT = "silent"


class NoticeKind(StrEnum):
    FAILING = "failing"
    RECOVERED = "recovered"
    SILENT = "silent"
    SPEAKS_AGAIN = "speaks again"


@dataclass(frozen=True, slots=True)
class FeedHistory:
    """What the store remembers of one feed."""

    last_success_at: datetime | None
    """A document or a 304."""
    failing_since: datetime | None
    """The first failure after the last success; None while the feed answers."""
    last_new_at: datetime | None
    """When an entry last was new; for a feed that never had one, when it was added."""
    typical_gap: timedelta | None
    """See `typical_gap()`; None: its rhythm is not known, and its silence not judged."""
    notified: HealthState
    last_checked_at: datetime | None = None
    """The last check, whatever it found. With it a machine that was off for days does not
    take its own sleep for a failure."""


@dataclass(frozen=True, slots=True)
class HealthNotice:
    kind: NoticeKind
    state: HealthState
    """To be stored as `FeedHistory.notified`."""
    since: datetime | None
    """FAILING: the first failure; SILENT, or RECOVERED into silence: the last new entry."""


def judge(history: FeedHistory, now: datetime) -> HealthNotice | None:
    """What has to be said about a feed, if anything.

    Judged again with the state it returned, the same history has nothing more to say.
    """
    failing = _failing(history, now)
    silent = _silent(history, now)
    match history.notified:
        case HealthState.FAILING if history.failing_since is None:
            state = HealthState.SILENT if silent else HealthState.WELL
            return HealthNotice(
                NoticeKind.RECOVERED, state, history.last_new_at if silent else None
            )
        case HealthState.WELL | HealthState.SILENT if failing:
            return HealthNotice(NoticeKind.FAILING, HealthState.FAILING, history.failing_since)
        case HealthState.WELL if silent and history.failing_since is None:
            return HealthNotice(NoticeKind.SILENT, HealthState.SILENT, history.last_new_at)
        case HealthState.SILENT if _silence(history, now) <= _limit(history) / 2:
            return HealthNotice(NoticeKind.SPEAKS_AGAIN, HealthState.WELL, None)
    return None


def unread_since(failing_since: Collection[datetime | None]) -> datetime | None:
    """Since when not one feed could be read, given since when each fails; None when one can,
    or when there are fewer than LEAST_DOWN."""
    moments = [moment for moment in failing_since if moment is not None]
    if len(failing_since) < LEAST_DOWN or len(moments) < len(failing_since):
        return None
    return max(moments)


def _failing(history: FeedHistory, now: datetime) -> bool:
    if history.failing_since is None:
        return False
    return min(history.last_checked_at or now, now) - history.failing_since >= FAILED_FOR


def _silent(history: FeedHistory, now: datetime) -> bool:
    return history.typical_gap is not None and _silence(history, now) > _limit(history)


def _silence(history: FeedHistory, now: datetime) -> timedelta:
    """From the last new entry to the last time the feed answered: what was not asked for
    could not be heard."""
    if history.last_new_at is None or history.last_success_at is None:
        return timedelta(0)
    return min(history.last_success_at, now) - history.last_new_at


def _limit(history: FeedHistory) -> timedelta:
    gap = min(history.typical_gap or timedelta(0), LONGEST_MEMORY)
    return max(GAPS_OF_SILENCE * gap, LEAST_SILENCE)


def typical_gap(published: Iterable[datetime]) -> timedelta | None:
    """The gap between entries within which 95% of the feed's time has passed.

    Gaps count by their length: a newsroom that rests on weekends spends a third of its time
    in that one gap a week, and 95% of its gaps say nothing of it. The longest gap is left out
    (one outage or holiday is no rhythm), as are moments more than 400 days before the newest.
    None with fewer than 8 gaps, or less than two weeks in all.
    """
    minutes = {moment.replace(second=0, microsecond=0) for moment in published}
    moments = sorted(minutes)[-_MOST_TIMES:]
    moments = [moment for moment in moments if moments[-1] - moment <= LONGEST_MEMORY]
    gaps = sorted(later - earlier for earlier, later in pairwise(moments))
    if len(gaps) < LEAST_GAPS or moments[-1] - moments[0] < LEAST_SPAN:
        return None
    gaps.pop()
    wanted = sum(gaps, timedelta(0)) * _USUAL_SHARE
    passed = timedelta(0)
    for gap in gaps:
        passed += gap
        if passed >= wanted:
            return gap
    return gaps[-1]


def articles_a_week(published: Iterable[datetime], now: datetime) -> float:
    """Over the last four weeks; of a feed known for less time, over that, at least a week."""
    past = [moment for moment in published if moment <= now]
    if not past:
        return 0.0
    window = min(max(now - min(past), _WEEK), _RATE_WINDOW)
    recent = sum(now - moment <= window for moment in past)
    return recent / (window / _WEEK)


_BY_STATUS = {
    400: "Open the address in a browser: it may be incomplete.",
    401: "The feed asks for a password. Ask the outlet for a public address, or remove it.",
    402: "The feed is for subscribers. Ask the outlet for access, or remove it.",
    403: "The outlet refuses Pauta. Ask it to let Pauta in, or look for another feed of it.",
    404: "The feed is not at this address any more. Look for the new one: `feeds add` with the "
    "site's front page finds it.",
    406: "The server does not send this feed in a format Pauta reads. Look for another feed.",
    410: "The outlet has withdrawn this feed, so it is paused. Remove it, or add its successor.",
    429: "Pauta asks too often for this server's taste. It waits as told; if this goes on, "
    "make the feed's shortest interval longer.",
    451: "The feed is blocked for legal reasons where Pauta runs. Remove it.",
}

_BY_WORDS = (
    (("private network", "pauta_allow_private_hosts"),
     "If this is a host of your own, list it in PAUTA_ALLOW_PRIVATE_HOSTS; else remove it."),
    (("robots",), "The site's robots.txt asks not to be read. Ask the outlet, or remove the feed."),
    (("no address was found", "names no host"),
     "Check the spelling of the host. If it is right, the outlet's site, or the name service of "
     "this machine, is down: Pauta keeps trying."),
    (("tls", "certificate", "secure connection"),
     "The site's certificate is not valid, or this machine's clock is wrong. Open the address "
     "in a browser to see which."),
    (("too long", "timed out", "time-out", "timeout"),
     "The server is slow or overloaded. Pauta keeps trying, less and less often."),
    (("refused the connection", "could not be reached", "broke off"),
     "The server is down or unreachable from this machine. Pauta keeps trying; if the address "
     "opens in a browser elsewhere, check this machine's network."),
    (("redirect",), "The address leads in circles. Open it in a browser; add where it ends."),
    (("larger than", "too large", "more than", "expands"),
     "The feed is beyond what Pauta reads. Ask the outlet for a shorter one."),
    (("html", "not a feed", "no feed", "no entries"),
     "There is a page, not a feed, at this address. `feeds add` with it looks for its feed."),
    (("xml", "json", "parse", "malformed", "invalid", "empty"),
     "The feed is broken at the outlet's end. Pauta keeps trying; `feeds check` shows what is "
     "wrong with it."),
)  # fmt: skip

_OTHERWISE = "Pauta keeps trying. `feeds check` with the address shows what it answers now."


def explain(status: int | None, reason: str) -> str:
    """What to do next about a failed check, as a sentence or two for a person.

    `status` is that of the answer, if there was one; `reason` is the failure in words.
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status is not None and 500 <= status <= 599:
        return "The outlet's server has a fault of its own. Pauta keeps trying."
    folded = reason.lower()
    for words, advice in _BY_WORDS:
        if any(word in folded for word in words):
            return advice
    return _OTHERWISE
