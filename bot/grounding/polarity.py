"""Whether a sentence denies its source, or turns a rise into a fall; pt, en, es.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.grounding.amount import Amount
from bot.grounding.attachment import keys_of
from bot.grounding.evidence import Evidence, KnownSentence
from bot.grounding.matching import supports
from bot.grounding.units import Kind
from retrieval.folding import fold

_NOT = re.compile(
    r"\b(?:not|never|no|nobody|without|neither|cannot|(?:did|does|do|was|were|is|are|has|have|had"
    r"|will|would|could|should|can)n[’']t|won[’']t|nao|nunca|jamais|sem|nem|no|ningun\w*|sin|ni)\b"
)
_REFUSED = re.compile(
    r"\b(?:den(?:y|ied|ies)|refuse[sd]?|reject(?:ed|s)?|fail(?:ed|s)? to|declined to|dismissed"
    r"|vetoed|desist\w+ de \w+[aei]r|recusad[oa]s?"
    r"|rejeitad[oa]s?|rechazad[oa]s?|vetad[oa]s?|negad[oa]s?|neg(?:ou|a|aram|o|aron|ar)|niega|recus(?:ou|a|aram|ar)|rejeit(?:ou|a|aram|ar)"
    r"|deixou de|rechaz(?:o|a|aron|ar)|vet(?:ou|o|aron|aram)|desestimo)\b"
)
_UNCHANGED = re.compile(r"\b(?:unchanged|the same|igual|inalterad\w+|sin cambios|sem mudancas?)\b")
_NOT_ONLY = re.compile(
    r"\b(?:not only|nao so|nao apenas|no solo|no (?:longer|more|less)|no (?:ano|dia|mes|primeiro"
    r"|segundo|terceiro|quarto|ultimo|total|fim|inicio|rio|pais|estado|sul|norte|brasil))\b"
)
_PORTUGUESE_IN = re.compile(r"\bno\b")

_UP = re.compile(
    r"\b(?:rose|rise[sn]?|rising|grew|grow[ns]?|increas\w+|gain\w*|climb\w+|jump\w+|up|soar\w+"
    r"|sub(?:iu|iram|ida|io|ieron|e|ir)|cresc\w+|crec\w+|aument\w+|avanc\w+|alta|ganh\w+|alza"
    r"|elev\w+|salt\w+|repunt\w+|expand\w+)\b"
)
_DOWN = re.compile(
    r"\b(?:fell|fall(?:s|en|ing)?|drop\w*|declin\w+|decreas\w+|down|lost|shr[aiu]nk\w*|slump\w*"
    r"|plung\w+|cut|less|fewer|ca(?:iu|iram|ir|i|em|yo|yeron|e|en|ida)|qued\w+|recu\w+|diminu\w+"
    r"|disminu\w+|baj\w+|baix\w+|reduz\w+|reduj\w+|reduc\w+|perd\w+|encolh\w+|menos|retroced\w+)\b"
)
_RISING = {Kind.PERCENT, Kind.POINTS, Kind.MONEY, Kind.MULTIPLE, Kind.COUNT, Kind.MEASURE}

LIKENESS = 0.5
"""Share of the answer's words a sentence holds, from which it is taken for its source."""


def denies(text: str, language: str, evidence: Evidence) -> bool:
    """Whether exactly one of the sentence and its likeliest source is a denial."""
    wanted = keys_of(text)
    if len(wanted) < 3:
        return False
    body = evidence.sentences[1:] or evidence.sentences
    best = max(body, key=lambda one: len(wanted & keys_of(one.text)))
    if len(wanted & keys_of(best.text)) < LIKENESS * len(wanted):
        return False
    if _UNCHANGED.search(fold(f"{text} {best.text}")):
        # `Stays the same` and `does not change` are no denials of each other.
        return False
    clause = _likest_clause(best, wanted)
    denied = is_denial(text, language)
    return denied != is_denial(clause, evidence.passage.language) and (
        denied != is_denial(best.text, evidence.passage.language)
    )


def _likest_clause(sentence: KnownSentence, wanted: frozenset[str]) -> str:
    clauses = re.split(
        r"[;:]|,? (?:but|mas|pero) |, (?:and|while|e|enquanto|y|mientras) ", sentence.text
    )
    return max(clauses, key=lambda clause: len(wanted & keys_of(clause)))


def is_denial(text: str, language: str) -> bool:
    """Whether a text says that something is not so, or was refused."""
    folded = _with_content(text, language)
    # Negative words of one clause do not cancel each other; a refusal that is denied does.
    return (_NOT.search(folded) is None) == (_REFUSED.search(folded) is not None)


def has_negation(text: str, language: str) -> bool:
    """Whether it holds a word such as `not`; a refusal is none."""
    return _NOT.search(_with_content(text, language)) is not None


def _with_content(text: str, language: str) -> str:
    folded = _NOT_ONLY.sub(" ", fold(text))
    return _PORTUGUESE_IN.sub(" ", folded) if language == "pt" else folded


def reversed_change(text: str, amounts: Sequence[Amount], evidence: Evidence) -> Amount | None:
    """An amount by which something rose in the sentence and fell in its source, or vice versa."""
    for amount in amounts:
        said = _direction(text, amount)
        if amount.weak or amount.kind not in _RISING or not said:
            continue
        told = [
            _direction(known.text, other)
            for other, known in evidence.amounts
            if supports(other, amount, known.claims.amounts)
        ]
        if told and all(direction == -said for direction in told):
            return amount
    return None


def _direction(text: str, amount: Amount) -> int:
    """1 up, -1 down, 0 neither or both, by the words of the amount's clause."""
    start = max(text.rfind(mark, 0, amount.span[0]) for mark in ";:")
    before = fold(text[start + 1 : amount.span[0]])
    nearest = re.split(r",(?! ?\d)", before)[-1]
    after = fold(re.split(r"[,;:.]", text[amount.span[1] :])[0])
    for part in (nearest, after, before):
        up, down = bool(_UP.search(part)), bool(_DOWN.search(part))
        if up != down:
            return 1 if up else -1
    return 0
