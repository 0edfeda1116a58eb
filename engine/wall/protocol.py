"""HTTP connections with limits, so that no client can occupy the engine or its memory.

httptools holds a header and uvicorn a path until they are complete, and neither ends a slow request. Here they are
bounded while they arrive. The application then gets a request with the extension `REFUSED`, to which it responds.

An offer of another protocol is ignored. httptools ends a request with such an offer at its head, without its body.
"""

import asyncio
import os
import socket
import struct
from typing import Any, Literal

import httptools  # pyright: ignore[reportMissingImports] - it lives in .venv-engine only
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from engine.wall.request_limits import CONNECTION, LIMITS, REFUSED, Broken, Limits

Awaited = Literal["headers", "body"]


class Transport:
    """A connection's transport that sends the head of a response together with what follows it, and closes gently.

    uvicorn writes head and body one after the other, and uvloop sends each at once: the client wakes up, reads the
    head, and waits for the body.
    """

    def __init__(self, transport: Any, linger_s: float) -> None:
        self._transport = transport
        self._linger_s = linger_s
        self._head = b""
        self.is_unread = False
        """Whether the client may still be sending a request."""
        self.is_lingering = False
        """Whether the connection is closed as soon as the client had time to read the response."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send this, or keep it until the next call if it is a head, for at most the current turn of the event loop."""
        if data.startswith(b"HTTP/1.1 ") and not self._head:
            self._head = data
            asyncio.get_running_loop().call_soon(self._send_head)
        else:
            head, self._head = self._head, b""
            self._transport.write(head + data)

    def close(self) -> None:
        """Close the connection after what was written.

        A socket that is closed while bytes wait in it resets the connection, and the client loses the response.
        """
        self._send_head()
        if self.is_lingering:
            return
        if self.is_unread and not self._transport.is_closing():
            self.is_lingering = True
            self._transport.write_eof()
            asyncio.get_running_loop().call_later(self._linger_s, self._transport.close)
        else:
            self._transport.close()

    def _send_head(self) -> None:
        if self._head:
            self.write(b"")


class RequestParser:
    """httptools' parser, which reads a request that offers an upgrade as any other.

    A server may ignore the offer (RFC 9110, section 7.8), and java.net.http sends one by default. llhttp takes what
    follows such a head for the other protocol, so the head is parsed again without the offer, and then the body.
    """

    def __init__(self, protocol: "BoundedProtocol") -> None:
        self._protocol = protocol
        self._parser = self._new_parser()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    @property
    def is_at_an_offer(self) -> bool:
        """Whether the head just parsed offers an upgrade, and will be parsed again. CONNECT is no offer."""
        return self._parser.should_upgrade() and self._parser.get_method() != b"CONNECT"

    def feed_data(self, data: bytes) -> None:
        """Parse these bytes. Raises httptools.HttpParserError, and HttpParserUpgrade after a CONNECT."""
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                if not self.is_at_an_offer:
                    raise
                data = self._protocol.head_without_offer() + data[stopped.args[0] :]
                # The old one reads nothing more if the head also has `Connection: close`.
                self._parser = self._new_parser()
            else:
                return

    def _new_parser(self) -> Any:
        parser = httptools.HttpRequestParser(self._protocol)
        # As uvicorn's own: what follows a request with `Connection: close` is ignored.
        parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return parser


