"""An amount as it stands in a text, with every way to read it.  (pure)"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bot.grounding.aligned import Span
from bot.grounding.units import Kind, Unit


class Bound(StrEnum):
    """How exactly an amount is meant."""

    EXACT = "exact"
    ABOUT = "about"
    ABOVE = "more than"
    BELOW = "less than"
    MAGNITUDE = "magnitude"
    """`thousands`: of that order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand an amount."""

    value: Decimal
    """In the unit's base: whole currency, months or seconds, metres, percent."""
    unit: Unit

    @property
    def kind(self) -> Kind:
        return self.unit.kind


@dataclass(frozen=True, slots=True)
class Amount:
    text: str
    span: Span
    readings: tuple[Reading, ...]
    """The likeliest first; more than one where the writing is ambiguous."""
    bound: Bound = Bound.EXACT
    weak: bool = False
    """Too common a word to be a claim by itself: `one`, `first`, `a year`."""
    followed_by: str = ""
    """The folded word after a plain count: what is counted. Empty at the end of a clause."""

    @property
    def value(self) -> Decimal:
        return self.readings[0].value

    @property
    def kind(self) -> Kind:
        return self.readings[0].kind
