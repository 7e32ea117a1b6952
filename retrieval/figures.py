"""The figures of a text: by value with their unit, or as they are written.  (pure)

`find_figures` compares across languages and ways of writing; `written_figures` tells texts of
one wording apart, where two that are written differently are two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from retrieval.folding import fold

_SCALES = {
    "thousand": Decimal(1_000),
    "million": Decimal(1_000_000),
    "thousand million": Decimal(1_000_000_000),
    "trillion": Decimal(1_000_000_000_000),
}
_SCALE_WORDS = {
    word: scale
    for scale, words in {
        "thousand": "thousand mil k",
        "million": "million millions milhao milhoes millon millones mi mn mio m",
        "thousand million": "billion billions bilhao bilhoes bn bi b",
        "trillion": "trillion trillions trilhao trilhoes tn tri billon billones",
    }.items()
    for word in words.split()
}
"""Spanish `billón` is a million millions."""

_UNIT_WORDS = {
    word: unit
    for unit, words in {
        "usd": "us$ usd dollar dollars dolar dolares",
        "brl": "r$ brl real reais reales",
        "eur": "€ eur euro euros",
        "gbp": "£ gbp pound pounds libra libras",
        "jpy": "¥ jpy yen yenes ienes",
        "$": "$",
        "%": "% percent pct por|cento por|ciento per|cent",
        "points": "pontos|percentuais percentage|points puntos|porcentuales",
        "w": "w watts",
        "kw": "kw",
        "mw": "mw megawatts megawatt",
        "gw": "gw gigawatts gigawatt",
        "twh": "twh",
        "gwh": "gwh",
        "mwh": "mwh",
        "kwh": "kwh",
        "km": "km kilometers kilometres quilometros kilometros",
        "kg": "kg kilos quilos kilograms",
        "ton": "t tons tonnes tonne ton toneladas tonelada",
        "ha": "ha hectares hectareas hectare",
        "barrel": "barrels barris barriles bpd",
        "ghz": "ghz",
        "gb": "gb",
        "tb": "tb",
        "c": "°c ºc c",
    }.items()
    for word in words.split()
}
_PREFIXES = "us\\$|r\\$|\\$|€|£|¥"


def _either(words: dict[str, str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\|", r"\s") for word in ordered)


_NUMBER = r"\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?:[.,]\d{1,2})?(?![\d])|\d{1,15}(?:[.,]\d{1,6})?"
_SCALE = rf"(?:\s?-?(?P<scale>mil mil(?:lones|hoes)|{_either(_SCALE_WORDS)})(?!\w))"
_UNIT = rf"(?:\s?(?:de\s|of\s)?(?P<unit>{_either(_UNIT_WORDS)})(?!\w))"
_FIGURE = re.compile(
    rf"(?<![\w.,/-])(?:(?P<money>{_PREFIXES})\s?)?(?P<number>{_NUMBER})(?![\d/]|[.,]\d|-\d)"
    rf"{_SCALE}?{_UNIT}?"
)
_TOKEN = re.compile(r"\w+(?:[.,:]\w+)*")
_SPACE = re.compile(r"[\u00a0\u202f ]")
_LISTED = """
    zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
    hundred hundreds thousands dozen dozens half twice double triple
    dois duas tres quatro cinco seis sete oito nove dez onze doze treze catorze quatorze quinze
    dezesseis dezasseis dezessete dezassete dezoito dezenove dezanove vinte trinta quarenta
    cinquenta sessenta setenta oitenta noventa cem cento duzentos duzentas trezentos trezentas
    quatrocentos quatrocentas quinhentos quinhentas seiscentos seiscentas setecentos setecentas
    oitocentos oitocentas novecentos novecentas milhares centenas dezena dezenas duzia duzias
    meio meia metade dobro triplo nenhum nenhuma
    cero dos cuatro siete ocho nueve diez once doce trece quince dieciseis diecisiete dieciocho
    diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis
    veintisiete veintiocho veintinueve treinta cuarenta cincuenta sesenta ochenta noventa cien
    ciento doscientos doscientas trescientos trescientas cuatrocientos cuatrocientas quinientos
    quinientas seiscientos seiscientas setecientos setecientas ochocientos ochocientas
    novecientos novecientas miles cientos centenares decena decenas docena docenas medio mitad
    doble ninguno ninguna ningun
    no not never none nobody nothing neither nor without cannot t nao nunca jamais sem nem
    ninguem nada jamas sin nadie tampoco ni
    monday tuesday wednesday thursday friday saturday sunday segunda terca quarta quinta sexta
    sabado domingo lunes martes miercoles jueves viernes january february march april june july
    august september october november december janeiro fevereiro marco abril maio junho julho
    agosto setembro outubro novembro dezembro enero febrero marzo mayo junio julio septiembre
    octubre noviembre diciembre
    $ € £ ¥ % ‰ - peso pesos yuan rublo rublos ruble rubles rupee rupees franc francs franco
    francos
