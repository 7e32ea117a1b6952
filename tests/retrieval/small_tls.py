"""A secure web server on loopback that speaks HTTP/2, or pretends to; its own certificate."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Frames = Callable[[h2.connection.H2Connection, int, str], None]
"""Answers a path on a stream of a connection."""


def certificate(folder: Path) -> Path:
    """A self-signed certificate with its key, in one file, for 127.0.0.1 and `news.example`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "news.example")])
    now = datetime.datetime.now(datetime.UTC)
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("news.example"), loopback]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


def trusting(path: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(path))


class SmallTls:
    """Serves `answer` to each request over HTTP/2; `raw` instead gets the bare connection."""

    def __init__(self, certificate_path: Path, protocols: list[str]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate_path)
        self._context.set_alpn_protocols(protocols)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.answer: Frames = hello
        self.raw: Callable[[ssl.SSLSocket], None] | None = None
        self.negotiated: list[str | None] = []
        self.headers: list[dict[str, str]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.settimeout(5)
            with self._context.wrap_socket(connection, server_side=True) as secure:
                self.negotiated.append(secure.selected_alpn_protocol())
                if self.raw:
                    self.raw(secure)
                elif self.negotiated[-1] == "h2":
                    self._speak(secure)
                else:
                    secure.recv(65_536)
                    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    def _speak(self, secure: ssl.SSLSocket) -> None:
        server = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, validate_outbound_headers=False)
        )
        server.initiate_connection()
        secure.sendall(server.data_to_send())
        while data := secure.recv(65_536):
            for event in server.receive_data(data):
                if isinstance(event, h2.events.RequestReceived) and event.stream_id:
                    found = {name.decode(): value.decode() for name, value in event.headers or []}
                    self.headers.append(found)
                    self.answer(server, event.stream_id, found[":path"])
            secure.sendall(server.data_to_send())


def hello(server: h2.connection.H2Connection, stream: int, path: str) -> None:
    server.send_headers(stream, [(":status", "200"), ("content-type", "text/html")])
    server.send_data(stream, f"hello {path}".encode(), end_stream=True)


@contextlib.contextmanager
def small_tls(path: Path, *protocols: str) -> Iterator[SmallTls]:
    """Offers `protocols` in ALPN: `h2`, `http/1.1`."""
    server = SmallTls(path, list(protocols))
    try:
        yield server
    finally:
        server.close()
