"""Which language a text is in.

The model (py3langid, 1 MB, in its wheel) is loaded at the first question, about half a
second, and shared; asking it is safe from several threads.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Collection

from py3langid.langid import MODEL_FILE, LanguageIdentifier

UNKNOWN = "und"

_SAMPLE = 3_000
_FEWEST_LETTERS = 12
"""Below this a text names no language, it only happens to look like one."""

_SHORT_QUESTION = 6
"""Words. Up to here single function words tell more than letter statistics do."""

_CLOSE = 3
"""A declared language this near the top is believed: Galician beside Portuguese."""

_FUNCTION_WORDS = {
    "pt": "não sim onde qual quais quem quando quanto quanta quantos quantas você vocês é são foi "
    "e o os um uma uns umas em na nas do da dos das ao à às com mais pelo pela depois muito também "
    "isso isto dele dela quê porquê então foram está até",
    "es": "sí y el los la las un una unos unas dónde donde cuál cuáles quién quiénes cuándo cuando "
    "cuánto cuánta cuántos cuántas cómo qué es son fue fueron más en del al con pero después muy "
    "también eso esto está hasta entonces",
    "en": "the and what who whom whose when where why how is are was were of in for with about "
    "from yes then which much many did does do it its this that these those an to on by",
}
_LANGUAGES_OF_WORD: dict[str, set[str]] = {}
for _language, _words in _FUNCTION_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF_WORD.setdefault(_word, set()).add(_language)

_identifiers: dict[frozenset[str], LanguageIdentifier] = {}
_loading = threading.Lock()


def detect(text: str, declared: str | None = None) -> str:
    """ISO 639-1 code of the text, `und` when it is too short or unlike any language.

    `declared` is what the document says of itself (`pt`, `pt-BR`). It decides where the
    text is too short to tell, and among languages that look alike; elsewhere the text does.
    """
    claim = declared_code(declared)
    sample = text[:_SAMPLE]
    if sum(map(str.isalpha, sample)) < _FEWEST_LETTERS:
        return claim or UNKNOWN
    ranking = [language for language, _ in _identifier(frozenset()).rank(sample)[:_CLOSE]]
    return claim if claim and claim in ranking else str(ranking[0])


def detect_among(text: str, languages: Collection[str]) -> str:
    """The likeliest of `languages` (ISO 639-1), however short the text.

    Raises ValueError when `languages` is empty or holds one the model does not know.
    """
    if not languages:
        raise ValueError("no languages to choose from")
    sample = text[:_SAMPLE]
    return _by_signs(sample, languages) or str(
        _identifier(frozenset(languages)).classify(sample)[0]
    )


def _by_signs(text: str, languages: Collection[str]) -> str | None:
    """Spanish punctuation, or in a few words the function words of one language alone."""
    if "es" in languages and ("¿" in text or "¡" in text):
        return "es"
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) > _SHORT_QUESTION:
        return None
    votes = dict.fromkeys(languages, 0)
    for word in words:
        for language in _LANGUAGES_OF_WORD.get(word, set()) & votes.keys():
            votes[language] += 1
    most = max(votes.values())
    leaders = [language for language, count in votes.items() if count == most]
    return leaders[0] if most and len(leaders) == 1 else None


def _identifier(languages: frozenset[str]) -> LanguageIdentifier:
    """One identifier per set of languages, never changed once made; empty: all of ISO 639-1."""
    with _loading:
        identifier = _identifiers.get(languages)
        if identifier is None:
            identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
            known = {label for label in identifier.labels if len(label) == 2}
            identifier.set_languages(languages or known)
            _identifiers[languages] = identifier
        return identifier


def declared_code(declared: str | None) -> str | None:
    """`pt` for `pt-BR`, `PT_br`; None for what is not a two-letter code."""
    match = re.match(r"([A-Za-z]{2})(?:[-_]|\Z)", (declared or "").strip())
    return match.group(1).lower() if match else None
