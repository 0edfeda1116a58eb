"""The guard that keeps load tests off other people's machines and off your AWS bill."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

PAID: Final = (
    "An environment in AWS costs money under load (docs/how-to/load-test.md). Say --env NAME and --i-pay to mean it."
)


def refusal(host: str | None, *, environment: str, paid_for: bool) -> str | None:
    """Return the reason why no request may be sent to this host, or None if it may."""
    if not host:
        return "Nobody said where the API answers: --host http://127.0.0.1:4610"
    name = urlsplit(host).hostname
    if name is None:
        return f"{host} is no address: it begins with http:// or https://"
    if is_loopback(name) or (environment != "local" and paid_for):
        return None
    return f"{host} is not this machine. {PAID}"


def is_loopback(name: str) -> bool:
    """Whether a host is this machine. By its name alone: another name may lead anywhere by the time it is asked."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
