"""Limits of a request, except of its body (request_body.py), and of the connections.

This module depends on no server, so that the wall can respond to what the server refuses (protocol.py).
"""

from dataclasses import dataclass
from typing import Final

REFUSED: Final = "paysandbox.refused"
"""The ASGI extension of a request that breaks a limit. Its value is the Broken limit."""

CONNECTION: Final = "paysandbox.connection"
"""The ASGI extension with the connection of a request: a function each to `reset` and to `close` it."""


@dataclass(frozen=True)
class Broken:
    """A limit that a request breaks: the code and the status of the problem, and its detail."""

    code: str
    status: int
    detail: str


@dataclass(frozen=True)
class Limits:
    """Limits of a connection and of each request.

    `path_bytes` includes the query. `header_bytes` are those of all headers, `header_count` is their number. Headers
    must be complete within `headers_s` seconds of the first byte, or of the connection, and the body `body_s` later. A
    response that the client does not read is given up after `unread_s`. After a refusal, the client has `linger_s` to
    read the response, and `discarded_bytes` of what it still sends are read. Of a body's parts, `tiny_chunks` may be
    smaller than `tiny_chunk_bytes`. Beyond the number of `connections`, a new one ends an idle one.
    """

    path_bytes: int = 8_192
    header_bytes: int = 65_536
    header_count: int = 500
    headers_s: float = 10.0
    body_s: float = 30.0
    unread_s: float = 30.0
    linger_s: float = 1.0
    discarded_bytes: int = 1_000_000
    tiny_chunks: int = 1_000
    tiny_chunk_bytes: int = 64
    connections: int = 1_000

    @property
    def path_too_long(self) -> Broken:
        """The limit of the path."""
        return Broken("path_too_long", 414, f"The path and the query can have at most {self.path_bytes:,} bytes.")

    @property
    def headers_too_large(self) -> Broken:
        """The limit of the headers."""
        detail = f"There can be at most {self.header_count} headers, of {self.header_bytes:,} bytes in all."
        return Broken("headers_too_large", 431, detail)


LIMITS: Final = Limits()
