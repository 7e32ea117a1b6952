"""Whether figures and names stand to each other as in the passage: swapped, turned round.  (pure)

Heuristics that speak only on strong signs; what they catch and miss is measured on
`tests/bot/grounding_pairs` by `tests/bench/grounding.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.grounding.amount import Amount
from bot.grounding.claims import AnswerSentence, Claims
from bot.grounding.evidence import Evidence, KnownSentence
from bot.grounding.matching import alike, is_bare, supports
from bot.grounding.name_words import SAME_WORD
from bot.grounding.names_in_text import KnownNames, Name
from bot.grounding.units import Kind
from retrieval.folding import fold, folded_words, stem
from retrieval.gazetteer import find_names
from retrieval.stopwords import STOPWORDS

Key = str
"""A word as it is compared across languages: a name's first form, a year, a stem."""

_FROM = re.compile(r"\b(?:from|de|desde|del) $")
_TO = re.compile(r"\b(?:to|para|a|al|ao|hasta|ate|at) $")
_NO_DEED = re.compile(
    r"by|por|pel[oa]s?|and|or|but|while|whereas|e|ou|mas|enquanto|y|o|pero|mientras"
    r"|sa(?:id|ys)|told|announced|according|diss\w+|diz|afirm\w+|anunci\w+|segundo|dijo|dice|segun"
)
"""A passive, another clause, or who said so: then the order of names tells nothing."""
_CLAUSE = re.compile(r"[,;:.]")
_RESPECTIVELY = re.compile(r"\brespecti\w+")
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ][^\W_]+(?: [A-ZÀ-ÖØ-Þ][^\W_]+)*")

_SAME_RANK = {"first": 1, "primeira": 1, "primeiro": 1, "primera": 1, "primero": 1, "primer": 1,
              "second": 2, "segunda": 2, "segundo": 2, "third": 3, "terceira": 3, "terceiro": 3,
              "tercera": 3, "tercero": 3, "tercer": 3}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """What one amount of a sentence is said of."""

    before: frozenset[Key]
    after: frozenset[Key]
    names: frozenset[Key]
    """Those of `before`, or else of `after`, that are written with a capital."""
    nearest: frozenset[Key]
    """Of `names` those next to the amount: who did it to whom may be named before it."""

    @property
    def keys(self) -> frozenset[Key]:
        return self.before or self.after


def keys_of(text: str) -> frozenset[Key]:
    """The content words of a text, as far as they can be compared between languages."""
    words = folded_words(text)
    found: set[Key] = set()
    taken: set[int] = set()
    for start, end, forms in find_names(words):
        if not (end - start == 1 and words[start] in STOPWORDS):
            found.add(f"name {min(' '.join(form) for form in forms)}")
            taken.update(range(start, end))
    for at, word in enumerate(words):
        if at in taken:
            continue
        if word in _SAME_RANK:
            found.add(f"rank {_SAME_RANK[word]}")
        elif word in STOPWORDS:
            continue
        elif word in SAME_WORD:
            found.add(f"word {min(SAME_WORD[word])}")
        elif len(word) > 1:
            found.add(stem(word))
    return frozenset(found)


def context(sentence: str, amounts: Sequence[Amount], at: int) -> Context:
    """Words between an amount and those around it; of a figure, the year beside it too."""
    own = amounts[at]
    is_year = own.kind is Kind.YEAR
    others = [
        a for a in amounts if (a.kind is Kind.YEAR) == is_year and not a.weak and a is not own
    ]
    start = max([a.span[1] for a in others if a.span[1] <= own.span[0]], default=0)
    end = min([a.span[0] for a in others if a.span[0] >= own.span[1]], default=len(sentence))
    before, after = sentence[start : own.span[0]], sentence[own.span[1] : end]
    if start and not keys_of(before):
        # `from 12 to 14`: the second is said of the same.
        start = max([a.span[1] for a in others if a.span[1] < start], default=0)
        before = _blanked(sentence, others)[start : own.span[0]]
    tail = fold(before)[-8:]
    role = {"from"} if _FROM.search(tail) else {"to"} if _TO.search(tail) else set()
    runs = [keys_of(run) for run in _CAPITAL.findall(before)]
    runs = [run for run in runs if run] or [
        run for part in reversed(_CAPITAL.findall(after)) if (run := keys_of(part))
    ]
    names = frozenset[Key]().union(*runs)
    return Context(keys_of(before) | role, keys_of(after), names, runs[-1] if runs else names)


