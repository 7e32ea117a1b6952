"""What is shown where only one message can be: inline results, and answers as a guest.  (pure)"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.bylines import byline, byline_spans, day, one_line, outlet, remarks
from bot.render import Rendered, render_answer, web_link
from bot.richtext import Part, Span, clean, is_blank, isolated
from bot.screens import cut, screen
from retrieval.identity import digest

if TYPE_CHECKING:  # which brings the search engine along
    from bot.inline import Offer

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 300
"""Characters; clients show two lines of it."""


@dataclass(frozen=True, slots=True)
class InlineResult:
    """One line of the list above the keyboard, and the message it posts."""

    id: str
    """At most 64 bytes; of two results of one list never the same."""
    title: str
    description: str
    message: Part


def render_offer(offer: Offer, language: str) -> tuple[InlineResult, ...]:
    """The list; empty when nothing was found. Takes any offer, however odd."""
    results = [
        *(_quoted(one, language) for one in offer.quotes if not is_blank(clean(one.quote))),
        *(_headline(one, language) for one in offer.headlines),
    ]
    return tuple({one.id: one for one in results}.values())


def one_message(answer: Answer) -> Rendered:
    """An answer as a single message, with no buttons but links: where it would take more, its
    sources are shown without what surrounds the quotes."""
    rendered = render_answer(answer)
    if len(rendered.parts) > 1:
        alone = tuple(replace(one, context="") for one in answer.citations)
        rendered = render_answer(replace(answer, citations=alone))
    links = (tuple(one for one in row if one.url) for row in rendered.buttons)
    return replace(rendered, parts=rendered.parts[:1], buttons=tuple(row for row in links if row))


def _quoted(one: Citation, language: str) -> InlineResult:
    quote = one_line(one.quote)
    return InlineResult(
        digest("quote", one.chunk_id, one.url, quote),
        cut(f"{outlet(one)}, {day(one.published_at, language)}".strip(", "), LONGEST_TITLE),
        cut(quote, LONGEST_DESCRIPTION),
        _posted([Span(quote, quoted=True), Span("\n")], one, language),
    )


def _headline(one: Headline, language: str) -> InlineResult:
    return InlineResult(
        digest("headline", one.url, one.title),
        cut(_title(one, language), LONGEST_TITLE),
        cut(byline(one, language), LONGEST_DESCRIPTION),
        _posted([], one, language),
    )


def _posted(first: list[Span], one: Citation | Headline, language: str) -> Part:
    return screen([*first, *_source(one, language)]).parts[0]


def _source(one: Citation | Headline, language: str) -> Iterator[Span]:
    yield Span(isolated(_title(one, language)), bold=True, href=web_link(one.url))
    yield Span("\n")
    yield from byline_spans(one, language)
    if isinstance(one, Citation) and (remark := remarks(one, language)):
        yield Span(f"\n{remark}", italic=True)
    if one.sample:
        yield Span(f"\n\n{texts.say(language, 'sample_note')}", italic=True)


def _title(one: Citation | Headline, language: str) -> str:
    return cut(one.title, LONGEST_TITLE) if one_line(one.title) else texts.say(language, "untitled")
