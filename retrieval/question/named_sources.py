"""Which of the known outlets a question asks to hear, in en, pt and es.  (pure)

An outlet's name is often a word (`Time`, `O Globo`, `El Mundo`, `Valor`), so it counts only
where the question speaks of reporting: "segundo a Folha", "what did the BBC report", "en El
País". A name without that, or one that several outlets share, is a hint for the ranking.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum

from retrieval.folding import fold
from retrieval.question.source_names import (
    ARTICLES,
    GENERIC,
    LONGEST_NAME,
    Called,
    Name,
    is_host,
    names_of,
)
from retrieval.stopwords import STOPWORDS

LONGEST_READ = 1_000
"""Characters of a question that are read for outlets."""

_FAR = 60
"""Letters around a name that may speak of reporting."""

_WORD = re.compile(r"\w+")
_OFTEN_CAPITAL = frozenset(["pais", "estado", "estados", "nacion", "nation", "hora", "mundo"])
"""`no País` is Brazil and `o Estado` a state."""

_ALSO_WORDS = """
time times world globe globo mundo pais dia hora estado estados publico valor nacion sol sun
independent guardian mirror economist atlantic nature science fortune people star expresso extra
razon vanguardia tiempo tempo universal verge wired hill week conversation observer observador
visao veja epoca exame abc espectador pueblo povo popular record post mail express metro today
journal herald tribune voice voz correio correo jornal diario gazeta prensa imprensa press
standard money business insider variety vox slate salon local semana cambio sabado marca as sport
nation hindu age australian scotsman information
"""
_COMMON = frozenset(_ALSO_WORDS.split())
"""Outlets whose name is a word."""

_SAY = (
    r"say|said|says|tell|told|claim\w*|reveal\w*|announce\w*|diss\w+|diz|dizem|afirm\w+|revel\w+"
    r"|dij\w+|dice|dicen|conta|contou|cuenta|conto"
)
_PUBLISH = (
    r"report\w*|publish\w*|wrote|write|writes|cover\w*|noticia|noticiou|noticiaram|public\w+"
    r"|informa|informou|informo|apurou|escreveu|escreve|escribio|reportou|reporto|divulg\w+"
)
_ACCORDING = re.compile(
    r"(?:\baccording to|\b(?:as )?(?:reported|published|written|covered) (?:by|in)|\bper"
    r"|\bsegundo|\bconforme|\bde acordo com|\bde acuerdo (?:con|a)|\bsegun"
    r"|\b(?:publicad[oa]s?|noticiad[oa]s?) (?:em|en|por|pel[oa]|n[oa]))"
    r"(?: (?:the |o |a |el |la )?\w+(?: e| y| and|,))? $"
)
_FROM = re.compile(
    r"\b(?:news|stor(?:y|ies)|articles?|reports?|coverage|headlines?|noticias?|materias?|artigos?"
    r"|articulos?|reportage[mn]s?|reportajes?|manchetes?|titulares|cobertura|textos?)"
    r"(?: \w+){0,4}? (?:from|by|in|of|on|d[aoe]|del|de la|n[oa]|em|en|pel[oa]) $"
)
_SECOND = re.compile(r"\bsegundo $")
_ASKED = re.compile(r"\b(?:did|does|has|have|que|what)(?: (?:ha|has))? $")
_IN = re.compile(r"\b(?:in|on|by|em|en|n[ao]s?|pel[ao]s?|por|d[ao]s?|del?) $")
_THEN_SAYS = re.compile(
    rf" (?:ha |has |have |had |ja |ya )?(?:(?P<publish>{_PUBLISH})|{_SAY})(?!\w)"
)
_SAID_BY = re.compile(rf"\bque (?:ha |ya |ja |tem )?(?:(?P<publish>{_PUBLISH})|{_SAY}) $")
"""`o que disse a Folha`, `qué publicó El País`: the verb before the name."""
_THEN_OWNS = re.compile(r"['’]s? (?:report|article|story|coverage|news|headline)")
_ABOUT_READING = re.compile(
    r"\b(?:news|read|article|story|stories|headline|report|publi[cs]\w*|notici\w+|li|leu|saiu|salio"
    r"|lei|leia|materia|reportage\w*|artigo|articulo|manchete|titular|cobertura|coverage|diz|dice|says?|prensa|imprensa|press)s?\b"
)
_ASKS = re.compile(
    r"\b(?:who|which|how|when|where|why|quem|qual|quant[oa]s?|quando|onde|quien|cual"
    r"|cuant[oa]s?|cuando|donde|como)\b"
)
_AND = re.compile(r"(?:,|,? (?:and|or|e|ou|y|o|u))(?: (?:the|o|a|el|la|segun|segundo))* ")
_THE = re.compile(r"\b(?:the|os?|as?|el|l[ao]s?) $")
_SHORT = 6


def sources_named(question: str, known_sources: Collection[str]) -> tuple[str, ...]:
    """The known outlets a question asks to hear, in its order: a filter.

    `known_sources` are as `Article.source` has them, names or hosts, and are given back so.
    Pass the same frozenset each time: what is read from it is kept.
    """
    return _meant(question, known_sources, is_asked=True)


def sources_hinted(question: str, known_sources: Collection[str]) -> tuple[str, ...]:
    """Known outlets a question may mean, those of `sources_named` left out: a preference.

    Names of several words that stand without a word of reporting, and names that may be
    somebody else's.
    """
    named = sources_named(question, known_sources)
    hinted = _meant(question, known_sources, is_asked=False)
    return tuple(source for source in hinted if source not in named)


class _Weight(IntEnum):
    NONE = 0
    HINT = 1
    ASKED = 2


@dataclass(frozen=True, slots=True)
class _Found:
    """A name where it stands in a question."""

    called: Called
    words: Name
    follows: str
    """What stands between it and the name before."""
    before: str
    """Folded, without an article at its end."""
    has_article: bool
    is_capital: bool
    """Whether a word of it, other than an article, begins with one or has a digit."""
    has_capital_article: bool
    after: str
    goes_on: bool
    """A capital follows, as in `The World Bank`."""

    @property
    def is_common(self) -> bool:
        own = [word for word in self.words if word not in ARTICLES]
        return len(own) == 1 and own[0] in _COMMON

    @property
    def is_one_word(self) -> bool:
        return sum(word not in ARTICLES for word in self.words) == 1


def _meant(question: str, known: Collection[str], *, is_asked: bool) -> tuple[str, ...]:
    text = unicodedata.normalize("NFC", question[:LONGEST_READ])
    folded = fold(text)
    wanted = _Weight.ASKED if is_asked else _Weight.HINT
    meant: dict[str, None] = {}
    weight = _Weight.NONE
    for found in _find(text, names_of(frozenset(known))):
        is_listed = weight is _Weight.ASKED and found.is_capital and _AND.fullmatch(found.follows)
        weight = _Weight.ASKED if is_listed and found.called.is_sure else _weigh(found, folded)
        if weight is wanted:
            meant.update(dict.fromkeys(found.called.sources))
    return tuple(meant)


def _find(text: str, names: dict[Name, Called]) -> Iterator[_Found]:
    """The longest name at each place."""
    tokens = list(_WORD.finditer(text))
    words = [fold(token.group()) for token in tokens]
    at = last_end = 0
    while at < len(words):
        for size in range(min(LONGEST_NAME, len(words) - at), 0, -1):
            name = tuple(words[at : at + size])
            called = names.get(name) or (names.get(("".join(name),)) if size in (2, 3) else None)
            if called and not (
                size == 1 and words[at] in STOPWORDS and text[tokens[at].start()].islower()
            ):
                yield _found(text, tokens, at, name, called, last_end)
                last_end = tokens[at + size - 1].end()
                at += size - 1
                break
        at += 1


def _found(
    text: str,
    tokens: list[re.Match[str]],
    at: int,
    name: Name,
    called: Called,
    last_end: int,
) -> _Found:
    start, end = tokens[at].start(), tokens[at + len(name) - 1].end()
    before = fold(text[max(0, start - _FAR) : start])
    article = _THE.search(before)
    following = tokens[at + len(name)] if at + len(name) < len(tokens) else None
    goes_on = (
        following is not None
        and text[end : following.start()] in (" ", "-")
        and following.group()[0].isupper()
        and fold(following.group()) not in GENERIC
    )
    own = [token.group() for token in tokens[at : at + len(name)]]
    return _Found(
        called,
        name,
        fold(text[max(last_end, start - _FAR) : start]) if last_end else "",
        before[: article.start()] if article else before,
        bool(article) or name[0] in ARTICLES,
        any(
            word[0].isupper() or any(char.isdigit() for char in word)
            for word in own
            if fold(word) not in ARTICLES
        ),
        name[0] in ARTICLES and own[0][0].isupper(),
        fold(text[end : end + _FAR]),
        goes_on,
    )


def _weigh(found: _Found, folded: str) -> _Weight:
    if found.is_one_word and found.goes_on:
        return _Weight.NONE
    according, of_news = _ACCORDING.search(found.before), _FROM.search(found.before)
    said_by = _SAID_BY.search(found.before)
    says = said_by or _THEN_SAYS.match(found.after)
    publishes = bool(says and says["publish"]) or bool(_THEN_OWNS.match(found.after))
    is_asked = bool(said_by or _ASKED.search(found.before))
    if not found.is_capital and found.is_common:
        # `according to the world`, `o que o mundo diz`: a word, unless it publishes.
        ends = re.match(r"\s*(?:[,.;:?!]|$)", found.after)
        cued = (according and ends and found.has_article) or (publishes and is_asked)
        return _Weight.ASKED if cued and found.called.is_sure else _Weight.NONE
    if found.is_common and according and not found.has_article and _SECOND.search(found.before):
        return _Weight.NONE
    return _of_a_name(found, folded, bool(according or of_news), bool(says), publishes, is_asked)


def _of_a_name(
    found: _Found, folded: str, is_cued: bool, says: bool, publishes: bool, is_asked: bool
) -> _Weight:
    """What a name that is no common word, or has a capital, weighs."""
    is_doubtful = not found.called.is_sure
    if says and not publishes and all(is_host(source) for source in found.called.sources):
        # What did Google say: the company, of whose site alone we know.
        is_doubtful = True
    if found.is_capital or is_asked or is_cued:
        is_cued = is_cued or publishes or (says and is_asked)
    if not is_cued and _IN.search(found.before) and found.is_capital:
        word = found.words[-1]
        is_place = word in _OFTEN_CAPITAL and not found.has_capital_article
        reads = _ABOUT_READING.search(folded)
        is_short = len(folded.split()) <= _SHORT and not _ASKS.search(folded)
        is_cued = not is_place and bool(reads or is_short)
        is_doubtful = is_doubtful or is_place
    if is_cued:
        return _Weight.HINT if is_doubtful else _Weight.ASKED
    return _Weight.HINT if says or not found.is_one_word else _Weight.NONE
