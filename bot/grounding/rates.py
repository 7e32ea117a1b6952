"""Per what a figure is told: a day, a month, a year; pt, en, es.  (pure)"""

from __future__ import annotations

import re

from bot.grounding.aligned import Span, align

_PER = (
    ("hour", r"hour|hora", r"hourly"),
    ("day", r"day|dia", r"daily|diari[oa]s?|diariamente"),
    ("week", r"week|semana", r"weekly|semana(?:l|is|les)"),
    ("month", r"month|mes", r"monthly|mensa(?:l|is)|mensual(?:es)?|mensalmente"),
    ("year", r"year|ano", r"yearly|annual(?:ly)?|anua(?:l|is|les)|anualmente"),
)
_RATE = [
    (
        unit,
        re.compile(
            rf"(?:\b(?:per|por|al|ao|cada|each|every) |(?:\w|%) a |/ ?)(?:{noun})\b"
            rf"|\b(?:a|por) la (?:{noun})\b|\b(?:{alone})\b"
        ),
    )
    for unit, noun, alone in _PER
]


def rates(text: str) -> dict[str, Span]:
    """Where a text says `a day` or `mensais`, by the unit in English."""
    aligned = align(text)
    found = {}
    for unit, pattern in _RATE:
        match = pattern.search(aligned.folded)
        if match:
            found[unit] = aligned.span(*match.span())
    return found
