"""The agent and the real client of OpenAI's protocol, against a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
import pytest_asyncio
from langchain_core.tools import BaseTool, tool

from bot.agent import Agent, Asking, Draft, Limits
from bot.agent_stream import LONGEST_DRAFT
from bot.answers import Turn
from bot.events import Event, Writing
from bot.llm import Kind, ModelSpec, open_model
from bot.usage import Usage
from tests.archive import NOW
from tests.desk import QUICK, without_certificates
from tests.llm_server import LlmServer, Reply, breaks_off, calls, fails, says, stalls

ASKING = Asking("How much was it?", '<passage n="1">It was $5 billion.</passage>', "en", NOW)


@pytest.fixture(autouse=True)
def no_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    without_certificates(monkeypatch)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[LlmServer]:
    async with LlmServer() as server:
        yield server


@pytest_asyncio.fixture
async def second() -> AsyncIterator[LlmServer]:
    async with LlmServer() as server:
        yield server


class Looking:
    """A tool that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    @property
    def tools(self) -> Sequence[BaseTool]:
        @tool
        async def search_news(query: str, limit: int = 6) -> str:
            """Search."""
            self.asked.append((query, limit))
            return f"found for {query}"

        return [search_news]


async def draft(
    server: LlmServer,
    *replies: Reply,
    fallback: LlmServer | None = None,
    limits: Limits = QUICK,
    asking: Asking = ASKING,
    tools: Sequence[BaseTool] = (),
    events: list[Event] | None = None,
    silence: float = 1.0,
) -> Draft:
    server.will(*replies)
    agent = an_agent(server, fallback, limits, silence)

    async def keep(event: Event) -> None:
        if events is not None:
            events.append(event)

    try:
        return await agent.draft(asking, tools, keep)
    finally:
        await agent.close()


def an_agent(
    server: LlmServer,
    fallback: LlmServer | None = None,
    limits: Limits = QUICK,
    silence: float = 1.0,
) -> Agent:
    spec = ModelSpec("local", server.url, timeout=silence)
    other = open_model(replace(spec, base_url=fallback.url)) if fallback else None
    return Agent(open_model(spec), other, limits)


async def nothing(_event: Event) -> None:
    pass


# What it is told


async def test_the_model_is_told_the_day_the_language_and_the_passages(server: LlmServer) -> None:
    await draft(server, says("It was $5 billion [1]."), asking=replace(ASKING, language="pt"))

    system = server.requests[0].body["messages"][0]["content"]
    assert "Sunday, 01 June 2025 (UTC)" in system
    assert "In Portuguese" in system
    assert "It was $5 billion." in server.requests[0].last
    assert "The question: How much was it?" in server.requests[0].last


async def test_the_conversation_goes_along_without_the_labels_of_its_answers(
    server: LlmServer,
) -> None:
    history = (Turn("user", "And [1] before?"), Turn("assistant", "It was less [1][2]."))
    await draft(server, says("So [1]."), asking=replace(ASKING, history=history))

    said = [message["content"] for message in server.requests[0].body["messages"][1:3]]
    assert said == ["And [1] before?", "It was less."]


async def test_a_long_conversation_is_summarised_not_cut(server: LlmServer) -> None:
    history = tuple(
        Turn("user" if at % 2 == 0 else "assistant", f"turn {at} " + "words of it " * 400)
        for at in range(40)
    )
    drafted = await draft(
        server,
        says("They spoke of harbours."),
        says("It was $5 billion [1]."),
        asking=replace(ASKING, history=history),
    )

    assert drafted.text == "It was $5 billion [1]."
    assert "turn 0 " in server.requests[0].texts
    assert "They spoke of harbours." in server.requests[1].texts
    assert "turn 0 " not in server.requests[1].texts
    assert "turn 39 " in server.requests[1].texts


# Tools


async def test_it_looks_things_up_and_then_answers(server: LlmServer) -> None:
    looking = Looking()
    drafted = await draft(
        server,
        calls("search_news", query="usina", limit=3),
        says("It was $5 billion [1]."),
        tools=looking.tools,
    )

    assert drafted.text == "It was $5 billion [1]."
    assert looking.asked == [("usina", 3)]
    assert server.requests[1].last == "found for usina"


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (calls("nope", query="x"), "nope"),
        (Reply(tool_calls=(("search_news", "{bad"),)), ""),
        (calls("search_news"), "query"),
        (calls("search_news", query="x", limit="many"), "limit"),
        (calls("search_news", query={"a": 1}), "query"),
        (Reply(tool_calls=(("", "{}"),)), ""),
    ],
)
async def test_a_call_that_makes_no_sense_is_answered_with_words(
    server: LlmServer, reply: Reply, told: str
) -> None:
    looking = Looking()
    drafted = await draft(server, reply, says("So it is [1]."), tools=looking.tools)

    assert drafted.text == "So it is [1]."
    assert looking.asked == []
    assert told in server.requests[1].texts


