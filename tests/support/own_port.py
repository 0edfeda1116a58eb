"""The local engine's port as functions of this process know it, and names that lead where a test says."""

import socket
from typing import Any

import pytest


def engine_at(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine answers at that port, as the functions are told; boto3 asks moto all the same."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://localhost:{port}")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")


def name_leads_to(name: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's look-up finds these addresses under that name: none is a name that is not found."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *more: Any, **named: Any) -> list[Any]:
        if host != name:
            return real(host, port, *more, **named)
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [place for address in addresses for place in real(address, port, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def own_addresses() -> list[str]:
    """This machine's addresses as others see them, so far as asking sends nothing; of each family at most one."""
    found: list[str] = []
    for family, anywhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((anywhere, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            continue
    return found
