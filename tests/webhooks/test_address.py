"""Addresses that events may be sent to, and the many kinds that are refused."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import example, given, strategies as st

from paysandbox.webhooks.outbound.address import Kind, kind_of


def test_the_public_internet(subtests: pytest.Subtests) -> None:
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2000::",
        "2001:200::",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700:4700::1111",
        "2620:4f:8000::1",
        "3ffe:ffff::1",
    ]:
        with subtests.test(str(address)):
            assert kind_of(ip_address(address)) is None


@pytest.mark.parametrize(
    "address, kind",
    [
        ("0.0.0.0", Kind.UNSPECIFIED),  # noqa: S104 - nothing is bound
        ("0.0.0.1", Kind.RESERVED),
        ("0.255.255.255", Kind.RESERVED),
        ("10.0.0.0", Kind.PRIVATE),
        ("10.255.255.255", Kind.PRIVATE),
        ("100.64.0.0", Kind.CARRIER_NAT),
        ("100.100.100.200", Kind.CARRIER_NAT),  # another cloud's metadata
        ("100.127.255.255", Kind.CARRIER_NAT),
        ("127.0.0.1", Kind.LOOPBACK),
        ("127.255.255.255", Kind.LOOPBACK),
        ("169.254.0.0", Kind.LINK_LOCAL),
        ("169.254.169.254", Kind.LINK_LOCAL),
        ("169.254.170.2", Kind.LINK_LOCAL),  # container credentials
        ("172.16.0.0", Kind.PRIVATE),
        ("172.31.255.255", Kind.PRIVATE),
        ("192.0.0.8", Kind.RESERVED),
        ("192.0.0.170", Kind.RESERVED),
        ("192.0.2.1", Kind.DOCUMENTATION),
        ("192.88.99.1", Kind.SIX_TO_FOUR),
        ("192.168.0.1", Kind.PRIVATE),
        ("198.18.0.0", Kind.BENCHMARK),
        ("198.19.255.255", Kind.BENCHMARK),
        ("198.51.100.1", Kind.DOCUMENTATION),
        ("203.0.113.1", Kind.DOCUMENTATION),
        ("224.0.0.1", Kind.MULTICAST),
        ("239.255.255.255", Kind.MULTICAST),
        ("240.0.0.1", Kind.RESERVED),
        ("255.255.255.255", Kind.BROADCAST),
        ("::", Kind.UNSPECIFIED),
        ("::1", Kind.LOOPBACK),
        ("::2", Kind.COMPATIBLE),
        ("::127.0.0.1", Kind.COMPATIBLE),
        ("::8.8.8.8", Kind.COMPATIBLE),
        ("::ffff:127.0.0.1", Kind.MAPPED),
        ("::ffff:8.8.8.8", Kind.MAPPED),
        ("::ffff:0:127.0.0.1", Kind.TRANSLATED),
        ("64:ff9b::127.0.0.1", Kind.NAT64),
        ("64:ff9b::a9fe:a9fe", Kind.NAT64),
        ("64:ff9b::8.8.8.8", Kind.NAT64),
        ("64:ff9b:1::169.254.169.254", Kind.NAT64),
        ("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", Kind.NAT64),
        ("64:ff9b:2::", Kind.RESERVED),
        ("100::1", Kind.RESERVED),
        ("2001::1", Kind.TEREDO),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", Kind.TEREDO),
        ("2001:1::1", Kind.RESERVED),
        ("2001:2::1", Kind.BENCHMARK),
        ("2001:20::1", Kind.RESERVED),
        ("2001:db8::1", Kind.DOCUMENTATION),
        ("2002:7f00:1::", Kind.SIX_TO_FOUR),
        ("2002:808:808::1", Kind.SIX_TO_FOUR),
        ("fd00::5efe:127.0.0.1", Kind.ISATAP),
        ("2606:4700::5efe:127.0.0.1", Kind.ISATAP),
        ("2606:4700::200:5efe:10.0.0.1", Kind.ISATAP),
        ("3fff::1", Kind.DOCUMENTATION),
        ("3fff:fff::1", Kind.DOCUMENTATION),
        ("4000::1", Kind.RESERVED),
        ("5f00::1", Kind.RESERVED),  # segment routing
        ("fc00::1", Kind.UNIQUE_LOCAL),
        ("fd00:ec2::254", Kind.UNIQUE_LOCAL),  # metadata over IPv6
        ("fe80::1", Kind.LINK_LOCAL),
        ("fe80::1%eth0", Kind.LINK_LOCAL),
        ("febf::1", Kind.LINK_LOCAL),
        ("fec0::1", Kind.SITE_LOCAL),
        ("ff02::1", Kind.MULTICAST),
        ("ff0e::1", Kind.MULTICAST),
    ],
)
def test_kinds_of_addresses_that_are_not_public(address: str, kind: Kind) -> None:
    assert kind_of(ip_address(address)) is kind


ADDRESSES = st.ip_addresses() | st.builds(IPv4Address, st.integers(0, 2**32 - 1))


@given(ADDRESSES)
@example(ip_address("192.0.0.9"))
def test_allowed_addresses_are_global_for_python_too(address: IPv4Address | IPv6Address) -> None:
    """Finds a range that Python's table has and ours lacks."""
    if kind_of(address) is None:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved
        assert not address.is_unspecified


@given(st.builds(IPv4Address, st.integers(0, 2**32 - 1)), st.sampled_from(["::", "::ffff:", "::ffff:0:", "64:ff9b::"]))
def test_embedded_ipv4_addresses_are_refused(inner: IPv4Address, prefix: str) -> None:
    assert kind_of(ip_address(f"{prefix}{inner}")) is not None
