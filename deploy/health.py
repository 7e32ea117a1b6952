"""For a container's health check: asks /healthz of the Pauta beside it; exit code 1 if not well.

Needs nothing but the standard library, so that a check costs little.
"""

from __future__ import annotations

import http.client
import os
import sys

SECONDS = 5.0


def is_healthy(listen: str) -> bool:
    """`listen` as in PAUTA_STATUS_LISTEN. Where it is empty, that Pauta runs has to do."""
    if not listen.strip():
        return True
    host, _, port = listen.strip().rpartition(":")
    host = host.strip("[]")
    if host in {"", "0.0.0.0"}:  # noqa: S104 - asked, not listened at
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    connection = http.client.HTTPConnection(host, int(port), timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_healthy(os.environ.get("PAUTA_STATUS_LISTEN", "")))
