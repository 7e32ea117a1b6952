"""A crash at any step loses nothing and leaves nothing half-indexed: the next run completes it.

The run under test meets new, changed, unchanged and duplicate articles, some of which stand
at another address too, and then a removal.
Whatever breaks, wherever, a fresh run over the same folder ends in exactly the state of a
run that nothing disturbed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from retrieval import ingest as ingest_module
from retrieval.ingest import Ingest
from retrieval.models import Article
from tests.archive import Archive, Contents, an_archive, assert_consistent, clock
from tests.builders import a_long_text, a_paragraph, an_article, articles
from tests.fakes import FakeEmbedder


class Crash(BaseException):
    """Stands for a power cut: nobody catches it."""


ALONE = articles(4, paragraphs=8)
COPIES = [
    replace(article, url=f"https://elsewhere.example.org/{number}", source="Lusa")
    for number, article in enumerate(ALONE)
]
KNOWN = ALONE + COPIES
REMOVED = KNOWN[3]


def coverage() -> list[Article]:
    """Two new, one corrected, one unchanged, one shortened; a copy."""
    new, other = (
        an_article(a_long_text(5, first=start), url=f"https://news.example.com/new{start}")
        for start in (40, 60)
    )
    return [
        new,
        replace(KNOWN[0], text=f"{a_paragraph(80)}\n\n{KNOWN[0].text}"),
        KNOWN[1],
        replace(KNOWN[2], text=a_long_text(1, first=16)),
        replace(new, url="https://copy.example.com/new"),
        other,
    ]


def run(archive: Archive) -> None:
    archive.ingest.reconcile()
    archive.ingest.add(coverage())
    archive.ingest.remove([REMOVED.id])


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    with an_archive(folder) as archive:
        archive.ingest.add(KNOWN)
        assert_consistent(archive)
    return folder


@pytest.fixture(scope="module")
def undisturbed(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    folder = tmp_path_factory.mktemp("undisturbed") / "archive"
    shutil.copytree(prepared, folder)
    with an_archive(folder) as archive:
        run(archive)
        return assert_consistent(archive)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_module, "COMMIT_CHUNKS", 4)


class Counter:
    """Crashes at the n-th call, counted over all that report to it."""

    def __init__(self, n: int) -> None:
        self._left = n

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Crash


class Fragile:
    """Passes every call on; one method crashes, before or after it has done its work."""

    def __init__(self, inner: Any, method: str, *, after: bool, tick: Callable[[], None]) -> None:
        self._inner, self._method, self._after, self._tick = inner, method, after, tick

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            if not self._after:
                self._tick()
            result = found(*args, **kwargs)
            if self._after:
                self._tick()
            return result

        return call


@contextmanager
def copy_of(
    prepared: Path, folder: Path, embedder: FakeEmbedder | None = None
) -> Iterator[Archive]:
    shutil.copytree(prepared, folder)
    with an_archive(folder, embedder) as archive:
        yield archive


def assert_completed(folder: Path, undisturbed: Contents) -> None:
    with an_archive(folder) as archive:
        run(archive)
        found = assert_consistent(archive)
    assert found == undisturbed


STEPS = [
    *[("store", method) for method in ("known", "cached_vectors", "write", "pending", "settle")],
    *[("store", "delete_articles")],
    *[("vectors", method) for method in ("upsert", "delete")],
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("part", "method"), STEPS)
def test_a_crash_at_any_call_of_any_step_is_completed_by_the_next_run(
    prepared: Path, undisturbed: Contents, tmp_path: Path, part: str, method: str, after: bool
) -> None:
    crashes = 0
    for n in (1, 3):
        folder = tmp_path / f"{n}"
        with copy_of(prepared, folder) as archive:
            parts = {"store": archive.store, "vectors": archive.vectors}
            parts[part] = Fragile(parts[part], method, after=after, tick=Counter(n))
            ingest = Ingest(parts["store"], parts["vectors"], archive.embedder, clock)  # type: ignore[arg-type]
            try:
                ingest.add(coverage())
                ingest.remove([REMOVED.id])
            except Crash:
                crashes += 1
        assert_completed(folder, undisturbed)
    assert crashes


@pytest.mark.parametrize("at_text", [1, 3, 5, 7])
def test_a_crash_while_embedding_is_completed_by_the_next_run(
    prepared: Path, undisturbed: Contents, tmp_path: Path, at_text: int
) -> None:
    tick = Counter(at_text)
    embedder = FakeEmbedder(before_text=lambda _text: tick())

    with copy_of(prepared, tmp_path / "a", embedder) as archive, pytest.raises(Crash):
        run(archive)

    assert_completed(tmp_path / "a", undisturbed)


@pytest.mark.parametrize("share", [number / 10 for number in range(10)])
def test_a_crash_before_any_statement_of_the_database_is_completed_by_the_next_run(
    prepared: Path, undisturbed: Contents, tmp_path: Path, share: float
) -> None:
    seen: list[str] = []
    with copy_of(prepared, tmp_path / "count") as archive:
        event.listen(
            archive.store.engine, "before_cursor_execute", lambda *args: seen.append(args[2])
        )
        run(archive)
    tick = Counter(1 + int(share * len(seen)))

    with copy_of(prepared, tmp_path / "a") as archive:
        event.listen(archive.store.engine, "before_cursor_execute", lambda *_args: tick())
        with pytest.raises(Crash):
            run(archive)

    assert_completed(tmp_path / "a", undisturbed)


def test_the_rest_of_an_interrupted_run_is_no_more_than_what_was_left(
    prepared: Path, tmp_path: Path
) -> None:
    tick = Counter(9)
    embedder = FakeEmbedder(before_text=lambda _text: tick())
    with copy_of(prepared, tmp_path / "a", embedder) as archive, pytest.raises(Crash):
        run(archive)
    again = FakeEmbedder()

    with an_archive(tmp_path / "a", again) as archive:
        run(archive)

    both = embedder.embedded + again.embedded
    assert len(both) - len(set(both)) <= 4  # what the one open batch had embedded
