"""A digest as Telegram messages.  (pure)

day or name
1) headline               bold, linked
   a sentence or two [1]  linked labels; of a running story, what is new
   [1] outlets · 3 independent sources · day 3
Also
4) headline (outlet)
[1] [2] [3]               a button opens that story
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from babel.dates import format_interval, format_skeleton
from babel.numbers import format_decimal

from bot import texts
from bot.bylines import one_line, short_name
from bot.digest_page import Difference, DigestPage, MovedFigure, NamedStory, Section
from bot.digest_press import DigestAct, DigestPress, can_be_pressed
from bot.language_names import language_name
from bot.render import Button, Rendered, web_link
from bot.richtext import Span, clean, isolated, paginate
from bot.screens import cut, in_rows

LONGEST_HEADLINE = 180
LONGEST_SAID = 900
"""Characters of what is said of one story."""
MOST_OUTLETS = 4
"""Named of a story; the others are counted."""
MOST_DIFFERING = 2
MOST_FIGURES = 3
LONGEST_FIGURE = 40

Numbers = Mapping[int, int]
"""A story's labels as the digest numbers them."""

_LABEL = re.compile(r"\[(\d{1,3})\]")


def render_digest(page: DigestPage, language: str) -> Rendered:
    """As many parts as it takes, most often one or two; the buttons are under the last."""
    language = texts.supported(language)
    spans = [Span(heading(page, language), bold=True)]
    if page.missed:
        said = texts.say(language, "digest_missed", count=page.missed)
        spans += [Span("\n"), Span(said, italic=True)]
    if not page.sections:
        spans.append(Span(f"\n\n{texts.say(language, quiet_key(page))}"))
        return Rendered(paginate(spans))
    cited = 0
    for place, section in enumerate(page.sections, start=1):
        labels = sorted({one.label for one in section.written.citations})
        numbers = {label: number for number, label in enumerate(labels, start=cited + 1)}
        spans.append(Span(f"\n\n{place}) "))
        spans += _section(section, numbers, language)
        cited += len(numbers)
    if page.also:
        spans.append(Span(f"\n\n{texts.say(language, 'digest_also')}", bold=True))
        for place, named in enumerate(page.also, start=len(page.sections) + 1):
            spans.append(Span(f"\n{place}) "))
            spans += _named(named, language)
    if any(section.sample for section in page.sections):
        spans += [Span("\n\n"), Span(texts.say(language, "sample_note"), italic=True)]
    return Rendered(paginate(spans), tuple(in_rows(list(_openers(page)))))


def heading(page: DigestPage, language: str) -> str:
    name = isolated(cut(one_line(page.name), 80))
    if not name:
        name = texts.say(language, "digest_weekly" if page.is_weekly else "digest_daily")
    return f"📰 {name} · {_days(page, language)}"


def quiet_key(page: DigestPage) -> str:
    if page.has_topics:
        return "digest_quiet_topics"
    return "digest_quiet_week" if page.is_weekly else "digest_quiet_day"


def _days(page: DigestPage, language: str) -> str:
    if not page.is_weekly:
        return str(format_skeleton("yMMMEd", page.until.date(), locale=language))
    # The end is exclusive: the last day is the one a moment before it.
    last = (page.until - timedelta(seconds=1)).date()
    first = min(page.since.date(), last)
    return str(format_interval(first, last, "yMMMd", locale=language))


def _section(section: Section, numbers: Numbers, language: str) -> Iterator[Span]:
    yield _headline(section.headline, section.url, language, bold=True)
    if section.written.text:
        yield Span("\n")
        if section.written.is_news:
            yield Span(f"{texts.say(language, 'digest_what_is_new')} ", italic=True)
        elif section.also_in:
            said = texts.say(language, "digest_also_in", outlets=_few(section.also_in))
            yield Span(f"{said} ", italic=True)
        yield from _said(section, numbers)
    for moved in section.moved[:MOST_DIFFERING]:
        yield Span(f"\n{_moved_line(moved, language)}")
    for difference in section.differences[:MOST_DIFFERING]:
        yield Span(f"\n{difference_line(difference, language)}")
    yield Span("\n")
    yield from _facts(section, numbers, language)


