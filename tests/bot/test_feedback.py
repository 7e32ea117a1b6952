"""What people said was not right is kept with all of the answer, and becomes test questions."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from typer.testing import CliRunner

from bot.answer_book import KEPT_FOR, StoredAnswers, complaints
from bot.answer_buttons import (
    AnswerAct,
    AnswerPress,
    answer_screen,
    last_part,
    parse_answer_press,
    quote_to_copy,
    source_page,
    what_was_wrong,
)
from bot.answers import Answer, Citation, Turn
from bot.command_line import app
from bot.conversation_key import ConversationKey
from bot.database import open_people
from bot.feedback import question_lines
from bot.offload import Offload
from bot.richtext import length
from bot.shown_answers import (
    TURNS_KEPT,
    Complaint,
    Reason,
    ShownAnswer,
    Unfinished,
    kept_turns,
    packed,
    unpacked,
)
from retrieval.models import Rejected
from retrieval.questions_file import read_questions
from tests.archive import NOW
from tests.people import people_database
from tests.telegram_bot import ADMIN, ANSWER, CITATION, OTHER_ADMIN, QUOTE
from tests.telegram_html import parse

WHERE = ConversationKey(ADMIN)
TEXT = st.text(max_size=60)


def shown(**changes: Any) -> ShownAnswer:
    plain = ShownAnswer(
        where=WHERE,
        message_ids=(10, 12),
        question_id=9,
        asker=ADMIN,
        question="How much did Stargate commit?",
        answer=ANSWER,
        at=NOW,
        history=(Turn("user", "What is Stargate?"), Turn("assistant", "A project.")),
    )
    return replace(plain, **changes)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest_asyncio.fixture
async def book() -> AsyncIterator[tuple[StoredAnswers, Engine, Clock]]:
    engine, offload, clock = people_database(), Offload(), Clock()
    yield StoredAnswers(engine, offload, clock), engine, clock
    offload.close()
    engine.dispose()


Book = tuple[StoredAnswers, Engine, Clock]


class TestWhatIsShown:
    async def test_is_found_by_each_of_its_messages_and_by_no_other(self, book: Book) -> None:
        answers, _, _ = book
        await answers.keep(shown())
        assert await answers.at(ADMIN, 10) == await answers.at(ADMIN, 12) == shown()
        assert await answers.at(ADMIN, 11) is None
        assert await answers.at(OTHER_ADMIN, 10) is None

    async def test_is_replaced_by_what_takes_its_place(self, book: Book) -> None:
        answers, _, _ = book
        await answers.keep(shown())
        await answers.keep(shown(question="How much now?", message_ids=(10,)))
        found = await answers.at(ADMIN, 10)
        assert found is not None
        assert found.question == "How much now?"
        assert await answers.at(ADMIN, 12) is None

    async def test_is_that_of_a_question_only_while_it_is_the_latest(self, book: Book) -> None:
        answers, _, _ = book
        await answers.keep(shown())
        assert await answers.to_question(ConversationKey(ADMIN), 9) == shown()
        await answers.keep(shown(question_id=20, message_ids=(21,)))
        assert await answers.to_question(ConversationKey(ADMIN), 9) is None
        assert await answers.to_question(ConversationKey(OTHER_ADMIN), 20) is None

    async def test_expires(self, book: Book) -> None:
        answers, _, clock = book
        await answers.keep(shown())
        clock.now += KEPT_FOR + timedelta(seconds=1)
        assert await answers.at(ADMIN, 10) is None

    async def test_of_another_version_is_as_if_expired(self) -> None:
        assert unpacked("{}") is unpacked("not json") is unpacked('{"where": 3}') is None

    async def test_what_was_begun_is_unfinished_until_it_ends(self, book: Book) -> None:
        answers, _, _ = book
        one, other = Unfinished(ADMIN, 5, "en"), Unfinished(-100, 5, "pt")
        for begun in (one, other, one):
            await answers.begin(begun)
        assert set(await answers.unfinished()) == {one, other}
        await answers.end(ADMIN, 5)
        assert await answers.unfinished() == (other,)

    @given(
        text=TEXT, question=TEXT, quote=TEXT, also_in=st.lists(TEXT, max_size=2),
        published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    )  # fmt: skip
    def test_survives_being_kept_whatever_it_says(
        self,
        text: str,
        question: str,
        quote: str,
        also_in: list[str],
        published_at: datetime | None,
    ) -> None:
        citation = replace(CITATION, quote=quote, also_in=tuple(also_in), published_at=published_at)
        one = shown(question=question, answer=replace(ANSWER, text=text, citations=(citation,)))
        assert unpacked(packed(one)) == one

    def test_only_the_last_turns_go_with_it(self) -> None:
        turns = tuple(Turn("user", str(at), (CITATION,)) for at in range(20))
        kept = kept_turns(turns)
        assert [turn.text for turn in kept] == [str(at) for at in range(20)][-TURNS_KEPT:]
        assert not any(turn.citations for turn in kept)


class TestFeedback:
    async def test_keeps_question_passages_and_answer(self, book: Book) -> None:
        answers, engine, _ = book
        await answers.complain(shown(), ADMIN, Reason.OLD)
        assert list(complaints(engine)) == [Complaint(1, Reason.OLD, shown())]

    async def test_a_persons_last_word_counts_and_everybody_has_one(self, book: Book) -> None:
        answers, engine, _ = book
        await answers.complain(shown(), ADMIN, Reason.OLD)
        await answers.complain(shown(), ADMIN, Reason.FIGURE)
        await answers.complain(shown(), OTHER_ADMIN, Reason.MISSING)
        assert [one.reason for one in complaints(engine)] == [Reason.FIGURE, Reason.MISSING]

    async def test_outlasts_the_buttons(self, book: Book) -> None:
        answers, engine, clock = book
        await answers.complain(shown(), ADMIN, Reason.OLD)
        clock.now += 2 * KEPT_FOR
        await answers.keep(shown(at=clock.now))
        assert len(list(complaints(engine))) == 1

    @given(question=st.text(min_size=1, max_size=50), quote=TEXT)
    @settings(max_examples=40)
    def test_is_a_line_of_json_whatever_was_said(self, question: str, quote: str) -> None:
        answer = replace(ANSWER, text=quote)
        (line,) = question_lines(
            [Complaint(3, Reason.MISSING, shown(question=question, answer=answer))]
        )
        assert len(line.split("\n")) == 1
        assert json.loads(line)["question"] == question

    async def test_becomes_a_questions_file(self, own_home: Path, tmp_path: Path) -> None:
        engine, offload = open_people(own_home / "people.db"), Offload()
        answer = replace(ANSWER, citations=(replace(CITATION, chunk_id="c1"),))
        answers = StoredAnswers(engine, offload, lambda: NOW)
        await answers.complain(shown(answer=answer), ADMIN, Reason.FIGURE)
        offload.close()
        engine.dispose()

        out = tmp_path / "wrong.jsonl"
        done = CliRunner().invoke(app, ["eval", "--from-feedback", str(out)])

        assert done.exit_code == 0, done.output
        assert "Questions written" in done.output
        (question,) = read_questions(out)
        assert not isinstance(question, Rejected)
        assert question.text == "How much did Stargate commit?"
        assert (question.label, question.asked_on) == ("figure", NOW.date())
        assert [text for _, text in question.history] == ["What is Stargate?", "A project."]
        record = json.loads(out.read_text(encoding="utf-8"))
        assert record["passages_then"] == ["c1"]
        assert record["answered_then"] == ANSWER.text

    def test_of_nobody_writes_no_file(self, own_home: Path, tmp_path: Path) -> None:
        out = tmp_path / "wrong.jsonl"
        done = CliRunner().invoke(app, ["eval", "--from-feedback", str(out)])
        assert done.exit_code == 3
        assert not out.exists()

    def test_is_not_needed_to_say_that_a_file_of_questions_is(self) -> None:
        done = CliRunner().invoke(app, ["eval"])
        assert done.exit_code == 2
        assert "name a file of questions" in done.output

    async def test_that_cannot_be_written_is_said(self, own_home: Path, tmp_path: Path) -> None:
        engine, offload = open_people(own_home / "people.db"), Offload()
        await StoredAnswers(engine, offload, lambda: NOW).complain(shown(), ADMIN, Reason.OLD)
        offload.close()
        engine.dispose()
        out = tmp_path / "no such folder" / "wrong.jsonl"
        done = CliRunner().invoke(app, ["eval", "--from-feedback", str(out)])
        assert done.exit_code == 2
        assert "cannot be written" in done.output


class TestButtons:
    @pytest.mark.parametrize(
        "data", ["", "a", "a:", "a:z", "a:s:-1", "a:s:0:1", "a:s:99999", "b:s"]
    )
    def test_unknown_data_is_no_press(self, data: str) -> None:
        assert parse_answer_press(data) is None

    @given(act=st.sampled_from(AnswerAct), number=st.integers(0, 9999))
    def test_data_is_read_back_and_short(self, act: AnswerAct, number: int) -> None:
        press = AnswerPress(act, str(number))
        assert parse_answer_press(press.data) == press
        assert len(press.data.encode()) <= 64

    def test_every_reason_fits_into_its_button(self) -> None:
        for row in what_was_wrong(ANSWER).buttons:
            for button in row:
                assert parse_answer_press(button.data) is not None

    def test_other_lengths_are_offered_only_where_a_model_writes(self) -> None:
        def acts(writes: bool) -> list[str]:
            rows = answer_screen(ANSWER, writes=writes).buttons
            return [button.data for row in rows for button in row]

        assert acts(False) == ["a:s:0", "a:w", "a:f"]
        assert acts(True) == ["a:s:0", "a:w", "a:f", "a:k", "a:d"]

    def test_an_answer_without_sources_has_no_button_to_complain(self) -> None:
        screen = answer_screen(Answer("Nothing.", answered=False, language="en"), writes=True)
        assert screen.buttons == ()

    def test_the_last_part_carries_the_buttons(self) -> None:
        long = replace(ANSWER, text="A sentence of some words. " * 400)
        screen = answer_screen(long, writes=False)
        assert len(screen.parts) > 1
        assert last_part(screen).parts == screen.parts[-1:]
        assert last_part(screen).buttons == screen.buttons


class TestASource:
    def test_has_its_quote_in_bold_within_the_passage(self) -> None:
        page = source_page(ANSWER, 0)
        assert page is not None
        text, entities = parse(page.parts[0].html)
        assert CITATION.context in text
        assert "Folha, Jan 21, 2025" in text
        assert ("bold", QUOTE) in {(one.type, one.text) for one in entities}
        assert [[button.label for button in row] for row in page.buttons] == [
            ["Open the article", "📋 Copy the quote"],
            ["« Back to the answer"],
        ]

    def test_says_that_it_was_corrected_and_who_else_had_it(self) -> None:
        citation = replace(CITATION, corrected_at=NOW, also_in=("G1", "Norte"), partial=True)
        page = source_page(replace(ANSWER, citations=(citation,)), 0)
        assert page is not None
        assert "updated" in page.parts[0].plain
        assert "also in G1, Norte" in page.parts[0].plain

    def test_pages_go_round(self) -> None:
        three = tuple(replace(CITATION, label=label) for label in (1, 2, 3))
        answer = replace(ANSWER, citations=three)
        page = source_page(answer, 2)
        assert page is not None
        assert [(one.label, one.data) for one in page.buttons[0]] == [
            ("«", "a:s:1"),
            ("3/3", "a:s:2"),
            ("»", "a:s:0"),
        ]
        assert source_page(answer, 3) is source_page(answer, -1) is None

    def test_of_a_file_of_this_machine_has_no_link(self) -> None:
        local = replace(CITATION, url="file:///articles/a.html")
        page = source_page(replace(ANSWER, citations=(local,)), 0)
        assert page is not None
        assert not any(button.url for row in page.buttons for button in row)
        assert "articles" not in str(page.buttons)
        assert "href" not in page.parts[0].html

    def test_copies_the_quote_with_its_source_as_far_as_a_button_can(self) -> None:
        copied = quote_to_copy(CITATION, "en")
        assert copied == f"“{QUOTE}” (Folha, Jan 21, 2025) {CITATION.url}"
        far = replace(CITATION, url="https://folha.example.com/" + "x" * 200)
        assert quote_to_copy(far, "en") == f"“{QUOTE}” (Folha, Jan 21, 2025)"
        assert quote_to_copy(replace(CITATION, quote="q" * 250), "en") == f"“{'q' * 250}”"
        assert quote_to_copy(replace(CITATION, quote="q" * 255), "en") == ""

    @given(quote=st.text(max_size=300), source=st.text(max_size=200), url=st.text(max_size=300))
    def test_never_copies_more_than_telegram_takes(self, quote: str, source: str, url: str) -> None:
        citation = replace(CITATION, quote=quote, source=source, url=url)
        assert length(quote_to_copy(citation, "pt")) <= 256

    @given(
        title=st.text(max_size=900), quote=st.text(max_size=5000), before=st.text(max_size=5000),
        after=st.text(max_size=5000), url=st.text(max_size=50) | st.just(CITATION.url),
    )  # fmt: skip
    def test_fits_one_message_and_is_valid_whatever_it_says(
        self, title: str, quote: str, before: str, after: str, url: str
    ) -> None:
        citation = Citation(1, title, url, "Folha", None, quote, f"{before}{quote}{after}")
        page = source_page(replace(ANSWER, citations=(citation,)), 0)
        assert page is not None
        (part,) = page.parts
        text, _ = parse(part.html)
        assert text.strip()
        assert length(text) <= 4096
