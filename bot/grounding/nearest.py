"""What the passages say that is nearest to a claim they do not bear out.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence

from bot.grounding.amount import Amount
from bot.grounding.date_mention import DateMention
from bot.grounding.evidence import Evidence
from bot.grounding.matching import alike
from bot.grounding.names_in_text import Name
from retrieval.folding import folded_words


def nearest_amount(amount: Amount, evidence: Sequence[Evidence]) -> str:
    """Of the same unit the nearest value, else of another the same value."""
    unit = amount.readings[0].unit
    known = [other for item in evidence for other, _ in item.amounts if not other.weak]
    same = [other for other in known if alike(other.readings[0].unit, unit)]
    if same:
        return min(same, key=lambda other: abs(other.value - amount.value)).text
    return next((other.text for other in known if other.value == amount.value), "")


def nearest_date(mention: DateMention, evidence: Sequence[Evidence]) -> str:
    """A date told at least as exactly; the publication's is none of the text."""
    told = [date for item in evidence for date in item.dates if date.span != (0, 0)]
    exact = [date for date in told if (date.weekday is None) == (mention.weekday is None)]
    return (exact or told)[0].text if told else ""


def nearest_name(name: Name, evidence: Sequence[Evidence]) -> str:
    """A name that shares a word with it."""
    own = set(folded_words(name.text)) & set(name.words)
    return next(
        (
            other.text
            for item in evidence
            for one in item.sentences
            for other in one.claims.names
            if own & set(other.words)
        ),
        "",
    )
