"""What came while the bot was away: the newest question of each conversation is answered, with
an apology; older ones are left out and counted; buttons that old do nothing.  (pure)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from babel.dates import format_timedelta

from bot import texts

LATE_AFTER = timedelta(minutes=10)
"""Of a question's age when it arrives; what waits its turn here is never late by that."""


class Verdict(Enum):
    """What becomes of a question."""

    ANSWER = "answer"
    APOLOGISE = "apologise"
    """... and answer."""
    LEAVE_OUT = "leave out"


def lateness(sent_at: datetime, now: datetime) -> timedelta | None:
    """How late a message arrives; None when it is in time."""
    age = now - sent_at
    return age if age > LATE_AFTER else None


def was_away(last_seen: datetime | None, now: datetime) -> bool:
    """Whether buttons that come at a start may have been pressed long ago: a press has no date."""
    return last_seen is not None and now - last_seen > LATE_AFTER


def verdict(late: timedelta | None, *, newer_waits: bool, left_out: int) -> Verdict:
    """For one question: how late it came, whether a newer one of its conversation waits, and
    how many older ones were left out."""
    if late is not None and newer_waits:
        return Verdict.LEAVE_OUT
    return Verdict.ANSWER if late is None and not left_out else Verdict.APOLOGISE


def apology(language: str, late: timedelta | None, left_out: int) -> str:
    """One line for both: how late the answer comes, and what is left out."""
    said = []
    if late is not None:
        age = format_timedelta(-late, add_direction=True, threshold=1.2, locale=language)
        said.append(texts.say(language, "late_answer", age=age))
    if left_out:
        key = "late_left_out_one" if left_out == 1 else "late_left_out"
        said.append(texts.say(language, key, count=left_out))
    return " ".join(said)


def too_much(language: str, wait: timedelta) -> str:
    """When somebody who asked too much may go on."""
    seconds = timedelta(seconds=max(1, -(-wait // timedelta(seconds=1))))
    age = format_timedelta(seconds, add_direction=True, threshold=1.2, locale=language)
    return texts.say(language, "too_many_questions", age=age)
