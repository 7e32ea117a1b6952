"""Which story of a digest a reply means.  (pure)

"Tell me more about the second one", "o segundo", "¿y la tercera?", "2", "who else reported it?".
An ordinal alone is not enough: `segunda` is a Monday, `segundo` also "according to", and a
second passes. It must stand for a thing: `the second one`, `a segunda notícia`, `el segundo?`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.outgoing import ToldStory
from retrieval.folding import fold, folded_words, stem
from retrieval.stopwords import STOPWORDS

LONGEST = 1_000
"""Characters of a reply that are read."""
MOST_OF_NAMES = 2
"""Content words of a headline that a reply must hold to mean it, unless there are fewer."""

_ORDINALS = (
    "first 1st primeir[oa] primer[oa]?",
    "second 2nd segund[oa]",
    "third 3rd terceir[oa] tercer[oa]?",
    "fourth 4th quart[oa] cuart[oa]",
    "fifth 5th quint[oa]",
    "sixth 6th sext[oa]",
    "seventh 7th setim[oa] septim[oa]",
    "eighth 8th oitav[oa] octav[oa]",
    "ninth 9th non[oa] noven[oa]",
    "tenth 10th decim[oa]",
    "eleventh 11th",
    "twelfth 12th",
    "thirteenth 13th",
)
_CARDINALS = (
    "1 one um uma uno una",
    "2 two dois duas dos",
    "3 three tres",
    "4 four quatro cuatro",
    "5 five cinco",
    "6 six seis",
    "7 seven sete siete",
    "8 eight oito ocho",
    "9 nine nove nueve",
    "10 ten dez diez",
    "11 eleven onze once",
    "12 twelve doze doce",
    "13 thirteen treze trece",
)
_LAST = "last|ultim[oa]"
_THING = (
    r"(?:one|story|stories|news|item|topic|point|headline|noticias?|historias?|materia|assunto|"
    r"tema|topico|ponto|punto|nota|reportagem|asunto|titular|manchete)"
)
_THE = r"(?:the|that|this|an?|o|os|as|el|la|lo|do|da|del|ao|esse|essa|este|esta|ese|esa)"
_END = r"(?=\W*$|\s*[?.!,;:]|\s+(?:and|e|y|please|por favor)\b)"


def _either(words: Sequence[str]) -> str:
    return "|".join("|".join(one.split()) for one in words)


_ANY_ORDINAL = f"(?P<ordinal>{_either(_ORDINALS)}|{_LAST})"
_PATTERNS = (
    # `the second one`, `second story`, `a última notícia`
    re.compile(rf"(?:\b{_THE} )?\b{_ANY_ORDINAL} {_THING}\b"),
    # `the second?`, `fale mais do segundo`
    re.compile(rf"\b{_THE} {_ANY_ORDINAL}\b{_END}"),
    # `second`, `segundo?`
    re.compile(rf"^\W*(?:(?:and|e|y) )?{_ANY_ORDINAL}\b\W*$"),
    # `number 2`, `story two`, `#2`, `n.º 2`, `a notícia 2`
    re.compile(
        rf"(?:\b{_THE} )?(?:\b(?:number|numero|no\.?|num\.?|nr\.?|nro\.?|{_THING})\s?|"
        r"\bn\.? ?o? |#)"
        rf"(?P<number>{_either(_CARDINALS)})\b(?![.,]?\d)"
    ),
    # `2`, `2?`, `y la 2`
    re.compile(rf"^\W*(?:(?:and|e|y) )?(?:{_THE} )?(?P<number>\d{{1,2}})\W*$"),
    # `tell me more about 2`, `mais sobre a 3`
    re.compile(rf"\b(?:about|sobre|on|de|da|do) (?:{_THE} )?(?P<number>\d{{1,2}})\W*$"),
)
_OTHERS = re.compile(
    r"\b(?:who|what|which|quem|quien(?:es)?|que|quais|cuales)\b.{0,30}?\b(?:else|other|mais|mas|"
    r"outr[oa]s?|otr[oa]s?|tambem|tambien|also)\b.{0,40}?\b(?:report|cover|publi|carr|wrote|writ|"
    r"run|notici|cobr|cubr|inform|divulg|deu|dio|tell|told|say|said|diz|disse|dice|dijo)"
    r"|\b(?:other|outras|outros|otras|otros) (?:sources?|outlets?|papers?|fontes|veiculos|jornais|"
    r"fuentes|medios|diarios)\b"
)


_MORE_WORDS = """
tell me more about please give details detail show what is the one all say know continue go on
fale falar me mais sobre conte contar diga detalhes por favor de da do dos mostre quero saber
cuente cuentame dime diga mas del la el muestra muestrame quiero detalles acerca and e y that
"""
_MORE = frozenset(_MORE_WORDS.split())


@dataclass(frozen=True, slots=True)
class Reference:
    """What a reply to a message that told stories is about."""

    story: ToldStory | None
    """None where it does not say which of several."""
    rest: str
    """What was said, `{}` in the place of the words that name the story by its number; empty
    where it said no more than that."""
    asks_for_others: bool = False
    """It asks who else reported the story."""
    misses: bool = False
    """It names one by a number that none of them has, and asks nothing particular of it."""

    @property
    def asks_for_more(self) -> bool:
        """Whether it names a story by its number, and asks nothing particular of it."""
        if self.story is None or (self.rest and "{}" not in self.rest):
            return False
        return _is_no_more(self.rest)


def read_reply(text: str, told: Sequence[ToldStory]) -> Reference:
    """`told` are the stories of the message that is replied to; at least one."""
    read = text[:LONGEST]
    folded = _fold_in_place(read)
    asks = _OTHERS.search(folded) is not None
    for pattern in _PATTERNS:
        for match in pattern.finditer(folded):
            story = _placed(match, told)
            if story is not None:
                return Reference(story, _with_blank(text, *match.span()), asks)
            if asks or _is_no_more(_with_blank(text, *match.span())):
                return Reference(None, text, asks, misses=True)
    if len(told) == 1:
        return Reference(told[0], text, asks)
    return Reference(_named(read, told), text, asks)


def _is_no_more(rest: str) -> bool:
    return all(word in _MORE for word in folded_words(rest.replace("{}", " ")))


def _placed(match: re.Match[str], told: Sequence[ToldStory]) -> ToldStory | None:
    groups = match.groupdict()
    if groups.get("ordinal"):
        if re.fullmatch(_LAST, groups["ordinal"]):
            return max(told, key=lambda one: one.place)
        place = _index(_ORDINALS, groups["ordinal"])
    else:
        place = _index(_CARDINALS, groups["number"])
    return next((one for one in told if one.place == place), None)


def _index(names: Sequence[str], said: str) -> int:
    """From 1; 0 for none."""
    for at, forms in enumerate(names, start=1):
        if any(re.fullmatch(form, said) for form in forms.split()):
            return at
    return 0


def _with_blank(text: str, start: int, end: int) -> str:
    before, after = text[:start].replace("{", "(").replace("}", ")"), text[end:]
    after = after.replace("{", "(").replace("}", ")")
    said = [word for word in folded_words(before + after) if word not in STOPWORDS]
    return f"{before}{{}}{after}".strip() if said else ""


def _named(text: str, told: Sequence[ToldStory]) -> ToldStory | None:
    """The only story whose headline shares enough words with the reply."""
    own = _content(text)
    shared = [(len(own & _content(one.headline)), one) for one in told]
    enough = [
        (count, one)
        for count, one in shared
        if count >= min(MOST_OF_NAMES, max(1, len(_content(one.headline))))
        or (count and not any(other for other, two in shared if two is not one))
    ]
    if not enough:
        return None
    best = max(count for count, _ in enough)
    found = [one for count, one in enough if count == best]
    return found[0] if len(found) == 1 else None


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in folded_words(text) if word not in STOPWORDS)


def _fold_in_place(text: str) -> str:
    """Every character in its place."""
    return "".join(folded if len(folded := fold(char)) == 1 else char for char in text)
