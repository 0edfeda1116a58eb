"""Connections to endpoints: urllib3's, over sockets to addresses that were judged.

urllib3 does the handshake, writes the request and reads the answer. It is handed a connected socket, so it never looks
a name up. Two things it does not bound: its timeouts begin anew with each read, so that whoever sends a byte a second
is never late; and it reads heads, chunk sizes and `100 Continue` for as long as they come. So every byte passes one
deadline and one count here: `Connection.send`, `_Received`.
"""

import socket
import ssl
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http.client import BadStatusLine, HTTPException, HTTPResponse
from io import BufferedReader, RawIOBase
from threading import Lock
from typing import Any, Final

import urllib3.connection
import urllib3.response
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from paysandbox.webhooks.lookup import Deadline
from paysandbox.webhooks.target import Target

_MAX_ANSWER_BYTES: Final = 65_536
"""Of an answer, as it comes in, head and chunk sizes included; at most one piece of 8 KB more is taken."""

_MAX_IDLE: Final = 64
"""More than a batch has endpoints, and far less than the 1,024 files that Lambda lets a function open."""

# What reading a head raises besides: Python takes it for that of an e-mail (`multipart/x; boundary*=\0''x`, messages
# within messages), urllib3 refuses lengths that disagree.
_UNREADABLE: Final = (HTTPError, ValueError, TypeError, LookupError, AttributeError, RecursionError)

Tls = Callable[[], ssl.SSLContext]


@dataclass(frozen=True, slots=True)
class Request:
    """A POST: the path with its query, all headers that are sent, the body."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Connection(HTTPConnection):
    """A connection for one request and its answer after the other. `key` says for whom it may be used again."""

    def __init__(self, target: Target, address: str, peer: socket.socket, deadline: Deadline, **tls: Any) -> None:
        super().__init__(address, target.port, **tls)
        self.key = key_of(target, address)
        self.idle_since_s = 0.0
        self._peer = peer
        self._deadline = deadline
        self._incoming: _Incoming | None = None

    def ask(self, asked: Request, deadline: Deadline) -> BaseHTTPResponse:
        """Send a POST; its answer, of which the head was read, and the body can be (`read1`).

        Raises OSError or HTTPException, and is closed then.
        """
        self._deadline, self._incoming = deadline, None
        try:
            self.request("POST", asked.path, asked.body, asked.headers, preload_content=False, decode_content=False)
            return self._head()
        except BaseException:
            self.close()
            raise

    @property
    def is_answering(self) -> bool:
        """Whether a byte of the answer to what was asked last has come."""
        return self._incoming is not None and self._incoming.source.received > 0

    @property
    def is_quiet(self) -> bool:
        """Whether nothing has come since the last answer: neither an end, nor a byte that nobody asked for.

        urllib3 looks at the socket alone; a byte may also wait in what was read ahead, or in a TLS record.
        """
        read_ahead = self._incoming is not None and self._incoming.surplus
        deciphered = isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()
        return self.is_connected and not read_ahead and not deciphered

    def send(self, data: Any) -> None:
        """Send these bytes. Raises TimeoutError at the deadline: `sendall` has one for each TLS record."""
        unsent = memoryview(data)
        while unsent:
            self.sock.settimeout(self._deadline.left_s())
            unsent = unsent[self.sock.send(unsent) :]

    def _answer(self, peer: socket.socket, **options: Any) -> HTTPResponse:
        answer = HTTPResponse(peer, **options)
        answer.fp.close()
        answer.fp = self._incoming = _Incoming(_Received(peer, self._deadline))
        return answer

    response_class: Any = _answer
    """What http.client makes an answer with: its own, over bytes that have an end."""

    def _head(self) -> BaseHTTPResponse:
        """The answer to what was sent. Raises OSError or HTTPException."""
        try:
            answer = self.getresponse()
        except (OSError, HTTPException):
            raise
        except _UNREADABLE as error:
            raise HTTPException from error
        if answer.status < 200:  # http.client skips 100; what we send asks for none of the others
            raise BadStatusLine(str(answer.status))
        if self._incoming is not None:
            self._incoming.source.in_head = False
        return answer

    def _new_conn(self) -> socket.socket:
        self._peer.settimeout(self._deadline.left_s())  # for the whole handshake
        return self._peer


class _TlsConnection(Connection, HTTPSConnection):
    """The same under TLS: to a server that is known by the certificate of its name, never by its address."""


class _Received(RawIOBase):
    """What a socket receives of one answer."""

    def __init__(self, peer: socket.socket, deadline: Deadline) -> None:
        self.received = 0
        self.in_head = True
        self._peer, self._deadline = peer, deadline
        # `Connection: close` has http.client close the socket after the head; a file of its own lets the body be read.
        self._file = peer.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """What there is, at least a byte; 0 at the end. Raises OSError, and HTTPException where too much came.

        Raises ConnectionResetError where the end comes within the head: http.client would take it for an empty line.
        """
        if self.received > _MAX_ANSWER_BYTES:
            raise HTTPException("the other side sends more than anybody reads")
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
    """An answer's bytes as http.client reads them, who closes this at their end: `surplus` is how many came behind."""

    def __init__(self, source: _Received) -> None:
        super().__init__(source)
        self.source = source
        self.surplus = 0

    def close(self) -> None:
        if not self.closed:
            self.surplus = self.source.received - self.tell()
        super().close()


