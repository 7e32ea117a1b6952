"""Who wrote an article, from what pages and feeds put where a name belongs.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from retrieval.agencies import agency_of
from retrieval.clean import one_line
from retrieval.folding import fold

LONGEST_BYLINE = 200
_LONGEST_SOURCE = 600
_LONGEST_NAME = 80
_MOST_WORDS = 8

_PREFIX = re.compile(
    r"\A\W*(?:(?:written|posted|reported|story|words)? ?by|por|escrito por|publicado por|"
    r"texto(?: de)?|reportagem(?: de)?|authors?|autor(?:a|es|as)?|de|from)(?:\s*:\s*|\s+)",
    re.I,
)
_NOISE = re.compile(r"https?://\S+|www\.\S+|<[^<>]{0,200}>|@\w+")
_MAIL_AND_NAME = re.compile(r"\S{1,100}@\S{1,100}\s{0,5}\(([^()]{2,80})\)")
_MAIL = re.compile(r"\S{1,100}@\S+")
_HARD_BREAK = re.compile(r"\s*(?:[;|•·\n]|\s/\s|\s[–—-]\s)\s*")
_AND = re.compile(r"\s+(?:and|&|e|y)\s+")
_LEADING_AND = re.compile(r"\A(?:and|&|e|y)\s+", re.I)
_PREPOSITION = re.compile(r"\A(?:d[aeo]s?|del|de la|from|for|para|of|at|em|en|in)\s+")
_ROLE = re.compile(
    r"(?:(?:senior|staff|chief|special|national|political|sports|freelance|executive|deputy)\s+)*"
    r"(?:reporters?|correspondent\w*|editors?|columnist\w*|colunista|colaborador\w*|contributors?|"
    r"journalists?|jornalistas?|periodistas?|repórter|reportero|redator\w*|redactor\w*|"
    r"photographers?|fot[óo]graf\w+|writers?|producer|enviad[oa] especial|especial para .{1,40}|"
    r"special to .{1,40}|correspondente)(?:\s+.{1,40})?",
    re.I,
)
_NOBODY = re.compile(
    r"admin|administra(?:tor|dor)|root|user|usuario|webmaster|wordpress|unknown|anonym(?:ous)?|"
    r"anonimo|none|null|undefined|n/?a|nan|name|author|autora?|false|true"
)
_DESK = re.compile(
    r"(?:da |de |a |la |el |the |o )?(?:redacao|redaccion|newsroom|news ?desk|staff|editorial|"
    r"equipe|equipo|editor\w*|agencias?|web ?staff|news staff|noticias|news)(?:\s.{1,50})?"
)


def byline(sources: Iterable[Sequence[str]], outlets: Iterable[str] = ()) -> str:
    """The names of the first source that has any, `A, B`, at most 200 characters.

    `sources` are lists of what each source gives, best first; without addresses, handles,
    roles and `By`. The outlet's own name or `Redação` is taken only where no source names
    anybody else.
    """
    houses = {_key(outlet) for outlet in outlets if outlet}
    fallback: list[str] = []
    for source in sources:
        names = _names(source)
        people = [name for name in names if not _is_house(name, houses)]
        if people:
            return _joined(people)
        fallback = fallback or names
    return _joined(fallback)


def _names(source: Sequence[str]) -> list[str]:
    names: dict[str, str] = {}
    for written in source[:20]:
        for name in _split(written[:_LONGEST_SOURCE]):
            names.setdefault(_key(name), name)
    return list(names.values())


def _split(written: str) -> list[str]:
    text = one_line(_MAIL_AND_NAME.sub(r"\1", written))
    text = _NOISE.sub(" ", _MAIL.sub(" ", text))
    names: list[str] = []
    for part in _HARD_BREAK.split(_PREFIX.sub("", text)):
        pieces = [piece.strip() for piece in part.split(",")]
        if len(pieces) == 2 and all(_is_one_word(piece) for piece in pieces):
            pieces = [" ".join(reversed(pieces))]
        for piece in pieces:
            names += _one_or_two(_LEADING_AND.sub("", piece))
    return [name for name in map(_tidy, names) if name]


def _is_one_word(piece: str) -> bool:
    return bool(piece) and " " not in piece and piece.istitle() and not agency_of("", piece)


def _one_or_two(piece: str) -> list[str]:
    """`Ana Souza e Rui Melo` are two; `José Ortega y Gasset` is one."""
    parts = _AND.split(piece)
    return parts if all(len(part.split()) > 1 for part in parts) else [piece]


def _tidy(name: str) -> str:
    name = _PREFIX.sub("", name).strip(" .,:;-–—|/\\\"'“”*()[]")
    shorter = _PREPOSITION.sub("", name)
    if shorter != name:
        # `da Reuters` tells where the person works: only an agency's name is of use.
        name = shorter if agency_of("", shorter) else ""
    if not name or len(name) > _LONGEST_NAME or len(name.split()) > _MOST_WORDS:
        return ""
    if _NOBODY.fullmatch(fold(name)) or _ROLE.fullmatch(name):
        return ""
    letters = sum(map(str.isalpha, name))
    digits = sum(map(str.isdigit, name))
    return name if letters >= 2 and letters > 3 * digits and "://" not in name else ""


def _is_house(name: str, houses: set[str]) -> bool:
    return _key(name) in houses or bool(_DESK.fullmatch(fold(name)))


def _key(name: str) -> str:
    words = re.findall(r"\w+", fold(name.removeprefix("www.")))
    return "".join(words)


def _joined(names: Sequence[str]) -> str:
    line = ""
    for name in names:
        longer = f"{line}, {name}" if line else name
        if len(longer) > LONGEST_BYLINE:
            break
        line = longer
    return line