async def test_several_calls_at_once_are_all_made(server: LlmServer) -> None:
    looking = Looking()
    both = Reply(tool_calls=(("search_news", '{"query": "a"}'), ("search_news", '{"query": "b"}')))
    await draft(server, both, says("So [1]."), tools=looking.tools)
    assert sorted(query for query, _ in looking.asked) == ["a", "b"]


async def test_an_endless_loop_of_tools_ends_with_a_reply_without_tools(
    server: LlmServer,
) -> None:
    looking = Looking()
    server.answering = lambda request: (
        calls("search_news", query="again") if request.tools else says("Enough [1].")
    )
    drafted = await draft(server, tools=looking.tools, limits=replace(QUICK, calls=3))

    assert drafted.text == "Enough [1]."
    assert len(server.requests) == 3
    assert server.requests[2].tools == []


async def test_a_model_that_calls_tools_it_was_not_given_comes_to_an_end(
    server: LlmServer,
) -> None:
    server.otherwise = calls("search_news", query="again")
    drafted = await draft(server, tools=Looking().tools, limits=replace(QUICK, calls=3))

    assert drafted.trouble is not None
    assert drafted.trouble.kind is Kind.NONSENSE
    assert len(server.requests) == 3


async def test_a_hundred_calls_in_one_reply_are_not_all_made(server: LlmServer) -> None:
    looking = Looking()
    many = Reply(tool_calls=tuple(("search_news", f'{{"query": "{n}"}}') for n in range(100)))
    drafted = await draft(server, many, says("So [1]."), tools=looking.tools)

    assert drafted.text == "So [1]."
    assert len(looking.asked) <= 3 * QUICK.calls


async def test_past_its_tokens_a_question_gets_one_more_reply(server: LlmServer) -> None:
    server.answering = lambda request: (
        calls("search_news", query="again") if request.tools else says("Enough [1].")
    )
    drafted = await draft(server, tools=Looking().tools, limits=replace(QUICK, calls=9, tokens=100))
    assert drafted.text == "Enough [1]."
    assert len(server.requests) == 2


async def test_a_model_without_tools_is_asked_without_and_never_again_with(
    server: LlmServer,
) -> None:
    server.knows_tools = False
    server.otherwise = says("It was $5 billion [1].")
    agent = an_agent(server)
    for _ in range(2):
        drafted = await agent.draft(ASKING, Looking().tools, nothing)
        assert drafted.text == "It was $5 billion [1]."
    await agent.close()

    assert [bool(request.tools) for request in server.requests] == [True, False, False]


async def test_a_first_model_without_tools_is_not_given_up_for_the_fallback(
    server: LlmServer, second: LlmServer
) -> None:
    server.knows_tools = False
    drafted = await draft(server, says("First [1]."), fallback=second, tools=Looking().tools)
    assert drafted.text == "First [1]."
    assert second.requests == []


# Streaming


async def test_the_text_comes_as_it_is_written(server: LlmServer) -> None:
    events: list[Event] = []
    await draft(server, says("It was $5 billion in all, they say [1]."), events=events)

    texts = [event.text for event in events if isinstance(event, Writing)]
    assert len(texts) > 2
    assert all(later.startswith(sooner) for sooner, later in pairwise(texts))
    assert texts[-1] == "It was $5 billion in all, they say"


async def test_what_is_said_before_a_call_is_no_answer(server: LlmServer) -> None:
    thinking = Reply("Let me look that up.", tool_calls=(("search_news", '{"query": "x"}'),))
    drafted = await draft(server, thinking, says("So [1]."), tools=Looking().tools)
    assert drafted.text == "So [1]."


async def test_an_address_is_not_streamed(server: LlmServer) -> None:
    events: list[Event] = []
    text = "It was much. See https://evil.example/?q=secret for more, or t.me/evil now."
    await draft(server, says(text), events=events)

    texts = [event.text for event in events if isinstance(event, Writing)]
    assert texts[-1] == "It was much. See"
    assert not any("evil" in one for one in texts)


async def test_a_model_that_writes_on_and_on_is_not_read_on(server: LlmServer) -> None:
    drafted = await draft(server, says("word " * 4_000))
    assert len(drafted.text) <= LONGEST_DRAFT


# Failures


async def test_what_may_pass_is_asked_once_more(server: LlmServer) -> None:
    drafted = await draft(server, breaks_off("a text that breaks off", 12), says("So [1]."))
    assert drafted.text == "So [1]."


async def test_what_broke_off_is_taken_back_by_what_follows(server: LlmServer) -> None:
    events: list[Event] = []
    await draft(server, breaks_off("a text that breaks off", 12), says("So [1]."), events=events)
    texts = [event.text for event in events if isinstance(event, Writing)]
    assert texts == ["a text that", "So"]


