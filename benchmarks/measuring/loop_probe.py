"""Asks a sandbox every few milliseconds for a path that its wall answers, to see for how long its event loop does not.

`python -m benchmarks.measuring.loop_probe PORT` does so in a process of its own, over one connection, until its
standard input ends. It prints a JSON array: when each request was sent (seconds since 1970), and how long its answer
took (ms). The next request is sent after an answer, so one stall counts once, and by up to EVERY_S too short.
"""

import json
import math
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

EVERY_S: Final = 0.01
PATH: Final = "/answered-by-the-wall"
"""No API has it, so no function runs."""

Answers = Sequence[tuple[float, float]]
"""When each request was sent (seconds since 1970), and how long its answer took (ms)."""

_TIMEOUT_S: Final = 60


class Probe:
    """The process. `answers` are there once the block of `probe` has ended."""

    def __init__(self) -> None:
        self.answers: Answers = ()


@contextmanager
def probe(port: int) -> Iterator[Probe]:
    """Probe the sandbox of this port during a block."""
    words = [sys.executable, "-m", "benchmarks.measuring.loop_probe", str(port)]
    probed = Probe()
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield probed
        finally:
            printed, _ = process.communicate()
    probed.answers = [(at, ms) for at, ms in json.loads(printed)]


def ask(port: int, ended: Iterator[bool], every_s: float = EVERY_S) -> list[tuple[float, float]]:
    """Return the answers until `ended`."""
    answers: list[tuple[float, float]] = []
    request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        due = time.monotonic()
        while not next(ended):
            time.sleep(max(0.0, due - time.monotonic()))
            at, sent = time.time(), time.perf_counter()
            connection.sendall(request)
            _read_answer(connection)
            answers.append((at, (time.perf_counter() - sent) * 1_000))
            due += every_s * math.ceil(max(1.0, (time.monotonic() - due) / every_s))
    return answers


def _read_answer(connection: socket.socket) -> None:
    """Read a response with a `Content-Length`, as the wall's are."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _received(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    lines = (line.partition(b":") for line in head.lower().split(b"\r\n"))
    length = next(int(value) for name, _, value in lines if name == b"content-length")
    while len(body) < length:
        body += _received(connection)


def _received(connection: socket.socket) -> bytes:
    if data := connection.recv(65_536):
        return data
    raise ConnectionError("the sandbox closed the connection")


def _until_input_ends() -> Iterator[bool]:
    while True:
        yield bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    """Probe until the standard input ends, and print the answers."""
    print(json.dumps(ask(int(sys.argv[1]), _until_input_ends())))


if __name__ == "__main__":
    main()
