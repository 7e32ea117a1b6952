"""Pauta and the servers it needs as real processes, for the load and the fault runs."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.chroma_server import ChromaServer
from tests.postgres_server import programs

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 40.0
TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _stat(pid: str) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on; None for a process that is gone."""
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def cpu_seconds(group: int) -> float:
    """Of a process group so far and of the children of its leader, which PostgreSQL's leave it,
    with those that have ended."""
    fields = [_stat(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    mine = [one for one in fields if one and group in (int(one[1]), int(one[2]))]
    return sum(sum(map(int, one[11:15])) for one in mine) / TICKS


def machine_busy() -> float:
    """Seconds of processor time that anything on this machine has used."""
    user, nice, system, _, _, irq, softirq, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / TICKS


def rss_mb(pid: int) -> float:
    """Resident memory of one process; 0 for one that is gone."""
    fields = _stat(str(pid))
    return int(fields[21]) * _PAGE / 2**20 if fields else 0.0


def child(
    arguments: Sequence[str], env: Mapping[str, str], output: IO[bytes], root: Path = ROOT
) -> subprocess.Popen[bytes]:
    """`python -m arguments`, in a process group of its own, without this shell's settings."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PAUTA_", "TELEGRAM_"))
    }
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=root,
        env={**clean, **env},
        stdout=output,
        stderr=output,
        start_new_session=True,
    )


@dataclass
class Bot:
    """`pauta run`, that can be killed and started again."""

    env: dict[str, str]
    log: Path
    program: tuple[str, ...] = ("bot", "run")
    webhook_port: int = field(default_factory=free_port)
    status_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def start(self) -> None:
        own = {
            "PAUTA_WEBHOOK_LISTEN": f"127.0.0.1:{self.webhook_port}",
            "PAUTA_STATUS_LISTEN": f"127.0.0.1:{self.status_port}",
        }
        with self.log.open("ab") as output:
            self.process = child(self.program, {**self.env, **own}, output)
        self.starts += 1

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.webhook_port)) == 0:
                    return
            assert self.is_alive, f"Pauta ended at once: {self.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, "Pauta did not come up"
            time.sleep(0.1)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class PostgresServer:
    """Keeps its folder from one start to the next, and what it acknowledged on the disk."""

    def __init__(self, folder: Path) -> None:
        found = programs()
        assert found is not None, "PostgreSQL is not installed"
        self._programs, self._folder = found, folder
        self._process: subprocess.Popen[bytes] | None = None
        self._rights: dict[str, Any] = {}
        if os.geteuid() == 0:  # it refuses to run as root
            user = pwd.getpwnam("postgres")
            self._rights = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        make = ["-D", str(folder / "data"), "-U", "pauta", "-A", "trust", "-E", "UTF8"]
        self._run("initdb", *make, "--locale=C.UTF-8")

    @property
    def group(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, name: str = "pauta") -> str:
        return f"postgresql://pauta@/{name}?host={self._folder}"

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._programs / "postgres"), "-D", str(self._folder / "data")),
                    *("-c", f"unix_socket_directories={self._folder}", "-c", "listen_addresses="),
                ],
                cwd=self._folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._rights,
            )
        deadline = time.monotonic() + START_SECONDS
        while self._ask("SELECT 1", "postgres").returncode:
            assert time.monotonic() < deadline, "PostgreSQL did not come up"
            time.sleep(0.1)

    def make(self, name: str = "pauta") -> str:
        """A new empty database; returns its address."""
        made = self._ask(f"CREATE DATABASE {name}", "postgres")
        assert made.returncode == 0, made.stderr
        return self.url(name)

    def stop(self, signum: signal.Signals = signal.SIGINT) -> None:
        """SIGINT throws everybody out; SIGQUIT leaves all as after a crash."""
        if self._process is not None:
            self._process.send_signal(signum)
            self._process.wait(STOP_SECONDS)
            self._process = None

    def _ask(self, statement: str, database: str) -> subprocess.CompletedProcess[str]:
        where = ["-h", str(self._folder), "-U", "pauta", "-d", database, "-c", statement]
        return subprocess.run(
            [self._programs / "psql", *where], capture_output=True, text=True, check=False
        )

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True, capture_output=True, cwd=self._folder, **self._rights,
        )  # fmt: skip


@contextmanager
def a_postgres_server(parent: Path | None = None) -> Iterator[PostgresServer]:
    """In a folder that is gone afterwards; its path is short, as that of a socket must be."""
    folder = Path(tempfile.mkdtemp(prefix="pauta-bench-pg-", dir=parent or "/tmp"))
    server = PostgresServer(folder)
    server.start()
    try:
        yield server
    finally:
        if server.is_alive:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def chroma_pid(server: ChromaServer) -> int:
    assert server._process is not None
    return server._process.pid
