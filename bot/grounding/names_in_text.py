"""Proper names in a text, and whether another text knows them; pt, en, es.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from bot.grounding.aligned import LONGEST, Span
from bot.grounding.name_words import OPENERS, PARTICLES, SAME_WORD, TITLES
from retrieval.folding import fold, folded_words
from retrieval.gazetteer import find_names
from retrieval.stopwords import STOPWORDS

MOST_NAMES = 200
"""Of one text."""

LOOSE_WINDOW = 4
"""Words that may stand between those of one name: a second surname, an initial."""

ALIKE = 0.8
"""Likeness of two spellings of a name in two languages: `Catalonia`, `Cataluña`."""


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    span: Span
    words: tuple[str, ...]
    """Folded, without titles and particles."""
    lead: str = ""
    """The first word where it also begins a sentence, and may be no part of the name."""


_WORD = re.compile(r"[^\W_]+(?:[-’'&][^\W_]+)*")
_STARTS = re.compile(r"(?:^|[.!?:;•\n“\"«(—–]|\*)\s*$")
_GAP = re.compile(r"(?: |\. (?=[A-Z]))")


def names(
    text: str, skipped: Sequence[Span] = (), known: frozenset[str] = frozenset()
) -> tuple[Name, ...]:
    """The proper names of a text, in order.

    `skipped` are spans that are no names although they hold capitals: dates, amounts. One
    word at the start of a sentence is taken for a name only when it stands capitalised
    elsewhere too, there or in `known` (folded), is a country or a city, or has the look of a
    name (`GPT-4`, `BNDES`). A text all in capitals has none.
    """
    text = text[:LONGEST]
    letters = [char for char in text if char.isalpha()]
    if sum(map(str.isupper, letters)) > 0.6 * len(letters):
        return ()
    tokens = [m for m in _WORD.finditer(text) if not _overlaps(m.span(), skipped)]
    inside = frozenset(
        fold(m.group()) for m in tokens if _is_name_word(m.group()) and not _starts(text, m)
    )
    found = (_name(text, run, inside | known) for run in _runs(text, tokens))
    return tuple(name for name, _ in zip(filter(None, found), range(MOST_NAMES), strict=False))


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _starts(text: str, match: re.Match[str]) -> bool:
    return _STARTS.search(text[max(0, match.start() - 4) : match.start()]) is not None


def _is_name_word(word: str) -> bool:
    has_digit = any(map(str.isdigit, word))
    if has_digit:
        return any(map(str.isalpha, word)) and not word[0].isdigit()
    return word[0].isupper() or any(map(str.isupper, word[1:]))


def _looks_like_one(word: str) -> bool:
    """An acronym, a model number, a word with capitals inside."""
    return any(map(str.isupper, word[1:])) or any(map(str.isdigit, word))


def _runs(text: str, tokens: Sequence[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Runs of capitalised words, over particles between two of them."""
    at = 0
    while at < len(tokens):
        if not _is_name_word(tokens[at].group()):
            at += 1
            continue
        run = [tokens[at]]
        at += 1
        while at < len(tokens):
            step = at
            while step < min(at + 2, len(tokens)) and tokens[step].group() in PARTICLES:
                step += 1
            if step >= len(tokens) or not _is_name_word(tokens[step].group()):
                break
            part = [run[-1], *tokens[at : step + 1]]
            gaps = (text[a.end() : b.start()] for a, b in pairwise(part))
            if not all(_GAP.fullmatch(gap) for gap in gaps) or _starts(text, tokens[step]):
                break
            run.extend(tokens[at : step + 1])
            at = step + 1
        yield run


def _name(text: str, run: list[re.Match[str]], inside: frozenset[str]) -> Name | None:
    lead = ""
    if _starts(text, run[0]):
        first = _without_possessive(run[0].group())
        known = first in inside or _looks_like_one(run[0].group()) or bool(find_names([first]))
        alone = len(run) == 1 or run[1].group() in PARTICLES
        if first in STOPWORDS | OPENERS or (alone and not known):
            run = run[1:]
        elif not known:
            lead = first
    while run and (run[0].group() in PARTICLES or fold(run[0].group()) in STOPWORDS | OPENERS):
        run = run[1:]
    words = tuple(
        word
        for match in run
        if match.group() not in PARTICLES
        for word in [_without_possessive(match.group())]
        if word not in TITLES
    )
    if not words or (len(words) == 1 and (len(words[0]) < 2 or words[0] in STOPWORDS)):
        return None
    span = run[0].start(), run[-1].end()
    return Name(text[slice(*span)], span, words, lead if words[0] == lead else "")


