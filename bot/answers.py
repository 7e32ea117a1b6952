"""What an answer is, whoever wrote it: the LLM, or the coverage itself in quotes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from bot.conversation_key import ConversationKey


@dataclass(frozen=True, slots=True)
class Citation:
    """One label `[n]` of an answer, and the passage it came from."""

    label: int
    title: str
    url: str
    """`https://...`, or `file:///...` for a local file, which a chat cannot link to."""
    source: str
    published_at: datetime | None
    quote: str
    """The exact sentence of the article, in its own language."""
    context: str = ""
    """The passage the quote stands in; contains the quote."""
    chunk_id: str = ""
    article_id: str = ""
    sample: bool = False
    corrected_at: datetime | None = None
    """When the article was last corrected; None if it never was."""
    also_in: tuple[str, ...] = ()
    """Other outlets that carried the same text."""
    partial: bool = False
    """Only the beginning of the article was read: the rest is behind a wall."""
    author: str = ""
    """As the article names them; empty where it names none."""


@dataclass(frozen=True, slots=True)
class Headline:
    """An article shown because it is near the question, not because it answers it."""

    title: str
    url: str
    source: str
    published_at: datetime | None
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply to one question.

    `text` is plain text (never markup) in which `[n]` refers to the citation with that
    label: an introduction in the asker's language, a blank line, then one paragraph per
    quote, each on one line. When `answered` is false there are no citations, `text` is the
    introduction alone and `nearest` holds what came closest.
    """

    text: str
    answered: bool
    language: str
    """Of the question, among the languages Pauta speaks: pt, en, es."""
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Headline, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
    confidence: float = 0.0
    """How likely the coverage holds the answer, 0 to 1; see `confidence`."""
    note: str = ""
    """What a reader must know of how it came about: that a part was left out, say."""
    asked_at: datetime | None = None
    """From which the age of what is cited is counted, in the asker's time zone."""
    origins: int = 0
    """Independent origins of what is cited: outlets of one publisher and copies of one
    agency's text count once."""
    sole_origin: str = ""
    """Who that is, where there is only one: an agency or an outlet."""
    emphasis: tuple[str, ...] = ()
    """Figures of `text`, as they stand there, that answer what was asked; shown in bold."""


SUMMARY = "summary"
"""Role of what stands for all that was said before, in a long conversation."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One side of a conversation: `role` is `user` or `assistant`, or `SUMMARY`, the first."""

    role: str
    text: str
    citations: tuple[Citation, ...] = ()
    """Of an answer. Read back for a follow-up, only the last one has them."""
    number: int = field(default=0, compare=False)
    """Its place in the database; 0 of one that is not in it."""


@dataclass(frozen=True, slots=True)
class Reliance:
    """An answer that cited an article."""

    where: ConversationKey
    at: datetime
    answer: str
    quote: str
