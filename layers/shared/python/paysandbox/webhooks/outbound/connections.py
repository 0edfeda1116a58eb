"""HTTP connections to endpoints: urllib3 over sockets that are connected to checked addresses.

urllib3 does the TLS handshake, writes the request and reads the response. It gets a connected socket, so it never
resolves a name. It leaves two things unbounded: its timeouts restart with each read, so a peer that sends one byte per
second never times out, and it reads headers, chunk sizes and interim responses without limit. So all bytes pass
one deadline and one byte count here: `Connection.send` and `_Received`.
"""

import socket
import ssl
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from http.client import BadStatusLine, HTTPException, HTTPResponse, parse_headers
from io import BufferedReader, RawIOBase
from threading import Lock
from typing import Any, Final

import urllib3.connection
import urllib3.response
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from paysandbox.aws.backoff import pause
from paysandbox.aws.runtime import authorities_file
from paysandbox.core.record import record
from paysandbox.webhooks.outbound.lookup import Deadline
from paysandbox.webhooks.outbound.target import Target

_MAX_ANSWER_BYTES: Final = 65_536
"""Maximum size of a response as received, including headers and chunk sizes. At most one more read of 8 KB is
accepted."""

_MAX_IDLE: Final = 64
"""More than the endpoints of one batch, and far fewer than the 1,024 files that Lambda lets a function open."""

# Further exceptions raised while parsing headers: Python's email parser fails on some input (`multipart/x;
# boundary*=\0''x`, nested messages), and urllib3 rejects contradictory lengths.
_UNREADABLE: Final = (HTTPError, ValueError, TypeError, LookupError, AttributeError, RecursionError)

Tls = Callable[[], ssl.SSLContext]

_PIECES: Final = 10
"""Of a body that arrives slowly."""


@record
class Request:
    """A POST request: path with query, all headers, and body, which takes `body_takes_s` to arrive."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    body_takes_s: int = 0

    def pieces(self) -> bytes | Iterator[bytes]:
        """Return the body, or its tenths with pauses before each."""
        return self.body if not self.body_takes_s else self._slowly()

    def _slowly(self) -> Iterator[bytes]:
        size = -(-len(self.body) // _PIECES) or 1
        for start in range(0, len(self.body), size):
            pause(1_000 * self.body_takes_s // _PIECES)
            yield self.body[start : start + size]


class _Answer(HTTPResponse):
    """http.client's response, which reads over every interim one (RFC 9110, section 15.2). Its own skips 100 alone.

    101 is the exception: what follows it is no HTTP. All bytes count against the limits of the final response.
    """

    def _read_status(self) -> tuple[str, int, str]:
        base: Any = super()
        while True:
            version, status, reason = base._read_status()  # noqa: SLF001 - the one place that knows all of a response
            if not _is_interim(status):
                return version, status, reason
            parse_headers(self.fp)


def _is_interim(status: int) -> bool:
    return status < HTTPStatus.OK and status != HTTPStatus.SWITCHING_PROTOCOLS


class Connection(HTTPConnection):
    """A connection that carries one request at a time. `key` determines which requests may reuse it."""

    def __init__(self, target: Target, address: str, peer: socket.socket, deadline: Deadline, **tls: Any) -> None:
        super().__init__(address, target.port, **tls)
        self.key = key_of(target, address)
        self.idle_since_s = 0.0
        self._peer = peer
        self._deadline = deadline
        self._incoming: _Incoming | None = None

    def post(self, request: Request, deadline: Deadline) -> BaseHTTPResponse:
        """Send a POST. Returns the response with its headers parsed and its body still unread (`read1`).

        Raises OSError or HTTPException, and closes the connection then.
        """
        self._deadline, self._incoming = deadline, None
        try:
            self.request(
                "POST", request.path, request.pieces(), request.headers, preload_content=False, decode_content=False
            )
            return self._head()
        except BaseException:
            self.close()
            raise

    @property
    def is_answering(self) -> bool:
        """Whether a byte of the response to the last request has arrived."""
        return self._incoming is not None and self._incoming.source.received > 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has arrived since the last response: neither a close nor unsolicited bytes.

        urllib3 checks the socket only. Bytes may also be in the read buffer or in a TLS record.
        """
        read_ahead = self._incoming is not None and self._incoming.surplus
        deciphered = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        return self.is_connected and not read_ahead and not deciphered

    def send(self, data: Any) -> None:
        """Send these bytes. Raises TimeoutError at the deadline: `sendall` would restart its timeout per TLS record."""
        unsent = memoryview(data)
        while unsent:
            self.sock.settimeout(self._deadline.left_s())
            unsent = unsent[self.sock.send(unsent) :]

    def _answer(self, peer: socket.socket, **options: Any) -> HTTPResponse:
        answer = _Answer(peer, **options)
        answer.fp.close()
        answer.fp = self._incoming = _Incoming(_Received(peer, self._deadline))
        return answer

    response_class: Any = _answer
    """Factory of http.client's responses: its own class, over a size-limited reader."""

    def _head(self) -> BaseHTTPResponse:
        """Read the response's status and headers. Raises OSError or HTTPException."""
        try:
            answer = self.getresponse()
        except (OSError, HTTPException):
            raise
        except _UNREADABLE as error:
            raise HTTPException from error
        if answer.status == HTTPStatus.SWITCHING_PROTOCOLS:  # which no request of ours offers
            raise BadStatusLine(str(answer.status))
        if self._incoming is not None:
            self._incoming.source.in_head = False
        return answer

    def _new_conn(self) -> socket.socket:
        self._peer.settimeout(self._deadline.left_s())  # for the whole handshake
        return self._peer


