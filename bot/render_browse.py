"""What people look through, as Telegram screens.  (pure)

`now` is aware and in the reader's time zone. Lists are one part each; their rows are numbered
as `/article 3` counts them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal

from bot import texts
from bot.answers import Headline
from bot.browse_press import BrowseAct, BrowsePress
from bot.browsed import (
    OUTLETS_A_PAGE,
    FoundPassage,
    LatestAsked,
    LatestPage,
    OutletEntry,
    SearchPage,
    SourcesPage,
)
from bot.bylines import byline_spans, one_line, short_name
from bot.figure_changes import FigureChange
from bot.language_names import language_name
from bot.render import Button, Rendered, web_link
from bot.richtext import Span, is_blank, isolated
from bot.screens import cut, in_rows, screen
from retrieval.listing import ListedArticle

LONGEST_TITLE = 160
LONGEST_PASSAGE = 420
LONGEST_TOPIC = 100
MOST_LANGUAGES = 4
MOST_WORDS = 6
_JUST_NOW = timedelta(minutes=1)
_LONGEST_DAY = timedelta(hours=25)


def latest_screen(page: LatestPage, language: str, now: datetime) -> Rendered:
    asked = page.older_than or page.asked
    heading = [texts.say(language, "browse_latest"), *_asked(asked, language, now)]
    spans = [Span(" · ".join(heading), bold=True)]
    if page.older_than and page.rows:
        spans.append(Span(f"\n\n{_older(page, page.older_than, language, now)}"))
    if not page.rows:
        spans.append(Span(f"\n\n{texts.say(language, _nothing_key(page))}"))
    for number, row in zip(page.numbers, page.rows, strict=True):
        spans += [Span(f"\n\n{number}. "), *article_line(row, language, now)]
    buttons = openers(page.numbers)
    if page.number or page.has_more:
        last = page.number if not page.has_more else None
        buttons.append(turning(BrowseAct.LATEST, page.key, page.number, last))
    return screen(spans, buttons)


def search_screen(page: SearchPage, language: str, now: datetime) -> Rendered:
    said = isolated(cut(page.text, LONGEST_TOPIC))
    spans = [Span(texts.say(language, "browse_search", text=said, count=page.total), bold=True)]
    if not page.rows:
        spans.append(Span(f"\n\n{texts.say(language, 'browse_none')}"))
    elif not any(row.words for row in page.rows):
        nearest = texts.say(language, "browse_only_near", text=said)
        spans = [Span(nearest, bold=True)]
    for number, row in zip(page.numbers, page.rows, strict=True):
        passage = row.passage
        spans += [
            Span(f"\n\n{number}. "),
            title_span(passage.title, passage.url, language),
            Span("\n"),
        ]
        headline = Headline(passage.title, passage.url, passage.source, passage.published_at)
        spans += byline_spans(headline, language, now)
        spans += [Span("\n"), Span(isolated(cut(passage.text, LONGEST_PASSAGE))), Span("\n")]
        spans.append(Span(why_found(row, language), italic=True))
    if page.absent:
        names = "”, “".join(map(isolated, page.absent[:3]))
        spans.append(Span(f"\n\n{texts.say(language, 'name_nowhere', names=names)}"))
    buttons = openers(page.numbers)
    if page.pages > 1:
        buttons.append(turning(BrowseAct.SEARCH, page.key, page.number, page.pages - 1))
    return screen(spans, buttons)


def sources_screen(page: SourcesPage, language: str, now: datetime, *, is_admin: bool) -> Rendered:
    """What fails is told to administrators, who can do something about it."""
    articles = format_decimal(page.articles, locale=language)
    title = texts.say(language, "browse_sources", count=page.total, articles=articles)
    if not page.total:
        return screen([Span(texts.say(language, "browse_none"))])
    spans, first = [Span(title, bold=True)], page.number * OUTLETS_A_PAGE + 1
    for number, entry in enumerate(page.rows, start=first):
        spans.append(Span(f"\n{number}. "))
        name = isolated(short_name(entry.row.source))
        spans.append(Span(texts.say(language, "untitled") if is_blank(name) else name, bold=True))
        facts = " · ".join(outlet_facts(entry, language, now, is_admin=is_admin))
        spans.append(Span(f"\n{facts}\n"))
    if is_admin and page.failing:
        said = texts.say(language, "browse_failing_feeds", count=page.failing)
        spans.append(Span(f"\n{said}"))
    buttons = in_rows(
        [
            Button(str(number), data=BrowsePress(BrowseAct.LATEST, key).data)
            for number, key in enumerate(page.keys, start=first)
        ]
    )
    if page.pages > 1:
        buttons.append(turning(BrowseAct.SOURCES, "", page.number, page.pages - 1))
    return screen(spans, buttons)


def article_line(row: ListedArticle, language: str, now: datetime) -> Iterator[Span]:
    """Its title and, on a second line, outlet, day and that it was corrected."""
    yield title_span(row.title, row.url, language)
    yield Span("\n")
    headline = Headline(row.title, row.url, row.source, row.published_at, row.sample)
    yield from byline_spans(headline, language, now)
    if row.corrected_at:
        yield Span(f" · {corrected(row.corrected_at, language, now)}")


def corrected(moment: datetime, language: str, now: datetime) -> str:
    when = format_date(moment.astimezone(now.tzinfo), format="medium", locale=language)
    return texts.say(language, "browse_corrected", date=when)


def figures_changed(key: str, changes: Sequence[FigureChange], language: str) -> str:
    """`50 → 60`, in the words of `key`."""
    told = (f"{isolated(cut(one.was, 60))} → {isolated(cut(one.now, 60))}" for one in changes)
    return texts.say(language, key, changes="; ".join(told))


def why_found(row: FoundPassage, language: str) -> str:
    """In one short line; of a passage that another one's neighbour brought, nothing."""
    reasons = []
    if row.words:
        words = ", ".join(f"“{isolated(cut(word, 40))}”" for word in row.words[:MOST_WORDS])
        reasons.append(texts.say(language, "browse_why_words", words=words))
    if row.by_meaning is not None:
        reasons.append(texts.say(language, "browse_why_meaning", place=row.by_meaning))
    if not reasons:
        return ""
    said = reasons[0]
    if len(reasons) > 1:
        said = texts.say(language, "browse_and", first=reasons[0], second=reasons[1])
    return texts.say(language, "browse_why", reasons=said)


