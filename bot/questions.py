"""What kind of answer a question asks for, and which sentences hold one; pt, en, es.  (pure)"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retrieval.folding import fold, stem
from retrieval.terms import Terms


class Kind(StrEnum):
    MONEY = "money"
    COUNT = "count"
    DURATION = "duration"
    AMOUNT = "amount"
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    OTHER = "other"


WITH_FIGURES = frozenset({Kind.MONEY, Kind.COUNT, Kind.AMOUNT, Kind.DURATION, Kind.TIME})


@dataclass(frozen=True, slots=True)
class Wanted:
    """The kind of answer a question asks for."""

    kind: Kind
    counted: str = ""
    """Stem of what is counted: `passen` of `how many passengers`."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is understood without an LLM."""

    text: str
    previous: str | None
    """The question before it in the conversation."""
    language: str
    wanted: Wanted
    terms: Terms
    """Of `text` alone."""
    asked_at: datetime | None = None


_GREETING = re.compile(
    r"\W*((hi|hey|hello|good (morning|afternoon|evening)|thanks?( you)?( very much)?|ok(ay)?|test"
    r"|oi|ola|bom dia|boa (tarde|noite)|(muito )?obrigad[oa]|valeu|teste|e ai|tudo bem"
    r"|hola|buenas|buenos dias|buenas (tardes|noches)|(muchas )?gracias|que tal|prueba"
    r"|(what|how) can you (do|help( me)?)|who are you|help|ajuda|ayuda"
    r"|o que (e que )?(voce|tu) (faz|fazes|(pode|podes|sabe|sabes)( fazer)?)"
    r"|quem e (voce|tu)|que (puedes|sabes) hacer|quien eres|there|pauta|and|e|y)\W*){1,4}"
)
_HOW_MANY = re.compile(r"\b(?:how many|quantos|quantas|cuantos|cuantas)\s+(\w+)")
_HOW_LONG = re.compile(
    r"\bhow long\b|\bhow many (years|months|weeks|days|hours|minutes)\b"
    r"|\b(quanto|cuanto) tempo\b|\bcuanto tiempo\b|\bcuanto (dura|duro|tarda|tardara)\w*\b"
    r"|\b[qc]uant[oa]s (anos|meses|semanas|dias|horas|minutos)\b"
)
_HOW_MUCH = r"\bhow much\b|\bquanto\b|\bquanta\b|\bcuanto\b|\bcuanta\b"

_ABOUT_MONEY = re.compile(
    r"\b(cost|costs|price|priced|worth|invest\w*|commit\w*|pledg\w*|promis\w*|pay\w*|paid|spen[dt]\w*"
    r"|money|fund\w*|rais\w*|fine\w*|budget|salar\w*|wage\w*|sold|sell|bought|buy|valued"
    r"|cust\w+|prec\w+|val\w+|dinheiro|promet\w+|comprom\w+|pag\w+|gast\w+|arrecad\w+|orcamento"
    r"|mult\w+|vend\w+|compr\w+|cost\w+|invert\w+|dinero|presupuesto|recaud\w+)\b"
)
_ASKS: dict[Kind, re.Pattern[str]] = {
    Kind.AMOUNT: re.compile(
        rf"{_HOW_MUCH}|\bhow (old|far|big|large|tall|often|high|fast)\b"
        r"|\b(what|which) (is |was |are |were )?(the |its |their )?(total )?"
        r"(amount|cost|price|share|percentage|percent|number|size|value|total|rate|score"
        r"|proportion|population|age|height|length|distance|speed|temperature|capacity|salary|budget"
        r"|margin|weight|depth|magnitude|(pay|wage) (rise|increase))\b"
        r"|\bworth\b"
        r"|\b(qual|cual) (e |foi |era |es |fue )?(o |a |el |la )"
        r"(valor|preco|precio|custo|costo|coste|total|numero|taxa|tasa|percentual|porcentaje)\b"
        r"|\b(que|qual|cual) (e |foi |era |es |fue )?(o |a |el |la )?"
        r"(porcentagem|porcentaje|percentagem|proporcao|proporcion|potencia|capacidade|capacidad"
        r"|populacao|poblacion|altura|distancia|velocidade|velocidad|temperatura|quantidade|cantidad"
        r"|tamanho|tamano|idade|edad|salario|aumento salarial)\b"
    ),
    Kind.TIME: re.compile(
        r"\bwhen\b|\b(what|which) (year|date|day|month|time|century)\b|\bquando\b|\bcuando\b"
        r"|\b(em que|que|qual|en que|cual) (e |foi |fue |es )?(o |a |el |la )?"
        r"(ano|data|dia|mes|fecha|seculo|siglo)\b"
    ),
    Kind.PERSON: re.compile(r"\bwho(m|se)?\b|\bquem\b|\bquien(es)?\b"),
    Kind.PLACE: re.compile(
        r"\bwhere\b|\b(what|which) (city|country|place|state|town|region)\b"
        r"|\bonde\b|\bdonde\b|\b(que|qual|cual) (cidade|pais|lugar|estado|ciudad|regiao|region)\b"
    ),
    Kind.REASON: re.compile(r"^why\b|[,;] why\b|\bpor ?que\b.*\?|\bwhat caused\b"),
}

