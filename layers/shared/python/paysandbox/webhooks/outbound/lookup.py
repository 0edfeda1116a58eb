"""Resolve an endpoint's host name to addresses, and check all of them."""

import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Thread
from typing import Final, Self

from paysandbox.core.record import record
from paysandbox.webhooks.outbound.target import Target, TargetPolicy, reason_against

_MAX_TRIED: Final = 4

Resolve = Callable[[str, int], Sequence[str]]
"""Resolves a host name and port to addresses, in the order in which to try them. Raises gaierror."""


class AddressNotAllowedError(Exception):
    """The host has an address that is not allowed. The text says how to fix it."""


@record
class Deadline:
    """A point in time, in seconds of the monotonic clock."""

    at_s: float

    @classmethod
    def after(cls, delay_s: float) -> Self:
        """Return the deadline this many seconds from now."""
        return cls(time.monotonic() + delay_s)

    def left_s(self) -> float:
        """Return the seconds left, always positive. Raises TimeoutError after the deadline."""
        left_s = self.at_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s


def addresses_of(host: str, port: int) -> list[str]:
    """Resolve a name with the system's resolver."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(place[0]) for *_, place in addresses]


def judged_addresses(target: Target, policy: TargetPolicy, resolve: Resolve, deadline: Deadline) -> list[str]:
    """Return the target's addresses that may be tried, at most four. A host that is an address is its only one.

    One disallowed address disallows them all, because mixing addresses is a typical attack. Raises gaierror,
    TimeoutError, AddressNotAllowedError.
    """
    addresses = _addresses(target, resolve, deadline)
    for address in addresses:
        reason = reason_against(target, address, policy, is_local_address)
        if reason is not None:
            raise AddressNotAllowedError(reason)
    return [str(address) for address in addresses[:_MAX_TRIED]]


def is_local_address(address: IPv4Address | IPv6Address) -> bool:
    """Whether this is an address of this machine, which is the case if a socket can be bound to it."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        # A datagram socket: nothing is sent, and nothing listens meanwhile.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _addresses(target: Target, resolve: Resolve, deadline: Deadline) -> list[IPv4Address | IPv6Address]:
    try:
        return [ip_address(target.host)]
    except ValueError:
        addresses = _in_time(lambda: resolve(target.host, target.port), deadline)
    if not addresses:
        raise socket.gaierror
    return [ip_address(address) for address in dict.fromkeys(addresses)]


def _in_time(look_up: Callable[[], Sequence[str]], deadline: Deadline) -> Sequence[str]:
    """Run a lookup with a deadline. The system's resolver has no timeout, so a late lookup is left to its thread."""
    result: Future[Sequence[str]] = Future()

    def run() -> None:
        try:
            result.set_result(look_up())
        except OSError as error:
            result.set_exception(error)

    Thread(target=run, daemon=True, name="look-up").start()
    return result.result(deadline.left_s())
