"""A little coverage to try Pauta with: invented outlets, three languages.

Loaded by the first start into an empty archive, marked as sample in every answer, taken
out by `pauta sample remove` and not loaded again after that.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import as_file, files

from retrieval.jsonl import read_jsonl
from retrieval.models import Article, Rejected


def articles() -> Iterator[Article | Rejected]:
    """The sample's articles, marked as sample."""
    with as_file(files(__package__).joinpath("coverage.jsonl")) as path:
        yield from read_jsonl(path, sample=True)
