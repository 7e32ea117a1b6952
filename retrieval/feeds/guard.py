"""The private-network guard: which addresses may be connected to.

The check is made where the connection is: a name is resolved once, every address it has is
checked, and the socket goes to a checked address. A redirect, a changed DNS answer or an
unusual way of writing an address therefore changes nothing. TLS and the `Host` header
still see the name.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable
from ipaddress import IPv4Address, IPv6Address

import httpcore

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]
"""Host and port to numeric addresses; raises OSError when the name has none."""

_METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "fd00:ec2::254")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_ISATAP_MARK = 0x5EFE


MOST_ADDRESSES = 4
"""Of one host that are tried, one after the other."""


class PrivateAddressError(Exception):
    """The target is not on the public internet; the message is for a person."""


class NameNotFoundError(Exception):
    """DNS gave no address in time."""


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, and so is any it carries inside."""
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None and not is_public(inner):
            return False
        if address.ipv4_mapped or address in _NAT64:
            return True  # another spelling of the inner address
        if address.is_site_local or address in _LOCAL_NAT64:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address would be translated or tunnelled to."""
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    number = int(address)
    is_isatap = (number >> 32) & 0xFDFFFFFF == _ISATAP_MARK
    return IPv4Address(number & 0xFFFFFFFF) if is_isatap or address in _NAT64 else None


def parse_address(host: str) -> Address | None:
    """The address a host is written as, decimal, octal and hex forms too; None for a name."""
    host = host.strip("[]").partition("%")[0]
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def normal_host(host: str) -> str:
    """One spelling for each host: lower case, no brackets, no final dot."""
    host = host.strip("[]").rstrip(".").lower()
    address = parse_address(host)
    return str(address) if address is not None else host


class PrivateHosts:
    """The hosts a team means to read although they are private: `name`, `ip` or `host:port`."""

    def __init__(self, entries: Collection[str] = ()) -> None:
        self._hosts = {_split_entry(entry) for entry in entries}

    def allows(self, host: str, port: int) -> bool:
        name = normal_host(host)
        return (name, None) in self._hosts or (name, port) in self._hosts


def _split_entry(entry: str) -> tuple[str, int | None]:
    entry = entry.strip()
    host, colon, port = entry.rpartition(":")
    bare_ipv6 = entry.count(":") > 1 and not entry.startswith("[")
    if colon and port.isdigit() and not bare_ipv6:
        return normal_host(host), int(port)
    return normal_host(entry), None


def check_host(host: str, port: int, allowed: PrivateHosts) -> None:
    """Raises PrivateAddressError for a host whose very spelling is private; asks no DNS."""
    name = normal_host(host)
    address = parse_address(name)
    if address is not None:
        check_address(address, host, port, allowed)
    elif (name == "localhost" or name.endswith((".localhost", ".internal"))) and not allowed.allows(
        host, port
    ):
        raise PrivateAddressError(_refusal(host, None))


def check_address(address: Address, host: str, port: int, allowed: PrivateHosts) -> None:
    """Raises PrivateAddressError when `address` may not be connected to on behalf of `host`.

    Addresses of cloud metadata services are refused even for an allowed host: they hand
    out the machine's credentials.
    """
    inner = _embedded(address) if isinstance(address, IPv6Address) else None
    if address in _METADATA or inner in _METADATA:
        raise PrivateAddressError(_refusal(host, address))
    if not is_public(address) and not allowed.allows(host, port):
        raise PrivateAddressError(_refusal(host, address))


def _refusal(host: str, address: Address | None) -> str:
    where = f"{host} ({address})" if address and str(address) != host.strip("[]") else host
    return (
        f"{where} is an address of a private network, which Pauta does not read; "
        "if you mean to, list the host in PAUTA_ALLOW_PRIVATE_HOSTS"
    )


def resolve(host: str, port: int) -> list[str]:
    """The system's answer, as numeric addresses in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.NetworkBackend):
    """httpcore's connections, each made only to an address that passed the check."""

    def __init__(self, allowed: PrivateHosts, resolver: Resolver = resolve) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        deadline = None if timeout is None else time.monotonic() + timeout
        addresses = self._checked(host, port, timeout)
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in addresses[:MOST_ADDRESSES]:
            # One limit for all: a host with many dead addresses takes no longer than one.
            left = None if deadline is None else max(0.01, deadline - time.monotonic())
            try:
                return self._sockets.connect_tcp(
                    str(address), port, left, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = failure or error
        raise failure or NameNotFoundError(host)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        raise PrivateAddressError("a socket on this machine is not a web address")

    def _checked(self, host: str, port: int, timeout: float | None) -> list[Address]:
        """All addresses of the host; one private among them condemns it."""
        check_host(host, port, self._allowed)
        literal = parse_address(host)
        if literal is not None:
            return [literal]
        addresses = [
            ipaddress.ip_address(found.partition("%")[0])
            for found in resolve_in_time(self._resolver, host, port, timeout)
        ]
        for address in addresses:
            check_address(address, host, port, self._allowed)
        return addresses


def resolve_in_time(resolver: Resolver, host: str, port: int, timeout: float | None) -> list[str]:
    """The system's resolver takes no time-out, so it is asked from a thread that may be left."""
    answers: queue.SimpleQueue[list[str] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="pauta-dns", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout)
    except queue.Empty:
        raise NameNotFoundError(host) from None
    if isinstance(answer, list):
        return answer
    raise NameNotFoundError(host) from answer
