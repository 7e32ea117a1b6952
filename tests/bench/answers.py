"""Question to quoted answer, beside the embedding of the question alone."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bot.app import build
from bot.settings import Settings
from tests.bench.corpus import questions
from tests.bench.figures import Figure, percentile


def measure(home: Path, count: int) -> list[Figure]:
    return asyncio.run(_measure(home, count))


async def _measure(home: Path, count: int) -> list[Figure]:
    whole: list[float] = []
    embedding: list[float] = []
    with build(Settings.model_validate({"home": home}), purpose="bench") as pauta:
        await pauta.assistant.answer("warm up?")
        for question in questions(count):
            started = time.perf_counter()
            pauta.embedder.embed_query(question)
            embedding.append((time.perf_counter() - started) * 1000)
            started = time.perf_counter()
            await pauta.assistant.answer(question)
            whole.append((time.perf_counter() - started) * 1000)
    return [
        Figure(
            f"question to quoted answer, {name}",
            percentile(whole, share),
            "ms",
            percentile(embedding, share),
            "embedding the question alone",
        )
        for name, share in (("p50", 0.5), ("p95", 0.95))
    ]
