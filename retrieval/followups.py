"""Whether a question needs the one before it, in pt, en and es.  (pure)

It does when it refers back ("and France?", "quando foi isso?") or says next to nothing by
itself. Any other stands alone: read together with the old topic, a new one would be drowned
by it (`tests/bench/README.md`).
"""

from __future__ import annotations

import re

from retrieval.folding import fold
from retrieval.terms import read_terms

STANDS_ALONE = 3
"""Content words from which a question that refers to nothing stands alone."""

_REFERS_BACK = re.compile(
    r"^\W*(and|but|so|or|also|then|what about|how about|why|i mean|over how|e|mas|y|pero)\b"
    r"|\b(it|its|they|them|their|he|she|his|her|him|that|this|these|those|there|ones?|same|other"
    r"|another|else|more|isso|isto|ele|ela|eles|elas|deles?|delas?|seus?|suas?|esses?|essas?"
    r"|mesm[oa]|outr[oa]s?|mais|eso|esto|ellos|ellas|su|sus|esos?|esas?|mism[oa]|otr[oa]s?|mas)\b"
)


LONGEST_PREVIOUS = 300
"""Characters of the question before it, which must leave room for the one that is asked."""

SAYS_LITTLE = 2
"""Content words below which a question means nothing without the one before it."""


def refers_back(question: str) -> bool:
    """Whether a question is to be read together with the one before it."""
    return bool(_REFERS_BACK.search(fold(question))) or len(read_terms(question)) < STANDS_ALONE


def says_little(question: str) -> bool:
    """Whether a question is all but empty by itself: "over how many years?", "why?"."""
    return len(read_terms(question)) < SAYS_LITTLE


def read_together(previous: str, question: str) -> str:
    """The question after the one it follows up, as one wording."""
    return f"{previous[:LONGEST_PREVIOUS]} {question}"
