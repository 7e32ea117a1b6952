"""Raw passages of a search, each with what speaks for it.  (pure)"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.browsed import FoundPassage
from retrieval.explain import Found
from retrieval.folding import fold
from retrieval.terms import Terms

_WORD = re.compile(r"\w+")


def found_passages(found: Found, text: str, terms: Terms) -> list[FoundPassage]:
    """The passages kept, with what speaks for each; `terms` are those of `text`."""
    near = {trace.passage.chunk_id: trace.dense_rank for trace in found.traces}
    typed = {fold(word): word for word in _WORD.findall(text)}
    rows = []
    for one in found.passages:
        held = terms.held(f"{one.title} {one.text}")
        words = [
            " ".join(typed.get(word, word) for word in min(term.forms, key=_as_typed(typed)))
            for term in terms.weights
            if term in held
        ]
        rows.append(FoundPassage(one, tuple(dict.fromkeys(words)), near.get(one.chunk_id)))
    return rows


def _as_typed(typed: Mapping[str, str]) -> Callable[[tuple[str, ...]], tuple[int, tuple[str, ...]]]:
    """Of a name's forms in several languages, the one that was written goes first."""
    return lambda form: (sum(word not in typed for word in form), form)
