"""A webhook receiver on a port of this machine, with scripted responses.

    with receiver(answers=[500, RESET, 200]) as shop:
        ...
        shop.received[0].headers["webhook-id"]

Responses are sent in order, and the last one is repeated. A callable returns the response to the request.

Each receiver has a path of its own, unless a test needs others. Another test's sandbox may still send webhooks to a
receiver that has ended, and whose port this one got: they are answered with 404, and not recorded.
"""

import secrets
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 10


@dataclass(frozen=True)
class Received:
    """A request as received. Header names are in lower case; `body` is the signed bytes."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Says:
    """A status with headers and a body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""


class _Reset:
    """Resets the connection without a response."""


RESET = _Reset()

Answer = int | Says | _Reset | Callable[[Received], "int | Says | _Reset"]


class Receiver:
    """The requests received, in order, and the responses to send."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.answers = list(answers)
        self._came = threading.Condition()

    def ids(self) -> list[str]:
        """Return the IDs of the received events, in order."""
        return [one.headers["webhook-id"] for one in self.received]

    def wait_for(self, count: int) -> bool:
        """Wait until `count` requests were received. Return whether they were."""
        with self._came:
            return self._came.wait_for(lambda: len(self.received) >= count, PATIENCE_S)

    def take(self, request: Received) -> int | Says | _Reset:
        """Record a request, and return the response to it."""
        with self._came:
            self.received.append(request)
            answer = self.answers[min(len(self.received), len(self.answers)) - 1]
            self._came.notify_all()
        return answer(request) if callable(answer) else answer


@contextmanager
def receiver(answers: Sequence[Answer] = (200,), *, path: str = "") -> Iterator[Receiver]:
    """Run a receiver until the block ends. It accepts paths that start with `path`, by default one of its own."""
    shop, path = Receiver(answers), path or f"/hooks/{secrets.token_hex(8)}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # the body would wait until the headers are acknowledged

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if not self.path.startswith(path):
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = shop.take(Received(self.path, headers, body))
            if isinstance(answer, _Reset):
                self.close_connection = True
                # Closing sends RST instead of FIN.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            said = Says(answer) if isinstance(answer, int) else answer
            content = said.body.encode()
            self.send_response(said.status)
            for name, value in {"Content-Length": str(len(content)), **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's word
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # Many webhooks may come at once.
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Ignore connections that were reset on purpose."""

    server = Server(("127.0.0.1", 0), Handler)
    shop.url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
