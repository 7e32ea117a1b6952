"""The names a question may call a known outlet by.  (pure)"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from retrieval.folding import fold

Name = tuple[str, ...]
"""Folded words, in order."""

LONGEST_NAME = 6
"""Words; longer names are known by their short forms only."""

ARTICLES = frozenset(["the", "o", "a", "os", "as", "el", "la", "los", "las"])

_GENERIC_WORDS = """
news noticias online digital brasil brazil portugal espana mundo international internacional
economico tv com uk us en portugues espanol english america latam agency agencia mercado feed rss
world politica politics business deportes esportes
"""
GENERIC = frozenset(_GENERIC_WORDS.split())
"""What an outlet's name may go without: `BBC News Brasil` is the BBC."""

_ALSO_CALLED = {
    "folha": ("folha de s paulo",),
    "folha de sao paulo": ("folha de s paulo",),
    "estadao": ("o estado de s paulo",),
    "estado de sao paulo": ("o estado de s paulo",),
    "nyt": ("the new york times", "nytimes com"),
    "new york times": ("nytimes com",),
    "wapo": ("the washington post", "washingtonpost com"),
    "washington post": ("washingtonpost com",),
    "wsj": ("the wall street journal",),
    "wall street journal": ("wsj com",),
    "ft": ("financial times",),
    "financial times": ("ft com",),
    "ap": ("associated press", "the associated press", "apnews com"),
    "associated press": ("apnews com", "ap"),
    "afp": ("agence france presse",),
    "dw": ("deutsche welle",),
}
_WORD = re.compile(r"\w+")
_HOST = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")
_AROUND_A_HOST = frozenset(
    ["com", "org", "net", "co", "gov", "edu", "info", "www", "www1", "www2", "m", "rss", "feeds"]
)
_HOSTS_OF_MANY = frozenset(["uol", "globo", "blogspot", "substack", "wordpress", "medium"])
_OF = frozenset(["de", "do", "da", "del", "of"])
_FIRST_OF_MANY = """
jornal diario correio correo gazeta gaceta journal daily estado hora tribuna folha voz radio
agencia agence portal revista the new noticias news el la
"""
_NO_FIRST = frozenset(_FIRST_OF_MANY.split()) - {"folha"}


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a name may mean."""

    sources: tuple[str, ...]
    """As the corpus spells them."""
    is_sure: bool
    """False where the name is short for several outlets that have nothing to do with another."""


def is_host(source: str) -> bool:
    return bool(_HOST.fullmatch(source.lower()))


@lru_cache(maxsize=4)
def names_of(sources: frozenset[str]) -> dict[Name, Called]:
    """Everything the sources may be called; 5,000 take some 60 ms, once."""
    full: dict[Name, set[str]] = defaultdict(set)
    short: dict[Name, set[str]] = defaultdict(set)
    guessed: dict[Name, set[str]] = defaultdict(set)
    for source in sources:
        words = tuple(map(fold, _WORD.findall(unicodedata.normalize("NFC", source[:200]))))
        if not words:
            continue
        for name in (words, _without_article(words)):
            full[name].add(source)
        for name in _host_names(source) if is_host(source) else _short_names(words):
            short[name].add(source)
        for name in _guesses(words):
            guessed[name].add(source)
    for other, meant in _ALSO_CALLED.items():
        for words in (tuple(whole.split()) for whole in meant):
            if words in full:
                full[tuple(other.split())] |= full[words]
    called = {name: Called(tuple(sorted(who)), len(who) == 1) for name, who in guessed.items()}
    for name, who in short.items():
        called[name] = Called(tuple(sorted(who | full.get(name, set()))), True)
    for name, who in full.items():
        called[name] = Called(tuple(sorted(who | short.get(name, set()))), True)
    return {name: who for name, who in called.items() if 0 < len(name) <= LONGEST_NAME}


def _without_article(words: Name) -> Name:
    return words[1:] if len(words) > 1 and words[0] in ARTICLES else words


def _short_names(words: Name) -> Iterator[Name]:
    """`BBC News Brasil` -> `BBC News`, `BBC`."""
    words = _without_article(words)
    while len(words) > 1 and words[-1] in GENERIC:
        words = words[:-1]
        if words[-1] not in GENERIC:
            yield words


def _host_names(source: str) -> Iterator[Name]:
    """`g1.globo.com` -> `g1`, `brasil.elpais.com` -> `elpais`, `theguardian.com` -> `guardian`."""
    labels = [label for label in source.lower().split(".")[:-1] if label not in _AROUND_A_HOST]
    own = [label for label in labels if label not in GENERIC | _HOSTS_OF_MANY]
    label = (own or labels or [""])[-1]
    if label:
        yield tuple(_WORD.findall(label))
        if label.startswith("the") and len(label) > 6:
            yield (label.removeprefix("the"),)


def _guesses(words: Name) -> Iterator[Name]:
    """`Folha de Pernambuco` -> `Folha`; `South China Morning Post` -> `SCMP`."""
    own = _without_article(words)
    if len(own) > 2 and own[1] in _OF and own[0] not in _NO_FIRST:
        yield own[:1]
    initials = "".join(word[0] for word in own if word not in _OF)
    if len(initials) >= 3 and len(own) <= LONGEST_NAME:
        yield (initials,)
