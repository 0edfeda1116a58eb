"""Requests that no server should accept, sent to a sandbox on this machine without an end, for a limited time.

    python -m load_tests.hostile PORT SECONDS

Bodies of 300 MB, also with an invalid AWS signature, headers of 60 MB, chunks without an end, bodies that stop just
below the limit, and slow sockets. Each client starts again as soon as its connection ends. Prints as JSON how often
each kind got which response, and the latency of /health for another client meanwhile.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Final

HOST: Final = "127.0.0.1"
MEGABYTE: Final = b"x" * 1_000_000
PAUSE_S: Final = 0.5
PATIENCE_S: Final = 3
_NICENESS: Final = 10

_SIGNED: Final = (
    b"Authorization: AWS4-HMAC-SHA256 Credential=unknown/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, "
    b"Signature=0\r\nX-Amz-Date: 20260101T000000Z\r\n"
)


def _body(path: bytes, headers: bytes = b"") -> Iterator[bytes]:
    yield b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\n" + headers + b"Content-Length: 300000000\r\n\r\n"
    for _ in range(300):
        yield MEGABYTE


def _header() -> Iterator[bytes]:
    yield b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Large: "
    for _ in range(60):
        yield MEGABYTE


def _chunks(chunk: bytes) -> Iterator[bytes]:
    yield b"POST /v1/payment_intents HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield chunk


def _stalled() -> Iterator[bytes]:
    yield b"POST /payments/authorize HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
    yield MEGABYTE[:900_000]
    while True:
        time.sleep(PAUSE_S)
        yield b"x"


def _slowly() -> Iterator[bytes]:
    yield b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
    while True:
        time.sleep(PAUSE_S)
        yield b"X-Slow: x\r\n"


@dataclass(frozen=True)
class Kind:
    """A kind of request: how many clients send it at once, and its bytes."""

    name: str
    clients: int
    request: Callable[[], Iterator[bytes]]


KINDS: Final = (
    Kind("body", 4, lambda: _body(b"/inbox/x")),
    Kind("body of Stripe's", 2, lambda: _body(b"/v1/payment_intents")),
    Kind("signed body", 4, lambda: _body(b"/", _SIGNED)),
    Kind("header", 4, _header),
    Kind("chunks", 3, lambda: _chunks(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")),
    Kind("tiny chunks", 3, lambda: _chunks(b"1\r\nx\r\n" * 20_000)),
    Kind("stalled body", 100, _stalled),
    Kind("slow", 200, _slowly),
)


def send(port: int, parts: Iterator[bytes], end: float) -> str:
    """Send parts until the server stops reading. Return the status of its response, or "closed"."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=PATIENCE_S) as client:
        with suppress(OSError):
            for part in parts:
                if time.monotonic() > end:
                    return "stopped"
                client.sendall(part)
        received = client.recv(100)
        return received.split(b" ")[1].decode() if received.startswith(b"HTTP/1.1 ") else "closed"
    return "closed"


def attack(port: int, seconds: float) -> dict[str, dict[str, int]]:
    """Send all kinds for so many seconds. Return the number of responses by kind and status."""
    end = time.monotonic() + seconds
    responses = {kind.name: Counter[str]() for kind in KINDS}

    def repeat(kind: Kind) -> None:
        while time.monotonic() < end:
            responses[kind.name][send(port, kind.request(), end)] += 1

    clients = [threading.Thread(target=repeat, args=(kind,)) for kind in KINDS for _ in range(kind.clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return {name: dict(counts) for name, counts in responses.items()}


def latencies_ms(port: int, seconds: float) -> list[float]:
    """Return how long each response of /health takes, one after the other."""
    end, latencies = time.monotonic() + seconds, list[float]()
    with closing(http.client.HTTPConnection(HOST, port, timeout=30)) as client:
        while (began := time.monotonic()) < end:
            client.request("GET", "/health")
            client.getresponse().read()
            latencies.append((time.monotonic() - began) * 1_000)
            time.sleep(0.02)
    return latencies


def main() -> None:
    """Attack from another process, and measure from this one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("seconds", type=float)
    chosen = parser.parse_args()
    # Clients of other machines would not take the sandbox's cores.
    with multiprocessing.Pool(1, os.nice, (_NICENESS,)) as attackers:
        responses = attackers.apply_async(attack, (chosen.port, chosen.seconds))
        health = sorted(latencies_ms(chosen.port, chosen.seconds))
        shares = {f"p{share}": round(health[len(health) * share // 100], 1) for share in (50, 95, 99)}
        result = {"responses": responses.get(), "health_ms": {**shares, "requests": len(health)}}
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
