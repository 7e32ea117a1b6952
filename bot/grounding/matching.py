"""Whether an amount of an answer is one that a passage tells.  (pure)"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.grounding.amount import Amount, Bound, Reading
from bot.grounding.units import Kind, Unit
from retrieval.stopwords import STOPWORDS

ABOUT = Decimal("0.03")
"""By how much an amount said to be about another may differ from it."""
BEYOND = Decimal("0.1")
"""By how much `more than` and `less than` may understate."""
A_THIRD = Decimal("0.5")
"""In percent: `a third` may be written 33%."""


def supports(
    known: Amount,
    claim: Amount,
    beside: Sequence[Amount] = (),
    around: Sequence[Amount] = (),
) -> bool:
    """Whether `known` says what `claim` does: the same unit, and the same value or the one
    that it rounds as it says.

    `beside` are the other amounts of the known sentence, whose unit an amount without one
    may share: "Peru pays 280 million dollars and Ecuador 195 million". `around` are those of
    the claim's.
    """
    return any(
        same_unit(known, k, claim, c, beside, around) and _same_value(known, k, claim, c)
        for k in known.readings
        for c in claim.readings
    )


def is_bare(amount: Amount) -> bool:
    """Whether a plain number tells nothing of what it counts."""
    return any(reading.kind in (Kind.COUNT, Kind.YEAR) for reading in amount.readings) and (
        not amount.followed_by or amount.followed_by in STOPWORDS
    )


def alike(a: Unit, b: Unit) -> bool:
    """Whether two units measure the same thing: euros and euros, kilometres and miles."""
    if a.kind is not b.kind:
        return False
    if a.kind is Kind.MONEY:
        return not a.currencies or not b.currencies or not a.currencies.isdisjoint(b.currencies)
    if a.name != b.name and "degrees" in (a.name, b.name):
        return a.name in _TEMPERATURES and b.name in _TEMPERATURES
    return a.name == b.name


_TEMPERATURES = {"degrees", "celsius", "fahrenheit"}
_NUMBERS = {Kind.COUNT, Kind.YEAR, Kind.ORDINAL}


def same_unit(
    known: Amount,
    k: Reading,
    claim: Amount,
    c: Reading,
    beside: Sequence[Amount] = (),
    around: Sequence[Amount] = (),
) -> bool:
    if alike(k.unit, c.unit) or {k.kind, c.kind} <= _NUMBERS:
        return True
    if c.kind is Kind.COUNT and is_bare(claim):
        if k.kind in (Kind.MONEY, Kind.MULTIPLE) or _is_age(k):
            return True
        return any(alike(other.readings[0].unit, k.unit) for other in around)
    if k.kind is Kind.COUNT and is_bare(known):
        return _is_age(c) or any(alike(other.readings[0].unit, c.unit) for other in beside)
    return {k.kind, c.kind} == {Kind.CLOCK, Kind.DURATION} and "seconds" in (
        k.unit.name,
        c.unit.name,
    )


def _is_age(reading: Reading) -> bool:
    return reading.kind is Kind.DURATION and reading.unit.factor == 12


def _same_value(known: Amount, k: Reading, claim: Amount, c: Reading) -> bool:
    told, said = _value(k, c), _value(c, k)
    if told == said:
        return True
    if Bound.MAGNITUDE in (claim.bound, known.bound):
        low = min(said, told)
        exact = claim.bound is not Bound.MAGNITUDE
        return not exact and said == low and told < said * (1000 if said >= 1000 else 100)
    shares = k.kind is c.kind is Kind.PERCENT and Bound.ABOUT in (claim.bound, known.bound)
    if shares and abs(told - said) <= A_THIRD and max(told % 1, said % 1) > 0:
        return True
    difference = (told - said) / said if said else Decimal(1)
    match claim.bound:
        case Bound.ABOUT:
            return abs(difference) <= ABOUT
        case Bound.ABOVE:
            return 0 <= difference <= BEYOND
        case Bound.BELOW:
            return -BEYOND <= difference <= 0
        case _:
            return False


def _value(reading: Reading, other: Reading) -> Decimal:
    if reading.kind is Kind.CLOCK and other.kind is Kind.DURATION:
        return reading.value * 60
    if reading.kind is Kind.COUNT and other.kind in (Kind.DURATION, Kind.MEASURE, Kind.MONEY):
        return reading.value * other.unit.factor
    return reading.value
