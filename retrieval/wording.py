"""What a text says that another of nearly the same wording does not.  (pure)

Sentences that stand in both say the same. One that does not is held up against the sentence
it resembles most: facts (figures, number words, scales, currencies, negations, days, months)
have to be the same in the same order on both sides, and no name may be new or in another's
place. That is stricter than a diff of words and linear; where in doubt texts differ.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import takewhile

from retrieval.agencies import agency_of
from retrieval.copies import SHINGLE
from retrieval.figures import is_fact_word
from retrieval.folding import fold, folded_words
from retrieval.stopwords import STOPWORDS

LONGEST_READ = 250_000
"""Characters; what follows is not compared."""
MOST_DIFFERING = 300
"""Sentences of which none stands in the other text; with more it is another wording."""

_RESEMBLES = 0.5
"""Share of the shorter sentence's words from which two may be versions of one."""
_MOST_HOLDING = 30
"""Sentences that hold a word which helps to find the most similar one."""
_LONGEST_CREDIT = 120
_LONGEST_CACHED = 20_000
_TOKEN = re.compile(r"[^\W\d]*\d\w*(?:[.,:]\d\w*)*|\w+|[$€£¥%‰]|(?<![\w)\]])[-−–](?=[$€£¥]?\d)")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|\s*\n\s*")
_DATELINE = re.compile(r"[^\n.!?]{0,60}?\([^()\n]{2,40}\)\s?[-–—:.]{1,2}\s+")
_NAME = r"[^\W\d_a-z][\w.'’-]*"
_BYLINE = re.compile(
    r"(?i:(?:text|reporting|editing|writing|words|reportagem|edição|texto|edición|redacción)"
    r"(?: by| por| de|:)?|by|por|from|com|com informações d[aeo]|con información de|fonte:|fuente:"
    rf"|source:) +{_NAME}(?:(?:,|;| e| y| and| d[aeo]s?| del?)? {_NAME}){{0,9}}[.]?"
)
_PERCENT = frozenset({"percent", "cento", "ciento", "pct"})
_AMBIGUOUS = frozenset({"no", "dos", "once", "segunda", "sexta", "t", "cem"})
"""Words that are facts in one of three languages; told only by where the other text has them."""
_MINUS = frozenset("−–")


@dataclass(frozen=True, slots=True)
class Sentence:
    words: tuple[str, ...]
    """Folded; signs of currency, percent and minus are words."""
    facts: tuple[str, ...]
    names: tuple[str, ...]
    """Words with a capital after the first one."""
    opening: str
    """The first word if it may be a name, else empty."""


class Wording:
    """A text as it is compared with others."""

    def __init__(self, text: str) -> None:
        body = unicodedata.normalize("NFKC", text[:LONGEST_READ])
        self.sentences: tuple[Sentence, ...] = tuple(_sentences(_without_credits(body)))

    @cached_property
    def by_words(self) -> frozenset[tuple[str, ...]]:
        return frozenset(sentence.words for sentence in self.sentences)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(word for sentence in self.sentences for word in sentence.words)

    @cached_property
    def facts(self) -> frozenset[str]:
        return frozenset(fact for sentence in self.sentences for fact in sentence.facts)

    @property
    def size(self) -> int:
        """In words."""
        return sum(len(sentence.words) for sentence in self.sentences)


def wording(text: str) -> Wording:
    """Remembered for a while: a text is compared with all that resembles it."""
    return _remembered(text) if len(text) <= _LONGEST_CACHED else Wording(text)


@lru_cache(maxsize=64)
def _remembered(text: str) -> Wording:
    return Wording(text)


def own_share(copy: Wording, other: Wording, credited: frozenset[str] = frozenset()) -> float:
    """Share of a text's runs of five words that stand in it alone, about; 1 where it says
    something else.

    `credited` are folded words of outlets and authors, whose names tell nothing.
    """
    if not copy.facts <= other.facts:
        return 1.0
    differing = [one for one in copy.sentences if one.words not in other.by_words]
    if len(differing) > MOST_DIFFERING:
        return 1.0
    theirs = [one for one in other.sentences if one.words not in copy.by_words]
    holding = _holding(theirs)
    own = 0
    for sentence in differing:
        counterpart = _most_alike(sentence, theirs, holding)
        last = sentence is copy.sentences[-1]
        if _says_else(sentence, counterpart, other, credited, last=last):
            return 1.0
        own += _own_runs(sentence, counterpart)
    return own / max(1, copy.size)


def title_says_else(title: str, other_title: str, other: Wording) -> bool:
    """Whether a headline holds a fact that the other's headline and text do not. Names are no
    matter: headlines are every outlet's own."""
    mine, theirs = _facts_of(title), _facts_of(other_title)
    if mine == theirs:
        return False
    words, other_words = folded_words(title), folded_words(other_title)
    shared = sum((Counter(words) & Counter(other_words)).values())
    if mine and theirs and shared >= _RESEMBLES * min(len(words), len(other_words)):
        return True
    return not set(mine) <= set(theirs) | other.facts


