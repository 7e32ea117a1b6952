"""Lines that begin like a plea or a label and report something all the same.  (pure)

reports(plain) -> bool
begins_with_a_figure(plain) -> bool

Written for folded lines, like `boilerplate_patterns`.
"""

from __future__ import annotations

import re

_FEWEST_WORDS = 7

_SAYS = re.compile(
    r", (?:\S{1,30} ){0,6}?(?:said|says|told|warn(?:s|ed)|asked|urged|argued|added|"
    r"disse|diz|dizem|pediu|pede|afirm(?:a|ou)|avis(?:a|ou)|alert(?:a|ou)|dijo|dice|dicen|pidio|"
    r"pide|aviso|advirtio|advierte|aseguro|asegura)\b"
)
_CLAUSE = re.compile(r": (?:the|o|a|os|as|el|la|los|las) (?:\S{1,40} ){2}\S")
"""`Clique aqui e perca tudo: o golpe que atingiu bancos`: what the first half is about."""
_FIGURE_FIRST = re.compile(r"\w{1,12}: \d[\d.,]{0,12} [a-z]")

_MONTH = (
    r"(?:jan|feb|fev|ene|mar|apr|abr|may|mai|jun|jul|aug|ago|sep|set|oct|out|nov|dec|dez|dic)"
    r"[a-z]{0,8}\.?"
)
_MONEY = (
    r"(?:(?:r\$|us\$|[$£€]) ?\d[\d.,]{0,12}|\b\d[\d.,]{0,12} ?"
    r"(?:[€£¢%]|euros?\b|dollars?\b|pounds?\b|cents\b|reais\b|dolares\b|pesos\b))"
)
_NO_FIGURE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: de| of)? {_MONTH}\b|\b{_MONTH} \d{{1,2}}\b|"
    rf"\b(?:19|20)\d\d\b|\b\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{2,4}})?\b|"
    rf"\b\d{{1,2}}(?::\d\d|h\d{{0,2}}| ?[ap]\.?m\b)|"
    rf"\(?\b\d{{3}}\)?[-. ]\d{{3,4}}(?:[-. ]\d{{4}})?\b|"
    rf"{_MONEY} ?(?:/|an?\b|per\b|por\b|ao\b|al\b) ?(?:day|week|month|year|dia|semana|mes|ano)|"
    rf"\b(?:only|just|for|por|so|solo|apenas) {_MONEY}"
)
"""Dates, times, telephone numbers and what a subscription costs: pleas hold them too."""
_PLEA = re.compile(
    r"@|©|https?:|\bwww\.|\b(?:newsletters?|boletim|boletins|boletin|boletines|inbox|e-?mail|"
    r"correo|cookies?|free|gratis|gratuit[oa]s?|limite?|subscribers?|assinantes?|suscriptores|"
    r"readers|leitores|lectores|off|desconto|descuento|trial|commission|copyright|account|"
    r"appeared first|first appeared|apareceu primeiro|primero en)\b"
)


def reports(plain: str) -> bool:
    """Somebody says it, or it tells what happened in figures."""
    if _SAYS.search(plain) or _CLAUSE.search(plain):
        return True
    if len(plain.split()) < _FEWEST_WORDS or _PLEA.search(plain):
        return False
    return any(letter.isdigit() for letter in _NO_FIGURE.sub("", plain))


def begins_with_a_figure(plain: str) -> bool:
    """`Photos: 12 dead in the port`: no name of a photographer, and no title."""
    return _FIGURE_FIRST.match(plain) is not None
