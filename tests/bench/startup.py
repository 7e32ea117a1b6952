"""`pauta ask` as a whole process, from start to answer, on a warm disk."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.figures import Figure

RUNS = 5

# Runs the command, then reports its own peak memory and whether torch came with it.
_PROGRAM = """
import resource, sys
from bot.__main__ import main
try:
    main()
except SystemExit:
    pass
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    # Linux hands the starting process's own peak on to ru_maxrss; this is of the program alone.
    with open("/proc/self/status") as status:
        peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
except OSError:
    pass
print(peak, "torch" in sys.modules, file=sys.stderr)
"""


def measure(home: Path) -> list[Figure]:
    seconds: list[float] = []
    megabytes: list[float] = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM, "ask", "how much did Stargate commit?"],
            env={**os.environ, "PAUTA_HOME": str(home)},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds.append(time.perf_counter() - started)
        kilobytes, torch = done.stderr.split()[-2:]
        assert torch == "False", "pauta ask imported torch"
        megabytes.append(int(kilobytes) / 1024)
    return [
        Figure("`pauta ask`, whole process", statistics.median(seconds[1:]), "s", wanted="< 3 s"),
        Figure("its peak memory", statistics.median(megabytes[1:]), "MB", wanted="< 400 MB"),
    ]
