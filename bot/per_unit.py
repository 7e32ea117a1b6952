"""Money per unit, as of water per cubic metre: it answers for a price, not for a total.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.grounding.amount import Amount
from bot.grounding.figures import amounts
from bot.grounding.units import Kind as Unit
from bot.questions import Kind, Question
from retrieval.folding import fold
from retrieval.highlight import Highlight

_AFTER = 40
"""Characters after an amount in which its unit stands."""
_UNIT = (
    r"(?:m3|m²|m2|m³|cubic|square|metros?|metres?|met(?:er|re)s?|k?wh|mwh|gwh|megawatt\w*|quilowatt\w*"
    r"|kilowatt\w*|lit(?:er|re)s?|litros?|gallons?|galao|galon|kilos?|kgs?|quilos?|ton(?:ne)?s?"
    r"|toneladas?|barrels?|barril|ounces?|onza|onca|bushels?|pounds?|saca|shares?|acao|accion"
    r"|hours?|horas?|days?|dias?|weeks?|semanas?|months?|mes|years?|anos?|nights?|noites?|noche"
    r"|persons?|people|pessoas?|persona|heads?|cabeca|cabeza|passengers?|passageiros?|pasajeros?"
    r"|students?|alunos?|alumnos?|households?|familias?|units?|unidades?|km|quilometros?"
    r"|kilometros?|miles?|minutes?|minutos?|kilomet\w+|tickets?|bilhetes?|hectares?|acres?)"
)
_PER_UNIT = re.compile(rf"\s*(?:/ ?|(?:per|por|cada|each|every|a|an|o|ao|a la|al|el|la) ){_UNIT}\b")
_ASKS = re.compile(
    r"\b(?:pric\w+|prec(?:o|io)s?|tarif\w*|rates?|tax[as]\w*|tasas?|fees?|fares?|wages?|salar\w+"
    r"|per|each|cada|average|media|medio|hourly|diari[ao]s?|mensa(?:l|is)|mensual\w*|annual\w*"
    r"|anua(?:l|is|les)|unit\w*)\b"
    rf"|\bpor {_UNIT}\b|\b(?:an?|al|ao) (?:hour|day|week|month|year|mes|ano|dia)\b"
)


def is_per_unit(text: str, amount: Amount) -> bool:
    """Whether an amount of `text` is told per unit: `R$ 4,10/m³`, `$15 an hour`."""
    end = amount.span[1]
    return bool(_PER_UNIT.match(fold(text[end : end + _AFTER])))


def of_the_whole(question: Question, text: str, found: Sequence[Amount]) -> list[Amount]:
    """The amounts without money per unit, unless the question asks for a price or a rate."""
    if question.wanted.kind is not Kind.MONEY or asks_per_unit(question):
        return list(found)
    return [one for one in found if one.kind is not Unit.MONEY or not is_per_unit(text, one)]


def asks_per_unit(question: Question) -> bool:
    return bool(_ASKS.search(fold(question.text)))


def without_unit_prices(question: Question, chosen: Sequence[Highlight]) -> list[Highlight]:
    """What answers how much something costs: beside a total, not what a unit of something does.
    Where the best of them tells a unit's price, that is what was asked."""
    if question.wanted.kind is not Kind.MONEY or asks_per_unit(question):
        return list(chosen)
    if not chosen or _tells_only_per_unit(chosen[0]):
        return list(chosen)
    return [one for one in chosen if not _tells_only_per_unit(one)]


def _tells_only_per_unit(sentence: Highlight) -> bool:
    money = [
        one
        for one in amounts(sentence.text, sentence.passage.language)
        if one.kind is Unit.MONEY and not one.weak
    ]
    return bool(money) and all(is_per_unit(sentence.text, one) for one in money)
