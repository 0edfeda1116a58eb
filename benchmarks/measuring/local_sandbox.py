"""A sandbox in a folder of its own, run by `paysandbox up`, and an authorization for it."""

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.measuring.http_load import Request

OWN: Final = Path(sys.executable).with_name("paysandbox")
"""The command line of this checkout."""

_UP_S: Final = 240


@contextmanager
def sandbox(folder: Path, program: Path = OWN) -> Iterator[tuple[int, str]]:
    """Start a sandbox with its state in this folder. Yield its port and an API key on the `load` plan.

    `program` is the command line of another version, which then runs its own sandbox.
    """
    port = free_port()
    try:
        _run(folder, program, "up", "--port", str(port))
        yield port, new_key(folder, "bench", program)
    finally:
        _run(folder, program, "down")


def new_key(folder: Path, merchant: str, program: Path = OWN) -> str:
    """Create a merchant in the sandbox of this folder. Return its API key, on the `load` plan."""
    created = _run(folder, program, "keys", "create", "--merchant", merchant, "--plan", "load", "--json")
    return json.loads(created)["api_key"]


def restart(folder: Path, port: int, program: Path = OWN) -> None:
    """Stop the sandbox of this folder, and start it again on its port."""
    _run(folder, program, "down")
    _run(folder, program, "up", "--port", str(port))


def move_clock(folder: Path, ahead: str, program: Path = OWN) -> None:
    """Move the clock of the sandbox of this folder ahead (`32d`), and wait until what falls due is done."""
    _run(folder, program, "clock", "advance", ahead)


def _run(folder: Path, program: Path, *words: str) -> str:
    environment = os.environ | {"PAYSANDBOX_HOME": str(folder / "home")}
    done = subprocess.run([program, *words], env=environment, check=True, capture_output=True, timeout=_UP_S)
    return done.stdout.decode()


def authorization(key: str) -> Request:
    """Return an authorization under a new idempotency key."""
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
    body = json.dumps({"card": card, "amount": 1250, "currency": "USD", "reference": "order-1042"}).encode()
    headers = {"X-Api-Key": key, "X-Idempotency-Key": str(uuid.uuid4()), "Content-Type": "application/json"}
    return Request("/payments/authorize", headers, body)


def free_port() -> int:
    """Return a port of the loopback that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
