"""One process at a time holds the data folder; Chroma's folder is not made for two."""

from __future__ import annotations

import json
import os
import time
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from retrieval.errors import ArchiveInUse

SHORT_WAIT = 60.0
"""Seconds to wait for a command that is soon done, such as another `ask`."""


class ArchiveLock:
    """Held from `acquire` to `release`; the system frees it when the process dies."""

    def __init__(self, home: Path, purpose: str, *, lasting: bool) -> None:
        """`lasting` marks a holder others need not wait for, such as a running bot."""
        self._lock = FileLock(home / "lock")
        self._holder = home / "lock.holder"
        self._note = {"purpose": purpose, "lasting": lasting, "pid": os.getpid()}

    def acquire(self, wait: float = SHORT_WAIT) -> bool:
        """Returns whether the last holder died without releasing it.

        Raises ArchiveInUse, naming the holder, when it is taken and not soon free.
        """
        deadline = time.monotonic() + wait
        while True:
            try:
                self._lock.acquire(timeout=0.2)
            except Timeout:
                holder = self._read_holder()
                if holder.get("lasting") or time.monotonic() > deadline:
                    raise ArchiveInUse(_in_use(holder)) from None
                continue
            left_behind = self._holder.exists()
            self._holder.write_text(json.dumps(self._note), encoding="utf-8")
            return left_behind

    def release(self) -> None:
        with ExitStack() as stack:
            stack.callback(self._lock.release)
            self._holder.unlink(missing_ok=True)

    def _read_holder(self) -> dict[str, object]:
        return _read(self._holder)


def process_holding(home: Path) -> int | None:
    """The process that holds the archive, as it wrote down itself; None when none did."""
    holder = _read(home / "lock.holder")
    process = holder.get("pid")
    return process if isinstance(process, int) else None


def _read(holder_file: Path) -> dict[str, object]:
    try:
        holder = json.loads(holder_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return holder if isinstance(holder, dict) else {}


def _in_use(holder: dict[str, object]) -> str:
    purpose, process = holder.get("purpose"), holder.get("pid")
    who = f"`pauta {purpose}` (process {process})" if purpose else "another process"
    return (
        f"The archive is in use by {who}. Wait for it to finish, or stop it, and try again; "
        "to work beside it, set PAUTA_HOME to another folder."
    )