"""
_FACT_WORDS = frozenset(_LISTED.split()) | {
    word
    for word, unit in [*_UNIT_WORDS.items(), *dict.fromkeys(_SCALE_WORDS, "usd").items()]
    if unit in ("usd", "brl", "eur", "gbp", "jpy") and len(word) > 1
}
"""Number words but one (an article, too), scales, currencies, negations (`t` of `don't`), days
and months; pt, en, es. Ambiguous ones (`dos`, `no`) are in: texts of one wording share them."""

LONGEST_TEXT = 20_000
"""Characters of a text that are read for figures."""


@dataclass(frozen=True, slots=True)
class Figure:
    start: int
    end: int
    values: frozenset[Decimal]
    """Two where `1,200` may be twelve hundred or one and a fifth."""
    unit: str
    """Empty where none is named."""
    is_telling: bool
    """With a unit, a scale or separators: more than a count in passing."""
    writings: tuple[str, ...]
    """Ways to write its number."""


def find_figures(text: str) -> list[Figure]:
    """The figures of a text, in order."""
    read = text[:LONGEST_TEXT]
    folded = read.lower() if read.isascii() else "".join(map(_fold_one, read))
    return [_figure(match) for match in _FIGURE.finditer(folded)]


def written_figures(text: str) -> tuple[str, ...]:
    """Every word with a digit, as written but in lower case, each once, in order.

    What a separator joins is one figure: `1,200.5`, `10:30`, `a320`, `12h30`.
    """
    found = (match.group() for match in _TOKEN.finditer(text))
    return tuple(dict.fromkeys(one.lower() for one in found if any(c.isdigit() for c in one)))


def is_fact_word(folded: str) -> bool:
    """Whether a folded word or sign changes what a sentence states, if another stands there."""
    return folded in _FACT_WORDS or (not folded.isalpha() and any(map(str.isdigit, folded)))


def same_figure(one: Figure, other: Figure) -> bool:
    """Whether two figures may be the same: value, and unit where both name one."""
    if not one.values & other.values:
        return False
    units = {one.unit, other.unit}
    is_dollar = "$" in units and units <= {"$", "usd", "brl"}
    return len(units) == 1 or "" in units or is_dollar


def _fold_one(char: str) -> str:
    """One letter for one: places stay as they are."""
    folded = fold(char)
    return folded if len(folded) == 1 else char.lower()[:1]


def _figure(match: re.Match[str]) -> Figure:
    number = match["number"]
    scale_word = match["scale"] or ""
    unit_word = re.sub(r"\s", "|", match["unit"] or match["money"] or "")
    name = "thousand million" if scale_word.startswith("mil mil") else _SCALE_WORDS.get(scale_word)
    scale = _SCALES[name] if name else Decimal(1)
    unit = _UNIT_WORDS.get(unit_word, "")
    values = frozenset(value * scale for value in _values(number))
    is_grouped = bool(re.search(r"[.,\u00a0\u202f ]\d", number))
    return Figure(
        match.start(),
        match.end(),
        values,
        unit,
        bool(unit or name or is_grouped),
        _writings(number),
    )


def _values(number: str) -> set[Decimal]:
    """What a number may be: with one mark before three digits, either of two."""
    has_space = bool(_SPACE.search(number))
    plain = _SPACE.sub("", number)
    at = max(plain.rfind("."), plain.rfind(","))
    head, mark, tail = (plain[:at], plain[at], plain[at + 1 :]) if at >= 0 else (plain, "", "")
    whole = Decimal(re.sub(r"[.,]", "", plain))
    if not mark:
        return {whole}
    decimal = Decimal(f"{re.sub('[.,]', '', head)}.{tail}")
    if len(tail) != 3 or has_space or head == "0":
        return {decimal}
    if "." in head or "," in head:
        return {whole} if mark in head else {decimal}
    return {whole, decimal}


def _writings(number: str) -> tuple[str, ...]:
    """As it stands, without separators, and with them every three digits."""
    bare = re.sub(r"\D", "", number)
    grouped = f"{int(bare):,}" if bare and len(bare) <= 15 else number
    decimals = re.fullmatch(r"\d+[.,]\d{1,2}", number)
    return tuple(dict.fromkeys((number,) if decimals else (number, bare, grouped)))