def _facts_of(title: str) -> tuple[str, ...]:
    sentences = _sentences(unicodedata.normalize("NFKC", title))
    return tuple(fact for sentence in sentences for fact in sentence.facts)


def _sentences(text: str) -> Iterator[Sentence]:
    known: dict[str, str] = {}
    for part in _END.split(text):
        tokens = _TOKEN.findall(part)
        if not tokens:
            continue
        words = [
            known[one] if one in known else known.setdefault(one, _word(one)) for one in tokens
        ]
        facts = tuple(word for word in words if is_fact_word(word))
        names = tuple(
            word
            for token, word in zip(tokens[1:], words[1:], strict=True)
            if token[0].isupper() and not is_fact_word(word)
        )
        is_name = tokens[0][0].isupper() and words[0] not in STOPWORDS
        yield Sentence(tuple(words), facts, names, words[0] if is_name else "")


def _word(token: str) -> str:
    folded = token.lower() if token.isascii() else fold(token)
    if folded in _PERCENT:
        return "%"
    return "-" if folded in _MINUS else folded


def _without_credits(text: str) -> str:
    """Without bylines and agencies' credits at either end."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    while len(lines) > 1 and _is_credit(lines[0]):
        del lines[0]
    while len(lines) > 1 and _is_credit(lines[-1]):
        del lines[-1]
    if lines:
        dateline = _DATELINE.match(lines[0])
        if dateline and agency_of(f"{dateline.group()}x", ""):
            lines[0] = lines[0][dateline.end() :]
    return "\n".join(lines)


def _is_credit(line: str) -> bool:
    if len(line) > _LONGEST_CREDIT:
        return False
    bare = line.strip("()[]—–- ")
    if _BYLINE.fullmatch(bare):
        return not any(map(is_fact_word, folded_words(bare)))
    return len(bare.split()) <= 6 and agency_of(line, "") is not None and not _facts_of(line)


def _holding(sentences: Sequence[Sentence]) -> dict[str, list[int]]:
    """Where each word stands."""
    found: dict[str, list[int]] = {}
    for at, sentence in enumerate(sentences):
        for word in set(sentence.words):
            found.setdefault(word, []).append(at)
    return found


def _most_alike(
    sentence: Sentence, others: Sequence[Sentence], holding: dict[str, list[int]]
) -> Sentence | None:
    votes: Counter[int] = Counter()
    for word in set(sentence.words):
        places = holding.get(word, ())
        if len(places) <= _MOST_HOLDING:
            votes.update(places)
    if not votes:
        return None
    best = others[min(votes, key=lambda at: (-votes[at], at))]
    shared = sum((Counter(sentence.words) & Counter(best.words)).values())
    return best if shared >= _RESEMBLES * min(len(sentence.words), len(best.words)) else None


def _says_else(
    sentence: Sentence,
    counterpart: Sentence | None,
    other: Wording,
    credited: frozenset[str],
    *,
    last: bool,
) -> bool:
    new = [one for one in sentence.names if one not in other.vocabulary and one not in credited]
    if new:
        return True
    if counterpart is None:
        return any(fact not in _AMBIGUOUS for fact in sentence.facts)
    if last and counterpart.words[: len(sentence.words)] == sentence.words:
        return False
    if sentence.facts != counterpart.facts:
        return True
    if Counter(sentence.words) == Counter(counterpart.words):
        return True  # who did what to whom
    mine = [one for one in sentence.names if one not in credited]
    theirs = [one for one in counterpart.names if one not in credited]
    if [one for one in mine if one in theirs] != [one for one in theirs if one in mine]:
        return True
    if set(mine) - set(theirs) and set(theirs) - set(mine):
        return True
    openings = {sentence.opening, counterpart.opening}
    return (
        len(openings) == 2
        and "" not in openings
        and sentence.opening not in counterpart.words
        and counterpart.opening not in sentence.words
    )


def _own_runs(sentence: Sentence, counterpart: Sentence | None) -> int:
    """A word of its own spoils the five runs it stands in."""
    if counterpart is None:
        return len(sentence.words)
    own = sum((Counter(sentence.words) - Counter(counterpart.words)).values())
    same = _in_common(sentence.words, counterpart.words)
    left = len(sentence.words) - same
    same_end = min(left, _in_common(sentence.words[::-1], counterpart.words[::-1]))
    spoilt = min(own * SHINGLE, left - same_end + SHINGLE - 1) if own else 0
    return min(len(sentence.words), spoilt)


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
