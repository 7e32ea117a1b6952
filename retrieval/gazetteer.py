"""Names that change with the language: Germany, Alemanha, Alemania.  (pure)

Countries, large cities and months come from the Unicode CLDR (through babel). What it does
not hold, short forms and adjectives with a stem of their own, is listed here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from babel import Locale

from retrieval.folding import folded_words, stem

Phrase = tuple[str, ...]
"""The folded words of a name, in order."""

_LANGUAGES = ("en", "pt", "es")

_ALSO = {
    "BR": "brazilian",
    "CH": "swiss suica suizo",
    "CN": "chinese chines",
    "DE": "deutschland",
    "ES": "spanish espanhol",
    "EU": "eu ue european europeu",
    "FR": "french",
    "GB": "uk britain british britanico england english inglaterra ingles",
    "GR": "greek grego griego",
    "IE": "irish",
    "JP": "japanese nipon",
    "NL": "dutch holland holanda",
    "PL": "polish polaco",
    "PT": "portuguese",
    "RU": "russian russo ruso",
    "SE": "swedish sueco",
    "TR": "turkish turco turkey turquia",
    "UA": "ucraniano ukrainian",
    "US": "usa eua eeuu american americano",
}


def find_names(words: Sequence[str]) -> list[tuple[int, int, frozenset[Phrase]]]:
    """Names in `words` (folded, in order): start, exclusive end, and all forms of each.

    The longest name at a place wins: `South Korea` is not also `Korea`. Words are compared
    by stem, so that `Germans` is found as `German`.
    """
    names = _names()
    stems = [stem(word) for word in words]
    found = []
    at = 0
    while at < len(stems):
        for length in range(min(_LONGEST, len(stems) - at), 0, -1):
            forms = names.get(tuple(stems[at : at + length]))
            if forms:
                found.append((at, at + length, forms))
                at += length
                break
        else:
            at += 1
    return found


_LONGEST = 3


@cache
def _names() -> dict[Phrase, frozenset[Phrase]]:
    """All forms of a name by the stems of each."""
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
    return {
        tuple(stem(word) for word in phrase): frozenset(group)
        for group in groups.values()
        for phrase in group
    }


def _add(groups: dict[str, set[Phrase]], key: str, name: str) -> None:
    phrase = tuple(folded_words(name))
    # `May`, `us` and the like are words of their own in one of the languages.
    if 0 < len(phrase) <= _LONGEST and phrase not in _AMBIGUOUS:
        groups.setdefault(key, set()).add(phrase)


_AMBIGUOUS = frozenset(
    {("may",), ("us",), ("guine",), ("chade",), ("mali",), ("oma",), ("togo",), ("ama",)}
)