@pytest.mark.parametrize(
    ("reply", "kind", "requests"),
    [
        (fails(401), Kind.KEY, 1),
        (fails(404), Kind.UNKNOWN_MODEL, 1),
        (fails(400, message="content policy"), Kind.REFUSED, 1),
        (fails(400, message="maximum context length"), Kind.TOO_LONG, 1),
        (says(""), Kind.NONSENSE, 1),
        (says(" \n "), Kind.NONSENSE, 1),
        (Reply(tool_calls=(("search_news", "[]"),)), Kind.NONSENSE, 1),
        (Reply(raw=b"not json at all"), Kind.NONSENSE, 2),
        (Reply(raw=b'{"choices": 7}'), Kind.NONSENSE, 2),
    ],
)
async def test_a_failure_is_a_value(
    server: LlmServer, reply: Reply, kind: Kind, requests: int
) -> None:
    server.otherwise = reply
    drafted = await draft(server)
    assert drafted.text == ""
    assert drafted.trouble is not None
    assert drafted.trouble.kind is kind
    assert len(server.requests) == requests


async def test_a_stall_ends_with_the_questions_time(server: LlmServer) -> None:
    server.otherwise = stalls()
    started = asyncio.get_running_loop().time()
    drafted = await draft(server, limits=replace(QUICK, seconds=0.5), silence=60)
    assert asyncio.get_running_loop().time() - started < 2
    assert drafted.trouble is not None
    assert drafted.trouble.kind is Kind.SLOW


async def test_a_reply_that_trickles_ends_with_the_questions_time(server: LlmServer) -> None:
    drafted = await draft(
        server, says("word " * 500, pause=0.05), limits=replace(QUICK, seconds=0.4)
    )
    assert drafted.trouble is not None
    assert drafted.trouble.kind is Kind.SLOW


@pytest.mark.parametrize(
    "reply", [fails(401), fails(404), fails(400, message="policy"), Reply(raw=b"{}")]
)
async def test_the_fallback_answers_when_the_first_model_fails(
    server: LlmServer, second: LlmServer, reply: Reply
) -> None:
    server.otherwise = reply
    second.will(says("From the second [1]."))
    drafted = await draft(server, fallback=second)
    assert drafted.text == "From the second [1]."


async def test_the_fallback_has_time_left_when_the_first_model_stalls(
    server: LlmServer, second: LlmServer
) -> None:
    server.otherwise = stalls()
    second.will(says("From the second [1]."))
    drafted = await draft(server, fallback=second, limits=replace(QUICK, seconds=1.0), silence=60)
    assert drafted.text == "From the second [1]."


async def test_the_fallback_does_not_wait_as_long_as_the_first_model_asks_for(
    server: LlmServer, second: LlmServer
) -> None:
    server.otherwise = fails(429, retry_after=50)
    second.will(says("From the second [1]."))
    drafted = await draft(server, fallback=second, limits=replace(QUICK, seconds=1.0))
    assert drafted.text == "From the second [1]."


async def test_when_both_fail_the_trouble_is_told(server: LlmServer, second: LlmServer) -> None:
    server.otherwise = second.otherwise = fails(401)
    drafted = await draft(server, fallback=second)
    assert drafted.trouble is not None
    assert drafted.trouble.kind is Kind.KEY


async def test_what_every_reply_costs_is_counted(server: LlmServer) -> None:
    drafted = await draft(
        server, calls("search_news", query="x"), says("So [1]."), tools=Looking().tools
    )
    written = [max(1, len(text) // 4) for text in ("", "So [1].")]
    assert drafted.usage.output_tokens == sum(written)
    assert drafted.usage.input_tokens > 500


# Repair


async def test_a_repair_tells_the_model_what_is_wrong_with_its_draft(server: LlmServer) -> None:
    server.will(says("It was $5 billion [1]."))
    agent = an_agent(server)
    better = await agent.repair(ASKING, "It was $9 billion [1].", ["“$9 billion”: no"], 2.0)
    await agent.close()

    assert better.text == "It was $5 billion [1]."
    assert better.usage != Usage()
    roles = [message["role"] for message in server.requests[0].body["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert "- “$9 billion”: no" in server.requests[0].last


@pytest.mark.parametrize("reply", [fails(401), Reply(raw=b"{}"), Reply(raw=b"no")])
async def test_a_repair_falls_back_too(server: LlmServer, second: LlmServer, reply: Reply) -> None:
    server.otherwise = reply
    second.will(says("It was $5 billion [1]."))
    agent = an_agent(server, second)
    better = await agent.repair(ASKING, "It was $9 billion [1].", ["no"], 2.0)
    await agent.close()
    assert better.text == "It was $5 billion [1]."


async def test_a_repair_that_takes_too_long_is_none(server: LlmServer) -> None:
    server.otherwise = stalls()
    agent = an_agent(server)
    better = await agent.repair(ASKING, "It was $9 billion [1].", ["no"], 0.2)
    await agent.close()
    assert better.text == ""
    assert better.trouble is not None
    assert better.trouble.kind is Kind.SLOW


async def test_a_bug_of_our_own_is_not_taken_for_the_models(server: LlmServer) -> None:
    @tool
    async def search_news(query: str) -> str:
        """Search."""
        raise ZeroDivisionError(query)

    with pytest.raises(ZeroDivisionError):
        await draft(server, calls("search_news", query="x"), tools=[search_news])
