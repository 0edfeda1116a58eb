"""A small HTTP server on the loopback interface that receives deliveries, at a secret path."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Self

# Events are at most 20,000 bytes.
_BODY_BYTES_MAX: Final = 1_000_000
# Longer than the sandbox keeps a connection open, but shorter than a user waits for the command to end.
_SILENCE_S: Final = 15.0
_NO_BODY: Final = frozenset({204, 304})

ALIVE: Final = "paysandbox listen"
"""The response to a liveness check."""


@dataclass(frozen=True)
class Returned:
    """The response to the sandbox."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Take = Callable[[Mapping[str, str], bytes], Returned]
"""A function that handles a delivery: headers by lower-case names, and the raw bytes."""


class Receiver:
    """The server, on a free port. As a context manager, it stops at the end of the block."""

    def __init__(self, take: Take) -> None:
        self._server = _Server(f"/{secrets.token_urlsafe(16)}", take)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="receiver", daemon=True
        )

    @property
    def url(self) -> str:
        """The receiver's URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{self._server.place}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # an open connection does not delay the shutdown
    request_queue_size = 64

    def __init__(self, place: str, take: Take) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.place, self.take = place, take

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a broken connection: the sandbox retries."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - this handler is served by this server alone
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait until the headers are acknowledged
    server_version, sys_version = "paysandbox", ""
    timeout = _SILENCE_S

    def do_GET(self) -> None:
        """Answer a liveness check."""
        self._return(Returned(200, ALIVE.encode()) if self.path == self.server.place else Returned(404))

    def do_POST(self) -> None:
        """Receive a delivery."""
        length = self.headers.get("content-length", "")
        if not (length.isascii() and length.isdigit()):
            self._refuse(411)
        elif int(length) > _BODY_BYTES_MAX:
            self._refuse(413)
        elif self.path != self.server.place:
            self._refuse(404)
        else:
            body = self.rfile.read(int(length))
            self._return(self.server.take({name.lower(): value for name, value in self.headers.items()}, body))

    def _refuse(self, status: int) -> None:
        self.close_connection = True  # the request body was not read
        self._return(Returned(status))

    def _return(self, returned: Returned) -> None:
        content = None if returned.status in _NO_BODY else returned.body
        self.send_response(returned.status)
        for name, value in returned.headers.items():
            self.send_header(name, value)
        if content is not None:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's word
        """Log nothing: each delivery has its own line."""
