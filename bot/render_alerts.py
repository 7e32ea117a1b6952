"""Alerts as they are sent.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot import texts
from bot.answers import Headline
from bot.bylines import byline_spans, one_line, short_name
from bot.digest_press import DigestAct, DigestPress
from bot.follow_buttons import FollowAct, FollowPress
from bot.follows import IN_TITLE, Match
from bot.render import Button, Rendered, public_link, web_link
from bot.richtext import Span, isolated
from bot.screens import cut, in_rows, screen

LONGEST_TITLE = 220
LONGEST_WORDS = 80
LONGEST_SENTENCE = 320
MOST_OUTLETS = 6
MOST_GATHERED = 10
"""Stories that one message tells; the rest is counted."""


@dataclass(frozen=True, slots=True)
class AlertView:
    """A story as a chat is told of it."""

    story_id: str
    follow_id: int
    words: str
    """What is followed."""
    article_id: str
    title: str
    url: str
    source: str
    published_at: datetime | None
    sentence: str
    outlets: tuple[str, ...]
    """All that carried the story so far, the first one first."""
    match: Match


def alert_screen(view: AlertView, language: str, now: datetime) -> Rendered:
    """One story, with the sentence that made it one."""
    spans = [
        *_followed(view),
        *_headline(view, bold=True),
        Span("\n"),
        *byline_spans(_as_headline(view), language, now),
    ]
    if view.sentence:
        sentence = cut(view.sentence, LONGEST_SENTENCE)
        href = web_link(view.url)
        spans += [Span("\n\n“"), Span(isolated(sentence), italic=True), Span("” ")]
        spans += [Span("[1]", href=href, shows_href=False)]
    if len(view.outlets) > 1:
        spans += [Span("\n\n"), Span(_outlets(view.outlets, language))]
    spans += [Span("\n\n"), Span(why_told(view.match, language), italic=True)]
    preview = public_link(view.url) or ""
    return _with_preview(screen(spans, alert_buttons(view, language)), preview)


def update_screen(
    view: AlertView, new_outlets: Sequence[str], language: str, now: datetime
) -> Rendered:
    """What was told goes on, in one short line."""
    also = _named(new_outlets)
    spans = [
        *_followed(view),
        Span(texts.say(language, "alert_update", outlets=also)),
        Span("\n"),
        *_headline(view),
        Span(" ("),
        *byline_spans(_as_headline(view), language, now),
        Span(")"),
    ]
    return screen(spans, alert_buttons(view, language))


def gathered_screen(
    views: Sequence[AlertView], language: str, now: datetime, more: int = 0
) -> Rendered:
    """Several stories in one message; a number each, which opens it. `more` are only counted."""
    shown = views[:MOST_GATHERED]
    more += len(views) - len(shown)
    spans = [Span(texts.say(language, "alerts_gathered", count=len(shown) + more), bold=True)]
    for number, view in enumerate(shown, 1):
        spans += [Span(f"\n\n{number}. "), *_headline(view), Span("\n")]
        spans += byline_spans(_as_headline(view), language, now)
        spans += [Span(f" · {isolated(cut(view.words, LONGEST_WORDS))}", italic=True)]
    if more:
        spans += [Span("\n\n"), Span(texts.say(language, "alerts_and_more", count=more))]
    openers = [
        Button(str(number), data=DigestPress(DigestAct.STORY, view.story_id).data)
        for number, view in enumerate(shown, 1)
    ]
    all_follows = Button(
        texts.say(language, "button_follows"), data=FollowPress(FollowAct.LIST).data
    )
    return screen(spans, [*in_rows(openers), (all_follows,)])


def alert_buttons(view: AlertView, language: str) -> list[tuple[Button, ...]]:
    def button(key: str, data: str) -> Button:
        return Button(texts.say(language, f"button_{key}"), data=data)

    return [
        (
            button("alert_story", DigestPress(DigestAct.STORY, view.story_id).data),
            button("alert_ask", DigestPress(DigestAct.ASK, view.story_id).data),
        ),
        (
            button("alert_mute", FollowPress(FollowAct.MUTE, story_id=view.story_id).data),
            button("unfollow", FollowPress(FollowAct.STOP_FROM_ALERT, view.follow_id).data),
        ),
    ]


def why_told(match: Match, language: str) -> str:
    """In one short line."""
    said = []
    if match.is_by_meaning:
        said.append(texts.say(language, "alert_why_meaning"))
    if match.found:
        words = ", ".join(f"“{isolated(one)}”" for one in match.found)
        in_title = not match.is_by_meaning and match.score >= IN_TITLE
        key = "alert_why_title" if in_title else "alert_why_words"
        said.append(texts.say(language, key, words=words))
    if match.amounts:
        told = ", ".join(isolated(one) for one in match.amounts)
        said.append(texts.say(language, "alert_why_amount", amount=told))
    return texts.say(language, "alert_why", reasons="; ".join(said))


def why_logged(view: AlertView) -> str:
    """For the operator's log."""
    held = "; ".join((*view.match.found, *view.match.amounts))
    by = "meaning" if view.match.is_by_meaning else f"words, {view.match.score:.2f}"
    return f"follows {view.words!r}: by {by}" + (f" ({held})" * bool(held))


def _followed(view: AlertView) -> list[Span]:
    words = isolated(cut(view.words, LONGEST_WORDS))
    return [Span(f"🔔 {words}"), Span("\n\n")]


def _headline(view: AlertView, *, bold: bool = False) -> list[Span]:
    title = isolated(cut(one_line(view.title), LONGEST_TITLE)) or short_name(view.source)
    return [Span(title, bold=bold, href=web_link(view.url), shows_href=False)]


def _as_headline(view: AlertView) -> Headline:
    return Headline(view.title, view.url, view.source, view.published_at)


def _outlets(outlets: Sequence[str], language: str) -> str:
    return texts.say(language, "alert_outlets", count=len(outlets), outlets=_named(outlets))


def _named(outlets: Sequence[str]) -> str:
    shown = ", ".join(isolated(short_name(one)) for one in outlets[:MOST_OUTLETS])
    more = len(outlets) - MOST_OUTLETS
    return shown + (f" +{more}" if more > 0 else "")


def _with_preview(rendered: Rendered, preview: str) -> Rendered:
    return Rendered(rendered.parts, rendered.buttons, preview)
