"""What a sentence states that can be looked up: amounts, dates, names.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.grounding.aligned import Span
from bot.grounding.amount import Amount
from bot.grounding.date_mention import DateMention
from bot.grounding.dates_in_text import dates
from bot.grounding.figures import amounts
from bot.grounding.names_in_text import Name, names
from bot.grounding.units import Kind


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    """A sentence of an answer without its labels, and the passages it rests on."""

    text: str
    labels: tuple[int, ...]
    span: Span = (0, 0)
    """In the answer, labels included."""


@dataclass(frozen=True, slots=True)
class Claims:
    amounts: tuple[Amount, ...]
    """Years are among them too, as `Kind.YEAR`."""
    dates: tuple[DateMention, ...]
    names: tuple[Name, ...]

    def __bool__(self) -> bool:
        return bool(self.dates or self.names or any(not a.weak for a in self.amounts))


def claims_of(
    text: str,
    language: str = "",
    published_at: datetime | None = None,
    today: datetime | None = None,
    known: frozenset[str] = frozenset(),
) -> Claims:
    """See `amounts`, `dates` and `names`, whose `known` it is."""
    found = amounts(text, language)
    dated = dates(text, language, published_at, today)
    skipped = [mention.span for mention in dates(text, language, published_at or _ANY, _ANY)]
    skipped += [amount.span for amount in found if amount.kind is not Kind.COUNT or
                not amount.text.isalpha()]  # fmt: skip
    return Claims(found, dated, names(text, skipped, known))


_ANY = datetime(2000, 1, 1)  # noqa: DTZ001 - only the spans are used
