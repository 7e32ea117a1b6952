"""A passage read once: its sentences, with what each tells.  (pure)"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.grounding.aligned import LONGEST
from bot.grounding.amount import Amount
from bot.grounding.claims import Claims, claims_of
from bot.grounding.date_mention import DateMention, day_of
from bot.grounding.names_in_text import KnownNames
from bot.grounding.rates import rates
from retrieval.folding import fold
from retrieval.models import Passage
from retrieval.sentences import sentence_spans
from retrieval.stopwords import STOPWORDS

_FIRST = re.compile(r"[^\w.!?]{0,3}([A-ZÀ-ÖØ-Þ][^\W\d_]+)")

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
        """Folded words that are names in it, or begin several of its sentences: that may be
        all that tells of a name."""
        found = {w for one in self.sentences for name in one.claims.names for w in name.words}
        firsts = [_FIRST.match(one.text) for one in self.sentences]
        counted = Counter(fold(match[1]) for match in firsts if match)
        twice = {word for word, count in counted.items() if count > 1}
        return frozenset(found | (twice - STOPWORDS - small_words(self.passage.text)))

    @property
    def amounts(self) -> list[tuple[Amount, KnownSentence]]:
        return [(amount, one) for one in self.sentences for amount in one.claims.amounts]


def small_words(text: str) -> frozenset[str]:
    """Words that stand somewhere without a capital: headlines have them with one too."""
    found = re.findall(r"[^\W\d_]+", text[:LONGEST])
    return frozenset(fold(word) for word in found if word[0].islower())


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
