"""What `@bot words` waits for: from the words typed to what is offered, without the network.

`python -m tests.bench.inline 10000`: the sample, then archives of so many synthetic chunks
(`growth`), which stay in `--cache` and are made once. On a busy machine the time of the
processor says more than the clock's.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bot.app import build, load_sample
from bot.asker import TERMINAL
from bot.inline import InlineSearch
from bot.settings import Settings
from retrieval.browse import Catalogue
from retrieval.embed import BundledEmbedder
from retrieval.keywords import SqliteKeywordIndex
from retrieval.protocols import Embedder
from retrieval.retriever import Retriever
from retrieval.terms import read_terms
from tests.bench import growth
from tests.bench.corpus import questions
from tests.bench.figures import Figure, percentile

WANTED = "< 300 ms"
QUESTIONS = 30
WORDS = 3
"""Of each question: nobody types a whole one above a chat."""


def measure(home: Path, count: int) -> list[Figure]:
    """In the archive of `home`, with the words of so many questions."""
    with build(Settings.model_validate({"home": home}), purpose="bench") as pauta:
        return _measure(pauta.inline_search, pauta.embedder, count, pauta.store.chunk_count())


def measure_grown(size: int, cache: Path) -> list[Figure]:
    """In a synthetic archive of so many chunks."""
    embedder = BundledEmbedder()
    with growth.opened(cache / str(size), embedder) as (store, vectors):
        growth.fill(store, vectors, embedder, size)
        words = SqliteKeywordIndex(store.engine)
        retriever = Retriever(store, vectors, words, embedder)
        catalogue = Catalogue(store.engine)
        search = InlineSearch(retriever, embedder, catalogue, lambda: growth.LAST_DAY)
        return _measure(search, embedder, QUESTIONS, store.chunk_count())


def _measure(search: InlineSearch, embedder: Embedder, count: int, chunks: int) -> list[Figure]:
    typed = list(dict.fromkeys(filter(None, map(_typed, questions(count)))))
    whole: list[float] = []
    embedding: list[float] = []
    processor: list[float] = []
    search("warm up", TERMINAL)
    for words in typed:
        with _timed(embedding):
            embedder.embed_query(words)
        with _timed(whole), _timed(processor, time.process_time):
            search(words, TERMINAL)
    nothing: list[float] = []
    for _ in range(count):
        with _timed(nothing):
            search("", TERMINAL)
    found = [
        Figure(
            f"inline, {chunks:,} chunks, {name}",
            percentile(whole, share),
            "ms",
            percentile(embedding, share),
            "embedding the words alone",
            WANTED,
        )
        for name, share in (("p50", 0.5), ("p95", 0.95))
    ]
    busy = Figure(
        f"inline, {chunks:,} chunks, processor time, p95", percentile(processor, 0.95), "ms",
        wanted=WANTED,
    )  # fmt: skip
    latest = Figure(
        f"inline, {chunks:,} chunks, nothing typed, p95", percentile(nothing, 0.95), "ms",
        wanted=WANTED,
    )  # fmt: skip
    return [*found, busy, latest]


def _typed(question: str) -> str:
    words = [" ".join(form) for term in read_terms(question) for form in sorted(term.forms)[:1]]
    return " ".join(words[:WORDS])


@contextmanager
def _timed(into: list[float], clock: Callable[[], float] = time.perf_counter) -> Iterator[None]:
    started = clock()
    yield
    into.append((clock() - started) * 1000)


def _with_sample() -> list[Figure]:
    with TemporaryDirectory() as folder:
        with build(Settings.model_validate({"home": folder}), purpose="bench") as pauta:
            load_sample(pauta, lambda *_: None)
        return measure(Path(folder), QUESTIONS)


def show(figures: Sequence[Figure]) -> None:
    table = Table("what", "Pauta", "baseline", "of", "ratio", "wanted")
    for figure in figures:
        table.add_row(*figure.cells())
    Console(width=130).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.inline", description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", metavar="CHUNKS")
    parser.add_argument("--cache", type=Path, default=growth.CACHE)
    arguments = parser.parse_args()
    figures = _with_sample()
    for size in arguments.sizes:
        figures += measure_grown(size, arguments.cache)
    show(figures)


if __name__ == "__main__":
    main()
