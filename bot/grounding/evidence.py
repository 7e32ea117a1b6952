"""A passage read once: its sentences, with what each tells.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.grounding.aligned import LONGEST
from bot.grounding.amount import Amount
from bot.grounding.claims import Claims, claims_of
from bot.grounding.date_mention import DateMention, day_of
from bot.grounding.names_in_text import KnownNames
from bot.grounding.rates import rates
from retrieval.models import Passage
from retrieval.sentences import sentence_spans

MOST_SENTENCES = 80
"""Of one passage; a chunk has about ten."""


@dataclass(frozen=True, slots=True)
class KnownSentence:
    text: str
    claims: Claims


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one passage tells, its title, outlet and date included."""

    passage: Passage
    sentences: tuple[KnownSentence, ...]
    """The title first."""
    names: KnownNames
    dates: tuple[DateMention, ...]
    rates: frozenset[str]
    """Per what its figures are told: `day`, `month`."""

    @property
    def name_words(self) -> frozenset[str]:
        """Folded words that are names in it."""
        return frozenset(
            word for one in self.sentences for name in one.claims.names for word in name.words
        )

    @property
    def amounts(self) -> list[tuple[Amount, KnownSentence]]:
        return [(amount, one) for one in self.sentences for amount in one.claims.amounts]


@lru_cache(maxsize=64)
def read(passage: Passage) -> Evidence:
    """Kept for the last few passages: an answer is repaired, checked again and cited."""
    language, published = passage.language, passage.published_at
    text = passage.text[:LONGEST]
    spans = sentence_spans(text, language)[:MOST_SENTENCES]
    texts: Sequence[str] = [passage.title, *(text[start:end] for start, end in spans)]
    sentences = tuple(KnownSentence(one, claims_of(one, language, published)) for one in texts)
    return Evidence(
        passage=passage,
        sentences=sentences,
        names=KnownNames(f"{passage.title}. {text} . {passage.source}", language),
        rates=frozenset(rates(text)),
        dates=(
            *(mention for one in sentences for mention in one.claims.dates),
            *([day_of(published)] if published else []),
        ),
    )
