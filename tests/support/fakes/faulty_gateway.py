"""A gateway in front of a sandbox that loses requests, loses responses, or responds with its own error.

with faulty_gateway(port, LOST_ANSWER) as gateway: ...   the first request is executed, and its response lost
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto

from tests.support.fakes.raw_server import RawServer, raw_server

PATIENCE_S = 60


class Fault(Enum):
    """Fault of a request."""

    LOST_REQUEST = auto()
    LOST_ANSWER = auto()
    ANOTHER_ANSWER = auto()
    """The request is executed, but the gateway responds with an error."""


_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 16\r\nConnection: close\r\n\r\nno healthy host."


@contextmanager
def faulty_gateway(port: int, *faults: Fault) -> Iterator[RawServer]:
    """Serve a gateway to the sandbox on `port`. The first requests have one fault each; later ones are forwarded."""

    def talk(server: RawServer, peer: socket.socket) -> None:
        request = server.read(peer)
        if not request:
            return
        number = len(server.requests)
        fault = faults[number - 1] if number <= len(faults) else None
        if fault is Fault.LOST_REQUEST:
            return
        answer = _handed_on(request, port)
        match fault:
            case Fault.LOST_ANSWER:
                return
            case Fault.ANOTHER_ANSWER:
                peer.sendall(_UNAVAILABLE)
            case _:
                peer.sendall(answer)

    with raw_server(talk) as server:
        yield server


def _handed_on(request: bytes, port: int) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    head = re.sub(rb"(?im)^host:[^\r\n]*", b"Host: 127.0.0.1:%d" % port, head)
    head = re.sub(rb"(?im)^connection:.*?\r?\n", b"", head)
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as there:
        there.sendall(head + b"\r\nConnection: close\r\n\r\n" + body)
        answer = b""
        while piece := there.recv(65_536):
            answer += piece
    return answer
