"""What a question wants found to the letter: quotes, tickers, figures, codes.  (pure)

A figure is compared by its value, so that `US$ 500 bilhões` holds in `$500 billion`,
`500.000 millones de dólares` and `500bn`; a currency or unit counts where both sides name one.
"""

from __future__ import annotations

import re

from retrieval.figures import Figure, find_figures, same_figure
from retrieval.folding import fold, folded_words

MOST_LITERALS = 8
LONGEST_LITERAL = 120
LONGEST_READ = 1_000
"""Characters of a question that are read for literals."""

_QUOTED = re.compile(
    r"“([^“”]{2,120})”|„([^„“”]{2,120})[“”]|«([^«»]{2,120})»|\"([^\"\n]{2,120})\""
    r"|‘([^‘\n]{2,120}?)’(?!\w)|(?<![\w’'])'([^'\n]{2,120}?(?:'\w[^'\n]{0,60})?)'(?!\w)"
    r"|‹([^‹›]{2,120})›|「([^「」]{2,120})」"
)
_CASHTAG = re.compile(r"(?<![\w$])\$([A-Z]{1,6}(?:\.[A-Z]{1,2})?)(?!\w)")
_LAW = re.compile(
    r"(?<!\w)(?:PLP?|PLS|PEC|PDL|MPV?|ADI|ADPF|ADC|ADO|RE|HC|HB|H\.R\.|RFC|SB|Lei|lei|Law|Ley|ley"
    r"|Decreto|decreto|Decree|Resolu[cç](?:ão|ión|ao|ion))\.?"
    r"(?: (?:n[ºo°.]{1,2}|number|no\.|núm\.?))? ?\d{1,3}(?:\.?\d{3})*(?:/\d{2,4})?(?![\w,.]\d|\w)"
)
_CODE = re.compile(
    r"(?<![\w@/.$€£-])(?:[A-Za-z]{1,12}[-–]?\d{1,6}(?:[A-Za-z]{1,6}\d{0,4})?(?:[-–/.]\d{1,4})?"
    r"|\d{1,4}[-–]?[A-Z]{1,6}\d{0,4}|[A-Z]{1,4}&[A-Z]{1,4}(?: \d{2,4})?)"
    r"(?![\w@/]|[.,]\d|-\w)"
)
_NO_CODE = re.compile(
    r"[Qq][1-4]|[1-4][TtQq](?:20)?\d\d|(?:mid|pre|post|pos|sub|under|over|top|los|as|us|r)-?\d+.*"
    r"|\d+(?:[AP]M|[CFKMB]|K[MG]|[MG]?W|TH|ST|ND|RD|BN|GB|TB|MB)",
    re.IGNORECASE,
)
_ABOUT_SHARES = re.compile(
    r"\b(?:shares?|stocks?|ticker|nasdaq|nyse|b3|bovespa|ibovespa|acao|acoes|acciones|accion|papel"
    r"|papeis|bolsa|cotacao|cotizacion|traded|trading)\b"
)
_CAPITALS = re.compile(r"(?<![\w$.-])[A-Z]{3,5}(?![\w-])")
_ALSO_CAPITALS = """
NYSE NASDAQ ETF ETFS IPO CEO CFO USA SEC EUA FED CVM GDP PIB EEUU ONU CNMV EUR USD BRL IBOV
"""
_NO_TICKER = frozenset(_ALSO_CAPITALS.split())
_RUNS = re.compile(r"[^\W\d_]+|\d+")


