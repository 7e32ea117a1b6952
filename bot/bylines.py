"""Who reported something, when, and what a reader must know of it, in a few words.  (pure)"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from urllib.parse import urlsplit

from babel.dates import format_date, format_skeleton, format_timedelta

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.richtext import Span, at_moment, clean, is_blank, isolated
from retrieval.clean import cut_at_word

LONGEST_NAME = 80
"""Characters of an outlet or author; a byline is read on a phone."""
OLDEST_TOLD = 45
"""Days; a date further back speaks for itself."""
MOST_OUTLETS = 3
"""Named of those that carried the same text; the others are counted."""


def byline(item: Citation | Headline, language: str, now: datetime | None = None) -> str:
    """`Folha, Ana Silva, Jan 21, 2025 (3 days ago), updated Mar 3`; the age where `now` is known
    and it is of the last weeks. Days are those of the time zone of `now`."""
    return "".join(span.text for span in byline_spans(item, language, now))


def byline_spans(
    item: Citation | Headline, language: str, now: datetime | None = None, *, quoted: bool = False
) -> list[Span]:
    """The same, whose date each reader sees in local time if its time of day is known."""
    names = [outlet(item)]
    if isinstance(item, Citation):
        names.append(short_name(item.author))
    names = [isolated(name) for name in names if name]
    spans = [Span(f"{', '.join(names)}, ", quoted=quoted)] if names else []
    zone = now.tzinfo if now else None
    written = day(item.published_at, language, zone)
    if item.published_at is not None and has_time_of_day(item.published_at):
        spans.append(at_moment(written, item.published_at, quoted=quoted))
    else:
        spans.append(Span(written, quoted=quoted))
    rest = _age(item.published_at, now, language)
    if isinstance(item, Citation) and item.corrected_at is not None:
        when = _day_after(item.corrected_at, item.published_at, language, zone)
        rest += f", {texts.say(language, 'updated', date=when)}"
    return [*spans, Span(rest, quoted=quoted)] if rest else spans


def has_time_of_day(moment: datetime) -> bool:
    """Midnight UTC is how a date without a time is read."""
    return moment.astimezone(UTC).time() != time.min


def remarks(citation: Citation, language: str) -> str:
    """Who else had it, and whether it was read to its end; empty where neither is to be told."""
    parts = []
    named = list(filter(None, map(short_name, citation.also_in)))
    if named:
        more = len(named) - MOST_OUTLETS
        shown = ", ".join(map(isolated, named[:MOST_OUTLETS])) + (f" +{more}" if more > 0 else "")
        parts.append(texts.say(language, "also_in", outlets=shown))
    if citation.partial:
        parts.append(texts.say(language, "only_the_beginning"))
    return " · ".join(parts)


def origins_line(answer: Answer, language: str) -> str:
    """How many independent sources there are; empty where only one article was cited anyway."""
    articles = {one.article_id or one.url for one in answer.citations}
    if len(articles) < 2 and not any(one.also_in for one in answer.citations):
        return ""
    if answer.origins > 1:
        return texts.say(language, "independent_sources", count=answer.origins)
    name = isolated(short_name(answer.sole_origin))
    return texts.say(language, "one_source", name=name) if answer.origins == 1 and name else ""


def outlet(item: Citation | Headline) -> str:
    """Its name, or else its host; empty for neither."""
    return short_name(item.source) or short_name(_host(item.url))


def day(moment: datetime | None, language: str, zone: tzinfo | None = None) -> str:
    """`Jan 21, 2025`, or that there is no date; the day it was in `zone`, if given."""
    if moment is None:
        return texts.say(language, "no_date")
    return format_date(_day_in(moment, zone), format="medium", locale=language)


def _day_in(moment: datetime, zone: tzinfo | None) -> date:
    """A date without a time of day is the same everywhere."""
    return (moment.astimezone(zone) if zone and has_time_of_day(moment) else moment).date()


def one_line(text: str) -> str:
    """Without line breaks and what nobody can see; empty when nothing is left."""
    line = " ".join(clean(text).split())
    return "" if is_blank(line) else line


def short_name(name: str) -> str:
    return cut_at_word(one_line(name[: 10 * LONGEST_NAME]), LONGEST_NAME)


def _age(moment: datetime | None, now: datetime | None, language: str) -> str:
    if moment is None or now is None:
        return ""
    days = (now.date() - _day_in(moment, now.tzinfo)).days
    if not 0 <= days <= OLDEST_TOLD:
        return ""
    if days == 0:
        return f" ({texts.say(language, 'today')})"
    ago = format_timedelta(
        timedelta(days=-days), granularity="day", threshold=99, add_direction=True, locale=language
    )
    return f" ({ago})"


def _day_after(moment: datetime, first: datetime | None, language: str, zone: tzinfo | None) -> str:
    """Without the year where that was told just before."""
    skeleton = "MMMd" if first is not None and first.year == moment.year else "yMMMd"
    return str(format_skeleton(skeleton, _day_in(moment, zone), locale=language))


def _host(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        return (parts.hostname or "") if parts.scheme.lower() in ("http", "https") else ""
    except ValueError:
        return ""
