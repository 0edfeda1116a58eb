"""Servers of a run that pass requests on: their port and thread, and the headers that they copy."""

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx

# Of the connection (RFC 9110, section 7.6.1), and of bodies, which httpx has decoded.
_NOT_SENT: Final = frozenset({"accept-encoding", "connection", "content-length", "host", "keep-alive", "te", "upgrade"})
_NOT_RETURNED: Final = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
)


class ProxyHandler(BaseHTTPRequestHandler):
    """A handler that logs nothing, and ends with a connection that the other end closes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # the body would wait until the headers are acknowledged

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing."""

    def handle(self) -> None:
        """Answer the requests of a connection."""
        try:
            super().handle()
        except OSError:  # it was closed, or speaks no TLS
            self.close_connection = True

    def body(self) -> bytes:
        """Read the request's body."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def sent(self) -> list[tuple[str, str]]:
        """Return the request's headers that are passed on."""
        return [(name, value) for name, value in self.headers.items() if name.lower() not in _NOT_SENT]

    def answer(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Answer with these headers and the length of the body."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def returned(answer: httpx.Response) -> list[tuple[str, str]]:
    """Return the headers of an answer that are passed back."""
    return [(name, value) for name, value in answer.headers.multi_items() if name not in _NOT_RETURNED]


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on a port of the loopback interface until the block ends, and yield the port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    if tls is not None:
        # A handshake takes place in the thread of its connection, with the first read.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
