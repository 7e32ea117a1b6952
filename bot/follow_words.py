"""What somebody wants to follow, read from their words; pt, en, es.  (pure)

Stargate                                  must occur, as it is written
"banco central" Alemanha                  both must; a country by any of its names
new data centre investments over $10bn    meaning decides, and an amount must be told
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.grounding.amount import Amount, Bound, Reading
from bot.grounding.figures import amounts
from bot.grounding.names_in_text import names
from bot.grounding.units import Kind
from retrieval.clean import clean_text
from retrieval.folding import fold, folded_words
from retrieval.gazetteer import Phrase, find_names
from retrieval.stopwords import STOPWORDS

LONGEST_WORDS = 200
"""Characters of what is followed."""
LONGEST_PHRASE = 3
"""Content words and names; more are a description, for which meaning decides."""
LONGEST_FORM = 12
"""Words of one phrase."""
MOST_PHRASES = 8

_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]{2,80})[\"“”«»]")
_ABOVE = (
    r"(?:more than|over|at least|above|exceeding|upwards of|from|greater than|mais de|mais do que"
    r"|pelo menos|acima de|superior(?:es)? a|a partir de|ao menos|maior(?:es)? (?:do )?que|mas de"
    r"|al menos|por lo menos|por encima de|mayor(?:es)? (?:de|que|a)|>=?|≥)"
)
_BELOW = (
    r"(?:less than|fewer than|up to|under|below|at most|menos de|menos do que|abaixo de|no maximo"
    r"|inferior(?:es)? a|ate|menor(?:es)? (?:do )?(?:que|de|a)|por debajo de|como maximo|hasta"
    r"|<=?|≤)"
)
_BEFORE = {
    bound: re.compile(rf"(?:^|(?<=[\s,(])){words}\s*$")
    for bound, words in ((Bound.ABOVE, _ABOVE), (Bound.BELOW, _BELOW))
}
_PAUSE = re.compile(r"[;,.?!:()|]")
_NEAR = 30
"""Characters before an amount in which its bound stands."""
_JOINING = frozenset(["and", "or", "e", "ou", "y"])
"""Between two words of no name: nobody means that they stand side by side."""
_COUNTED = frozenset({Kind.MONEY, Kind.COUNT, Kind.MEASURE})
_SHORTEST_PLURAL = 4


@dataclass(frozen=True, slots=True)
class Condition:
    """An amount an article must tell."""

    bound: Bound
    """`ABOVE` or `BELOW`; the amount itself fits either."""
    reading: Reading

    def fits(self, amount: Amount) -> bool:
        """Currencies do not compare with each other; a bare number is one of anything."""
        return any(self._fits(reading) for reading in amount.readings)

    def _fits(self, told: Reading) -> bool:
        wanted = self.reading
        if wanted.kind is Kind.COUNT:
            if told.kind not in _COUNTED:
                return False
        elif told.kind is not wanted.kind or told.unit.name != wanted.unit.name:
            return False
        ours, theirs = wanted.unit.currencies, told.unit.currencies
        if ours and theirs and not ours & theirs:
            return False
        if self.bound is Bound.ABOVE:
            return told.value >= wanted.value
        return told.value <= wanted.value


@dataclass(frozen=True, slots=True)
class Wish:
    """What an article must hold. All of it is folded."""

    phrases: tuple[frozenset[Phrase], ...] = ()
    """Each must occur, in one of its forms."""
    names: tuple[frozenset[Phrase], ...] = ()
    """Of a topic: an article that has them is nearer. It need not: one from Minas Gerais does not
    say that this is in Brazil."""
    conditions: tuple[Condition, ...] = ()
    """Each must be told."""
    topic: str = ""
    """What it must be about, as it is embedded; empty where the phrases alone decide."""

    @property
    def is_topical(self) -> bool:
        return bool(self.topic)

    @property
    def is_empty(self) -> bool:
        """Nothing could ever match it, or everything would."""
        return not self.phrases and not self.topic


@lru_cache(maxsize=4_096)
def read_wish(words: str, language: str = "") -> Wish:
    """Of at most 200 characters. `language` tells how figures are written."""
    text = clean_text(words[:LONGEST_WORDS]).strip()
    conditions, rest = _conditions(text, language)
    quoted = [tuple(folded_words(one)) for one in _QUOTED.findall(rest)]
    unquoted = _QUOTED.sub(" ; ", rest)
    named, beside = _names(unquoted)
    content = [word for run in beside for word in run if word not in STOPWORDS]
    topical = bool(content or named) and (
        "?" in rest or bool(conditions and content) or _is_description(named, beside)
    )
    if not topical:
        # Of a few words the first is part of a name, if it has a capital: `Banco de Portugal`.
        named, beside = _names(unquoted, known=frozenset(folded_words(unquoted)))
    found = [frozenset({one}) for one in quoted if one]
    if not topical:
        found += named
        found += [_forms(tuple(run)) for run in map(_trimmed, beside) if run]
    return Wish(
        phrases=_bounded(found),
        names=_bounded(named) if topical else (),
        conditions=conditions,
        topic=" ".join(rest.split()) if topical else "",
    )


def _conditions(text: str, language: str) -> tuple[tuple[Condition, ...], str]:
    """The conditions, and the text without them."""
    found: list[Condition] = []
    kept, done = [], 0
    folded = "".join(one if len(one := fold(char)) == 1 else char for char in text)
    for amount in amounts(text, language):
        start, end = amount.span
        before = folded[max(done, start - _NEAR) : start]
        matches = {bound: pattern.search(before) for bound, pattern in _BEFORE.items()}
        bound = next((bound for bound, match in matches.items() if match), None)
        if bound is None or start < done:
            continue
        match = matches[bound]
        assert match is not None  # noqa: S101 - `bound` was chosen by it
        found += [Condition(bound, amount.readings[0])]
        kept.append(text[done : start - len(before) + match.start()])
        done = end
    return tuple(found), "".join([*kept, text[done:]])


def _is_description(named: Sequence[object], beside: Sequence[Sequence[str]]) -> bool:
    """More than a name or a phrase: words that nobody would find side by side."""
    content = sum(word not in STOPWORDS for run in beside for word in run)
    is_list = any(not _JOINING.isdisjoint(_trimmed(words)) for words in beside)
    is_sentence = any(len(_trimmed(words)) > LONGEST_PHRASE for words in beside)
    return (
        content + len(named) > LONGEST_PHRASE
        or is_list
        or (content >= LONGEST_PHRASE and is_sentence)
    )


def _names(
    text: str, known: frozenset[str] = frozenset()
) -> tuple[list[frozenset[Phrase]], list[list[str]]]:
    """The names of a text, each with its forms in other languages, and the runs of words
    between them; `known` are words that are names also where a sentence begins."""
    named: list[frozenset[Phrase]] = []
    beside: list[list[str]] = []
    done = 0
    for start, end in [*(one.span for one in names(text, known=known)), (len(text), len(text))]:
        beside += map(folded_words, _PAUSE.split(text[done:start]))
        if words := tuple(folded_words(text[start:end])):
            named.append(_forms(words, is_name=True))
        done = end
    return named, [run for run in beside if run]


def _forms(words: Phrase, *, is_name: bool = False) -> frozenset[Phrase]:
    """A country or a city, also without its capital, by each of its names; anything else by its
    plural too, unless that is another name."""
    for start, end, forms in find_names(words):
        if (start, end) == (0, len(words)):
            own = {form for form in forms if len(form) > 1 or form[0] not in STOPWORDS}
            return _in_plural(own | {words})
    return frozenset({words}) if is_name else _in_plural({words})


def _in_plural(forms: set[Phrase]) -> frozenset[Phrase]:
    ends = {form: ("", "s", "es") if _has_plural(form[-1]) else ("",) for form in forms}
    return frozenset((*form[:-1], form[-1] + end) for form in forms for end in ends[form])


def _has_plural(word: str) -> bool:
    return len(word) >= _SHORTEST_PLURAL and word.isalpha() and not word.endswith("s")


def _trimmed(run: Sequence[str]) -> list[str]:
    """Without stopwords around it; of nothing but stopwords, nothing."""
    at = [place for place, word in enumerate(run) if word not in STOPWORDS]
    return list(run[at[0] : at[-1] + 1]) if at else []


def _bounded(phrases: Sequence[frozenset[Phrase]]) -> tuple[frozenset[Phrase], ...]:
    short = [
        frozenset(form for form in forms if 0 < len(form) <= LONGEST_FORM) for forms in phrases
    ]
    telling = [forms for forms in short if any(len(word) > 1 for form in forms for word in form)]
    return tuple(dict.fromkeys(telling))[:MOST_PHRASES]