def literals(question: str) -> tuple[str, ...]:
    """What of the question must be found as it stands, in its order, each once.

    Quoted phrases without their marks, tickers without `$`, figures with their unit, codes
    of letters and digits. At most `MOST_LITERALS`.
    """
    text = question[:LONGEST_READ]
    found: list[tuple[int, int, str]] = []

    def take(start: int, end: int, value: str) -> None:
        overlaps = any(start < known_end and known < end for known, known_end, _ in found)
        if not overlaps and folded_words(value):
            found.append((start, end, value.strip()[:LONGEST_LITERAL]))

    for match in _QUOTED.finditer(text):
        take(*match.span(), match[match.lastindex or 0])
    for match in _CASHTAG.finditer(text):
        take(*match.span(), match[1])
    for match in _LAW.finditer(text):
        take(*match.span(), match[0])
    for figure in find_figures(text):
        if figure.is_telling:
            take(figure.start, figure.end, text[figure.start : figure.end])
    for match in _CODE.finditer(text):
        if _is_code(match[0]):
            take(*match.span(), match[0])
    if _ABOUT_SHARES.search(fold(text)) and not text.isupper():
        for match in _CAPITALS.finditer(text):
            if match[0] not in _NO_TICKER:
                take(*match.span(), match[0])
    return tuple(dict.fromkeys(value for _, _, value in sorted(found)))[:MOST_LITERALS]


def holds_literally(text: str, literal: str) -> bool:
    """Whether a text holds the literal: words in the same order, whatever their case, accents
    and punctuation; figures by value, whatever their separators; `GPT-5` also as `GPT5`."""
    figure = _as_figure(literal)
    if figure is not None:
        return any(same_figure(figure, other) for other in find_figures(text))
    pattern = _pattern(literal)
    return bool(pattern and pattern.search(fold(text)))


def phrases(literal: str) -> frozenset[tuple[str, ...]]:
    """The folded words in a row a full-text index may hold the literal as; any one will do.

    They are what to look up, not proof: see `holds_literally`.
    """
    figure = _as_figure(literal)
    if figure is not None:
        return frozenset(tuple(folded_words(form)) for form in figure.writings)
    words = tuple(folded_words(literal))
    forms = {words}
    runs = _RUNS.findall(fold(literal))
    if _is_code(literal):
        forms |= {("".join(runs),), tuple(runs)}
    if _LAW.fullmatch(literal):
        number = "".join(run for run in runs if run.isdigit())
        last = runs[-1] if "/" in literal else ""
        digits = number[: len(number) - len(last)]
        year = (last,) if last else ()
        forms |= {(digits, *year), (*_in_thousands(digits), *year)}
    return frozenset(form for form in forms if form)


def _is_code(value: str) -> bool:
    has_digit = any(char.isdigit() for char in value) or "&" in value
    has_letter = any(char.isalpha() for char in value)
    return bool(
        has_digit and has_letter and _CODE.fullmatch(value) and not _NO_CODE.fullmatch(value)
    )


def _as_figure(literal: str) -> Figure | None:
    """The literal as a figure, if it is one from end to end."""
    if _LAW.fullmatch(literal) or _is_code(literal):
        return None
    found = find_figures(literal)
    whole = len(found) == 1 and (found[0].start, found[0].end) == (0, len(literal))
    return found[0] if whole else None


def _in_thousands(digits: str) -> list[str]:
    """`2630` as `2`, `630`: the words of `2.630`."""
    head = len(digits) % 3
    return [digits[:head]] * bool(head) + [
        digits[at : at + 3] for at in range(head, len(digits), 3)
    ]


def _pattern(literal: str) -> re.Pattern[str] | None:
    folded = fold(literal)
    if _LAW.fullmatch(literal):
        digits, _, year = re.sub(r"[^\d/]", "", folded).partition("/")
        number = r"\.?".join(re.escape(part) for part in _in_thousands(digits))
        of_year = rf"(?:/|, de | de |, ?of ){year}" if year else ""
        return re.compile(rf"(?<![\d.,]){number}{of_year}(?!\d|[.,]\d)")
    if _is_code(literal):
        joined = r"[\W_]?".join(map(re.escape, _RUNS.findall(folded)))
        return re.compile(rf"(?<![^\W_]){joined}(?![^\W_])")
    words = folded_words(literal)
    if not words:
        return None
    joined = r"\W+".join(map(re.escape, words))
    return re.compile(rf"(?<!\w){joined}(?!\w)")
