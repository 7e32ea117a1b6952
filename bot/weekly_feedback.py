"""What admins are told once a week: how many answers were marked as not right, and why.  (pure)"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import texts
from bot.bylines import day
from bot.shown_answers import Reason

TOLD_AT = time(9)
"""On Mondays, where the team is."""
GIVEN_UP_AFTER = timedelta(days=1)
"""Of trying to tell: next week comes, too."""
LONGEST = timedelta(weeks=5)
"""Counted at once, after a long absence."""


@dataclass(frozen=True, slots=True)
class Week:
    """From one Monday to another, as a rule; the end is not part of it."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class WeekOfFeedback:
    week: Week
    counts: Mapping[Reason, int]
    """How often each reason was given."""

    def text(self, language: str) -> str:
        reasons = [
            f"{texts.say(language, f'reason_{reason}')}: {self.counts[reason]}"
            for reason in sorted(self.counts, key=lambda one: (-self.counts[one], one))
            if self.counts[reason]
        ]
        return texts.say(
            language,
            "feedback_weekly",
            since=day(self.week.since, language),
            count=sum(self.counts.values()),
            reasons=" · ".join(reasons),
            command="pauta eval --from-feedback",
        )


def due(now: datetime, told_until: datetime | None, zone: ZoneInfo) -> Week | None:
    """What is to be told of now; None while the last Monday was told of.

    Who begins is told of nothing that was before: then the week is empty.
    """
    monday = last_monday(now, zone)
    if told_until is None:
        return Week(monday, monday)
    if told_until >= monday:
        return None
    return Week(max(told_until, monday - LONGEST).astimezone(zone), monday)


def last_monday(now: datetime, zone: ZoneInfo) -> datetime:
    """The latest Monday at nine that is not after `now`."""
    local = now.astimezone(zone)
    monday = datetime.combine(local.date() - timedelta(days=local.weekday()), TOLD_AT, zone)
    return monday if monday <= local else monday - timedelta(weeks=1)
