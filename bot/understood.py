"""What was understood of a question, as the asker is told it.  (pure)"""

from __future__ import annotations

from datetime import timedelta, tzinfo

from babel.dates import format_date

from bot import texts
from retrieval.question.understanding import Filter, Understood
from retrieval.question.when import TimeMentioned

_MOMENT = timedelta(seconds=1)
_MOST_OUTLETS = 3


def note_on(understood: Understood, language: str, timezone: tzinfo) -> str:
    """The filters that were read from the question, and those given up; empty for none."""
    said = []
    time, outlets = understood.time, ", ".join(understood.sources[:_MOST_OUTLETS])
    if Filter.TIME in understood.filters and time:
        said.append(texts.say(language, "counted_time", days=_days(time, language, timezone)))
    if Filter.TIME in understood.given_up and time:
        days = _days(time, language, timezone)
        said.append(texts.say(language, "none_of_that_time", days=days))
    if Filter.SOURCES in understood.filters:
        said.append(texts.say(language, "counted_outlet", outlets=outlets))
    if Filter.SOURCES in understood.given_up:
        said.append(texts.say(language, "none_of_that_outlet", outlets=outlets))
    return " ".join(said)


def names_nowhere_note(understood: Understood, language: str) -> str:
    """That names of the question occur nowhere; empty when all do."""
    if not understood.absent_names:
        return ""
    return texts.say(language, "name_nowhere", names="”, “".join(understood.absent_names[:3]))


def _days(time: TimeMentioned, language: str, timezone: tzinfo) -> str:
    first = format_date(time.since.astimezone(timezone), locale=language) if time.since else ""
    # The end is exclusive: the last day is the one a moment before it.
    end = (time.until - _MOMENT).astimezone(timezone) if time.until else None
    last = format_date(end, locale=language) if end else ""
    if first and last:
        return first if first == last else f"{first} – {last}"
    return texts.say(language, "days_from" if first else "days_until", day=first or last)
