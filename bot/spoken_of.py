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


def of_what_was_spoken_of(question: Question, passages: Sequence[Passage]) -> Sequence[Passage]:
    """The passages of articles that hold the names of the question before; all of them where
    that named none, the question names something, or no article holds them."""
    if not question.previous or names(question.text):
        return passages
    spoken_of = {word for name in names(question.previous) for word in name.words}
    if not spoken_of:
        return passages
    held: dict[str, set[str]] = {}
    for one in passages:
        words = held.setdefault(one.article_id, set())
        words.update(folded_words(f"{one.title} {one.text}"))
    return [one for one in passages if spoken_of <= held[one.article_id]] or passages