class BoundedProtocol(HttpToolsProtocol):
    """A connection within its limits."""

    # Narrower in uvicorn, which knows neither this transport nor the entries that are added to a scope.
    transport: Any
    connections: Any
    scope: Any

    def __init__(self, *arguments: Any, limits: Limits = LIMITS, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = RequestParser(self)
        self._limits = limits
        self.awaited: Awaited | None = "headers"
        self._timed: Awaited | None = None
        self.since = 0.0
        self._chunks = self._body_bytes = self._discarded_bytes = 0
        self._expiry: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._field_bytes = 0
        self._silent_bytes = 0
        self._is_progress = False
        self._is_refused = False

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request. If there are too many connections, another one ends for this one."""
        gentle: Any = Transport(transport, self._limits.linger_s)
        super().connection_made(gentle)
        self._restart_timer()
        if len(self.connections) > self._limits.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the timers."""
        self.awaited = None
        self._restart_timer()
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, unless the connection's last request was refused."""
        if self._is_refused or self.transport.is_lingering:
            self._discard(len(data))
            return
        self._is_progress = False
        super().data_received(data)
        if self.transport.is_lingering or self.transport.is_closing():  # it is no HTTP
            return
        # The parser calls nobody for a part of a header, which it holds, or of a chunk's extension.
        self._silent_bytes = 0 if self._is_progress else self._silent_bytes + len(data)
        if self._silent_bytes > self._limits.header_bytes:
            self._refuse(self._limits.headers_too_large)
        elif self._silent_bytes and self.is_idle:
            self.awaited = "headers"
        self._restart_timer()

    def on_message_begin(self) -> None:
        """Begin to count the headers of a request."""
        if not self._is_refused:
            super().on_message_begin()
            self.scope["extensions"] = {CONNECTION: {"reset": self._reset, "close": self._close}}
            self.awaited, self._field_bytes = "headers", 0
            self.transport.is_unread = True

    def on_url(self, url: bytes) -> None:
        """Refuse a path that is too long."""
        self._is_progress = True
        if self._is_refused:
            return
        super().on_url(url)
        if len(self.url) > self._limits.path_bytes:
            self.url = self.url[: self._limits.path_bytes]
            self._refuse(self._limits.path_too_long)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse headers that are too large. A trailer counts as well, and is discarded (RFC 9110, section 6.5.1)."""
        self._is_progress = True
        if self._is_refused:
            return
        self._field_bytes += len(name) + len(value) + len(b": \r\n")
        if self._field_bytes > self._limits.header_bytes or len(self.headers) >= self._limits.header_count:
            self._refuse(self._limits.headers_too_large)
        elif self.awaited == "headers":
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Start the application, and wait for the body."""
        if not self._is_refused and not self.parser.is_at_an_offer:
            self.awaited, self._chunks, self._body_bytes, self._discarded_bytes = "body", 0, 0, 0
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body, unless it comes in tiny ones, each of which takes as long as a large one."""
        self._is_progress = True
        if self._is_refused:
            return
        if self.is_idle:  # it has its response, and its client may send another request after this body
            self._discard(len(body))
            return
        self._chunks += 1
        self._body_bytes += len(body)
        if self._chunks > self._limits.tiny_chunks + self._body_bytes // self._limits.tiny_chunk_bytes:
            self._end_unread()
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing."""
        self._is_progress = True
        if not self._is_refused and not self.parser.is_at_an_offer:
            self.awaited = None
            self.transport.is_unread = False
            super().on_message_complete()

    def pause_writing(self) -> None:
        """Give up a response that the client does not read."""
        super().pause_writing()
        self._unread = self.loop.call_later(self._limits.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        self._stop_waiting_for_reader()
        super().resume_writing()

    def head_without_offer(self) -> bytes:
        """Return the head of the current request, without its Upgrade header."""
        version = self.parser.get_http_version().encode()
        fields = [b"%b: %b\r\n" % field for field in self.headers if field[0] != b"upgrade"]
        return b"".join([self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n", *fields, b"\r\n"])

    @property
    def is_idle(self) -> bool:
        """Whether no request of this connection is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _reset(self) -> None:
        """End the connection with a TCP RST, as a network does that breaks (socket(7), SO_LINGER)."""
        opened = self.transport.get_extra_info("socket")
        with socket.socket(fileno=os.dup(opened.fileno())) as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _close(self) -> None:
        """End the connection after what was written, complete or not."""
        self.cycle.keep_alive = False
        self.transport.close()

    def _stop_waiting_for_reader(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _refuse(self, broken: Broken) -> None:
        """Let the application respond to a broken limit, and read no more."""
        if self.awaited != "headers" or self.scope is None:
            self._end_unread()
            return
        self._is_refused = True
        self.scope["extensions"][REFUSED] = broken
        try:
            super().on_headers_complete()
        except httptools.HttpParserError:  # the path is no path
            self.transport.abort()
            return
        self.cycle.keep_alive = False
        self.cycle.more_body = False
        self.cycle.message_event.set()

    def _end_unread(self) -> None:
        """Read nothing more. The connection ends later, so that the client cannot do the same again at once."""
        self._is_refused = True
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.pause_reading()
        self.loop.call_later(self._limits.linger_s, self.transport.abort)

    def _discard(self, size: int) -> None:
        """Let a client finish that has little left to send. Others wait for their response and the connection's end."""
        self._discarded_bytes += size
        if self._discarded_bytes <= self._limits.discarded_bytes:
            return
        if self.is_idle and not self.transport.is_lingering:
            self._end_unread()
        else:
            self.transport.pause_reading()

    def _restart_timer(self) -> None:
        """Time what is awaited. Most requests arrive as a whole, and need no timer."""
        if self._is_refused:
            self.awaited = None
        if self._timed == self.awaited:
            return
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        self._timed, self.since = self.awaited, self.loop.time()
        if self.awaited is not None:
            patience_s = self._limits.headers_s if self.awaited == "headers" else self._limits.body_s
            self._expiry = self.loop.call_later(patience_s, self._expire)

    def _expire(self) -> None:
        self._expiry = self._timed = None
        is_waiting = self.flow.read_paused or (self.awaited == "headers" and not self.is_idle)
        if is_waiting:  # of the client for the application
            self._restart_timer()
        else:
            self.transport.abort()

    def _make_room(self) -> None:
        """End the idle connection that has waited longest, at first of those without a complete header, or this one."""
        idle: list[BoundedProtocol] = [each for each in self.connections if each.is_idle and each is not self]
        slow = [each for each in idle if each.awaited]
        min(slow or idle, key=lambda each: each.since, default=self).transport.abort()
