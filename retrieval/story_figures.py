"""Figures of one thing on which independent sources of a story differ.  (pure)

Only what can be said honestly: counts of a few things every reader understands (dead, injured,
missing, ...), and the one amount of money a title names; told within half a day, since a toll
that rises is news and no contradiction; by articles of different origins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import combinations

from retrieval.figures import Figure, find_figures
from retrieval.folding import fold

TOGETHER = timedelta(hours=12)
LEAD = 600
"""Characters of a text that are read: the present state stands at the top."""
ROUNDED = Decimal("0.03")
"""Share by which two figures may differ for being rounded."""

_THINGS = {
    "dead": "dead deaths died killed kills killing fatalities bodies mortos mortas mortes morreram "
    "vitimas muertos muertas muertes murieron fallecidos fallecidas fallecieron obitos",
    "injured": "injured wounded hurt feridos feridas heridos heridas lesionados hospitalizadas "
    "hospitalizados hospitalised hospitalized",
    "missing": "missing unaccounted desaparecidos desaparecidas",
    "homeless": "homeless displaced desabrigados desalojados damnificados desplazados deslocados",
    "evacuated": "evacuated evacuees evacuados evacuadas",
    "arrested": "arrested arrests detained detidos detidas detenidos detenidas presos presas",
    "jobs": "jobs empregos empleos vagas",
}
_THING_OF = {word: thing for thing, words in _THINGS.items() for word in words.split()}

_WORDS = (
    "two dois duas dos|three tres|four quatro cuatro|five cinco|six seis|seven sete siete|"
    "eight oito ocho|nine nove nueve|ten dez diez|eleven onze once|twelve doze doce|"
    "thirteen treze trece|fourteen catorze quatorze catorce|fifteen quinze quince"
)
_NUMBERS = {
    word: Decimal(at + 2) for at, words in enumerate(_WORDS.split("|")) for word in words.split()
}
_AT_LEAST = re.compile(
    r"\b(?:at least|more than|over|pelo menos|ao menos|mais de|al menos|por lo menos|mas de)\s*$"
)
_ABOUT = re.compile(
    r"\b(?:about|around|some|nearly|almost|up to|cerca de|quase|ate|perto de|casi|unos|unas|hasta"
    r"|alrededor de)\s*$"
)
_TO = "to at is are of para a em en es e sao son chega llega sobe sube"
_LEADS_TO = frozenset(_TO.split())
_MONEY = frozenset({"usd", "brl", "eur", "gbp", "jpy", "$"})
_TOKEN = re.compile(r"\w+|[.!?;\n]")
_AFTER, _BEFORE = 3, 6
"""Words between a figure and the name of what it counts."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is read of an article."""

    article_id: str
    origin: str
    """Articles of one origin do not contradict each other."""
    at: datetime
    title: str
    text: str
    """Its beginning."""


@dataclass(frozen=True, slots=True)
class ToldFigure:
    text: str
    """As it is written, without what it counts."""
    article_id: str
    value: Decimal
    bound: bool = False
    """`At least`: a higher one agrees."""
    rough: bool = False
    """`About`: told for no contradiction."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    about: str
    """`dead`, `injured`, `missing`, `homeless`, `evacuated`, `arrested`, `jobs` or `money`."""
    figures: tuple[ToldFigure, ...]
    """At least two that differ, the smallest first; each value once."""


def contradictions(tellings: Sequence[Telling]) -> tuple[Contradiction, ...]:
    """What the articles of one story do not agree on, by the name of what is told."""
    told = [(telling, told_figures(telling)) for telling in tellings]
    found: dict[str, dict[Decimal, ToldFigure]] = {}
    for (one, mine), (other, theirs) in combinations(told, 2):
        if one.origin == other.origin or abs(one.at - other.at) > TOGETHER:
            continue
        for about in sorted(mine.keys() & theirs.keys()):
            if _differ(mine[about], theirs[about]):
                values = found.setdefault(about, {})
                for figure in (mine[about], theirs[about]):
                    values.setdefault(figure.value, figure)
    return tuple(
        Contradiction(about, tuple(values[value] for value in sorted(values)))
        for about, values in sorted(found.items())
    )


def told_figures(telling: Telling) -> Mapping[str, ToldFigure]:
    """By what they tell of; where a text gives several of one thing, none."""
    title, text = _one_of_each(telling, telling.title), _one_of_each(telling, telling.text[:LEAD])
    money = [one for one in find_figures(telling.title) if one.unit in _MONEY]
    if len(money) == 1:
        title["money"] = _told(telling, telling.title, money[0])
    return {**text, **title}


def _one_of_each(telling: Telling, text: str) -> dict[str, ToldFigure]:
    found: dict[str, list[ToldFigure]] = {}
    for about, figure in _counts(telling, text):
        found.setdefault(about, []).append(figure)
    return {
        about: figures[0]
        for about, figures in found.items()
        if len({figure.value for figure in figures}) == 1
    }


def _counts(telling: Telling, text: str) -> Iterable[tuple[str, ToldFigure]]:
    folded = _fold_in_place(text)
    tokens = list(_TOKEN.finditer(folded))
    words = [token.group() for token in tokens]
    by_start = {figure.start: figure for figure in find_figures(text) if not figure.unit}
    for at, token in enumerate(tokens):
        if token.start() in by_start:
            figure = by_start[token.start()]
            last = next((i for i in range(at, len(tokens)) if tokens[i].end() >= figure.end), at)
            told = _told(telling, text, figure)
        elif words[at] in _NUMBERS:
            last = at
            told = _figure(telling, text, folded, *token.span(), _NUMBERS[words[at]])
        else:
            continue
        about = _counted(words, at, last)
        if about:
            yield about, told


def _counted(words: Sequence[str], first: int, last: int) -> str:
    """What a figure counts; empty where it is not said next to it."""
    for word in words[last + 1 : last + 1 + _AFTER]:
        if word in ".!?;\n" or word in _NUMBERS or word.isdigit():
            break
        if word in _THING_OF:
            return _THING_OF[word]
    before = words[max(0, first - _BEFORE) : first]
    if before and before[-1] in _THING_OF:
        return _THING_OF[before[-1]]
    if before and before[-1] in _LEADS_TO:
        for word in reversed(before):
            if word in ".!?;\n":
                break
            if word in _THING_OF or word == "toll":
                return _THING_OF.get(word, "dead")
    return ""


def _told(telling: Telling, text: str, figure: Figure) -> ToldFigure:
    folded = _fold_in_place(text)
    return _figure(telling, text, folded, figure.start, figure.end, max(figure.values))


def _figure(
    telling: Telling, text: str, folded: str, start: int, end: int, value: Decimal
) -> ToldFigure:
    before = folded[max(0, start - 24) : start]
    return ToldFigure(
        " ".join(text[start:end].split()),
        telling.article_id,
        value,
        bound=_AT_LEAST.search(before) is not None,
        rough=_ABOUT.search(before) is not None,
    )


def _differ(one: ToldFigure, other: ToldFigure) -> bool:
    if one.rough or other.rough or (one.bound and other.bound):
        return False
    low, high = sorted((one, other), key=lambda figure: figure.value)
    rounding = high.value * ROUNDED
    return high.value - low.value > rounding and not low.bound


def _fold_in_place(text: str) -> str:
    """Every character in its place."""
    return "".join(folded if len(folded := fold(char)) == 1 else char for char in text)