def outlet_facts(
    entry: OutletEntry, language: str, now: datetime, *, is_admin: bool
) -> Iterator[str]:
    row = entry.row
    count = format_decimal(row.articles, locale=language)
    yield texts.say(language, "browse_outlet_articles", count=count)
    if row.newest_at is not None:
        delta = min(row.newest_at - now, -_JUST_NOW)
        age = format_timedelta(delta, add_direction=True, granularity="minute", locale=language)
        yield texts.say(language, "browse_outlet_newest", age=age)
    if named := [language_name(one, language) for one in row.languages[:MOST_LANGUAGES]]:
        yield ", ".join(named)
    if entry.is_hidden:
        yield texts.say(language, "browse_outlet_hidden")
    if is_admin and entry.is_failing:
        yield texts.say(language, "browse_outlet_failing")


def title_span(title: str, url: str, language: str, *, bold: bool = False) -> Span:
    name = isolated(cut(one_line(title), LONGEST_TITLE))
    name = texts.say(language, "untitled") if is_blank(name) else name
    return Span(name, bold=bold, href=web_link(url), shows_href=False)


def _asked(asked: LatestAsked, language: str, now: datetime) -> Iterator[str]:
    if asked.topic:
        yield isolated(cut(asked.topic, LONGEST_TOPIC))
    if asked.sources:
        shown = [isolated(short_name(one)) for one in asked.sources[:3]]
        more = len(asked.sources) - len(shown)
        yield ", ".join(shown) + (f" +{more}" if more > 0 else "")
    if asked.since or asked.until:
        yield days_of(asked, language, now)


def days_of(asked: LatestAsked, language: str, now: datetime) -> str:
    first = format_date(asked.since.astimezone(now.tzinfo), locale=language) if asked.since else ""
    # The end is exclusive: the last day is the one a moment before it.
    end = asked.until - timedelta(seconds=1) if asked.until else None
    last = format_date(end.astimezone(now.tzinfo), locale=language) if end else ""
    if first and last:
        return first if first == last else f"{first} – {last}"
    return texts.say(language, "days_from" if first else "days_until", day=first or last)


def _older(page: LatestPage, asked: LatestAsked, language: str, now: datetime) -> str:
    """That the days asked for have nothing, and of which day the rows are."""
    days, newest = days_of(asked, language, now), days_of(page.asked, language, now)
    one_day = asked.until and asked.since and asked.until - asked.since <= _LONGEST_DAY
    key = "browse_nothing_on" if one_day else "browse_nothing_then"
    return texts.say(language, key, day=days, newest=newest)


def _nothing_key(page: LatestPage) -> str:
    if page.hidden:
        return "browse_hidden"
    return "archive_empty" if page.asked == LatestAsked() and not page.number else "browse_none"


def openers(numbers: Mapping[int, str]) -> list[tuple[Button, ...]]:
    return in_rows(
        [
            Button(str(number), data=BrowsePress(BrowseAct.ARTICLE, article_id).data)
            for number, article_id in numbers.items()
        ]
    )


def turning(act: BrowseAct, key: str, page: int, last: int | None) -> tuple[Button, ...]:
    """Back, the page, on; `last` is None where nobody has counted, and there is another."""
    shown: list[Button] = []
    if page:
        shown.append(Button("‹", data=BrowsePress(act, key, page - 1).data))
    # A bare number would look like those that open an article.
    label = f"{page + 1}/…" if last is None else f"{page + 1}/{last + 1}"
    shown.append(Button(label, data=BrowsePress(act, key, page).data))
    if last is None or page < last:
        shown.append(Button("›", data=BrowsePress(act, key, page + 1).data))
    return tuple(shown)
