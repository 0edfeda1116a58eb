"""The proxy between a team's program and the local sandbox: it passes calls on, and loses answers.

It speaks plain HTTP/1.1 on the loopback interface, and passes on to the loopback interface only.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from cli.lose.cells import Loss
from paysandbox.core.this_machine import is_this_machine

# The gateway gives up on a function after 29 s.
_UPSTREAM_S: Final = 60.0
_IDLE_S: Final = 30.0
_POLL_S: Final = 0.02
_LINE_MAX: Final = 65_536

# Of the connection (RFC 9110, section 7.6.1), and those that this proxy writes itself.
_HOP: Final = frozenset(
    {
        *("connection", "content-length", "expect", "host", "keep-alive", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
# Without it, an answer is compressed and its IDs cannot be read.
_NOT_SENT: Final = _HOP | {"accept-encoding"}

# Close at once, with a reset instead of the end of the stream (SO_LINGER in socket(7)).
_RESET: Final = struct.pack("ii", 1, 0)

_PUBLISHABLE: Final = "pk_"
_OF_CUSTOMER: Final = "ek_"

GATEWAY_PAGE: Final = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


@dataclass(frozen=True)
class Sent:
    """A request as it arrived. Header names are lowercase."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answered:
    """The sandbox's answer. Status 502 and no body if it did not respond."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Observer(Protocol):
    """Decides on each call, and learns its answer. Called from several threads."""

    def arrived(self, sent: Sent) -> tuple[Any, Loss | None]:
        """Return what `answered` is given of this request, and how its answer is lost, if it is."""
        ...

    def answered(self, mark: Any, answer: Answered | None) -> None:
        """Take the sandbox's answer, whether lost or not. None if the request was not passed on."""
        ...


@dataclass(frozen=True)
class Keys:
    """The API keys that calls are passed on with, in place of their own: a secret one and a publishable one."""

    secret: str = field(repr=False)
    publishable: str


class LosingProxy:
    """A proxy that is running. `hold_s` is how long a call is held whose answer is lost by a time-out.

    Calls are passed on with `keys`, if there are any: those of the merchant of the run, for a server with its own.
    """

    keys: Keys | None = None

    def __init__(self, base_url: str, observer: Observer, hold_s: float = 0.0, port: int = 0) -> None:
        where = urlsplit(base_url)
        if where.scheme != "http" or not is_this_machine(where.hostname or "") or where.port is None:
            raise ValueError(f"{base_url!r} is not on this machine")
        self.host, self.port_of_sandbox = where.hostname or "", where.port
        self.observer, self.hold_s = observer, hold_s
        self.stopping = threading.Event()
        self._busy, self._lock = 0, threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), name="lose", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The base URL of the proxy, without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count a request that the sandbox works on."""
        with self._lock:
            self._busy += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy -= 1

    def wait_until_idle(self, within_s: float) -> bool:
        """Wait until the sandbox works on no request, so that the ledger is at rest. Return whether it is."""
        until = time.monotonic() + within_s
        while self._busy:
            if time.monotonic() > until:
                return False
            time.sleep(_POLL_S)
        return True

    def close(self) -> None:
        """Stop. Connections that are held are closed."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def losing_proxy(
    base_url: str, observer: Observer, hold_s: float = 0.0, port: int | None = None
) -> Iterator[LosingProxy]:
    """Run a proxy to the sandbox at this base URL until the block ends, on a free port or on this one.

    Raises OSError if the port is not free.
    """
    proxy = LosingProxy(base_url, observer, hold_s, port or 0)
    try:
        yield proxy
    finally:
        proxy.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # A program may open many connections at once.
    request_queue_size = 128
    proxy: LosingProxy

    def shutdown_request(self, request: Any) -> None:
        """Close a connection. One that is to be reset is not shut down before, which would end the stream properly."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET)) == _RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the other end closed the connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_S
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - socketserver names the base class

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server calls it
        """Log nothing."""

    def do_GET(self) -> None:
        """Pass a request on, and its answer back or not."""
        proxy = self.server.proxy
        if not is_this_machine(urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""):
            # A web page whose own name leads here (DNS rebinding): the sandbox would no longer see it.
            self.close_connection = True
            self._write(Answered(403, [], b""))
            return
        # A web page of another origin may invent a key, which the sandbox refuses unless it is replaced here.
        keys = proxy.keys if "Origin" not in self.headers else None
        headers = [(name, _with_keys(name.lower(), value, keys)) for name, value in self.headers.items()]
        sent = Sent(self.command, self.path, {name.lower(): value for name, value in headers}, self._read_body())
        mark, loss = proxy.observer.arrived(sent)
        if loss is Loss.BEFORE:
            proxy.observer.answered(mark, None)
            self._reset()
            return
        with proxy.working():
            answer = self._passed_on(sent, headers)
            proxy.observer.answered(mark, answer)
        self._answer(answer, loss)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - as http.server calls them

    def _read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts: list[bytes] = []
        while size := int(self.rfile.readline(_LINE_MAX).partition(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline(_LINE_MAX)
        while self.rfile.readline(_LINE_MAX).strip():
            pass
        return b"".join(parts)

    def _passed_on(self, sent: Sent, headers: Sequence[tuple[str, str]]) -> Answered:
        proxy = self.server.proxy
        connection = http.client.HTTPConnection(proxy.host, proxy.port_of_sandbox, timeout=_UPSTREAM_S)
        try:
            connection.putrequest(sent.method, sent.target, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in _NOT_SENT:
                    connection.putheader(name, value)
            if sent.body or sent.method in {"POST", "PUT", "PATCH"}:
                connection.putheader("Content-Length", str(len(sent.body)))
            connection.endheaders(sent.body or None)
            answer = connection.getresponse()
            received = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return Answered(answer.status, received, answer.read())
        except (OSError, http.client.HTTPException):
            return Answered(502, [], b"")
        finally:
            connection.close()

    def _answer(self, answer: Answered, loss: Loss | None) -> None:
        match loss:
            case Loss.RESET:
                self._reset()
            case Loss.TIMEOUT:
                self.server.proxy.stopping.wait(self.server.proxy.hold_s)
                self._reset()
            case Loss.GATEWAY:
                self._write(Answered(502, [("Content-Type", "text/html")], GATEWAY_PAGE))
            case Loss.TRUNCATE:
                self._write(answer, sent_bytes=len(answer.body) // 2)
                self.close_connection = True
            case _:
                self._write(answer)

    def _write(self, answer: Answered, sent_bytes: int | None = None) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[:sent_bytes])

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close_connection = True


def _with_keys(name: str, value: str, keys: Keys | None) -> str:
    """Return a header's value with one of these keys instead of the caller's. A key of a customer stays."""
    if keys is None or name not in ("authorization", "x-api-key"):
        return value
    scheme, _, sent = value.rpartition(" ")
    is_basic = scheme.lower() == "basic"
    try:
        key = base64.b64decode(sent + "==").decode(errors="replace").partition(":")[0] if is_basic else sent
    except binascii.Error:
        return value  # the sandbox refuses it
    if key.startswith(_OF_CUSTOMER):
        return value
    own = keys.publishable if key.startswith(_PUBLISHABLE) else keys.secret
    if is_basic:
        own = base64.b64encode(f"{own}:".encode()).decode()
    return f"{scheme} {own}".lstrip()