_DATE_PARTS = re.compile(
    r"\b\d{1,2} (january|february|march|april|may|june|july|august|september|october|november"
    r"|december)( \d{4})?|\b\d{1,2} de \w+( de \d{4})?|\b(19|20)\d\d\b"
    r"|\b\w+ \d{1,2}(st|nd|rd|th)?,? (19|20)\d\d"
    r"|\b\d{1,2}(st|nd|rd|th)\b|\(\d{1,2}\)|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b"
)
_NUMBER_WORDS = """
two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundreds?
thousands? millions? billions? trillions? half dozens? twice
dois duas tres quatro cinco seis sete oito nove dez onze doze treze quatorze catorze quinze
dezesseis dezasseis dezessete dezassete dezoito dezenove dezanove vinte trinta quarenta cinquenta
sessenta setenta oitenta noventa cem centenas mil milhao milhoes bilhao bilhoes trilhao trilhoes
metade
cuatro siete ocho nueve diez once trece dieciseis diecisiete dieciocho diecinueve veinte treinta
cuarenta cincuenta sesenta ochenta cien cientos miles millon millones mitad
"""
_A_NUMBER = rf"(?:\d[\d.,]*|\b(?:{'|'.join(_NUMBER_WORDS.split())})\b)"
_NUMBER = re.compile(_A_NUMBER)
_SPAN = (
    rf"{_A_NUMBER}[ -](?:and a half |e meio |y medio )?"
    r"(?:years?|months?|weeks?|days?|hours?|minutes?|decades?|seconds?"
    r"|anos?|mes|meses|semanas?|dias?|horas?|minutos?|decadas?|segundos?)\b"
)
_DURATION = re.compile(_SPAN)
_LASTING = re.compile(
    r"\b(?:last(?:s|ed|ing)?|takes?|took|taking|dur(?!ing|ante)\w+|lev\w+"
    rf"|demor\w+|tard\w+) (?:\w+ ){{0,3}}{_SPAN}"
    rf"|{_A_NUMBER}-(?:year|month|week|day|hour|minute|decade) [a-z]{{3,}}"
    rf"|\b[a-z]{{4,}} de {_SPAN}"
)
"""Something lasts so long: `an 11-day strike`, `uma greve de onze dias`. A rise `over two years`
or a delay `of two days` tells of something else."""
_FOR = re.compile(rf"\b(?:for|during|durante|por) (?:\w+ ){{0,3}}{_SPAN}")
_SO_LONG = 0.9
"""How far it fits that something is so `for nine days`."""
_IN_PASSING = 0.8
"""How far a duration fits that nothing is said to last."""
_MONEY = re.compile(
    r"(us ?\$|r ?\$|[$€£¥]) ?\d|\d.{0,30}\b(usd|eur|brl|dollars?|dolares|euros?|reais|pesos"
    r"|pounds?|libras|yuan|yen)\b|\b(million|billion|milhoes|bilhoes|millones)\b.{0,12}"
    r"\b(dollars?|dolares|euros?|reais|pesos|pounds?|libras)\b"
)
_TIME = re.compile(
    r"\b(1[5-9]|20)\d\d\b|\b(january|february|march|april|may|june|july|august|september|october"
    r"|november|december|janeiro|fevereiro|marco|abril|maio|junho|julho|agosto|setembro"
    r"|outubro|novembro|dezembro|enero|febrero|marzo|mayo|junio|julio|septiembre|setiembre"
    r"|octubre|noviembre|diciembre|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|segunda|terca|quarta|quinta|sexta|sabado|domingo|lunes|martes|miercoles|jueves|viernes"
    r"|yesterday|today|tomorrow|ontem|hoje|amanha|ayer|hoy|manana|century|seculo|siglo)\b"
)
_NAME = re.compile(r"(?<=[\w,;:“\"] )[A-ZÀ-ÖØ-Þ][\w’'-]+|[A-ZÀ-ÖØ-Þ][\w’'-]+ [A-ZÀ-ÖØ-Þ][\w’'-]+")
_REASON = re.compile(
    r"\b(because|since|due|after|reason|caus\w+|so that|in order|porque|pois|devido|apos|razao"
    r"|motivo|para que|ya que|debido|tras|razon|blam\w+|culp\w+)\b"
)


