"""What holds for every test: no network beyond loopback, no data folder but its own.

Property tests try 40 examples each; `make test PYTEST_ARGS=--hypothesis-profile=thorough` tries
300.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import postgres_url  # noqa: F401 - a fixture

# Hundreds of modules, read by every worker and every process that a test starts: compiled once,
# also where the environment asks for no bytecode.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The processes of the suite keep all cores busy as it is: a model's threads would only wait for
# each other. Read when its engine is loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Thousands of small databases, each written through to the disk; in memory, where there is room
# for them all, that takes no time. `--basetemp` goes before.
_MEMORY, _ROOM = Path("/dev/shm"), 4_000_000_000
if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))

# A busy machine is no fault of what is tested.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _PATIENT, max_examples=40)
settings.register_profile("thorough", _PATIENT, max_examples=300)
settings.load_profile("quick")


class NetworkForbiddenError(AssertionError):
    """A test tried to leave this machine."""


def _is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(host: object) -> None:
    if not _is_local(host):
        # Kept as well as raised: code under test may catch what is raised.
        _attempts.append(str(host))
        raise NetworkForbiddenError(f"a test reached for {host!r}; only loopback is allowed")


_attempts: list[str] = []


def _check_address(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        _refuse(address[0])


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Fails the test that opens a connection, or asks DNS, beyond this machine."""
    connect, connect_ex, getaddrinfo = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded_connect(sock: socket.socket, address: Any) -> None:
        _check_address(sock, address)
        connect(sock, address)

    def guarded_connect_ex(sock: socket.socket, address: Any) -> int:
        _check_address(sock, address)
        return connect_ex(sock, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse(host)
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    _attempts.clear()
    yield
    assert not _attempts, f"this test reached for the network: {_attempts}"


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """`PAUTA_HOME` in the test's own folder, whatever the environment says."""
    home = tmp_path / "home"
    monkeypatch.setenv("PAUTA_HOME", str(home))
    for name in ("TELEGRAM_BOT_TOKEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return home


@pytest.fixture(scope="session", autouse=True)
def new_databases_are_quick() -> Iterator[None]:
    """See tests/migrated.py."""
    from tests import migrated

    with migrated.from_memory():
        yield


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: a third of the time tests wait, for servers of theirs."""
    return (os.cpu_count() or 1) + 1
