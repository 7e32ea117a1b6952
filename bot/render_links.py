"""Addresses people send, and what became of them, as Telegram screens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot import texts
from bot.feeds import LinkAct, LinkPress, TakenPage
from bot.render import Button, Rendered, web_link
from bot.richtext import Span, paginate
from bot.screens import LONGEST_ADDRESS, address_span, cut, filled, in_rows, screen
from retrieval.feeds.find import FoundFeed
from retrieval.models import Outcome

LONGEST_TITLE = 60
_LABELS = {
    LinkAct.ASK: "button_ask_about",
    LinkAct.ASK_TEXT: "button_ask_about",
    LinkAct.FEED: "button_as_feed",
    LinkAct.PAGE: "button_add_page",
}
_TAKEN = {
    Outcome.NEW: "page_added",
    Outcome.CHANGED: "page_changed",
    Outcome.UNCHANGED: "page_known",
}


def feed_choice(address: str, found: Sequence[FoundFeed], language: str) -> Rendered:
    """Feeds of one site to choose from. Their addresses are read back from this very message
    when a button is pressed."""
    spans = filled("feed_choose", language, address=address_span(address, links=False))
    buttons: list[Button] = []
    for one in found:
        href = web_link(one.url)
        name = cut(one.feed.title, LONGEST_TITLE) or cut(one.url, LONGEST_TITLE)
        line = [Span(f"\n{len(buttons) + 1}. "), Span(name, href=href)]
        line.append(Span(f" ({len(one.feed.entries)})"))
        if href is None or len(paginate([*spans, *line])) > 1:
            continue
        spans.extend(line)
        press = LinkPress(LinkAct.FEED, len(buttons))
        buttons.append(Button(str(len(buttons) + 1), data=press.data))
    return screen(spans, in_rows(buttons))


def link_offer(address: str, language: str, *, may_add: bool) -> Rendered:
    """What can be done with a link; it is read back from this very message."""
    spans = [address_span(address), Span(f"\n{texts.say(language, 'link_offer')}")]
    acts = [LinkAct.ASK, *((LinkAct.FEED, LinkAct.PAGE) if may_add else ())]
    return screen(spans, _offered(acts, language))


def forward_offer(address: str | None, language: str, *, may_add: bool) -> Rendered:
    """The same for what somebody passes on: an article's link, or a text without one. Whoever
    could add a link is told why there is none to add."""
    spans = [Span(texts.say(language, "link_offer"))]
    if address is None:
        if may_add:
            spans.append(Span(f"\n{texts.say(language, 'forward_no_link')}", italic=True))
        return screen(spans, _offered([LinkAct.ASK_TEXT], language))
    acts = [LinkAct.ASK, *((LinkAct.PAGE,) if may_add else ())]
    return screen([address_span(address), Span("\n"), *spans], _offered(acts, language))


def not_covered(address: str, language: str, *, may_add: bool) -> Rendered:
    """Nothing can be asked about a link that is not in the coverage."""
    key = "link_not_covered_add" if may_add else "link_not_covered"
    spans = filled(key, language, address=address_span(address))
    return screen(spans, _offered([LinkAct.PAGE] if may_add else [], language))


def _offered(acts: Iterable[LinkAct], language: str) -> list[tuple[Button, ...]]:
    return [(Button(texts.say(language, _LABELS[act]), data=LinkPress(act).data),) for act in acts]


def about_address(key: str, address: str, language: str, **values: object) -> Rendered:
    """A sentence about an address, which can be pressed there."""
    return screen(filled(key, language, address=address_span(address), **values))


def page_taken(taken: TakenPage, address: str, language: str) -> Rendered:
    title = Span(cut(taken.title or address, LONGEST_ADDRESS), bold=True, href=web_link(address))
    spans = filled(_TAKEN[taken.outcome], language, title=title, outlet=cut(taken.outlet, 100))
    return screen(spans)
