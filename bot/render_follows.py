"""What a chat follows, as Telegram screens.  (pure)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot import texts
from bot.answers import Headline
from bot.bylines import byline_spans, one_line
from bot.follow_buttons import FollowAct, FollowPress
from bot.follow_levels import LITERAL, TOPICAL, can_step
from bot.render import Button, Emphasis, Rendered, web_link
from bot.richtext import Span, isolated
from bot.screens import cut, screen

if TYPE_CHECKING:  # the screens need no database
    from bot.follow_book import FollowView
    from bot.follow_examples import Example
    from bot.follows import Follow

ROWS_A_PAGE = 8
LONGEST_LABEL = 40
LONGEST_TITLE = 160
MOST_EXAMPLES = 5
MOST_NEAREST = 2
"""Shown of those that only a looser threshold lets through."""


def follow_screen(view: FollowView, language: str, now: datetime) -> Rendered:
    """A follow, and what it would have told last week."""
    follow = view.follow
    told = view.examples.at(follow.threshold)
    words = isolated(follow.words)
    title = texts.say(language, "follow_added", words=words) if view.is_new else f"🔔 {words}"
    spans = [Span(title, bold=True), Span("\n\n")]
    if not told:
        spans.append(Span(texts.say(language, "follow_no_examples")))
        nearest = sorted(view.examples.stories, key=lambda one: -one.score)[:MOST_NEAREST]
        if nearest:
            looser = texts.say(language, "button_follow_looser")
            said = texts.say(language, "follow_nearest", button=looser)
            spans += [Span("\n\n"), Span(said), *_listed(nearest, language, now)]
    else:
        count = "follow_example" if len(told) == 1 else "follow_examples"
        spans.append(Span(texts.say(language, count, count=len(told))))
        spans += _listed(told[:MOST_EXAMPLES], language, now)
    wish = follow.wish
    spans += [Span("\n\n"), Span(_how(wish.is_topical, language), italic=True)]
    ladder = TOPICAL if wish.is_topical else LITERAL
    steps = [
        Button(texts.say(language, f"button_{key}"), data=FollowPress(act, follow.id).data)
        for key, act, is_stricter in (
            ("follow_looser", FollowAct.LOOSER, False),
            ("follow_stricter", FollowAct.STRICTER, True),
        )
        if can_step(ladder, follow.threshold, stricter=is_stricter)
    ]
    stop = Button(
        texts.say(language, "button_unfollow"),
        data=FollowPress(FollowAct.STOP, follow.id).data,
        emphasis=Emphasis.DANGER,
    )
    every = Button(texts.say(language, "button_follows"), data=FollowPress(FollowAct.LIST).data)
    return screen(spans, [tuple(steps), (stop, every)])


def follows_screen(follows: Sequence[Follow], language: str, page: int = 0) -> Rendered:
    """All that is followed in a place, a button each."""
    if not follows:
        return screen([Span(texts.say(language, "follows_none"))])
    pages = -(-len(follows) // ROWS_A_PAGE)
    page = min(page, pages - 1)
    rows: list[tuple[Button, ...]] = [
        (Button(cut(one.words, LONGEST_LABEL), data=FollowPress(FollowAct.SHOW, one.id).data),)
        for one in follows[page * ROWS_A_PAGE : (page + 1) * ROWS_A_PAGE]
    ]
    if pages > 1:
        turns = (
            ("«", (page - 1) % pages),
            (f"{page + 1}/{pages}", page),
            ("»", (page + 1) % pages),
        )
        rows.append(
            tuple(Button(one, data=FollowPress(FollowAct.LIST, to).data) for one, to in turns)
        )
    said = texts.say(language, "follows_all", count=len(follows))
    return screen([Span(said)], rows)


def _listed(examples: Sequence[Example], language: str, now: datetime) -> Iterator[Span]:
    for one in examples:
        named = isolated(cut(one_line(one.title), LONGEST_TITLE))
        yield Span("\n• ")
        yield Span(named, href=web_link(one.url), shows_href=False)
        headline = Headline(one.title, one.url, one.source, one.published_at)
        yield Span(" (")
        yield from byline_spans(headline, language, now)
        yield Span(")")


def _how(is_topical: bool, language: str) -> str:
    return texts.say(language, "follow_by_meaning" if is_topical else "follow_by_words")
