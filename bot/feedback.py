"""Answers that were not right, as questions to evaluate with.  (pure)"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from bot.shown_answers import Complaint
from retrieval.questions_file import LONGEST_QUESTION


def question_lines(complaints: Iterable[Complaint]) -> Iterator[str]:
    """One line of a questions file each; see `retrieval.questions_file`.

    The right answer is not known: `answers` and `relevant_urls` are left for a person to fill
    in. What was answered, and from which passages, stands beside the question.
    """
    for one in complaints:
        shown, citations = one.shown, one.shown.answer.citations
        yield json.dumps(
            {
                "id": f"feedback-{one.id}",
                "question": shown.question[:LONGEST_QUESTION],
                "language": shown.answer.language,
                "asked_on": shown.at.date().isoformat(),
                "kind": one.reason.value,
                "history": [{"role": turn.role, "text": turn.text} for turn in shown.history],
                "answered_then": shown.answer.text,
                "passages_then": [citation.chunk_id for citation in citations],
                "urls_then": [citation.url for citation in citations],
            },
            ensure_ascii=False,
        )
