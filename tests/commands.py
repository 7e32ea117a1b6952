"""The commands of `pauta`: in this process, and in one of their own."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import structlog
from typer.testing import CliRunner

from bot import command_line

Done = subprocess.CompletedProcess[str]


def _environment(home: Path, more: dict[str, str]) -> dict[str, str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PAUTA_")}
    path = os.pathsep.join(sys.path)
    return {**clean, "PAUTA_HOME": str(home), "PYTHONPATH": path, "COLUMNS": "300", **more}


def in_a_process(home: Path, *arguments: str, stdin: str = "", **environment: str) -> Done:
    """As a person runs it. Costs two seconds of imports: for what only a process can show."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        env=_environment(home, environment),
        cwd=home.parent,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def pauta(home: Path, *arguments: str, stdin: str = "", **environment: str) -> Done:
    """The same from `main` on, with everything imported already."""
    with (
        mock.patch.dict(os.environ, _environment(home, environment), clear=True),
        mock.patch.object(sys, "argv", ["pauta", *arguments]),
        contextlib.chdir(home.parent),
        _logs_kept(),
        CliRunner().isolation(input=stdin) as (output, errors, _),
    ):
        try:
            command_line.main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
        else:
            code = 0
        sys.stdout.flush()
        sys.stderr.flush()
        return Done(arguments, code, output.getvalue().decode(), errors.getvalue().decode())


@contextlib.contextmanager
def _logs_kept() -> Iterator[None]:
    """A command sets the log for its whole process; the tests after it want theirs."""
    root, settings = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.configure(**settings)
