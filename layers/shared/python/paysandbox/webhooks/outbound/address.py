"""Which IP addresses an event may be sent to: addresses of the public internet only.

Pure. The blocked networks come from IANA's special-purpose registries (RFC 6890 and its successors), plus the IPv6
ranges that embed an IPv4 address. `ipaddress.is_global` alone is not a sufficient guard: in Python 3.11 to 3.13 it
classifies multicast, and 169.254.169.254 behind NAT64, as public.
"""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final


class Kind(StrEnum):
    """Why an address is blocked, as an adjective for error messages."""

    UNSPECIFIED = "unspecified"
    LOOPBACK = "loopback"
    PRIVATE = "private"
    CARRIER_NAT = "carrier-grade NAT"
    LINK_LOCAL = "link-local"
    MULTICAST = "multicast"
    BROADCAST = "broadcast"
    DOCUMENTATION = "documentation"
    BENCHMARK = "benchmark"
    RESERVED = "reserved"
    UNIQUE_LOCAL = "unique local"
    SITE_LOCAL = "site-local"
    MAPPED = "IPv4-mapped"
    TRANSLATED = "IPv4-translated"
    COMPATIBLE = "IPv4-compatible"
    NAT64 = "NAT64"
    SIX_TO_FOUR = "6to4"
    TEREDO = "Teredo"
    ISATAP = "ISATAP"


# The first network that contains an address determines its kind.
_IPV4: Final = tuple(
    (IPv4Network(network), kind)
    for network, kind in (
        ("0.0.0.0/32", Kind.UNSPECIFIED),
        ("0.0.0.0/8", Kind.RESERVED),  # "this network": Linux connects to itself
        ("10.0.0.0/8", Kind.PRIVATE),
        ("100.64.0.0/10", Kind.CARRIER_NAT),
        ("127.0.0.0/8", Kind.LOOPBACK),
        ("169.254.0.0/16", Kind.LINK_LOCAL),  # cloud metadata services
        ("172.16.0.0/12", Kind.PRIVATE),
        ("192.0.0.0/24", Kind.RESERVED),
        ("192.0.2.0/24", Kind.DOCUMENTATION),
        ("192.88.99.0/24", Kind.SIX_TO_FOUR),  # relay anycast, deprecated by RFC 7526
        ("192.168.0.0/16", Kind.PRIVATE),
        ("198.18.0.0/15", Kind.BENCHMARK),
        ("198.51.100.0/24", Kind.DOCUMENTATION),
        ("203.0.113.0/24", Kind.DOCUMENTATION),
        ("224.0.0.0/4", Kind.MULTICAST),
        ("255.255.255.255/32", Kind.BROADCAST),
        ("240.0.0.0/4", Kind.RESERVED),
    )
)

# Ranges that embed an IPv4 address are blocked regardless of that address: a translator on the path would unwrap it
# after our check.
_IPV6: Final = tuple(
    (IPv6Network(network), kind)
    for network, kind in (
        ("::/128", Kind.UNSPECIFIED),
        ("::1/128", Kind.LOOPBACK),
        ("::ffff:0:0/96", Kind.MAPPED),
        ("::ffff:0:0:0/96", Kind.TRANSLATED),  # RFC 2765
        ("::/96", Kind.COMPATIBLE),
        ("64:ff9b::/96", Kind.NAT64),
        ("64:ff9b:1::/48", Kind.NAT64),  # RFC 8215
        ("2001::/32", Kind.TEREDO),
        ("2001:2::/48", Kind.BENCHMARK),
        ("2001:db8::/32", Kind.DOCUMENTATION),
        ("2001::/23", Kind.RESERVED),  # IETF protocol assignments: ORCHID, relays, anycast services
        ("2002::/16", Kind.SIX_TO_FOUR),
        ("3fff::/20", Kind.DOCUMENTATION),  # RFC 9637
        ("fc00::/7", Kind.UNIQUE_LOCAL),
        ("fe80::/10", Kind.LINK_LOCAL),
        ("fec0::/10", Kind.SITE_LOCAL),
        ("ff00::/8", Kind.MULTICAST),
    )
)

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All IPv6 space allocated for global unicast (RFC 4291, section 2.4). Nothing outside of it is treated as public."""

_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""Third 32-bit group of an ISATAP address, whose last group is an IPv4 address (RFC 5214, section 6.1), under any
prefix."""


def kind_of(address: IPv4Address | IPv6Address) -> Kind | None:
    """Return why this address is blocked, or None for an address of the public internet."""
    if isinstance(address, IPv4Address):
        return next((kind for network, kind in _IPV4 if address in network), None)
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return Kind.ISATAP
    for network, kind in _IPV6:
        if address in network:
            return kind
    return None if address in _GLOBAL_UNICAST else Kind.RESERVED