def _blanked(sentence: str, amounts: Sequence[Amount]) -> str:
    for amount in amounts:
        start, end = amount.span
        sentence = sentence[:start] + " " * (end - start) + sentence[end:]
    return sentence


def swapped(answer: AnswerSentence, claims: Claims, evidence: Evidence) -> Iterator[Amount]:
    """Amounts that the passage tells of something else the sentence could have meant."""
    if _RESPECTIVELY.search(fold(answer.text)):
        return
    for at, amount in enumerate(claims.amounts):
        if amount.weak or amount.kind in (Kind.IDENTIFIER, Kind.ORDINAL):
            continue
        said = context(answer.text, claims.amounts, at)
        verdicts = [
            _told_of_another(amount, said, place, known.claims.amounts, known)
            for known in evidence.sentences
            for place, other in enumerate(known.claims.amounts)
            if supports(other, amount, known.claims.amounts)
        ]
        if verdicts and all(verdicts):
            yield amount


def _told_of_another(
    amount: Amount, said: Context, place: int, told: Sequence[Amount], known: KnownSentence
) -> bool:
    own = context(known.text, told, place)
    for at, rival in enumerate(told):
        if rival.weak or rival.value == told[place].value or not _rivals(rival, told[place]):
            continue
        other = context(known.text, told, at)
        if _points_to(said, other, own):
            return True
    return False


def _rivals(a: Amount, b: Amount) -> bool:
    if a.kind is b.kind is Kind.COUNT:
        return is_bare(a) or is_bare(b) or stem(a.followed_by) == stem(b.followed_by)
    same = alike(a.readings[0].unit, b.readings[0].unit)
    return same or (Kind.COUNT in (a.kind, b.kind) and (is_bare(a) or is_bare(b))
                    and Kind.YEAR not in (a.kind, b.kind))  # fmt: skip


def _points_to(said: Context, rival: Context, own: Context) -> bool:
    if said.names & (own.nearest - rival.nearest):
        return False
    if said.nearest & (rival.names - own.names):
        return True
    for mine, theirs, ours in (
        (said.keys, rival.keys, own.keys),
        (said.before | said.after, rival.after, own.after),
    ):
        for_rival = mine & (theirs - ours)
        for_own = mine & (ours - theirs)
        if for_rival and not for_own:
            return mine is said.keys or not said.keys & own.keys
    return False


def turned_round(
    answer: AnswerSentence, claims: Claims, evidence: Evidence, language: str
) -> Iterator[Name]:
    """`B bought A` where the passage says that A bought B."""
    for first, second in pairwise(claims.names):
        between = answer.text[first.span[1] : second.span[0]]
        verbs = frozenset[Key]() if _CLAUSE.search(between) else _verbs(folded_words(between))
        if not verbs:
            continue
        verdicts = [
            verdict
            for known in evidence.sentences
            if (verdict := _order(known, first, second, verbs, evidence, language)) is not None
        ]
        if verdicts and not any(verdicts):
            yield first


def _verbs(between: Sequence[str]) -> frozenset[Key]:
    """Stems of what stands between two names, if it may be what one does to the other."""
    if any(_NO_DEED.fullmatch(word) for word in between):
        return frozenset()
    return frozenset(stem(w) for w in between if w not in STOPWORDS and len(w) > 2)


def _order(
    known: KnownSentence,
    first: Name,
    second: Name,
    verbs: frozenset[Key],
    evidence: Evidence,
    language: str,
) -> bool | None:
    """Whether a sentence has the two names in this order around the verb; None if neither."""
    text = KnownNames(known.text, evidence.passage.language)
    places = [text.place_of(name, language) for name in (first, second)]
    if places[0] is None or places[1] is None or places[0] == places[1]:
        return None
    left, right = sorted(place for place in places if place is not None)
    own = {*first.words, *second.words}
    between = [word for word in text.words[left + 1 : right] if word not in own]
    told = _verbs(between)
    if not told or (evidence.passage.language == language and not told & verbs):
        return None
    return places[0] < places[1]
