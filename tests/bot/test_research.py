"""From the question to the checked answer, with the real client over HTTP and a real archive."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import pytest_asyncio

from bot import texts
from bot.answers import Answer, Turn
from bot.asker import Asker
from bot.events import Finished, Reading, Searching, Writing
from bot.usage import Allowance, Usage
from retrieval.explain import Found
from retrieval.models import Query
from retrieval.retriever import Retriever
from tests.archive import NOW
from tests.builders import a_long_text, an_article
from tests.desk import QUICK, Desk, Library, a_desk, a_library, without_certificates
from tests.llm_server import LlmServer, Reply, Request, breaks_off, calls, fails, says, stalls

DAY = datetime(2025, 5, 20, 12, tzinfo=UTC)
QUESTION = "How much will the Porto Cedro desalination plant cost?"
RIGHT = "The plant will cost 1.4 billion reais [1]."

COVERAGE = (
    an_article(
        "The Porto Cedro desalination plant will cost 1.4 billion reais, mayor Helena Brandao "
        "said. It will serve 420,000 people. The plant opens in March 2029.",
        url="https://coast.example/plant",
        title="Porto Cedro desalination plant to cost 1.4 billion reais",
        source="Coast Herald",
        published_at=DAY,
    ),
    an_article(
        "A usina de dessalinização de Porto Cedro custará R$ 1,2 bilhão, segundo o contrato. "
        "A obra dura 30 meses.",
        url="https://tribuna.example/usina",
        title="Porto Cedro assina contrato da usina de dessalinização",
        source="Tribuna do Mar",
        language="pt",
        published_at=DAY - timedelta(days=9),
    ),
    an_article(
        a_long_text(12),
        url="https://long.example/reports",
        title="Reports of the harbour and the orchard",
        source="Long Reader",
        published_at=DAY - timedelta(days=30),
    ),
)


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    without_certificates(monkeypatch)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with a_library(tmp_path_factory.mktemp("library"), COVERAGE) as library:
        yield library


@pytest_asyncio.fixture
async def server() -> AsyncIterator[LlmServer]:
    async with LlmServer() as server:
        yield server


@pytest_asyncio.fixture
async def desk(library: Library, server: LlmServer) -> AsyncIterator[Desk]:
    before = asyncio.all_tasks()
    async with a_desk(library, server) as desk:
        yield desk
        left = {task.get_name() for task in asyncio.all_tasks() - before if not task.done()}
        assert not any(name == "research" for name in left)


def shown(request: Request) -> dict[str, int]:
    """Numbers of the passages a request shows, by outlet."""
    found = re.findall(r'<passage n="(\d+)"[^>]*? outlet="([^"]*)"', request.texts)
    return {outlet: int(number) for number, outlet in reversed(found)}


def is_quoted(answer: Answer, note: str) -> bool:
    said = texts.say(answer.language, note)
    if note == "model_failed":  # Whoever asks here sits at the machine.
        said += " " + texts.say(answer.language, "doctor_tells_why")
    if answer.answered:
        said += " " + texts.say(answer.language, "so_quoted")
    intros = ("quoted_intro", "quoted_intro_different_figures")
    begins = tuple(texts.say(answer.language, intro) for intro in intros)
    return answer.note == said and (not answer.answered or answer.text.startswith(begins))


# An answer


async def test_an_answer_that_is_borne_out_is_sent_with_its_source(
    desk: Desk, server: LlmServer
) -> None:
    server.will(says(RIGHT))
    answer = await desk.ask(QUESTION)

    assert answer.answered
    assert answer.text == RIGHT
    assert answer.note == ""
    assert answer.origins == 1
    [citation] = answer.citations
    assert (citation.source, citation.published_at) == ("Coast Herald", DAY)
    assert "will cost 1.4 billion reais" in citation.quote
    assert len(server.requests) == 1


async def test_what_happens_is_told_in_order(desk: Desk, server: LlmServer) -> None:
    server.will(calls("search_news", query="contrato usina"), says(RIGHT))
    await desk.ask(QUESTION)

    kinds = [type(event) for event in desk.events]
    assert kinds[:3] == [Searching, Reading, Searching]
    assert set(kinds[3:-1]) == {Writing}
    assert kinds[-1] is Finished
    assert desk.events[0] == Searching(QUESTION)
    assert desk.events[2] == Searching("contrato usina")


async def test_two_outlets_that_differ_are_both_cited(desk: Desk, server: LlmServer) -> None:
    server.answering = lambda request: says(
        f"Coast Herald gives 1.4 billion reais [{shown(request)['Coast Herald']}]; the contract "
        f"says R$ 1.2 billion [{shown(request)['Tribuna do Mar']}]."
    )
    answer = await desk.ask(QUESTION)

    assert {citation.source for citation in answer.citations} == {"Coast Herald", "Tribuna do Mar"}
    assert answer.origins == 2


async def test_small_talk_needs_no_model(desk: Desk, server: LlmServer) -> None:
    answer = await desk.ask("hello")
    assert answer.text == texts.say("en", "small_talk")
    assert server.requests == []


async def test_the_answers_language_is_the_questions(desk: Desk, server: LlmServer) -> None:
    server.will(says("A usina custará 1,4 bilhão de reais [1]."))
    answer = await desk.ask("Quanto vai custar a usina de dessalinização de Porto Cedro?")
    assert answer.language == "pt"
    assert "In Portuguese" in server.requests[0].texts


async def test_the_conversation_reaches_the_model(desk: Desk, server: LlmServer) -> None:
    server.will(says("It opens in March 2029 [1]."))
    history = (Turn("user", QUESTION), Turn("assistant", RIGHT))
    answer = await desk.ask("And when does it open?", history)

    assert answer.answered
    roles = [message["role"] for message in server.requests[0].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "Porto Cedro" in server.requests[0].last


async def test_what_the_last_answer_cited_is_shown_again(desk: Desk, server: LlmServer) -> None:
    server.will(says(RIGHT), says("R$ 1.4 billion, in short [1]."))
    before = await desk.ask(QUESTION)
    history = (Turn("user", QUESTION), Turn("assistant", before.text, before.citations))

    await desk.ask("Shorter, please", history)

    first = re.search(r'<passage n="1"[^>]*? outlet="([^"]*)"', server.requests[1].last)
    assert first is not None
    assert first[1] == before.citations[0].source


class Watched:
    """A retriever that tells what it was asked for."""

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self.searched: list[str] = []

    def find(self, query: Query) -> Found:
        self.searched.append(query.text)
        return self._retriever.find(query)


@pytest.mark.parametrize(
    "question", ["Shorter, please", "Translate that to Spanish", "Show me the original sentence"]
)
async def test_a_question_about_the_answer_itself_is_not_searched_for(
    library: Library, server: LlmServer, question: str
) -> None:
    server.otherwise = says(RIGHT)
    watched = Watched(library.archive.retriever)
    async with a_desk(library, server, retriever=cast(Retriever, watched)) as desk:
        before = await desk.ask(QUESTION)
        history = (Turn("user", QUESTION), Turn("assistant", before.text, before.citations))
        answer = await desk.ask(question, history)

    assert watched.searched == [QUESTION]
    assert answer.text == RIGHT
    assert not any(isinstance(event, Searching) for event in desk.events)
    assert list(shown(server.requests[1])) == ["Coast Herald"]


# Tools


async def test_the_coverage_is_searched_in_another_language(desk: Desk, server: LlmServer) -> None:
    server.will(
        calls("search_news", query="usina contrato", language="Portuguese", limit=1),
        calls("search_news", query="planta", language="es"),
    )
    server.answering = lambda request: says(
        f"The contract says R$ 1.2 billion [{shown(request)['Tribuna do Mar']}]."
    )
    answer = await desk.ask(QUESTION)

    assert answer.citations[0].source == "Tribuna do Mar"
    assert 'outlet="Tribuna do Mar"' in server.requests[1].last
    assert 'outlet="Coast Herald"' not in server.requests[1].last
    assert server.requests[2].last.startswith("Nothing was found")


async def test_an_outlet_is_found_by_a_part_of_its_name(desk: Desk, server: LlmServer) -> None:
    server.will(calls("search_news", query="usina", source="tribuna"), says(RIGHT))
    await desk.ask(QUESTION)
    assert 'outlet="Tribuna do Mar"' in server.requests[1].last
    assert 'outlet="Coast Herald"' not in server.requests[1].last


async def test_an_article_is_read_a_part_at_a_time(desk: Desk, server: LlmServer) -> None:
    def reading(request: Request) -> Reply:
        known = shown(request)
        parts = [at for at in (1, 2, 99) if f'"part": {at}' not in str(request.body["messages"])]
        if "Long Reader" in known and parts:
            return calls("read_article", article_id=str(known["Long Reader"]), part=parts[0])
        return says(RIGHT) if known else says("?")

    server.answering = reading
    await desk.ask("Which reports are there of the harbour and the plant?")

    told = [request.last for request in server.requests[1:]]
    assert [text.split("\n")[0] for text in told[:2]] == ["Part 1 of 2.", "Part 2 of 2."]
    assert "Report 0 says" in told[0]
    assert told[2] == "The article has 2 parts."


async def test_an_article_nobody_has_seen_cannot_be_read(desk: Desk, server: LlmServer) -> None:
    server.will(calls("read_article", article_id="' OR 1=1"), says(RIGHT))
    await desk.ask(QUESTION)
    assert "No passage you have seen" in server.requests[1].last


async def test_a_timeline_is_dated_and_the_oldest_comes_first(
    desk: Desk, server: LlmServer
) -> None:
    server.will(calls("coverage_timeline", topic="Porto Cedro usina plant"), says(RIGHT))
    await desk.ask(QUESTION)
    *lines, origins = server.requests[1].last.split("\n")
    assert origins.startswith("Independent origins of these: ")
    assert lines == sorted(lines)
    assert any(line.startswith("2025-05-11 Tribuna do Mar: ") for line in lines)
    assert all(re.search(r"\[\d+\]$", line) for line in lines)


async def test_sources_are_compared_one_passage_each(desk: Desk, server: LlmServer) -> None:
    server.will(calls("compare_sources", claim="the harbour plant usina cost"), says(RIGHT))
    await desk.ask(QUESTION)
    outlets = re.findall(r'outlet="([^"]*)"', server.requests[1].last)
    assert sorted(outlets) == sorted(set(outlets))
    assert len(outlets) == 3


@pytest.mark.parametrize(
    "arguments",
    [
        {"query": "usina", "since": "9999-12-31", "until": "9999-12-31"},
        {"query": "usina", "since": "2025-05-30", "until": "2025-05-01"},
        {"query": "usina", "since": "yesterday", "until": "soon"},
        {"query": "usina", "limit": -(10**30)},
        {"query": "usina", "limit": 10**30},
        {"query": '\x00\ufffe \' OR "1"=1 NEAR(* AND'},
        {"query": "x" * 50_000, "source": "%", "language": "\x00"},
        {"query": "", "source": " "},
    ],
)
async def test_odd_arguments_get_a_reply_the_model_can_go_on_with(
    desk: Desk, server: LlmServer, arguments: dict[str, object]
) -> None:
    server.will(calls("search_news", **arguments), says(RIGHT))
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    assert len(server.requests) == 2


async def test_what_is_looked_for_is_shown_without_addresses(desk: Desk, server: LlmServer) -> None:
    server.will(calls("search_news", query="plant https://evil.example/?q=1 cost"), says(RIGHT))
    await desk.ask(QUESTION)
    assert desk.events[2] == Searching("plant cost")


async def test_no_tool_writes_or_reaches_the_network(desk: Desk, server: LlmServer) -> None:
    server.will(says(RIGHT))
    await desk.ask(QUESTION)
    assert server.requests[0].tools == [
        "search_news", "read_article", "coverage_timeline", "compare_sources"
    ]  # fmt: skip


async def test_a_model_without_tools_answers_from_the_same_passages(
    desk: Desk, server: LlmServer
) -> None:
    server.knows_tools = False
    server.will(says(RIGHT))
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT


# Inventions


async def test_an_invented_figure_is_put_right_once_told(desk: Desk, server: LlmServer) -> None:
    server.will(says("The plant will cost 3.9 billion reais [1]."), says(RIGHT))
    answer = await desk.ask(QUESTION)

    assert answer.text == RIGHT
    assert answer.note == ""
    assert "3.9 billion" in server.requests[1].last
    assert "it says “1.4 billion reais”" in server.requests[1].last


async def test_a_figure_told_of_another_is_put_right_once_told(
    desk: Desk, server: LlmServer
) -> None:
    server.will(says("Santa Rita will pay 1.4 billion reais [1]."), says(RIGHT))
    answer = await desk.ask("How much will Santa Rita pay, and the Porto Cedro plant cost?")
    assert "the passage does not say this of “Santa Rita”" in server.requests[1].last
    assert answer.text == RIGHT


async def test_what_is_invented_twice_is_left_out_and_said_to_be(
    desk: Desk, server: LlmServer
) -> None:
    draft = f"{RIGHT} It will serve 990,000 people [1]."
    server.will(says(draft), says(draft))
    answer = await desk.ask(QUESTION)

    assert answer.text == RIGHT
    assert answer.note == texts.say("en", "part_left_out")


async def test_a_repair_that_is_worse_leaves_the_good_part_of_the_draft(
    desk: Desk, server: LlmServer
) -> None:
    server.will(
        says(f"{RIGHT} It will serve 990,000 people [1]."),
        says("It will serve 420,000 people [1]. It costs 7 billion reais [1]."),
    )
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    assert answer.note == texts.say("en", "part_left_out")


async def test_with_nothing_left_the_coverage_is_quoted(desk: Desk, server: LlmServer) -> None:
    server.otherwise = says("It will cost 3.9 billion reais [1].")
    answer = await desk.ask(QUESTION)
    assert is_quoted(answer, "model_not_borne_out")
    assert "3.9" not in answer.text


@pytest.mark.parametrize(
    "draft",
    [
        "I cannot help with that.",
        "I have no access to current events.",
        "The plant will cost 1.4 billion reais.",
        "The plant will cost 1.4 billion reais [9].",
        "It will be built soon.",
        "[1]",
        "Yes.",
    ],
)
async def test_what_cites_nothing_is_no_answer(desk: Desk, server: LlmServer, draft: str) -> None:
    server.otherwise = says(draft)
    answer = await desk.ask(QUESTION)
    assert is_quoted(answer, "model_not_borne_out")
    assert "- no passage is cited" in server.requests[1].last or draft[:10] in (
        server.requests[1].last
    )


async def test_a_missing_label_can_be_put_right(desk: Desk, server: LlmServer) -> None:
    server.will(says("The plant will cost 1.4 billion reais."), says(RIGHT))
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT


async def test_labels_nobody_gave_are_removed(desk: Desk, server: LlmServer) -> None:
    server.will(says("The plant will cost 1.4 billion reais [1][77]."))
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    assert [citation.label for citation in answer.citations] == [1]


async def test_without_enough_time_there_is_no_repair(library: Library, server: LlmServer) -> None:
    server.will(says(f"{RIGHT} It will serve 990,000 people [1]."))
    async with a_desk(library, server, limits=replace(QUICK, seconds=4.0)) as desk:
        answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    assert answer.note == texts.say("en", "part_left_out")
    assert len(server.requests) == 1


async def test_what_is_not_in_the_coverage_is_said_in_our_words(
    desk: Desk, server: LlmServer
) -> None:
    server.will(says("NOT FOUND"))
    answer = await desk.ask(QUESTION)
    assert not answer.answered
    assert answer.text == texts.say("en", "nothing_found")
    assert answer.nearest


async def test_what_comes_near_is_told_after_it_when_it_is_borne_out(
    desk: Desk, server: LlmServer
) -> None:
    server.will(says(f"NOT FOUND. {RIGHT} It will serve 990,000 people [1]."))
    answer = await desk.ask("Who owns the Porto Cedro desalination plant?")
    assert not answer.answered
    assert answer.text == f"{texts.say('en', 'nothing_found')}\n\n{RIGHT}"
    assert "NOT FOUND" not in answer.text


# Failures


@pytest.mark.parametrize(
    "reply", [fails(401), says(""), Reply(raw=b"nonsense"), breaks_off("The plant will cost", 4)]
)
async def test_a_model_that_fails_leaves_the_quoted_answer(
    desk: Desk, server: LlmServer, reply: Reply
) -> None:
    server.otherwise = reply
    answer = await desk.ask(QUESTION)
    assert is_quoted(answer, "model_failed")
    assert answer.answered


async def test_a_model_that_stalls_leaves_the_quoted_answer(
    library: Library, server: LlmServer
) -> None:
    server.otherwise = stalls()
    async with a_desk(library, server, limits=replace(QUICK, seconds=0.4)) as desk:
        answer = await desk.ask(QUESTION)
    assert is_quoted(answer, "model_failed")


@pytest.mark.parametrize("borne_out", [True, False])
async def test_of_a_draft_that_is_not_done_in_time_what_is_borne_out_is_kept(
    library: Library, server: LlmServer, borne_out: bool
) -> None:
    begun = RIGHT if borne_out else "The plant will cost 3.9 billion reais [1]."
    server.otherwise = says(f"{begun} It will serve{' very' * 300} many people.", pause=0.02)
    async with a_desk(library, server, limits=replace(QUICK, seconds=1.2)) as desk:
        answer = await desk.ask(QUESTION)
    if not borne_out:
        assert is_quoted(answer, "model_failed")
        return
    assert answer.text == RIGHT
    assert answer.note == texts.say("en", "out_of_time")
    assert [one.label for one in answer.citations] == [1]


CORRECTED = (
    an_article(
        "O data center da Quelvar em Serra Clara vai gerar 1.150 empregos permanentes.",
        url="https://gazeta.example/primeiro", title="Quelvar anuncia data center em Serra Clara",
        source="Gazeta", language="pt", published_at=DAY,
    ),
    an_article(
        "Diferentemente do que a Gazeta publicou, o data center da Quelvar em Serra Clara vai "
        "gerar 115 empregos permanentes, e não 1.150. O valor não muda.",
        url="https://gazeta.example/correcao", title="Correção: data center da Quelvar",
        source="Gazeta", language="pt", published_at=DAY + timedelta(days=2),
    ),
)  # fmt: skip


def dated(request: Request) -> list[str]:
    """Numbers of the passages a request shows, the oldest first."""
    found = re.findall(r'<passage n="(\d+)"[^>]*? date="([^"]*)"', request.texts)
    return [number for number, _ in sorted(set(found), key=lambda one: one[1])]


async def test_a_correction_the_model_passes_over_is_told_after_its_answer_once(
    tmp_path: Path, server: LlmServer
) -> None:
    question = "Quantos empregos permanentes vai gerar o data center da Quelvar?"
    answers = []
    with a_library(tmp_path, CORRECTED) as library:
        async with a_desk(library, server) as desk:
            for said, source in (("1.150", 0), ("1.150", -1), ("115", -1)):
                server.answering = lambda request, said=said, source=source: says(
                    f"Serão {said} empregos permanentes [{dated(request)[source]}]."
                )
                answers.append(await desk.ask(question))

    note = texts.say("pt", "corrected_since")
    assert [answer.text.count(note) for answer in answers] == [1, 0, 0]
    assert "115 empregos permanentes, e não 1.150" in answers[0].text.split("\n\n")[1]
    assert [one.title for one in answers[0].citations] == [one.title for one in CORRECTED]
    # The correction itself does not bear the old figure out; the new one it does.
    assert "Serão 1.150" not in answers[1].text
    assert answers[2].text.startswith("Serão 115 empregos permanentes")


async def test_the_fallback_answers_and_repairs(library: Library, server: LlmServer) -> None:
    server.otherwise = fails(401)
    async with LlmServer() as second, a_desk(library, server, fallback=second) as desk:
        second.will(says("The plant will cost 3.9 billion reais [1]."), says(RIGHT))
        answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    assert answer.note == ""


async def test_both_models_down_leave_the_quoted_answer(
    library: Library, server: LlmServer
) -> None:
    server.otherwise = fails(401)
    async with LlmServer() as second, a_desk(library, server, fallback=second) as desk:
        second.otherwise = fails(403)
        answer = await desk.ask(QUESTION)
    assert is_quoted(answer, "model_failed")


async def test_without_coverage_no_model_is_asked(
    server: LlmServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with a_library(tmp_path_factory.mktemp("empty"), ()) as empty:
        async with a_desk(empty, server) as desk:
            answer = await desk.ask(QUESTION)
    assert answer.text.startswith(texts.say("en", "archive_empty"))
    assert server.requests == []


# Usage


async def test_what_an_answer_cost_is_written_down_for_who_asked(
    desk: Desk, server: LlmServer
) -> None:
    server.will(says("It will cost 3.9 billion reais [1]."), says(RIGHT))
    await desk.ask(QUESTION, asker=Asker(person=71))

    used = desk.book.used(NOW - timedelta(hours=1), 71)
    assert used.input_tokens > 1_000
    assert used.output_tokens > 10


async def test_a_failure_that_cost_nothing_is_not_written_down(
    desk: Desk, server: LlmServer
) -> None:
    server.otherwise = fails(401)
    await desk.ask(QUESTION, asker=Asker(person=72))
    assert desk.book.used(NOW - timedelta(hours=1), 72) == Usage()


async def test_past_the_allowance_the_coverage_is_quoted(
    library: Library, server: LlmServer
) -> None:
    ana, rui = Asker(person=73), Asker(person=74)
    server.otherwise = says(RIGHT)
    async with a_desk(library, server, allowance=Allowance(tokens_a_person=10)) as desk:
        assert (await desk.ask(QUESTION, asker=ana)).text == RIGHT
        assert is_quoted(await desk.ask(QUESTION, asker=ana), "allowance_used_up")
        assert (await desk.ask(QUESTION, asker=rui)).text == RIGHT
    assert len(server.requests) == 2


@pytest.mark.parametrize("together", [False, True])
async def test_questions_asked_at_once_do_not_slip_past_the_allowance(
    library: Library, server: LlmServer, together: bool
) -> None:
    """While the first is under way, it counts with what it will likely cost."""
    server.otherwise = Reply(RIGHT, delay=0.2)
    one = Allowance(tokens=10) if together else Allowance(tokens_a_person=10)
    eve = 75 + together
    async with a_desk(library, server, allowance=one) as desk:
        before = desk.book.used(NOW - timedelta(days=1)).tokens
        if together:
            one = replace(one, tokens=before + 10)
            desk.assistant._allowance = one
        answers = await asyncio.gather(
            *(desk.assistant.answer(QUESTION, (), Asker(person=eve)) for _ in range(3))
        )
    notes = sorted(answer.note for answer in answers)
    assert sum(is_quoted(answer, "allowance_used_up") for answer in answers) == 2
    assert notes[0] == ""
    assert len(server.requests) == 1


async def test_the_money_of_a_day_holds_for_questions_under_way_too(
    library: Library, server: LlmServer
) -> None:
    server.otherwise = Reply(RIGHT, delay=0.2)
    budget = Allowance(money=0.0, input_price=3.0, output_price=15.0)
    async with a_desk(library, server, allowance=budget) as desk:
        spent = budget.cost(desk.book.used(NOW - timedelta(days=1)))
        desk.assistant._allowance = replace(budget, money=spent + 0.001)
        answers = await asyncio.gather(*(desk.assistant.answer(QUESTION) for _ in range(2)))
    assert sum(is_quoted(answer, "allowance_used_up") for answer in answers) == 1


async def test_what_a_question_that_was_stopped_had_cost_is_written_down(
    desk: Desk, server: LlmServer
) -> None:
    server.otherwise = Reply("word " * 200, pause=0.02)
    stream = desk.assistant.stream(QUESTION, (), Asker(person=77))
    async for event in stream:
        if isinstance(event, Writing):
            break
    await stream.aclose()

    used = desk.book.used(NOW - timedelta(hours=1), 77)
    assert used.input_tokens > 1_000
    assert 0 < used.output_tokens < 250


async def test_what_a_model_that_stalled_has_read_is_written_down(
    library: Library, server: LlmServer
) -> None:
    server.otherwise = stalls()
    async with a_desk(library, server, limits=replace(QUICK, seconds=0.3)) as desk:
        await desk.ask(QUESTION, asker=Asker(person=78))
        assert desk.book.used(NOW - timedelta(hours=1), 78).input_tokens > 1_000


# Side by side, and stopped


async def test_two_people_at_once_do_not_mix(library: Library, server: LlmServer) -> None:
    def by_question(request: Request) -> Reply:
        if "How many people" in request.last:
            return Reply("It will serve 420,000 people [1].", pause=0.01)
        return Reply(RIGHT, pause=0.01)

    server.answering = by_question
    async with a_desk(library, server) as one, a_desk(library, server) as other:
        first, second = await asyncio.gather(
            one.ask(QUESTION),
            other.ask("How many people will the Porto Cedro desalination plant serve?"),
        )
    assert first.text == RIGHT
    assert second.text == "It will serve 420,000 people [1]."
    assert not any("420,000" in e.text for e in one.events if isinstance(e, Writing))


async def test_one_assistant_answers_many_at_once(desk: Desk, server: LlmServer) -> None:
    server.answering = lambda _request: Reply(RIGHT, pause=0.005)
    answers = await asyncio.gather(*(desk.assistant.answer(QUESTION) for _ in range(5)))
    assert [answer.text for answer in answers] == [RIGHT] * 5


async def test_closing_the_stream_stops_the_work(desk: Desk, server: LlmServer) -> None:
    server.otherwise = Reply("word " * 200, pause=0.05)
    stream = desk.assistant.stream(QUESTION)
    async for event in stream:
        if isinstance(event, Writing):
            break
    await stream.aclose()

    names = {task.get_name() for task in asyncio.all_tasks() if not task.done()}
    assert "research" not in names
    asked = len(server.requests)
    await asyncio.sleep(0.1)
    assert len(server.requests) == asked


async def test_a_cancelled_question_stops_the_work(desk: Desk, server: LlmServer) -> None:
    server.otherwise = stalls(5)
    asking = asyncio.create_task(desk.assistant.answer(QUESTION))
    await asyncio.wait_for(server.asked.wait(), 5)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert "research" not in {task.get_name() for task in asyncio.all_tasks() if not task.done()}


async def test_closing_leaves_no_connection(library: Library) -> None:
    async with LlmServer() as server:
        server.otherwise = says(RIGHT)
        async with a_desk(library, server) as desk:
            await desk.ask(QUESTION)
        await asyncio.sleep(0.05)
        assert server.connections == 0
