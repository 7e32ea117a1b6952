"""A provider that sends anything, for ever or not at all: a useful answer comes, and in time."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot import texts
from bot.agent_middleware import MOST_CALLS_AT_ONCE
from bot.agent_stream import MOST_CALLS
from bot.answers import Answer
from bot.asker import Asker
from bot.events import Writing
from bot.llm_http import LARGEST_REPLY
from bot.usage import DAY, Usage
from tests.archive import NOW
from tests.builders import an_article
from tests.desk import QUICK, Desk, Library, a_desk, a_library, without_certificates
from tests.llm_server import (
    LlmServer,
    Reply,
    drips,
    event,
    events,
    fails,
    says,
    stalls,
)

QUESTION = "How much will the Porto Cedro desalination plant cost?"
RIGHT = "The plant will cost 1.4 billion reais [1]."
PLANT = an_article(
    "The Porto Cedro desalination plant will cost 1.4 billion reais, mayor Helena Brandao said. "
    "It will serve 420,000 people. The plant opens in March 2029.",
    url="https://coast.example/plant",
    title="Porto Cedro desalination plant to cost 1.4 billion reais",
    source="Coast Herald",
)


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    without_certificates(monkeypatch)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with a_library(tmp_path_factory.mktemp("library"), [PLANT]) as library:
        yield library


@pytest_asyncio.fixture
async def server() -> AsyncIterator[LlmServer]:
    async with LlmServer(otherwise=says(RIGHT)) as server:
        yield server


@pytest_asyncio.fixture
async def desk(library: Library, server: LlmServer) -> AsyncIterator[Desk]:
    async with a_desk(library, server) as desk:
        yield desk


def a_call(at: int = 0, name: object = "search_news", arguments: object = '{"query": "plant"}',
           id_: object = "call") -> dict[str, object]:  # fmt: skip
    function = {"name": name, "arguments": arguments}
    return {"index": at, "id": id_, "type": "function", "function": function}


def is_quoted(answer: Answer, note: str) -> bool:
    return answer.answered and answer.note.startswith(texts.say("en", note))


def written(desk: Desk) -> list[str]:
    return [one.text for one in desk.events if isinstance(one, Writing)]


# Replies that are put right by asking once more, or by reading them for what they are


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(says(f"<think>It serves 420,000 [1].</think>{RIGHT}"), id="thinking"),
        pytest.param(says(f"Let me see, 420,000 [1].\n</think>\n{RIGHT}"), id="only its end"),
        pytest.param(says(f"[THINK]420,000 [1].[/THINK]{RIGHT}"), id="another tag"),
        pytest.param(
            says(
                "<|channel|>analysis<|message|>It opens in March 2029 [1].<|end|><|start|>assistant"
                f"<|channel|>final<|message|>{RIGHT}<|return|>"
            ),
            id="channels",
        ),
        pytest.param(
            events(event(reasoning_content="It opens in 2029."), event(content=RIGHT)),
            id="a field of its own",
        ),
        pytest.param(says(f"**{RIGHT[:9]}**{RIGHT[9:]}"), id="markdown"),
        pytest.param(says(f"## Answer\n\n{RIGHT}"), id="a heading"),
        pytest.param(says(f"<p><b>The</b>{RIGHT[3:]}</p><script>alert(1)</script>"), id="html"),
        pytest.param(says("\x00".join(RIGHT)), id="null bytes"),
        pytest.param(says("\U000e0041\u200b".join(RIGHT)), id="invisible characters"),
        pytest.param(says(RIGHT.replace("[1]", "[1](http://evil.example/x)[99]")), id="links"),
        pytest.param(events(event(content="\ud800" + RIGHT)), id="half a character"),
    ],
)
async def test_what_is_not_meant_to_be_read_is_not_shown(
    desk: Desk, server: LlmServer, reply: Reply
) -> None:
    server.will(reply)
    answer = await desk.ask(QUESTION)

    assert (answer.text, answer.note) == (RIGHT, "")
    assert len(server.requests) == 1
    assert not any(mark in "".join(written(desk)) for mark in ("<", "**", "\x00", "evil", "alert"))


async def test_thinking_is_not_streamed(desk: Desk, server: LlmServer) -> None:
    server.will(says(f"<think>It may serve 420,000 people, I think.</think>{RIGHT}"))
    await desk.ask(QUESTION)
    assert written(desk)
    assert all(RIGHT.startswith(text) for text in written(desk))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(raw=b"<html>502</html>", content_type="text/html"), id="a web page"),
        pytest.param(Reply(raw=b"<?xml?>", content_type="application/xml"), id="xml"),
        pytest.param(Reply(status=204, raw=b""), id="nothing"),
        pytest.param(events(b"data: null\n\n", b"data: 7\n\n", b'data: "x"\n\n'), id="no objects"),
        pytest.param(events(b"data: " + b"[" * 200_000 + b"\n\n"), id="deep json"),
        pytest.param(events(b'data: {"error": {"message": "boom"}}\n\n'), id="an error"),
        pytest.param(events(b"data: \xff\xfe\n\n"), id="no utf-8"),
        pytest.param(events(event(tool_calls=[a_call(id_=None)])), id="a call without id"),
        pytest.param(events(event(tool_calls=[a_call(name=None)])), id="a call of nothing"),
        pytest.param(
            events(event(tool_calls=[a_call(arguments='{"query": "\\ud800"}')])), id="half a query"
        ),
        pytest.param(
            events(event(tool_calls=[a_call(arguments='{"query": ' + "[" * 100_000)])),
            id="a deep query",
        ),
        pytest.param(
            events(event(tool_calls=[a_call(arguments=json.dumps({"query": "x" * 100_000}))])),
            id="a long query",
        ),
    ],
)
async def test_nonsense_is_asked_about_once_more(
    desk: Desk, server: LlmServer, reply: Reply
) -> None:
    server.will(reply)
    answer = await desk.ask(QUESTION)
    assert (answer.text, len(server.requests)) == (RIGHT, 2)


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            (
                event(tool_calls=[a_call(arguments='{"que')]),
                event(tool_calls=[a_call(name="read_article", arguments='ry": "x"}')]),
            ),
            id="another tool",
        ),
        pytest.param(
            (event(tool_calls=[a_call(arguments='{"que')]), event(content=RIGHT)), id="a text"
        ),
    ],
)
async def test_a_call_that_turns_into_something_else_is_answered_with_words(
    desk: Desk, server: LlmServer, pieces: tuple[bytes, ...]
) -> None:
    server.will(events(*pieces))
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    assert len(server.requests) == 2


@pytest.mark.parametrize("finish", ["length", "content_filter"])
async def test_a_sentence_that_was_cut_off_is_not_sent(
    desk: Desk, server: LlmServer, finish: str
) -> None:
    server.otherwise = Reply(f"{RIGHT} Mayor Helena Brandao did", finish=finish)
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    assert answer.note == texts.say("en", "part_left_out")


# Replies beyond measure


async def test_a_text_without_end_is_not_read_on(desk: Desk, server: LlmServer) -> None:
    server.will(drips(event(content="word " * 500)))
    started = time.monotonic()
    answer = await desk.ask(QUESTION)
    assert time.monotonic() - started < 4
    assert answer.text == RIGHT


async def test_of_thousands_of_calls_at_once_none_is_made(desk: Desk, server: LlmServer) -> None:
    server.will(events(*(event(tool_calls=[a_call(at)]) for at in range(3_000))))
    started = time.monotonic()
    answer = await desk.ask(QUESTION)
    assert time.monotonic() - started < 4
    assert is_quoted(answer, "model_failed")


async def test_of_many_calls_at_once_the_first_are_made(desk: Desk, server: LlmServer) -> None:
    server.will(events(event(tool_calls=[a_call(at, id_=f"c{at}") for at in range(MOST_CALLS)])))
    answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT
    made = [one for one in server.requests[1].body["messages"] if one["role"] == "tool"]
    assert len(made) == MOST_CALLS_AT_ONCE


@pytest.mark.parametrize("packed", [False, True])
async def test_a_reply_too_large_to_hold_is_not_read(
    desk: Desk, server: LlmServer, packed: bool
) -> None:
    headers = (("Content-Encoding", "gzip"),) if packed else ()
    server.otherwise = Reply(raw=b"x" * (10 if packed else LARGEST_REPLY + 1), headers=headers)
    answer = await desk.ask(QUESTION)
    assert is_quoted(answer, "model_failed")
    assert all(one.headers["Accept-Encoding"] == "identity" for one in server.requests)


async def test_a_redirect_is_not_followed(library: Library, desk: Desk, server: LlmServer) -> None:
    async with LlmServer(otherwise=says(RIGHT)) as inside:
        target = f"{inside.url}/chat/completions"
        for status in (301, 302, 303, 307, 308):
            server.will(Reply(status=status, headers=(("Location", target),), raw=b""))
            assert is_quoted(await desk.ask(QUESTION), "model_failed")
        assert inside.requests == []


# Time


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(stalls(60), id="silence"),
        pytest.param(drips(b": ping\n\n", pause=0.02), id="signs of life"),
        pytest.param(drips(event(content="a "), pause=0.05), id="a trickle"),
        pytest.param(drips(event(content="")), id="a flood of nothing"),
        pytest.param(fails(429, retry_after=3_600), id="later"),
        pytest.param(fails(503, retry_after=1), id="a little later"),
    ],
)
async def test_the_quoted_answer_comes_in_time_also_when_both_models_stall(
    library: Library, server: LlmServer, reply: Reply
) -> None:
    limits = replace(QUICK, seconds=0.8)
    server.otherwise = reply
    async with (
        LlmServer(otherwise=reply) as second,
        a_desk(library, server, fallback=second, limits=limits, silence=60) as desk,
    ):
        started = time.monotonic()
        answer = await desk.ask(QUESTION)
        taken = time.monotonic() - started

    assert is_quoted(answer, "model_failed")
    assert taken < limits.seconds + 3


async def test_a_repair_that_stalls_leaves_what_was_borne_out_in_time(
    library: Library, server: LlmServer
) -> None:
    limits = replace(QUICK, seconds=5.6)
    server.will(says(f"{RIGHT} It will serve 990,000 people [1]."))
    server.otherwise = stalls(60)
    async with a_desk(library, server, limits=limits, silence=0.1) as desk:
        answer = await desk.ask(QUESTION)
    assert answer.text == RIGHT


# What it says it cost


@pytest.mark.parametrize(
    ("person", "usage"),
    [
        (81, None),
        (82, {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
        (83, {"prompt_tokens": -5, "completion_tokens": 10**30, "total_tokens": 1}),
        (84, {"prompt_tokens": 10**18, "completion_tokens": 1, "total_tokens": 1}),
    ],
)
async def test_what_it_cost_is_estimated_where_nobody_says_so_credibly(
    desk: Desk, server: LlmServer, person: int, usage: object
) -> None:
    last = json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m",
                       "choices": [], "usage": usage})  # fmt: skip
    server.will(events(event(content=RIGHT), *([f"data: {last}\n\n".encode()] if usage else [])))
    await desk.ask(QUESTION, asker=Asker(person=person))

    used = desk.book.used(NOW - DAY, person)
    assert 200 < used.input_tokens < 5_000
    assert len(RIGHT) / 5 < used.output_tokens < len(RIGHT)


async def test_a_refused_request_costs_nothing(desk: Desk, server: LlmServer) -> None:
    server.otherwise = fails(403)
    await desk.ask(QUESTION, asker=Asker(person=85))
    assert desk.book.used(NOW - DAY, 85) == Usage()