class _TlsConnection(Connection, HTTPSConnection):
    """A TLS connection, to a server identified by the certificate for its name, never for its address."""


class _Received(RawIOBase):
    """The bytes that a socket receives for one response."""

    def __init__(self, peer: socket.socket, deadline: Deadline) -> None:
        self.received = 0
        self.in_head = True
        self._peer, self._deadline = peer, deadline
        # With `Connection: close`, http.client closes the socket after the headers. A separate file keeps the body
        # readable.
        self._file = peer.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Read at least one byte, or 0 at the end. Raises OSError, and HTTPException if the response is too large.

        Raises ConnectionResetError if the connection ends within the headers, which http.client would treat as an empty
        line.
        """
        if self.received > _MAX_ANSWER_BYTES:
            raise HTTPException("the response is too large")
        self._peer.settimeout(self._deadline.left_s())
        count = self._file.readinto(buffer) or 0
        if not count and self.in_head:
            raise ConnectionResetError
        self.received += count
        return count

    def tell(self) -> int:
        return self.received

    def close(self) -> None:
        self._file.close()
        super().close()


class _Incoming(BufferedReader):
    """Buffers a response for http.client, which closes it at its end. `surplus` counts bytes received after it."""

    def __init__(self, source: _Received) -> None:
        super().__init__(source)
        self.source = source
        self.surplus = 0

    def close(self) -> None:
        if not self.closed:
            self.surplus = self.source.received - self.tell()
        super().close()


class IdleConnections:
    """Connections waiting for their next request, for at most `idle_s` seconds. Thread-safe.

    The default is below five seconds, the release-alive timeout of Node's servers, which are the most likely receivers.
    """

    def __init__(self, idle_s: float = 4.0) -> None:
        self._idle_s = idle_s
        self._idle: list[Connection] = []
        self._lock = Lock()

    def take(self, target: Target, addresses: Sequence[str]) -> Connection | None:
        """Take the most recently used reusable connection to one of these addresses. Closes broken and expired ones."""
        keys = {key_of(target, address) for address in addresses}
        while True:
            with self._lock:
                cutoff_s = time.monotonic() - self._idle_s
                stale = [idle for idle in self._idle if idle.idle_since_s < cutoff_s]
                del self._idle[: len(stale)]  # sorted by time
                connection = next((idle for idle in reversed(self._idle) if idle.key in keys), None)
                if connection is not None:
                    self._idle.remove(connection)
            for expired in stale:
                expired.close()
            if connection is None or connection.is_quiet:
                return connection
            connection.close()

    def release(self, connection: Connection) -> None:
        """Store a connection for reuse. If there are too many, the one idle for longest is closed."""
        connection.idle_since_s = time.monotonic()
        with self._lock:
            self._idle.append(connection)
            evicted = self._idle.pop(0) if len(self._idle) > _MAX_IDLE else None
        if evicted is not None:
            evicted.close()

    def clear(self) -> None:
        """Close all idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def key_of(target: Target, address: str) -> Hashable:
    """Return the key that a connection and a request must share for reuse."""
    return target.scheme, target.host, target.port, address


def connect(target: Target, addresses: Sequence[str], tls: Tls, *, connect_s: float, deadline: Deadline) -> Connection:
    """Connect to the first of these addresses that accepts. Raises OSError, including ssl.SSLError."""
    _silence_urllib3()
    address, peer = _connected(target.port, addresses, Deadline.after(min(connect_s, deadline.left_s())))
    try:
        if target.scheme == "https":
            # No `assert_hostname`: it disables OpenSSL's own hostname check, in a context that all connections share.
            connection = _TlsConnection(target, address, peer, deadline, ssl_context=tls(), server_hostname=target.host)
        else:
            connection = Connection(target, address, peer, deadline)
        connection.connect()
    except BaseException:
        peer.close()
        raise
    return connection


@cache
def _silence_urllib3() -> None:
    """Silence urllib3's warnings about invalid headers: they quote them, so a receiver could write to our log."""
    for module in (urllib3.connection, urllib3.response):
        module.log.setLevel("ERROR")


@cache
def default_tls() -> ssl.SSLContext:
    """Return a verifying context for TLS 1.2 or newer. Created on first use, since loading the CAs is slow.

    In the local sandbox, it also trusts those of `authorities_file`.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if file := authorities_file():
        context.load_verify_locations(file)
    return context


def _connected(port: int, addresses: Sequence[str], deadline: Deadline) -> tuple[str, socket.socket]:
    """Connect to the first address that accepts. Each gets a share of the time, so a dead one does not block others."""
    for place, address in enumerate(addresses, start=1):
        share_s = deadline.left_s() / (len(addresses) - place + 1)
        try:
            peer = socket.create_connection((address, port), timeout=share_s)
        except OSError:
            if place == len(addresses):
                raise
        else:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return address, peer
    raise AssertionError("a name without addresses does not come here")
