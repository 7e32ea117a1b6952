"""What an examination finds: a verdict, what it is about, and what to do next.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"
    """Works, but somebody should look at it."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    subject: str
    message: str
    """A sentence without its full stop, or a few of them."""
    advice: str = ""
    """What to do next, as sentences; empty where there is nothing to do."""


def ok(subject: str, message: str, advice: str = "") -> Finding:
    return Finding(Verdict.OK, subject, message, advice)


def warning(subject: str, message: str, advice: str = "") -> Finding:
    return Finding(Verdict.WARNING, subject, message, advice)


def broken(subject: str, message: str, advice: str = "") -> Finding:
    return Finding(Verdict.BROKEN, subject, message, advice)
