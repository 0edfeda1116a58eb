"""A connection to an endpoint: opened to an address that was judged, asked once or more.

A server is known by the certificate of its name (TLS 1.2 or newer), never by its address.
"""

import socket
import ssl
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from http.client import BadStatusLine, HTTPException, HTTPResponse
from typing import Any, Final, cast

from paysandbox.domain.target import Target
from paysandbox.runtime.incoming import Deadline, Incoming

# What reading a head raises besides: Python takes it for that of an e-mail, whose parts have boundaries in any
# character set, and messages within messages.
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError)

Tls = Callable[[], ssl.SSLContext]


class Connection:
    """A connection for one request and its answer after the other. `key` says for whom it may be used again."""

    def __init__(self, key: Hashable, peer: socket.socket) -> None:
        self.key = key
        self.idle_since_s = 0.0
        self._peer = peer
        self._incoming: Incoming | None = None

    def ask(self, request: bytes, deadline: Deadline) -> HTTPResponse:
        """Send a POST; its answer, of which the head was read. Raises OSError or HTTPException, and is closed then."""
        self._incoming = Incoming(self._peer, deadline)
        try:
            self._send(request, deadline)
            return _head(self._incoming)
        except BaseException:
            self.close()
            raise

    @property
    def is_answering(self) -> bool:
        """Whether a byte of the answer to what was asked last has come."""
        return self._incoming is not None and self._incoming.received > 0

    def is_done_with(self, answer: HTTPResponse) -> bool:
        """Whether the answer came whole and with nothing behind it, from a server that will take another request."""
        whole = answer.length == 0 or (answer.isclosed() and not answer.length)
        return whole and not answer.will_close and self._incoming is not None and not self._incoming.waiting

    def is_quiet(self) -> bool:
        """Whether nothing has come since the last answer: neither an end, nor a byte that nobody asked for."""
        self._peer.setblocking(False)
        try:
            self._peer.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            pass
        return False

    def close(self) -> None:
        """End it, without a word to the other side."""
        self._peer.close()

    def _send(self, request: bytes, deadline: Deadline) -> None:
        unsent = memoryview(request)
        while unsent:
            self._peer.settimeout(deadline.left_s())
            unsent = unsent[self._peer.send(unsent) :]


def _head(incoming: Incoming) -> HTTPResponse:
    answer = HTTPResponse(cast("Any", incoming), method="POST")
    try:
        answer.begin()
    except (OSError, HTTPException):
        raise
    except _UNREADABLE as error:
        raise HTTPException from error
    if answer.status < 200:  # http.client skips 100; what we send asks for none of the others
        raise BadStatusLine(str(answer.status))
    return answer


def key_of(target: Target, address: str) -> Hashable:
    """What a connection must have in common with a request that may use it."""
    return target.scheme, target.host, target.port, address


def connect(target: Target, addresses: Sequence[str], tls: Tls, *, connect_s: float, deadline: Deadline) -> Connection:
    """A connection to the first of these addresses that takes one. Raises OSError, ssl.SSLError included."""
    connected_by = Deadline.after(min(connect_s, deadline.left_s()))
    address, peer = _connected(target.port, addresses, connected_by)
    if target.scheme == "https":
        peer = _under_tls(peer, target.host, tls, deadline)
    return Connection(key_of(target, address), peer)


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


def _under_tls(peer: socket.socket, host: str, tls: Tls, deadline: Deadline) -> ssl.SSLSocket:
    """The connection after its handshake, with a server whose certificate is for the host's name (or address)."""
    try:
        context = tls()
        peer.settimeout(deadline.left_s())
        return context.wrap_socket(peer, server_hostname=host)
    except BaseException:
        peer.close()
        raise
