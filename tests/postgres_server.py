"""A PostgreSQL server of the test session's own: runs until nobody uses it any more.

Run as a program with a folder as its only argument, apart from the tests: they hold a shared
lock on a file, which the system lets go of however they end, and this waits for the lock.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

START_SECONDS = 30.0
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`; None where PostgreSQL is not installed."""
    on_path = shutil.which("initdb")
    if on_path and shutil.which("postgres"):
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def _ordinary_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; None to run it as whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    users = {user.pw_name: user for user in pwd.getpwall()}
    return users.get("postgres") or users.get("nobody")


def serve(shared: Path) -> None:
    """Writes the server's folder to `shared/ready`, and stops when `shared/users` is free."""
    bin_folder = programs()
    assert bin_folder is not None
    folder = Path(tempfile.mkdtemp(prefix="pauta-pg-", dir="/tmp"))
    user = _ordinary_user()
    if user:
        os.chown(folder, user.pw_uid, user.pw_gid)
    rights: dict[str, Any] = (
        {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    )
    make = ["-D", str(folder / "data"), "-U", "pauta", "-A", "trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(
        [bin_folder / "initdb", *make, "--locale=C.UTF-8"],
        check=True,
        capture_output=True,
        cwd=folder,
        **rights,
    )
    settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
    given = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    server = subprocess.Popen(
        [str(bin_folder / "postgres"), "-D", str(folder / "data"), *given],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
        **rights,
    )
    try:
        _wait_for(folder / "data" / "postmaster.pid", server)
        (shared / "ready").write_text(str(folder))
        with (shared / "users").open("w") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
            (shared / "ready").unlink()
            shutil.rmtree(shared, ignore_errors=True)
    finally:
        server.send_signal(signal.SIGINT)  # "fast": whoever is connected is thrown out
        server.wait(timeout=START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(status: Path, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if status.exists() and "ready" in status.read_text():
            return
        time.sleep(0.02)
    raise RuntimeError("PostgreSQL did not start")


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
