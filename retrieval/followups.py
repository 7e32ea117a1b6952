"""Whether a question needs the one before it, in pt, en and es.  (pure)

It does when it refers back ("and France?", "quando foi isso?") or says next to nothing by
itself, unless it asks in full after something it names. Any other stands alone: read together
with the old topic, a new one would be drowned by it (`tests/bench/README.md`).
"""

from __future__ import annotations

import re

from retrieval.folding import fold
from retrieval.models import Query
from retrieval.terms import read_terms

LONGEST_QUESTION = 800
"""Characters of a question that are looked for; the rest of a pasted text adds nothing."""

STANDS_ALONE = 3
"""Content words from which a question that refers to nothing stands alone."""

_REFERS_BACK = re.compile(
    r"^\W*(and|but|so|or|also|then|what about|how about|why|i mean|over how|e|mas|y|pero)\b"
    r"|\b(it|its|they|them|their|he|she|his|her|him|that|this|these|those|there|ones?|same|other"
    r"|another|else|more|isso|isto|ele|ela|eles|elas|deles?|delas?|seus?|suas?|esses?|essas?"
    r"|mesm[oa]|outr[oa]s?|mais|eso|esto|ellos|ellas|su|sus|esos?|esas?|mism[oa]|otr[oa]s?|mas)\b"
)


_ASKS = (
    r"who|whom|what|which|when|where|how|quem|quanto|quanta|quantos|quantas|qual|quais|quando|onde"
    r"|como|que|quien|quienes|cuanto|cuanta|cuantos|cuantas|cual|cuales|cuando|donde"
)
_IS = "is|are|was|were|e|foi|sao|era|eram|esta|estao|estava|fica|vale|es|fue|son|eran|hay"
_DOES = "did|does|do|has|have|had|will|tem|vai|tiene|va"
_IS_WHOLE = re.compile(
    rf"^\W*(?:(?:a|em|de|en|por|o|in|at|on|of|for|to) )?(?:{_ASKS})\b(?: \w+){{0,2}}?"
    rf" (?:(?P<is>{_IS})|{_DOES})\b"
)
_OWN_NAME = re.compile(r"(?<=[^\W_][ ,;:(“\"'])[A-ZÀ-ÖØ-Þ]\w|[^\W\d_]\d|\d[^\W\d_]")
"""A capital inside a sentence, or a word with a figure: `Selic`, `PETR4`."""

LONGEST_ANSWER = 1_500
"""Characters of an answer that are read for names."""

MOST_NAMES = 6
"""Of an answer; more would drown the question."""

_NAME = re.compile(
    r"(?<![.?!“\"]\s)(?<!^)\b[A-ZÀ-ÖØ-Þ][\w’'-]+(?: (?:d[aeo]s? |of )?[A-ZÀ-ÖØ-Þ][\w’'-]+){0,5}"
)

LONGEST_PREVIOUS = 300
"""Characters of the question before it, which must leave room for the one that is asked."""

SAYS_LITTLE = 2
"""Content words below which a question means nothing without the one before it."""


def refers_back(question: str) -> bool:
    """Whether a question is to be read together with the one before it."""
    if _REFERS_BACK.search(fold(question)):
        return True
    words = len(read_terms(question))
    return words < STANDS_ALONE and not _is_whole(question, words)


def _is_whole(question: str, words: int) -> bool:
    """`What is the Selic?` has few words, and all it needs; `how many in Germany?` and `what did
    Germany do?` have not."""
    asks = _IS_WHOLE.match(fold(question))
    return bool(asks and (asks["is"] or words >= SAYS_LITTLE) and _OWN_NAME.search(question))


def says_little(question: str) -> bool:
    """Whether a question is all but empty by itself: "over how many years?", "why?"."""
    return len(read_terms(question)) < SAYS_LITTLE


def read_together(previous: str, question: str) -> str:
    """The question after the one it follows up, as one wording."""
    return f"{previous[:LONGEST_PREVIOUS]} {question}"


def names_of(answer: str) -> list[str]:
    """The names an answer holds, in order, each once: what `he` and `there` may mean."""
    found = (match.group() for match in _NAME.finditer(answer[:LONGEST_ANSWER]))
    return list(dict.fromkeys(found))[:MOST_NAMES]


def phrasings(query: Query) -> list[str]:
    """What to search for, each by itself; a passage counts by the best of its scores.

    The question; one that refers back also after its predecessor, or only so when it says
    little, and after the names of what was answered.
    """
    question = query.text[:LONGEST_QUESTION]
    if not query.history or not refers_back(question):
        return [question]
    together = read_together(query.history[-1], question)
    wordings = [together] if says_little(question) else [question, together]
    if names := names_of(query.last_answer):
        wordings.append(read_together(" ".join(names), question))
    return wordings
