"""What a page holds but shows to nobody, taken out of its tree.  (pure)

without_hidden(page, markup) changes the tree in place.

Text a reader never sees is where instructions to a language model hide: display:none, white
on white, letters of no size, far outside the window, `hidden`, `aria-hidden`, <template>,
<noscript>. Styles are read where they stand in the page: on the element, and in <style>.
Style sheets of their own are not fetched; on a page that has some, a background nobody
declared in the page is not known, and no colour is judged by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml.html import HtmlElement

from retrieval.feeds.colours import UNKNOWN, WHITE
from retrieval.feeds.hidden_sheets import Sheets, sheets_of
from retrieval.feeds.hidden_styles import Look, Style, declarations, look_of, removes, veils

_NEVER_SHOWN = frozenset({"template", "noscript", "noembed", "noframes", "datalist"})
_NO_TEXT = frozenset({"script", "style", "title"})
_HEART = "self::h1|self::main|self::article|.//h1|.//main|.//article"
_PROSE = 40
"""Characters: shorter pieces are links and labels, and say nothing of a page's main text."""


@dataclass(slots=True)
class _Verdict:
    removed: list[HtmlElement] = field(default_factory=list)
    veiled: list[HtmlElement] = field(default_factory=list)
    unread: list[HtmlElement] = field(default_factory=list)
    """Their own text cannot be read; elements in them may show theirs."""
    prose: int = 0
    veiled_prose: int = 0

    @property
    def is_credible(self) -> bool:
        """A page that hides most of its text shows it some other way, by a script mostly."""
        return self.veiled_prose * 2 <= self.prose


def without_hidden(page: HtmlElement, markup: str = "") -> None:
    """Takes hidden elements and hidden text out of `page`, whose source is `markup`.

    The page itself stays when it hides as a whole (scripts show it later), and so does what
    holds its headline or <article> when only a rule or `aria-hidden` hides it: a dialog is
    open in front of it. Where more than half of the prose would go, only what is marked as
    hidden on the element itself goes.
    """
    verdict = _judge(page, sheets_of(page, markup))
    if verdict.is_credible:
        for element in verdict.unread:
            element.text = None
            for child in element:
                child.tail = None
        for element in verdict.veiled:
            _empty(element)
    for element in verdict.removed:
        _empty(element)


def _judge(page: HtmlElement, sheets: Sheets) -> _Verdict:
    verdict = _Verdict()
    first = Look(background=UNKNOWN if sheets.elsewhere else WHITE)
    pending: list[tuple[HtmlElement, Look, bool]] = [(page, first, False)]
    while pending:
        element, inherited, veiled = pending.pop()
        if not isinstance(element.tag, str) or element.tag in _NO_TEXT:
            continue
        inline = declarations(element.get("style") or "")
        is_page = element.tag in ("html", "body")
        if not is_page and _is_removed(element, inline):
            verdict.removed.append(element)
            continue
        style = sheets.style(element) | inline
        if not is_page and not veiled and _is_veiled(element, inline, style):
            verdict.veiled.append(element)
            veiled = True
        look = look_of(
            inherited, _attributes(element) | style, unseen_background=sheets.may_paint(element)
        )
        shows = look.shows or is_page
        if not (veiled or shows):
            verdict.unread.append(element)
        length = _prose(element)
        verdict.prose += length
        verdict.veiled_prose += length if veiled or not shows else 0
        pending.extend((child, look, veiled) for child in element)
    return verdict


def _is_removed(element: HtmlElement, inline: Style) -> bool:
    return element.tag in _NEVER_SHOWN or element.get("hidden") is not None or removes(inline)


def _is_veiled(element: HtmlElement, inline: Style, style: Style) -> bool:
    if veils(inline):
        return True
    softly = element.get("aria-hidden", "").strip().lower() == "true"
    softly = softly or removes(style) or veils(style)
    return softly and not element.xpath(_HEART)


def _attributes(element: HtmlElement) -> Style:
    style: Style = {}
    if colour := element.get("bgcolor"):
        style["background-color"] = colour
    if element.get("background"):
        style["background-image"] = "url()"
    if element.tag == "font" and (colour := element.get("color")):
        style["color"] = colour
    return style


def _prose(element: HtmlElement) -> int:
    pieces = [element.text, *(child.tail for child in element)]
    lengths = [len(piece.strip()) for piece in pieces if piece]
    return sum(length for length in lengths if length >= _PROSE)


def _empty(element: HtmlElement) -> None:
    """Its tail is its parent's text, and stays. Taking the element out would copy the tail into
    the text before it, again for each of many in a row."""
    element.clear(keep_tail=True)
    element.tag = "span"
