"""Answers and passages as JSON, with exactly the keys other programs were promised."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.answers import Answer, Citation, Headline
from bot.wire import answer_json, passages_json
from tests.builders import a_passage

CITATION = Citation(
    label=1,
    title="Stargate, in figures",
    url="https://news.example.com/stargate",
    source="Folha",
    published_at=datetime(2025, 1, 21, 12, tzinfo=UTC),
    quote="The group committed US$ 500 billion.",
    context="Much more. The group committed US$ 500 billion.",
    chunk_id="chunk",
    author="Ana Silva",
    corrected_at=datetime(2025, 3, 3, 9, tzinfo=UTC),
    also_in=("G1", "UOL"),
    partial=True,
)
ANSWER = Answer(
    text="The coverage says:\n\n“The group committed US$ 500 billion.” [1]",
    answered=True,
    language="en",
    citations=(CITATION,),
    timings_ms={"total": 12.5},
    confidence=0.87654,
    origins=1,
)


def test_an_answer_has_the_promised_keys() -> None:
    assert answer_json(ANSWER) == {
        "answer": ANSWER.text,
        "answered": True,
        "language": "en",
        "note": "",
        "confidence": 0.877,
        "origins": 1,
        "citations": [
            {
                "label": 1,
                "title": "Stargate, in figures",
                "url": "https://news.example.com/stargate",
                "source": "Folha",
                "author": "Ana Silva",
                "published_at": "2025-01-21T12:00:00+00:00",
                "corrected_at": "2025-03-03T09:00:00+00:00",
                "also_in": ["G1", "UOL"],
                "partial": True,
                "quote": "The group committed US$ 500 billion.",
            }
        ],
        "timings_ms": {"total": 12.5},
    }


def test_an_unanswered_question_shows_the_nearest_headlines_in_its_text() -> None:
    nearest = tuple(Headline(f"Title {n}", "file:///a", "Folha", None) for n in range(2))
    for language in texts.LANGUAGES:
        answer = Answer("Nothing on that.", answered=False, language=language, nearest=nearest)

        found = answer_json(answer)

        assert found["answered"] is False
        assert found["citations"] == []
        first, *rest = found["answer"].split("\n")
        assert first == "Nothing on that."
        assert rest[-2:] == ["- Title 0 (Folha)", "- Title 1 (Folha)"]
        assert texts.say(language, "nearest_headlines") in found["answer"]


def test_passages_are_ranked_from_one_with_the_promised_keys() -> None:
    found = passages_json([a_passage("One.", score=0.123456789), a_passage("Two.", score=0.1)])

    assert [item["rank"] for item in found] == [1, 2]
    assert found[0] == {
        "rank": 1,
        "score": 0.123457,
        "chunk_id": a_passage("One.").chunk_id,
        "url": "https://news.example.com/stargate",
        "title": "Stargate, in figures",
        "source": "Folha",
        "published_at": "2025-01-21T12:00:00+00:00",
        "text": "One.",
    }


def test_no_passages_are_an_empty_array() -> None:
    assert passages_json([]) == []


def test_an_undated_article_has_no_date() -> None:
    assert passages_json([a_passage(published_at=None)])[0]["published_at"] is None


@given(st.text(), st.text(), st.floats(min_value=-10, max_value=10))
def test_whatever_stands_in_a_passage_is_json_that_reads_back(
    text: str, title: str, score: float
) -> None:
    found = passages_json([a_passage(text, title=title, score=score)])

    assert json.loads(json.dumps(found, ensure_ascii=False)) == found
