"""One process at a time holds the data folder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from retrieval.errors import ArchiveInUse
from retrieval.lock import ArchiveLock

HOLDER = """
import sys, time
from pathlib import Path
from retrieval.lock import ArchiveLock
lock = ArchiveLock(Path(sys.argv[1]), "run", lasting=True)
lock.acquire()
print("held", flush=True)
time.sleep(60)
"""


def hold_in_another_process(home: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == "held"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.communicate(timeout=10)


def test_a_second_holder_is_refused_at_once_and_told_who_holds_it(tmp_path: Path) -> None:
    child = hold_in_another_process(tmp_path)
    try:
        started = time.monotonic()
        with pytest.raises(ArchiveInUse) as refused:
            ArchiveLock(tmp_path, "ingest", lasting=True).acquire()
        assert time.monotonic() - started < 5
    finally:
        end(child)

    message = str(refused.value)
    assert f"`pauta run` (process {child.pid})" in message
    assert "PAUTA_HOME" in message


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    end(hold_in_another_process(tmp_path))

    lock = ArchiveLock(tmp_path, "ask", lasting=False)
    lock.acquire(wait=0)
    lock.release()


def test_a_note_left_by_a_killed_process_does_not_speak_for_the_next_holder(tmp_path: Path) -> None:
    end(hold_in_another_process(tmp_path))
    lock = ArchiveLock(tmp_path, "ask", lasting=False)
    lock.acquire(wait=0)

    with pytest.raises(ArchiveInUse, match=rf"`pauta ask` \(process {os.getpid()}\)"):
        ArchiveLock(tmp_path, "search", lasting=False).acquire(wait=0.3)
    lock.release()


def test_a_short_command_is_waited_for(tmp_path: Path) -> None:
    first = ArchiveLock(tmp_path, "ask", lasting=False)
    second = ArchiveLock(tmp_path, "search", lasting=False)
    first.acquire()
    taken = threading.Event()

    def wait() -> None:
        second.acquire(wait=20)
        taken.set()
        second.release()

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.5)
    assert not taken.is_set()
    first.release()

    waiter.join(timeout=10)
    assert taken.is_set()


def test_waiting_for_a_short_command_ends(tmp_path: Path) -> None:
    first = ArchiveLock(tmp_path, "ask", lasting=False)
    first.acquire()
    started = time.monotonic()

    with pytest.raises(ArchiveInUse, match="`pauta ask`"):
        ArchiveLock(tmp_path, "search", lasting=False).acquire(wait=0.5)

    assert 0.4 < time.monotonic() - started < 5
    first.release()


def test_a_released_lock_can_be_taken_again_and_leaves_no_note(tmp_path: Path) -> None:
    for _ in range(3):
        lock = ArchiveLock(tmp_path, "ask", lasting=False)
        lock.acquire(wait=0)
        lock.release()

    assert not (tmp_path / "lock.holder").exists()


@pytest.mark.parametrize("note", [b"", b"{", b"[]", b"{}", b'{"pid": 1}', b"\xff\xfe", b"null"])
def test_a_note_that_cannot_be_read_names_nobody(tmp_path: Path, note: bytes) -> None:
    first = ArchiveLock(tmp_path, "run", lasting=True)
    first.acquire()
    (tmp_path / "lock.holder").write_bytes(note)

    with pytest.raises(ArchiveInUse, match="in use by another process"):
        ArchiveLock(tmp_path, "ask", lasting=False).acquire(wait=0)
    first.release()
