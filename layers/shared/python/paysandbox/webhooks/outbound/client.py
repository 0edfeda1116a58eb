# pyright: standard
"""Send to an endpoint: one POST to exactly the address that was checked, with one response or one named error.

Redirects are not followed and proxies are not used (an environment variable could set one), because both would connect
to an unchecked address. The status counts as soon as the headers have arrived, whatever happens to the body.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from http.client import HTTPException
from typing import Final

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER

from paysandbox.core.record import record
from paysandbox.webhooks.outbound.connections import Connection, IdleConnections, Request, Tls, connect, default_tls
from paysandbox.webhooks.outbound.lookup import (
    AddressNotAllowedError,
    Deadline,
    Resolve,
    addresses_of,
    judged_addresses,
)
from paysandbox.webhooks.outbound.target import Target, TargetPolicy

USER_AGENT: Final = "paysandbox-webhooks/1"
MAX_BODY_READ: Final = 16_384
"""Maximum bytes of a response body that are read. The connection is closed if a server sends more."""
MAX_BODY_RETURNED: Final = 2_048
"""Maximum bytes of a response body that are returned."""

_MAX_HEADER: Final = 256
_HEADERS_RETURNED: Final = ("Content-Type", "Retry-After")
_HEADERS_OURS: Final = frozenset(
    {"host", "content-length", "user-agent", "connection", "transfer-encoding", "accept-encoding"}
)


class Trouble(StrEnum):
    """Why there is no HTTP status. A redirect has a status, so it is not listed here."""

    NAME_NOT_RESOLVED = "name_not_resolved"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    CONNECTION_REFUSED = "connection_refused"
    HOST_UNREACHABLE = "host_unreachable"
    TLS_FAILED = "tls_failed"
    TIMEOUT = "timeout"
    CONNECTION_RESET = "connection_reset"
    RESPONSE_INVALID = "response_invalid"


@record(kw_only=True)
class Limits:
    """Timeouts in seconds: for connecting (TCP, all addresses together), and from name lookup to end of response."""

    connect_s: float = 3.0
    total_s: float = 10.0


@record
class Reply:
    """Outcome of a POST: either `status` or `trouble`, with a `detail` for the endpoint's owner.

    `latency_ms` is the time until the response headers were read, or until the error. `headers` are `content-type` and
    `retry-after` if present, at most 256 characters each. `body` is the first 2,048 bytes, unmasked.
    """

    latency_ms: int
    status: int | None = None
    trouble: Trouble | None = None
    detail: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = field(default=b"", repr=False)


# The first match applies. Any other OSError means that the network has no route.
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
_CLOSED_BY_PEER: Final = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

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
    body_takes_s: int = 0,
) -> Reply:
    """POST `body` to an endpoint. Never raises for errors of the receiver, its DNS or the network.

    The content type defaults to `application/json`. The name is resolved for each call, even if a connection is idle:
    only a connection to one of its current addresses is reused. If a reused connection is closed before the first byte
    of the response, the request is sent again over a new one, so a receiver may see it twice. `body_takes_s` stretches
    the body over that many seconds.
    """
    started_ns = time.perf_counter_ns()
    deadline = Deadline.after(limits.total_s)
    request = _request(target, headers, body, body_takes_s)
    try:
        addresses = judged_addresses(target, policy, resolve, deadline)
        exchange = _reuse(idle.take(target, addresses), request, deadline)
        if exchange is None:
            connection = connect(target, addresses, tls, connect_s=limits.connect_s, deadline=deadline)
            exchange = connection, connection.post(request, deadline)
    except (OSError, HTTPException, AddressNotAllowedError) as error:
        trouble = next(trouble for kind, trouble in _TROUBLES if isinstance(error, kind))
        return Reply(_ms_since(started_ns), trouble=trouble, detail=_detail(error))
    latency_ms = _ms_since(started_ns)
    connection, response = exchange
    received = {
        name.lower(): " ".join(response.headers.get(name, "").split())[:_MAX_HEADER] for name in _HEADERS_RETURNED
    }
    return Reply(
        latency_ms,
        response.status,
        headers={name: value for name, value in received.items() if value},
        body=_start_of_body(connection, response, idle),
    )


def _request(target: Target, headers: Mapping[str, str], body: bytes, body_takes_s: int) -> Request:
    """Build the request. Line breaks and reserved headers are caller errors."""
    given = {name.lower() for name in headers}
    if not given.isdisjoint(_HEADERS_OURS):
        raise AssertionError(f"reserved headers: {given & _HEADERS_OURS}")
    all_headers = {
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        **({} if "content-type" in given else {"Content-Type": "application/json"}),
        **headers,
        "Content-Length": str(len(body)),
        "Accept-Encoding": SKIP_HEADER,  # otherwise http.client sends `identity`; nothing is decoded anyway
    }
    if not all(
        text.isascii() and text.isprintable() for text in (target.path_and_query, *all_headers, *all_headers.values())
    ):
        raise AssertionError("a line of the request is not printable ASCII")
    return Request(target.path_and_query, all_headers, body, body_takes_s)


def _reuse(
    idle_connection: Connection | None, request: Request, deadline: Deadline
) -> tuple[Connection, BaseHTTPResponse] | None:
    """Return the response over an idle connection, or None if there is none or it was closed before responding."""
    if idle_connection is None:
        return None
    try:
        return idle_connection, idle_connection.post(request, deadline)
    except _CLOSED_BY_PEER:
        if idle_connection.is_answering:
            raise
        return None


def _start_of_body(connection: Connection, response: BaseHTTPResponse, idle: IdleConnections) -> bytes:
    """Return the first bytes of a body. The connection is kept if the body was short and complete, else closed."""
    body = bytearray()
    whole = False
    try:
        while len(body) < MAX_BODY_READ and (piece := response.read1(MAX_BODY_READ - len(body))):
            body += piece
        whole = response.closed
    except HTTPError:
        pass  # the status is known, and that is what counts
    finally:
        if whole and not connection.is_closed:
            idle.release(connection)
        else:
            response.close()
            connection.close()
    return bytes(body[:MAX_BODY_RETURNED])


def _detail(error: Exception) -> str:
    """Return a detail that helps the endpoint's owner fix the error."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"The certificate could not be verified: {error.verify_message}"
        case ssl.SSLError():
            return f"The TLS connection failed: {error.reason}"
        case AddressNotAllowedError():
            return str(error)
        case _:
            return ""


def _ms_since(started_ns: int) -> int:
    return (time.perf_counter_ns() - started_ns) // 1_000_000
