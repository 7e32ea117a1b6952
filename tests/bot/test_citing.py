"""What an answer says of its sources: who else carried them, and how many there really are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import console
from bot.answers import Answer, Citation
from bot.citations import resolve
from bot.citing import citation, with_origins
from retrieval.models import Appearance
from retrieval.outlets import Coverage
from tests.archive import an_archive
from tests.builders import PUBLISHED, a_passage
from tests.stories import FOLHA, LUSA, a_story


def cited(*article_ids: str) -> Answer:
    citations = tuple(
        Citation(label, "T", f"https://{one}.example/", one, None, "Q.", article_id=one)
        for label, one in enumerate(article_ids, start=1)
    )
    return Answer("Q.", answered=True, language="en", citations=citations)


def test_copies_of_one_text_are_one_origin_and_it_has_a_name(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        first = replace(LUSA, published_at=PUBLISHED - timedelta(hours=1))
        archive.ingest.add([FOLHA, first])
        answer = with_origins(cited(FOLHA.id), archive.store.coverage)
    assert (answer.origins, answer.sole_origin) == (1, "Lusa")


def test_articles_of_two_publishers_are_two_origins(tmp_path: Path) -> None:
    with an_archive(tmp_path) as archive:
        other = a_story(2, "Norte")
        archive.ingest.add([LUSA, other])
        answer = with_origins(cited(LUSA.id, other.id), archive.store.coverage)
    assert (answer.origins, answer.sole_origin) == (2, "")


def test_the_store_is_not_asked_where_nothing_is_cited() -> None:
    def refuses(_ids: Sequence[str]) -> Sequence[Coverage]:
        raise AssertionError

    assert with_origins(Answer("No.", False, "en"), refuses).origins == 0


def test_a_citation_says_all_that_is_known_of_its_passage() -> None:
    passage = replace(
        a_passage(),
        author="Ana Silva",
        partial=True,
        corrected_at=PUBLISHED,
        also_in=tuple(
            Appearance(name, "https://x.example", "T", None) for name in ("G1", "g1", "")
        ),
    )
    made = citation(1, passage, passage.text)
    assert (made.author, made.partial, made.corrected_at) == ("Ana Silva", True, PUBLISHED)
    assert made.also_in == ("G1",)
    (resolved,) = resolve("It committed US$ 500 billion. [1]", {1: passage}, "en").citations
    assert resolved == made


def test_the_terminal_shows_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    made = replace(
        citation(1, a_passage(), "Q."),
        author="Ana Silva",
        also_in=("G1", "UOL"),
        partial=True,
        title="Odd\x1b[31m title",
    )
    answer = Answer("Q. [1]", True, "en", (made,), origins=1, sole_origin="Reuters")
    console.print_answer(answer)
    shown = capsys.readouterr().out
    assert "[1] Folha, Ana Silva, Jan 21, 2025: Odd[31m title" in shown
    assert "also in G1, UOL · only the beginning: for subscribers" in shown
    assert "All from one source: Reuters" in shown
