"""What an answer with a language model costs besides the model: all that Pauta does itself.

The scripted server takes next to no time of its own; what it takes is measured and subtracted.
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from bot.app import build
from bot.research import ResearchAssistant
from bot.settings import Settings
from tests.bench.corpus import questions
from tests.bench.figures import Figure, percentile
from tests.llm_server import LlmServer, Reply, Request, calls, says


@dataclass(slots=True)
class _Quoting:
    """A model that looks once more, and then says the first sentence of the first passage."""

    seconds: list[float] = field(default_factory=list)

    def __call__(self, request: Request) -> Reply:
        started = time.perf_counter()
        reply = self._reply(request)
        self.seconds.append(time.perf_counter() - started)
        return reply

    def _reply(self, request: Request) -> Reply:
        if request.body["messages"][-1]["role"] != "tool":
            return calls("search_news", query=request.last.partition("The question:")[2].strip())
        found = re.search(r'<passage n="(\d+)"[^>]*>\n([^\n.]{1,300}\.)', request.texts)
        return says(f"{found[2]} [{found[1]}]" if found else "NOT FOUND")


def measure(home: Path, count: int) -> list[Figure]:
    """On the archive in `home`; two replies and two searches a question."""
    return asyncio.run(_measure(home, count))


async def _measure(home: Path, count: int) -> list[Figure]:
    model = _Quoting()
    overhead: list[float] = []
    quoted: list[float] = []
    async with LlmServer(answering=model) as server:
        settings = Settings.model_validate(
            {"home": home, "llm": "scripted", "llm_base_url": server.url}
        )
        with build(settings, purpose="bench") as pauta:
            assistant = pauta.assistant
            assert isinstance(assistant, ResearchAssistant)
            await assistant.answer("warm up?")
            for question in questions(count):
                model.seconds.clear()
                started = time.perf_counter()
                await assistant.answer(question)
                taken = time.perf_counter() - started - sum(model.seconds)
                overhead.append(taken * 1000)
                started = time.perf_counter()
                await assistant.quoting.answer(question)
                quoted.append((time.perf_counter() - started) * 1000)
            await assistant.close()
    return [
        Figure(
            f"question to written answer besides the model, {name}",
            percentile(overhead, share),
            "ms",
            percentile(quoted, share),
            "the quoted answer",
        )
        for name, share in (("p50", 0.5), ("p95", 0.95))
    ]
