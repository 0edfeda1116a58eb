# pyright: standard
"""Sending to an endpoint: one POST to the very address that was judged, with one answer or one named trouble.

No redirect is followed and no proxy is asked (a variable of the environment could name one), because either would
connect to what nobody judged. The answer's status counts as soon as its head is there, whatever becomes of its body.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from typing import Final

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER

from paysandbox.webhooks.connections import Connection, IdleConnections, Request, Tls, connect, default_tls
from paysandbox.webhooks.lookup import AddressNotAllowedError, Deadline, Resolve, addresses_of, judged_addresses
from paysandbox.webhooks.target import Target, TargetPolicy

USER_AGENT: Final = "paysandbox-webhooks/1"
MAX_BODY_READ: Final = 16_384
"""Bytes of an answer's body that are read; a server that sends more is hung up on."""
MAX_BODY_KEPT: Final = 2_048
"""Bytes of an answer's body that are handed on."""

_MAX_HEADER: Final = 256
_HEADERS_KEPT: Final = ("Content-Type", "Retry-After")
_HEADERS_OURS: Final = frozenset(
    {"host", "content-length", "user-agent", "connection", "transfer-encoding", "accept-encoding"}
)


class Trouble(StrEnum):
    """Why there is no status. A redirect has one, so it is no trouble here."""

    NAME_NOT_RESOLVED = "name_not_resolved"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    CONNECTION_REFUSED = "connection_refused"
    HOST_UNREACHABLE = "host_unreachable"
    TLS_FAILED = "tls_failed"
    TIMEOUT = "timeout"
    CONNECTION_RESET = "connection_reset"
    RESPONSE_INVALID = "response_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds for the connection (TCP, all addresses together), and for all from the name to the answer's end."""

    connect_s: float = 3.0
    total_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a POST: either `status` or `trouble`, which `detail` explains to the endpoint's owner.

    `latency_ms` lasts until the answer's head was read, or until the trouble. `headers` are `content-type` and
    `retry-after` where they were sent, at most 256 characters each. `body` is the first 2,048 bytes, unmasked.
    """

    latency_ms: int
    status: int | None = None
    trouble: Trouble | None = None
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = field(default=b"", repr=False)


# The first that fits. What remains of OSError is a network's way to say that there is no way.
_TROUBLES: Final[tuple[tuple[type[Exception], Trouble], ...]] = (
    (AddressNotAllowedError, Trouble.ADDRESS_NOT_ALLOWED),
    (TimeoutError, Trouble.TIMEOUT),
    (socket.gaierror, Trouble.NAME_NOT_RESOLVED),
    (ssl.SSLEOFError, Trouble.CONNECTION_RESET),
    (ssl.SSLZeroReturnError, Trouble.CONNECTION_RESET),
    (ssl.SSLError, Trouble.TLS_FAILED),
    (ConnectionRefusedError, Trouble.CONNECTION_REFUSED),
    (ConnectionError, Trouble.CONNECTION_RESET),
    (OSError, Trouble.HOST_UNREACHABLE),
    (HTTPException, Trouble.RESPONSE_INVALID),
)
_HUNG_UP: Final = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

_LIMITS: Final = Limits()
_IDLE: Final = IdleConnections()


def send(
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    policy: TargetPolicy,
    *,
    resolve: Resolve = addresses_of,
    limits: Limits = _LIMITS,
    tls: Tls = default_tls,
    idle: IdleConnections = _IDLE,
) -> Reply:
    """POST `body` to an endpoint. Never raises for what the other side, its name or the network does.

    The content type is `application/json` where `headers` names none. The name is looked up at each call, also where a
    connection is kept: only one to an address that it has now is used. If that was hung up before a byte of the answer,
    the request is sent once more over a new one, so a receiver may see it twice.
    """
    started_ns = time.perf_counter_ns()
    deadline = Deadline.after(limits.total_s)
    request = _request(target, headers, body)
    try:
        addresses = judged_addresses(target, policy, resolve, deadline)
        answered = _answered_again(idle.take(target, addresses), request, deadline)
        if answered is None:
            connection = connect(target, addresses, tls, connect_s=limits.connect_s, deadline=deadline)
            answered = connection, connection.ask(request, deadline)
    except (OSError, HTTPException, AddressNotAllowedError) as error:
        trouble = next(trouble for kind, trouble in _TROUBLES if isinstance(error, kind))
        return Reply(_ms_since(started_ns), trouble=trouble, detail=_explained(error))
    latency_ms = _ms_since(started_ns)
    connection, answer = answered
    kept = {name.lower(): " ".join(answer.headers.get(name, "").split())[:_MAX_HEADER] for name in _HEADERS_KEPT}
    return Reply(
        latency_ms,
        answer.status,
        headers={name: value for name, value in kept.items() if value},
        body=_start_of_body(connection, answer, idle),
    )


def _request(target: Target, headers: Mapping[str, str], body: bytes) -> Request:
    """The whole of a request. What could end a line early, or is ours to say, is a mistake of the caller's."""
    given = {name.lower() for name in headers}
    if not given.isdisjoint(_HEADERS_OURS):
        raise AssertionError(f"not the caller's to say: {given & _HEADERS_OURS}")
    said = {
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        **({} if "content-type" in given else {"Content-Type": "application/json"}),
        **headers,
        "Content-Length": str(len(body)),
        "Accept-Encoding": SKIP_HEADER,  # or http.client asks for `identity`; nothing is decoded anyway
    }
    if not all(text.isascii() and text.isprintable() for text in (target.path_and_query, *said, *said.values())):
        raise AssertionError("a line of the request is not printable ASCII")
    return Request(target.path_and_query, said, body)


def _answered_again(
    kept: Connection | None, request: Request, deadline: Deadline
) -> tuple[Connection, BaseHTTPResponse] | None:
    """The answer over a connection that was kept; None where there is none, or it was hung up before it said a word."""
    if kept is None:
        return None
    try:
        return kept, kept.ask(request, deadline)
    except _HUNG_UP:
        if kept.is_answering:
            raise
        return None


def _start_of_body(connection: Connection, answer: BaseHTTPResponse, idle: IdleConnections) -> bytes:
    """The first bytes of a body, for people. Its connection is kept if the body was short and whole, or else closed."""
    body = bytearray()
    whole = False
    try:
        while len(body) < MAX_BODY_READ and (piece := answer.read1(MAX_BODY_READ - len(body))):
            body += piece
        whole = answer.closed
    except HTTPError:
        pass  # the status is known, and it is what counts
    finally:
        if whole and not connection.is_closed:
            idle.keep(connection)
        else:
            answer.close()
            connection.close()
    return bytes(body[:MAX_BODY_KEPT])


def _explained(error: Exception) -> str:
    """What the endpoint's owner can do something about."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"The certificate was not accepted: {error.verify_message}"
        case ssl.SSLError():
            return f"No TLS connection came about: {error.reason}"
        case AddressNotAllowedError():
            return str(error)
        case _:
            return ""


def _ms_since(started_ns: int) -> int:
    return (time.perf_counter_ns() - started_ns) // 1_000_000
