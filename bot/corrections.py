"""Who is to hear that a figure they were given has been corrected since.  (pure)"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from hashlib import blake2b

from babel.dates import format_date

from bot import texts
from bot.answers import Reliance
from bot.bylines import one_line, short_name
from bot.conversation_key import ConversationKey
from bot.corrected_figures import Versions, sentences_of
from bot.figure_changes import FigureChange
from retrieval.addresses import is_web
from retrieval.article_history import ArticleHistory
from retrieval.clean import cut_at_word

MOST_TIMES = 5
"""Messages with corrections of one article to one chat; a live page has no end of them."""

LONGEST_MESSAGE = 3_500
"""Characters; Telegram takes 4,096."""

_LONGEST_TITLE = 150
_LONGEST_SENTENCE = 300
_LONGEST_FIGURE = 60
_LONGEST_ADDRESS = 500
_MOST_FIGURES = 4
_AND = {"en": " and ", "pt": " e ", "es": " y "}


@dataclass(frozen=True, slots=True)
class Told:
    """What a chat has heard before."""

    quoted: str
    """Digest of the sentence it had been given, as `digest` makes it; empty for all there were."""
    as_of: datetime
    """When the archive took the text that was then the last."""
    at: datetime


@dataclass(frozen=True, slots=True)
class CorrectionNotice:
    """A sentence that an answer quoted, and that the article tells otherwise now."""

    where: ConversationKey
    answered_at: datetime
    answer: str
    """The whole of the latest answer with that sentence."""
    article_id: str
    title: str
    source: str
    url: str
    changes: tuple[FigureChange, ...]
    """From what the chat last heard to how it is now; none where the sentence has other figures
    and which stands for which is not clear."""
    sentence: str
    """As it is now; empty where it was taken out."""
    as_of: datetime
    """When the archive took the text this tells of."""
    quoted: frozenset[str]
    """Digests of the sentences given to the chat that are told by this notice."""

    def text(self, language: str) -> str:
        """What it said, what it says now, and where."""
        replaced = [one for one in self.changes if one.now]
        told = (replaced or self.changes)[:_MOST_FIGURES]
        key = "corrected_now" if replaced else "corrected_gone" if told else "corrected_reads"
        was = _AND[language].join(_figure(one.was) for one in told)
        now = _AND[language].join(_figure(one.now) for one in told)
        title = cut_at_word(one_line(self.title), _LONGEST_TITLE)
        lines = [
            texts.say(
                language,
                key,
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

    where: ConversationKey
    notices: tuple[CorrectionNotice, ...]
    """At least one."""
    language: str

    def text(self, language: str | None = None, zone: tzinfo = UTC) -> str:
        """In the chat's own language, if it has chosen one; its days are those of `zone`."""
        language = texts.supported(language or self.language)
        if len(self.notices) == 1:
            answered = self.notices[0].answered_at.astimezone(zone)
            date = format_date(answered.date(), format="long", locale=language)
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
    told: Mapping[ConversationKey, Collection[Told]],
) -> tuple[CorrectionNotice, ...]:
    """What is still to be told of one article's corrections.

    `reliances` are the answers that cited it, latest first; `told` is what each chat has heard
    of its corrections. What was corrected and corrected back in between is not told.
    """
    if not history.is_corrected:
        return ()
    versions = Versions(history)
    found: dict[tuple[ConversationKey, tuple[FigureChange, ...], str], CorrectionNotice] = {}
    for reliance in reliances:
        heard = told.get(reliance.where, ())
        if len({one.at for one in heard}) >= MOST_TIMES:
            continue
        for notice in _of_one_answer(article_id, history, versions, reliance, heard):
            key = (notice.where, notice.changes, notice.sentence)
            known = found.setdefault(key, notice)
            found[key] = replace(known, quoted=known.quoted | notice.quoted)
    return tuple(found.values())


def digest(sentence: str) -> str:
    """Of a sentence that was given; white space makes no difference."""
    return blake2b(one_line(sentence).encode(errors="replace"), digest_size=16).hexdigest()


def by_chat(
    notices: Iterable[CorrectionNotice], language_of: Callable[[str], str]
) -> tuple[ChatCorrections, ...]:
    """One message a chat, in the language it was last answered in; `language_of` tells that
    of an answer's beginning, which is in the asker's own."""
    grouped: dict[ConversationKey, list[CorrectionNotice]] = {}
    for notice in notices:
        grouped.setdefault(notice.where, []).append(notice)
    return tuple(
        ChatCorrections(where, tuple(of_chat), language_of(_beginning(of_chat)))
        for where, of_chat in sorted(grouped.items())
    )


def _beginning(notices: Iterable[CorrectionNotice]) -> str:
    return max(notices, key=lambda one: one.answered_at).answer.split("\n\n")[0]


def _of_one_answer(
    article_id: str,
    history: ArticleHistory,
    versions: Versions,
    reliance: Reliance,
    told: Collection[Told],
) -> Iterator[CorrectionNotice]:
    article, as_of = history.article, history.versions[-1].since
    for sentence in sentences_of(reliance.quote, article.language):
        seen = versions.seen_at(reliance.at, sentence)
        if seen is None or as_of is None:
            continue
        quoted = digest(sentence)
        last_told = [versions.at(one.as_of) for one in told if one.quoted in (quoted, "")]
        start = max([seen, *last_told])
        heard = versions.became(sentence, seen, start)
        now = versions.became(heard, start, versions.last) if heard else None
        if not heard or now is None or now == heard:
            continue
        changes = versions.corrections(heard, now)
        if changes or (changes is None and now):
            yield CorrectionNotice(
                where=reliance.where,
                answered_at=reliance.at,
                answer=reliance.answer,
                article_id=article_id,
                title=article.title,
                source=article.source,
                url=article.url,
                changes=changes or (),
                sentence=now,
                as_of=as_of,
                quoted=frozenset({quoted}),
            )


def _figure(text: str) -> str:
    return cut_at_word(text, _LONGEST_FIGURE)
