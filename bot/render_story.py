"""How a story developed, as a Telegram screen.  (pure)

`now` is aware and in the reader's time zone, in which the days of the story are counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo

from babel.dates import format_date

from bot import texts
from bot.answers import Headline
from bot.browse_press import BrowseAct
from bot.browsed import StoryPage, Told
from bot.bylines import byline_spans, short_name
from bot.render import Rendered
from bot.render_browse import (
    LONGEST_TOPIC,
    article_line,
    corrected,
    figures_changed,
    openers,
    title_span,
    turning,
)
from bot.richtext import Span, isolated, paginate
from bot.screens import cut, screen
from retrieval.story_facts import day_number

SENTENCES = (280, 120, 0)
"""Characters shown of each article: fewer where the whole would not fit one message."""
MOST_OTHERS = 4
"""Outlets named that carried an article, too."""


def story_screen(
    page: StoryPage, language: str, now: datetime, remarks: Sequence[str] = ()
) -> Rendered:
    """`remarks` are lines on the story as a whole."""
    topic = isolated(cut(page.topic, LONGEST_TOPIC))
    spans = [Span(texts.say(language, "browse_story", topic=topic), bold=True)]
    if not page.rows:
        spans.append(Span(f"\n\n{texts.say(language, 'browse_none')}"))
        return screen(spans)
    spans.append(Span(f"\n{' · '.join(_story_facts(page, language, now))}", italic=True))
    if page.by_search:
        spans.append(Span(f"\n{texts.say(language, 'browse_story_by_search')}", italic=True))
    spans += [Span(f"\n{remark}") for remark in remarks]
    for longest in SENTENCES:
        laid_out = [*spans, *_timeline(page, language, now, longest)]
        if len(paginate(laid_out)) == 1:
            break
    buttons = openers(page.numbers)
    if page.pages > 1:
        buttons.append(turning(BrowseAct.STORY, page.key, page.number, page.pages - 1))
    return screen(laid_out, buttons)


def _timeline(page: StoryPage, language: str, now: datetime, longest: int) -> Iterator[Span]:
    """Each article with a sentence of at most `longest` characters; what is near comes last."""
    numbers, day = iter(page.numbers), None
    for row in page.rows:
        yield Span("\n\n")
        of_row = _day(page, row, now)
        if of_row is not None and of_row != day:
            yield Span(texts.say(language, "browse_day", number=of_row), bold=True)
            yield Span("\n")
        day = of_row
        yield Span(f"{next(numbers)}. ")
        yield from _told(row, language, now, longest)
    if page.related:
        yield Span("\n\n")
        yield Span(texts.say(language, "browse_story_related"), bold=True)
    for related in page.related:
        yield Span(f"\n{next(numbers)}. ")
        yield from article_line(related, language, now)


def _told(row: Told, language: str, now: datetime, longest: int) -> Iterator[Span]:
    article = row.article
    headline = Headline(article.title, article.url, article.source, article.published_at)
    yield from byline_spans(headline, language, now)
    if others := _others(row, article.source):
        yield Span(f" · {texts.say(language, 'also_in', outlets=others)}")
    if article.corrected_at:
        yield Span(f" · {corrected(article.corrected_at, language, now)}")
    yield Span("\n")
    yield title_span(article.title, article.url, language)
    if row.corrects:
        yield Span(f"\n{figures_changed('browse_corrects', row.corrects, language)}")
    if row.corrected:
        yield Span(f"\n{figures_changed('browse_figure_corrected', row.corrected, language)}")
    if row.sentence and longest:
        yield Span("\n")
        yield Span(isolated(cut(row.sentence, longest)), italic=True)


def _others(row: Told, own: str) -> str:
    named = dict.fromkeys(one.source for one in row.also_in if one.source != own)
    shown = [isolated(short_name(name)) for name in named][:MOST_OTHERS]
    return ", ".join(filter(None, shown))


def _story_facts(page: StoryPage, language: str, now: datetime) -> Iterator[str]:
    yield texts.say(language, "browse_story_size", count=page.total, outlets=page.outlets)
    if page.first_at and page.last_at:
        days = [
            format_date(moment.astimezone(now.tzinfo), format="medium", locale=language)
            for moment in (page.first_at, page.last_at)
        ]
        yield " – ".join(dict.fromkeys(days))
        if (count := day_number(page.first_at, page.last_at, _zone(now))) > 1:
            yield texts.say(language, "browse_story_days", count=count)
    if len(page.origins) > 1:
        yield texts.say(language, "independent_sources", count=len(page.origins))
    elif page.origins and page.total > 1:
        yield texts.say(language, "one_source", name=isolated(short_name(page.origins[0])))


def _day(page: StoryPage, row: Told, now: datetime) -> int | None:
    """Of the story, from 1; of one that was over in a day, none is told."""
    if not (row.at and page.first_at and page.last_at):
        return None
    last = day_number(page.first_at, page.last_at, _zone(now))
    return day_number(page.first_at, row.at, _zone(now)) if last > 1 else None


def _zone(now: datetime) -> tzinfo:
    return now.tzinfo or UTC
