"""Which addresses may be connected to, however they are written."""

from __future__ import annotations

import ipaddress

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.feeds.guard import (
    GuardedBackend,
    NameNotFoundError,
    PrivateAddressError,
    PrivateHosts,
    check_address,
    check_host,
    is_public,
    parse_address,
)
from tests.retrieval.small_web import small_web

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
    "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "2002:c0a8:101::", "64:ff9b:1::a00:1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@given(
    st.sampled_from(["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
                     "fc00::/7", "fe80::/10", "ff00::/8", "::/96", "64:ff9b:1::/48", "2001::/32"])
    .map(ipaddress.ip_network)
    .flatmap(lambda network: st.ip_addresses(network=network)),
    st.booleans(),
)  # fmt: skip
def test_no_address_of_a_private_network_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address, tunnelled: bool
) -> None:
    if tunnelled and address.version == 6:  # the interface id of ISATAP, with a public address
        address = ipaddress.IPv6Address(int(address) >> 64 << 64 | 0x5EFE_0101_0101)
        if address in ipaddress.ip_network("::/96"):
            return
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::101:101"])
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_as_public_as_the_address_itself(v4: ipaddress.IPv4Address) -> None:
    for form in (f"::ffff:{v4}", f"64:ff9b::{v4}"):
        assert is_public(ipaddress.ip_address(form)) == is_public(v4)


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "[::1]", "localhost",
     "LOCALHOST.", "a.localhost", "metadata.google.internal", "fe80::1%eth0", "127.0.0.1."],
)  # fmt: skip
def test_private_hosts_are_refused_by_their_spelling(host: str) -> None:
    with pytest.raises(PrivateAddressError, match="private network"):
        check_host(host, 80, PrivateHosts())


def test_a_name_is_no_address() -> None:
    assert parse_address("folha.uol.com.br") is None
    check_host("folha.uol.com.br", 443, PrivateHosts())


@pytest.mark.parametrize(
    ("entry", "host", "port", "allowed"),
    [
        ("intranet.example", "INTRANET.example.", 80, True),
        ("intranet.example", "other.example", 80, False),
        ("10.0.0.5:8080", "10.0.0.5", 8080, True),
        ("10.0.0.5:8080", "10.0.0.5", 80, False),
        ("10.0.0.5", "167772165", 80, True),
        ("[::1]:8080", "[::1]", 8080, True),
        ("::1", "::1", 9, True),
    ],
)
def test_the_list_of_allowed_hosts(entry: str, host: str, port: int, allowed: bool) -> None:
    assert PrivateHosts([entry]).allows(host, port) is allowed


def test_metadata_addresses_are_refused_even_for_an_allowed_host() -> None:
    allowed = PrivateHosts(["intranet.example", "169.254.169.254"])
    for address in ("169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254"):
        with pytest.raises(PrivateAddressError):
            check_address(ipaddress.ip_address(address), "intranet.example", 80, allowed)


def test_a_name_that_resolves_to_a_private_address_is_never_connected_to() -> None:
    with small_web() as web:
        backend = GuardedBackend(PrivateHosts(), lambda host, port: ["127.0.0.1"])
        with pytest.raises(PrivateAddressError, match=r"news\.example \(127\.0\.0\.1\)"):
            backend.connect_tcp("news.example", web.port, timeout=2)
        assert web.connections == 0


def test_one_private_address_among_public_ones_condemns_the_name() -> None:
    backend = GuardedBackend(PrivateHosts(), lambda host, port: ["1.1.1.1", "10.0.0.1"])
    with pytest.raises(PrivateAddressError):
        backend.connect_tcp("news.example", 80, timeout=2)


def test_an_allowed_name_is_resolved_once_and_connected_to() -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with small_web() as web:
        backend = GuardedBackend(PrivateHosts(["news.example"]), resolver)
        stream = backend.connect_tcp("news.example", web.port, timeout=2)
        assert stream.get_extra_info("server_addr") == ("127.0.0.1", web.port)
        stream.close()
    assert asked == ["news.example"]


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with small_web() as web:
        allowed = PrivateHosts(["news.example"])
        backend = GuardedBackend(allowed, lambda host, port: ["127.0.0.9", "127.0.0.1"])
        backend.connect_tcp("news.example", web.port, timeout=2).close()
        with pytest.raises(httpcore.ConnectError):
            GuardedBackend(allowed, lambda host, port: ["127.0.0.9"]).connect_tcp(
                "news.example", web.port, timeout=2
            )


def test_a_name_without_address_and_a_resolver_that_hangs_are_reported_in_time() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    def hanging(host: str, port: int) -> list[str]:
        import time

        time.sleep(3)
        return ["1.1.1.1"]

    for resolver in (unknown, hanging):
        with pytest.raises(NameNotFoundError):
            GuardedBackend(PrivateHosts(), resolver).connect_tcp("a.example", 80, timeout=0.2)