class IdleConnections:
    """Connections that wait for the next request, for at most `idle_s` seconds. Threads may share it.

    The default is less than the five seconds after which Node's servers hang up: they are the likeliest to be met.
    """

    def __init__(self, idle_s: float = 4.0) -> None:
        self._idle_s = idle_s
        self._idle: list[Connection] = []
        self._lock = Lock()

    def take(self, target: Target, addresses: Sequence[str]) -> Connection | None:
        """One to these addresses that still seems good, the last used first. Bad ones, and all too old, are closed."""
        keys = {key_of(target, address) for address in addresses}
        while True:
            with self._lock:
                oldest_s = time.monotonic() - self._idle_s
                stale = [one for one in self._idle if one.idle_since_s < oldest_s]
                del self._idle[: len(stale)]  # the list is in the order of time
                found = next((one for one in reversed(self._idle) if one.key in keys), None)
                if found is not None:
                    self._idle.remove(found)
            for one in stale:
                one.close()
            if found is None or found.is_quiet:
                return found
            found.close()

    def keep(self, connection: Connection) -> None:
        """Let it wait. When too many do, the one that waits longest is closed."""
        connection.idle_since_s = time.monotonic()
        with self._lock:
            self._idle.append(connection)
            spilled = self._idle.pop(0) if len(self._idle) > _MAX_IDLE else None
        if spilled is not None:
            spilled.close()

    def clear(self) -> None:
        """Close all that wait."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()


def key_of(target: Target, address: str) -> Hashable:
    """What a connection must have in common with a request that may use it."""
    return target.scheme, target.host, target.port, address


def connect(target: Target, addresses: Sequence[str], tls: Tls, *, connect_s: float, deadline: Deadline) -> Connection:
    """A connection to the first of these addresses that takes one. Raises OSError, ssl.SSLError included."""
    _silence_urllib3()
    address, peer = _connected(target.port, addresses, Deadline.after(min(connect_s, deadline.left_s())))
    try:
        if target.scheme == "https":
            # No `assert_hostname`: it switches OpenSSL's own check of the name off, in a context that all share.
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
    """Its warnings tell of heads that cannot be read, text and URL included: a receiver would write into our log."""
    for module in (urllib3.connection, urllib3.response):
        module.log.setLevel("ERROR")


@cache
def default_tls() -> ssl.SSLContext:
    """Certificates and their names are checked; TLS 1.2 or newer. Made when first needed: it reads all authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _connected(port: int, addresses: Sequence[str], deadline: Deadline) -> tuple[str, socket.socket]:
    """A connection to the first address that takes one. Each has its share of the time, so a dead one is survived."""
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