def _without_possessive(word: str) -> str:
    return fold(re.sub(r"[’']s?$", "", word))


class KnownNames:
    """The words of a text, to tell whether it knows a name."""

    def __init__(self, text: str, language: str = "") -> None:
        text = text[:LONGEST]
        self.language = language
        self.words = folded_words(text)
        self.places: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            self.places.setdefault(word, []).append(place)
        self._running = f" {' '.join(self.words)} "
        self._initials = set(_initials(text))
        self._foreign = [word for word in self.places if len(word) > 5]

    def knows(self, name: Name, language: str = "") -> bool:
        """Whether the name stands in the text: any case, a surname for the whole, in another
        language, its acronym or what an acronym stands for."""
        words = list(name.words)
        if name.lead and len(words) > 1 and not self._places_of(words[0], language):
            words = words[1:]
        if self._is_acronym(words):
            return True
        rest = [word for part in words for word in folded_words(part)]
        for start, end, forms in reversed(find_names(rest)):
            if any(f" {' '.join(form)} " in self._running for form in forms) or any(
                f" {' '.join(form)}s " in self._running for form in forms
            ):
                del rest[start:end]
        places = [self._places_of(word, language) for word in rest]
        return all(places) and _stand_together(places)

    def has(self, word: str) -> bool:
        """Whether one word (folded) of a name stands in the text, spelt as there."""
        return bool(self._places_of(word, self.language))

    def place_of(self, name: Name, language: str = "") -> int | None:
        """Index in `words` at which the name first begins; None where it does not stand."""
        if not self.knows(name, language):
            return None
        words = [word for part in name.words for word in folded_words(part)]
        forms = {form for _, _, group in find_names(words) for form in group}
        starts = [place for word in words for place in self._places_of(word, language)]
        starts += [place for form in forms for place in self.places.get(form[0], ())]
        return min(starts, default=None)

    def _is_acronym(self, words: Sequence[str]) -> bool:
        if len(words) == 1 and 2 <= len(words[0]) <= 6:
            return any(form in self._initials for form in SAME_WORD.get(words[0], {words[0]}))
        own = "".join(word[0] for word in words)
        return len(words) > 2 and any(form in self.places for form in SAME_WORD.get(own, {own}))

    def _places_of(self, word: str, language: str) -> list[int]:
        forms = {word, f"{word}s", word.removesuffix("s"), word.removesuffix("es")}
        for form in tuple(forms):
            forms |= SAME_WORD.get(form, frozenset())
        found = [place for form in forms for place in self.places.get(form, ())]
        if not found and language != self.language and len(word) > 5:
            alike = (known for known in self._foreign if _alike(word, known))
            found = [place for known in alike for place in self.places[known]]
        return found


def _initials(text: str) -> Iterator[str]:
    """Of runs of capitalised words, with and without their small words: `BNDES`."""
    text = re.sub(r"\b([A-Z])\.([A-Z])\.(?= )", r"\1\2", text)
    for run in re.finditer(
        r"[^\W\d_]\w+(?:[ -](?:(?:de|da|do|dos|das|del|la|of|the|e|y|and|for|para) )*[^\W\d_]\w+)+",
        text,
    ):
        parts = [word for word in re.split(r"[ -]", run.group()) if word]
        capitals = [
            word if len(word) == 2 and word.isupper() else word[0]  # `US Department of ...`: USD
            for word in parts
            if word[0].isupper()
        ]
        for start in range(len(capitals)):
            for end in range(start + 2, min(start + 7, len(capitals) + 1)):
                yield fold("".join(capitals[start:end]))


_SOUNDS = (("ph", "f"), ("th", "t"), ("ch", "c"), ("y", "i"), ("k", "c"), ("qu", "c"), ("w", "v"),
           ("z", "s"), ("ce", "se"), ("ci", "si"), ("nh", "n"), ("ll", "l"))  # fmt: skip


def _alike(a: str, b: str) -> bool:
    """Whether two words may be one name as two languages spell it."""
    if a[:2] != b[:2] or abs(len(a) - len(b)) > 3:
        return False
    for written, sound in _SOUNDS:
        a, b = a.replace(written, sound), b.replace(written, sound)
    return SequenceMatcher(None, a, b).ratio() >= ALIKE


def _stand_together(places: Sequence[Sequence[int]]) -> bool:
    """Whether the words stand near each other somewhere; those of two people do not."""
    if len(places) < 2:
        return True
    room = len(places) + LOOSE_WINDOW
    return any(
        all(any(abs(place - first) < room for place in others) for others in places[1:])
        for first in places[0]
    )
