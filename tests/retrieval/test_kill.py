"""kill -9 for real: a process that ingests is killed at random moments, again and again."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import killable
from tests.archive import Contents, an_archive, assert_consistent
from tests.fakes import FakeEmbedder

KILLS = 3
LONGEST_LIFE = 1.2
"""Seconds; a whole run takes about twice as long."""


def start(folder: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.killable", str(folder), "0.008"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == killable.READY
    return child


def state_after_a_run(folder: Path) -> Contents:
    with an_archive(folder, FakeEmbedder()) as archive:
        killable.run(archive)
        return assert_consistent(archive)


@pytest.mark.timeout(60)
def test_killed_at_random_moments_the_next_run_completes_it(tmp_path: Path) -> None:
    moments = random.Random(20250121)
    killed = 0
    for _ in range(KILLS):
        child = start(tmp_path / "killed")
        time.sleep(moments.uniform(0.05, LONGEST_LIFE))
        killed += child.poll() is None
        child.kill()
        child.communicate(timeout=10)

    assert killed >= 2
    assert state_after_a_run(tmp_path / "killed") == state_after_a_run(tmp_path / "undisturbed")
