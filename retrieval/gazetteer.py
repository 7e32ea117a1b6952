"""Names that change with the language: Germany, Alemanha, Alemania.  (pure)

Countries, large cities and months come from the Unicode CLDR (through babel). What it does
not hold, short forms and adjectives with a stem of their own, is listed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from babel import Locale

from retrieval.folding import folded_words

Phrase = tuple[str, ...]
"""The folded words of a name, in order."""

_LANGUAGES = ("en", "pt", "es")

_ALSO = {
    "AO": "angolan angolano angolana",
    "AR": "argentine argentinian argentino argentina",
    "BR": "brazilian brasileiro brasileira brasileno brasilena",
    "CA": "canadian canadense canadiano canadiense",
    "CH": "swiss suico suica suizo suiza",
    "CL": "chilean chileno chilena",
    "CN": "chinese chines chinesa chino china",
    "CO": "colombian colombiano colombiana",
    "DE": "german alemao alema aleman alemana alemaes alemanes",
    "ES": "spanish espanhol espanhola espanol espanola",
    "EU": "eu ue european europeu europeia europeo europea",
    "FR": "french frances francesa",
    "GB": "uk britain british britanico britanica england english inglaterra ingles inglesa",
    "GR": "greek grego grega griego griega",
    "IE": "irish irlandes irlandesa",
    "IL": "israeli israelense israelita",
    "IN": "indian indiano indiana indio",
    "IT": "italian italiano italiana",
    "JP": "japanese japones japonesa",
    "MX": "mexican mexicano mexicana mejico",
    "NL": "dutch holland holanda holandes holandesa",
    "PL": "polish polaco polonesa polones polaca",
    "PT": "portuguese portugues portuguesa",
    "RU": "russian russo russa ruso rusa",
    "SE": "swedish sueco sueca",
    "TR": "turkish turkey turquia turco turca",
    "UA": "ukrainian ucraniano ucraniana",
    "US": "usa eua eeuu american americano americana estadounidense",
    "VE": "venezuelan venezuelano venezolano venezolana",
}


def find_names(words: Sequence[str]) -> list[tuple[int, int, frozenset[Phrase]]]:
    """Names in `words` (folded, in order): start, exclusive end, and all forms of each.

    The longest name at a place wins: `South Korea` is not also `Korea`. Words are compared
    whole, since many a name begins as another does (`Austria`, `Australia`), but for the
    ending of a plural.
    """
    names = _names()
    found = []
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            phrase = tuple(words[at : at + length])
            forms = next(filter(None, map(names.get, _singulars(phrase))), None)
            if forms:
                found.append((at, at + length, forms))
                at += length
                break
        else:
            at += 1
    return found


def _singulars(phrase: Phrase) -> tuple[Phrase, ...]:
    *first, last = phrase
    return phrase, (*first, last.removesuffix("s")), (*first, last.removesuffix("es"))


_LONGEST = 3


@cache
def _names() -> dict[Phrase, frozenset[Phrase]]:
    """All forms of a name by each of them."""
    groups: dict[str, set[Phrase]] = {}
    for language in _LANGUAGES:
        locale = Locale.parse(language)
        for code, name in locale.territories.items():
            if len(code) == 2:
                _add(groups, code, str(name))
        for zone, names in locale.time_zones.items():
            if "city" in names:
                _add(groups, zone, str(names["city"]))
                _add(groups, zone, zone.rpartition("/")[2].replace("_", " "))  # in English
        for number, name in locale.months["format"]["wide"].items():
            _add(groups, f"month {number}", str(name))
    for code, words in _ALSO.items():
        for word in words.split():
            _add(groups, code, word)
    by_form: dict[Phrase, set[Phrase]] = {}
    for group in groups.values():
        for phrase in group:
            by_form.setdefault(phrase, set()).update(group)
    return {phrase: frozenset(forms) for phrase, forms in by_form.items()}


def _add(groups: dict[str, set[Phrase]], key: str, name: str) -> None:
    phrase = tuple(folded_words(name))
    # `May`, `us` and the like are words of their own in one of the languages.
    if 0 < len(phrase) <= _LONGEST and phrase not in _AMBIGUOUS:
        groups.setdefault(key, set()).add(phrase)


_AMBIGUOUS = frozenset(
    {("may",), ("us",), ("guine",), ("chade",), ("mali",), ("oma",), ("togo",), ("ama",)}
)