_THANKS = re.compile(r"\b(?:thanks?|thank you|obrigad[oa]|valeu|gracias)\b")


def gives_thanks(message: str) -> bool:
    """Whether small talk thanks, and is to be answered so."""
    return is_small_talk(message) and bool(_THANKS.search(fold(message)))


def is_small_talk(message: str) -> bool:
    """Whether a message greets, thanks or asks about Pauta itself, or has no word at all."""
    folded = fold(message)
    return not re.search(r"\w", folded) or bool(_GREETING.fullmatch(folded))


def wanted_by(question: str) -> Wanted:
    """The first kind whose words the question has; figures before dates before names."""
    folded = fold(question)
    if _HOW_LONG.search(folded):
        return Wanted(Kind.DURATION)
    if counted := _HOW_MANY.search(folded):
        return Wanted(Kind.COUNT, stem(counted[1]))
    for kind, pattern in _ASKS.items():
        if pattern.search(folded):
            is_money = kind is Kind.AMOUNT and _ABOUT_MONEY.search(folded)
            return Wanted(Kind.MONEY if is_money else kind)
    return Wanted(Kind.OTHER)


def fits(wanted: Wanted, sentence: str) -> float:
    """How far a sentence holds what is wanted: 0 not, 1 well; 1 when anything will do."""
    folded = fold(sentence)
    match wanted.kind:
        case Kind.MONEY:
            return 1.0 if _MONEY.search(folded) else 0.4 * _has_amount(folded)
        case Kind.COUNT:
            return 1.0 if _counts(wanted.counted, folded) else 0.6 * _has_amount(folded)
        case Kind.DURATION:
            if _LASTING.search(folded):
                return 1.0
            if _FOR.search(folded):
                return _SO_LONG
            return _IN_PASSING if _DURATION.search(folded) else 0.3 * _has_amount(folded)
        case Kind.AMOUNT:
            return float(_has_amount(folded))
        case Kind.TIME:
            return float(bool(_TIME.search(folded)))
        case Kind.PERSON | Kind.PLACE:
            return float(bool(_NAME.search(sentence)))
        case Kind.REASON:
            return float(bool(_REASON.search(folded)))
        case Kind.OTHER:
            return 1.0


def figures(sentence: str) -> frozenset[str]:
    """The numbers of a sentence as written, dates left out, without thousands separators."""
    found = _NUMBER.findall(_DATE_PARTS.sub(" ", fold(sentence)))
    return frozenset(number.strip(".,").replace(".", "").replace(",", "") for number in found)


def _counts(counted: str, folded: str) -> bool:
    """Whether a number stands up to two words before what is counted."""
    pattern = rf"{_A_NUMBER}(?: \w+){{0,2}} {re.escape(counted)}"
    return bool(re.search(pattern, folded))


def _has_amount(folded: str) -> bool:
    return bool(_NUMBER.search(_DATE_PARTS.sub(" ", folded)))
