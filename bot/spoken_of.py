"""What a question that names nothing itself goes on about.  (pure)

"And over how many years?" after "how much did Stargate commit?" is of Stargate; years of
something else in the language of the question are nearer in words, and answer nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.grounding.names_in_text import names
from bot.questions import Question
from retrieval.folding import folded_words
from retrieval.models import Passage
from retrieval.terms import Terms, read_terms


def of_what_was_spoken_of(question: Question, passages: Sequence[Passage]) -> Sequence[Passage]:
    """The passages of articles that hold the names of the question before; all of them where
    that named none, the question names something, no article holds them, or the question has
    words of its own that others hold and these do not: "how many cubs has the lynx?"."""
    if not question.previous or names(question.text):
        return passages
    spoken_of = {word for name in names(question.previous) for word in name.words}
    if not spoken_of:
        return passages
    held: dict[str, set[str]] = {}
    for one in passages:
        words = held.setdefault(one.article_id, set())
        words.update(folded_words(f"{one.title} {one.text}"))
    of_it = [one for one in passages if spoken_of <= held[one.article_id]]
    others = [one for one in passages if not spoken_of <= held[one.article_id]]
    if not of_it or (
        _hold_all_words(question.text, others) and not _hold_all_words(question.text, of_it)
    ):
        return passages
    return of_it


def _hold_all_words(question: str, passages: Sequence[Passage]) -> bool:
    """Whether one of them holds all that the question itself asks about, where that is more than
    a word."""
    asked = read_terms(question)
    terms = Terms(asked, {}, 0)
    return len(asked) > 1 and any(
        len(terms.held(f"{one.title} {one.text}")) == len(asked) for one in passages
    )
