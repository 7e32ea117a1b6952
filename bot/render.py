"""An Answer as Telegram shows it: HTML parts, the same in plain text, and buttons.

Text is laid out as styled spans, and only spans are cut and turned into markup, so a
cut never falls inside a tag or an entity. The one place where text is escaped is
`bot.richtext`; this file decides what is said and in which order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.bylines import byline_spans, one_line, origins_line, outlet, remarks
from bot.emphasis import marks
from bot.richtext import Part, Span, clean, escape, is_blank, isolated, length, paginate

MAX_BUTTONS = 8
BUTTONS_PER_ROW = 2
MAX_BUTTON_LABEL = 40
MAX_URL = 2048
"""Longer addresses are shown without a link: they would not fit beside their text."""
CONTEXT_CHARS = 700
"""Of the passage around a quote, where there is room in one message."""
SHORTER_CONTEXTS = (350, 0)
"""Tried before a second message is: the page of a source has all of it."""

_LABEL = re.compile(r"\[(\d{1,4})\]")
_SPACE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]")


class Emphasis(StrEnum):
    """How a button looks; as Telegram calls it."""

    NONE = ""
    MAIN = "primary"
    GOOD = "success"
    DANGER = "danger"


class Button(NamedTuple):
    """Opens `url`, copies `copy_text` (at most 256 units), or else brings `data` back to the
    bot (at most 64 bytes)."""

    label: str
    url: str = ""
    data: str = ""
    copy_text: str = ""
    emphasis: Emphasis = Emphasis.NONE


@dataclass(frozen=True, slots=True)
class Rendered:
    """What to send, in order; the buttons belong under the last part."""

    parts: tuple[Part, ...]
    """At least one; each at most 4,096 UTF-16 units, as HTML and as plain text."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    """Rows of buttons."""
    preview: str = ""
    """The address shown small below the last part; empty for none."""


def render_answer(answer: Answer) -> Rendered:
    """The messages that show `answer` in a chat. Takes any answer, however odd."""
    language = texts.supported(answer.language)
    citations = _by_label(answer.citations)
    text = clean(answer.text).strip()
    if is_blank(text):
        text = texts.say(language, "quoted_intro" if citations else "nothing_found")

    parts = paginate(_answer_spans(answer, text, citations, language, CONTEXT_CHARS))
    for context in SHORTER_CONTEXTS if citations and len(parts) > 1 else ():
        shorter = paginate(_answer_spans(answer, text, citations, language, context))
        if len(shorter) == 1:
            parts = shorter
            break
    return Rendered(
        parts=parts,
        buttons=_buttons(citations.values()),
        preview=_preview(tuple(citations.values())),
    )


def _answer_spans(
    answer: Answer, text: str, citations: dict[int, Citation], language: str, context: int
) -> list[Span]:
    spans = list(_linked_labels(text, citations, marks(answer.emphasis)))
    if origins := origins_line(answer, language) if citations else "":
        spans.append(Span(f"\n\n{origins}"))
    if citations:
        spans.append(Span("\n\n"))
        spans.extend(_sources(citations.values(), language, answer.asked_at, context))
    if not answer.answered and answer.nearest:
        spans.append(Span(f"\n\n{texts.say(language, 'nearest_headlines')}"))
        for headline in answer.nearest:
            spans.extend(_bullet(headline, language, answer.asked_at))
    if answer.note:
        spans += [Span("\n\n"), Span(clean(answer.note), italic=True)]
    nearest = () if answer.answered else answer.nearest
    if any(item.sample for item in citations.values()) or any(item.sample for item in nearest):
        spans.append(Span("\n\n"))
        spans.append(Span(texts.say(language, "sample_note"), italic=True))
    return spans


def web_link(url: str) -> str | None:
    """`url` if a chat can link to it, else None (local files, broken addresses)."""
    url = url.strip()
    if length(escape(url)) > MAX_URL or _SPACE_IN_URL.search(url) or clean(url) != url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme.lower() in ("http", "https") and host else None


def public_link(url: str) -> str | None:
    """`url` if anybody may open it: Telegram refuses the whole message for a button to a host
    without a dot."""
    link = web_link(url)
    return link if link is not None and "." in (urlsplit(link).hostname or "") else None


def _preview(citations: Sequence[Citation]) -> str:
    """Of the one article that all is from; none of what only comes with Pauta."""
    articles = {one.article_id or one.url for one in citations}
    if len(articles) != 1 or citations[0].sample:
        return ""
    return public_link(citations[0].url) or ""


def _by_label(citations: Iterable[Citation]) -> dict[int, Citation]:
    found: dict[int, Citation] = {}
    for citation in sorted(citations, key=lambda item: item.label):
        found.setdefault(citation.label, citation)
    return found


def _linked_labels(
    text: str, citations: dict[int, Citation], bold: re.Pattern[str] | None
) -> Iterator[Span]:
    done = 0
    for match in _LABEL.finditer(text):
        citation = citations.get(int(match[1]))
        href = web_link(citation.url) if citation else None
        if href is None:
            continue
        yield from _emphasised(text[done : match.start()], bold)
        yield Span(match[0], href=href, shows_href=False)
        done = match.end()
    yield from _emphasised(text[done:], bold)


def _emphasised(text: str, bold: re.Pattern[str] | None) -> Iterator[Span]:
    done = 0
    for match in bold.finditer(text) if bold else ():
        yield Span(text[done : match.start()])
        yield Span(match[0], bold=True)
        done = match.end()
    yield Span(text[done:])


def _sources(
    citations: Iterable[Citation], language: str, now: datetime | None, context: int
) -> Iterator[Span]:
    for position, citation in enumerate(citations):
        if position:
            yield Span("\n\n", quoted=True)
        yield Span(f"[{citation.label}] ", quoted=True)
        yield from byline_spans(citation, language, now, quoted=True)
        yield Span("\n", quoted=True)
        is_quote = one_line(citation.quote) == one_line(citation.title) != ""
        title = _title(citation, language)
        yield Span(title, href=web_link(citation.url), bold=is_quote, quoted=True)
        yield Span("\n", quoted=True)
        if remark := remarks(citation, language):
            yield Span(f"{remark}\n", italic=True, quoted=True)
        yield from _passage(replace(citation, quote="") if is_quote else citation, context)


def _passage(citation: Citation, most: int) -> Iterator[Span]:
    """The passage, up to `most` characters of it, with its quoted sentence in bold; the quote
    alone if it is elsewhere."""
    quote, context = clean(citation.quote).strip(), clean(citation.context).strip()
    if not quote:
        yield Span(_first_words(context, most or CONTEXT_CHARS), quoted=True)
        return
    before, found, after = context.partition(quote)
    if not found:
        before, after = "", ""
    room = max(0, most - len(quote)) // 2
    yield Span(_last_words(before, room), quoted=True)
    yield Span(quote, bold=True, quoted=True)
    yield Span(_first_words(after, room), quoted=True)


def _first_words(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[:limit]
    return kept[: kept.rfind(" ") + 1].rstrip() + " …"


def _last_words(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[len(text) - limit :]
    space = kept.find(" ")
    return "… " + (kept[space + 1 :] if space >= 0 else "")


def _bullet(headline: Headline, language: str, now: datetime | None) -> Iterator[Span]:
    yield Span("\n• ")
    yield Span(_title(headline, language), href=web_link(headline.url))
    yield Span(" (")
    yield from byline_spans(headline, language, now)
    yield Span(")")


def _title(item: Citation | Headline, language: str) -> str:
    return isolated(one_line(item.title)) or texts.say(language, "untitled")


def _buttons(citations: Iterable[Citation]) -> tuple[tuple[Button, ...], ...]:
    buttons: dict[str, Button] = {}
    for citation in citations:
        url = public_link(citation.url)
        if url is None or url in buttons:
            continue
        buttons[url] = Button(_button_label(citation), url)
    chosen: Sequence[Button] = tuple(buttons.values())[:MAX_BUTTONS]
    return tuple(
        tuple(chosen[start : start + BUTTONS_PER_ROW])
        for start in range(0, len(chosen), BUTTONS_PER_ROW)
    )


def _button_label(citation: Citation) -> str:
    label, name = f"[{citation.label}] ", outlet(citation)
    room = MAX_BUTTON_LABEL - len(label)
    return label + isolated(name if len(name) <= room else name[: room - 1] + "…")
