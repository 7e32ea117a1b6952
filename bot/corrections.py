"""Who is to hear that a figure they were given has been corrected since.  (pure)"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from bot import texts
from bot.answers import Reliance
from bot.bylines import one_line, short_name
from bot.corrected_figures import FigureChange, Versions, figure_changes, sentences_of
from retrieval.addresses import is_web
from retrieval.article_history import ArticleHistory
from retrieval.clean import cut_at_word

MOST_TIMES = 5
"""One chat hears of corrections of one article; a page that alternates has no end of them."""

LONGEST_MESSAGE = 3_500
"""Characters; Telegram takes 4,096."""

_LONGEST_TITLE = 150
_LONGEST_SENTENCE = 300
_LONGEST_FIGURE = 60
_LONGEST_ADDRESS = 500
_MOST_FIGURES = 4
_AND = {"en": " and ", "pt": " e ", "es": " y "}


@dataclass(frozen=True, slots=True)
class CorrectionNotice:
    """A sentence that an answer quoted, and that the article tells otherwise now."""

    chat_id: int
    answered_at: datetime
    answer: str
    """The whole of the latest answer with that sentence."""
    article_id: str
    title: str
    source: str
    url: str
    changes: tuple[FigureChange, ...]
    """From what the chat last heard to how it is now."""
    sentence: str
    """As it is now; empty where it was taken out."""
    corrections: tuple[datetime, ...]
    """When the archive took them; all are told by this notice."""

    def text(self, language: str) -> str:
        """What it said, what it says now, and where."""
        shown = self.changes[:_MOST_FIGURES]
        told = [one for one in shown if one.now] or list(shown)
        was = _AND[language].join(_figure(one.was) for one in told)
        now = _AND[language].join(_figure(one.now) for one in told)
        title = cut_at_word(one_line(self.title), _LONGEST_TITLE)
        lines = [
            texts.say(
                language,
                "corrected_now" if now else "corrected_gone",
                title=title or texts.say(language, "untitled"),
                source=short_name(self.source),
                was=was,
                now=now,
            )
        ]
        if sentence := cut_at_word(one_line(self.sentence), _LONGEST_SENTENCE):
            lines.append(f"“{sentence}”")
        if is_web(self.url) and len(self.url) <= _LONGEST_ADDRESS:
            lines.append(self.url)
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ChatCorrections:
    """All that one chat is to be told, as one message."""

    chat_id: int
    notices: tuple[CorrectionNotice, ...]
    """At least one."""
    language: str

    def text(self) -> str:
        language = texts.supported(self.language)
        if len(self.notices) == 1:
            date = format_date(self.notices[0].answered_at.date(), format="long", locale=language)
            paragraphs = [texts.say(language, "corrected_figure", date=date)]
        else:
            paragraphs = [texts.say(language, "corrected_figures")]
        for at, notice in enumerate(self.notices):
            paragraph = notice.text(language)
            if sum(map(len, paragraphs)) + len(paragraph) > LONGEST_MESSAGE:
                left = len(self.notices) - at
                paragraphs.append(texts.say(language, "corrected_and_more", count=left))
                break
            paragraphs.append(paragraph)
        return "\n\n".join(paragraphs)


def corrections_to_tell(
    article_id: str,
    history: ArticleHistory,
    reliances: Iterable[Reliance],
    told: Mapping[int, Collection[datetime]],
) -> tuple[CorrectionNotice, ...]:
    """What is still to be told of one article's corrections.

    `reliances` are the answers that cited it, latest first; `told` are the corrections, by the
    time the archive took them, that each chat has heard of. What was corrected and corrected
    back in between is not told.
    """
    if not history.is_corrected:
        return ()
    versions = Versions(history)
    found: dict[tuple[int, tuple[FigureChange, ...]], CorrectionNotice] = {}
    for reliance in reliances:
        heard_of = told.get(reliance.chat_id, ())
        if len(heard_of) >= MOST_TIMES:
            continue
        for notice in _of_one_answer(article_id, history, versions, reliance, heard_of):
            found.setdefault((notice.chat_id, notice.changes), notice)
    return tuple(found.values())


def by_chat(
    notices: Iterable[CorrectionNotice], language_of: Callable[[str], str]
) -> tuple[ChatCorrections, ...]:
    """One message a chat, in the language it was last answered in; `language_of` tells that
    of an answer's beginning, which is in the asker's own."""
    grouped: dict[int, list[CorrectionNotice]] = {}
    for notice in notices:
        grouped.setdefault(notice.chat_id, []).append(notice)
    return tuple(
        ChatCorrections(chat_id, tuple(of_chat), language_of(_beginning(of_chat)))
        for chat_id, of_chat in sorted(grouped.items())
    )


def _beginning(notices: Iterable[CorrectionNotice]) -> str:
    return max(notices, key=lambda one: one.answered_at).answer.split("\n\n")[0]


def _of_one_answer(
    article_id: str,
    history: ArticleHistory,
    versions: Versions,
    reliance: Reliance,
    heard_of: Collection[datetime],
) -> Iterator[CorrectionNotice]:
    article = history.article
    for sentence in sentences_of(reliance.quote, article.language):
        start = versions.seen_at(reliance.at, sentence)
        steps = list(versions.steps(sentence, start)) if start is not None else []
        if all(step.at in heard_of for step in steps):
            continue
        heard = [sentence, *(step.sentence for step in steps if step.at in heard_of)][-1]
        now = steps[-1].sentence
        changes = figure_changes(heard, now, article.language)
        if changes:
            yield CorrectionNotice(
                chat_id=reliance.chat_id,
                answered_at=reliance.at,
                answer=reliance.answer,
                article_id=article_id,
                title=article.title,
                source=article.source,
                url=article.url,
                changes=changes,
                sentence=now,
                corrections=tuple(step.at for step in steps),
            )


def _figure(text: str) -> str:
    return cut_at_word(text, _LONGEST_FIGURE)
