"""The amounts in a text: values, what they are of, and where they stand; pt, en, es.  (pure)

A grammar of its own: text2num, number-parser and price-parser were tried, and none reads
`R$ 1,5 bilhão` or `meio trilhão` in running text as one amount with its currency.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from bot.grounding.aligned import Aligned, align
from bot.grounding.amount import Amount, Bound, Reading
from bot.grounding.dates_in_text import dates
from bot.grounding.number_words import Number, Token, read_number
from bot.grounding.shares import read_share
from bot.grounding.units import COUNT, Kind, Unit, currency_before, unit_after

MOST_AMOUNTS = 200
"""Of one text; a table of figures is not read further."""


_TOKEN = re.compile(
    r"\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,'’]\d+)*"
    r"|(?<![a-z])(?:us|u|r|ca|c|au|a|nz|hk|mx|s|rd|cl|ar|col)\$|u\$s|(?:km|m)[23](?!\w)|[^\W\d_]+|[^\s_]"
)
_HIDDEN = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w.-]+|\[\d[\d, –-]*\]|【\d+】"
    r"|\b(?!us|r|eur|usd|brl|gbp|mid|pre|pos|post|sub|rs)[a-z]{1,12}[-–]?\d[\w-]*(?<!\$)"
    r"|\b\d{1,2}/\d{1,2}\b(?!/)|\b[2-6]g\b|\b[234]d\b|\b\dx\d\b"
)
"""What holds digits and counts nothing: addresses, labels, `GPT-4`, `G20`, `24/7`."""
_IDENTIFIER = re.compile(r"\+\d[\d ()-]{7,}\d|\b\d{3,5}[-. ]\d{3,5}[-. ]\d{4}\b|\b\d{4,5}-\d{4}\b")
_CLOCK = re.compile(
    r"\b([01]?\d|2[0-3])(?::|h)([0-5]\d)(?: ?([ap])\.?m\b\.?)?|\b(1[0-2]|[1-9]) ?([ap])\.?m\b\.?"
)
_SCORE = re.compile(r"(?<![\d.,$€£-])\b(\d{1,3})(?: ?[–x-] ?)(\d{1,3})\b(?![\d.,]*\d|-| ?%)")
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")

_BOUNDS = {
    Bound.ABOUT: "about|around|roughly|some|approximately|nearly|almost|circa|near|estimated"
    "|cerca de|perto de|aproximadamente|quase|em torno de|por volta de|uns|umas|unos|unas"
    "|alrededor de|casi|en torno a|cerca del|ao redor de",
    Bound.ABOVE: "more than|over|at least|above|exceeding|upwards of|mais de|mais do que|pelo menos"
    "|acima de|superior a|ao menos|mas de|al menos|por lo menos|por encima de",
    Bound.BELOW: "less than|fewer than|up to|under|below|at most|menos de|abaixo de|no maximo"
    "|inferior a|por debajo de|como maximo",
}
_BEFORE = {bound: re.compile(rf"\b(?:{words}) $") for bound, words in _BOUNDS.items()}
_LATIN_SCALE = re.compile(r"(?:mi|bi|tri)l(?:h|l)?(?:ao|oes|on|ones)|mil\w*d[oa]s?")
"""After which Portuguese and Spanish join what is counted with `de`."""
_RANGE = re.compile(r" ?(?:-|–|—|to|a|ate|or|ou|o|and|e|y) ?")
_BETWEEN = re.compile(r"\b(?:between|entre|from|de|desde) $")


def amounts(text: str, language: str = "") -> tuple[Amount, ...]:
    """Every amount of a text, in order; dates are none, single years are.

    `language` (ISO 639-1) decides how separators and words such as `once` are read; without
    it, both ways.
    """
    aligned = align(text)
    found: list[Amount] = []
    masked = _masked(aligned, language, found)
    tokens = [Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(masked)]
    index = 0
    while index < len(tokens) and len(found) < MOST_AMOUNTS:
        read = _read(tokens, index, aligned, masked, language)
        if read is None:
            index += 1
        else:
            found.append(read[0])
            index = read[1]
    return tuple(_with_ranges(sorted(found, key=lambda amount: amount.span), aligned))


def _masked(aligned: Aligned, language: str, found: list[Amount]) -> str:
    """The folded text without what is no amount; adds to `found` what needs no grammar."""
    chars = list(aligned.folded)

    def hide(start: int, end: int) -> None:
        chars[start:end] = "_" * (end - start)

    for match in _HIDDEN.finditer(aligned.folded):
        hide(*match.span())
    for mention in dates(aligned.original, language):
        if not _YEAR.fullmatch(mention.text):
            hide(*(bisect_left(aligned.places, place) for place in mention.span))
    for pattern, kind in ((_IDENTIFIER, Kind.IDENTIFIER), (_CLOCK, Kind.CLOCK)):
        for match in pattern.finditer("".join(chars)):
            found.append(_fixed(aligned, match, kind))
            hide(*match.span())
    for match in _SCORE.finditer("".join(chars)):
        if not _has_unit("".join(chars), match.end(), language):
            for group in (1, 2):
                span = aligned.span(*match.span(group))
                reading = Reading(Decimal(match[group]), COUNT)
                found.append(Amount(match[group], span, (reading,), followed_by="-"))
            hide(*match.span())
    return "".join(chars)


def _fixed(aligned: Aligned, match: re.Match[str], kind: Kind) -> Amount:
    if kind is Kind.IDENTIFIER:
        value = Decimal(re.sub(r"\D", "", match.group()))
    else:
        hour, minute = int(match[1] or match[4]), int(match[2] or 0)
        half = match[3] or match[5]
        value = Decimal((hour % 12 + 12 * (half == "p") if half else hour) * 60 + minute)
    span = aligned.span(*match.span())
    return Amount(aligned.original[slice(*span)], span, (Reading(value, Unit(kind)),))


def _has_unit(text: str, at: int, language: str) -> bool:
    tokens = [Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text, at, at + 40)]
    if not tokens:
        return False
    number = read_number([Token("1", 0, 1), *tokens], 0, language)
    return bool(number and number.end > 1) or unit_after(tokens, 0, language) is not None


def _read(
    tokens: Sequence[Token], index: int, aligned: Aligned, masked: str, language: str
) -> tuple[Amount, int] | None:
    share = read_share(tokens, index, language)
    if share:
        readings = tuple(Reading(value, share.unit) for value in share.values)
        bound = Bound.ABOUT if share.rounded else Bound.EXACT
        return _amount(tokens, index, share.end, readings, aligned, masked, bound, share.weak)
    currency = currency_before(tokens[index].text, language)
    start = index + 1 if currency else index
    if start >= len(tokens) or (currency and tokens[start].start - tokens[index].end > 1):
        return None
    number = read_number(tokens, start, language)
    if number is None:
        return None
    options = _options(tokens, number, currency, language)
    end, _ = options[0][1], None
    readings = tuple(
        Reading(value * scale * unit.factor, unit)
        for unit, _, scale in options
        for value in number.values
    )
    bound = Bound.MAGNITUDE if number.vague else Bound.EXACT
    weak = number.from_one and options[0][0].kind in (Kind.COUNT, Kind.DURATION)
    if weak and tokens[start].text == "one" and options[0][0].kind is Kind.DURATION:
        weak = False
    if readings[0].kind is Kind.COUNT and number.end == start + 1 and not currency:
        written = tokens[start].text
        if _YEAR.fullmatch(written):
            readings = (Reading(readings[0].value, Unit(Kind.YEAR)), *readings)
    return _amount(tokens, index, end, readings, aligned, masked, bound, weak)


def _options(
    tokens: Sequence[Token], number: Number, currency: Unit | None, language: str
) -> list[tuple[Unit, int, Decimal]]:
    """Units the number may have, the index after each, and a scale written as a letter."""
    letter = tokens[number.end].text if number.end < len(tokens) else ""
    touching = number.end < len(tokens) and tokens[number.end].start == tokens[number.end - 1].end
    million, thousand, billion = Decimal(10) ** 6, Decimal(1000), Decimal(10) ** 9
    scales = {"m": million, "mi": million, "mm": million, "k": thousand, "b": billion, "t": None}
    scale = scales.get(letter) if number.scale == 1 else None
    options: list[tuple[Unit, int, Decimal]] = []
    if scale and (touching or letter in ("m", "mm") or currency):
        after = unit_after(tokens, number.end + 1, language)
        if currency or after:
            unit, end = (currency, number.end + 1) if currency else after or (COUNT, 0)
            return [(unit, end, scale)]
        noun = tokens[number.end + 1].text if number.end + 1 < len(tokens) else ""
        options.append((COUNT, number.end + 1, scale))
        if not (letter == "m" and language == "en" and noun.isalpha() and len(noun) > 3):
            options[:0] = [(unit, end, Decimal(1)) for unit, end in
                           [unit_after(tokens, number.end, language) or (COUNT, 0)]
                           if unit.kind is not Kind.COUNT]  # fmt: skip
        return options
    after = unit_after(tokens, number.end, language)
    if currency:
        # `US$ 5 millones de dólares` says it twice; `$ 5 millones de pesos` says it better.
        if after and after[0].kind is Kind.MONEY and after[0].factor == 1:
            named = after[0].currencies & currency.currencies or after[0].currencies
            return [(replace(after[0], currencies=named), after[1], Decimal(1))]
        return [(currency, number.end, Decimal(1))]
    if after:
        unit, end = after
        half = tokens[end + 1].text if end + 1 < len(tokens) else ""
        joined = end < len(tokens) and tokens[end].text in ("e", "y", "and")
        if unit.kind is Kind.DURATION and joined and half in ("meio", "meia", "medio", "media"):
            # `um ano e meio`: half of the unit more, whatever the number.
            value = number.values[0]
            return [(replace(unit, factor=unit.factor * (value + Decimal("0.5")) / value), end + 2,
                     Decimal(1))]  # fmt: skip
        return [(unit, end, Decimal(1))]
    return [(COUNT, number.end, Decimal(1))]


def _amount(
    tokens: Sequence[Token],
    first: int,
    end: int,
    readings: tuple[Reading, ...],
    aligned: Aligned,
    masked: str,
    bound: Bound,
    weak: bool,
) -> tuple[Amount, int]:
    span = aligned.span(tokens[first].start, tokens[end - 1].end)
    if bound is Bound.EXACT:
        before = masked[max(0, tokens[first].start - 25) : tokens[first].start]
        bound = next((b for b, words in _BEFORE.items() if words.search(before)), bound)
    following = _counted(tokens, end)
    text = aligned.original[slice(*span)]
    return Amount(text, span, readings, bound, weak, following), end


def _counted(tokens: Sequence[Token], end: int) -> str:
    """The word for what is counted: of `5 million people`, `5 milhões de pessoas`."""
    words = [token.text for token in tokens[end : end + 2]]
    if _LATIN_SCALE.fullmatch(tokens[end - 1].text):
        words = words[1:] if words[:1] == ["de"] else []
    return words[0] if words and words[0].isalpha() else ""


def _with_ranges(found: Sequence[Amount], aligned: Aligned) -> Iterator[Amount]:
    """The figures of a range share what only one of them has: the unit, the scale."""
    pending = list(found)
    for at, amount in enumerate(pending):
        second = pending[at + 1] if at + 1 < len(pending) else None
        if second is None or not _is_range(amount, second, aligned):
            yield amount
            continue
        rising = second.value >= amount.value / amount.readings[0].unit.factor
        if amount.kind is Kind.MONEY and second.kind is Kind.COUNT and rising:
            unit = amount.readings[0].unit
            readings = tuple(Reading(reading.value, unit) for reading in second.readings)
            pending[at + 1] = second = replace(second, readings=readings)
        yield _ranged(amount, second)


def _is_range(first: Amount, second: Amount, aligned: Aligned) -> bool:
    between = aligned.original[first.span[1] : second.span[0]].lower()
    if not _RANGE.fullmatch(between.replace("é", "e")):
        return False
    before = align(aligned.original[: first.span[0]]).folded[-12:]
    joined = between.strip() in ("and", "e", "y", "o", "a")
    return not joined or bool(_BETWEEN.search(before)) or between.strip() == "a"


def _ranged(first: Amount, second: Amount) -> Amount:
    unit, own = second.readings[0].unit, first.readings[0]
    written = re.sub(r"\D", "", first.text)
    if own.kind not in (Kind.COUNT, Kind.YEAR, unit.kind) or not written:
        return first
    if second.value / unit.factor < own.value / own.unit.factor:
        return first
    if own.kind is Kind.MONEY and own.unit.currencies.isdisjoint(unit.currencies):
        return first
    bare = own.value / own.unit.factor
    scale = Decimal(1)
    while bare * scale * 100 < second.value / unit.factor and scale < 10**12:
        scale *= 1000
    has_scale = re.search(r"\d ?[a-z]", first.text.lower()) is not None
    value = bare * (1 if has_scale else scale) * unit.factor
    if unit.kind is Kind.COUNT and scale == 1:
        return first
    return replace(first, readings=(Reading(value, unit), *first.readings[1:]))
