"""From an endpoint's name to the addresses that it has now, judged all together."""

import socket
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Thread
from typing import Final, Self

from paysandbox.webhooks.target import Target, TargetPolicy, reason_against

_MAX_TRIED: Final = 4

Resolve = Callable[[str, int], Sequence[str]]
"""From a host name and a port to the addresses that it has, in the order in which they are tried. Raises gaierror."""


class AddressNotAllowedError(Exception):
    """The name leads to where nothing is sent; the text says what to do about it."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant, in seconds of the clock that is never set."""

    at_s: float

    @classmethod
    def after(cls, delay_s: float) -> Self:
        """So many seconds from now."""
        return cls(time.monotonic() + delay_s)

    def left_s(self) -> float:
        """The seconds until then, more than none. Raises TimeoutError afterwards."""
        left_s = self.at_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a name as this machine knows it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(place[0]) for *_, place in found]


def judged_addresses(target: Target, policy: TargetPolicy, resolve: Resolve, deadline: Deadline) -> list[str]:
    """The addresses of the target's host that may be tried, at most four; an address as host is its own.

    One that may not be tried spoils them all: who mixes them in wants the wrong one taken. Raises gaierror,
    TimeoutError, AddressNotAllowedError.
    """
    addresses = _addresses(target, resolve, deadline)
    for address in addresses:
        reason = reason_against(target, address, policy, is_local_address)
        if reason is not None:
            raise AddressNotAllowedError(reason)
    return [str(address) for address in addresses[:_MAX_TRIED]]


def is_local_address(address: IPv4Address | IPv6Address) -> bool:
    """Whether a connection to this address ends on this machine. One that a socket can be bound to is its own."""
    if address.is_loopback or address.is_unspecified:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        # Of datagrams: nothing is sent, and nobody listens meanwhile.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((str(address), 0))
    except OSError:
        return False
    return True


def _addresses(target: Target, resolve: Resolve, deadline: Deadline) -> list[IPv4Address | IPv6Address]:
    try:
        return [ip_address(target.host)]
    except ValueError:
        found = _in_time(lambda: resolve(target.host, target.port), deadline)
    if not found:
        raise socket.gaierror
    return [ip_address(address) for address in dict.fromkeys(found)]


def _in_time(look_up: Callable[[], Sequence[str]], deadline: Deadline) -> Sequence[str]:
    """What a look-up says, if it does in time. The system's knows no timeout, so one that is late is left to itself."""
    answer: Future[Sequence[str]] = Future()

    def run() -> None:
        try:
            answer.set_result(look_up())
        except OSError as error:
            answer.set_exception(error)

    Thread(target=run, daemon=True, name="look-up").start()
    return answer.result(deadline.left_s())
