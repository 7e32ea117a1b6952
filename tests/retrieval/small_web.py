"""A web server of the tests' own, on loopback, that can misbehave byte by byte."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

Behaviour = Callable[[socket.socket], None]
"""Writes an answer to a connection whose request has been read."""


class SmallWeb:
    """Serves one behaviour a path and remembers who came."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        self._listener = socket.create_server((address, port))
        self.port: int = self._listener.getsockname()[1]
        self.host = f"{address}:{self.port}"
        self.pages: dict[str, Behaviour] = {}
        self.requests: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def page(self, path: str, body: bytes = b"hello", *headers: str, status: str = "200 OK") -> str:
        """Serve a well-formed answer at `path`; returns its address."""
        lines = [
            f"HTTP/1.1 {status}",
            f"Content-Length: {len(body)}",
            "Connection: close",
            *headers,
        ]
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        return self.behave(path, lambda connection: connection.sendall(head + body))

    def redirect(self, path: str, to: str, status: str = "302 Found") -> str:
        return self.page(path, b"", f"Location: {to}", status=status)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [request.split(b" ", 2)[1].decode("ascii") for request in self.requests]

    def behave(self, path: str, behaviour: Behaviour) -> str:
        self.pages[path] = behaviour
        return self.url(path)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, UnicodeError):
            request = b""
            while b"\r\n\r\n" not in request and (part := connection.recv(65_536)):
                request += part
                if request.startswith(b"\x16\x03"):  # a TLS greeting
                    self.requests.append(request)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    return
            if not request:
                return
            self.requests.append(request)
            path = request.split(b" ", 2)[1].decode("ascii")
            self.pages.get(path, _not_found)(connection)


def _not_found(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def header(request: bytes, name: str) -> str | None:
    """A header of a request as received; None when it has none."""
    for line in request.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.decode("latin-1").lower() == name.lower():
            return value.strip().decode("latin-1")
    return None


@contextlib.contextmanager
def small_web(address: str = "127.0.0.1", port: int = 0) -> Iterator[SmallWeb]:
    web = SmallWeb(address, port)
    try:
        yield web
    finally:
        web.close()
