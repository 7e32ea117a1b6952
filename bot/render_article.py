"""One article, and who else has it, as Telegram screens.  (pure)"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from bot import texts
from bot.answers import Citation, Headline
from bot.browse_press import BrowseAct, BrowsePress
from bot.browsed import ArticleView, KeyFigure
from bot.bylines import byline_spans
from bot.figure_changes import FigureChange
from bot.language_names import language_name
from bot.render import Button, Rendered, web_link
from bot.render_browse import figures_changed, title_span
from bot.richtext import Span
from bot.screens import cut, screen

LONGEST_SENTENCE = 400
MOST_SHOWN = 20
"""Others that have the text."""


def article_screen(view: ArticleView, language: str, now: datetime) -> Rendered:
    """Title, where and when, its own sentences, its figures; and what to do with it."""
    article = view.article
    spans = [title_span(article.title, article.url, language, bold=True), Span("\n")]
    spans += byline_spans(_cited(view), language, now)
    spans.append(Span(f" · {language_name(article.language, language)}"))
    if view.partial:
        spans += [Span("\n"), Span(texts.say(language, "only_the_beginning"), italic=True)]
    for sentence in view.summary:
        spans.append(Span(f"\n\n{cut(sentence, LONGEST_SENTENCE)}"))
    if view.figures:
        spans += [Span("\n\n"), Span(texts.say(language, "browse_figures"), bold=True)]
        for figure in view.figures:
            spans += _figure(figure, language)
    if article.sample:
        spans += [Span("\n\n"), Span(texts.say(language, "sample_note"), italic=True)]
    return screen(spans, _buttons(view, language))


def carriers_screen(view: ArticleView, language: str, now: datetime) -> Rendered:
    """The others that have the text, the earliest first."""
    spans = [title_span(view.article.title, view.article.url, language, bold=True), Span("\n\n")]
    if not view.carriers:
        spans.append(Span(texts.say(language, "browse_no_carriers")))
    else:
        spans.append(Span(texts.say(language, "browse_carriers"), bold=True))
    for one in view.carriers[:MOST_SHOWN]:
        spans += [Span("\n• "), title_span(one.title, one.url, language), Span("\n   ")]
        headline = Headline(one.title, one.url, one.source, one.published_at)
        spans += byline_spans(headline, language, now)
    label = texts.say(language, "button_to_article")
    back = BrowsePress(BrowseAct.BACK, view.article.article_id).data
    return screen(spans, [(Button(label, data=back),)])


def ask_away(view: ArticleView, language: str) -> Rendered:
    """What the next questions are about."""
    title = title_span(view.article.title, view.article.url, language, bold=True)
    mark = "\x00"
    before, _, after = texts.say(language, "browse_ask_away", title=mark).partition(mark)
    return screen([Span(before), title, Span(after)])


def _cited(view: ArticleView) -> Citation:
    article = view.article
    return Citation(
        label=1,
        title=article.title,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        quote="",
        corrected_at=article.corrected_at,
        author=view.author,
    )


def _figure(figure: KeyFigure, language: str) -> Iterator[Span]:
    yield Span("\n• ")
    yield Span(f"{figure.before} " if figure.before else "")
    yield Span(figure.figure, bold=True)
    glue = "" if not figure.after or figure.after[0] in ".,;:!?)%’”" else " "
    yield Span(f"{glue}{figure.after}")
    if figure.corrected_to:
        change = FigureChange(figure.figure, figure.corrected_to)
        yield Span(f"\n   {figures_changed('browse_figure_corrected', [change], language)}")


def _buttons(view: ArticleView, language: str) -> list[tuple[Button, ...]]:
    article_id = view.article.article_id

    def button(key: str, act: BrowseAct, **values: object) -> Button:
        label = texts.say(language, f"button_{key}", **values)
        return Button(label, data=BrowsePress(act, article_id).data)

    rows: list[tuple[Button, ...]] = [
        (button("ask_about", BrowseAct.ASK), button("story", BrowseAct.STORY_OF))
    ]
    href = web_link(view.article.url)
    # Telegram refuses the whole message for a button to a host without a dot.
    if href and "." in (urlsplit(href).hostname or ""):
        rows.append((Button(texts.say(language, "button_open_article"), url=href),))
    if view.carriers:
        rows.append((button("carriers", BrowseAct.CARRIERS, count=len(view.carriers)),))
    return rows
