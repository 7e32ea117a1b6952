"""Which news agency an article credits its text to.  (pure)

Portuguese, English and Spanish ways to credit: a dateline (`LONDON (Reuters) -`), a byline
(`Por Agência Brasil`, `By The Associated Press`), a source (`Fuente: EFE`), a share (`com
informações da Lusa`, `The Associated Press contributed`), a sign-off (`— Reuters`) or a
notice of rights. An agency that is merely spoken of, or took the picture, is no credit.
"""

from __future__ import annotations

import re

_HEAD = 500
_TAIL = 500

_NAMES = {
    "Reuters": r"(?i:thomson reuters|reuters)",
    "AP": r"(?i:associated press)|AP|A\.P\.",
    "AFP": r"(?i:agence france[- ]presse|france[- ]presse)|AFP",
    "EFE": r"(?i:ag[êe]ncia efe|agencia efe)|EFE|Efe",
    "Lusa": r"(?i:ag[êe]ncia lusa)|Lusa|LUSA",
    "Agência Brasil": r"(?i:ag[êe]ncia brasil)",
    "Europa Press": r"(?i:europa ?press)",
    "Estadão Conteúdo": r"(?i:estad[ãa]o conte[úu]do|ag[êe]ncia estado)",
    "Folhapress": r"(?i:folhapress)",
    "Agência O Globo": r"(?i:ag[êe]ncia o globo)",
    "Agência Câmara": r"(?i:ag[êe]ncia c[âa]mara)",
    "Agência Senado": r"(?i:ag[êe]ncia senado)",
    "Bloomberg": r"(?i:bloomberg(?: news)?)",
    "ANSA": r"ANSA|Ansa",
    "dpa": r"(?i:deutsche presse-agentur)|dpa|DPA",
    "PA": r"(?i:pa media|press association)",
    "Xinhua": r"(?i:xinhua)",
    "Kyodo": r"(?i:kyodo(?: news)?)",
    "Télam": r"(?i:t[ée]lam)",
    "Notimex": r"(?i:notimex)",
    "TASS": r"TASS",
    "Anadolu": r"(?i:anadolu(?: agency)?)",
}

DOMAINS = {
    "reuters.com": "Reuters",
    "apnews.com": "AP",
    "ap.org": "AP",
    "afp.com": "AFP",
    "efe.com": "EFE",
    "lusa.pt": "Lusa",
    "europapress.es": "Europa Press",
    "bloomberg.com": "Bloomberg",
    "ansa.it": "ANSA",
    "ansabrasil.com.br": "ANSA",
    "dpa.com": "dpa",
    "xinhuanet.com": "Xinhua",
    "kyodonews.net": "Kyodo",
    "telam.com.ar": "Télam",
    "tass.com": "TASS",
    "agenciabrasil.ebc.com.br": "Agência Brasil",
    "camara.leg.br": "Agência Câmara",
    "senado.leg.br": "Agência Senado",
}
"""Agencies' own sites, by host or registrable domain."""

_A = "(?:{})".format("|".join(f"(?P<n{at}>{name})" for at, name in enumerate(_NAMES.values())))
_THE = r"(?i:(?:the|la|el|as?|os?|d[aeo]s?|de la|del)\s+){0,2}"
_FILLER = r"(?:(?:ag[êe]ncias?|agencias?|noticias|not[íi]cias|de|da|e|y)\s+){0,3}"
_WITH = (
    r"(?:com|con|with)\s+(?:as?\s+|la\s+|el\s+)?"
    r"(?:informaç(?:ões|ão)|informaci[óo]n(?:es)?|information|reporting|files|dados|datos|texto|"
    r"material|reportagem|conte[úu]do|contenido|despachos)\s+(?:(?:by|from)\s+)?"
)
_BREAK = r"(?:^|(?<=\n))[ \t*_]*"
_END = r"[ \t.*_)]*(?=\n|\Z)"

_CREDITS = [
    # (Reuters), also in (Reuters/AFP) or (Agência Brasil, com Lusa); not (Reuters/John Doe)
    rf"\(\s*(?:com\s+|con\s+|via\s+)?{_A}\s*(?:[,/;&]\s*(?:com\s+)?(?:AP|AFP|EFE|Lusa|Reuters|dpa)"
    rf"\s*){{0,3}}\)",
    # a line of its own, perhaps with a place after it: `Agência Brasil - Brasília`, `— Reuters`
    rf"{_BREAK}(?:[—–-]+\s*)?{_THE}{_A}(?:\s*[-–—|,]\s*[\w .]{{2,30}})?{_END}",
    # the end of the text: `... he said. — Reuters`
    rf"[.!?”\"]\s*[—–-]+\s*{_A}[\s.]*\Z",
    # a byline
    rf"{_BREAK}(?:(?i:by|por|de|from|redação|fonte|fuente|source|credit|texto))\b[ \t:]*"
    rf"(?:[^\n.]{{0,60}}?[\s,|/(]+)??{_THE}{_A}{_END}",
    rf"\b(?i:fonte|fuente|source)\s*:\s*{_THE}{_A}\b",
    # a share
    rf"(?i:{_WITH}){_THE}{_FILLER}{_THE}{_A}\b",
    rf"{_BREAK}\(?(?i:com|con)\s+{_THE}{_FILLER}{_A}\)?{_END}",
    rf"\b{_A}(?:\s+\w+){{0,4}}\s+(?i:contributed to this)\b",
    rf"\b(?i:contributing)\s*:[^\n]{{0,80}}?\b{_A}\b",
    # rights
    rf"(?i:©|\(c\)|copyright)\s*(?:\d{{4}}\s*)?[,–-]?\s*(?i:the\s+)?{_A}\b",
]
_CREDIT = [re.compile(pattern) for pattern in _CREDITS]
_NAME_OF = {f"n{at}": name for at, name in enumerate(_NAMES)}

_AMAPA = re.compile(r"\b(?:Macap[áa]|Santana|Oiapoque|Mazag[ãa]o|Laranjal do Jari|Amap[áa])\s*\Z")
"""`Macapá (AP)`: there AP is a state of Brazil."""


def agency_of(text: str, byline: str = "") -> str | None:
    """The agency credited in the byline or the first or last 500 characters, by its short name.

    Where several are, the one named first in the byline, then at the top, then at the end.
    """
    tail = text[-_TAIL:] if len(text) > _HEAD else ""
    for part in (f"By {byline[:200]}" if byline.strip() else "", text[:_HEAD], tail):
        found = sorted(
            (match.start(name), _NAME_OF[name])
            for pattern in _CREDIT
            for match in pattern.finditer(part)
            if (name := match.lastgroup or "") in _NAME_OF
            and not (_NAME_OF[name] == "AP" and _AMAPA.search(part[: match.start()]))
        )
        if found:
            return found[0][1]
    return None
