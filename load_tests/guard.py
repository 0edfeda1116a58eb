"""Prevent load tests against other people's machines, and unintended AWS charges."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

PAID: Final = (
    "Load on an environment in AWS costs money (docs/how-to/load-test.md). To accept that, pass --env NAME and --i-pay."
)


def refusal(host: str | None, *, environment: str, paid_for: bool) -> str | None:
    """Return the reason why no request may be sent to this host, or None if it may."""
    if not host:
        return "Pass the API's address, for example --host http://127.0.0.1:4610."
    name = urlsplit(host).hostname
    if name is None:
        return f"{host} is not a URL. It must begin with http:// or https://."
    if is_loopback(name) or (environment != "local" and paid_for):
        return None
    return f"{host} is not this machine. {PAID}"


def is_loopback(name: str) -> bool:
    """Return whether a host is this machine. Other names don't count: DNS could resolve them differently later."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
