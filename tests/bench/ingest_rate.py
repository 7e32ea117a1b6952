"""Articles and chunks a second into an archive, by one worker and by two.

    python -m tests.bench.ingest_rate [--articles 60]

Each worker is `pauta ingest --jsonl` with its share of the articles of the news, into an empty
archive: SQLite and a Chroma folder, which one process at a time may write to, then PostgreSQL and
a Chroma server, with one and with two workers. The clock runs from the start of the processes to
the end of the last, less what one takes that has nothing to do.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.places import corpus_place
from bot.settings import Settings
from retrieval.store import Store, open_corpus
from tests.bench.corpus import NEWS
from tests.bench.installed import pauta
from tests.bench.processes import a_postgres_server, child, cpu_seconds, machine_busy
from tests.chroma_server import a_chroma_server

HEAD = (
    "| engines | workers | articles/s | chunks/s | the workers' processors | all others' | "
    "chunks a second of a processor |\n|---|---|---|---|---|---|---|"
)


def shares(folder: Path, articles: int, workers: int) -> list[Path]:
    """A bulk file for each worker."""
    with gzip.open(NEWS / "articles.jsonl.gz", "rt", encoding="utf-8") as lines:
        wanted = list(islice(lines, articles))
    files = [folder / f"share{workers}-{at}.jsonl" for at in range(workers)]
    for at, file in enumerate(files):
        file.write_text("".join(wanted[at::workers]), encoding="utf-8")
    return files


def counts(home: Path, servers: dict[str, str]) -> npt.NDArray[np.int64]:
    """Articles and chunks in the archive."""
    url = servers.get("PAUTA_DATABASE_URL")
    settings = Settings.model_validate({"home": home, "database_url": url})
    store = Store(open_corpus(corpus_place(settings)))
    found = np.array([store.article_count(), store.chunk_count()])
    store.close()
    return found


def measure(engines: str, workers: int, articles: int) -> str:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder, servers = Path(name), dict[str, str]()
        home = folder / "home"
        if engines == "servers":
            postgres = stack.enter_context(a_postgres_server())
            chroma = stack.enter_context(a_chroma_server(folder / "vectors"))
            servers = {"PAUTA_DATABASE_URL": postgres.make(), "PAUTA_CHROMA_URL": chroma.url}
        (one,) = shares(folder, 1, 1)
        pauta(home, "ingest", "--jsonl", str(one), **servers)  # makes the schema
        there, began = counts(home, servers), time.monotonic()
        pauta(home, "ingest", "--jsonl", str(one), **servers)
        idle = time.monotonic() - began
        files = shares(folder, articles, workers)
        began, busy = time.monotonic(), machine_busy()
        with (folder / "said").open("wb") as output:
            env = {"PAUTA_HOME": str(home), **servers}
            started = [
                child(("bot", "ingest", "--jsonl", str(file)), env, output) for file in files
            ]
            used = 0.0
            while any(one.poll() is None for one in started):
                used = max(used, sum(cpu_seconds(one.pid) for one in started))
                time.sleep(0.2)
        seconds = time.monotonic() - began
        others = machine_busy() - busy - used
        assert not any(one.returncode for one in started), (folder / "said").read_text()
        articles, chunks = counts(home, servers) - there
    at_work = seconds - idle
    return (
        f"| {engines} | {workers} | {articles / at_work:.1f} | {chunks / at_work:.1f} | "
        f"{used / seconds:.2f} | {others / seconds:.2f} | {chunks / used:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("bench-results/ingest.md"))
    arguments = parser.parse_args()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    rows = [HEAD]
    print(HEAD, flush=True)
    for engines, workers in (("files", 1), ("servers", 1), ("servers", 2)):
        rows.append(measure(engines, workers, arguments.articles))
        print(rows[-1], flush=True)
    arguments.out.write_text("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
