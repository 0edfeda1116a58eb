"""Set the local engine's port for functions in this process, and override host name resolution."""

import socket
from typing import Any

import pytest


def engine_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure the functions with the engine's port. boto3 still uses moto."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://localhost:{port}")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")


def name_leads_to(name: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a host name resolve to these addresses. Without addresses, the name does not exist."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **named: Any) -> list[Any]:
        if host != name:
            return real(host, port, *more, **named)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [place for address in addresses for place in real(address, port, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def own_addresses() -> list[str]:
    """Return this machine's source addresses, at most one per address family, without sending any packets."""
    found: list[str] = []
    for family, anywhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((anywhere, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return found