def _said(section: Section, numbers: Numbers) -> Iterator[Span]:
    """The text with its labels counted on from those of the stories before, and linked."""
    links = {one.label: web_link(one.url) for one in section.written.citations}
    text = clean(section.written.text).strip()[:LONGEST_SAID]
    done = 0
    for match in _LABEL.finditer(text):
        label = int(match[1])
        if label not in links:
            continue
        yield Span(text[done : match.start()])
        yield Span(f"[{numbers[label]}]", href=links[label], shows_href=False)
        done = match.end()
    yield Span(text[done:])


def _facts(section: Section, numbers: Numbers, language: str) -> Iterator[Span]:
    """Who reports it, how many of them independently, on which day."""
    named: dict[str, str] = {}
    for one in section.written.citations:
        name = short_name(one.source)
        named[name] = f"{named.get(name, '')}[{numbers[one.label]}]"
    parts = [f"{cited} {isolated(name)}" for name, cited in named.items() if name]
    others = [short_name(name) for name in section.outlets if short_name(name) not in named]
    room = max(0, MOST_OUTLETS - len(parts))
    parts += [isolated(name) for name in others[:room] if name]
    more = len(others) - min(len(others), room)
    line = ", ".join(parts) + (f" +{more}" if more else "")
    facts = [line] if line else []
    if section.origins > 1:
        facts.append(texts.say(language, "independent_sources", count=section.origins))
    elif section.sole_origin and len(section.outlets) > 1:
        name = isolated(short_name(section.sole_origin))
        facts.append(texts.say(language, "one_source", name=name))
    if not section.is_new and section.day > 1 and section.known_as:
        known = isolated(cut(one_line(section.known_as), LONGEST_HEADLINE))
        facts.append(texts.say(language, "digest_day_of", number=section.day, headline=known))
    elif not section.is_new and section.day > 1:
        facts.append(texts.say(language, "digest_day", number=section.day))
    elif not section.is_new:
        facts.append(texts.say(language, "digest_developing"))
    spoken = section.written.language or section.language
    if spoken not in ("", "und", language):
        name = language_name(spoken, language)
        facts.append(texts.say(language, "digest_in_language", name=name))
    yield Span(" · ".join(facts), italic=True)


def difference_line(difference: Difference, language: str) -> str:
    """What sources tell differently, each with its outlet."""
    told = [
        f"{cut(one.figure, LONGEST_FIGURE)} ({isolated(short_name(one.outlet))})"
        for one in difference.figures[:MOST_FIGURES]
    ]
    about = texts.say(language, f"digest_about_{difference.about}")
    said = texts.say(language, "digest_figures_differ", about=about, figures=", ".join(told))
    return f"⚠️ {said}"


def _moved_line(one: MovedFigure, language: str) -> str:
    was, now = (format_decimal(value, locale=language) for value in (one.moved.was, one.moved.now))
    return "🔢 " + texts.say(
        language,
        "digest_figure_moved",
        about=texts.say(language, f"digest_about_{one.moved.about}"),
        was=was,
        now=f"≥ {now}" if one.moved.at_least else now,
        outlet=isolated(short_name(one.outlet)),
    )


def _few(outlets: Sequence[str]) -> str:
    named = [isolated(short_name(one)) for one in outlets[:MOST_OUTLETS]]
    more = len(outlets) - len(named)
    return ", ".join(named) + (f" +{more}" if more else "")


def _named(named: NamedStory, language: str) -> Iterator[Span]:
    yield _headline(named.headline, named.url, language)
    if outlet := isolated(short_name(named.outlet)):
        yield Span(f" ({outlet})")


def _headline(headline: str, url: str, language: str, *, bold: bool = False) -> Span:
    name = isolated(cut(one_line(headline), LONGEST_HEADLINE)) or texts.say(language, "untitled")
    return Span(name, bold=bold, href=web_link(url), shows_href=False)


def _openers(page: DigestPage) -> Iterator[Button]:
    ids = [*(one.story_id for one in page.sections), *(one.story_id for one in page.also)]
    for place, story_id in enumerate(ids, start=1):
        if can_be_pressed(story_id):
            press = DigestPress(DigestAct.STORY, story_id)
            yield Button(str(place), data=press.data)
